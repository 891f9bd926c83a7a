//! Copies of the baselines that were taken: one plain file each, named by its digest, so that an auditor can read
//! which rules were in force. They are written once and never changed.

use super::StoreError;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use trueconfig_core::baseline::Shipped;

/// Largest copy that is read, in bytes.
const LARGEST: u64 = 16 * 1024 * 1024;

/// The folder of the copies.
#[derive(Clone, Debug)]
pub struct Baselines {
    folder: PathBuf,
}

impl Baselines {
    pub(super) fn of(store: &Path) -> Self {
        Self { folder: store.join("baselines") }
    }

    /// Keeps a copy, durably; one that is there stays as it is.
    ///
    /// # Errors
    /// The system's.
    pub fn keep(&self, shipped: &Shipped) -> Result<String, StoreError> {
        let digest = shipped.digest();
        let path = self.path(&digest);
        if path.is_file() {
            return Ok(digest);
        }
        self.write(&path, shipped).map_err(StoreError::io("keep the baseline in", &path))?;
        Ok(digest)
    }

    fn write(&self, path: &Path, shipped: &Shipped) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        let draft = path.with_extension("new");
        let mut file = File::create(&draft)?;
        file.write_all(&serde_json::to_vec_pretty(shipped)?)?;
        file.sync_all()?;
        fs::rename(&draft, path)?;
        File::open(&self.folder)?.sync_all()
    }

    /// A copy by its digest; none if it is lost or is not what it was.
    pub fn get(&self, digest: &str) -> Option<Shipped> {
        let path = self.path(digest);
        if fs::metadata(&path).ok()?.len() > LARGEST {
            return None;
        }
        let shipped: Shipped = serde_json::from_slice(&fs::read(&path).ok()?).ok()?;
        (shipped.digest() == digest).then_some(shipped)
    }

    fn path(&self, digest: &str) -> PathBuf {
        self.folder.join(format!("{digest}.json"))
    }
}
