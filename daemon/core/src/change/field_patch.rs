//! Setting fields of an object: most settings of the catalogue. Class A where the former values can be set again;
//! C where nothing was set and Graph takes nothing back (ID-25).
//!
//! The images are what the requests carry: whole fields where Graph does not promise to merge what
//! stands inside, all writable fields where it replaces the object. If anybody changed one of
//! them, the fix or its rollback stops (D20).

use super::policy::{project, writable};
use super::{Answer, GraphRead, Image, Kind, Resource};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use trueconfig_common::change::{GraphRequest, Target};
use trueconfig_common::mode::{BlastRadius, Reversibility};
use trueconfig_common::personal::Personal;

/// Fields of an object to be set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldPatch {
    /// The object.
    pub resource: Resource,
    /// Its name in the tenant; empty for what a tenant has one of.
    pub name: Personal,
    /// What is set, each by its dotted path and in words.
    pub fields: Vec<Field>,
    /// The fields as they are.
    pub before: Map<String, Value>,
    /// The fields as they are to be.
    pub after: Map<String, Value>,
    /// What is set again where the former state cannot be: the request of the undo, and what remains.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remains: Option<Remains>,
    /// How much it can break.
    pub blast_radius: BlastRadius,
}

/// What is set, for sentences and targets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Dotted path.
    pub path: String,
    /// In words.
    pub label: String,
}

/// What an undo leaves where it cannot restore what was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Remains {
    /// The fields as the undo sets them.
    pub fields: Map<String, Value>,
    /// What is left behind, in words.
    pub residue: String,
}

impl FieldPatch {
    fn request_with(&self, fields: &Map<String, Value>) -> GraphRequest {
        let mut body = self.resource.annotations();
        body.extend(fields.clone());
        GraphRequest { method: self.resource.method(), path: self.resource.path(), body: Value::Object(body) }
    }

    fn field_as_seen(&self, name: &str, found: Option<&Value>) -> Value {
        let found = writable(found.unwrap_or(&Value::Null));
        match (self.before.get(name), self.after.get(name)) {
            (Some(before), Some(after)) if self.resource.merges() => {
                project(&found, if before.is_object() { before } else { after })
            }
            _ => found,
        }
    }
}

impl Kind for FieldPatch {
    fn summary(&self) -> String {
        let labels: Vec<&str> = self.fields.iter().map(|one| one.label.as_str()).collect();
        let preposition = if self.resource.noun() == "setting" { "in" } else { "for" };
        format!("Set {} {preposition} {}", labels.join(" and "), self.resource.words())
    }

    fn targets(&self) -> Vec<Target> {
        let id = self.resource.id();
        if self.resource.noun() != "setting" {
            return vec![Target { kind: self.resource.noun().to_owned(), id, name: self.name.clone() }];
        }
        let target = |one: &Field| Target {
            kind: "setting".to_owned(),
            id: format!("{id}.{}", one.path),
            name: Personal::new(one.label.clone()),
        };
        self.fields.iter().map(target).collect()
    }

    fn blast_radius(&self) -> BlastRadius {
        self.blast_radius
    }

    fn reversibility(&self) -> Reversibility {
        if self.remains.is_some() { Reversibility::C } else { Reversibility::A }
    }

    fn residue(&self) -> String {
        self.remains.as_ref().map(|remains| remains.residue.clone()).unwrap_or_default()
    }

    fn before(&self) -> Image {
        Value::Object(self.before.clone())
    }

    fn after(&self) -> Image {
        Value::Object(self.after.clone())
    }

    fn request(&self) -> GraphRequest {
        self.request_with(&self.after)
    }

    fn inverse(&self) -> Option<GraphRequest> {
        let fields = self.remains.as_ref().map_or(&self.before, |remains| &remains.fields);
        Some(self.request_with(fields))
    }

    fn read(&self) -> GraphRead {
        // What is not a policy gives a field only if it is asked for.
        let path = match self.resource.noun() {
            "setting" | "inboxRule" | "domain" | "policy" => self.resource.path(),
            _ => {
                let fields: Vec<&str> = self.after.keys().map(String::as_str).collect();
                format!("{}?$select=id,{}", self.resource.path(), fields.join(","))
            }
        };
        GraphRead { path, list: false }
    }

    fn observe(&self, answer: &Answer) -> Image {
        let Answer::Object(Some(found)) = answer else { return Value::Null };
        let seen = |name: &String| (name.clone(), self.field_as_seen(name, found.get(name)));
        let seen = Value::Object(self.after.keys().map(seen).collect());
        match &self.remains {
            // What an undo leaves stands for what was, or the undo would never count as done.
            Some(remains) if super::same(&seen, &Value::Object(remains.fields.clone())) => self.before(),
            _ => seen,
        }
    }
}

#[cfg(test)]
mod tests;
