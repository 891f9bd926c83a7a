//! From a tenant file to a directory and back. Sub-collections may stand under their own path or inline
//! as `$expand` gives them; inside they have one form, and that form is written back.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::lag::LagBook;
use super::pages::Pages;
use super::rows::{HeldRows, Rows};
use super::{Object, Row, Tenant, object, text_of};
use crate::resources::{self, Shape};
use crate::rules::roles::{SETTINGS, SETTINGS_ASSIGNED};
use crate::tenant_file::TenantFile;
use crate::{Clock, Ids};

impl Tenant {
    /// A directory with the content of a file.
    pub(crate) fn load(file: TenantFile, clock: Clock, ids: Ids) -> Self {
        let mut tenant = Self {
            id: String::new(),
            twin: file.twin,
            refusals: BTreeMap::new(),
            singles: BTreeMap::new(),
            collections: BTreeMap::new(),
            clock,
            ids,
            lag: LagBook::default(),
            changes: super::changes::ChangeBook::default(),
            conditions: super::Conditions::default(),
            pages: Pages::default(),
        };
        let (again, once): (Vec<_>, Vec<_>) =
            file.graph.into_iter().partition(|(path, _)| path.contains('?'));
        for (path, body) in once {
            tenant.load_body(&resources::canonical(&path), object(body));
        }
        for (path, body) in again {
            let path = path.split('?').next().unwrap_or_default();
            tenant.load_further(&resources::canonical(path), object(body));
        }
        tenant.id = tenant.directory_id();
        tenant
    }

    /// The directory as a file that loads to the same directory.
    pub(crate) fn export(&self) -> TenantFile {
        let singles = self.singles.iter().map(|(path, body)| (path.clone(), Value::Object(body.clone())));
        let collections = self.collections.iter().map(|(path, rows)| (path.clone(), body_of(rows.as_ref())));
        let refusals = self.refusals.iter().map(|(path, error)| (path.clone(), json!({"error": error})));
        let mut graph: BTreeMap<String, Value> = singles.chain(collections).chain(refusals).collect();
        fold_inline(&mut graph);
        fold_settings(&mut graph);
        TenantFile { graph, twin: self.twin.clone() }
    }

    /// Replaces what stands under a path by a body of a tenant file.
    pub(crate) fn overwrite(&mut self, path: &str, body: Value) {
        let path = resources::canonical(path);
        self.pages.clear();
        self.collections.remove(&path);
        self.singles.remove(&path);
        self.refusals.remove(&path);
        self.load_body(&path, object(body));
    }

    fn directory_id(&self) -> String {
        let organization = self.each("/v1.0/organization").next().map(|row| text_of(&row, "id").to_owned());
        self.twin.tenant_id.clone().or(organization).unwrap_or_else(|| self.new_id().to_string())
    }

    fn load_body(&mut self, path: &str, mut body: Object) {
        if let Some(error) = body.remove("error") {
            self.refusals.insert(path.to_owned(), error);
            return;
        }
        let rows = match body.remove("value") {
            Some(Value::Array(rows)) if resources::shape_of(path) != Some(Shape::Single) => rows,
            value => {
                body.extend(value.map(|value| ("value".to_owned(), value)));
                body.retain(|name, _| name != "@odata.context");
                self.detach_inline(path, &mut body);
                self.singles.insert(path.to_owned(), body);
                return;
            }
        };
        let key = resources::key_of(path);
        let mut rows: Vec<Object> = rows.into_iter().map(object).collect();
        for (position, row) in rows.iter_mut().enumerate().filter(|_| resources::is_read_only(path)) {
            row.entry(key).or_insert_with(|| json!(format!("{key}-{position}")));
        }
        let mut rows: Vec<Object> = rows.into_iter().map(|row| self.detach(path, row)).collect();
        if resources::is_restorable(path) {
            // Deleting and restoring must leave no trace in a row that did not name the property.
            rows.iter_mut().for_each(|row| _ = row.entry("deletedDateTime").or_insert(Value::Null));
        }
        self.load_rows(path, rows);
    }

    /// Adds what a further question about a collection told of its rows, such as `signInActivity`.
    fn load_further(&mut self, path: &str, mut body: Object) {
        let Some(Value::Array(rows)) = body.remove("value") else { return };
        for further in rows.into_iter().map(object) {
            let held = self.find(path, text_of(&further, resources::key_of(path))).map(Row::into_owned);
            let mut row = held.unwrap_or_default();
            row.extend(further);
            let row = self.detach(path, row);
            self.collection(path).put(row);
        }
    }

    /// Adds rows to a collection that may already hold some from an inline form.
    fn load_rows(&mut self, path: &str, rows: Vec<Object>) {
        if resources::is_spread(path) {
            for row in rows {
                let home = resources::home_of(path, &row);
                self.collection(&home).put(row);
            }
            return;
        }
        if self.rows(path).is_none() {
            let held = HeldRows::new(resources::key_of(path), rows);
            self.collections.insert(path.to_owned(), Box::new(held));
            return;
        }
        for row in rows {
            self.collection(path).put(row);
        }
    }

    /// Moves sub-collections that always stand inside a singleton under their own path.
    fn detach_inline(&mut self, path: &str, body: &mut Object) {
        for name in resources::inline_of(path) {
            if let Some(Value::Array(rows)) = body.remove(*name) {
                body.remove(&format!("{name}@odata.context"));
                self.load_rows(&format!("{path}/{name}"), rows.into_iter().map(object).collect());
            }
        }
    }

    /// Moves inline sub-collections of a row under their own path.
    fn detach(&mut self, path: &str, mut row: Object) -> Object {
        let id = text_of(&row, resources::key_of(path)).to_owned();
        for name in resources::children_of(path) {
            let Some(Value::Array(items)) = row.get(name) else { continue };
            let items: Vec<Object> = items.iter().cloned().map(object).collect();
            row.remove(name);
            row.remove(&format!("{name}@odata.context"));
            self.load_rows(&format!("{path}/{id}/{name}"), items);
        }
        if path == SETTINGS_ASSIGNED {
            self.detach_settings(&mut row);
        }
        row
    }

    /// Moves the settings of Privileged Identity Management out of their assignment.
    fn detach_settings(&mut self, assignment: &mut Object) {
        let Some(policy) = assignment.remove("policy") else { return };
        assignment.remove("policy@odata.context");
        let mut policy = object(policy);
        let names = [text_of(&policy, "id"), text_of(assignment, "policyId"), text_of(assignment, "id")];
        let name = names.into_iter().find(|name| !name.is_empty()).unwrap_or_default().to_owned();
        policy.insert("id".into(), json!(name));
        assignment.insert("policyId".into(), json!(name));
        let policy = self.detach(SETTINGS, policy);
        self.load_rows(SETTINGS, vec![policy]);
    }
}

/// Puts PIM settings with their rules back into their assignments, where a reader of the file looks.
fn fold_settings(graph: &mut BTreeMap<String, Value>) {
    let rows_at = |body: &mut Value| body["value"].as_array_mut().map(std::mem::take).unwrap_or_default();
    let Some(mut assigned) = graph.remove(SETTINGS_ASSIGNED) else { return };
    let mut policies = graph.remove(SETTINGS).as_mut().map(rows_at).unwrap_or_default();
    for row in assigned["value"].as_array_mut().into_iter().flatten() {
        let Some(position) = policies.iter().position(|policy| policy["id"] == row["policyId"]) else {
            continue;
        };
        let mut policy = policies.swap_remove(position);
        let id = policy["id"].as_str().unwrap_or_default();
        take_in(graph, &format!("{SETTINGS}/{id}"), &["rules"], &mut policy);
        row["policy"] = policy;
    }
    graph.insert(SETTINGS_ASSIGNED.to_owned(), assigned);
    if !policies.is_empty() {
        graph.insert(SETTINGS.to_owned(), json!({"value": policies}));
    }
}

/// Puts sub-collections back into the objects they always stand in.
fn fold_inline(graph: &mut BTreeMap<String, Value>) {
    let paths: Vec<String> = graph.keys().cloned().collect();
    for path in paths {
        let (inline, key) = (resources::inline_of(&path), resources::key_of(&path));
        if inline.is_empty() {
            continue;
        }
        let Some(mut body) = graph.remove(&path) else { continue };
        match body.get_mut("value").and_then(Value::as_array_mut) {
            Some(rows) => {
                for row in rows {
                    let below =
                        format!("{path}/{}", row.get(key).and_then(Value::as_str).unwrap_or_default());
                    take_in(graph, &below, inline, row);
                }
            }
            None => take_in(graph, &path, inline, &mut body),
        }
        graph.insert(path, body);
    }
}

fn take_in(graph: &mut BTreeMap<String, Value>, path: &str, inline: &[&str], holder: &mut Value) {
    for name in inline {
        if let Some(mut rows) = graph.remove(&format!("{path}/{name}")) {
            holder[*name] = rows["value"].take();
        }
    }
}

/// An empty collection with the key its path asks for.
pub(super) fn empty(path: &str) -> Box<dyn Rows> {
    Box::new(HeldRows::new(resources::key_of(path), Vec::new()))
}

fn body_of(rows: &dyn Rows) -> Value {
    let rows: Vec<Value> = (0..rows.len())
        .filter_map(|position| rows.at(position))
        .map(Row::into_owned)
        .map(Value::Object)
        .collect();
    json!({"value": rows})
}
