//! The second administrator: somebody else changes the tenant right before or right after a request.

use serde::Deserialize;
use serde_json::Value;

/// One edit by somebody else, with all permissions, audited as a person.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    /// Upper-case method.
    pub method: String,
    /// Path with version, and query if need be.
    pub path: String,
    /// Body; none for DELETE and some actions.
    #[serde(default)]
    pub body: Option<Value>,
}

impl Edit {
    /// An edit.
    #[must_use]
    pub fn new(method: &str, path: &str, body: Option<Value>) -> Self {
        Self { method: method.to_ascii_uppercase(), path: path.to_owned(), body }
    }
}

/// When the edit happens, seen from the request it lies in wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Moment {
    /// After everything the client has read so far and before its request: the lost update.
    Before,
    /// After the request was applied and before the client can read again: the false verification.
    After,
}

/// An edit that waits for a request.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ambush {
    /// Upper-case method of the request it waits for.
    pub method: String,
    /// Start of the path of that request, version included.
    pub path: String,
    /// When the edit happens.
    pub moment: Moment,
    /// What is changed, in order.
    pub edits: Vec<Edit>,
}

impl Ambush {
    /// Reads ambushes: `[{"method": "PATCH", "path": "/v1.0/…", "moment": "before", "edits": [{"method":
    /// "PATCH", "path": "/v1.0/…", "body": {…}}]}]`.
    ///
    /// # Errors
    /// Text that is not JSON of that shape.
    pub fn parse(text: &str) -> Result<Vec<Self>, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// One edit at the next request of a kind.
    #[must_use]
    pub fn new(method: &str, path: &str, moment: Moment, edit: Edit) -> Self {
        Self { method: method.to_ascii_uppercase(), path: path.to_owned(), moment, edits: vec![edit] }
    }

    /// Whether this is the request it waits for.
    pub(super) fn fits(&self, method: &str, path: &str) -> bool {
        let starts = path.get(..self.path.len()).is_some_and(|start| start.eq_ignore_ascii_case(&self.path));
        starts && self.method == method
    }
}

#[cfg(test)]
mod tests {
    use super::{Ambush, Edit, Moment};
    use serde_json::json;

    #[test]
    fn ambushes_are_read_from_a_file_and_typos_are_refused() {
        let edit = json!({"method": "PATCH", "path": "/v1.0/users/u1", "body": {"accountEnabled": false}});
        let one = json!({"method": "GET", "path": "/v1.0/users", "moment": "after", "edits": [edit]});
        let read = Ambush::parse(&json!([one]).to_string()).expect("an ambush");
        let edit = Edit::new("patch", "/v1.0/users/u1", Some(json!({"accountEnabled": false})));
        assert_eq!(read, [Ambush::new("get", "/v1.0/users", Moment::After, edit)]);
        let mut typo = one;
        typo["moments"] = json!("after");
        assert!(Ambush::parse(&json!([typo]).to_string()).is_err());
    }
}
