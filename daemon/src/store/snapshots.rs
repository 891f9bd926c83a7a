//! Snapshots of the tenant and the saved state: what sled holds besides the index.
//!
//! Losing either costs time and nothing else: the next scan is full, the state is folded anew from
//! the journal's beginning.

use super::StoreError;
use super::blob::Blobs;
use super::database::Database;
use trueconfig_core::journal::chain::Position;
use trueconfig_core::journal::record::RecordHash;

/// How many snapshots are kept; older ones go when a new one comes.
pub const SNAPSHOTS_KEPT: usize = 20;

/// Stores and finds snapshots; cheap to clone, usable from any thread. Without sled it is empty.
#[derive(Clone, Debug)]
pub struct Snapshots(Option<(Database, Blobs)>);

impl Snapshots {
    pub(super) fn open(database: Option<&Database>) -> Result<Self, StoreError> {
        let Some(database) = database else {
            return Ok(Self(None));
        };
        Ok(Self(Some((database.clone(), Blobs::open(database, "snapshots")?))))
    }

    /// Keeps a snapshot under its id, durably, and lets the oldest beyond [`SNAPSHOTS_KEPT`] go.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`], [`StoreError::Database`] or the system's.
    pub fn put(&self, id: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let Some((database, blobs)) = &self.0 else {
            return Err(StoreError::Database("it could not be opened".into()));
        };
        blobs.put(id, bytes, &[])?;
        blobs.retain_newest(SNAPSHOTS_KEPT)?;
        // Scans are rare and a snapshot costs one: a killed daemon should not have to scan again.
        database.commit()
    }

    /// A snapshot, nothing if it is unknown, gone or harmed.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub fn get(&self, id: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let Some((_, blobs)) = &self.0 else {
            return Ok(None);
        };
        Ok(blobs.get(id)?.map(|(bytes, _)| bytes))
    }

    /// The ids of the snapshots kept, oldest first.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub fn ids(&self) -> Result<Vec<String>, StoreError> {
        let Some((_, blobs)) = &self.0 else {
            return Ok(Vec::new());
        };
        Ok(blobs.list()?.into_iter().map(|(id, _)| id).collect())
    }
}

/// The saved state: the fold of the journal up to a position.
#[derive(Clone, Debug)]
pub(super) struct SavedState(Option<Blobs>);

const STATE: &str = "state";

impl SavedState {
    pub(super) fn open(database: Option<&Database>) -> Result<Self, StoreError> {
        Ok(Self(database.map(|database| Blobs::open(database, STATE)).transpose()?))
    }

    pub(super) fn put(&self, position: Position, bytes: &[u8]) -> Result<(), StoreError> {
        let Some(blobs) = &self.0 else {
            return Ok(());
        };
        let note = [&position.seq.to_be_bytes()[..], position.hash.as_bytes()].concat();
        blobs.put(STATE, bytes, &note)
    }

    pub(super) fn get(&self) -> Option<(Position, Vec<u8>)> {
        let (bytes, head) = self.0.as_ref()?.get(STATE).ok()??;
        let (seq, hash) = head.note.split_first_chunk::<8>()?;
        let hash = RecordHash::from_bytes(hash.try_into().ok()?);
        Some((Position { seq: u64::from_be_bytes(*seq), hash }, bytes))
    }
}
