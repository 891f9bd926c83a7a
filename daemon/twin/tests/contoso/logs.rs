//! Sign-ins of the last days and directory audits.

use serde_json::{Value, json};
use trueconfig_twin::{Options, Proof, SignIn, TenantFile, serve};

use super::Graph;
use super::facts::{id, minutes_ago, pick};
use super::people::{Kind, Person};

/// Sign-ins in the log.
const SIGN_INS: usize = 120;

/// Both logs, newest first. The sign-ins are judged by the twin itself, so that they agree with the
/// policies of the tenant.
pub fn bodies(graph: &mut Graph, staff: &[Person]) {
    let people: Vec<&Person> =
        staff.iter().filter(|person| matches!(person.kind, Kind::Member | Kind::Administrator)).collect();
    let emergency = staff.iter().find(|person| person.kind == Kind::Emergency).expect("an emergency account");
    let mut attempts: Vec<SignIn> =
        (0..SIGN_INS).map(|number| attempt(number, people[number % people.len()])).collect();
    // The yearly drill of an emergency account, with its key.
    let drill = SignIn { proof: Proof::PhishingResistant, ..attempt(SIGN_INS, emergency) };
    attempts.push(drill);
    graph.insert("/v1.0/auditLogs/signIns".into(), json!({"value": judged(graph, &attempts)}));
    let audits: Vec<Value> = (0..12).map(|number| audit(number, people[0], people[number + 1])).collect();
    graph.insert("/v1.0/auditLogs/directoryAudits".into(), json!({"value": audits}));
}

/// The records that the policies of the tenant give these attempts.
fn judged(graph: &Graph, attempts: &[SignIn]) -> Vec<Value> {
    let file = json!({"graph": graph}).to_string();
    let file = TenantFile::parse(&file, "made").expect("a valid tenant file");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let twin = runtime.block_on(serve(Options::new(file))).expect("a twin");
    attempts.iter().map(|attempt| twin.sign_in(attempt).expect("a record")).collect()
}

/// Two in three satisfy the report-only policy; the others would have been asked for a second factor.
fn attempt(number: usize, person: &Person) -> SignIn {
    let name = format!("sign-in {number}");
    let minutes = i64::try_from(15 + number * 80).expect("small");
    SignIn {
        proof: if pick(&name, 3) == 0 { Proof::Password } else { Proof::Mfa },
        managed: pick(&format!("device {name}"), 2) == 0,
        time: Some(minutes_ago(minutes).parse().expect("a time")),
        id: Some(id(&name)),
        ..SignIn::new(&person.upn)
    }
}

fn audit(number: usize, actor: &Person, target: &Person) -> Value {
    let name = format!("audit {number}");
    json!({
        "id": format!("Directory_{}", id(&name)),
        "category": "UserManagement",
        "correlationId": id(&format!("correlation {name}")),
        "result": "success",
        "resultReason": "",
        "activityDisplayName": "Update user",
        "activityDateTime": minutes_ago(i64::try_from(40 + number * 300).expect("small")),
        "loggedByService": "Core Directory",
        "operationType": "Update",
        "initiatedBy": {"app": null, "user": {
            "id": actor.id, "displayName": actor.name, "userPrincipalName": actor.upn, "ipAddress": "203.0.113.4"}},
        "targetResources": [{
            "id": target.id, "displayName": target.name, "type": "User", "userPrincipalName": target.upn,
            "groupType": null, "modifiedProperties": [{"displayName": "Department", "oldValue": "[]", "newValue": "[\"Sales\"]"}]}],
        "additionalDetails": [],
    })
}
