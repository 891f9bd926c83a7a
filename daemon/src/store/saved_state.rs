//! The saved state: the fold of the journal up to a position. Losing it costs a replay and no more.

use super::StoreError;
use super::blob::Blobs;
use super::database::Database;
use trueconfig_core::journal::chain::Position;
use trueconfig_core::journal::record::RecordHash;

/// See the module.
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
