//! Reading a journal that is being written: pages for the audit list, and the whole from any place on.
//!
//! Readers are clones that share what the writer publishes after each durable append. They open the
//! files themselves, so a page never waits for the writer and a slow reader never holds it up.

use super::StoreError;
use super::checkpoint::Verifier;
use super::frame;
use super::index::{self, Index};
use super::marks::{Block, Mark, Marks};
use super::personal::Texts;
use super::replay::{Replay, changed, with_texts};
use super::segment::{self, Walk, path_of};
use super::verify::{self, VerifyReport};
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use trueconfig_core::journal::record::{Record, RecordHash};

/// One page looks at most at this many records, whether they match or not; the rest is for the next.
pub const MAX_SCANNED: usize = 5_000;

/// One page of records about a subject looks at most at this many: each is a read of its own.
const MAX_LOOKED_UP: usize = 500;

/// Reads records; cheap to clone, safe to use from any thread.
#[derive(Clone)]
pub struct Reader {
    folder: PathBuf,
    marks: Arc<RwLock<Marks>>,
    texts: Texts,
    index: Option<Index>,
    frozen: bool,
}

/// Which records a page is about.
#[derive(Clone, Debug, Default)]
pub struct PageQuery {
    /// Only records with smaller numbers; the cursor of the page before.
    pub before: Option<u64>,
    /// At most this many records.
    pub limit: usize,
    /// Only records about this remediation or control.
    pub subject: Option<String>,
}

/// Records, newest first.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// The records that match, personal text put back.
    pub records: Vec<Record>,
    /// Where the next page begins, nothing at the journal's beginning. There may be more even if this
    /// page is short: it ends after [`MAX_SCANNED`] records.
    pub next: Option<u64>,
    /// How many records were looked at.
    pub scanned: usize,
}

impl Reader {
    pub(super) fn new(folder: PathBuf, marks: Arc<RwLock<Marks>>, texts: Texts) -> Self {
        Self { folder, marks, texts, index: None, frozen: false }
    }

    pub(super) fn with_index(self, index: Option<Index>) -> Self {
        Self { index, ..self }
    }

    /// Of a store that takes no more records: what comes after the last good one is damage.
    pub(super) fn frozen(self, frozen: bool) -> Self {
        Self { frozen, ..self }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn texts(&self) -> &Texts {
        &self.texts
    }

    /// The number of the last durable record.
    pub fn last_seq(&self) -> u64 {
        self.marks.read().unwrap_or_else(PoisonError::into_inner).end().seq - 1
    }

    /// One page, newest first, of the records that `keep` lets through. Its work is bounded.
    ///
    /// # Errors
    /// The system's, or [`StoreError::Frozen`] if a record can no longer be read.
    pub fn page(&self, query: &PageQuery, keep: impl Fn(&Record) -> bool) -> Result<Page, StoreError> {
        let last = self.last_seq();
        let before = query.before.unwrap_or(u64::MAX).min(last + 1);
        // An index that is behind would hide the newest records.
        let current = self.index.as_ref().filter(|index| index.position().is_some_and(|end| end.seq >= last));
        match (&query.subject, current) {
            (Some(subject), Some(index)) => {
                let found = index.about(subject, before, MAX_LOOKED_UP)?;
                self.look_up(&found, query.limit, keep)
            }
            (Some(subject), None) => {
                self.scan(before, query.limit, |record| index::names(record, subject) && keep(record))
            }
            (None, _) => self.scan(before, query.limit, keep),
        }
    }

    /// All records after number `seq`, oldest first, personal text put back.
    ///
    /// # Errors
    /// The system's, if the journal cannot be listed or opened.
    pub fn replay(&self, seq: u64) -> Result<Replay, StoreError> {
        let (block, end) = self.place_of(seq.saturating_add(1));
        let mut segments = segment::list_up_to(&self.folder, end)?;
        let Some(block) = block else {
            return Ok(Replay::new(Walk::new(Vec::new()), seq, self.texts.clone()));
        };
        segments.retain(|segment| segment.number >= block.start.segment);
        let walk = Walk::from_offset(segments, block.start.offset)?;
        Ok(Replay::new(walk, seq, self.texts.clone()))
    }

    /// Verifies the store while it is in use.
    ///
    /// # Errors
    /// As [`verify`](super::verify()).
    pub fn verify(&self, key: Option<&Verifier>) -> Result<VerifyReport, StoreError> {
        let dir = self.folder.parent().unwrap_or(&self.folder);
        let (_, end) = self.place_of(0);
        if self.frozen { verify::verify(dir, key) } else { verify::verify_up_to(dir, end, key) }
    }

    /// The hash of a record, nothing if there is no such record.
    ///
    /// # Errors
    /// The system's.
    pub fn hash_of(&self, seq: u64) -> Result<Option<RecordHash>, StoreError> {
        let (Some(block), _) = self.place_of(seq) else {
            return Ok(None);
        };
        let bytes = self.read_block(block)?;
        let line = line_of(block, &bytes, seq);
        Ok(line.and_then(|line| frame::decode(line).ok()).map(RecordHash::of))
    }

    fn place_of(&self, seq: u64) -> (Option<Block>, Mark) {
        let marks = self.marks.read().unwrap_or_else(PoisonError::into_inner);
        (marks.block_of(seq), marks.end())
    }

    fn scan(&self, before: u64, limit: usize, keep: impl Fn(&Record) -> bool) -> Result<Page, StoreError> {
        let mut page = Page { next: Some(before), ..Page::default() };
        while let Some(before) = page.next
            && page.records.len() < limit
            && page.scanned < MAX_SCANNED
        {
            let (Some(block), _) = self.place_of(before.saturating_sub(1)) else {
                page.next = None;
                break;
            };
            let records = self.records_of(block)?;
            let wanted = records.into_iter().rev().filter(|record| record.seq < before);
            page.take(wanted, limit, &keep);
        }
        page.next = page.next.filter(|&next| next > 1);
        Ok(page)
    }

    fn look_up(
        &self,
        found: &[u64],
        limit: usize,
        keep: impl Fn(&Record) -> bool,
    ) -> Result<Page, StoreError> {
        let mut page = Page::default();
        for &seq in found {
            if page.records.len() >= limit {
                return Ok(page);
            }
            page.take(self.record_at(seq)?.into_iter(), limit, &keep);
        }
        if found.len() < MAX_LOOKED_UP {
            page.next = None;
        }
        Ok(page)
    }

    fn record_at(&self, seq: u64) -> Result<Option<Record>, StoreError> {
        let (Some(block), _) = self.place_of(seq) else {
            return Ok(None);
        };
        let bytes = self.read_block(block)?;
        line_of(block, &bytes, seq).map(|line| self.record(block, seq, line)).transpose()
    }

    fn records_of(&self, block: Block) -> Result<Vec<Record>, StoreError> {
        let bytes = self.read_block(block)?;
        let lines = bytes.split_inclusive(|&byte| byte == b'\n');
        (block.start.seq..).zip(lines).map(|(seq, line)| self.record(block, seq, line)).collect()
    }

    fn record(&self, block: Block, seq: u64, line: &[u8]) -> Result<Record, StoreError> {
        let record = frame::decode(line).map_err(|fault| fault.to_string());
        let record = record.and_then(|json| Record::parse(json).map_err(|error| error.to_string()));
        match record {
            Ok(record) if record.seq == seq => Ok(with_texts(record, &self.texts)),
            Ok(record) => Err(changed(self.path(block), seq, format!("record {} stands there", record.seq))),
            Err(what) => Err(changed(self.path(block), seq, what)),
        }
    }

    fn read_block(&self, block: Block) -> Result<Vec<u8>, StoreError> {
        let path = self.path(block);
        let failed = || StoreError::io("read", &path);
        let file = File::open(&path).map_err(failed())?;
        let end = match block.end_offset {
            Some(end) => end,
            None => file.metadata().map_err(failed())?.len(),
        };
        let length = usize::try_from(end.saturating_sub(block.start.offset)).unwrap_or(0);
        let mut bytes = vec![0; length];
        file.read_exact_at(&mut bytes, block.start.offset).map_err(failed())?;
        Ok(bytes)
    }

    fn path(&self, block: Block) -> PathBuf {
        path_of(&self.folder, block.start.segment)
    }
}

/// The line of a record within its block.
fn line_of(block: Block, bytes: &[u8], seq: u64) -> Option<&[u8]> {
    let place = usize::try_from(seq.checked_sub(block.start.seq)?).ok()?;
    bytes.split_inclusive(|&byte| byte == b'\n').nth(place)
}

impl Page {
    /// Takes records, newest first, until the page is full; the cursor follows.
    fn take(&mut self, records: impl Iterator<Item = Record>, limit: usize, keep: &impl Fn(&Record) -> bool) {
        for record in records {
            if self.records.len() >= limit {
                return;
            }
            self.next = Some(record.seq);
            self.scanned += 1;
            if keep(&record) {
                self.records.push(record);
            }
        }
    }
}
