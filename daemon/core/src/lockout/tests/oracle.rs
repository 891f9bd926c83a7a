//! The same question asked of every combination of conditions there is, on small tenants, in JSON and without
//! anything of the model.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeSet;

const PLATFORMS: [&str; 3] = ["windows", "macOS", "iOS"];
const COUNTRY: &str = "00000000-0000-0000-0000-000000000c01";
const OFFICE: &str = "00000000-0000-0000-0000-000000000c02";

/// One of some values.
fn one_of(values: Vec<Value>) -> impl Strategy<Value = Value> {
    prop::sample::select(values)
}

fn people() -> impl Strategy<Value = Value> {
    one_of(vec![
        json!({"includeUsers": ["All"]}),
        json!({"includeUsers": ["All"], "excludeUsers": [user(0), user(1)]}),
        json!({"includeUsers": ["All"], "excludeUsers": [user(0)]}),
        json!({"includeUsers": ["All"], "excludeGroups": [group(0)]}),
        json!({"includeGroups": [group(0)]}),
        json!({"includeUsers": [user(2), user(3)]}),
        json!({"includeRoles": [GLOBAL], "excludeUsers": [user(0), user(1)]}),
        json!({"includeUsers": ["All"], "excludeRoles": [GLOBAL]}),
    ])
}

fn any_policy() -> impl Strategy<Value = Value> {
    let applications = one_of(vec![json!(["All"]), json!(["MicrosoftAdminPortals"]), json!([OUR_APP])]);
    let clients = one_of(vec![json!([]), json!(["all"]), json!(["browser"]), json!(["exchangeActiveSync"])]);
    let platforms = one_of(vec![
        json!(null),
        json!({"includePlatforms": ["all"], "excludePlatforms": ["macOS"]}),
        json!({"includePlatforms": ["windows"]}),
    ]);
    let locations = one_of(vec![
        json!(null),
        json!({"includeLocations": ["All"], "excludeLocations": [COUNTRY]}),
        json!({"includeLocations": ["All"], "excludeLocations": ["AllTrusted"]}),
        json!({"includeLocations": [COUNTRY]}),
        json!({"includeLocations": [OFFICE]}),
    ]);
    let risk = one_of(vec![json!([]), json!(["high"])]);
    let filter = one_of(vec![
        json!(null),
        json!({"deviceFilter": {"mode": "include", "rule": "device.isCompliant -eq False"}}),
    ]);
    let grant = one_of(vec![
        json!({"operator": "OR", "builtInControls": ["block"]}),
        json!({"operator": "OR", "builtInControls": ["mfa"]}),
        json!({"operator": "OR", "builtInControls": ["mfa", "compliantDevice"]}),
        json!({"operator": "AND", "builtInControls": ["mfa", "compliantDevice"]}),
        json!(null),
    ]);
    let state = one_of(vec![
        json!("enabled"),
        json!("enabled"),
        json!("disabled"),
        json!("enabledForReportingButNotEnforced"),
    ]);
    (people(), applications, clients, platforms, locations, risk, filter, grant, state).prop_map(
        |(users, applications, clients, platforms, locations, risk, filter, grant, state)| {
            json!({"displayName": "Any", "state": state, "grantControls": grant, "conditions": {
                "users": users, "applications": {"includeApplications": applications}, "clientAppTypes": clients,
                "platforms": platforms, "locations": locations, "signInRiskLevels": risk, "devices": filter}})
        },
    )
}

/// The tenant after a change, made on the file.
fn changed(tenant: &Value, change: &Value) -> (Value, GraphRequest) {
    let mut after = tenant.clone();
    let number = change["user"].as_u64().unwrap_or_default() as usize;
    let rows = |after: &mut Value, path: &str| after["graph"][path]["value"].as_array_mut().unwrap().clone();
    let request = match change["kind"].as_str().unwrap() {
        "create" => {
            let mut policies = rows(&mut after, POLICIES);
            policies.push(change["policy"].clone());
            after["graph"][POLICIES]["value"] = json!(policies);
            create(change["policy"].clone())
        }
        "disable" => {
            after["graph"]["/v1.0/users"]["value"][number]["accountEnabled"] = json!(false);
            request(Method::Patch, &format!("/v1.0/users/{}", user(number)), json!({"accountEnabled": false}))
        }
        _ => {
            let mut assignments = rows(&mut after, ASSIGNMENTS);
            assignments.retain(|one| one["principalId"] != user(number).as_str());
            after["graph"][ASSIGNMENTS]["value"] = json!(assignments);
            request(Method::Delete, &format!("{ASSIGNMENTS}/a{number}"), Value::Null)
        }
    };
    (after, request)
}

fn texts(value: &Value) -> BTreeSet<String> {
    value.as_array().into_iter().flatten().filter_map(|one| one.as_str().map(str::to_owned)).collect()
}

/// One way the world may be.
struct Circumstances {
    platform: &'static str,
    country: bool,
    risk: bool,
    filtered: bool,
}

/// Whether a policy lets a user pass; members of the outer group are the break-glass accounts.
fn passes(tenant: &Value, policy: &Value, number: usize, at: &Circumstances) -> bool {
    let (users, id) = (&policy["conditions"]["users"], user(number));
    let holds = tenant["graph"][ASSIGNMENTS]["value"]
        .as_array()
        .unwrap()
        .iter()
        .any(|one| one["principalId"] == id.as_str());
    let in_group = |list: &Value| number < 2 && !texts(list).is_empty();
    let named = |list: &Value| texts(list).contains(&id);
    let included = texts(&users["includeUsers"]).contains("All")
        || named(&users["includeUsers"])
        || in_group(&users["includeGroups"])
        || (holds && !texts(&users["includeRoles"]).is_empty());
    let excluded = named(&users["excludeUsers"])
        || in_group(&users["excludeGroups"])
        || (holds && !texts(&users["excludeRoles"]).is_empty());
    let conditions = &policy["conditions"];
    let applications = texts(&conditions["applications"]["includeApplications"]);
    let clients = texts(&conditions["clientAppTypes"]);
    let (platforms, places) = (&conditions["platforms"], &conditions["locations"]);
    let on = texts(&platforms["includePlatforms"]);
    let here = |list: &Value| at.country && texts(list).contains(COUNTRY);
    let everywhere = places.is_null() || texts(&places["includeLocations"]).contains("All");
    let applies = policy["state"] == "enabled"
        && included
        && !excluded
        && (applications.contains("All") || applications.contains("MicrosoftAdminPortals"))
        && (clients.is_empty() || clients.contains("all") || clients.contains("browser"))
        && (platforms.is_null() || on.contains("all") || on.contains(at.platform))
        && !texts(&platforms["excludePlatforms"]).contains(at.platform)
        && (everywhere || here(&places["includeLocations"]))
        && !here(&places["excludeLocations"])
        && (texts(&conditions["signInRiskLevels"]).is_empty() || at.risk)
        && (conditions["devices"].is_null() || at.filtered);
    let grant = &policy["grantControls"];
    let controls = texts(&grant["builtInControls"]);
    let has_mfa = tenant["graph"]["/v1.0/reports/authenticationMethods/userRegistrationDetails"]["value"]
        .as_array()
        .unwrap()
        .iter()
        .any(|row| row["id"] == id.as_str());
    let given = |control: &String| control == "mfa" && has_mfa;
    let satisfied = match grant["operator"].as_str() {
        None => true,
        Some("AND") => controls.iter().all(given),
        Some(_) => controls.iter().any(given),
    };
    !applies || satisfied
}

fn gets_in(tenant: &Value, number: usize) -> bool {
    let policies = tenant["graph"][POLICIES]["value"].as_array().unwrap();
    let risks: &[bool] = if number < 2 { &[false, true] } else { &[false] };
    let tries = PLATFORMS.into_iter().flat_map(|platform| [(platform, false), (platform, true)]);
    let enabled = tenant["graph"]["/v1.0/users"]["value"][number]["accountEnabled"] == true;
    enabled
        && tries.into_iter().any(|(platform, country)| {
            risks.iter().flat_map(|risk| [(*risk, false), (*risk, true)]).all(|(risk, filtered)| {
                let at = Circumstances { platform, country, risk, filtered };
                policies.iter().all(|policy| passes(tenant, policy, number, &at))
            })
        })
}

fn nobody_is_locked_out(tenant: &Value) -> bool {
    let holds = |number: usize| {
        let rows = tenant["graph"][ASSIGNMENTS]["value"].as_array().unwrap();
        rows.iter().any(|one| one["principalId"] == user(number).as_str())
    };
    (0..2).all(|number| holds(number) && gets_in(tenant, number))
        && (2..5).filter(|number| holds(*number) && gets_in(tenant, *number)).count() >= 2
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]
    #[test]
    fn the_model_says_what_trying_everything_says(
        policies in prop::collection::vec(any_policy(), 0..4),
        without_methods in prop::collection::btree_set(0_usize..5, 0..3),
        new in any_policy(),
        (kind, number) in (0_u8..3, 0_usize..5),
    ) {
        let mut before = tenant();
        let numbered = |(at, mut policy): (usize, Value)| {
            policy["id"] = json!(format!("00000000-0000-0000-0000-000000000e{at:02}"));
            policy
        };
        before["graph"][POLICIES]["value"] = policies.into_iter().enumerate().map(numbered).collect();
        let details = "/v1.0/reports/authenticationMethods/userRegistrationDetails";
        let methods = before["graph"][details]["value"].as_array().unwrap().clone();
        let kept = methods.into_iter().enumerate().filter(|(at, _)| !without_methods.contains(at));
        before["graph"][details]["value"] = kept.map(|(_, row)| row).collect();
        let kind = ["create", "disable", "unassign"][usize::from(kind)];
        let (after, request) = changed(&before, &json!({"kind": kind, "policy": new, "user": number}));
        let said = proof(&before, &[request]);
        prop_assert_eq!(matches!(said, Proof::Safe { .. }), nobody_is_locked_out(&after), "{:?}", said);
    }
}
