//! The table against Microsoft's own list of paths and verbs.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::Value;

use super::{Resource, Shape, Verb, table};

mod inverses;
mod samples;

/// Paths and verbs that the list lacks or knows otherwise, and why we are right.
const KNOWN: [&str; 11] = [
    // The list is a slice and has neither of these families.
    "GET /devices",
    "PATCH /devices/{}",
    "GET /users/{}/mailFolders/inbox/messageRules",
    "POST /users/{}/mailFolders/inbox/messageRules",
    "PATCH /users/{}/mailFolders/inbox/messageRules",
    "DELETE /users/{}/mailFolders/inbox/messageRules",
    "GET /admin/sharepoint/settings",
    // The documentation says PUT where the metadata says PATCH or nothing (graph facts 2).
    "PUT /policies/adminConsentRequestPolicy",
    "PUT /policies/deviceRegistrationPolicy",
    // Filters and paging of PIM for groups are documented, the slice stops above them.
    "GET /identityGovernance/privilegedAccess/group",
    "GET /groupSettingTemplates",
];

fn listed() -> BTreeSet<String> {
    let default = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/graph");
    let folder = std::env::var_os("TRUECONFIG_GRAPH_ORACLE").map_or(default, PathBuf::from);
    let path = folder.join("url-templates.json");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let list: Value = serde_json::from_str(&text).expect("JSON");
    let mut listed = BTreeSet::new();
    for template in list["templates"].as_array().expect("templates") {
        let path = plain(template["path"].as_str().expect("a path"));
        for op in template["ops"].as_array().expect("operations") {
            listed.insert(format!("{} {path}", op["method"].as_str().expect("a method")));
        }
    }
    listed
}

fn plain(path: &str) -> String {
    let step = |step: &str| if step.starts_with('{') { "{}".to_owned() } else { step.replace("graph.", "") };
    path.split('/').map(step).collect::<Vec<_>>().join("/")
}

fn operations(resource: &Resource) -> Vec<String> {
    let path = resource.path;
    let mut operations = vec![format!("GET {path}")];
    for verb in resource.verbs {
        operations.push(match (verb, resource.shape) {
            (Verb::Create, Shape::References) => format!("POST {path}/$ref"),
            (Verb::Delete, Shape::References) => format!("DELETE {path}/$ref"),
            (Verb::Create, _) => format!("POST {path}"),
            (Verb::Patch, Shape::Single) => format!("PATCH {path}"),
            (Verb::Put, Shape::Single) => format!("PUT {path}"),
            (Verb::Patch, _) => format!("PATCH {path}/{{}}"),
            (Verb::Put, _) => format!("PUT {path}/{{}}"),
            (Verb::Delete, _) => format!("DELETE {path}/{{}}"),
        });
    }
    operations
}

/// Issue 3: every path and verb of the twin is one of Graph's.
#[test]
#[ignore = "needs ../shared/graph"]
fn every_path_and_verb_is_one_of_graphs() {
    let listed = listed();
    let foreign: Vec<String> = table::all()
        .flat_map(operations)
        .filter(|operation| !listed.contains(operation))
        .filter(|operation| !KNOWN.iter().any(|known| operation.starts_with(known)))
        .collect();
    assert!(foreign.is_empty(), "{foreign:#?}");
}

#[test]
fn no_path_stands_twice_and_every_written_resource_names_its_permissions() {
    let mut seen = BTreeSet::new();
    for resource in table::all() {
        assert!(seen.insert(resource.path), "{}", resource.path);
        let for_people = resource.path == "/directory/onPremisesSynchronization";
        assert_eq!(resource.read.is_empty(), for_people, "{}", resource.path);
        assert_eq!(resource.verbs.is_empty(), resource.write.is_empty(), "{}", resource.path);
        let bodies = resource.verbs.iter().any(|verb| *verb != Verb::Delete);
        let needs_fields = bodies && resource.shape != Shape::References;
        assert!(!needs_fields || !resource.fields.is_empty(), "{}", resource.path);
    }
}
