//! The demo tenant, cut down to what makes its controls fail, and what an operator says about it.

use crate::chance::Chance;
use crate::site::Guarded;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;
use trueconfig_common::id::ControlId;
use trueconfig_core::baseline::{Baseline, Level, Remedy, TenantConfig};
use trueconfig_twin::TenantFile;

/// Users of the demo tenant that are kept beside those with a role: one in so many.
const USERS_KEPT: usize = 12;

/// Applications that are kept beside those that deviate.
const APPLICATIONS_KEPT: usize = 2;

/// Accounts last used before then are stale.
const LONG_AGO: &str = "2026-08-01";

/// Controls of one seed.
const CONTROLS: usize = 3;

/// A recipient made for tests; nobody has its identity.
const RECIPIENT: &str = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";

/// Oskar Quiroga, a Helpdesk Administrator.
const OWNER: &str = "cd4ebbc3-e378-4897-9a9e-f5dd62d6c464";

/// When every story begins.
pub fn beginning() -> DateTime<Utc> {
    "2026-11-24T09:00:00Z".parse().expect("a moment")
}

/// See the module.
pub fn file() -> &'static TenantFile {
    static CUT: OnceLock<TenantFile> = OnceLock::new();
    CUT.get_or_init(|| cut(TenantFile::contoso().expect("the demo tenant is sound").rebased(beginning())))
}

fn cut(mut file: TenantFile) -> TenantFile {
    let holders: BTreeSet<String> = file
        .graph
        .iter()
        .filter(|(path, _)| path.contains("/roleManagement/") || path.ends_with("/owners"))
        .flat_map(|(_, body)| rows(body))
        .flat_map(|row| [row["principalId"].clone(), row["id"].clone()])
        .filter_map(|id| id.as_str().map(str::to_owned))
        .collect();
    let mut kept = 0;
    let users = keep(&mut file.graph, "/v1.0/users", |row| {
        kept += 1;
        holders.contains(&id(row)) || kept % USERS_KEPT == 0 || (is_stale(row) && kept % 3 == 0)
    });
    let owners: BTreeMap<String, usize> = file
        .graph
        .iter()
        .filter_map(|(path, body)| {
            Some((path.strip_prefix("/v1.0/applications/")?.strip_suffix("/owners")?, body))
        })
        .map(|(application, body)| (application.to_owned(), rows(body).len()))
        .collect();
    let mut ordinary = 0;
    let applications = keep(&mut file.graph, "/v1.0/applications", |row| {
        let deviates = owners.get(&id(row)) == Some(&0) || !rows_of(row, "passwordCredentials").is_empty();
        ordinary += usize::from(!deviates);
        deviates || ordinary <= APPLICATIONS_KEPT
    });
    let clients: BTreeSet<String> = file.twin.clients.iter().map(|one| one.client_id.clone()).collect();
    let mut others = 0;
    let principals = keep(&mut file.graph, "/v1.0/servicePrincipals", |row| {
        let client = row["appId"].as_str().unwrap_or_default();
        others += 1;
        clients.contains(client) || others <= 10 || holders.contains(&id(row))
    });
    keep(&mut file.graph, "/v1.0/reports/authenticationMethods/userRegistrationDetails", |row| {
        users.contains(&id(row))
    });
    for (path, body) in
        file.graph.iter_mut().filter(|(path, _)| path.ends_with("/members") || path.ends_with("/owners"))
    {
        if let Some(rows) = body["value"].as_array_mut().filter(|_| !path.is_empty()) {
            rows.retain(|row| users.contains(&id(row)) || principals.contains(&id(row)));
        }
    }
    file.graph.retain(|path, _| {
        let below = |prefix: &str, known: &BTreeSet<String>| {
            let rest = path.strip_prefix(prefix).and_then(|rest| rest.split('/').next());
            rest.is_none_or(|id| known.contains(id))
        };
        below("/v1.0/applications/", &applications)
            && below("/v1.0/servicePrincipals/", &principals)
            && below("/v1.0/users/", &users)
    });
    if let Some(sign_ins) = file.graph.get_mut("/v1.0/auditLogs/signIns") {
        sign_ins["value"] = json!([]);
    }
    file
}

/// Whether nobody has signed in for long.
fn is_stale(user: &Value) -> bool {
    let last = user.pointer("/signInActivity/lastSignInDateTime").and_then(Value::as_str);
    last.is_some_and(|last| last < LONG_AGO)
}

fn keep(
    graph: &mut BTreeMap<String, Value>,
    path: &str,
    mut wanted: impl FnMut(&Value) -> bool,
) -> BTreeSet<String> {
    let Some(rows) = graph.get_mut(path).and_then(|body| body["value"].as_array_mut()) else {
        return BTreeSet::new();
    };
    rows.retain(|row| wanted(row));
    rows.iter().map(id).collect()
}

fn id(row: &Value) -> String {
    row["id"].as_str().unwrap_or_default().to_owned()
}

fn rows(body: &Value) -> Vec<Value> {
    rows_of(body, "value")
}

fn rows_of(body: &Value, name: &str) -> Vec<Value> {
    body[name].as_array().cloned().unwrap_or_default()
}

/// Break-glass accounts and our own principals.
pub fn guarded() -> Guarded {
    let named = |row: &Value| row["userPrincipalName"].as_str().is_some_and(|name| name.starts_with("bg-"));
    let users = rows(&file().graph["/v1.0/users"]);
    let break_glass = users.iter().filter(|row| named(row)).map(id).collect();
    let mut own: Vec<String> = file().twin.clients.iter().map(|one| one.client_id.clone()).collect();
    let principals = rows(&file().graph["/v1.0/servicePrincipals"]);
    let ours = principals.iter().filter(|row| own.iter().any(|client| row["appId"] == client.as_str()));
    let ids: Vec<String> = ours.map(id).collect();
    own.extend(ids);
    Guarded { break_glass, own }
}

/// What the operator says.
pub fn config() -> TenantConfig {
    let owner = BTreeMap::from([("owner".to_owned(), json!(OWNER))]);
    TenantConfig {
        break_glass: guarded().break_glass,
        own_principals: file().twin.clients.iter().map(|one| one.client_id.clone()).collect(),
        recipients: BTreeMap::from([("default".to_owned(), RECIPIENT.to_owned())]),
        parameters: BTreeMap::from([(ControlId::new("APP-01"), owner)]),
        soak_days: Some(2),
        ..TenantConfig::default()
    }
}

/// The shipped baseline, whole.
fn shipped() -> &'static Baseline {
    static READ: OnceLock<Baseline> = OnceLock::new();
    READ.get_or_init(|| Baseline::embedded(Level::MAXIMUM).expect("the shipped baseline is sound"))
}

/// Controls that have a fix, by its kind: some kinds have one control, some have dozens.
fn by_kind() -> Vec<Vec<ControlId>> {
    let mut kinds = BTreeMap::<String, Vec<ControlId>>::new();
    for one in shipped().members.iter().filter(|one| one.control.remedy != Remedy::None) {
        let fix = format!("{:?}", one.control.remedy);
        let kind = fix.split(' ').next().unwrap_or_default().to_owned();
        kinds.entry(kind).or_default().push(one.control.id.clone());
    }
    kinds.into_values().collect()
}

/// The baseline of one seed: each kind of fix has its turn, and some others with it.
pub fn baseline(seed: u64, chance: &mut Chance) -> Baseline {
    let kinds = by_kind();
    let (turn, round) = (seed % kinds.len() as u64, seed / kinds.len() as u64);
    let own = &kinds[turn as usize];
    let mut chosen = BTreeSet::from([own[(round % own.len() as u64) as usize].clone()]);
    while chosen.len() < CONTROLS {
        chosen.extend(chance.pick(&kinds).and_then(|kind| chance.pick(kind)).cloned());
    }
    let needed =
        |id: &ControlId| shipped().member(id).map(|one| one.control.depends_on.clone()).unwrap_or_default();
    let files: BTreeSet<ControlId> = chosen.iter().flat_map(needed).chain(chosen.clone()).collect();
    let ends: Vec<String> = files.iter().map(|id| format!("/{id}.toml")).collect();
    let levels =
        [Level::RECOMMENDED, Level::ENHANCED, Level::MAXIMUM].map(|level| level_file(level, &chosen));
    let mut shipped: Vec<(&str, &str)> = Baseline::embedded_files()
        .iter()
        .filter(|(name, _)| ends.iter().any(|end| name.ends_with(end)))
        .copied()
        .collect();
    shipped.extend(
        ["level1.toml", "level2.toml", "level3.toml"].into_iter().zip(levels.iter().map(String::as_str)),
    );
    Baseline::load(Level::MAXIMUM, &shipped, &[]).expect("a part of the shipped baseline is sound")
}

/// A level file that names those of some controls that are of its level.
fn level_file(level: Level, chosen: &BTreeSet<ControlId>) -> String {
    let of_this = |id: &&ControlId| shipped().member(id).is_some_and(|one| one.control.level == level);
    let named: String =
        chosen.iter().filter(of_this).map(|id| format!("\n[[controls]]\nid = \"{id}\"\n")).collect();
    let controls = if named.is_empty() { "controls = []\n".to_owned() } else { named };
    format!("level = {}\nversion = \"simulation\"\n{controls}", json!(level))
}
