//! Drift as shown.

use super::query::{self, Columns};
use crate::lifecycle::Situation;
use crate::state::{Drift, State};
use trueconfig_common::interface::drift::{DriftRow, Mover};
use trueconfig_common::interface::{CallError, ListQuery, Page};

/// Drift, the newest first.
///
/// # Errors
/// If the query makes no sense.
pub fn drift(
    state: &State,
    situation: &Situation<'_>,
    query: &ListQuery,
) -> Result<Page<DriftRow>, CallError> {
    query::page(state.history.drift.iter().rev().map(|one| drift_row(one, situation)).collect(), query)
}

/// One drift.
pub fn drift_row(drift: &Drift, situation: &Situation<'_>) -> DriftRow {
    DriftRow {
        seq: drift.seq,
        at: drift.at,
        control: drift.control.clone(),
        title: situation.control(&drift.control).map_or_else(String::new, |one| one.title.clone()),
        from: drift.from,
        to: drift.to,
        reason: drift.reason.clone(),
        actor: actor(&drift.movers),
        movers: drift.movers.clone(),
        acknowledged: drift.acknowledged.clone(),
    }
}

/// Who did it, each once, the newest first.
pub(crate) fn actor(movers: &[Mover]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for mover in movers {
        if !names.contains(&mover.who.as_str()) {
            names.push(mover.who.as_str());
        }
    }
    if names.is_empty() { "unknown".to_owned() } else { names.join(", ") }
}

impl Columns for DriftRow {
    const KEYS: &'static [&'static str] = &["control", "actor", "acknowledged", "seq"];

    fn column(&self, key: &str) -> String {
        match key {
            "control" => self.control.to_string(),
            "actor" => self.actor.clone(),
            "acknowledged" => self.acknowledged.is_some().to_string(),
            _ => format!("{:020}", self.seq),
        }
    }

    fn text(&self) -> String {
        format!("{} {} {} {}", self.control, self.title, self.actor, self.reason)
    }
}
