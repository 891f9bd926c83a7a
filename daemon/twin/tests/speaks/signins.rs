//! The books of sign-ins: consistent with the policies in force.

use serde_json::{Value, json};
use trueconfig_twin::{Proof, SignIn, Twin};

use crate::support::contoso;

const POLICIES: &str = "/v1.0/identity/conditionalAccess/policies";

fn result<'r>(record: &'r Value, policy: &str) -> &'r str {
    let applied = record["appliedConditionalAccessPolicies"].as_array().expect("policies");
    let one = applied.iter().find(|one| one["displayName"] == policy).expect("the policy");
    one["result"].as_str().expect("a result")
}

/// A policy that blocks clients without modern sign-in, in some state.
fn legacy_block(twin: &Twin, state: &str) -> String {
    let body = json!({
        "displayName": "Legacy", "state": state,
        "conditions": {"users": {"includeUsers": ["All"]}, "applications": {"includeApplications": ["All"]},
            "clientAppTypes": ["exchangeActiveSync", "other"]},
        "grantControls": {"operator": "OR", "builtInControls": ["block"]},
    });
    let made = twin.edit("POST", POLICIES, Some(&body)).expect("made");
    format!("{POLICIES}/{}", made["id"].as_str().expect("an id"))
}

/// Issue 3: the same sign-in ends differently as the policy changes, and each record says why.
#[tokio::test]
async fn a_sign_in_is_judged_by_the_policies_in_force() {
    let twin = contoso().await;
    let imap = SignIn {
        client: "IMAP4".to_owned(),
        proof: Proof::Password,
        ..SignIn::new("priya.raman@contoso.onmicrosoft.com")
    };
    let policy = legacy_block(&twin, "enabledForReportingButNotEnforced");
    assert_eq!(result(&twin.sign_in(&imap).expect("a record"), "Legacy"), "reportOnlyFailure");
    twin.edit("PATCH", &policy, Some(&json!({"state": "enabled"}))).expect("enabled");
    let blocked = twin.sign_in(&imap).expect("a record");
    assert_eq!(result(&blocked, "Legacy"), "failure");
    assert_eq!(
        (&blocked["status"]["errorCode"], &blocked["conditionalAccessStatus"]),
        (&json!(53_003), &json!("failure"))
    );
    let browser = SignIn::new("priya.raman@contoso.onmicrosoft.com");
    assert_eq!(result(&twin.sign_in(&browser).expect("a record"), "Legacy"), "notApplied");
    twin.edit("PATCH", &policy, Some(&json!({"state": "disabled"}))).expect("disabled");
    assert_eq!(result(&twin.sign_in(&imap).expect("a record"), "Legacy"), "notEnabled");
}

#[tokio::test]
async fn excluded_people_are_not_judged_and_activity_follows_success_only() {
    let twin = contoso().await;
    let user = |name: &str| {
        let path = format!("/v1.0/users/{name}@contoso.onmicrosoft.com?$select=id,signInActivity");
        twin.edit("GET", &path, None).expect("a user")
    };
    let emergency = user("bg-admin-01");
    let policy = legacy_block(&twin, "enabled");
    let excluded =
        json!({"conditions": {"users": {"includeUsers": ["All"], "excludeUsers": [emergency["id"]]}}});
    twin.edit("PATCH", &policy, Some(&excluded)).expect("excluded");
    let imap = |name: &str| SignIn {
        client: "IMAP4".to_owned(),
        ..SignIn::new(&format!("{name}@contoso.onmicrosoft.com"))
    };
    assert_eq!(result(&twin.sign_in(&imap("bg-admin-01")).expect("a record"), "Legacy"), "notApplied");
    let before = user("priya.raman")["signInActivity"]["lastSuccessfulSignInDateTime"].clone();
    twin.sign_in(&imap("priya.raman")).expect("a record");
    assert_eq!(user("priya.raman")["signInActivity"]["lastSuccessfulSignInDateTime"], before);
    let newest = twin.edit("GET", "/v1.0/auditLogs/signIns?$top=1", None).expect("the log");
    let last = &newest["value"][0];
    assert_eq!(user("priya.raman")["signInActivity"]["lastSignInDateTime"], last["createdDateTime"]);
}

/// Service principals sign in too; only the beta endpoint shows it.
#[tokio::test]
async fn a_service_principal_leaves_its_own_trace() {
    let twin = contoso().await;
    let app = twin.credentials()[0].client_id.clone();
    let record = twin.sign_in(&SignIn::new(&app)).expect("a record");
    assert_eq!(
        (&record["signInEventTypes"][0], &record["isInteractive"]),
        (&json!("servicePrincipal"), &json!(false))
    );
    let seen = twin.edit("GET", "/beta/reports/servicePrincipalSignInActivities", None).expect("rows");
    assert_eq!(seen["value"][0]["appId"], app.as_str());
    assert_eq!(twin.sign_in(&SignIn::new("nobody")).expect_err("nobody").status, 404);
}

/// Issue 3: an attacker, seeded, whom the policies keep out or let in, and who leaves traces.
#[tokio::test]
async fn an_attacker_is_kept_out_by_policies_and_leaves_traces_otherwise() {
    let open = contoso().await;
    let policies = open.edit("GET", POLICIES, None).expect("policies");
    for policy in policies["value"].as_array().expect("rows") {
        let path = format!("{POLICIES}/{}", policy["id"].as_str().expect("an id"));
        open.edit("PATCH", &path, Some(&json!({"state": "enabledForReportingButNotEnforced"})))
            .expect("patched");
    }
    let steps = open.attack(7);
    assert!(steps.iter().all(|step| step.outcome.is_ok()), "{steps:#?}");
    let done: Vec<&str> = steps.iter().map(|step| step.what).collect();
    assert!(done.contains(&"make a service principal Global Administrator"), "{done:?}");
    let audits = open.edit("GET", "/v1.0/auditLogs/directoryAudits?$top=5", None).expect("audits");
    let taken = steps.iter().find(|step| step.what == "take an account over").expect("a victim");
    for record in audits["value"].as_array().expect("rows") {
        assert_eq!(record["initiatedBy"]["user"]["userPrincipalName"], taken.target.as_str());
        assert!(record["initiatedBy"]["user"]["id"].is_string(), "a person of the tenant");
    }
    let failed = "/v1.0/auditLogs/signIns?$filter=status/errorCode eq 50126";
    assert_eq!(open.edit("GET", failed, None).expect("sign-ins")["value"].as_array().map(Vec::len), Some(12));

    let closed = contoso().await;
    legacy_block(&closed, "enabled");
    let held = closed.attack(7);
    assert_eq!(
        held.last().map(|step| (step.what, step.target.as_str())),
        Some(("take an account over", taken.target.as_str()))
    );
    assert_eq!(closed.attack(7).len(), held.len(), "seeded");
}
