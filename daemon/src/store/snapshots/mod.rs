//! Snapshots of the tenant: compressed chunks by digest, and per snapshot a list of them.
//!
//! Rows stand in the order of their keys, and where a chunk ends depends on the keys alone: two scans
//! of a tenant that hardly changed share nearly all chunks. Losing a snapshot costs a full scan and
//! what it could have told of the past; nothing else rests on it.

mod chunks;
mod codec;

use super::StoreError;
use super::blob::{Blobs, Head};
use super::database::Database;
use super::pages::PageLog;
use chrono::{DateTime, Utc};
use chunks::Chunks;
use codec::Manifest;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use trueconfig_core::snapshot::{Retention, Snapshot, retained};

/// Stores and finds snapshots; cheap to clone, usable from any thread. Without sled it is empty.
#[derive(Clone, Debug)]
pub struct Snapshots {
    dir: PathBuf,
    opened: Option<Opened>,
}

#[derive(Clone, Debug)]
struct Opened {
    database: Database,
    manifests: Blobs,
    chunks: Chunks,
    basis: Blobs,
    verdicts: Blobs,
}

/// What the next scan may start from is one of these.
const BASIS: &str = "basis";

/// So are the verdicts that may hold again.
const VERDICTS: &str = "verdicts";

/// What is known of a snapshot without reading it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotHead {
    /// Its id.
    pub id: String,
    /// When reading the tenant ended.
    pub taken_at: DateTime<Utc>,
    /// Rows in it.
    pub objects: u64,
    /// Families that were asked for and could not be read to their end.
    pub incomplete: Vec<String>,
    /// Compressed bytes that no snapshot before it had.
    pub added_bytes: u64,
}

/// A snapshot that was stored.
#[derive(Debug)]
pub struct Stored {
    /// What is known of it.
    pub head: SnapshotHead,
    manifest: Manifest,
}

impl Stored {
    /// Has the snapshot that was stored know by what its rows are kept: what the next scan does not
    /// change is then not written again.
    pub fn note(&self, snapshot: &mut Snapshot) {
        self.manifest.note(snapshot);
    }
}

impl Snapshots {
    pub(super) fn open(dir: &Path, database: Option<&Database>) -> Result<Self, StoreError> {
        let dir = dir.to_owned();
        let Some(database) = database else {
            return Ok(Self { dir, opened: None });
        };
        let (manifests, chunks) = (Blobs::open(database, "manifests")?, Chunks::open(database)?);
        let (basis, verdicts) = (Blobs::open(database, BASIS)?, Blobs::open(database, VERDICTS)?);
        let database = database.clone();
        Ok(Self { dir, opened: Some(Opened { database, manifests, chunks, basis, verdicts }) })
    }

    /// The pages of the scan under way, or of one that was cut short.
    ///
    /// # Errors
    /// The system's.
    pub fn pages(&self, now: DateTime<Utc>) -> Result<PageLog, StoreError> {
        PageLog::open(&self.dir, now)
    }

    /// The last snapshot's id and what was said of its scan with [`Snapshots::put`].
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub fn basis(&self) -> Result<Option<(String, Vec<u8>)>, StoreError> {
        let Some(store) = &self.opened else {
            return Ok(None);
        };
        let found = store.basis.get(BASIS)?;
        Ok(found.and_then(|(bytes, head)| Some((String::from_utf8(head.note).ok()?, bytes))))
    }

    /// What was kept with [`Snapshots::keep_verdicts`].
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub fn verdicts(&self) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(store) = &self.opened else { return Ok(None) };
        Ok(store.verdicts.get(VERDICTS)?.map(|(bytes, _)| bytes))
    }

    /// Keeps what the next scan may take over of this one's verdicts. It is not synced: what is lost is judged
    /// again.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`] or [`StoreError::Database`].
    pub fn keep_verdicts(&self, verdicts: &[u8]) -> Result<(), StoreError> {
        self.opened.as_ref().map_or(Ok(()), |store| store.verdicts.put(VERDICTS, verdicts, b""))
    }

    /// Keeps a snapshot under its id, durably, and lets those go that are to be kept no longer.
    /// `marks` is what the next scan needs to start from it.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`], [`StoreError::Database`] or the system's.
    pub fn put(
        &self,
        id: &str,
        snapshot: &Snapshot,
        marks: &[u8],
        retention: &Retention,
    ) -> Result<Stored, StoreError> {
        let Some(store) = &self.opened else {
            return Err(StoreError::Database("it could not be opened".into()));
        };
        let (manifest, added_bytes) = codec::write(&store.chunks, snapshot)?;
        let head = SnapshotHead {
            id: id.to_owned(),
            taken_at: snapshot.taken_at,
            objects: snapshot.summary().iter().map(|(_, _, rows)| *rows as u64).sum(),
            incomplete: snapshot.unreadable().iter().map(|one| one.family.as_str().to_owned()).collect(),
            added_bytes,
        };
        store.manifests.put(id, &json(&manifest)?, &json(&head)?)?;
        store.basis.put(BASIS, marks, id.as_bytes())?;
        store.retain(retention, snapshot.taken_at)?;
        // Scans are rare and a snapshot costs one: a killed daemon should not have to scan again.
        store.database.commit()?;
        Ok(Stored { head, manifest })
    }

    /// A snapshot, nothing if it is unknown, gone or harmed.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub fn get(&self, id: &str) -> Result<Option<Snapshot>, StoreError> {
        let Some(store) = &self.opened else {
            return Ok(None);
        };
        let Some(manifest) = store.manifest(id)? else {
            return Ok(None);
        };
        codec::read(&store.chunks, &manifest)
    }

    /// The snapshots kept, oldest first.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub fn list(&self) -> Result<Vec<SnapshotHead>, StoreError> {
        self.opened.as_ref().map_or_else(|| Ok(Vec::new()), Opened::heads)
    }
}

impl Opened {
    fn manifest(&self, id: &str) -> Result<Option<Manifest>, StoreError> {
        Ok(self.manifests.get(id)?.and_then(|(bytes, _)| serde_json::from_slice(&bytes).ok()))
    }

    fn heads(&self) -> Result<Vec<SnapshotHead>, StoreError> {
        let read = |(_, head): (String, Head)| serde_json::from_slice(&head.note).ok();
        Ok(self.manifests.list()?.into_iter().filter_map(read).collect())
    }

    fn retain(&self, retention: &Retention, now: DateTime<Utc>) -> Result<(), StoreError> {
        let heads = self.heads()?;
        let times: Vec<DateTime<Utc>> = heads.iter().map(|head| head.taken_at).collect();
        let keep = retained(&times, retention, now);
        if keep.len() == heads.len() {
            return Ok(());
        }
        let mut chunks = BTreeSet::new();
        for (index, head) in heads.iter().enumerate() {
            if keep.contains(&index) {
                chunks.extend(self.manifest(&head.id)?.iter().flat_map(Manifest::chunks));
            } else {
                self.manifests.remove(&head.id)?;
            }
        }
        self.chunks.retain(&chunks)
    }
}

fn json(value: &impl Serialize) -> Result<Vec<u8>, StoreError> {
    serde_json::to_vec(value).map_err(|error| StoreError::Database(error.to_string()))
}
