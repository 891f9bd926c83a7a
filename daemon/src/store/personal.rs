//! The side file of personal text, `personal.jsonl`.
//!
//! One entry per text, framed like a record: `LENGTH CRC32C {"digest":…,"salt":…,"text":…}\n`, the
//! digest being SHA-256 over the salt's 16 bytes and the text. The same text is kept once. Removing a
//! line erases the text everywhere; changing one is damage, because the digest no longer fits. An
//! entry is durable before the record that refers to it.

use super::append::{AppendFile, Visibility};
use super::disk::{Disk, OpenFile};
use super::frame::{self, Fault};
use super::segment::{Line, Segment, Walk};
use super::{Damage, StoreError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use trueconfig_core::journal::personal::digest;
use trueconfig_core::journal::record::{RecordHash, canonical};

/// Length of an entry's salt.
pub const SALT_BYTES: usize = 16;

/// The texts known by their digests; shared between the writer and all readers.
#[derive(Clone, Debug, Default)]
pub struct Texts(Arc<RwLock<Known>>);

#[derive(Debug, Default)]
struct Known {
    texts: BTreeMap<RecordHash, Arc<str>>,
    references: BTreeMap<Arc<str>, RecordHash>,
}

/// What the side file holds.
pub struct Loaded {
    /// The texts of its good entries.
    pub texts: Texts,
    /// How many entries it has.
    pub entries: u64,
    /// The length of its good part, in bytes.
    pub good: u64,
    /// The line at which an interrupted write begins, and what is left of it.
    pub torn: Option<(u64, &'static str)>,
    /// The first entry that was changed.
    pub damage: Option<Damage>,
}

/// The side file, open for appending.
pub struct PersonalFile {
    texts: Texts,
    file: AppendFile,
}

/// Texts of a group that are not yet in the side file.
#[derive(Default)]
pub struct Staged {
    lines: Vec<u8>,
    references: BTreeMap<Arc<str>, RecordHash>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    digest: RecordHash,
    salt: String,
    text: String,
}

/// Where the side file of a store is.
pub fn path_in(dir: &Path) -> PathBuf {
    dir.join("personal.jsonl")
}

/// Reads the side file; a missing one is empty.
///
/// # Errors
/// The system's, if it cannot be read.
pub fn load(path: &Path) -> Result<Loaded, StoreError> {
    let length = match std::fs::metadata(path) {
        Ok(metadata) => metadata.len(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => 0,
        Err(error) => return Err(StoreError::io("read", path)(error)),
    };
    let mut loaded = Loaded { texts: Texts::default(), entries: 0, good: 0, torn: None, damage: None };
    if length == 0 {
        return Ok(loaded);
    }
    let mut walk = Walk::new(vec![Segment { number: 1, path: path.to_owned(), length }]);
    while let Some(line) = walk.next_line()? {
        if let Err(problem) = loaded.take(&line) {
            if let Problem::Frame(fault) = problem
                && let Some(what) = line.interrupted(fault)
            {
                loaded.torn = Some((line.number, what));
                break;
            }
            loaded.damage.get_or_insert_with(|| problem.at(&line));
        }
        loaded.good = line.offset + line.bytes.len() as u64;
    }
    Ok(loaded)
}

impl Loaded {
    fn take(&mut self, line: &Line<'_>) -> Result<(), Problem> {
        let json = frame::decode(line.bytes)?;
        let entry: Entry = serde_json::from_slice(json).map_err(|_| Problem::Shape)?;
        let salt = bytes_of(&entry.salt).ok_or(Problem::Shape)?;
        if digest(&salt, &entry.text) != entry.digest {
            return Err(Problem::Text);
        }
        self.texts.add(entry.digest, entry.text.into());
        self.entries += 1;
        Ok(())
    }
}

#[derive(Debug, thiserror::Error)]
enum Problem {
    #[error(transparent)]
    Frame(#[from] Fault),
    #[error("it has not the keys digest, salt and text")]
    Shape,
    #[error("the text does not fit its digest")]
    Text,
}

impl Problem {
    fn at(&self, line: &Line<'_>) -> Damage {
        let what = format!("an entry of personal text was changed: {self}");
        Damage { file: line.segment.path.clone(), line: line.number, seq: 0, what }
    }
}

impl PersonalFile {
    /// Opens the side file for appending behind its good part.
    ///
    /// # Errors
    /// The system's.
    pub fn open(disk: Arc<dyn Disk>, path: PathBuf, loaded: &Loaded) -> Result<Self, StoreError> {
        let file = OpenFile::open(path.clone()).map_err(StoreError::io("open", &path))?;
        Ok(Self { texts: loaded.texts.clone(), file: AppendFile::new(disk, file, loaded.good) })
    }

    /// The digest by which a record refers to a text; new texts are staged with a fresh salt.
    pub fn refer(
        &self,
        text: &str,
        salt: [u8; SALT_BYTES],
        staged: &mut Staged,
    ) -> Result<RecordHash, StoreError> {
        let known = self.texts.reference(text).or_else(|| staged.references.get(text).copied());
        if let Some(reference) = known {
            return Ok(reference);
        }
        let reference = digest(&salt, text);
        let entry = Entry { digest: reference, salt: hexadecimal(&salt), text: text.to_owned() };
        frame::encode(&canonical(&entry)?, &mut staged.lines)?;
        staged.references.insert(text.into(), reference);
        Ok(reference)
    }

    /// Makes staged texts durable.
    ///
    /// # Errors
    /// The system's; none of them is known then.
    pub fn commit(&mut self, staged: Staged) -> Result<(), StoreError> {
        if staged.lines.is_empty() {
            return Ok(());
        }
        let path = self.file.file().path.clone();
        self.file
            .append(&staged.lines, Visibility::of(staged.references.len()))
            .map_err(StoreError::io("write", &path))?;
        for (text, reference) in staged.references {
            self.texts.add(reference, text);
        }
        Ok(())
    }
}

impl Texts {
    /// The text a record refers to, unless it was erased.
    pub fn text(&self, reference: &RecordHash) -> Option<String> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.texts.get(reference).map(|text| text.as_ref().to_owned())
    }

    fn reference(&self, text: &str) -> Option<RecordHash> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).references.get(text).copied()
    }

    fn add(&self, reference: RecordHash, text: Arc<str>) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.references.insert(text.clone(), reference);
        known.texts.insert(reference, text);
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes_of(digits: &str) -> Option<Vec<u8>> {
    let pairs = digits.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}
