//! One process per store: an exclusive lock on the file `lock`, which names its holder.

use super::StoreError;
use super::disk::OpenFile;
use std::fs::{self, TryLockError};
use std::io::Write;
use std::path::Path;

/// Held as long as it lives; the system releases it even if the process is killed.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "the open file is the lock")] OpenFile);

/// Takes the lock of the store in `dir`.
///
/// # Errors
/// [`StoreError::Locked`] with the holder's process id, or the system's error.
pub fn take(dir: &Path) -> Result<Lock, StoreError> {
    let path = dir.join("lock");
    let mut file = OpenFile::open(path.clone()).map_err(StoreError::io("open", &path))?;
    match file.handle.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            return Err(StoreError::Locked { dir: dir.to_owned(), pid: holder(&path) });
        }
        Err(TryLockError::Error(source)) => return Err(StoreError::io("lock", &path)(source)),
    }
    // Only a courtesy to whoever is refused; a full disk must not keep the store from being read.
    let _ = file.handle.set_len(0).and_then(|()| writeln!(file.handle, "{}", std::process::id()));
    Ok(Lock(file))
}

fn holder(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap_or_default();
    let pid = text.trim();
    let known = !pid.is_empty() && pid.len() <= 10 && pid.bytes().all(|digit| digit.is_ascii_digit());
    if known { pid.to_owned() } else { "unknown".to_owned() }
}
