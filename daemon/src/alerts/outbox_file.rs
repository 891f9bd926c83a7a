//! The durable outbox of a channel: one small file, written beside and renamed.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use trueconfig_core::alert::Outbox;

/// Largest file that is read, in bytes.
const LARGEST: u64 = 1024 * 1024;

/// Where an outbox is kept.
#[derive(Clone, Debug)]
pub struct OutboxFile {
    folder: PathBuf,
    path: PathBuf,
}

impl OutboxFile {
    /// The outbox of this channel in a tenant's folder.
    pub fn of(tenant: &Path, channel: &str) -> Self {
        let folder = tenant.join("alerts");
        Self { path: folder.join(format!("{channel}.json")), folder }
    }

    /// What was kept; none if there is nothing.
    ///
    /// # Errors
    /// The system's, or that it is not what was written: then nobody knows what was delivered.
    pub fn load(&self) -> io::Result<Option<Outbox>> {
        let size = match fs::metadata(&self.path) {
            Ok(metadata) => metadata.len(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        if size > LARGEST {
            return Err(io::Error::other(format!("it is larger than {LARGEST} bytes")));
        }
        Ok(Some(serde_json::from_slice(&fs::read(&self.path)?)?))
    }

    /// Keeps it durably.
    ///
    /// # Errors
    /// The system's.
    pub fn save(&self, outbox: &Outbox) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        let draft = self.path.with_extension("new");
        let mut file = File::create(&draft)?;
        file.write_all(&serde_json::to_vec(outbox)?)?;
        file.sync_all()?;
        fs::rename(&draft, &self.path)?;
        File::open(&self.folder)?.sync_all()
    }

    /// The file, for messages.
    pub fn path(&self) -> &Path {
        &self.path
    }
}
