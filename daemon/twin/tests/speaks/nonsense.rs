//! Whatever a client writes, the answer is Graph's own error and never a panic.

use proptest::prelude::{Strategy, any, prop, proptest};
use proptest::test_runner::Config;
use serde_json::{Value, json};
use std::sync::LazyLock;
use trueconfig_twin::{Options, TenantFile, Twin, serve};

/// One tenant for all cases; its runtime lives as long as the process.
static TWIN: LazyLock<(tokio::runtime::Runtime, Twin)> = LazyLock::new(|| {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let file = json!({"graph": {
        "/v1.0/users": {"value": [{"id": "u1", "userPrincipalName": "a@x", "displayName": "A"}]},
        "/v1.0/applications": {"value": [{"id": "a1", "appId": "b", "displayName": "B", "owners": []}]},
        "/v1.0/policies/authorizationPolicy": {"id": "p", "allowInvitesFrom": "none"},
    }});
    let file = TenantFile::parse(&file.to_string(), "small").expect("a tenant file");
    let twin = runtime.block_on(serve(Options::new(file))).expect("a twin");
    (runtime, twin)
});

/// Steps that mean something somewhere, and some that never do.
const KNOWN: [&str; 23] = [
    "users",
    "u1",
    "applications",
    "a1",
    "owners",
    "$ref",
    "$count",
    "policies",
    "authorizationPolicy",
    "addPassword",
    "identity",
    "conditionalAccess",
    "directory",
    "deletedItems",
    "restore",
    "roleManagement",
    "roleAssignments",
    "users('u1')",
    "users(",
    "servicePrincipals(appId='b')",
    "%zz",
    "%00",
    "",
];

fn step() -> impl Strategy<Value = String> {
    proptest::prop_oneof![prop::sample::select(&KNOWN[..]).prop_map(str::to_owned), "[a-z$()='%/@.é]{0,12}"]
}

fn query() -> impl Strategy<Value = String> {
    let option = prop::sample::select(
        &["$filter", "$select", "$top", "$expand", "$orderby", "$skiptoken", "$count", "x"][..],
    );
    let value = proptest::prop_oneof![
        "[a-z0-9' ()/,:=%éß-]{0,30}",
        prop::sample::select(
            &[
                "id eq 'u1'",
                "not (id in ('a','b'))",
                "owners(",
                "a/any(b:b eq 1)",
                "MDp4",
                "true",
                "99999999999999999999"
            ][..]
        )
        .prop_map(str::to_owned),
    ];
    prop::collection::vec((option, value).prop_map(|(name, value)| format!("{name}={value}")), 0..4)
        .prop_map(|options| options.join("&"))
}

fn body() -> impl Strategy<Value = Value> {
    let leaf = proptest::prop_oneof![
        proptest::prelude::Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(|number| json!(number)),
        "[a-zé]{0,8}".prop_map(Value::String),
    ];
    let name = prop::sample::select(
        &[
            "id",
            "state",
            "conditions",
            "users",
            "includeUsers",
            "passwordCredentials",
            "keyId",
            "@odata.id",
            "@odata.type",
            "ids",
            "values",
        ][..],
    );
    leaf.prop_recursive(3, 24, 4, move |inner| {
        proptest::prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::btree_map(name.clone().prop_map(str::to_owned), inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(Config { cases: 2_000, failure_persistence: None, ..Config::default() })]

    /// Issue 3, bad input: malformed paths, options and bodies.
    #[test]
    fn nonsense_gets_an_error_and_not_a_panic(
        method in prop::sample::select(&["GET", "POST", "PATCH", "PUT", "DELETE", "BREW"][..]),
        steps in prop::collection::vec(step(), 0..6),
        query in query(),
        body in body(),
    ) {
        let path = format!("/v1.0/{}?{query}", steps.join("/"));
        if let Err(error) = TWIN.1.edit(method, &path, Some(&body)) {
            assert!((400..500).contains(&error.status), "{method} {path}: {error}");
        }
        let _ = TenantFile::parse(&json!({"graph": {path: body}}).to_string(), "nonsense");
    }
}
