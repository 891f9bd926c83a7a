//! Controls as shown.

use super::query::{self, Columns};
use crate::baseline::Control;
use crate::lifecycle::Situation;
use crate::state::State;
use trueconfig_common::id::ControlId;
use trueconfig_common::interface::controls::{ControlDetail, ControlRow, VerdictChange};
use trueconfig_common::interface::{CallError, ListQuery, Page};
use trueconfig_common::verdict::Verdict;

/// Verdicts shown in a row's sparkline.
const HISTORY: usize = 20;

/// Controls of the tenant's level; failing and most severe first.
///
/// # Errors
/// If the query makes no sense.
pub fn controls(
    state: &State,
    situation: &Situation<'_>,
    query: &ListQuery,
) -> Result<Page<ControlRow>, CallError> {
    let members = situation.baseline.members.iter().filter(|member| member.scored);
    let mut rows: Vec<ControlRow> = members.map(|member| row(state, situation, &member.control)).collect();
    rows.sort_by_key(|row| (rank(row.verdict), row.severity, row.id.clone()));
    query::page(rows, query)
}

fn rank(verdict: Option<Verdict>) -> usize {
    let position = |verdict| Verdict::ALL.iter().position(|one| *one == verdict);
    verdict.and_then(position).unwrap_or(Verdict::ALL.len())
}

fn row(state: &State, situation: &Situation<'_>, control: &Control) -> ControlRow {
    let id = &control.id;
    let known = state.history.controls.get(id);
    let judgement = situation.judgement(id);
    let mode = state.settings.mode(id).min(control.effective_highest_mode());
    ControlRow {
        id: id.clone(),
        title: control.title.clone(),
        category: control.category.clone(),
        severity: control.severity,
        level: control.level.get(),
        verdict: judgement.map(|one| one.verdict).or(known.map(|one| one.verdict)),
        reason: judgement.map_or_else(String::new, |one| one.reason.clone()),
        mode,
        overridden: state.settings.overrides.contains_key(id),
        held: state.settings.holds.get(id).map_or_else(String::new, |hold| hold.reason.clone()),
        blast_radius: control.blast_radius,
        failing_since: known.and_then(|one| one.failing_since),
        remediation: state.open().filter(|one| one.plan.control == *id).last().map(|one| one.id.clone()),
        history: history(known.map(|one| one.timeline.iter())),
    }
}

fn history<'a>(timeline: Option<impl DoubleEndedIterator<Item = &'a VerdictChange>>) -> Vec<Verdict> {
    let mut verdicts: Vec<Verdict> =
        timeline.into_iter().flatten().rev().take(HISTORY).map(|change| change.to).collect();
    verdicts.reverse();
    verdicts
}

/// Everything about a control.
///
/// # Errors
/// [`CallError::NotFound`] if the baseline has no such control.
pub fn control(state: &State, situation: &Situation<'_>, id: &ControlId) -> Result<ControlDetail, CallError> {
    let Some(control) = situation.control(id) else {
        return Err(CallError::NotFound {
            kind: "control".to_owned(),
            id: id.to_string(),
            help: "list them with `trueconfig controls`".to_owned(),
        });
    };
    let timeline = state.history.controls.get(id).map(|one| one.timeline.iter().rev().cloned().collect());
    let remediations = state.remediations.values().rev().filter(|one| one.plan.control == *id);
    let exceptions = situation.tenant.exceptions_of(id, situation.now);
    Ok(ControlDetail {
        row: row(state, situation, control),
        judgement: situation.judgement(id).cloned(),
        guidance: control.guidance.clone(),
        frameworks: control.frameworks.clone(),
        licence: control.licence.first().copied(),
        permissions: [control.permissions.read.clone(), control.permissions.write.clone()].concat(),
        depends_on: control.depends_on.clone(),
        highest_mode: control.effective_highest_mode(),
        never_auto: control.never_auto(),
        fix: crate::remedies::describe(&control.remedy).to_owned(),
        mode_reason: state.settings.overrides.get(id).map(|one| one.reason.clone()).unwrap_or_default(),
        timeline: timeline.unwrap_or_default(),
        remediations: remediations.map(|one| super::row(one, situation)).collect(),
        exceptions: exceptions
            .map(|one| {
                let until = one.expires.0.format("%Y-%m-%d");
                format!("{}: {} ({}, until {until})", one.object, one.reason, one.owner)
            })
            .collect(),
    })
}

impl Columns for ControlRow {
    const KEYS: &'static [&'static str] = &["verdict", "severity", "category", "mode", "id", "title"];

    fn column(&self, key: &str) -> String {
        match key {
            "verdict" => self.verdict.map_or("none", Verdict::as_str).to_owned(),
            "severity" => self.severity.as_str().to_owned(),
            "category" => self.category.clone(),
            "mode" => self.mode.as_str().to_owned(),
            "id" => self.id.to_string(),
            _ => self.title.clone(),
        }
    }

    fn text(&self) -> String {
        let verdict = self.verdict.map_or("", Verdict::as_str);
        format!("{} {} {} {verdict} {}", self.id, self.title, self.category, self.reason)
    }
}
