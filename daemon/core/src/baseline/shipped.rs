//! The files of a product's version, kept so that an upgrade of the product changes no rule by itself, and what another
//! version would change.

use super::{Baseline, FileError, Level, Member, level_file};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use trueconfig_common::id::ControlId;

/// Level and control files by name, the controls without their cases.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Shipped {
    files: BTreeMap<String, String>,
}

/// What another baseline does with a control.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// It was not in force.
    Added,
    /// It is no longer in force.
    Removed,
    /// It says something else.
    Changed,
}

impl Shipped {
    /// The files of this version of the product.
    pub fn embedded() -> Self {
        let heads = Baseline::embedded_files().iter();
        Self { files: heads.map(|(name, text)| ((*name).to_owned(), level_file::head(text))).collect() }
    }

    /// SHA-256 of names and texts, in hexadecimal.
    pub fn digest(&self) -> String {
        let canonical = serde_json_canonicalizer::to_vec(self).unwrap_or_default();
        Sha256::digest(canonical).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The baseline at a level, with the operator's own controls.
    ///
    /// # Errors
    /// [`FileError`], for files of another version also if this one does not know what they ask for.
    pub fn baseline(&self, level: Level, operator: &[(&str, &str)]) -> Result<Baseline, FileError> {
        let files: Vec<(&str, &str)> =
            self.files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        Baseline::load(level, &files, operator)
    }
}

impl Baseline {
    /// What another baseline would change: by control, with the keys of its file that differ.
    pub fn changes(&self, other: &Self) -> BTreeMap<ControlId, (Change, BTreeSet<String>)> {
        let ids = |baseline: &Self| -> BTreeMap<ControlId, Member> {
            baseline.members.iter().map(|member| (member.control.id.clone(), member.clone())).collect()
        };
        let (old, new) = (ids(self), ids(other));
        let mut changes = BTreeMap::new();
        for id in old.keys().chain(new.keys()) {
            let change = match (old.get(id), new.get(id)) {
                (None, _) => (Change::Added, BTreeSet::new()),
                (_, None) => (Change::Removed, BTreeSet::new()),
                (Some(before), Some(after)) => (Change::Changed, differing(before, after)),
            };
            if change.0 != Change::Changed || !change.1.is_empty() {
                changes.insert(id.clone(), change);
            }
        }
        changes
    }
}

/// Keys whose values differ; parameters as the levels set them.
fn differing(before: &Member, after: &Member) -> BTreeSet<String> {
    let keys = |member: &Member| member.control.content.as_object().cloned().unwrap_or_default();
    let (old, new) = (keys(before), keys(after));
    let mut differing: BTreeSet<String> =
        old.keys().chain(new.keys()).filter(|key| old.get(*key) != new.get(*key)).cloned().collect();
    if before.parameters != after.parameters {
        differing.insert("parameters".to_owned());
    }
    if before.scored != after.scored {
        differing.insert("scored".to_owned());
    }
    differing
}
