//! The index: which records are about a remediation or a control.
//!
//! Kept in sled and behind the journal by design: it says which position it reflects, and opening
//! the store catches it up. It also remembers how far the journal once reached, so that records
//! removed at the very end are noticed although the files alone cannot tell.

use super::StoreError;
use super::database::{Database, Tree};
use super::sealed::{seal, unseal};
use std::collections::BTreeMap;
use trueconfig_core::journal::chain::Position;
use trueconfig_core::journal::record::{Record, RecordHash};

/// Where a body names its remediation.
const REMEDIATION: &str = "/id";

/// Where a body may name its control.
const CONTROL: [&str; 2] = ["/control", "/plan/control"];

/// A subject's name is at most this long in the index; longer ones are not indexed.
const MAX_SUBJECT_BYTES: usize = 200;

/// Begins with a NUL, which no subject does.
const POSITION_KEY: &[u8] = b"\0position";

/// Before a remediation's id: the key of its control.
const CONTROL_OF: &[u8] = b"\0control of ";

/// See the module.
#[derive(Clone, Debug)]
pub struct Index {
    tree: Tree,
}

impl Index {
    /// Opens the index.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub fn open(database: &Database) -> Result<Self, StoreError> {
        Ok(Self { tree: database.tree("subjects")? })
    }

    /// The last record the index knows, nothing if it is empty or unreadable.
    pub fn position(&self) -> Option<Position> {
        let value = self.tree.run(|tree| tree.get(POSITION_KEY)).ok()??;
        let (seq, hash) = unseal(&value)?.split_first_chunk::<8>()?;
        let hash = RecordHash::from_bytes(hash.try_into().ok()?);
        Some(Position { seq: u64::from_be_bytes(*seq), hash })
    }

    /// Forgets everything.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub fn clear(&self) -> Result<(), StoreError> {
        self.tree.run(|tree| tree.clear())
    }

    /// Takes in records, the last of which is at `position`.
    ///
    /// # Errors
    /// [`StoreError::Database`]; the index then still reflects an earlier position.
    pub fn add(&self, records: &[Record], position: Position) -> Result<(), StoreError> {
        let mut batch = sled::Batch::default();
        let mut controls = BTreeMap::new();
        for record in records {
            let (remediation, control) = subjects(record);
            if let (Some(remediation), Some(control)) = (remediation, control) {
                controls.insert(remediation, control.to_owned());
                batch.insert(control_key(remediation), seal(control.as_bytes()));
            }
            // Later records of a remediation name only its id; they are about its control all the same.
            let inherited = remediation.filter(|_| control.is_none());
            let inherited =
                inherited.and_then(|id| controls.get(id).cloned().or_else(|| self.control_of(id)));
            for subject in [remediation, control, inherited.as_deref()].into_iter().flatten() {
                batch.insert(key(subject, record.seq), seal(&[]));
            }
        }
        let mut end = position.seq.to_be_bytes().to_vec();
        end.extend_from_slice(position.hash.as_bytes());
        batch.insert(POSITION_KEY, seal(&end));
        self.tree.run(|tree| tree.apply_batch(batch))
    }

    /// The numbers of at most `limit` records about a subject, all below `before`, newest first.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub fn about(&self, subject: &str, before: u64, limit: usize) -> Result<Vec<u64>, StoreError> {
        let range = key(subject, 0)..key(subject, before);
        self.tree.run(|tree| {
            let keys = tree.range(range).keys().rev().take(limit);
            keys.map(|key| Ok(seq_of(&key?))).collect()
        })
    }

    fn control_of(&self, remediation: &str) -> Option<String> {
        let value = self.tree.run(|tree| tree.get(control_key(remediation))).ok()??;
        String::from_utf8(unseal(&value)?.to_vec()).ok()
    }
}

/// Whether a record names a remediation or control.
pub fn names(record: &Record, subject: &str) -> bool {
    let (remediation, control) = subjects(record);
    remediation == Some(subject) || control == Some(subject)
}

fn subjects(record: &Record) -> (Option<&str>, Option<&str>) {
    let text = |pointer: &str| record.body.pointer(pointer)?.as_str().filter(|text| can_be_subject(text));
    (text(REMEDIATION), CONTROL.iter().find_map(|pointer| text(pointer)))
}

fn can_be_subject(subject: &str) -> bool {
    (1..=MAX_SUBJECT_BYTES).contains(&subject.len()) && !subject.contains('\0')
}

fn key(subject: &str, seq: u64) -> Vec<u8> {
    [subject.as_bytes(), b"\0", &seq.to_be_bytes()].concat()
}

fn control_key(remediation: &str) -> Vec<u8> {
    [CONTROL_OF, remediation.as_bytes()].concat()
}

fn seq_of(key: &[u8]) -> u64 {
    key.last_chunk::<8>().map_or(0, |bytes| u64::from_be_bytes(*bytes))
}
