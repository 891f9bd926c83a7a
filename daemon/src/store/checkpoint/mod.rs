//! Signed checkpoints: what the daemon swears the journal was, at least once a minute while it grows.
//!
//! A checkpoint (<https://c2sp.org/tlog-checkpoint>) names how many records there are and the root of the
//! Merkle tree over them. `DIR/checkpoints.jsonl` holds each as a JSON string in a line. Whoever has the
//! public key can tell from a copy of the files that no record up to the last checkpoint was changed or
//! removed, without trusting the host. Records after it are unsealed: the files alone cannot tell whether
//! some are missing at the end.
//!
//! ```text
//! trueconfig/TENANT
//! NUMBER OF RECORDS
//! ROOT in base64
//! TIME in RFC 3339
//!
//! — NAME SIGNATURE
//! ```

mod note;
mod proof;

pub use note::{NoteError, Signer, Verifier};
pub use proof::{Proven, Unproven, check_proof, prove};

use super::append::{AppendFile, Visibility};
use super::disk::{Disk, OpenFile};
use super::{Damage, StoreError};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use trueconfig_common::id::TenantName;
use trueconfig_core::journal::merkle::Tree;
use trueconfig_core::journal::record::RecordHash;

/// The file's name within a store.
const FILE: &str = "checkpoints.jsonl";

/// One checkpoint as it stands in the file.
#[derive(Clone, Debug)]
pub(super) struct Checkpoint {
    /// Its line, from 1.
    pub line: u64,
    /// How many records it covers.
    pub size: u64,
    root: RecordHash,
    note: String,
}

/// What checkpoints say about a journal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Seal {
    /// How many checkpoints there are.
    pub checkpoints: u64,
    /// The last record that a good checkpoint covers.
    pub sealed: u64,
    /// Records after it.
    pub unsealed: u64,
    /// Whose signature was checked on all of them; nothing if no key was given.
    pub signed_by: Option<String>,
}

impl fmt::Display for Seal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { checkpoints, sealed, unsealed, signed_by } = self;
        if *checkpoints == 0 {
            return write!(
                out,
                "Nothing is sealed: whether records are missing at the end cannot be told from the files."
            );
        }
        write!(
            out,
            "Sealed up to record {sealed} by {checkpoints} checkpoints, {unsealed} after it are not; "
        )?;
        match signed_by {
            Some(key) => write!(out, "signatures checked with {key}."),
            None => write!(out, "signatures were not checked, for no key was given."),
        }
    }
}

/// Where checkpoints are in a store.
pub(super) fn path_in(dir: &Path) -> PathBuf {
    dir.join(FILE)
}

/// Appends checkpoints.
pub(super) struct Checkpoints {
    file: AppendFile,
    /// The size of the last one.
    sealed: u64,
}

impl Checkpoints {
    /// Opens the file; what an interrupted write left at its end is cut.
    pub fn open(disk: Arc<dyn Disk>, dir: &Path, found: &Loaded) -> Result<Self, StoreError> {
        let path = path_in(dir);
        let file = OpenFile::open(path.clone()).map_err(StoreError::io("open", &path))?;
        disk.truncate(&file, found.good).map_err(StoreError::io("truncate", &path))?;
        disk.sync_folder(dir).map_err(StoreError::io("sync", dir))?;
        let sealed = found.checkpoints.last().map_or(0, |last| last.size);
        Ok(Self { file: AppendFile::new(disk, file, found.good), sealed })
    }

    /// Signs the tree, unless it has not grown since the last time; the note, if one was written.
    pub fn write(
        &mut self,
        signer: &Signer,
        tenant: &TenantName,
        tree: &Tree,
        now: DateTime<Utc>,
    ) -> Result<Option<String>, StoreError> {
        if tree.size() <= self.sealed {
            return Ok(None);
        }
        let note = signer.sign(&text(tenant, tree, now));
        let path = self.file.file().path.clone();
        let line = serde_json::Value::String(note.clone()).to_string() + "\n";
        self.file.append(line.as_bytes(), Visibility::Line).map_err(StoreError::io("write", &path))?;
        self.sealed = tree.size();
        Ok(Some(note))
    }
}

fn text(tenant: &TenantName, tree: &Tree, now: DateTime<Utc>) -> String {
    let (root, time) =
        (BASE64.encode(tree.root().as_bytes()), now.to_rfc3339_opts(SecondsFormat::Secs, true));
    format!("{}\n{}\n{root}\n{time}\n", origin(tenant), tree.size())
}

fn origin(tenant: &TenantName) -> String {
    format!("trueconfig/{tenant}")
}

/// What the file holds.
pub(super) struct Loaded {
    pub checkpoints: Vec<Checkpoint>,
    /// The length of its whole lines in bytes.
    good: u64,
    damage: Option<Damage>,
}

impl Loaded {
    /// The sizes that the checkpoints name.
    pub fn sizes(&self) -> BTreeSet<u64> {
        self.checkpoints.iter().map(|one| one.size).collect()
    }

    /// Without the checkpoints of more records than so many: a running daemon may have added some since.
    pub fn up_to(mut self, records: u64) -> Self {
        self.checkpoints.retain(|one| one.size <= records);
        self
    }
}

/// Reads the checkpoints of a store; a file that is not there has none.
pub(super) fn load(dir: &Path) -> Result<Loaded, StoreError> {
    let path = path_in(dir);
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(StoreError::io("read", &path)(error)),
    };
    let mut loaded = Loaded { checkpoints: Vec::new(), good: 0, damage: None };
    let mut end = 0;
    for (line, text) in (1..).zip(bytes.split_inclusive(|byte| *byte == b'\n')) {
        end += text.len();
        match parse(line, text) {
            Some(checkpoint) => loaded.checkpoints.push(checkpoint),
            // The rest of a write that was interrupted; it was of no use to anybody yet.
            None if end == bytes.len() => break,
            None => {
                let what = "this is no checkpoint".to_owned();
                loaded.damage.get_or_insert(Damage { file: path.clone(), line, seq: 0, what });
            }
        }
        loaded.good = end as u64;
    }
    Ok(loaded)
}

fn parse(line: u64, text: &[u8]) -> Option<Checkpoint> {
    let note: String = serde_json::from_slice(text.strip_suffix(b"\n")?).ok()?;
    let (size, root) = parse_note(note::parts(&note)?.0)?;
    Some(Checkpoint { line, size, root, note })
}

/// How many records a checkpoint's text covers, and the root over them.
fn parse_note(text: &str) -> Option<(u64, RecordHash)> {
    let mut lines = text.lines().skip(1);
    let size = lines.next()?.parse().ok()?;
    let root = BASE64.decode(lines.next()?).ok()?.try_into().ok().map(RecordHash::from_bytes)?;
    Some((size, root))
}

/// Holds checkpoints against the journal: `roots` are those of the tree at the sizes they name, as far as
/// the journal reaches, and `last` is its last record.
pub(super) fn judge(
    dir: &Path,
    loaded: &Loaded,
    roots: &BTreeMap<u64, RecordHash>,
    last: u64,
    tenant: Option<&TenantName>,
    key: Option<&Verifier>,
) -> (Seal, Option<Damage>) {
    let mut damage = loaded.damage.clone();
    let mut sealed = 0;
    for checkpoint in &loaded.checkpoints {
        match refusal(checkpoint, roots, last, tenant, key) {
            None => sealed = sealed.max(checkpoint.size),
            Some((seq, what)) => {
                damage.get_or_insert(Damage { file: path_in(dir), line: checkpoint.line, seq, what });
            }
        }
    }
    let checkpoints = loaded.checkpoints.len() as u64;
    let signed_by = key.map(ToString::to_string);
    (Seal { checkpoints, sealed, unsealed: last.saturating_sub(sealed), signed_by }, damage)
}

/// What is wrong with a checkpoint, and the record it is about.
fn refusal(
    checkpoint: &Checkpoint,
    roots: &BTreeMap<u64, RecordHash>,
    last: u64,
    tenant: Option<&TenantName>,
    key: Option<&Verifier>,
) -> Option<(u64, String)> {
    let size = checkpoint.size;
    if let Some(Err(error)) = key.map(|key| key.open(&checkpoint.note)) {
        return Some((0, format!("the checkpoint of {size} records cannot be trusted: {error}")));
    }
    let named = checkpoint.note.lines().next().unwrap_or_default();
    if tenant.is_some_and(|tenant| named != origin(tenant)) {
        return Some((0, format!("the checkpoint of {size} records is of another journal, {named}")));
    }
    match roots.get(&size) {
        Some(root) if *root == checkpoint.root => None,
        Some(_) => Some((size, format!("the first {size} records are not those of this checkpoint"))),
        None => Some((
            last + 1,
            format!("the checkpoint covers {size} records, the journal has {last}: records were removed"),
        )),
    }
}
