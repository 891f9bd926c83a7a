//! Reads a whole journal from its files: accepts record after record and says how it ends.
//!
//! Opening the store and an auditor's verification are the same pass; they differ in rigour only.
//! What a crash can leave behind is told from what only damage or a person can have done.

use super::frame::{self, Fault};
use super::marks::Marks;
use super::segment::{Line, Segment, Walk, path_of};
use super::{Damage, StoreError};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use trueconfig_common::id::TenantName;
use trueconfig_core::journal::chain::{Broken, Chain};
use trueconfig_core::journal::merkle::{self, Tree};
use trueconfig_core::journal::record::RecordHash;

/// How closely records are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rigor {
    /// Frame, envelope and chain: whatever could change without breaking the chain is not read.
    Chain,
    /// The canonical form of every record too.
    Canonical,
}

/// What a journal's files hold.
#[derive(Debug)]
pub struct Scan {
    /// The chain up to the last good record.
    pub chain: Chain,
    /// The tree over the good records.
    pub tree: Tree,
    /// Its roots at the sizes that were asked for.
    pub roots: BTreeMap<u64, RecordHash>,
    /// Where the good records are.
    pub marks: Marks,
    /// What comes after them.
    pub ending: Ending,
}

/// What comes after the last good record.
#[derive(Debug)]
pub enum Ending {
    /// Nothing.
    Whole,
    /// The rest of a write that was interrupted before it was acknowledged.
    Torn(Torn),
    /// Something no interrupted write leaves behind.
    Damaged(Damage),
}

/// The rest of an interrupted write at the end of the last segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Torn {
    /// The segment.
    pub segment: Segment,
    /// The first line that does not count.
    pub line: u64,
    /// Where it begins, in bytes.
    pub offset: u64,
    /// What is left of it, in words.
    pub what: &'static str,
}

/// Reads the segments of `folder`, as listed, and notes the tree's roots at some sizes.
///
/// # Errors
/// The system's, if a segment cannot be read.
pub fn scan(
    folder: &Path,
    segments: Vec<Segment>,
    tenant: Option<&TenantName>,
    rigor: Rigor,
    sizes: &BTreeSet<u64>,
) -> Result<Scan, StoreError> {
    let mut scan = Scan {
        chain: Chain::new(tenant.cloned()),
        tree: Tree::default(),
        roots: BTreeMap::new(),
        marks: Marks::default(),
        ending: Ending::Whole,
    };
    let last = segments.last().cloned();
    for (number, segment) in (1..).zip(segments) {
        if segment.number != number {
            scan.ending = Ending::Damaged(missing_segment(folder, number, &scan));
            break;
        }
        let is_last = Some(&segment) == last.as_ref();
        if let Some(ending) = scan.segment(segment, rigor, sizes, is_last)? {
            scan.ending = ending;
            break;
        }
    }
    Ok(scan)
}

impl Scan {
    fn segment(
        &mut self,
        segment: Segment,
        rigor: Rigor,
        sizes: &BTreeSet<u64>,
        is_last: bool,
    ) -> Result<Option<Ending>, StoreError> {
        let mut walk = Walk::new(vec![segment]);
        while let Some(line) = walk.next_line()? {
            let Err(what) = self.accept(&line, rigor) else {
                if sizes.contains(&self.tree.size()) {
                    self.roots.insert(self.tree.size(), self.tree.root());
                }
                continue;
            };
            if let (Problem::Frame(fault), true) = (&what, is_last)
                && let Some(what) = line.interrupted(*fault)
            {
                let Line { segment, number: line, offset, .. } = line;
                return Ok(Some(Ending::Torn(Torn { segment: segment.clone(), line, offset, what })));
            }
            return Ok(Some(Ending::Damaged(Damage {
                file: line.segment.path.clone(),
                line: line.number,
                seq: self.chain.end().seq + 1,
                what: what.to_string(),
            })));
        }
        Ok(None)
    }

    fn accept(&mut self, line: &Line<'_>, rigor: Rigor) -> Result<(), Problem> {
        let json = frame::decode(line.bytes)?;
        match rigor {
            Rigor::Chain => self.chain.follow(json).map(|_| ())?,
            Rigor::Canonical => self.chain.audit(json).map(|_| ())?,
        }
        self.tree.push(merkle::leaf(json));
        self.marks.push(line.segment.number, line.offset, line.bytes.len() as u64);
        Ok(())
    }
}

#[derive(Debug, thiserror::Error)]
enum Problem {
    #[error(transparent)]
    Frame(#[from] Fault),
    #[error(transparent)]
    Chain(#[from] Broken),
}

fn missing_segment(folder: &Path, number: u32, scan: &Scan) -> Damage {
    Damage {
        file: path_of(folder, number),
        line: 0,
        seq: scan.chain.end().seq + 1,
        what: "the segment is missing".into(),
    }
}
