//! The store of one tenant: the journal, its side file of personal text, and sled.
//!
//! The journal is the truth and is durable before anything else happens; sled follows and can be
//! lost. One process owns a store, one [`Store`] writes it, any number of [`Reader`]s read it. All
//! calls block: the coordinator makes them from a thread that may.
//!
//! ```text
//! DIR/lock                   held by the running daemon
//! DIR/journal/000001.jsonl   LENGTH CRC32C JSON, one record a line
//! DIR/personal.jsonl         texts that records refer to by digest
//! DIR/checkpoints.jsonl      what was signed of the journal
//! DIR/baselines/             what each baseline was made of that was taken
//! DIR/sled/                  snapshots, saved state, index
//! DIR/pages                  pages of the scan under way
//! DIR/cut/                   what interrupted writes left, cut on opening
//! ```

mod append;
mod backup;
mod baselines;
mod blob;
mod checkpoint;
mod database;
mod disk;
mod error;
mod frame;
mod index;
mod lock;
mod marks;
mod open;
mod pages;
mod personal;
mod reader;
mod replay;
mod saved_state;
mod scan;
mod sealed;
mod segment;
mod selection;
mod snapshots;
mod verify;
mod writer;

pub use backup::{BackupError, backup, check as check_backup, restore};
pub use baselines::Baselines;
pub use checkpoint::{NoteError, Proven, Seal, Signer, Unproven, Verifier, check_proof, prove};
pub use disk::{Disk, OpenFile, SystemDisk};
pub use error::{Damage, Repair, StoreError};
pub use frame::MAX_JSON_BYTES;
pub use open::Opened;
pub use pages::PageLog;
pub use reader::{MAX_SCANNED, Page, PageQuery, Reader};
pub use replay::Replay;
pub use segment::SEGMENT_BYTES;
pub use selection::Selection;
pub use snapshots::{SnapshotHead, Snapshots, Stored};
pub use verify::{PersonalText, VerifyReport, export, records, verify};

use crate::ambient::{Random, SystemRandom};
use checkpoint::Checkpoints;
use chrono::{DateTime, Utc};
use database::Database;
use index::Index;
use lock::Lock;
use marks::Marks;
use personal::{PersonalFile, Staged};
use replay::with_texts;
use saved_state::SavedState;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use trueconfig_common::id::TenantName;
use trueconfig_core::journal::chain::Position;
use trueconfig_core::journal::personal::protect;
use trueconfig_core::journal::record::{Draft, Record, RecordHash};
use writer::Writer;

/// The journal's folder within a store.
const JOURNAL_FOLDER: &str = "journal";

/// At most this many records are appended together.
pub const MAX_GROUP_RECORDS: usize = 1024;

/// A group of records is at most this long, in bytes.
pub const MAX_GROUP_BYTES: usize = 16 << 20;

/// Effects start only while this much space is free, in bytes, so that their outcomes can be recorded.
pub const RESERVE_BYTES: u64 = 32 << 20;

/// See the module.
pub struct Store {
    dir: PathBuf,
    disk: Arc<dyn Disk>,
    random: Arc<dyn Random>,
    journal: Journal,
    marks: Arc<RwLock<Marks>>,
    reader: Reader,
    database: Option<Database>,
    index: Option<Index>,
    state: SavedState,
    snapshots: Snapshots,
    _lock: Lock,
}

enum Journal {
    Open { writer: Box<Writer>, personal: PersonalFile, checkpoints: Checkpoints },
    Frozen { damage: Damage, end: Position },
}

impl Store {
    /// Opens the store in `dir`, creating it if it is missing, and puts right what a crash left.
    ///
    /// # Errors
    /// [`StoreError::Locked`] if another process has it, or the system's. A damaged journal is no
    /// error: the store opens readable and says so.
    pub fn open(dir: &Path, tenant: &TenantName) -> Result<Opened, StoreError> {
        Self::open_on(Arc::new(SystemDisk), Arc::new(SystemRandom), dir, tenant)
    }

    /// Like [`Store::open`], on a disk of the caller's, with salts from a generator of the caller's.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_on(
        disk: Arc<dyn Disk>,
        random: Arc<dyn Random>,
        dir: &Path,
        tenant: &TenantName,
    ) -> Result<Opened, StoreError> {
        open::open(disk, random, dir, tenant)
    }

    /// Appends drafts to the journal, all or nothing, durably. The records come back as any later
    /// reader will see them.
    ///
    /// # Errors
    /// [`StoreError::DiskFull`], [`StoreError::Frozen`], a draft that cannot be a record, or the
    /// system's. The journal is then as before, and the next append tries afresh.
    pub fn append(&mut self, drafts: Vec<Draft>) -> Result<Vec<Record>, StoreError> {
        if drafts.len() > MAX_GROUP_RECORDS {
            let what = "a group of records";
            return Err(StoreError::TooLarge { what, size: drafts.len(), limit: MAX_GROUP_RECORDS });
        }
        if drafts.is_empty() {
            return Ok(Vec::new());
        }
        let records = self.write(drafts).map_err(|error| self.explained(error))?;
        self.follow(&records);
        let texts = self.reader.texts();
        Ok(records.into_iter().map(|record| with_texts(record, texts)).collect())
    }

    /// Whether an effect may start: its outcome must fit on the disk.
    ///
    /// # Errors
    /// [`StoreError::DiskFull`] below [`RESERVE_BYTES`], [`StoreError::Frozen`] on a damaged journal.
    pub fn ensure_room(&self) -> Result<(), StoreError> {
        if let Journal::Frozen { damage, .. } = &self.journal {
            return Err(StoreError::Frozen(damage.clone()));
        }
        let free = self.disk.free_bytes(&self.dir).map_err(StoreError::io("measure", &self.dir))?;
        if free < RESERVE_BYTES {
            return Err(StoreError::DiskFull { dir: self.dir.clone(), free, needed: RESERVE_BYTES });
        }
        Ok(())
    }

    /// The last durable record.
    pub fn end(&self) -> Position {
        match &self.journal {
            Journal::Open { writer, .. } => writer.end(),
            Journal::Frozen { end, .. } => *end,
        }
    }

    /// All good records after number `seq`, oldest first: what state is folded from.
    ///
    /// # Errors
    /// The system's.
    pub fn replay(&self, seq: u64) -> Result<Replay, StoreError> {
        self.reader.replay(seq)
    }

    /// A reader for other threads.
    pub fn reader(&self) -> Reader {
        self.reader.clone()
    }

    /// Copies of the baselines that were taken.
    pub fn baselines(&self) -> Baselines {
        Baselines::of(&self.dir)
    }

    /// The snapshots, for other threads.
    pub fn snapshots(&self) -> Snapshots {
        self.snapshots.clone()
    }

    /// Saves the fold of the journal up to `position`; durable with the next flush.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`] or [`StoreError::Database`].
    pub fn save_state(&self, position: Position, state: &[u8]) -> Result<(), StoreError> {
        self.state.put(position, state)
    }

    /// The saved state, nothing if it is missing, harmed, or not of this journal.
    pub fn load_state(&self) -> Option<(Position, Vec<u8>)> {
        let (position, bytes) = self.state.get()?;
        let actual = self.reader.hash_of(position.seq).ok()?;
        (actual == Some(position.hash)).then_some((position, bytes))
    }

    /// Makes sled durable. The journal needs no flush.
    ///
    /// # Errors
    /// [`StoreError::Database`] or the system's.
    pub fn flush(&self) -> Result<(), StoreError> {
        self.database.as_ref().map_or(Ok(()), Database::commit)
    }

    /// Flushes and lets go of the store. Dropping it without this loses nothing but time.
    ///
    /// # Errors
    /// As [`Store::flush`].
    pub fn close(self) -> Result<(), StoreError> {
        self.flush()
    }

    /// Signs what the journal is now, durably; the signed note, unless nothing was added since the last one.
    ///
    /// # Errors
    /// [`StoreError::Frozen`] or the system's; the next one covers the same records.
    pub fn sign(&mut self, signer: &Signer, now: DateTime<Utc>) -> Result<Option<String>, StoreError> {
        match &mut self.journal {
            Journal::Open { writer, checkpoints, .. } => {
                checkpoints.write(signer, writer.tenant(), writer.tree(), now)
            }
            Journal::Frozen { damage, .. } => Err(StoreError::Frozen(damage.clone())),
        }
    }

    fn write(&mut self, mut drafts: Vec<Draft>) -> Result<Vec<Record>, StoreError> {
        let (writer, personal) = match &mut self.journal {
            Journal::Open { writer, personal, .. } => (writer, personal),
            Journal::Frozen { damage, .. } => return Err(StoreError::Frozen(damage.clone())),
        };
        let mut staged = Staged::default();
        for draft in &mut drafts {
            take_out(&mut draft.actor, personal, self.random.as_ref(), &mut staged)?;
            take_out(&mut draft.body, personal, self.random.as_ref(), &mut staged)?;
        }
        let placed = writer.place(drafts)?;
        personal.commit(staged)?;
        let mut marks = self.marks.write().unwrap_or_else(PoisonError::into_inner);
        writer.append(placed, &mut marks)
    }

    /// Lets the index follow. It is not needed for anything to be true, so its failure is only told.
    fn follow(&mut self, records: &[Record]) {
        let Some(index) = &self.index else {
            return;
        };
        if let Err(error) = index.add(records, self.end()) {
            tracing::warn!(%error, "the index is behind the journal until the next start");
            self.index = None;
        }
    }

    /// A failure for lack of space says what it means and what to do.
    fn explained(&self, error: StoreError) -> StoreError {
        if !error.is_disk_full() {
            return error;
        }
        let free = self.disk.free_bytes(&self.dir).unwrap_or(0);
        StoreError::DiskFull { dir: self.dir.clone(), free, needed: RESERVE_BYTES }
    }
}

fn take_out(
    value: &mut Value,
    personal: &PersonalFile,
    random: &dyn Random,
    staged: &mut Staged,
) -> Result<(), StoreError> {
    let mut failure = None;
    protect(value, &mut |text| {
        salt(random).and_then(|salt| personal.refer(text, salt, staged)).unwrap_or_else(|error| {
            failure.get_or_insert(error);
            RecordHash::NONE
        })
    });
    failure.map_or(Ok(()), Err)
}

fn salt(random: &dyn Random) -> Result<[u8; personal::SALT_BYTES], StoreError> {
    let mut salt = [0; personal::SALT_BYTES];
    random.fill(&mut salt)?;
    Ok(salt)
}

#[cfg(test)]
mod tests;
