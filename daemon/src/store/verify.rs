//! Verification and export from the files alone, with the product down or running.
//!
//! Nothing is written and no lock is taken. What files cannot tell: that whole records were removed at
//! the very end. A running store knows better, because its index remembers how far it had come.

use super::checkpoint::{self, Seal, Verifier};
use super::marks::Mark;
use super::personal::{self, Loaded};
use super::replay::Replay;
use super::scan::{Ending, Rigor, Scan, scan};
use super::segment::{self, Segment, Walk};
use super::{Damage, JOURNAL_FOLDER, Selection, StoreError};
use serde::Serialize;
use std::fmt;
use std::io::Write;
use std::path::{Path, PathBuf};
use trueconfig_common::id::TenantName;
use trueconfig_core::journal::chain::Position;
use trueconfig_core::journal::record::canonical;

/// What was found in a store's files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VerifyReport {
    /// The journal's folder.
    pub journal: PathBuf,
    /// Whose journal it is, nothing if it is empty.
    pub tenant: Option<TenantName>,
    /// How many files it has.
    pub segments: usize,
    /// The last good record and its hash, which covers all records before it.
    pub last: Position,
    /// How many texts the side file holds.
    pub personal_entries: u64,
    /// What the signed checkpoints say.
    pub seal: Seal,
    /// What is wrong, at most one place in each of the journal, the side file and the checkpoints.
    pub damage: Vec<Damage>,
}

impl VerifyReport {
    /// Whether nothing is wrong.
    pub fn is_intact(&self) -> bool {
        self.damage.is_empty()
    }
}

impl fmt::Display for VerifyReport {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            out,
            "{}: {} good records in {} segments, the last with hash {}",
            self.journal.display(),
            self.last.seq,
            self.segments,
            self.last.hash
        )?;
        writeln!(out, "{}", self.seal)?;
        if self.is_intact() {
            return write!(out, "The chain is whole.");
        }
        let lines: Vec<String> = self.damage.iter().map(|damage| format!("DAMAGED: {damage}")).collect();
        write!(out, "{}", lines.join("\n"))
    }
}

/// How exported records show personal text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PersonalText {
    /// As text, where it was not erased.
    Resolved,
    /// As the digests that stand in the journal; the bytes are those that are hashed.
    Digests,
}

/// Verifies the store in `dir`: every frame, the canonical form, the whole chain, the side file, and the
/// checkpoints, their signatures too if the key is given.
///
/// # Errors
/// The system's, if the files cannot be read; what is wrong *in* them is in the report.
pub fn verify(dir: &Path, key: Option<&Verifier>) -> Result<VerifyReport, StoreError> {
    let sworn = checkpoint::load(dir)?;
    let inspected = Inspected::new(dir, segment::list(&dir.join(JOURNAL_FOLDER))?, sworn)?;
    let side_file = inspected.side_file.damage.clone().or_else(|| inspected.torn_side_file(dir));
    let damage = damage_of(&inspected.scan).into_iter().chain(side_file).collect();
    Ok(inspected.report(dir, damage, key))
}

/// Verifies a store that is being written, up to the end of its last durable record. What comes after
/// it is a write under way; but what was durable must be there, to the very end.
pub(super) fn verify_up_to(
    dir: &Path,
    end: Mark,
    key: Option<&Verifier>,
) -> Result<VerifyReport, StoreError> {
    let sworn = checkpoint::load(dir)?.up_to(end.seq - 1);
    let inspected = Inspected::new(dir, segment::list_up_to(&dir.join(JOURNAL_FOLDER), end)?, sworn)?;
    let journal = damage_of(&inspected.scan).or_else(|| removed(dir, &inspected.scan, end));
    let damage = journal.into_iter().chain(inspected.side_file.damage.clone()).collect();
    Ok(inspected.report(dir, damage, key))
}

/// All records of the store in `dir` from its files alone, oldest first.
///
/// # Errors
/// The system's, if the journal or the texts cannot be opened.
pub fn records(dir: &Path, personal_text: PersonalText) -> Result<Replay, StoreError> {
    let walk = Walk::new(segment::list(&dir.join(JOURNAL_FOLDER))?);
    Ok(match personal_text {
        PersonalText::Resolved => Replay::new(walk, 0, personal::load(&personal::path_in(dir))?.texts),
        PersonalText::Digests => Replay::unresolved(walk),
    })
}

/// Writes records of the store in `dir` as JSON lines, oldest first (R82); says how many.
///
/// # Errors
/// The system's, or [`StoreError::Frozen`] at the first record that cannot be read; those before it
/// have been written.
pub fn export(
    dir: &Path,
    personal_text: PersonalText,
    selection: &Selection,
    out: &mut dyn Write,
) -> Result<u64, StoreError> {
    let mut count = 0;
    for record in records(dir, personal_text)? {
        let record = record?;
        if !selection.wants(&record) {
            continue;
        }
        let mut line = canonical(&record)?;
        line.push(b'\n');
        out.write_all(&line).map_err(StoreError::io("write", Path::new("the export")))?;
        count += 1;
    }
    Ok(count)
}

struct Inspected {
    segments: usize,
    scan: Scan,
    side_file: Loaded,
    sworn: checkpoint::Loaded,
}

impl Inspected {
    fn new(dir: &Path, segments: Vec<Segment>, sworn: checkpoint::Loaded) -> Result<Self, StoreError> {
        Ok(Self {
            segments: segments.len(),
            scan: scan(&dir.join(JOURNAL_FOLDER), segments, None, Rigor::Canonical, &sworn.sizes())?,
            side_file: personal::load(&personal::path_in(dir))?,
            sworn,
        })
    }

    fn torn_side_file(&self, dir: &Path) -> Option<Damage> {
        let (line, what) = self.side_file.torn?;
        let what = format!("{what}; starting the daemon cuts it");
        Some(Damage { file: personal::path_in(dir), line, seq: 0, what })
    }

    fn report(self, dir: &Path, mut damage: Vec<Damage>, key: Option<&Verifier>) -> VerifyReport {
        let (scan, last) = (&self.scan, self.scan.chain.end().seq);
        let (seal, forged) = checkpoint::judge(dir, &self.sworn, &scan.roots, last, scan.chain.tenant(), key);
        damage.extend(forged);
        VerifyReport {
            journal: dir.join(JOURNAL_FOLDER),
            tenant: self.scan.chain.tenant().cloned(),
            segments: self.segments,
            last: self.scan.chain.end(),
            personal_entries: self.side_file.entries,
            seal,
            damage,
        }
    }
}

fn damage_of(scan: &Scan) -> Option<Damage> {
    match &scan.ending {
        Ending::Whole => None,
        Ending::Damaged(damage) => Some(damage.clone()),
        Ending::Torn(torn) => Some(Damage {
            file: torn.segment.path.clone(),
            line: torn.line,
            seq: scan.chain.end().seq + 1,
            what: format!("{}; starting the daemon cuts it if a crash explains it", torn.what),
        }),
    }
}

fn removed(dir: &Path, scan: &Scan, end: Mark) -> Option<Damage> {
    let (seq, durable) = (scan.chain.end().seq + 1, end.seq - 1);
    (seq <= durable).then(|| Damage {
        file: dir.join(JOURNAL_FOLDER),
        line: 0,
        seq,
        what: format!("the journal reached record {durable}: records were removed at the end"),
    })
}
