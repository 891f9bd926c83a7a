//! Sign-ins of the last days and directory audits.

use serde_json::{Value, json};

use super::Graph;
use super::facts::{id, minutes_ago, pick};
use super::people::{Kind, Person};

/// Sign-ins in the log.
const SIGN_INS: usize = 120;

/// Both logs, newest first.
pub fn bodies(graph: &mut Graph, staff: &[Person]) {
    let people: Vec<&Person> =
        staff.iter().filter(|person| matches!(person.kind, Kind::Member | Kind::Administrator)).collect();
    let sign_ins: Vec<Value> =
        (0..SIGN_INS).map(|number| sign_in(number, people[number % people.len()])).collect();
    graph.insert("/v1.0/auditLogs/signIns".into(), json!({"value": sign_ins}));
    let audits: Vec<Value> = (0..12).map(|number| audit(number, people[0], people[number + 1])).collect();
    graph.insert("/v1.0/auditLogs/directoryAudits".into(), json!({"value": audits}));
}

/// Two in three satisfy the report-only policy; the others would have been interrupted.
fn sign_in(number: usize, person: &Person) -> Value {
    let name = format!("sign-in {number}");
    let result = match pick(&name, 6) {
        0 => "reportOnlyInterrupted",
        1 => "reportOnlyNotApplied",
        _ => "reportOnlySuccess",
    };
    json!({
        "id": id(&name),
        "createdDateTime": minutes_ago(i64::try_from(15 + number * 80).expect("small")),
        "userId": person.id,
        "userDisplayName": person.name,
        "userPrincipalName": person.upn,
        "appId": "00000002-0000-0ff1-ce00-000000000000",
        "appDisplayName": "Office 365 Exchange Online",
        "resourceDisplayName": "Office 365 Exchange Online",
        "resourceId": "00000002-0000-0ff1-ce00-000000000000",
        "ipAddress": "203.0.113.25",
        "clientAppUsed": "Browser",
        "correlationId": id(&format!("correlation {name}")),
        "isInteractive": true,
        "conditionalAccessStatus": "success",
        "riskDetail": "none",
        "riskLevelAggregated": "none",
        "riskLevelDuringSignIn": "none",
        "riskState": "none",
        "riskEventTypes_v2": [],
        "status": {"errorCode": 0, "failureReason": "Other.", "additionalDetails": null},
        "deviceDetail": {"deviceId": "", "displayName": "", "operatingSystem": "Windows10", "browser": "Edge 130.0.0", "isCompliant": false, "isManaged": false, "trustType": ""},
        "location": {"city": "Munich", "state": "Bayern", "countryOrRegion": "DE", "geoCoordinates": {}},
        "appliedConditionalAccessPolicies": [{
            "id": id("policy CA001 Require MFA for all users"),
            "displayName": "CA001 Require MFA for all users",
            "enforcedGrantControls": ["Mfa"],
            "enforcedSessionControls": [],
            "result": result,
        }],
    })
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
