//! A planned change as shown to people: exactly what will be sent, and what takes it back.

use crate::mode::{BlastRadius, Reversibility};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// HTTP methods that Graph writes use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// Create, or an action.
    Post,
    /// Change fields.
    Patch,
    /// Replace.
    Put,
    /// Remove.
    Delete,
}

impl Method {
    /// As it stands in the request line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Post => "POST",
            Self::Patch => "PATCH",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

/// One request to Graph, complete but for host and token.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GraphRequest {
    /// The method.
    pub method: Method,
    /// The path below the Graph root, starting with `/v1.0/`.
    pub path: String,
    /// The JSON body, null where there is none.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub body: Value,
}

/// An object that a change touches.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Target {
    /// `user`, `application`, `policy`, `setting`.
    pub kind: String,
    /// Object id, or the setting's path.
    pub id: String,
    /// Name in the tenant: untrusted text.
    pub name: crate::personal::Personal,
}

/// A change, drawn from the plan by the core; the client computes nothing of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChangeView {
    /// In words.
    pub summary: String,
    /// What it touches.
    pub targets: Vec<Target>,
    /// The touched fields before.
    pub before: Value,
    /// The touched fields after; null where the object goes away.
    pub after: Value,
    /// What will be sent.
    pub request: GraphRequest,
    /// What takes it back; none only for class D.
    pub inverse: Option<GraphRequest>,
    /// How well it can be undone.
    pub reversibility: Reversibility,
    /// What an undo leaves behind, in words; empty for class A.
    pub residue: String,
    /// How much it can break.
    pub blast_radius: BlastRadius,
}

impl ChangeView {
    /// Whether something takes it back.
    pub fn can_be_undone(&self) -> bool {
        self.inverse.is_some() && self.reversibility != Reversibility::D
    }
}
