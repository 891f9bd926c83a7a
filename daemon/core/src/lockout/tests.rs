//! Small tenants, and what a change does to who can get in.

mod oracle;

use super::{Proof, prove};
use crate::baseline::TenantConfig;
use crate::checks::Context;
use crate::snapshot::{Snapshot, tenant_file};
use serde_json::{Value, json};
use trueconfig_common::change::{GraphRequest, Method};
use trueconfig_common::guard::Counterexample;

const GLOBAL: &str = "62e90394-69f5-4237-9190-012177145e10";
const PRIVILEGED: &str = "e8611ab8-c189-46e8-94e1-60213ab1f814";
const POLICIES: &str = "/v1.0/identity/conditionalAccess/policies";
const ASSIGNMENTS: &str = "/v1.0/roleManagement/directory/roleAssignments";
const OUR_APP: &str = "00000000-0000-0000-0000-00000000aaaa";

/// The id of user number so much; 0 and 1 are the break-glass accounts.
fn user(number: usize) -> String {
    format!("00000000-0000-0000-0000-0000000000{number:02}")
}

fn group(number: usize) -> String {
    format!("00000000-0000-0000-0000-0000000001{number:02}")
}

/// A tenant as a file: two break-glass accounts, three other Global Administrators, all with a key.
fn tenant() -> Value {
    let users: Vec<Value> = (0..5)
        .map(|n| json!({"id": user(n), "displayName": format!("User {n}"), "userPrincipalName": format!("u{n}@contoso.com"),
            "userType": "Member", "accountEnabled": true}))
        .collect();
    let methods: Vec<Value> =
        (0..5).map(|n| json!({"id": user(n), "methodsRegistered": ["fido2SecurityKey"]})).collect();
    let assignments: Vec<Value> = (0..5).map(|n| assignment(n, GLOBAL)).collect();
    json!({"graph": {
        "/v1.0/users": {"value": users},
        "/v1.0/groups": {"value": [
            {"id": group(0), "displayName": "Outer"}, {"id": group(1), "displayName": "Inner"}]},
        format!("/v1.0/groups/{}/members", group(0)): {"value": [
            {"@odata.type": "#microsoft.graph.group", "id": group(1)}]},
        format!("/v1.0/groups/{}/members", group(1)): {"value": [
            {"@odata.type": "#microsoft.graph.user", "id": user(0)},
            {"@odata.type": "#microsoft.graph.user", "id": user(1)}]},
        "/v1.0/reports/authenticationMethods/userRegistrationDetails": {"value": methods},
        ASSIGNMENTS: {"value": assignments},
        "/v1.0/roleManagement/directory/roleDefinitions": {"value": [
            {"id": GLOBAL, "displayName": "Global Administrator", "isBuiltIn": true, "templateId": GLOBAL},
            {"id": PRIVILEGED, "displayName": "Privileged Role Administrator", "isBuiltIn": true, "templateId": PRIVILEGED}]},
        "/v1.0/roleManagement/directory/roleEligibilityScheduleInstances": {"value": []},
        POLICIES: {"value": []},
        "/v1.0/identity/conditionalAccess/namedLocations": {"value": [
            {"@odata.type": "#microsoft.graph.countryNamedLocation", "id": "00000000-0000-0000-0000-000000000c01",
             "displayName": "Here", "countriesAndRegions": ["DE"]},
            {"@odata.type": "#microsoft.graph.ipNamedLocation", "id": "00000000-0000-0000-0000-000000000c02",
             "displayName": "Office", "isTrusted": true, "ipRanges": [{"cidrAddress": "192.0.2.0/24"}]}]},
        "/v1.0/policies/authenticationStrengthPolicies": {"value": []},
        "/v1.0/policies/identitySecurityDefaultsEnforcementPolicy": {"isEnabled": false},
        "/v1.0/servicePrincipals": {"value": [
            {"id": "00000000-0000-0000-0000-00000000bbbb", "appId": OUR_APP, "displayName": "TrueConfig", "accountEnabled": true}]},
    }})
}

fn assignment(number: usize, role: &str) -> Value {
    json!({"id": format!("a{number}"), "principalId": user(number), "roleDefinitionId": role, "directoryScopeId": "/"})
}

/// A policy for everybody on everything.
fn policy(grant: Value) -> Value {
    json!({"id": "00000000-0000-0000-0000-000000000d01", "displayName": "New policy", "state": "enabled",
        "conditions": {"users": {"includeUsers": ["All"]}, "applications": {"includeApplications": ["All"]},
            "clientAppTypes": ["all"]},
        "grantControls": {"operator": "OR", "builtInControls": grant}})
}

fn snapshot(tenant: &Value) -> Snapshot {
    tenant_file::read(&tenant.to_string(), "2026-11-24T09:00:00Z".parse().unwrap()).unwrap()
}

fn proof(tenant: &Value, requests: &[GraphRequest]) -> Proof {
    let config = TenantConfig {
        break_glass: vec![user(0), user(1)],
        own_principals: vec![OUR_APP.to_owned()],
        ..TenantConfig::default()
    };
    let snapshot = snapshot(tenant);
    let context = Context::new(&snapshot, &config, snapshot.taken_at);
    prove(&context, &requests.iter().collect::<Vec<_>>())
}

fn request(method: Method, path: &str, body: Value) -> GraphRequest {
    GraphRequest { method, path: path.to_owned(), body }
}

fn create(policy: Value) -> GraphRequest {
    request(Method::Post, POLICIES, policy)
}

fn locked_out(proof: Proof) -> Counterexample {
    match proof {
        Proof::LockedOut(who) => *who,
        other => panic!("somebody is locked out, and {other:?} was said"),
    }
}

fn safe(proof: Proof) {
    assert_eq!(proof, Proof::Safe { break_glass: 2 });
}

#[test]
fn a_block_without_exclusions_names_the_break_glass_account_and_the_policy() {
    let who = locked_out(proof(&tenant(), &[create(policy(json!(["block"])))]));
    assert_eq!(
        (who.who.as_str(), who.name.as_str(), who.policy.as_str()),
        (user(0).as_str(), "User 0", "New policy")
    );
    assert!(who.to_string().contains("access is blocked"), "{who}");
}

#[test]
fn what_everybody_can_give_locks_nobody_out() {
    safe(proof(&tenant(), &[create(policy(json!(["mfa"])))]));
    let mut report_only = policy(json!(["block"]));
    report_only["state"] = json!("enabledForReportingButNotEnforced");
    safe(proof(&tenant(), &[create(report_only)]));
}

#[test]
fn nobody_can_count_on_a_managed_device_or_an_office() {
    assert!(
        locked_out(proof(&tenant(), &[create(policy(json!(["compliantDevice"])))]))
            .why
            .contains("counted on")
    );
    let mut office = policy(json!(["block"]));
    office["conditions"]["locations"] =
        json!({"includeLocations": ["All"], "excludeLocations": ["AllTrusted"]});
    locked_out(proof(&tenant(), &[create(office.clone())]));
    office["conditions"]["locations"]["excludeLocations"] = json!(["00000000-0000-0000-0000-000000000c01"]);
    safe(proof(&tenant(), &[create(office)]));
}

/// Unknown counts as the worst case.
#[test]
fn what_is_not_known_is_taken_against_people() {
    let mut unknown = policy(json!(["block"]));
    unknown["conditions"]["moonPhases"] = json!(["full"]);
    assert!(
        locked_out(proof(&tenant(), &[create(unknown)]))
            .conditions
            .iter()
            .any(|one| one.contains("moonPhases"))
    );
    locked_out(proof(&tenant(), &[create(policy(json!(["tomorrowsControl"])))]));
    let unclear = request(Method::Patch, "/v1.0/roleManagement/directory/somethingNew/1", json!({}));
    assert!(locked_out(proof(&tenant(), &[unclear])).why.contains("is not known"));
    let mut unread = tenant();
    unread["graph"][POLICIES] = json!({"error": {"code": "Authorization_RequestDenied", "message": "no"}});
    assert!(locked_out(proof(&unread, &[create(policy(json!(["mfa"])))])).why.contains("cannot be shown"));
}

#[test]
fn break_glass_accounts_must_get_in_at_every_risk_and_others_at_none() {
    let mut risky = policy(json!(["block"]));
    risky["conditions"]["signInRiskLevels"] = json!(["high"]);
    assert_eq!(locked_out(proof(&tenant(), &[create(risky.clone())])).who, user(0));
    risky["conditions"]["users"]["excludeUsers"] = json!([user(0), user(1)]);
    safe(proof(&tenant(), &[create(risky)]));
}

#[test]
fn nested_groups_exclude_until_their_members_change() {
    let mut excluded = policy(json!(["block"]));
    excluded["conditions"]["users"]["excludeGroups"] = json!([group(0)]);
    excluded["conditions"]["users"]["includeUsers"] = json!([user(0), user(1)]);
    let mut tenant = tenant();
    tenant["graph"][POLICIES]["value"] = json!([excluded]);
    safe(proof(&tenant, &[request(Method::Delete, &format!("{ASSIGNMENTS}/a2"), Value::Null)]));
    let out = format!("/v1.0/groups/{}/members/{}/$ref", group(1), user(1));
    assert_eq!(locked_out(proof(&tenant, &[request(Method::Delete, &out, Value::Null)])).who, user(1));
}

#[test]
fn two_other_administrators_stay() {
    let remove = |n: usize| request(Method::Delete, &format!("{ASSIGNMENTS}/a{n}"), Value::Null);
    safe(proof(&tenant(), &[remove(2)]));
    assert!(locked_out(proof(&tenant(), &[remove(2), remove(3)])).why.contains("1 administrators"));
    let mut eligible = tenant();
    eligible["graph"]["/v1.0/roleManagement/directory/roleEligibilityScheduleInstances"]["value"] = json!([
        {"id": "e3", "principalId": user(3), "roleDefinitionId": PRIVILEGED, "directoryScopeId": "/"}]);
    safe(proof(&eligible, &[remove(2), remove(3)]));
    assert!(locked_out(proof(&tenant(), &[remove(0)])).why.contains("no Global Administrator"));
}

#[test]
fn accounts_security_defaults_and_strengths_count() {
    let disable =
        request(Method::Patch, &format!("/v1.0/users/{}", user(1)), json!({"accountEnabled": false}));
    assert_eq!(locked_out(proof(&tenant(), &[disable])).who, user(1));
    let name = request(Method::Patch, &format!("/v1.0/users/{}", user(1)), json!({"displayName": "x"}));
    assert_eq!(proof(&tenant(), &[name]), Proof::NotConcerned);

    let defaults = "/v1.0/policies/identitySecurityDefaultsEnforcementPolicy";
    let on = request(Method::Patch, defaults, json!({"isEnabled": true}));
    safe(proof(&tenant(), std::slice::from_ref(&on)));
    let mut bare = tenant();
    bare["graph"]["/v1.0/reports/authenticationMethods/userRegistrationDetails"]["value"] = json!([]);
    assert!(locked_out(proof(&bare, &[on])).why.contains("second factor"));

    let mut strong = policy(json!([]));
    strong["grantControls"]["authenticationStrength"] = json!({"id": "00000000-0000-0000-0000-000000000004"});
    safe(proof(&tenant(), &[create(strong.clone())]));
    let weak = json!([{"id": user(0), "methodsRegistered": ["mobilePhone"]}]);
    bare["graph"]["/v1.0/reports/authenticationMethods/userRegistrationDetails"]["value"] = weak;
    assert!(locked_out(proof(&bare, &[create(strong)])).why.contains("no registered method"));
}

#[test]
fn our_own_principal_can_still_undo_it() {
    let mut services = policy(json!(["block"]));
    services["conditions"]["users"] = json!({"includeUsers": ["None"]});
    services["conditions"]["clientApplications"] =
        json!({"includeServicePrincipals": ["ServicePrincipalsInMyTenant"]});
    assert!(locked_out(proof(&tenant(), &[create(services)])).why.contains("our own principal"));
    let own = "/v1.0/servicePrincipals/00000000-0000-0000-0000-00000000bbbb";
    let disable = request(Method::Patch, own, json!({"accountEnabled": false}));
    assert!(locked_out(proof(&tenant(), &[disable])).why.contains("could not sign in"));
}
