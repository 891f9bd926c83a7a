//! A file that only grows, and only by whole, durable appends.
//!
//! After a failed write or sync nobody knows what the file holds beyond its last good length, so it
//! is cut back to that length, durably, before anything is appended again. A group of lines becomes
//! visible by its first byte, which is written after everything else is durable: until then the
//! tail begins with a NUL, which no line does, and readers take it for an interrupted write.

use super::disk::{Disk, OpenFile};
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

/// What the disk may have written of an interrupted last block: a page of the page cache.
const BLOCK_BYTES: u64 = 4096;

/// How an append becomes visible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visibility {
    /// One line: it is there when its newline is there. One sync.
    Line,
    /// Several lines that must appear together or not at all. Two syncs.
    Group,
}

impl Visibility {
    /// How so many lines become visible.
    pub fn of(lines: usize) -> Self {
        if lines == 1 { Self::Line } else { Self::Group }
    }
}

/// See the module.
pub struct AppendFile {
    disk: Arc<dyn Disk>,
    file: OpenFile,
    good: u64,
    suspect: bool,
}

impl AppendFile {
    /// Takes over a file whose first `good` bytes are whole lines and durable.
    pub fn new(disk: Arc<dyn Disk>, file: OpenFile, good: u64) -> Self {
        Self { disk, file, good, suspect: false }
    }

    /// The length up to which the file is known to be good, in bytes.
    pub fn good_length(&self) -> u64 {
        self.good
    }

    /// The file.
    pub fn file(&self) -> &OpenFile {
        &self.file
    }

    /// Appends bytes durably, all or nothing.
    ///
    /// # Errors
    /// The system's. The file then still ends at its good length, or will before the next append.
    pub fn append(&mut self, bytes: &[u8], visibility: Visibility) -> io::Result<()> {
        self.heal()?;
        self.suspect = true;
        match self.write(bytes, visibility) {
            Ok(()) => {
                self.good += bytes.len() as u64;
                self.suspect = false;
                Ok(())
            }
            Err(error) => {
                // What was written may be seen after a crash, so it goes at once if the disk lets us.
                let _ = self.heal();
                Err(error)
            }
        }
    }

    /// After a failed append, cuts the file back to its good length, durably.
    ///
    /// # Errors
    /// The system's; the file stays suspect.
    pub fn heal(&mut self) -> io::Result<()> {
        if !self.suspect {
            return Ok(());
        }
        self.disk.truncate(&self.file, self.good)?;
        self.rewrite_last_block()?;
        self.disk.sync(&self.file)?;
        self.suspect = false;
        Ok(())
    }

    fn write(&self, bytes: &[u8], visibility: Visibility) -> io::Result<()> {
        let Some((first, rest)) = bytes.split_first() else {
            return Ok(());
        };
        if visibility == Visibility::Line {
            self.disk.write_at(&self.file, bytes, self.good)?;
            return self.disk.sync(&self.file);
        }
        self.disk.write_at(&self.file, rest, self.good + 1)?;
        self.disk.sync(&self.file)?;
        self.disk.write_at(&self.file, &[*first], self.good)?;
        self.disk.sync(&self.file)
    }

    /// After a failed sync the system holds a page for clean whose block on disk may be torn. The good
    /// bytes that share it are written once more, so that the next sync really writes them.
    fn rewrite_last_block(&self) -> io::Result<()> {
        let start = self.good - self.good % BLOCK_BYTES;
        let mut block = vec![0; usize::try_from(self.good - start).unwrap_or(0)];
        self.file.handle.read_exact_at(&mut block, start)?;
        if block.is_empty() {
            return Ok(());
        }
        self.disk.write_at(&self.file, &block, start)
    }
}
