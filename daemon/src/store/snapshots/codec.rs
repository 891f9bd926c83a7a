//! A snapshot as chunks of JSON lines, and back.

use super::chunks::{Chunks, Digest};
use crate::store::StoreError;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use trueconfig_core::snapshot::{Ending, Family, FamilyName, Id, Row, Snapshot, Visit, VisitMut};

/// One row in so many begins a chunk.
const ROWS_PER_CHUNK: u64 = 256;
/// A chunk ends when it is this long before compression, in bytes, wherever its rows would have it end.
const LONG_CHUNK_BYTES: usize = 1 << 20;

/// What a snapshot consists of.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Manifest {
    taken_at: DateTime<Utc>,
    families: BTreeMap<FamilyName, Part>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Part {
    ending: Ending,
    chunks: Vec<Digest>,
}

impl Manifest {
    pub(super) fn chunks(&self) -> impl Iterator<Item = Digest> {
        self.families.values().flat_map(|part| part.chunks.iter().copied())
    }
}

/// Keeps the chunks of a snapshot; gives what it consists of, and the bytes that this took.
pub(super) fn write(chunks: &Chunks, snapshot: &Snapshot) -> Result<(Manifest, u64), StoreError> {
    let mut writer = Writer { chunks, families: BTreeMap::new(), added: 0, lines: Vec::new() };
    snapshot.visit(&mut writer)?;
    Ok((Manifest { taken_at: snapshot.taken_at, families: writer.families }, writer.added))
}

/// A snapshot out of its chunks, nothing if one of them is missing or harmed.
pub(super) fn read(chunks: &Chunks, manifest: &Manifest) -> Result<Option<Snapshot>, StoreError> {
    let mut snapshot = Snapshot::unread(manifest.taken_at);
    let mut reader = Reader { chunks, manifest };
    match snapshot.visit_mut(&mut reader) {
        Ok(()) => Ok(Some(snapshot)),
        Err(Lost::Harmed) => Ok(None),
        Err(Lost::Store(error)) => Err(error),
    }
}

struct Writer<'a> {
    chunks: &'a Chunks,
    families: BTreeMap<FamilyName, Part>,
    added: u64,
    lines: Vec<u8>,
}

impl Visit for Writer<'_> {
    type Error = StoreError;

    fn family<T: Row>(&mut self, family: &Family<T>) -> Result<(), StoreError> {
        let mut part = Part { ending: family.ending(), chunks: Vec::new() };
        for row in family.partial_rows() {
            if self.lines.len() > LONG_CHUNK_BYTES || row.key().is_some_and(begins_chunk) {
                self.end_chunk(&mut part)?;
            }
            serde_json::to_writer(&mut self.lines, row)
                .map_err(|error| StoreError::Database(format!("cannot write a row: {error}")))?;
            self.lines.push(b'\n');
        }
        self.end_chunk(&mut part)?;
        self.families.insert(T::FAMILY, part);
        Ok(())
    }
}

impl Writer<'_> {
    fn end_chunk(&mut self, part: &mut Part) -> Result<(), StoreError> {
        if self.lines.is_empty() {
            return Ok(());
        }
        let (digest, added) = self.chunks.put(&self.lines)?;
        part.chunks.push(digest);
        self.added += added as u64;
        self.lines.clear();
        Ok(())
    }
}

/// Depends on the row alone, so that rows that come and go move no other chunk's ends. The factor is
/// that of Fibonacci hashing: ids are not always random.
fn begins_chunk(key: &Id) -> bool {
    key.short().wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32 & (ROWS_PER_CHUNK - 1) == 0
}

struct Reader<'a> {
    chunks: &'a Chunks,
    manifest: &'a Manifest,
}

enum Lost {
    Harmed,
    Store(StoreError),
}

impl VisitMut for Reader<'_> {
    type Error = Lost;

    fn family<T: Row>(&mut self, family: &mut Family<T>) -> Result<(), Lost> {
        // A snapshot of an older daemon lacks families that it did not know.
        let Some(part) = self.manifest.families.get(&T::FAMILY) else { return Ok(()) };
        let mut rows = Vec::new();
        for digest in &part.chunks {
            let lines = self.chunks.get(*digest).map_err(Lost::Store)?.ok_or(Lost::Harmed)?;
            for row in serde_json::Deserializer::from_slice(&lines).into_iter::<T>() {
                rows.push(row.map_err(|_| Lost::Harmed)?);
            }
        }
        *family = Family::ended(rows, part.ending.clone());
        Ok(())
    }
}
