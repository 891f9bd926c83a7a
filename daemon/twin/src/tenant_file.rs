//! The tenant file: Graph's own response bodies under their paths, and what only the twin needs to know.
//! Everything in it is untrusted; a wrong shape is refused with its place and what to do.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::section::TwinSection;

mod check;
mod rebase;
mod unique;

/// A whole tenant as one file.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TenantFile {
    /// Graph path without query → Graph's response body.
    #[serde(deserialize_with = "unique::paths")]
    pub graph: BTreeMap<String, Value>,
    /// Clients and switches of the twin; may be absent.
    #[serde(default, skip_serializing_if = "TwinSection::is_default")]
    pub twin: TwinSection,
}

/// Why a tenant file is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TenantFileError {
    /// Not JSON, or not the two known keys.
    #[error(
        "{name}:{line}:{column}: {reason}; a tenant file is one JSON object {{\"graph\": {{PATH: BODY, …}}}}"
    )]
    Syntax {
        /// Name of the file.
        name: String,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What the parser says.
        reason: String,
    },
    /// JSON of a wrong shape.
    #[error("{name}: at {at}: {problem}; {remedy}")]
    Shape {
        /// Name of the file.
        name: String,
        /// JSON path of the wrong value.
        at: String,
        /// What is wrong.
        problem: String,
        /// What to do.
        remedy: String,
    },
}

impl TenantFile {
    /// Reads a tenant file; `name` stands in error messages.
    ///
    /// # Errors
    /// Text that is not JSON, unknown keys, keys that are no Graph paths, and bodies of a wrong shape.
    pub fn parse(text: &str, name: &str) -> Result<Self, TenantFileError> {
        let file: Self = serde_json::from_str(text).map_err(|error| syntax(name, &error))?;
        check::graph(&file.graph).map_err(|fault| fault.named(name))?;
        Ok(file)
    }

    /// The demo tenant "Contoso" as it stands in the project, dated at its own base instant.
    ///
    /// # Errors
    /// Never for a released build; the file is read like any other.
    pub fn contoso() -> Result<Self, TenantFileError> {
        Self::parse(include_str!("../tenants/contoso.json"), "contoso.json")
    }

    /// Shifts every date-time by the distance between the file's base instant (`twin.as_of`) and `now`,
    /// so that the same story can be told on any day. Files without a base instant stay as they are.
    #[must_use]
    pub fn rebased(mut self, now: DateTime<Utc>) -> Self {
        rebase::file(&mut self, now);
        self
    }

    /// The file as JSON text, secrets of its clients included: write it only where they may stand.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Maps with text keys always serialise; an empty text would be refused by `parse`.
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}

fn syntax(name: &str, error: &serde_json::Error) -> TenantFileError {
    TenantFileError::Syntax {
        name: name.to_owned(),
        line: error.line(),
        column: error.column(),
        reason: error.to_string(),
    }
}
