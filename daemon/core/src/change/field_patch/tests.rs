use super::*;
use crate::change::same;
use serde_json::json;

fn map(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap()
}

fn patch(resource: Resource, before: Value, after: Value) -> FieldPatch {
    let fields = vec![Field { path: "x".to_owned(), label: "the value".to_owned() }];
    FieldPatch {
        resource,
        name: Personal::new(""),
        fields,
        before: map(before),
        after: map(after),
        remains: None,
        blast_radius: BlastRadius::SETTING,
    }
}

/// What Graph shows after a request: `PATCH` and `PUT` alike replace each named field.
fn carried_out(mut found: Value, request: &GraphRequest) -> Answer {
    for (name, value) in request.body.as_object().unwrap() {
        found[name] = value.clone();
    }
    Answer::Object(Some(found))
}

#[test]
fn the_authorization_policy_is_touched_at_the_named_values_only() {
    let (path, policies) = ("defaultUserRolePermissions", "permissionGrantPoliciesAssigned");
    let change = patch(
        Resource::AuthorizationPolicy,
        json!({"allowInvitesFrom": "everyone", path: {policies: ["Self.x", "Owned.y"]}}),
        json!({"allowInvitesFrom": "none", path: {policies: ["Owned.y"]}}),
    );
    let policy = json!({
        "id": "authorizationPolicy", "allowInvitesFrom": "everyone", "allowedToUseSSPR": true,
        path: {"allowedToCreateApps": true, policies: ["Owned.y", "Self.x"]},
    });
    let seen = change.observe(&Answer::Object(Some(policy)));
    assert!(same(&seen, &change.before()), "what else stands there is none of its business");
    assert_eq!(change.request().body, change.after());
    assert_eq!(change.inverse().map(|request| request.body), Some(change.before()));
}

#[test]
fn whole_fields_are_sent_with_the_type_and_compared_whole() {
    let resource = Resource::AuthenticationMethod {
        id: "Fido2".to_owned(),
        odata_type: "#microsoft.graph.fido2AuthenticationMethodConfiguration".to_owned(),
    };
    let (before, after) =
        (json!({"featureSettings": {"a": 1, "b": 2}}), json!({"featureSettings": {"a": 3, "b": 2}}));
    let change = patch(resource, before.clone(), after);
    let body = change.request().body;
    assert_eq!(body["@odata.type"], "#microsoft.graph.fido2AuthenticationMethodConfiguration");
    assert_eq!(body["featureSettings"], json!({"a": 3, "b": 2}));
    let mut found = before;
    found["featureSettings@odata.context"] = json!("x");
    assert!(same(&change.observe(&Answer::Object(Some(found.clone()))), &change.before()));
    found["featureSettings"]["c"] = json!(4);
    assert!(
        !same(&change.observe(&Answer::Object(Some(found))), &change.before()),
        "D20: somebody changed it"
    );
}

/// Every resource: after the request it reads as planned, after the inverse as before; no request carries a
/// field that Graph refuses.
#[test]
fn d3_every_resource_comes_back_by_its_inverse() {
    let id = || "1".to_owned();
    let odata_type = || "#microsoft.graph.x".to_owned();
    let resources = [
        Resource::AuthorizationPolicy,
        Resource::AdminConsentRequestPolicy,
        Resource::DeviceRegistrationPolicy,
        Resource::AuthenticationMethodsPolicy,
        Resource::AuthenticationMethod { id: id(), odata_type: odata_type() },
        Resource::CrossTenantAccessDefault,
        Resource::DefaultAppManagementPolicy,
        Resource::DirectorySetting { id: id() },
        Resource::ActivityBasedTimeoutPolicy { id: id() },
        Resource::RoleSetting { policy: id(), rule: id(), odata_type: odata_type() },
        Resource::ConditionalAccessPolicy { id: id() },
        Resource::Domain { id: id() },
        Resource::Group { id: id() },
        Resource::Device { id: id() },
        Resource::ServicePrincipal { id: id() },
        Resource::InboxRule { user: id(), id: id() },
    ];
    for resource in resources {
        let field = resource.writable()[0];
        let change = patch(resource, json!({field: {"was": true}}), json!({field: {"was": false}}));
        let found = json!({"id": "1", field: {"was": true}});
        let after = carried_out(found.clone(), &change.request());
        assert!(same(&change.observe(&after), &change.after()), "{change:?}");
        let Answer::Object(Some(after)) = after else { panic!("it is there") };
        let back = carried_out(after, &change.inverse().unwrap());
        assert!(same(&change.observe(&back), &change.before()), "{change:?}");
        assert!(!same(&change.before(), &change.after()));
        assert_eq!(change.observe(&Answer::Object(None)), Value::Null);
    }
}

/// ID-25: nothing was set, and Graph takes no null; what the undo sets stands for it.
#[test]
fn t9_what_cannot_be_restored_is_class_c_and_names_what_remains() {
    let name = "passwordValidityPeriodInDays";
    let mut change =
        patch(Resource::Domain { id: "contoso.com".to_owned() }, json!({name: null}), json!({name: 5}));
    change.remains =
        Some(Remains { fields: map(json!({name: 90})), residue: "90 days where nothing was set".to_owned() });
    assert_eq!(change.reversibility(), Reversibility::C);
    assert_eq!(change.inverse().unwrap().body, json!({name: 90}));
    for (found, wanted) in [(json!({name: 90}), change.before()), (json!({}), change.before())] {
        assert!(same(&change.observe(&Answer::Object(Some(found))), &wanted));
    }
    assert!(same(&change.observe(&Answer::Object(Some(json!({name: 5})))), &change.after()));
}
