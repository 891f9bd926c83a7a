//! Which records of a journal are meant.

use super::index;
use std::ops::RangeInclusive;
use trueconfig_core::journal::record::Record;

/// Records by number, and by the remediation or control they are about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// Their numbers.
    pub records: RangeInclusive<u64>,
    /// Id of a remediation or a control in upper case; nothing for all.
    pub subject: Option<String>,
}

impl Default for Selection {
    fn default() -> Self {
        Self { records: 1..=u64::MAX, subject: None }
    }
}

impl Selection {
    /// Whether a record is one of them.
    pub fn wants(&self, record: &Record) -> bool {
        let about = |subject: &String| index::names(record, subject);
        self.records.contains(&record.seq) && self.subject.as_ref().is_none_or(about)
    }
}
