//! The chain of records: one step of verification, used alike by opening, appending and auditing.
//!
//! A chain starts at [`Position::START`] and takes the stored bytes of one record at a time. It
//! accepts exactly the record that may follow and names what is wrong with any other (R80).

use super::record::{Record, RecordError, RecordHash};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use thiserror::Error;
use trueconfig_common::id::TenantName;

/// A place in the journal: the number of a record and its hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// The record's number; 0 before the first.
    pub seq: u64,
    /// The record's hash; [`RecordHash::NONE`] before the first.
    pub hash: RecordHash,
}

impl Position {
    /// Before the first record.
    pub const START: Self = Self { seq: 0, hash: RecordHash::NONE };
}

/// Follows a journal record by record.
#[derive(Clone, Debug)]
pub struct Chain {
    tenant: Option<TenantName>,
    end: Position,
}

/// Why a record cannot stand where it stands.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Broken {
    /// The bytes are not a record.
    #[error("{0}")]
    Record(String),
    /// Records are missing, repeated or moved.
    #[error("record {found} stands where record {expected} belongs ({})", misplacement(*expected, *found))]
    Seq {
        /// The number that belongs here.
        expected: u64,
        /// The number that stands here.
        found: u64,
    },
    /// The record before this one is not the one this record was written after.
    #[error(
        "record {seq} was written after a record with hash {named}, but record {before} has hash {actual}: \
         record {before} was changed"
    )]
    Prev {
        /// The record that tells.
        seq: u64,
        /// The record that was changed.
        before: u64,
        /// The hash this record names.
        named: RecordHash,
        /// The hash of the record that stands before it.
        actual: RecordHash,
    },
    /// A record of another tenant's journal.
    #[error("record {seq} belongs to tenant \"{found}\", this journal to \"{expected}\"")]
    Tenant {
        /// The record.
        seq: u64,
        /// Whose journal this is.
        expected: TenantName,
        /// Whose record it is.
        found: TenantName,
    },
}

impl Chain {
    /// At the start of a journal. Without a tenant the first record says whose it is.
    pub fn new(tenant: Option<TenantName>) -> Self {
        Self { tenant, end: Position::START }
    }

    /// The last accepted record.
    pub fn end(&self) -> Position {
        self.end
    }

    /// Whose journal it is, once known.
    pub fn tenant(&self) -> Option<&TenantName> {
        self.tenant.as_ref()
    }

    /// Accepts the next record by its envelope; actor and body are covered by the hash, unread.
    ///
    /// # Errors
    /// [`Broken`], and the chain stays where it was.
    pub fn follow(&mut self, json: &[u8]) -> Result<Position, Broken> {
        let envelope: Envelope<'_> = serde_json::from_slice(json)
            .map_err(|error| Broken::Record(format!("not a journal record: {error}")))?;
        let tenant = TenantName::new(envelope.tenant);
        self.check(envelope.seq, envelope.prev, &tenant)?;
        self.tenant = Some(tenant);
        self.end = Position { seq: envelope.seq, hash: RecordHash::of(json) };
        Ok(self.end)
    }

    /// Like [`Chain::follow`], but reads the whole record and insists on its canonical form.
    ///
    /// # Errors
    /// [`Broken`], and the chain stays where it was.
    pub fn audit(&mut self, json: &[u8]) -> Result<Record, Broken> {
        let record =
            Record::parse_canonical(json).map_err(|error: RecordError| Broken::Record(error.to_string()))?;
        self.follow(json)?;
        Ok(record)
    }

    fn check(&self, seq: u64, prev: RecordHash, tenant: &TenantName) -> Result<(), Broken> {
        let expected = self.end.seq + 1;
        if seq != expected {
            return Err(Broken::Seq { expected, found: seq });
        }
        if prev != self.end.hash {
            return Err(Broken::Prev { seq, before: self.end.seq, named: prev, actual: self.end.hash });
        }
        match &self.tenant {
            Some(owner) if owner != tenant => {
                Err(Broken::Tenant { seq, expected: owner.clone(), found: tenant.clone() })
            }
            _ => Ok(()),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "read only to insist that the record has all eight keys")]
struct Envelope<'a> {
    seq: u64,
    #[serde(borrow)]
    time: Cow<'a, str>,
    #[serde(borrow)]
    tenant: Cow<'a, str>,
    actor: IgnoredAny,
    #[serde(borrow)]
    kind: Cow<'a, str>,
    version: u32,
    prev: RecordHash,
    body: IgnoredAny,
}

fn misplacement(expected: u64, found: u64) -> &'static str {
    if found > expected { "records were removed or moved" } else { "a record was repeated or moved" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::record::Draft;
    use chrono::DateTime;
    use serde_json::json;

    fn journal(count: u64) -> Vec<Vec<u8>> {
        let mut end = Position::START;
        (1..=count)
            .map(|seq| {
                let draft = Draft {
                    time: DateTime::UNIX_EPOCH,
                    actor: json!("system"),
                    kind: "tick".into(),
                    version: 1,
                    body: json!({ "n": seq }),
                };
                let json = Record::place(draft, &"contoso".into(), seq, end.hash).canonical().unwrap();
                end = Position { seq, hash: RecordHash::of(&json) };
                json
            })
            .collect()
    }

    fn first_fault(records: &[Vec<u8>]) -> Option<Broken> {
        let mut chain = Chain::new(Some("contoso".into()));
        records.iter().find_map(|json| chain.audit(json).err())
    }

    #[test]
    fn r80_an_untouched_chain_is_accepted() {
        assert_eq!(first_fault(&journal(20)), None);
    }

    #[test]
    fn r80_removed_repeated_and_moved_records_are_named() {
        let mut removed = journal(5);
        removed.remove(2);
        assert_eq!(first_fault(&removed), Some(Broken::Seq { expected: 3, found: 4 }));

        let mut repeated = journal(5);
        repeated.insert(3, repeated[2].clone());
        assert_eq!(first_fault(&repeated), Some(Broken::Seq { expected: 4, found: 3 }));

        let mut moved = journal(5);
        moved.swap(1, 2);
        assert_eq!(first_fault(&moved), Some(Broken::Seq { expected: 2, found: 3 }));
    }

    #[test]
    fn r80_a_changed_record_is_named_by_the_one_after_it() {
        let mut records = journal(5);
        let mut changed = Record::parse(&records[2]).unwrap();
        changed.body = json!({"n": 99});
        records[2] = changed.canonical().unwrap();
        let fault = first_fault(&records);
        assert!(matches!(fault, Some(Broken::Prev { seq: 4, before: 3, .. })), "{fault:?}");
    }

    #[test]
    fn a_record_of_another_tenant_is_refused() {
        let mut chain = Chain::new(Some("fabrikam".into()));
        assert!(matches!(chain.audit(&journal(1)[0]), Err(Broken::Tenant { seq: 1, .. })));
        assert_eq!(chain.end(), Position::START);
    }
}
