//! Large values in sled: compressed, cut into chunks, each sealed.
//!
//! A blob is written under a new generation, then its head is turned to it, then the old chunks go:
//! a reader sees the old blob or the new one. Whatever does not prove itself reads as missing.

use super::StoreError;
use super::database::{Database, Tree};
use super::sealed::{seal, unseal};
use serde::{Deserialize, Serialize};

/// sled's values stay below 100 KB.
const CHUNK_BYTES: usize = 64 << 10;

/// The largest blob before compression, in bytes.
pub const MAX_BLOB_BYTES: usize = 1 << 30;

/// zstd's fast end: a tenant shrinks about tenfold.
const COMPRESSION_LEVEL: i32 = 1;

/// Named blobs of one kind.
#[derive(Clone, Debug)]
pub struct Blobs {
    heads: Tree,
    chunks: Tree,
}

/// What is known of a blob without reading it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Grows with every blob written; the newest is the largest.
    pub generation: u64,
    /// Length before compression, in bytes.
    pub length: usize,
    checksum: u32,
    chunks: u32,
    /// The writer's own bytes about the blob.
    pub note: Vec<u8>,
}

impl Blobs {
    /// Opens the blobs of a kind.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub fn open(database: &Database, kind: &str) -> Result<Self, StoreError> {
        let heads = database.tree(&format!("{kind}.heads"))?;
        let chunks = database.tree(&format!("{kind}.chunks"))?;
        Ok(Self { heads, chunks })
    }

    /// Stores a blob under a name, replacing an older one.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`] or [`StoreError::Database`].
    pub fn put(&self, name: &str, bytes: &[u8], note: &[u8]) -> Result<(), StoreError> {
        if bytes.len() > MAX_BLOB_BYTES {
            return Err(StoreError::TooLarge {
                what: "a snapshot",
                size: bytes.len(),
                limit: MAX_BLOB_BYTES,
            });
        }
        let packed = zstd::bulk::compress(bytes, COMPRESSION_LEVEL)
            .map_err(|error| StoreError::Database(format!("cannot compress: {error}")))?;
        let old = self.head(name)?;
        let generation = self.list()?.iter().map(|(_, head)| head.generation).max().unwrap_or(0) + 1;
        let mut chunks = 0;
        for chunk in packed.chunks(CHUNK_BYTES) {
            self.chunks.run(|tree| tree.insert(chunk_key(generation, chunks), seal(chunk)))?;
            chunks += 1;
        }
        let checksum = crc32c::crc32c(bytes);
        let head = Head { generation, length: bytes.len(), checksum, chunks, note: note.to_vec() };
        let value = serde_json::to_vec(&head).map_err(|error| StoreError::Database(error.to_string()))?;
        self.heads.run(|tree| tree.insert(name, seal(&value)))?;
        old.map_or(Ok(()), |old| self.remove_chunks(&old))
    }

    /// A blob and its note, nothing if it is missing or harmed.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub fn get(&self, name: &str) -> Result<Option<(Vec<u8>, Head)>, StoreError> {
        let Some(head) = self.head(name)? else {
            return Ok(None);
        };
        let mut packed = Vec::new();
        for number in 0..head.chunks {
            let value = self.chunks.run(|tree| tree.get(chunk_key(head.generation, number)))?;
            let Some(chunk) = value.as_deref().and_then(unseal) else {
                return Ok(None);
            };
            packed.extend_from_slice(chunk);
        }
        let bytes = zstd::bulk::decompress(&packed, head.length.min(MAX_BLOB_BYTES)).unwrap_or_default();
        let good = bytes.len() == head.length && crc32c::crc32c(&bytes) == head.checksum;
        Ok(good.then_some((bytes, head)))
    }

    /// All names with their heads, oldest first.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub fn list(&self) -> Result<Vec<(String, Head)>, StoreError> {
        let mut heads = self.heads.run(|tree| {
            let read = |(name, value): (sled::IVec, sled::IVec)| {
                Some((String::from_utf8(name.to_vec()).ok()?, read_head(&value)?))
            };
            tree.iter().filter_map(|entry| entry.map(read).transpose()).collect::<sled::Result<Vec<_>>>()
        })?;
        heads.sort_by_key(|(_, head)| head.generation);
        Ok(heads)
    }

    /// Removes a blob.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub fn remove(&self, name: &str) -> Result<(), StoreError> {
        let Some(head) = self.head(name)? else {
            return Ok(());
        };
        self.heads.run(|tree| tree.remove(name))?;
        self.remove_chunks(&head)
    }

    fn head(&self, name: &str) -> Result<Option<Head>, StoreError> {
        let value = self.heads.run(|tree| tree.get(name))?;
        Ok(value.as_deref().and_then(read_head))
    }

    fn remove_chunks(&self, head: &Head) -> Result<(), StoreError> {
        for number in 0..head.chunks {
            self.chunks.run(|tree| tree.remove(chunk_key(head.generation, number)))?;
        }
        Ok(())
    }
}

fn read_head(value: &[u8]) -> Option<Head> {
    serde_json::from_slice(unseal(value)?).ok()
}

fn chunk_key(generation: u64, number: u32) -> Vec<u8> {
    [&generation.to_be_bytes()[..], &number.to_be_bytes()].concat()
}
