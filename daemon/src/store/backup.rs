//! A copy of a store as one file, taken while the daemon writes, and a store made from such a file again.
//!
//! The file is a tar archive compressed with zstd, so that `tar --zstd` opens it with the product gone. It holds the
//! journal, the checkpoints, the side file of personal text and the sealed secrets, and last `MANIFEST.json` with
//! the SHA-256 of each. sled is left out: state and index follow from the journal, snapshots from the next scan.
//!
//! What is copied fits together whatever is written meanwhile, because files are read in the order opposite to that
//! in which they are written: a checkpoint covers only records that are there, a record refers only to texts that are.

use super::segment::{self, SEGMENT_BYTES};
use super::{JOURNAL_FOLDER, StoreError, Verifier, VerifyReport, disk, verify};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// The archive's own list of what is in it.
const MANIFEST: &str = "MANIFEST.json";
/// Version of the archive's layout.
const FORMAT: u32 = 1;
/// Files beside the journal: what was signed, then what records refer to.
const CHECKPOINTS: &str = "checkpoints.jsonl";
const PERSONAL: &str = "personal.jsonl";
const SEALED_FOLDER: &str = "sealed";
/// Most files in an archive: a journal of 1.6 TB.
const MAX_FILES: usize = 100_000;
/// Longest file in an archive, in bytes; of a segment, twice what makes us begin the next one.
const MAX_FILE_BYTES: u64 = 4 << 30;
const MAX_SEGMENT_BYTES: u64 = 4 * SEGMENT_BYTES;
/// Longest manifest, in bytes.
const MAX_MANIFEST_BYTES: u64 = 32 << 20;
/// Fast, and journals of JSON shrink to a tenth all the same.
const COMPRESSION: i32 = 3;

/// Why there is no archive, or no store from one.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// Reading or writing files.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The archive is not one of ours, or was changed.
    #[error("{}: {what}", .archive.display())]
    Archive {
        /// The archive.
        archive: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// There is something already.
    #[error("{} is there already; move it away first, a store is never overwritten", .0.display())]
    Exists(PathBuf),
    /// The archive is whole, the journal in it is not.
    #[error("the journal in the archive is damaged; nothing was restored\n{0}")]
    Damaged(Box<VerifyReport>),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    format: u32,
    created: DateTime<Utc>,
    /// SHA-256 by name, hexadecimal.
    files: BTreeMap<String, String>,
}

/// Copies the store in `dir` into a new file. No lock is taken, so the daemon may run.
///
/// # Errors
/// [`BackupError`]; no file is left then.
pub fn backup(dir: &Path, archive: &Path, now: DateTime<Utc>) -> Result<(), BackupError> {
    let failed = || StoreError::io("write", archive);
    let mut open = OpenOptions::new();
    let file = match open.write(true).create_new(true).mode(0o600).open(archive) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            return Err(BackupError::Exists(archive.to_owned()));
        }
        opened => opened.map_err(failed())?,
    };
    let written = write(dir, &file, now).and_then(|()| Ok(file.sync_all().map_err(failed())?));
    if written.is_err() {
        // Half an archive must not be taken for one.
        let _ = fs::remove_file(archive);
    }
    written
}

/// Makes the store `dir` from an archive: unpacked beside it, every sum and the whole chain checked, and only then
/// given its name. Its files belong to whoever owns the folder above.
///
/// # Errors
/// [`BackupError`]; `dir` is then not there.
pub fn restore(archive: &Path, dir: &Path, key: Option<&Verifier>) -> Result<VerifyReport, BackupError> {
    if dir.exists() {
        return Err(BackupError::Exists(dir.to_owned()));
    }
    let unpacked = unpack(archive, &beside(dir))?;
    let report = unpacked.verify(key)?;
    unpacked.give(dir)?;
    Ok(report)
}

/// Does what [`restore`] does, in a folder beside the archive, and removes it again.
///
/// # Errors
/// As [`restore`].
pub fn check(archive: &Path, key: Option<&Verifier>) -> Result<VerifyReport, BackupError> {
    unpack(archive, &beside(archive))?.verify(key)
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".unpacked");
    name.into()
}

fn write(dir: &Path, file: &File, now: DateTime<Utc>) -> Result<(), BackupError> {
    let failed = || StoreError::io("write the archive of", dir);
    let compressed = zstd::Encoder::new(file, COMPRESSION).map_err(failed())?;
    let mut out = Archive { tar: tar::Builder::new(compressed), created: now, files: BTreeMap::new() };
    out.add(dir, CHECKPOINTS)?;
    for segment in segment::list(&dir.join(JOURNAL_FOLDER))? {
        let name = segment.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        out.add(dir, &format!("{JOURNAL_FOLDER}/{name}"))?;
    }
    out.add(dir, PERSONAL)?;
    for name in sealed(&dir.join(SEALED_FOLDER))? {
        out.add(dir, &format!("{SEALED_FOLDER}/{name}"))?;
    }
    out.finish().map_err(failed())?;
    Ok(())
}

fn sealed(folder: &Path) -> Result<Vec<String>, StoreError> {
    let mut names = Vec::new();
    match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(names),
        listed => {
            for entry in listed.map_err(StoreError::io("list", folder))? {
                let name = entry.map_err(StoreError::io("list", folder))?.file_name();
                names.extend(name.into_string().ok().filter(|name| name.ends_with(".age")));
            }
        }
    }
    names.sort();
    Ok(names)
}

struct Archive<W: Write> {
    tar: tar::Builder<W>,
    created: DateTime<Utc>,
    files: BTreeMap<String, String>,
}

impl<W: Write> Archive<W> {
    /// Adds a file as far as it is whole; one that is not there yet is left out.
    fn add(&mut self, dir: &Path, name: &str) -> Result<(), StoreError> {
        let path = dir.join(name);
        let mut bytes = match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            read => read.map_err(StoreError::io("read", &path))?,
        };
        if name.ends_with(".jsonl") {
            bytes.truncate(whole_lines(&bytes));
        }
        self.append(name, &bytes).map_err(StoreError::io("archive", &path))?;
        self.files.insert(name.to_owned(), hex(&Sha256::digest(&bytes)));
        Ok(())
    }

    fn append(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o600);
        header.set_mtime(u64::try_from(self.created.timestamp()).unwrap_or(0));
        self.tar.append_data(&mut header, name, bytes)
    }
}

impl<W: Write> Archive<zstd::Encoder<'_, W>> {
    fn finish(mut self) -> io::Result<()> {
        let manifest =
            Manifest { format: FORMAT, created: self.created, files: std::mem::take(&mut self.files) };
        self.append(MANIFEST, &serde_json::to_vec_pretty(&manifest)?)?;
        self.tar.into_inner()?.finish().map(drop)
    }
}

/// How far a growing file has been written: what is under way has no newline yet, or begins with a NUL.
fn whole_lines(bytes: &[u8]) -> usize {
    let lines = bytes.split_inclusive(|byte| *byte == b'\n');
    lines.take_while(|line| line.first() != Some(&0) && line.last() == Some(&b'\n')).map(<[u8]>::len).sum()
}

/// A folder that is removed unless it is given a name.
struct Unpacked {
    folder: PathBuf,
}

impl Drop for Unpacked {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Unpacked {
    fn verify(&self, key: Option<&Verifier>) -> Result<VerifyReport, BackupError> {
        let report = verify(&self.folder, key)?;
        if report.is_intact() { Ok(report) } else { Err(BackupError::Damaged(Box::new(report))) }
    }

    fn give(self, dir: &Path) -> Result<(), StoreError> {
        let above = dir.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let owner = fs::metadata(above).map_err(StoreError::io("look at", above))?;
        own(&self.folder, owner.uid(), owner.gid())?;
        fs::rename(&self.folder, dir).map_err(StoreError::io("rename to", dir))?;
        File::open(above).and_then(|above| above.sync_all()).map_err(StoreError::io("sync", above))
    }
}

/// Gives a folder and all in it to an owner, and syncs each file.
fn own(path: &Path, uid: u32, gid: u32) -> Result<(), StoreError> {
    std::os::unix::fs::chown(path, Some(uid), Some(gid)).map_err(StoreError::io("give away", path))?;
    if path.is_dir() {
        for entry in fs::read_dir(path).map_err(StoreError::io("list", path))? {
            own(&entry.map_err(StoreError::io("list", path))?.path(), uid, gid)?;
        }
    }
    File::open(path).and_then(|file| file.sync_all()).map_err(StoreError::io("sync", path))
}

fn unpack(archive: &Path, folder: &Path) -> Result<Unpacked, BackupError> {
    let wrong = |what: String| BackupError::Archive { archive: archive.to_owned(), what };
    let file = File::open(archive).map_err(StoreError::io("open", archive))?;
    if folder.exists() {
        return Err(BackupError::Exists(folder.to_owned()));
    }
    let unpacked = Unpacked { folder: folder.to_owned() };
    for part in [folder.to_owned(), folder.join(JOURNAL_FOLDER)] {
        disk::create_folder(&part).map_err(StoreError::io("create", &part))?;
    }
    let read = zstd::Decoder::new(file).and_then(|tar| unpack_files(tar, folder));
    let (sums, manifest) = read.map_err(|error| wrong(error.to_string()))?;
    let manifest: Manifest = serde_json::from_slice(&manifest).map_err(|error| wrong(error.to_string()))?;
    if manifest.format != FORMAT {
        return Err(wrong(format!("its format is {}, this version knows {FORMAT}", manifest.format)));
    }
    let names: BTreeSet<_> = sums.keys().chain(manifest.files.keys()).collect();
    match names.into_iter().find(|name| sums.get(*name) != manifest.files.get(*name)) {
        Some(name) => {
            Err(wrong(format!("{name} is not what the manifest says: it was changed or is missing")))
        }
        None => Ok(unpacked),
    }
}

/// Unpacks what may be in an archive and nothing else; gives the sums and the manifest's text.
fn unpack_files(tar: impl Read, folder: &Path) -> io::Result<(BTreeMap<String, String>, Vec<u8>)> {
    let (mut sums, mut manifest) = (BTreeMap::new(), Vec::new());
    for entry in tar::Archive::new(tar).entries()? {
        let mut entry = entry?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let fits = limit_of(&name).is_some_and(|limit| entry.size() <= limit) && sums.len() < MAX_FILES;
        if !fits || !entry.header().entry_type().is_file() {
            return Err(io::Error::other(format!("{name:?} has no place in an archive of ours")));
        }
        if name == MANIFEST {
            entry.read_to_end(&mut manifest)?;
            continue;
        }
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes)?;
        let path = folder.join(&name);
        disk::create_folder(path.parent().unwrap_or(folder))?;
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?.write_all(&bytes)?;
        sums.insert(name, hex(&Sha256::digest(&bytes)));
    }
    Ok((sums, manifest))
}

/// How long a file of this name may be; none if no such file belongs into an archive.
pub(super) fn limit_of(name: &str) -> Option<u64> {
    let plain = |part: &str| {
        !part.starts_with('.')
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    match name.split_once('/') {
        None if name == MANIFEST => Some(MAX_MANIFEST_BYTES),
        None if [CHECKPOINTS, PERSONAL].contains(&name) => Some(MAX_FILE_BYTES),
        Some((JOURNAL_FOLDER, file)) if plain(file) && file.ends_with(".jsonl") => Some(MAX_SEGMENT_BYTES),
        Some((SEALED_FOLDER, file)) if plain(file) && file.ends_with(".age") => Some(MAX_SEGMENT_BYTES),
        _ => None,
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
