//! A snapshot as chunks of JSON lines, and back.

use super::chunks::{Chunks, Digest, PackedChunk};
use crate::store::StoreError;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use trueconfig_core::snapshot::{
    Ending, Family, FamilyName, Id, Packed as _, Part, Row, Run, RunHead, Snapshot, Visit, VisitMut,
};

/// One row in so many begins a chunk.
const ROWS_PER_CHUNK: u64 = 256;
/// A chunk ends when it is this long before compression, in bytes, wherever its rows would have it end.
const LONG_CHUNK_BYTES: usize = 1 << 20;

/// What a snapshot consists of.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Manifest {
    taken_at: DateTime<Utc>,
    /// Families taken over, and when they were read; manifests of before this was noted lack it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    carried: BTreeMap<FamilyName, DateTime<Utc>>,
    families: BTreeMap<FamilyName, Kept>,
}

/// How a family is kept.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    ending: Ending,
    chunks: Vec<Chunk>,
}

/// A chunk, with its number of rows and the key of the first. Older manifests have the digest alone.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum Chunk {
    Bare(Digest),
    Told(Digest, usize, Option<Id>),
}

impl Chunk {
    fn digest(&self) -> Digest {
        let (Self::Bare(digest) | Self::Told(digest, ..)) = self;
        *digest
    }

    fn head(&self) -> Option<RunHead> {
        match self {
            Self::Bare(_) => None,
            Self::Told(digest, rows, first) => {
                Some(RunHead { digest: Some((*digest).into()), rows: *rows, first: first.clone() })
            }
        }
    }
}

impl Manifest {
    pub(super) fn chunks(&self) -> impl Iterator<Item = Digest> {
        self.families.values().flat_map(|part| part.chunks.iter().map(Chunk::digest))
    }

    /// Has a snapshot know by what its rows are kept: it must be the one that was written.
    pub(super) fn note(&self, snapshot: &mut Snapshot) {
        let Ok(()) = snapshot.visit_mut(&mut Note(self));
    }
}

struct Note<'a>(&'a Manifest);

impl VisitMut for Note<'_> {
    type Error = Infallible;

    fn family<T: Row>(&mut self, family: &mut Family<T>) -> Result<(), Infallible> {
        let kept = self.0.families.get(&T::FAMILY);
        if let Some(heads) = kept.and_then(|kept| kept.chunks.iter().map(Chunk::head).collect()) {
            family.note(heads);
        }
        Ok(())
    }
}

/// Keeps the chunks of a snapshot; gives what it consists of, and the bytes that this took.
pub(super) fn write(chunks: &Chunks, snapshot: &Snapshot) -> Result<(Manifest, u64), StoreError> {
    let mut writer =
        Writer { chunks, families: BTreeMap::new(), added: 0, lines: Vec::new(), rows: 0, first: None };
    snapshot.visit(&mut writer)?;
    let Writer { families, added, .. } = writer;
    let (taken_at, carried) = (snapshot.taken_at, snapshot.carried.clone());
    Ok((Manifest { taken_at, carried, families }, added))
}

/// A snapshot out of its chunks, nothing if one of them is missing or harmed.
pub(super) fn read(chunks: &Chunks, manifest: &Manifest) -> Result<Option<Snapshot>, StoreError> {
    let mut snapshot = Snapshot::unread(manifest.taken_at);
    snapshot.carried.clone_from(&manifest.carried);
    let mut reader = Reader { chunks, manifest };
    match snapshot.visit_mut(&mut reader) {
        Ok(()) => Ok(Some(snapshot)),
        Err(Lost::Harmed) => Ok(None),
        Err(Lost::Store(error)) => Err(error),
    }
}

struct Writer<'a> {
    chunks: &'a Chunks,
    families: BTreeMap<FamilyName, Kept>,
    added: u64,
    /// The chunk under way: its lines, how many, and the key of the first.
    lines: Vec<u8>,
    rows: usize,
    first: Option<Id>,
}

impl Visit for Writer<'_> {
    type Error = StoreError;

    fn family<T: Row>(&mut self, family: &Family<T>) -> Result<(), StoreError> {
        let mut kept = Kept { ending: family.ending(), chunks: Vec::new() };
        for part in family.parts() {
            match self.known(&part)? {
                Some(chunk) => {
                    self.end_chunk(&mut kept)?;
                    kept.chunks.push(chunk);
                }
                None => self.part(part, &mut kept)?,
            }
        }
        self.end_chunk(&mut kept)?;
        self.families.insert(T::FAMILY, kept);
        Ok(())
    }
}

impl Writer<'_> {
    /// The chunk that a part is kept as already, if it did not change since.
    fn known<T: Row>(&self, part: &Part<'_, T>) -> Result<Option<Chunk>, StoreError> {
        let Some(RunHead { digest: Some(digest), rows, first }) = part.head() else { return Ok(None) };
        let digest = Digest::from(*digest);
        Ok(self.chunks.has(digest)?.then(|| Chunk::Told(digest, *rows, first.clone())))
    }

    fn part<T: Row>(&mut self, part: Part<'_, T>, kept: &mut Kept) -> Result<(), StoreError> {
        let harmed =
            || StoreError::Database(format!("{} of the last snapshot is harmed", T::FAMILY.as_str()));
        for row in part.rows().ok_or_else(harmed)? {
            if self.lines.len() > LONG_CHUNK_BYTES || row.key().is_some_and(begins_chunk) {
                self.end_chunk(kept)?;
            }
            if self.rows == 0 {
                self.first = row.key().cloned();
            }
            serde_json::to_writer(&mut self.lines, row)
                .map_err(|error| StoreError::Database(format!("cannot write a row: {error}")))?;
            self.lines.push(b'\n');
            self.rows += 1;
        }
        Ok(())
    }

    fn end_chunk(&mut self, kept: &mut Kept) -> Result<(), StoreError> {
        if self.lines.is_empty() {
            return Ok(());
        }
        let (digest, added) = self.chunks.put(&self.lines)?;
        kept.chunks.push(Chunk::Told(digest, std::mem::take(&mut self.rows), self.first.take()));
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
        let Some(kept) = self.manifest.families.get(&T::FAMILY) else { return Ok(()) };
        let runs = kept.chunks.iter().map(|chunk| self.run(chunk)).collect::<Result<Vec<_>, _>>()?;
        *family = Family::kept(runs, kept.ending.clone());
        Ok(())
    }
}

impl Reader<'_> {
    fn run<T: Row>(&self, chunk: &Chunk) -> Result<Run<T>, Lost> {
        let packed = self.chunks.get(chunk.digest()).map_err(Lost::Store)?.ok_or(Lost::Harmed)?;
        let head = match chunk.head() {
            Some(head) => head,
            None => head_of::<T>(chunk.digest(), &packed).ok_or(Lost::Harmed)?,
        };
        Ok(Run::kept(head, Arc::new(packed)))
    }
}

/// What an older manifest does not say of a chunk.
fn head_of<T: Row>(digest: Digest, packed: &PackedChunk) -> Option<RunHead> {
    let lines = packed.unpack()?;
    let rows = lines.iter().filter(|byte| **byte == b'\n').count();
    let first: T = serde_json::Deserializer::from_slice(&lines).into_iter().next()?.ok()?;
    Some(RunHead { digest: Some(digest.into()), rows, first: first.key().cloned() })
}
