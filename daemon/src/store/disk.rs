//! The few file operations that durability rests on, as a port.
//!
//! The store writes its journal only through [`Disk`], so that tests can let the disk fill up, fail
//! a sync or lose what was not synced. The methods' own bodies are the real operations.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

const FILE_MODE: u32 = 0o600;
const FOLDER_MODE: u32 = 0o700;

/// What the store does to the disk when it matters in which order things become durable.
pub trait Disk: Send + Sync {
    /// Writes all bytes at an offset.
    ///
    /// # Errors
    /// The system's; part of the bytes may have been written.
    fn write_at(&self, file: &OpenFile, bytes: &[u8], offset: u64) -> io::Result<()> {
        file.handle.write_all_at(bytes, offset)
    }

    /// Makes the file's content and length durable (`fdatasync`).
    ///
    /// # Errors
    /// The system's; the content is then in an unknown state.
    fn sync(&self, file: &OpenFile) -> io::Result<()> {
        file.handle.sync_data()
    }

    /// Cuts the file to a length.
    ///
    /// # Errors
    /// The system's.
    fn truncate(&self, file: &OpenFile, length: u64) -> io::Result<()> {
        file.handle.set_len(length)
    }

    /// Makes the names in a folder durable.
    ///
    /// # Errors
    /// The system's.
    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        File::open(folder)?.sync_all()
    }

    /// Whether sled, which opens files of its own, may follow the journal here.
    fn carries_database(&self) -> bool {
        true
    }

    /// Bytes an unprivileged process may still write to the file system of `folder`.
    ///
    /// # Errors
    /// The system's.
    fn free_bytes(&self, folder: &Path) -> io::Result<u64> {
        let status = nix::sys::statvfs::statvfs(folder)?;
        Ok(status.blocks_available().saturating_mul(status.fragment_size()))
    }
}

/// The disk of the machine.
#[derive(Debug, Default)]
pub struct SystemDisk;

impl Disk for SystemDisk {}

/// A file and the path it was opened by.
#[derive(Debug)]
pub struct OpenFile {
    /// Where it is.
    pub path: PathBuf,
    /// The open file, for reading and writing.
    pub handle: File,
}

impl OpenFile {
    /// Opens a file readable by its owner only, creating it if it is missing.
    ///
    /// # Errors
    /// The system's.
    pub fn open(path: PathBuf) -> io::Result<Self> {
        let handle = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(FILE_MODE)
            .open(&path)?;
        Ok(Self { path, handle })
    }
}

/// Creates a folder open to its owner only, and those above it.
///
/// # Errors
/// The system's.
pub fn create_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(path)
}
