//! What a synthetic tenant has from the demo tenant: all of it but its people and their applications.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::tenant_file::TenantFile;

/// Clients of the demo tenant; their applications and service principals stay.
pub(super) const CLIENTS: u32 = 2;
/// Collections whose objects are not taken over, and neither is whatever names one of them.
const LEFT: [&str; 4] = ["/v1.0/users", "/v1.0/groups", "/v1.0/applications", "/v1.0/servicePrincipals"];
/// Logs and reports about those objects.
const LOGS: [&str; 2] = ["/v1.0/auditLogs/", "/v1.0/reports/"];

/// The file without people.
pub(super) fn without_people(mut file: TenantFile) -> TenantFile {
    let clients: BTreeSet<String> = file.twin.clients.iter().map(|client| client.client_id.clone()).collect();
    let ours = |row: &Value| row["appId"].as_str().is_some_and(|id| clients.contains(id));
    let gone: BTreeSet<String> = LEFT
        .iter()
        .flat_map(|path| rows_of(&file.graph, path))
        .filter(|row| !ours(row))
        .filter_map(|row| row["id"].as_str().map(str::to_owned))
        .collect();
    file.graph.retain(|path, _| !LEFT.iter().any(|left| path.starts_with(&format!("{left}/"))));
    for (path, body) in &mut file.graph {
        let log = LOGS.iter().any(|log| path.starts_with(log));
        if let Some(rows) = body.get_mut("value").and_then(Value::as_array_mut) {
            rows.retain(|row| !log && !names(row, &gone));
        }
    }
    file
}

fn rows_of<'g>(graph: &'g BTreeMap<String, Value>, path: &str) -> impl Iterator<Item = &'g Value> + use<'g> {
    graph.get(path).and_then(|body| body["value"].as_array()).into_iter().flatten()
}

/// Whether one of these ids stands anywhere in a value.
fn names(value: &Value, ids: &BTreeSet<String>) -> bool {
    match value {
        Value::String(text) => ids.contains(text),
        Value::Array(items) => items.iter().any(|item| names(item, ids)),
        Value::Object(map) => map.values().any(|item| names(item, ids)),
        _ => false,
    }
}
