//! Snapshots and their differences as listed.

use super::query::Columns;
use trueconfig_common::interface::snapshots::{SnapshotChange, SnapshotRow};

impl Columns for SnapshotRow {
    const KEYS: &'static [&'static str] = &["id", "taken", "incomplete"];

    fn column(&self, key: &str) -> String {
        match key {
            "id" => self.id.clone(),
            "taken" => self.taken_at.to_rfc3339(),
            _ => self.incomplete.join(" "),
        }
    }

    fn text(&self) -> String {
        format!("{} {} {}", self.id, self.taken_at.to_rfc3339(), self.incomplete.join(" "))
    }
}

impl Columns for SnapshotChange {
    const KEYS: &'static [&'static str] = &["family", "object", "name", "change"];

    fn column(&self, key: &str) -> String {
        match key {
            "family" => self.family.clone(),
            "object" => self.object.clone(),
            "change" => self.change.clone(),
            _ => self.name.clone(),
        }
    }

    fn text(&self) -> String {
        let paths: Vec<&str> = self.differences.iter().map(|one| one.path.as_str()).collect();
        format!("{} {} {} {} {}", self.family, self.object, self.name, self.change, paths.join(" "))
    }
}
