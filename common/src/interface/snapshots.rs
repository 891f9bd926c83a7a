//! Snapshots of the tenant: which there are, one as a file, and what changed between two.

use super::{ListQuery, Page, method};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Lists the snapshots that are kept, the newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListSnapshots {
    /// The tenant.
    #[serde(default)]
    pub tenant: String,
    /// Keys: `id taken incomplete`.
    #[serde(default)]
    pub query: ListQuery,
}
method!(ListSnapshots, Viewer, Page<SnapshotRow>);

/// A snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotRow {
    /// Its id.
    pub id: String,
    /// When reading the tenant ended.
    pub taken_at: DateTime<Utc>,
    /// Objects in it.
    pub objects: u64,
    /// Resource families that could not be read to their end.
    pub incomplete: Vec<String>,
    /// Compressed bytes that no snapshot before it had.
    pub added_bytes: u64,
}

/// Streams a snapshot as a tenant file: what `evaluate` judges and the twin serves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportSnapshot {
    /// The tenant.
    #[serde(default)]
    pub tenant: String,
    /// Which: its id, or enough of its beginning.
    pub id: String,
}
method!(ExportSnapshot, Viewer, SnapshotText, More);

/// A part of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotText {
    /// Its text; parts follow each other without anything in between.
    pub text: String,
}

/// Compares two snapshots by what they mean: order, null and empty, casing and defaults do not count.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompareSnapshots {
    /// The tenant.
    #[serde(default)]
    pub tenant: String,
    /// The older one: its id, or enough of its beginning.
    pub from: String,
    /// The newer one, likewise.
    pub to: String,
    /// Keys: `family object name change`.
    #[serde(default)]
    pub query: ListQuery,
}
method!(CompareSnapshots, Viewer, Page<SnapshotChange>);

/// An object that is not the same in two snapshots.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SnapshotChange {
    /// Its family.
    pub family: String,
    /// Its id; empty where the family has one object, or where the family itself is meant.
    pub object: String,
    /// Its name in the tenant, untrusted.
    pub name: String,
    /// What became of it: `added`, `removed`, `changed`, or `unreadable` where one of the two
    /// snapshots lacks the family, so that nothing can be said.
    pub change: String,
    /// What is different about it, for `changed`; why, for `unreadable`.
    pub differences: Vec<ValueDifference>,
}

/// A value that is not the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ValueDifference {
    /// Where, as a dotted path.
    pub path: String,
    /// The older value.
    pub before: Value,
    /// The newer one.
    pub after: Value,
}
