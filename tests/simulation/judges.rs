//! What must hold at every write, judged by the journal's bytes and the tenant's rows alone.

use crate::ledger::{Case, Reading};
use crate::site::Guarded;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;
use tokio::time::Instant;
use trueconfig_daemon::graph::Outgoing;
use trueconfig_twin::Twin;

const GLOBAL_ADMINISTRATOR: &str = "62e90394-69f5-4237-9190-012177145e10";

/// Where those stand who can activate a role.
const ELIGIBLE: &str = "/v1.0/roleManagement/directory/roleEligibilitySchedules";

const ASSIGNMENTS: &str = "/v1.0/roleManagement/directory/roleAssignments";
const POLICIES: &str = "/v1.0/identity/conditionalAccess/policies";

/// The one control that exists to change what break-glass accounts may do (D17).
const ABOUT_BREAK_GLASS: &str = "PA-03";

/// Fields that say when and under which name, not what.
const VOLATILE: [&str; 6] =
    ["id", "createdDateTime", "modifiedDateTime", "deletedDateTime", "keyId", "conditions@odata.context"];

/// A write as it leaves.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    pub path: String,
    pub body: Value,
    pub client_request_id: String,
}

impl Request {
    pub fn of(outgoing: &Outgoing<'_>, body: &[u8]) -> Self {
        let query = outgoing.url.query().map_or_else(String::new, |query| format!("?{query}"));
        Self {
            method: outgoing.method.to_owned(),
            path: format!("{}{query}", outgoing.url.path()),
            body: serde_json::from_slice(body).unwrap_or_default(),
            client_request_id: outgoing.client_request_id.to_string(),
        }
    }
}

impl fmt::Display for Request {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}", self.method, self.path)
    }
}

/// The case a write belongs to, and what about it is not allowed.
pub fn allowed(reading: &Reading, request: &Request) -> (Option<String>, Vec<String>) {
    let id = &request.client_request_id;
    let open =
        |case: &Case| case.intent.as_ref().is_some_and(|intent| intent["client_request_id"] == id.as_str());
    let Some((name, case)) = reading.cases.iter().find(|(_, case)| open(case)) else {
        return (None, vec![format!("{request} without a durable intent")]);
    };
    let intent = case.intent.clone().unwrap_or_default();
    let mut faults: Vec<String> = reading.faults.clone();
    if !sends(&intent["request"], request) {
        faults.push(format!("{request} is not what was intended: {}", intent["request"]));
    }
    if !case.is_writing() {
        faults.push(format!("{request} although {name} is {}", case.state));
    }
    if case.approved.as_ref() != Some(&case.digest) {
        faults.push(format!("{request} without an approval of this plan"));
    }
    let planned = &case.plan["changes"][intent["step"].as_u64().unwrap_or(99) as usize];
    if intent["direction"] == "forward" && intent["request"] != planned["request"] {
        faults.push(format!("{request} is not what was planned"));
    }
    let off = match case.state {
        "rolling_back" => case.off_when_intended > case.rollback_began,
        _ => !case.on_when_intended,
    };
    if off {
        faults.push(format!("{request} was intended while remediation was off"));
    }
    (Some(name.clone()), faults)
}

/// Whether a request carries out an intended one; the root of Graph stands in it by a word.
fn sends(intended: &Value, request: &Request) -> bool {
    let path = intended["path"].as_str().unwrap_or_default();
    let method = intended["method"].as_str().unwrap_or_default();
    let body = without_root(&intended["body"]) == without_root(&request.body);
    method == request.method && path.replace(' ', "%20") == request.path && body
}

fn without_root(body: &Value) -> String {
    body.to_string()
        .replace("{graph}", "")
        .replace("http://127.0.0.1", "")
        .replace("https://graph.microsoft.com", "")
}

/// What a write does to somebody whom no write may touch.
pub fn guarded(twin: &Twin, guarded: &Guarded, request: &Request, control: &str) -> Vec<String> {
    if control == ABOUT_BREAK_GLASS {
        return Vec::new();
    }
    let path = request.path.split('?').next().unwrap_or_default();
    let mut touched: Vec<String> = path.split('/').map(str::to_owned).collect();
    touched.extend(
        ["principalId", "@odata.id"].iter().filter_map(|name| request.body[*name].as_str()).map(last),
    );
    if path.starts_with(ASSIGNMENTS) {
        let row = twin.truth(path).unwrap_or_default();
        touched.extend(row["principalId"].as_str().map(str::to_owned));
    }
    let mut faults: Vec<String> = guarded
        .break_glass
        .iter()
        .chain(&guarded.own)
        .filter(|id| touched.contains(id))
        .map(|id| format!("{request} touches {id}"))
        .collect();
    if let Some(users) = request.body.pointer("/conditions/users") {
        let before = twin.truth(path).unwrap_or_default();
        let excluded = |policy: &Value, id: &String| list(policy, "excludeUsers").contains(id);
        let lost = guarded
            .break_glass
            .iter()
            .filter(|id| excluded(&before["conditions"]["users"], id) && !excluded(users, id));
        faults.extend(lost.map(|id| format!("{request} takes away the exclusion of {id}")));
    }
    faults
}

fn last(text: &str) -> String {
    text.rsplit('/').next().unwrap_or_default().to_owned()
}

fn list(object: &Value, name: &str) -> Vec<String> {
    let items = object[name].as_array().into_iter().flatten();
    items.filter_map(|item| item.as_str().map(str::to_owned)).collect()
}

/// Who can still get in, as far as a few lines can tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// Break-glass accounts that are enabled Global Administrators.
    safe: BTreeSet<String>,
    /// Enabled policies that a break-glass account is not kept out of.
    covered: BTreeSet<(String, String)>,
    /// Other enabled holders of any role, and those who can activate one.
    others: usize,
}

impl Reach {
    pub fn of(twin: &Twin, guarded: &Guarded) -> Self {
        let rows = |path: &str| match twin.truth(path) {
            Some(Value::Array(rows)) => rows,
            _ => Vec::new(),
        };
        let enabled: BTreeSet<String> = rows("/v1.0/users")
            .iter()
            .filter(|user| user["accountEnabled"] == true)
            .filter_map(|user| user["id"].as_str().map(str::to_owned))
            .collect();
        let assignments = rows(ASSIGNMENTS);
        let holds = |id: &String| {
            assignments.iter().any(|one| {
                one["principalId"] == id.as_str() && one["roleDefinitionId"] == GLOBAL_ADMINISTRATOR
            })
        };
        let eligible = rows(ELIGIBLE);
        let holders: BTreeSet<&str> =
            assignments.iter().chain(&eligible).filter_map(|one| one["principalId"].as_str()).collect();
        let others = holders
            .iter()
            .filter(|id| enabled.contains(**id) && !guarded.break_glass.contains(&(**id).to_owned()));
        let others = others.count();
        let safe =
            guarded.break_glass.iter().filter(|id| enabled.contains(*id) && holds(id)).cloned().collect();
        let policies = rows(POLICIES);
        let in_force = policies.iter().filter(|one| one["state"] == "enabled");
        let covered = in_force.flat_map(|policy| covered(policy, guarded)).collect();
        Self { safe, covered, others }
    }

    /// What somebody lost by a write.
    pub fn worse_than(&self, before: &Self) -> Option<String> {
        if let Some(id) = before.safe.iter().find(|id| !self.safe.contains(*id)) {
            return Some(format!("{id} is no enabled Global Administrator any more"));
        }
        if let Some((policy, id)) = self.covered.iter().find(|pair| !before.covered.contains(*pair)) {
            return Some(format!("policy {policy} now covers {id}"));
        }
        (self.others < 2 && self.others < before.others)
            .then(|| format!("{} other administrators are left", self.others))
    }
}

fn covered(policy: &Value, guarded: &Guarded) -> Vec<(String, String)> {
    let users = &policy["conditions"]["users"];
    let (included, excluded) = (list(users, "includeUsers"), list(users, "excludeUsers"));
    let by_role = !list(users, "includeRoles").is_empty();
    let covers = |id: &&String| {
        (by_role || included.contains(&"All".to_owned()) || included.contains(id)) && !excluded.contains(id)
    };
    let name = policy["id"].as_str().unwrap_or_default();
    guarded.break_glass.iter().filter(covers).map(|id| (name.to_owned(), id.clone())).collect()
}

/// What may lie between what the daemon read and what it wrote: an edit in between is somebody else's all the same.
const READ_BEFORE_WRITE: Duration = Duration::from_secs(60);

/// Somebody wrote somewhere.
struct Touch {
    at: Instant,
    place: String,
    /// Whose write; none for somebody else's.
    case: Option<String>,
}

/// What each case found where it first wrote, and who wrote there since.
#[derive(Default)]
pub struct Footprints {
    /// By case and place.
    before: BTreeMap<(String, String), (usize, Value)>,
    touches: Vec<Touch>,
    applied: BTreeSet<String>,
    judged: BTreeSet<(String, u64)>,
}

impl Footprints {
    pub fn before(&mut self, twin: &Twin, request: &Request, case: Option<&str>) {
        let Some(case) = case else { return };
        let place = place(&request.method, &request.path);
        let now = Instant::now();
        let at = self.touches.partition_point(|touch| touch.at + READ_BEFORE_WRITE < now);
        let found = || (at, truth(twin, &place));
        self.before.entry((case.to_owned(), place.clone())).or_insert_with(found);
        self.touches.push(Touch { at: now, place, case: Some(case.to_owned()) });
    }

    /// A write took effect; a second time under one id is a fault.
    pub fn applied(&mut self, request: &Request) -> Option<String> {
        let again = !self.applied.insert(request.client_request_id.clone());
        again.then(|| format!("{request} was applied twice under one id"))
    }

    pub fn foreign(&mut self, method: &str, path: &str) {
        self.touches.push(Touch { at: Instant::now(), place: place(method, path), case: None });
    }

    /// Whether what was rolled back since the last look is as before, unless somebody else wrote there.
    pub fn judge_rollbacks(&mut self, twin: &Twin, reading: &Reading) -> (usize, Vec<String>) {
        let (mut checked, mut faults) = (0, Vec::new());
        for (name, case) in reading.cases.iter().filter(|(_, case)| case.state == "rolled_back") {
            if !self.judged.insert((name.clone(), case.rollback_began)) {
                continue;
            }
            for ((_, place), (at, before)) in self.before.iter().filter(|((one, _), _)| one == name) {
                let mut others = self.touches[*at..].iter().filter(|touch| touch.case.as_ref() != Some(name));
                if others.any(|touch| overlap(place, &touch.place)) {
                    continue;
                }
                checked += 1;
                let now = truth(twin, place);
                if now != *before {
                    faults.push(format!("{name} was rolled back and {place} differs: {before} became {now}"));
                }
            }
        }
        (checked, faults)
    }
}

fn overlap(one: &str, other: &str) -> bool {
    one.starts_with(other) || other.starts_with(one)
}

/// The object or collection that a write changes.
fn place(method: &str, path: &str) -> String {
    let path = path.split('?').next().unwrap_or_default().trim_end_matches("/$ref");
    let parent = || path.rsplit_once('/').map_or(path, |(parent, _)| parent).to_owned();
    let is_action = path.ends_with("Password");
    // Requests for a schedule stay as a history of it; what they change is the schedules.
    if let Some(kind) = path.strip_suffix("ScheduleRequests") {
        return format!("{kind}Schedules");
    }
    match method {
        "DELETE" => parent(),
        "POST" if is_action => parent(),
        _ => path.to_owned(),
    }
}

/// What is there; an empty collection is as good as none.
fn truth(twin: &Twin, place: &str) -> Value {
    let there = twin.truth(place).map(|value| plain(&value)).unwrap_or_default();
    if there.as_array().is_some_and(Vec::is_empty) { Value::Null } else { there }
}

/// Without names, moments and what is not there.
fn plain(value: &Value) -> Value {
    match value {
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(plain).collect();
            items.sort_by_key(Value::to_string);
            Value::Array(items)
        }
        Value::Object(fields) => {
            let kept = fields.iter().filter(|(name, _)| !VOLATILE.contains(&name.as_str()));
            let kept = kept.map(|(name, value)| (name.clone(), plain(value)));
            let empty = |value: &Value| value.is_null() || value.as_array().is_some_and(Vec::is_empty);
            kept.filter(|(_, value)| !empty(value)).collect()
        }
        other => other.clone(),
    }
}
