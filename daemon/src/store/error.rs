//! What can go wrong in the store, and what was found wrong in its files.

use crate::ambient::NoRandomness;
use serde::Serialize;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;
use trueconfig_core::journal::record::RecordError;

/// Why the store could not do what was asked.
#[derive(Debug, Error)]
pub enum StoreError {
    /// Another process works on this store.
    #[error("the store {dir} is in use by process {pid}; stop that daemon or choose another store", dir = dir.display())]
    Locked {
        /// The store's folder.
        dir: PathBuf,
        /// The process that holds the lock, as far as its lock file tells.
        pid: String,
    },
    /// No space, or less than the reserve kept for the outcomes of running changes.
    #[error(
        "disk full: {free} bytes free in {dir}; writes to the tenant stop, reads go on; \
         free at least {needed} bytes and they continue by themselves",
        dir = dir.display()
    )]
    DiskFull {
        /// The store's folder.
        dir: PathBuf,
        /// Bytes still free for us.
        free: u64,
        /// Bytes that have to be free before effects start again.
        needed: u64,
    },
    /// The journal is damaged; nothing may be appended to it.
    #[error("the journal is damaged and frozen: {0}; restore it from a backup or keep it as evidence")]
    Frozen(Damage),
    /// A draft that cannot become a record.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// A record, group or snapshot beyond its named limit.
    #[error("{what} of {size} exceeds the limit of {limit}")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// Its size, in the unit of the limit.
        size: usize,
        /// The limit.
        limit: usize,
    },
    /// The operating system refused.
    #[error("cannot {action} {path}: {source}", path = path.display())]
    Io {
        /// What was tried, such as `write`.
        action: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// sled failed; the journal is not affected.
    #[error(
        "the database of snapshots and indexes failed: {0}; it is rebuilt from the journal at the next start"
    )]
    Database(String),
    /// The system gives no random numbers.
    #[error("{0}; personal text cannot be recorded")]
    NoRandomness(#[from] NoRandomness),
}

impl StoreError {
    /// For `map_err`: says what was tried on which path.
    pub(super) fn io<'a>(action: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> Self + 'a {
        move |source| Self::Io { action, path: path.to_owned(), source }
    }

    /// Whether this failure is one of space.
    pub fn is_disk_full(&self) -> bool {
        match self {
            Self::DiskFull { .. } => true,
            Self::Io { source, .. } => {
                matches!(source.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
            }
            _ => false,
        }
    }
}

/// A place in the journal's files where something is wrong that no crash explains.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Damage {
    /// The file.
    pub file: PathBuf,
    /// The line in it, from 1; 0 if no line can be named.
    pub line: u64,
    /// The record that belongs there; 0 in files without records.
    pub seq: u64,
    /// What is wrong, in words.
    pub what: String,
}

impl fmt::Display for Damage {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.file.display())?;
        if self.line > 0 {
            write!(out, " line {}", self.line)?;
        }
        if self.seq > 0 {
            write!(out, ", record {}", self.seq)?;
        }
        write!(out, ": {}", self.what)
    }
}

/// Something an interrupted write left behind and opening the store put right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Repair {
    /// The file or folder that was repaired.
    pub file: PathBuf,
    /// The first line that was cut; 0 if no line can be named.
    pub line: u64,
    /// How many bytes were cut.
    pub bytes: u64,
    /// Where the cut bytes or the replaced folder are kept.
    pub kept_as: Option<PathBuf>,
    /// What was found and done, in words.
    pub what: String,
}

impl fmt::Display for Repair {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.file.display(), self.what)
    }
}
