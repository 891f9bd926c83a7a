//! From a tenant file to a directory and back. Sub-collections may stand under their own path or inline
//! as `$expand` gives them; inside they have one form, and that form is written back.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use uuid::Uuid;

use super::lag::LagBook;
use super::rows::{HeldRows, Rows};
use super::{Object, Tenant, object, text_of};
use crate::Clock;
use crate::resources::{self, Shape};
use crate::tenant_file::TenantFile;

impl Tenant {
    /// A directory with the content of a file.
    pub(crate) fn load(file: TenantFile, clock: Clock) -> Self {
        let mut tenant = Self {
            id: String::new(),
            twin: file.twin,
            singles: BTreeMap::new(),
            collections: BTreeMap::new(),
            clock,
            lag: LagBook::default(),
        };
        for (path, body) in file.graph {
            tenant.load_body(&resources::canonical(&path), object(body));
        }
        tenant.id = tenant.directory_id();
        tenant
    }

    /// The directory as a file that loads to the same directory.
    pub(crate) fn export(&self) -> TenantFile {
        let singles = self.singles.iter().map(|(path, body)| (path.clone(), Value::Object(body.clone())));
        let collections = self.collections.iter().map(|(path, rows)| (path.clone(), body_of(rows.as_ref())));
        TenantFile { graph: singles.chain(collections).collect(), twin: self.twin.clone() }
    }

    /// Replaces what stands under a path by a body of a tenant file.
    pub(crate) fn overwrite(&mut self, path: &str, body: Value) {
        let path = resources::canonical(path);
        self.collections.remove(&path);
        self.singles.remove(&path);
        self.load_body(&path, object(body));
    }

    fn directory_id(&self) -> String {
        let organization = self.each("/v1.0/organization").next().map(|row| text_of(row, "id").to_owned());
        self.twin.tenant_id.clone().or(organization).unwrap_or_else(|| Uuid::new_v4().to_string())
    }

    fn load_body(&mut self, path: &str, mut body: Object) {
        let rows = match body.remove("value") {
            Some(Value::Array(rows)) if resources::shape_of(path) != Some(Shape::Single) => rows,
            value => {
                body.extend(value.map(|value| ("value".to_owned(), value)));
                body.retain(|name, _| name != "@odata.context");
                self.singles.insert(path.to_owned(), body);
                return;
            }
        };
        let rows: Vec<Object> = rows.into_iter().map(object).map(|row| self.detach(path, row)).collect();
        self.load_rows(path, rows);
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
        row
    }
}

/// An empty collection with the key its path asks for.
pub(super) fn empty(path: &str) -> Box<dyn Rows> {
    Box::new(HeldRows::new(resources::key_of(path), Vec::new()))
}

fn body_of(rows: &dyn Rows) -> Value {
    let rows: Vec<Value> =
        (0..rows.len()).filter_map(|position| rows.at(position)).cloned().map(Value::Object).collect();
    json!({"value": rows})
}
