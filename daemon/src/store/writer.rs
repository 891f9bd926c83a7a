//! Appends records to the journal's last segment: placed in the chain, framed, durable.

use super::append::{AppendFile, Visibility};
use super::disk::{Disk, OpenFile};
use super::frame;
use super::marks::Marks;
use super::scan::Scan;
use super::segment::{SEGMENT_BYTES, path_of};
use super::{MAX_GROUP_BYTES, StoreError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use trueconfig_common::id::TenantName;
use trueconfig_core::journal::chain::Position;
use trueconfig_core::journal::merkle::{self, Tree};
use trueconfig_core::journal::record::{Draft, Record, RecordHash};

/// The one writer of a journal.
pub struct Writer {
    disk: Arc<dyn Disk>,
    folder: PathBuf,
    tenant: TenantName,
    segment: AppendFile,
    number: u32,
    end: Position,
    tree: Tree,
}

/// Drafts with their places in the chain, not yet written.
pub struct Placed {
    /// The records as any later reader will read them, references unresolved.
    pub records: Vec<Record>,
    lengths: Vec<u64>,
    frames: Vec<u8>,
    leaves: Vec<RecordHash>,
    end: Position,
}

impl Writer {
    /// Opens the segment in which the scanned journal ends.
    ///
    /// # Errors
    /// The system's.
    pub fn open(
        disk: Arc<dyn Disk>,
        folder: PathBuf,
        tenant: TenantName,
        scan: &Scan,
    ) -> Result<Self, StoreError> {
        let end = scan.marks.end();
        let segment = open_segment(&disk, &folder, end.segment, end.offset)?;
        let tree = scan.tree.clone();
        Ok(Self { disk, folder, tenant, segment, number: end.segment, end: scan.chain.end(), tree })
    }

    /// The tree over all durable records.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// Whose journal it is.
    pub fn tenant(&self) -> &TenantName {
        &self.tenant
    }

    /// The last durable record.
    pub fn end(&self) -> Position {
        self.end
    }

    /// Gives drafts, personal text already taken out, their places after the last record.
    ///
    /// # Errors
    /// A draft that cannot be a record, or a group beyond its limits.
    pub fn place(&self, drafts: Vec<Draft>) -> Result<Placed, StoreError> {
        let mut placed = Placed {
            records: Vec::new(),
            lengths: Vec::new(),
            frames: Vec::new(),
            leaves: Vec::new(),
            end: self.end,
        };
        for draft in drafts {
            let seq = placed.end.seq + 1;
            let json = Record::place(draft, &self.tenant, seq, placed.end.hash).canonical()?;
            let before = placed.frames.len();
            frame::encode(&json, &mut placed.frames)?;
            placed.lengths.push((placed.frames.len() - before) as u64);
            placed.end = Position { seq, hash: RecordHash::of(&json) };
            placed.leaves.push(merkle::leaf(&json));
            // Canonical JSON has one spelling per number: what is returned is what replay will read.
            placed.records.push(Record::parse(&json)?);
        }
        if placed.frames.len() > MAX_GROUP_BYTES {
            let size = placed.frames.len();
            return Err(StoreError::TooLarge { what: "a group of records", size, limit: MAX_GROUP_BYTES });
        }
        Ok(placed)
    }

    /// Writes placed records durably, all or nothing, and notes where they are.
    ///
    /// # Errors
    /// The system's; the journal is then as before.
    pub fn append(&mut self, placed: Placed, marks: &mut Marks) -> Result<Vec<Record>, StoreError> {
        if self.segment.good_length() >= SEGMENT_BYTES {
            self.begin_segment()?;
        }
        let visibility = Visibility::of(placed.records.len());
        let mut offset = self.segment.good_length();
        let path = self.segment.file().path.clone();
        self.segment.append(&placed.frames, visibility).map_err(StoreError::io("write", &path))?;
        for length in placed.lengths {
            marks.push(self.number, offset, length);
            offset += length;
        }
        placed.leaves.into_iter().for_each(|leaf| self.tree.push(leaf));
        self.end = placed.end;
        Ok(placed.records)
    }

    fn begin_segment(&mut self) -> Result<(), StoreError> {
        // Nothing but whole records may stay in a segment that no longer is the last.
        self.segment.heal().map_err(StoreError::io("write", &self.segment.file().path.clone()))?;
        let number = self.number + 1;
        self.segment = open_segment(&self.disk, &self.folder, number, 0)?;
        self.number = number;
        Ok(())
    }
}

/// Opens or creates a segment, its name durable, that must end at `good`.
fn open_segment(
    disk: &Arc<dyn Disk>,
    folder: &Path,
    number: u32,
    good: u64,
) -> Result<AppendFile, StoreError> {
    let path = path_of(folder, number);
    let file = OpenFile::open(path.clone()).map_err(StoreError::io("open", &path))?;
    let length = file.handle.metadata().map_err(StoreError::io("read", &path))?.len();
    if length != good {
        let error = io::Error::other(format!("it holds {length} bytes where {good} belong"));
        return Err(StoreError::io("append to", &path)(error));
    }
    disk.sync_folder(folder).map_err(StoreError::io("sync", folder))?;
    Ok(AppendFile::new(disk.clone(), file, good))
}
