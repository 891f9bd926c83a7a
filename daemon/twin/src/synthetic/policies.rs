//! Conditional Access policies: a sound core, and the sprawl that grows around it.

use serde_json::{Value, json};

use super::identity::Kind;
use super::people::{BREAK_GLASS, People};
use super::row::Stamp;
use crate::tenant::{Object, Tenant, object};

const POLICIES: &str = "/v1.0/identity/conditionalAccess/policies";
/// Template id of Global Administrator.
pub(super) const GLOBAL_ADMINISTRATOR: &str = "62e90394-69f5-4237-9190-012177145e10";
/// Of a thousand policies, so many only report, are off, and forget to exclude the break-glass accounts.
const REPORT_ONLY: u64 = 150;
const OFF: u64 = 100;
const UNSAFE: u64 = 120;
/// Most users that a policy excludes by name.
const MAX_EXCLUDED: u64 = 6;

/// Replaces the policies of a tenant.
pub(super) fn fill(tenant: &mut Tenant, people: People, count: u32) {
    let rows = (0..count).map(|index| policy(people, index)).collect();
    tenant.seed(POLICIES, rows);
}

fn policy(people: People, index: u32) -> Object {
    let draw = |purpose| people.ids.draw(Kind::Policy, index, purpose);
    let chance = |purpose, share| people.ids.chance(Kind::Policy, index, purpose, share);
    let state = if chance(1, REPORT_ONLY) {
        "enabledForReportingButNotEnforced"
    } else if chance(2, OFF) {
        "disabled"
    } else {
        "enabled"
    };
    let (name, conditions, grant) = purpose(people, index);
    let created = i64::try_from(draw(3) % 1_000).unwrap_or_default();
    object(json!({
        "id": people.ids.id(Kind::Policy, index),
        "templateId": null,
        "displayName": format!("CA{:03} {name}", index + 1),
        "createdDateTime": Stamp(people.now - (created + 30) * 86_400).to_string(),
        "modifiedDateTime": null,
        "deletedDateTime": null,
        "state": state,
        "conditions": conditions,
        "grantControls": {
            "operator": "OR", "builtInControls": [grant], "customAuthenticationFactors": [],
            "termsOfUse": [], "authenticationStrength": null,
        },
        "sessionControls": null,
    }))
}

/// Name, conditions and control of a policy, by its number: the first of each kind is for everybody.
fn purpose(people: People, index: u32) -> (&'static str, Value, &'static str) {
    let (mut users, mut clients, mut risk) = (who(people, index), json!(["all"]), json!([]));
    let (name, grant) = match index % 5 {
        0 => ("Require multifactor authentication", "mfa"),
        1 => {
            clients = json!(["exchangeActiveSync", "other"]);
            ("Block legacy authentication", "block")
        }
        2 => {
            users["includeUsers"] = json!([]);
            users["includeRoles"] = json!([GLOBAL_ADMINISTRATOR]);
            ("Require multifactor authentication of administrators", "mfa")
        }
        3 => {
            risk = json!(["high"]);
            ("Block risky sign-ins", "block")
        }
        _ => ("Require a compliant device", "compliantDevice"),
    };
    let conditions = json!({
        "users": users,
        "applications": {
            "includeApplications": ["All"], "excludeApplications": [], "includeUserActions": [],
            "includeAuthenticationContextClassReferences": [], "applicationFilter": null,
        },
        "clientAppTypes": clients,
        "signInRiskLevels": risk,
        "userRiskLevels": [], "servicePrincipalRiskLevels": [], "insiderRiskLevels": null,
        "platforms": null, "locations": null, "devices": null, "clientApplications": null,
        "authenticationFlows": null,
    });
    (name, conditions, grant)
}

fn who(people: People, index: u32) -> Value {
    let draw = |purpose| people.ids.draw(Kind::Policy, index, purpose);
    let anybody = |purpose| {
        let index = draw(purpose) % u64::from(people.count);
        people.id(u32::try_from(index).unwrap_or_default()).to_string()
    };
    let mut excluded: Vec<String> = Vec::new();
    if !people.ids.chance(Kind::Policy, index, 4, UNSAFE) {
        excluded.extend((0..BREAK_GLASS).map(|index| people.id(index).to_string()));
    }
    excluded.extend((0..draw(5) % MAX_EXCLUDED).map(|number| anybody(100 + number)));
    let included = if index < 5 || draw(6) % 3 == 0 { "All".to_owned() } else { anybody(7) };
    json!({
        "includeUsers": [included], "excludeUsers": excluded,
        "includeGroups": [], "excludeGroups": [], "includeRoles": [], "excludeRoles": [],
        "includeGuestsOrExternalUsers": null, "excludeGuestsOrExternalUsers": null,
    })
}
