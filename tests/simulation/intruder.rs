//! The second administrator: changes the tenant as somebody with all permissions and other plans.

use crate::chance::Chance;
use crate::site::Guarded;
use serde_json::{Value, json};
use trueconfig_twin::Twin;

const USERS: &str = "/v1.0/users";
const APPLICATIONS: &str = "/v1.0/applications";
const ASSIGNMENTS: &str = "/v1.0/roleManagement/directory/roleAssignments";
const POLICIES: &str = "/v1.0/identity/conditionalAccess/policies";
const AUTHORIZATION: &str = "/v1.0/policies/authorizationPolicy";

/// Holders of roles that stay whatever happens, so that there is a tenant left to run.
const ASSIGNMENTS_KEPT: usize = 8;

type Edit = (&'static str, String, Option<Value>);

/// Something to do, near the path of a write if there is one; none where nothing fits.
pub fn edit(twin: &Twin, guarded: &Guarded, chance: &mut Chance, near: Option<&str>) -> Option<Edit> {
    if let Some(near) = near.filter(|_| !chance.one_in(3)) {
        return beside(twin, guarded, chance, near);
    }
    let number = chance.draw() % 1000;
    match chance.below(6) {
        0 => {
            let policy = one_of(twin, POLICIES, chance)?;
            Some((
                "PATCH",
                format!("{POLICIES}/{policy}"),
                Some(json!({"displayName": format!("Renamed {number}")})),
            ))
        }
        1 => switch_policy(twin, &one_of(twin, POLICIES, chance)?),
        2 => unassign(twin, guarded, chance),
        3 => Some(("PATCH", AUTHORIZATION.to_owned(), Some(settings(chance)))),
        4 => {
            let user = one_of(twin, USERS, chance).filter(|id| !is_guarded(guarded, id))?;
            let holds = rows(twin, ASSIGNMENTS).iter().any(|row| row["principalId"] == user.as_str());
            (!holds).then(|| {
                ("PATCH", format!("{USERS}/{user}"), Some(json!({"accountEnabled": chance.one_in(2)})))
            })
        }
        _ => {
            let application = one_of(twin, APPLICATIONS, chance)?;
            let password = json!({"passwordCredential": {"displayName": format!("by hand {number}")}});
            Some(("POST", format!("{APPLICATIONS}/{application}/addPassword"), Some(password)))
        }
    }
}

/// The same object that a write is about.
fn beside(twin: &Twin, guarded: &Guarded, chance: &mut Chance, near: &str) -> Option<Edit> {
    let last = near.rsplit('/').next().unwrap_or_default().to_owned();
    if let Some(rest) = near.strip_prefix(POLICIES) {
        let policy = if rest.is_empty() { one_of(twin, POLICIES, chance)? } else { last };
        return switch_policy(twin, &policy);
    }
    if near.starts_with(ASSIGNMENTS) {
        let row = twin.truth(near)?;
        let safe = row["principalId"].as_str().is_some_and(|id| !is_guarded(guarded, id));
        return (safe && rows(twin, ASSIGNMENTS).len() > ASSIGNMENTS_KEPT)
            .then(|| ("DELETE", near.to_owned(), None));
    }
    if near.starts_with(USERS) {
        let enabled = twin.truth(near)?["accountEnabled"] == true;
        return Some(("PATCH", near.to_owned(), Some(json!({"accountEnabled": !enabled}))));
    }
    if let Some(application) =
        near.strip_suffix("/addPassword").or_else(|| near.strip_suffix("/removePassword"))
    {
        let password = json!({"passwordCredential": {"displayName": "by hand"}});
        return Some(("POST", format!("{application}/addPassword"), Some(password)));
    }
    near.starts_with("/v1.0/policies/authorizationPolicy")
        .then(|| ("PATCH", AUTHORIZATION.to_owned(), Some(settings(chance))))
}

fn settings(chance: &mut Chance) -> Value {
    match chance.below(3) {
        0 => json!({"allowInvitesFrom": "adminsGuestInvitersAndAllMembers"}),
        1 => json!({"allowInvitesFrom": "none"}),
        _ => json!({"allowEmailVerifiedUsersToJoinOrganization": chance.one_in(2)}),
    }
}

/// Off if it is on, and on if it is not; a policy that is only reported on may be switched on by nobody here,
/// because it might keep everybody out.
fn switch_policy(twin: &Twin, policy: &str) -> Option<Edit> {
    let path = format!("{POLICIES}/{policy}");
    let state = match twin.truth(&path)?["state"].as_str()? {
        "enabled" => "disabled",
        _ => "enabledForReportingButNotEnforced",
    };
    Some(("PATCH", path, Some(json!({"state": state}))))
}

fn unassign(twin: &Twin, guarded: &Guarded, chance: &mut Chance) -> Option<Edit> {
    let all = rows(twin, ASSIGNMENTS);
    let row = chance.pick(&all).filter(|_| all.len() > ASSIGNMENTS_KEPT)?;
    let safe = row["principalId"].as_str().is_some_and(|id| !is_guarded(guarded, id));
    safe.then(|| ("DELETE", format!("{ASSIGNMENTS}/{}", row["id"].as_str().unwrap_or_default()), None))
}

fn is_guarded(guarded: &Guarded, id: &str) -> bool {
    guarded.break_glass.iter().chain(&guarded.own).any(|one| one == id)
}

fn rows(twin: &Twin, path: &str) -> Vec<Value> {
    match twin.truth(path) {
        Some(Value::Array(rows)) => rows,
        _ => Vec::new(),
    }
}

fn one_of(twin: &Twin, path: &str, chance: &mut Chance) -> Option<String> {
    let rows = rows(twin, path);
    chance.pick(&rows)?["id"].as_str().map(str::to_owned)
}
