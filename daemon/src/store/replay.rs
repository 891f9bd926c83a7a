//! Records read from the segments in the order they were written.

use super::frame;
use super::personal::Texts;
use super::segment::Walk;
use super::{Damage, StoreError};
use std::path::PathBuf;
use trueconfig_core::journal::personal::resolve;
use trueconfig_core::journal::record::Record;

/// Records in the order of their numbers, personal text put back; ends after the first error.
pub struct Replay {
    walk: Walk,
    after: u64,
    texts: Option<Texts>,
    failed: bool,
}

impl Replay {
    /// The records of a walk that come after number `after`.
    pub(super) fn new(walk: Walk, after: u64, texts: Texts) -> Self {
        Self { walk, after, texts: Some(texts), failed: false }
    }

    /// All records of a walk as they were hashed, personal text left as digests.
    pub(super) fn unresolved(walk: Walk) -> Self {
        Self { walk, after: 0, texts: None, failed: false }
    }

    fn read(&mut self) -> Result<Option<Record>, StoreError> {
        while let Some(line) = self.walk.next_line()? {
            let record = frame::decode(line.bytes)
                .map_err(|fault| fault.to_string())
                .and_then(|json| Record::parse(json).map_err(|error| error.to_string()))
                .map_err(|what| changed(line.segment.path.clone(), self.after + 1, what))?;
            if record.seq > self.after {
                self.after = record.seq;
                return Ok(Some(match &self.texts {
                    Some(texts) => with_texts(record, texts),
                    None => record,
                }));
            }
        }
        Ok(None)
    }
}

impl Iterator for Replay {
    type Item = Result<Record, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let next = self.read();
        self.failed = next.is_err();
        next.transpose()
    }
}

/// The record with its references to personal text resolved.
pub(super) fn with_texts(mut record: Record, texts: &Texts) -> Record {
    let mut find = |reference: &_| texts.text(reference);
    resolve(&mut record.actor, &mut find);
    resolve(&mut record.body, &mut find);
    record
}

/// A record that was good when the store was opened is so no longer.
pub(super) fn changed(file: PathBuf, seq: u64, what: String) -> StoreError {
    StoreError::Frozen(Damage { file, line: 0, seq, what })
}
