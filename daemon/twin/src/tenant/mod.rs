//! The directory itself: singletons and collections under their Graph paths, with one place through
//! which every change passes, so that replication lag can be played.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use crate::faults::Weather;
use crate::section::TwinSection;
use crate::{Clock, Ids};

pub(crate) mod audit;
mod changes;
mod file;
mod lag;
mod pages;
mod rows;

pub use lag::Lag;
pub(crate) use lag::{LagPolicy, View};
pub(crate) use rows::{Columns, HeldRows, Object, Row, Rows};

/// Kinds of directory objects that can own, be owned, be members: collection and OData type.
const DIRECTORY: [(&str, &str); 5] = [
    ("/v1.0/users", "#microsoft.graph.user"),
    ("/v1.0/servicePrincipals", "#microsoft.graph.servicePrincipal"),
    ("/v1.0/groups", "#microsoft.graph.group"),
    ("/v1.0/applications", "#microsoft.graph.application"),
    ("/v1.0/devices", "#microsoft.graph.device"),
];

/// One tenant.
pub(crate) struct Tenant {
    /// Directory id.
    pub(crate) id: String,
    /// Clients and switches.
    pub(crate) twin: TwinSection,
    /// Errors in place of bodies: what whoever made the file could not read, nobody can read here.
    refusals: BTreeMap<String, Value>,
    singles: BTreeMap<String, Object>,
    collections: BTreeMap<String, Box<dyn Rows>>,
    clock: Clock,
    ids: Ids,
    lag: lag::LagBook,
    changes: changes::ChangeBook,
    conditions: Conditions,
    pages: pages::Pages,
}

/// What the switches for faults mean to the tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Conditions {
    /// How long a write stays unseen.
    pub(crate) lag: LagPolicy,
    /// Page tokens of another number have expired.
    pub(crate) page_tokens: u64,
    /// Delta tokens of another number have expired.
    pub(crate) delta_tokens: u64,
    /// Trouble by chance.
    pub(crate) weather: Weather,
}

impl Tenant {
    /// The injected clock.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        (self.clock)()
    }

    /// An id that nothing has yet.
    pub(crate) fn new_id(&self) -> Uuid {
        (self.ids)()
    }

    /// Sets what holds for the next requests.
    pub(crate) fn set_conditions(&mut self, conditions: Conditions) {
        self.lag.policy = conditions.lag;
        if conditions != self.conditions {
            self.pages.clear();
        }
        self.conditions = conditions;
    }

    /// What holds for this request.
    pub(crate) fn conditions(&self) -> &Conditions {
        &self.conditions
    }

    /// Number of the newest change of a collection that delta queries follow.
    pub(crate) fn last_change(&self) -> u64 {
        self.changes.last()
    }

    /// Keys of a collection that changed in a span, unless it goes back too far.
    pub(crate) fn changes(&self, path: &str, since: u64, until: u64) -> Option<Vec<String>> {
        self.changes.between(path, since, until)
    }

    /// Pages that were written out since the last change.
    pub(crate) fn pages(&mut self) -> &mut pages::Pages {
        &mut self.pages
    }

    /// The error that a file has in place of a body.
    pub(crate) fn refusal(&self, path: &str) -> Option<&Value> {
        self.refusals.get(path)
    }

    /// A singleton as it is now.
    pub(crate) fn single(&self, path: &str) -> Option<&Object> {
        self.singles.get(path)
    }

    /// A collection as it is now.
    pub(crate) fn rows(&self, path: &str) -> Option<&dyn Rows> {
        self.collections.get(path).map(AsRef::as_ref)
    }

    /// All rows of a collection, none if the tenant has no such collection.
    pub(crate) fn each<'t>(&'t self, path: &str) -> impl Iterator<Item = Row<'t>> + use<'t> {
        let rows = self.rows(path);
        let count = rows.map_or(0, Rows::len);
        (0..count).filter_map(move |position| rows.and_then(|rows| rows.at(position)))
    }

    /// One row as it is now.
    pub(crate) fn find(&self, path: &str, key: &str) -> Option<Row<'_>> {
        let rows = self.rows(path)?;
        rows.at(rows.position(key)?)
    }

    /// The first row whose property has this text, compared without case.
    pub(crate) fn find_by(&self, path: &str, property: &str, value: &str) -> Option<Row<'_>> {
        let rows = self.rows(path)?;
        rows.at(rows.position_by(property, value)?)
    }

    /// A user, service principal, group, application or device by id, with its OData type.
    pub(crate) fn directory_object(&self, id: &str) -> Option<(&'static str, Row<'_>)> {
        DIRECTORY.iter().find_map(|(path, kind)| Some((*kind, self.find(path, id)?)))
    }

    /// Collections below a prefix, for example every owners list.
    pub(crate) fn paths_under(&self, prefix: &str) -> Vec<String> {
        let range = self.collections.range(prefix.to_owned()..);
        range.map(|(path, _)| path.clone()).take_while(|path| path.starts_with(prefix)).collect()
    }

    /// A singleton as a reader sees it, possibly stale.
    pub(crate) fn read_single(&mut self, path: &str) -> Option<Object> {
        let now = self.now();
        match self.lag.read(path, now) {
            Some(before) => before,
            None => self.single(path).cloned(),
        }
    }

    /// A row as a reader sees it, possibly stale.
    pub(crate) fn read_row(&mut self, path: &str, key: &str) -> Option<Object> {
        let now = self.now();
        match self.lag.read(&lag::row_path(path, key), now) {
            Some(before) => before,
            None => self.find(path, key).map(Row::into_owned),
        }
    }

    /// What a reader of a whole collection sees differently from the truth.
    pub(crate) fn view(&mut self, path: &str) -> View {
        let now = self.now();
        self.lag.view(path, now)
    }

    /// Whether a row was created so recently that requests do not find it yet; counts as one read.
    pub(crate) fn unborn(&mut self, path: &str, key: &str) -> bool {
        let now = self.now();
        self.lag.unborn(&lag::row_path(path, key), now)
    }

    /// Replaces a singleton.
    pub(crate) fn set_single(&mut self, path: &str, object: Object) {
        let before = self.single(path).cloned();
        let now = self.now();
        self.lag.changed(path.to_owned(), before, now);
        self.singles.insert(path.to_owned(), object);
    }

    /// Puts a row into a collection, making the collection if need be.
    pub(crate) fn put(&mut self, path: &str, row: Object) {
        let key = text_of(&row, crate::resources::key_of(path)).to_owned();
        let before = self.find(path, &key).map(Row::into_owned);
        let now = self.now();
        self.lag.changed(lag::row_path(path, &key), before, now);
        self.note_change(path, &key);
        self.collection(path).put(row);
    }

    /// Takes a row out of a collection.
    pub(crate) fn take(&mut self, path: &str, key: &str) -> Option<Object> {
        let before = self.find(path, key)?.into_owned();
        let now = self.now();
        self.lag.changed(lag::row_path(path, key), Some(before), now);
        self.note_change(path, key);
        self.collection(path).take(key)
    }

    fn note_change(&mut self, path: &str, key: &str) {
        // Who comes into a group or leaves it has changed the group.
        let group = path.strip_prefix("/v1.0/groups/").and_then(|rest| rest.strip_suffix("/members"));
        if let Some(group) = group {
            self.changes.note(path, key);
            self.changes.note("/v1.0/groups", group);
        }
        if crate::resources::has_delta(path) {
            self.changes.note(path, key);
        }
    }

    /// Puts a row in front, unseen by lag: for logs.
    pub(crate) fn log_row(&mut self, path: &str, row: Object, limit: usize) {
        let rows = self.collection(path);
        rows.put_first(row);
        if rows.len() > limit {
            let last = rows.at(limit).map(|row| text_of(&row, "id").to_owned());
            last.and_then(|key| rows.take(&key));
        }
    }

    /// Whether an enabled subscription holds a service plan; a file that says nothing about
    /// subscriptions is not judged.
    pub(crate) fn has_plan(&self, plans: &[&str]) -> bool {
        if self.rows("/v1.0/subscribedSkus").is_none() {
            return true;
        }
        self.each("/v1.0/subscribedSkus").any(|sku| {
            let enabled = text_of(&sku, "capabilityStatus") == "Enabled";
            let held = sku.get("servicePlans").and_then(Value::as_array);
            let names = held.into_iter().flatten().filter_map(|plan| plan.get("servicePlanName"));
            let wanted = |name: &str| plans.iter().any(|plan| plan.eq_ignore_ascii_case(name));
            enabled && names.filter_map(Value::as_str).any(wanted)
        })
    }

    /// The id of the service principal of an application, if it is in the tenant.
    pub(crate) fn service_principal_of(&self, app_id: &str) -> Option<Row<'_>> {
        self.find_by("/v1.0/servicePrincipals", "appId", app_id)
    }

    /// Puts generated rows in the place of a collection; those the tenant holds there are added to them.
    pub(crate) fn generate(&mut self, path: &str, rows: impl Rows + 'static) {
        self.pages.clear();
        let held: Vec<Object> = self.each(path).map(Row::into_owned).collect();
        let rows: &mut Box<dyn Rows> =
            self.collections.entry(path.to_owned()).insert_entry(Box::new(rows)).into_mut();
        held.into_iter().for_each(|row| rows.put(row));
    }

    /// Replaces the rows of a collection, unseen by lag: for a tenant that is being made.
    pub(crate) fn seed(&mut self, path: &str, rows: Vec<Object>) {
        self.pages.clear();
        let rows = HeldRows::new(crate::resources::key_of(path), rows);
        self.collections.insert(path.to_owned(), Box::new(rows));
    }

    /// A collection to change; whoever changes one invalidates the pages.
    fn collection(&mut self, path: &str) -> &mut Box<dyn Rows> {
        self.pages.clear();
        self.collections.entry(path.to_owned()).or_insert_with(|| file::empty(path))
    }
}

/// A text property, empty if it is absent or no text.
pub(crate) fn text_of<'o>(object: &'o Object, property: &str) -> &'o str {
    object.get(property).and_then(Value::as_str).unwrap_or_default()
}

/// An object out of `json!({…})`; anything else gives an empty one.
pub(crate) fn object(value: Value) -> Object {
    match value {
        Value::Object(map) => map,
        _ => Object::new(),
    }
}
