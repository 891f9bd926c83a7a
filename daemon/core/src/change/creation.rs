//! Making an object that was not there: directory settings (GOV-22), a policy on idle sessions (DATA-20), the
//! dynamic group of guests (EXT-25). Class A: what was made is deleted again.

use super::policy::project;
use super::{Answer, GraphRead, Image, Kind, PRODUCED};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use trueconfig_common::change::{GraphRequest, Method, Target};
use trueconfig_common::mode::{BlastRadius, Reversibility};
use trueconfig_common::personal::Personal;

/// An object to be made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ObjectCreation {
    /// Where.
    pub collection: Collection,
    /// Its content as Graph takes it.
    pub content: Value,
    /// How much it can break.
    pub blast_radius: BlastRadius,
}

/// Where objects can be made: a closed list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Collection {
    /// Settings made of a template, one per template.
    DirectorySettings,
    /// Policies that end idle sessions, one at most that is the organisation's default.
    ActivityBasedTimeoutPolicies,
    /// Groups.
    Groups,
}

impl Collection {
    fn path(self) -> &'static str {
        match self {
            Self::DirectorySettings => "/v1.0/groupSettings",
            Self::ActivityBasedTimeoutPolicies => "/v1.0/policies/activityBasedTimeoutPolicies",
            Self::Groups => "/v1.0/groups",
        }
    }

    /// The field that tells what we make from all others.
    fn key(self) -> &'static str {
        match self {
            Self::DirectorySettings => "templateId",
            Self::ActivityBasedTimeoutPolicies => "displayName",
            Self::Groups => "mailNickname",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::DirectorySettings => "directory settings",
            Self::ActivityBasedTimeoutPolicies => "a policy that ends idle sessions",
            Self::Groups => "a dynamic group of all guests",
        }
    }
}

impl ObjectCreation {
    fn key(&self) -> &str {
        self.content.get(self.collection.key()).and_then(Value::as_str).unwrap_or_default()
    }

    fn found<'a>(&self, answer: &'a Answer) -> Option<&'a Value> {
        let Answer::List(rows) = answer else { return None };
        let is_it = |row: &&Value| {
            let key = row.get(self.collection.key()).and_then(Value::as_str);
            key.is_some_and(|key| key.eq_ignore_ascii_case(self.key()))
        };
        rows.iter().find(is_it)
    }

    /// Its id, if it is there.
    pub(super) fn id(&self, answer: &Answer) -> Option<String> {
        self.found(answer)?.get("id")?.as_str().map(str::to_owned)
    }
}

impl Kind for ObjectCreation {
    fn summary(&self) -> String {
        format!("Create {}", self.collection.words())
    }

    fn targets(&self) -> Vec<Target> {
        let kind = if self.collection == Collection::Groups { "group" } else { "setting" };
        let name = Personal::new(self.collection.words());
        vec![Target { kind: kind.to_owned(), id: self.key().to_owned(), name }]
    }

    fn blast_radius(&self) -> BlastRadius {
        self.blast_radius
    }

    fn reversibility(&self) -> Reversibility {
        Reversibility::A
    }

    fn before(&self) -> Image {
        Value::Null
    }

    fn after(&self) -> Image {
        self.content.clone()
    }

    fn request(&self) -> GraphRequest {
        let path = self.collection.path().to_owned();
        GraphRequest { method: Method::Post, path, body: self.content.clone() }
    }

    fn inverse(&self) -> Option<GraphRequest> {
        let path = format!("{}/{PRODUCED}", self.collection.path());
        Some(GraphRequest { method: Method::Delete, path, body: Value::Null })
    }

    fn read(&self) -> GraphRead {
        // A tenant has many groups and few of the others.
        let path = match self.collection {
            Collection::Groups => format!("/v1.0/groups?$filter=mailNickname eq '{}'", self.key()),
            other => other.path().to_owned(),
        };
        GraphRead { path, list: true }
    }

    fn observe(&self, answer: &Answer) -> Image {
        let Some(found) = self.found(answer) else { return Value::Null };
        let mut seen = project(found, &self.content);
        if let (Collection::DirectorySettings, Some(values)) = (self.collection, seen.get_mut("values")) {
            *values = self.values_of_ours(values);
        }
        seen
    }
}

impl ObjectCreation {
    /// Graph adds the template's other values to those that were sent.
    fn values_of_ours(&self, found: &Value) -> Value {
        let names = |list: &Value| list.as_array().cloned().unwrap_or_default().into_iter();
        let ours: Vec<Value> = names(&self.content["values"]).map(|one| one["name"].clone()).collect();
        names(found).filter(|one| ours.contains(&one["name"])).collect()
    }
}
