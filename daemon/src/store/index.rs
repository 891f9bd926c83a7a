//! The index: which records are about a remediation or a control.
//!
//! Kept in sled and behind the journal by design: it says which position it reflects, and opening
//! the store catches it up. It also remembers how far the journal once reached, so that records
//! removed at the very end are noticed although the files alone cannot tell.

use super::StoreError;
use super::database::{Database, Tree};
use super::sealed::{seal, unseal};
use std::collections::BTreeSet;
use trueconfig_core::journal::chain::Position;
use trueconfig_core::journal::record::{Record, RecordHash};

/// The top-level keys of a body whose text a record is found by.
const SUBJECT_KEYS: [&str; 2] = ["remediation", "control"];

/// A subject's name is at most this long in the index; longer ones are not indexed.
const MAX_SUBJECT_BYTES: usize = 200;

/// Begins with a NUL, which no subject does.
const POSITION_KEY: &[u8] = b"\0position";

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
        for record in records {
            for subject in subjects(record) {
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
}

/// The remediation and the control a record's body names.
pub fn subjects(record: &Record) -> BTreeSet<&str> {
    let named = SUBJECT_KEYS.iter().filter_map(|key| record.body.get(key)?.as_str());
    named.filter(|subject| can_be_subject(subject)).collect()
}

fn can_be_subject(subject: &str) -> bool {
    (1..=MAX_SUBJECT_BYTES).contains(&subject.len()) && !subject.contains('\0')
}

fn key(subject: &str, seq: u64) -> Vec<u8> {
    [subject.as_bytes(), b"\0", &seq.to_be_bytes()].concat()
}

fn seq_of(key: &[u8]) -> u64 {
    key.last_chunk::<8>().map_or(0, |bytes| u64::from_be_bytes(*bytes))
}
