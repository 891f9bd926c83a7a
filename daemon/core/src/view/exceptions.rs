//! Exceptions as shown: those of the configuration and those that people made.

use super::query::{self, Columns};
use crate::baseline::Exception;
use crate::lifecycle::Situation;
use crate::state::State;
use chrono::{DateTime, Utc};
use trueconfig_common::id::ControlId;
use trueconfig_common::interface::exceptions::{AttestationRow, ExceptionRow};
use trueconfig_common::interface::{CallError, ListQuery, Page};
use trueconfig_common::personal::Personal;

/// Exceptions; those that end first at the top.
///
/// # Errors
/// If the query makes no sense.
pub fn exceptions(
    state: &State,
    situation: &Situation<'_>,
    query: &ListQuery,
) -> Result<Page<ExceptionRow>, CallError> {
    let all = situation.tenant.exceptions.iter();
    let mut rows: Vec<ExceptionRow> = all.map(|one| row(state, one, situation.now)).collect();
    rows.sort_by_key(|row| (row.expires, row.control.clone()));
    query::page(rows, query)
}

/// One exception that people made, as it stands.
pub fn exception(
    state: &State,
    control: &ControlId,
    object: &str,
    now: DateTime<Utc>,
) -> Option<ExceptionRow> {
    state.accepted.exception(control, object).map(|found| row(state, &found.statement(), now))
}

/// The newest confirmation of a control.
pub fn attestation(state: &State, control: &ControlId) -> Option<AttestationRow> {
    state.accepted.attestations.get(control).map(|found| AttestationRow {
        control: control.clone(),
        statement: found.statement.clone(),
        owner: found.owner.clone(),
        attested: found.at,
    })
}

fn row(state: &State, one: &Exception, now: DateTime<Utc>) -> ExceptionRow {
    let made =
        state.accepted.exception(&one.control, &one.object).is_some_and(|made| made.statement() == *one);
    ExceptionRow {
        control: one.control.clone(),
        object: Personal::new(one.object.clone()),
        reason: Personal::new(one.reason.clone()),
        owner: Personal::new(one.owner.clone()),
        expires: one.expires.0,
        value: one.value.clone().unwrap_or_default(),
        source: if made { "journal" } else { "configuration" }.to_owned(),
        counts: now < one.expires.0,
    }
}

impl Columns for ExceptionRow {
    const KEYS: &'static [&'static str] = &["control", "object", "owner", "source", "counts", "expires"];

    fn column(&self, key: &str) -> String {
        match key {
            "control" => self.control.to_string(),
            "object" => self.object.to_string(),
            "owner" => self.owner.to_string(),
            "source" => self.source.clone(),
            "counts" => self.counts.to_string(),
            _ => self.expires.to_rfc3339(),
        }
    }

    fn text(&self) -> String {
        format!("{} {} {} {}", self.control, self.object, self.owner, self.reason)
    }
}
