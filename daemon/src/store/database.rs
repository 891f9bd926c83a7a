//! sled, opened so that it cannot hurt: everything in it is made again when it is lost.
//!
//! Measured facts about 0.34.7 rule this file. `flush` makes no fsync, so a durable commit is `flush`
//! and an fsync of the file `db`; a left-over `snap.*.generating` keeps it from opening; a damaged
//! store panics, so every call is caught; its cache would grow to 1 GiB.

use super::{Repair, StoreError};
use std::fs::{self, File};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const CACHE_BYTES: u64 = 16 << 20;

/// sled lets go of its lock some time after its last handle is gone; how often we look, and how long apart.
const LOCK_TRIES: u32 = 200;
const LOCK_PAUSE: Duration = Duration::from_millis(10);

/// An open sled.
#[derive(Clone, Debug)]
pub struct Database {
    db: sled::Db,
    folder: PathBuf,
}

/// Where the sled of a store is.
fn folder_in(dir: &Path) -> PathBuf {
    dir.join("sled")
}

/// Opens the sled of a store, or begins a new one and sets the broken one aside.
///
/// The result is empty if even a new one cannot be opened, as on a full disk: the store works without.
pub fn open(dir: &Path, repairs: &mut Vec<Repair>) -> Option<Database> {
    let folder = folder_in(dir);
    let error = match open_unlocked(&folder) {
        Ok(database) => return Some(database),
        Err(error) => error,
    };
    if error.is_disk_full() || is_locked(&error) {
        tracing::warn!(%error, "no snapshots and indexes until the next start");
        return None;
    }
    repairs.push(set_aside(&folder, &error));
    match try_open(&folder) {
        Ok(database) => Some(database),
        Err(error) => {
            tracing::warn!(%error, "no snapshots and indexes until the next start");
            None
        }
    }
}

impl Database {
    /// Runs a sled operation, turning its panics into errors.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub fn run<T>(&self, operation: impl FnOnce(&sled::Db) -> sled::Result<T>) -> Result<T, StoreError> {
        caught(|| operation(&self.db))
    }

    /// A tree by name.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub fn tree(&self, name: &str) -> Result<Tree, StoreError> {
        self.run(|db| db.open_tree(name)).map(Tree)
    }

    /// Makes everything written so far durable.
    ///
    /// # Errors
    /// [`StoreError::Database`] or the system's.
    pub fn commit(&self) -> Result<(), StoreError> {
        self.run(|db| db.flush())?;
        let path = self.folder.join("db");
        File::open(&path).and_then(|file| file.sync_all()).map_err(StoreError::io("sync", &path))
    }
}

/// A tree of sled whose operations cannot panic.
#[derive(Clone, Debug)]
pub struct Tree(sled::Tree);

impl Tree {
    /// Runs an operation on the tree, turning panics into errors.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub fn run<T>(&self, operation: impl FnOnce(&sled::Tree) -> sled::Result<T>) -> Result<T, StoreError> {
        caught(|| operation(&self.0))
    }
}

fn caught<T>(operation: impl FnOnce() -> sled::Result<T>) -> Result<T, StoreError> {
    match catch_unwind(AssertUnwindSafe(operation)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(sled::Error::Io(source))) => {
            Err(StoreError::Io { action: "use", path: PathBuf::from("sled"), source })
        }
        Ok(Err(error)) => Err(StoreError::Database(error.to_string())),
        Err(_) => Err(StoreError::Database("sled panicked".into())),
    }
}

/// Waits for an earlier handle of this very process; other processes are kept out by our own lock.
fn open_unlocked(folder: &Path) -> Result<Database, StoreError> {
    for _ in 1..LOCK_TRIES {
        match try_open(folder) {
            Err(error) if is_locked(&error) => thread::sleep(LOCK_PAUSE),
            result => return result,
        }
    }
    try_open(folder)
}

/// sled has no error of its own for it.
fn is_locked(error: &StoreError) -> bool {
    matches!(error, StoreError::Io { source, .. } if source.to_string().contains("could not acquire lock"))
}

fn try_open(folder: &Path) -> Result<Database, StoreError> {
    super::disk::create_folder(folder).map_err(StoreError::io("create", folder))?;
    remove_unfinished(folder).map_err(StoreError::io("read", folder))?;
    let config = sled::Config::new().path(folder).cache_capacity(CACHE_BYTES).flush_every_ms(None);
    let db = caught(|| config.open())?;
    let database = Database { db, folder: folder.to_owned() };
    database.commit()?;
    // The names of sled's own files; once is enough, they do not change.
    File::open(folder).and_then(|names| names.sync_all()).map_err(StoreError::io("sync", folder))?;
    Ok(database)
}

/// sled's unfinished snapshots of itself; it writes them anew.
fn remove_unfinished(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with("snap.") && name.ends_with(".generating") {
            fs::rename(entry.path(), folder.join(format!("unfinished.{name}")))?;
        }
    }
    Ok(())
}

fn set_aside(folder: &Path, error: &StoreError) -> Repair {
    let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_micros();
    let aside = folder.with_file_name(format!("sled.broken.{time}"));
    let kept = fs::rename(folder, &aside).is_ok();
    Repair {
        file: folder.to_owned(),
        line: 0,
        bytes: 0,
        kept_as: kept.then_some(aside),
        what: format!("could not be opened ({error}); indexes are made anew, snapshots are lost"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// After a power cut without fsync, sled 0.34.7 was seen to panic on opening.
    #[test]
    fn a_panic_of_sled_is_an_error() {
        let result = caught::<()>(|| panic!("as sled does"));
        assert!(matches!(result, Err(StoreError::Database(_))));
    }
}
