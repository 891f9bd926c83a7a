//! Records that prove themselves: a record with the path from its leaf to the root that a checkpoint signs.
//! An auditor who has the public key can check one record without any other.

use super::{Verifier, load, origin, parse_note};
use crate::store::frame;
use crate::store::segment::{self, Walk};
use crate::store::{JOURNAL_FOLDER, NoteError, Selection, StoreError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;
use trueconfig_core::journal::merkle;
use trueconfig_core::journal::record::{Record, RecordHash};

/// One record with its proof; a line of JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proven {
    /// The record's canonical JSON as it is hashed, personal text as digests.
    pub record: String,
    /// The hashes beside the path from its leaf to the root, the nearest first.
    pub proof: Vec<RecordHash>,
    /// The signed note with the root.
    pub checkpoint: String,
}

/// Why a record is not proven.
#[derive(Debug, thiserror::Error)]
pub enum Unproven {
    /// Not such a line at all.
    #[error("this is no record with a proof: {0}")]
    Shape(String),
    /// The checkpoint.
    #[error("the checkpoint cannot be trusted: {0}")]
    Checkpoint(#[from] NoteError),
    /// A record of another journal than the checkpoint.
    #[error("the record is of tenant \"{0}\", the checkpoint is not")]
    Tenant(String),
    /// The path leads elsewhere.
    #[error("record {0} is not among the {1} records that the checkpoint covers: it was changed or forged")]
    Path(u64, u64),
}

/// Proves the selected records of the store in `dir`, the oldest first, by the last checkpoint
/// that its file holds. Records after that checkpoint are left out; how many, is said.
///
/// # Errors
/// The system's, or [`StoreError::Frozen`] if the journal is damaged before the checkpoint.
pub fn prove(dir: &Path, selection: &Selection) -> Result<(Vec<Proven>, u64), StoreError> {
    let last = load(dir)?.checkpoints.pop();
    let sealed = last.as_ref().map_or(0, |last| last.size);
    let (mut leaves, mut found, mut unsealed) = (Vec::new(), BTreeMap::new(), 0);
    let mut walk = Walk::new(segment::list(&dir.join(JOURNAL_FOLDER))?);
    while let Some(line) = walk.next_line()? {
        let Ok(json) = frame::decode(line.bytes) else { break };
        let record = Record::parse(json)?;
        let is_sealed = (leaves.len() as u64) < sealed;
        if selection.wants(&record) {
            match is_sealed {
                true => drop(found.insert(leaves.len(), String::from_utf8_lossy(json).into_owned())),
                false => unsealed += 1,
            }
        }
        if is_sealed {
            leaves.push(merkle::leaf(json));
        }
    }
    let note = last.map(|last| last.note).unwrap_or_default();
    let proven = found.into_iter().filter_map(|(index, record)| {
        let proof = merkle::prove(&leaves, index)?;
        Some(Proven { record, proof, checkpoint: note.clone() })
    });
    Ok((proven.collect(), unsealed))
}

/// Checks one record that proves itself.
///
/// # Errors
/// [`Unproven`] says what is wrong with it.
pub fn check_proof(line: &str, key: &Verifier) -> Result<Record, Unproven> {
    let shape = |error: &dyn std::fmt::Display| Unproven::Shape(error.to_string());
    let Proven { record: json, proof, checkpoint } =
        serde_json::from_str(line).map_err(|error| shape(&error))?;
    let record = Record::parse_canonical(json.as_bytes()).map_err(|error| shape(&error))?;
    let text = key.open(&checkpoint)?;
    let (size, root) = parse_note(text).ok_or(NoteError::Malformed)?;
    if text.lines().next() != Some(&origin(&record.tenant)) {
        return Err(Unproven::Tenant(record.tenant.to_string()));
    }
    let index = record.seq.checked_sub(1).ok_or_else(|| shape(&"a record's seq begins with 1"))?;
    match merkle::is_proven(root, size, index, merkle::leaf(json.as_bytes()), &proof) {
        true => Ok(record),
        false => Err(Unproven::Path(record.seq, size)),
    }
}
