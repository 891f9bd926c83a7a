//! Chunks of rows by their digest: what two snapshots have in common is kept once.

use crate::store::StoreError;
use crate::store::database::{Database, Tree};
use crate::store::sealed::{seal, unseal};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::fmt;
use trueconfig_core::snapshot::{Packed, RunDigest};

/// sled's values stay below 100 KB.
const PIECE_BYTES: usize = 64 << 10;

/// The largest chunk before compression, in bytes: a group of a million members is one row.
const MAX_CHUNK_BYTES: usize = 1 << 30;

/// zstd's fast end: a tenant shrinks about tenfold.
const COMPRESSION_LEVEL: i32 = 1;

/// Names a chunk: the first half of the SHA-256 of its compressed bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub(super) struct Digest([u8; 16]);

/// Chunks of all snapshots.
#[derive(Clone, Debug)]
pub(super) struct Chunks {
    /// Digests with their length before compression.
    known: Tree,
    /// Digest and number to a piece.
    pieces: Tree,
}

impl Chunks {
    pub(super) fn open(database: &Database) -> Result<Self, StoreError> {
        let known = database.tree("snapshots.known")?;
        let pieces = database.tree("snapshots.pieces")?;
        Ok(Self { known, pieces })
    }

    /// Keeps a chunk. Gives its digest and the bytes that this took, none if it was there already.
    pub(super) fn put(&self, bytes: &[u8]) -> Result<(Digest, usize), StoreError> {
        if bytes.len() > MAX_CHUNK_BYTES {
            let (what, size, limit) = ("a part of a snapshot", bytes.len(), MAX_CHUNK_BYTES);
            return Err(StoreError::TooLarge { what, size, limit });
        }
        let packed = zstd::bulk::compress(bytes, COMPRESSION_LEVEL)
            .map_err(|error| StoreError::Database(format!("cannot compress: {error}")))?;
        let digest = Digest::of(&packed);
        if self.has(digest)? {
            return Ok((digest, 0));
        }
        for (number, piece) in (0..).zip(packed.chunks(PIECE_BYTES)) {
            self.pieces.run(|tree| tree.insert(digest.piece(number), seal(piece)))?;
        }
        let length = (bytes.len() as u64).to_be_bytes();
        self.known.run(|tree| tree.insert(digest.0, &length))?;
        Ok((digest, packed.len()))
    }

    /// Whether a chunk is kept.
    pub(super) fn has(&self, digest: Digest) -> Result<bool, StoreError> {
        self.known.run(|tree| tree.contains_key(digest.0))
    }

    /// A chunk, nothing if it is missing or harmed.
    pub(super) fn get(&self, digest: Digest) -> Result<Option<PackedChunk>, StoreError> {
        let mut bytes = Vec::new();
        let pieces =
            self.pieces.run(|tree| tree.scan_prefix(digest.0).values().collect::<Result<Vec<_>, _>>())?;
        for piece in &pieces {
            let Some(piece) = unseal(piece) else { return Ok(None) };
            bytes.extend_from_slice(piece);
        }
        let length = self.known.run(|tree| tree.get(digest.0))?;
        let Some(length) = length.as_deref().and_then(|bytes| bytes.try_into().ok()).map(u64::from_be_bytes)
        else {
            return Ok(None);
        };
        let length = usize::try_from(length).unwrap_or(MAX_CHUNK_BYTES).min(MAX_CHUNK_BYTES);
        Ok((!bytes.is_empty()).then_some(PackedChunk { digest, length, bytes }))
    }

    /// Lets every chunk go but these.
    pub(super) fn retain(&self, keep: &BTreeSet<Digest>) -> Result<(), StoreError> {
        let known = self.known.run(|tree| tree.iter().keys().collect::<Result<Vec<_>, _>>())?;
        let digests = known.iter().filter_map(|key| Some(Digest(key.as_ref().try_into().ok()?)));
        for digest in digests.filter(|digest| !keep.contains(digest)) {
            // Forgotten first: a chunk that is known is whole.
            self.known.run(|tree| tree.remove(digest.0))?;
            let pieces =
                self.pieces.run(|tree| tree.scan_prefix(digest.0).keys().collect::<Result<Vec<_>, _>>())?;
            for piece in pieces {
                self.pieces.run(|tree| tree.remove(&piece))?;
            }
        }
        Ok(())
    }
}

/// A chunk in memory, compressed. Its pieces were found unharmed one by one.
#[derive(Debug)]
pub(super) struct PackedChunk {
    digest: Digest,
    /// Before compression, in bytes.
    length: usize,
    bytes: Vec<u8>,
}

impl Packed for PackedChunk {
    fn unpack(&self) -> Option<Vec<u8>> {
        if Digest::of(&self.bytes) != self.digest {
            return None;
        }
        zstd::bulk::decompress(&self.bytes, self.length).ok()
    }
}

impl Digest {
    fn of(packed: &[u8]) -> Self {
        let whole = Sha256::digest(packed);
        Self(whole.first_chunk().copied().unwrap_or_default())
    }

    fn piece(self, number: u32) -> Vec<u8> {
        [&self.0[..], &number.to_be_bytes()].concat()
    }
}

impl From<RunDigest> for Digest {
    fn from(digest: RunDigest) -> Self {
        Self(digest.0)
    }
}

impl From<Digest> for RunDigest {
    fn from(digest: Digest) -> Self {
        Self(digest.0)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.to_string()
    }
}

impl TryFrom<String> for Digest {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        u128::from_str_radix(&text, 16)
            .map(|number| Self(number.to_be_bytes()))
            .map_err(|_| "no digest of a chunk")
    }
}
