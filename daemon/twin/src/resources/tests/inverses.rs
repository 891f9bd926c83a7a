//! Issue 3: for every kind of write, write and inverse give the tenant before, but for the residue that is
//! named here. The kinds come from the table, so that none can be added without being held to this.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::{any, proptest};
use proptest::test_runner::Config;
use serde_json::{Map, Value, json};

use super::super::fields::{Field, Kind};
use super::super::{Resource, Shape, Verb, place_of, table};
use super::samples::{self, CREATED, Sample, Samples};
use crate::Twin;
use crate::graph::path::parse;

/// Properties that tell when or how often something was written: residue of every write.
const RESIDUE: [&str; 4] = ["modifiedDateTime", "lastModifiedDateTime", "version", "isServiceDefault"];
/// Writes without an inverse, and those whose inverse is another request of the same collection.
const ONE_WAY: [(&str, &str); 4] = [
    ("/authentication/", "a method comes back only by registering it again"),
    ("deletedItems", "what leaves the bin is gone for good"),
    ("ScheduleRequests", "assign and remove are both requests: see the tests over connections"),
    ("/appRoleAssignedTo", "the same rows as appRoleAssignments, which are held to it"),
];
/// Rows of one type in one collection that are patched.
const ROWS: usize = 2;

/// The tenant as it can be read, order of rows and residue aside.
fn state(twin: &Twin) -> BTreeMap<String, Value> {
    let mut graph = twin.export().graph;
    graph.remove("/v1.0/auditLogs/directoryAudits");
    graph.retain(|_, body| body["value"] != json!([]));
    for body in graph.values_mut() {
        strip(body);
        if let Some(rows) = body["value"].as_array_mut() {
            rows.sort_by_key(|row| row["id"].to_string());
        }
    }
    graph
}

fn strip(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|name, _| !RESIDUE.contains(&name.as_str()));
            map.values_mut().for_each(strip);
        }
        Value::Array(items) => items.iter_mut().for_each(strip),
        _ => {}
    }
}

fn assert_same(before: &BTreeMap<String, Value>, after: &BTreeMap<String, Value>, what: &str) {
    for (path, body) in before {
        assert_eq!(after.get(path), Some(body), "{what}: {path}");
    }
    let new: Vec<&String> = after.keys().filter(|path| !before.contains_key(*path)).collect();
    assert!(new.is_empty(), "{what}: {new:?}");
}

/// A row or a singleton that can be patched.
struct Target {
    resource: &'static Resource,
    path: String,
    row: Map<String, Value>,
}

fn targets(samples: &Samples) -> Vec<Target> {
    let mut targets = Vec::new();
    let mut counted = BTreeMap::new();
    for (path, row) in samples.rows() {
        let Some(place) = parse(&path).ok().and_then(|path| place_of(&path)) else { continue };
        let resource = place.resource;
        if !resource.verbs.contains(&Verb::Patch) {
            continue;
        }
        let key = row.get(resource.key).and_then(Value::as_str).unwrap_or_default();
        let own = if resource.shape == Shape::Single { path } else { format!("{path}/{key}") };
        let kind = row.get("@odata.type").and_then(Value::as_str).unwrap_or_default().to_owned();
        let count: &mut usize = counted.entry((resource.path, kind)).or_default();
        *count += 1;
        let is_spare = row.get("displayName") == Some(&json!("Spare"));
        if *count <= ROWS || is_spare {
            targets.push(Target { resource, path: own, row });
        }
    }
    targets
}

/// Another value of the same kind; nothing where the kind is not looked into.
fn other(kind: &Kind, old: &Value, seed: u16) -> Option<Value> {
    let seed_text = format!("x{seed}");
    match (kind, old) {
        (Kind::Flag, Value::Bool(old)) => Some(json!(!old)),
        (Kind::Number, Value::Number(_)) => Some(json!(1 + seed % 90)),
        (Kind::Text, Value::String(_)) => Some(json!(seed_text)),
        (Kind::Choice(members), Value::String(old)) => {
            let others: Vec<&&str> = members.iter().filter(|member| *member != old).collect();
            others.get(usize::from(seed) % others.len().max(1)).map(|member| json!(member))
        }
        (Kind::List(Kind::Text), Value::Array(old)) => {
            let mut list = old.clone();
            list.push(json!(seed_text));
            Some(json!(list))
        }
        (Kind::Any, Value::Object(old)) => {
            let (name, held) = old.iter().find_map(|(name, held)| Some((name, held.as_bool()?)))?;
            let mut object = old.clone();
            object.insert(name.clone(), json!(!held));
            Some(Value::Object(object))
        }
        _ => None,
    }
}

/// The change of one field and its inverse: directly, or one level down where objects are merged.
fn changes(field: &Field, old: &Value, seed: u16) -> Vec<(Value, Value)> {
    let Kind::Object(inner) = &field.kind else {
        let new = other(&field.kind, old, seed);
        return new.map(|new| (json!({field.name: new}), json!({field.name: old}))).into_iter().collect();
    };
    let below = inner.iter().filter_map(|part| {
        let held = old.get(part.name)?;
        let new = other(&part.kind, held, seed)?;
        Some((json!({field.name: {part.name: new}}), json!({field.name: {part.name: held}})))
    });
    below.collect()
}

/// Patches every field that can be, one at a time, and takes it back. Gives how often that worked.
fn patch_everything(samples: &Samples, seed: u16) -> BTreeMap<&'static str, usize> {
    let twin = &samples.twin;
    let before = state(twin);
    let mut worked = BTreeMap::new();
    for target in targets(samples) {
        for field in target.resource.fields {
            let Some(old) = target.row.get(field.name) else { continue };
            for (mut patch, mut inverse) in changes(field, old, seed) {
                if let Some(kind) = target.row.get("@odata.type") {
                    patch["@odata.type"] = kind.clone();
                    inverse["@odata.type"] = kind.clone();
                }
                let what = format!("PATCH {} {patch}", target.path);
                if twin.edit("PATCH", &target.path, Some(&patch)).is_err() {
                    assert_same(&before, &state(twin), &format!("{what} was refused"));
                    continue;
                }
                assert!(state(twin) != before, "{what} changed nothing");
                let undone = twin.edit("PATCH", &target.path, Some(&inverse));
                undone.unwrap_or_else(|error| panic!("{what}, back with {inverse}: {error}"));
                assert_same(&before, &state(twin), &what);
                *worked.entry(target.resource.path).or_default() += 1;
            }
        }
    }
    worked
}

proptest! {
    #![proptest_config(Config { cases: 1, max_shrink_iters: 0, failure_persistence: None, ..Config::default() })]

    /// Whatever values are written, writing the old ones gives the tenant before. Each run tries every field
    /// of every kind with one seed, for each field is a case of its own.
    #[test]
    fn every_patch_has_an_inverse(seed in any::<u16>()) {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let samples = runtime.block_on(Samples::new());
        let worked = patch_everything(&samples, seed);
        for resource in table::all().filter(|resource| resource.verbs.contains(&Verb::Patch)) {
            assert!(worked.contains_key(resource.path), "{}: no patch of it worked", resource.path);
        }
    }
}

fn written(twin: &Twin, method: &str, path: &str, body: Option<&Value>) -> Value {
    twin.edit(method, path, body).unwrap_or_else(|error| panic!("{method} {path}: {error}"))
}

/// Deletes what was made, out of the bin too.
fn unmake(samples: &Samples, sample: &Sample, key: &str) {
    let (twin, path) = (&samples.twin, samples.filled(sample.path));
    let item = if sample.path.ends_with("/$ref") {
        format!("{}/{key}/$ref", path.trim_end_matches("/$ref"))
    } else {
        format!("{path}/{key}")
    };
    written(twin, "DELETE", &item, None);
    let place = parse(&path).ok().and_then(|path| place_of(&path));
    if let Some(bin) = place.and_then(|place| place.resource.bin) {
        // A security group never went there.
        let _ = twin.edit("DELETE", &format!("{bin}/{key}"), None);
    }
}

/// Issue 3: the newest audit record names who wrote, to what, and which properties changed.
fn audited(twin: &Twin, what: &str) {
    let audits = written(twin, "GET", "/v1.0/auditLogs/directoryAudits?$top=1", None);
    let (record, target) = (&audits["value"][0], &audits["value"][0]["targetResources"][0]);
    assert_eq!(record["initiatedBy"]["user"]["userPrincipalName"], "second.administrator", "{what}");
    assert!(record["activityDisplayName"].is_string() && target["type"].is_string(), "{what}: {record}");
    assert!(target["id"].as_str().is_some_and(|id| !id.is_empty()), "{what}: {record}");
    let changed = target["modifiedProperties"].as_array().map_or(0, Vec::len);
    assert!(changed > 0, "{what}: {record}");
}

/// What was created is deleted, and nothing is left.
#[tokio::test]
async fn every_creation_has_an_inverse() {
    let samples = Samples::new().await;
    let twin = &samples.twin;
    let before = state(twin);
    for sample in &CREATED {
        let path = samples.filled(sample.path);
        let body: Value = serde_json::from_str(&samples.filled(sample.body)).expect("JSON");
        let made = written(twin, "POST", &path, Some(&body));
        assert!(state(twin) != before, "POST {path} changed nothing");
        audited(twin, &path);
        let url = body["@odata.id"].as_str().and_then(|url| url.rsplit('/').next());
        let key = made["id"].as_str().or(made["tenantId"].as_str()).or(url).expect("a key");
        unmake(&samples, sample, key);
        assert_same(&before, &state(twin), sample.path);
    }
}

/// What was deleted is restored under its id, with what hung on it.
#[tokio::test]
async fn every_soft_deletion_has_an_inverse() {
    let samples = Samples::new().await;
    let twin = &samples.twin;
    for resource in table::all() {
        let Some(bin) = resource.bin else { continue };
        let path = format!("/v1.0{}", resource.path);
        let rows = samples.rows();
        let restorable = |(place, row): &&(String, Map<String, Value>)| {
            let spare = row.get("displayName") == Some(&json!("Spare"));
            *place == path
                && resource.rules.keeps_deleted(row)
                && (spare || resource.entity != "namedLocation")
        };
        let (_, row) = rows.iter().find(restorable).unwrap_or_else(|| panic!("{path}: nothing to delete"));
        let id = row["id"].as_str().expect("an id");
        let before = state(twin);
        written(twin, "DELETE", &format!("{path}/{id}"), None);
        assert!(twin.edit("GET", &format!("{path}/{id}"), None).is_err());
        written(twin, "POST", &format!("{bin}/{id}/restore"), None);
        assert_same(&before, &state(twin), &path);
    }
}

/// What is replaced as a whole is put back as a whole.
#[tokio::test]
async fn every_replacement_has_an_inverse() {
    let samples = Samples::new().await;
    let twin = &samples.twin;
    for (path, resource) in samples::replaced() {
        let before = state(twin);
        let held = written(twin, "GET", path, None);
        let writable = |name: &String| resource.fields.iter().any(|field| field.name == name);
        let old: Map<String, Value> = held
            .as_object()
            .expect("an object")
            .clone()
            .into_iter()
            .filter(|(name, _)| writable(name))
            .collect();
        let changed = resource.fields.iter().find_map(|field| {
            let new = other(&field.kind, old.get(field.name)?, 7)?;
            (field.name != "id").then_some((field.name, new))
        });
        let (name, new) = changed.expect("a field to change");
        let mut body = old.clone();
        body.insert(name.to_owned(), new);
        written(twin, "PUT", path, Some(&Value::Object(body)));
        assert!(state(twin) != before, "PUT {path} changed nothing");
        written(twin, "PUT", path, Some(&Value::Object(old)));
        assert_same(&before, &state(twin), path);
    }
}

/// No kind of write escapes the tests above.
#[test]
fn every_kind_of_write_is_held_to_it() {
    let created: BTreeSet<String> = CREATED
        .iter()
        .filter_map(|sample| {
            let path = sample.path.trim_end_matches("/$ref").replace("{sp}", "x").replace("{sp2}", "x");
            let path = ["{app}", "{user}", "{group}"].iter().fold(path, |path, name| path.replace(name, "x"));
            Some(place_of(&parse(&path).ok()?)?.resource.path.to_owned())
        })
        .collect();
    let missing: Vec<&str> = table::all()
        .filter(|resource| resource.verbs.contains(&Verb::Create) || resource.verbs.contains(&Verb::Delete))
        .map(|resource| resource.path)
        .filter(|path| !created.contains(*path) && !ONE_WAY.iter().any(|(part, _)| path.contains(part)))
        .collect();
    assert!(missing.is_empty(), "{missing:#?}");
    let singles = table::all().filter(|resource| resource.verbs.contains(&Verb::Put));
    assert_eq!(singles.count(), samples::REPLACED.len());
}
