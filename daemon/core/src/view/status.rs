//! How things stand.

use super::Fixed;
use crate::credentials;
use crate::lifecycle::Situation;
use crate::state::State;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;
use trueconfig_common::control::Severity;
use trueconfig_common::interface::scan::ScanProgress;
use trueconfig_common::interface::status::{HealthWarning, JournalPosition, Status, You};
use trueconfig_common::remediation::RemediationState;
use trueconfig_common::verdict::Verdict;

/// What only the shell knows.
#[derive(Clone, Debug)]
pub struct Daemon {
    /// The daemon's version.
    pub version: String,
    /// The tenant's name.
    pub tenant: String,
    /// All tenants' names.
    pub tenants: Vec<String>,
    /// When the next scan is due.
    pub next_scan: Option<DateTime<Utc>>,
    /// The running one.
    pub scan: Option<ScanProgress>,
    /// Where the journal stands.
    pub journal: JournalPosition,
    /// What is wrong with the shell: disk, damage.
    pub warnings: Vec<HealthWarning>,
}

/// How things stand, for one caller.
pub fn status(state: &State, situation: &Situation<'_>, fixed: &Fixed, daemon: &Daemon, you: You) -> Status {
    let judged = situation.judged.map(|judged| &judged.evaluation);
    Status {
        version: daemon.version.clone(),
        tenant: daemon.tenant.clone(),
        test_tenant: fixed.test_tenant,
        solo: situation.tenant.approval.solo,
        tenants: daemon.tenants.clone(),
        you,
        score: judged.and_then(|one| one.score),
        score_history: state.history.scores.iter().copied().collect(),
        verdicts: judged.map(|one| one.counts()).unwrap_or_default(),
        failing: failing(situation),
        pending: state.open().filter(|one| one.state == RemediationState::PendingApproval).count(),
        attention: state.remediations.values().filter(|one| one.needs_person()).count(),
        auto_remediation_enabled: state.settings.auto_remediation_enabled,
        killed: state.settings.killed.clone(),
        default_mode: state.settings.default_mode,
        emergency_access_verified: state.settings.emergency_access_verified.as_ref().map(|test| test.at),
        last_scan: state.history.last_scan.clone(),
        next_scan: daemon.next_scan,
        scan: daemon.scan.clone(),
        warnings: health(state, situation, fixed, &daemon.warnings),
        journal: daemon.journal.clone(),
    }
}

/// Everything that is wrong with the daemon and the upkeep of the tenant, as data. `own` is what only the shell
/// knows of itself.
pub fn health(
    state: &State,
    situation: &Situation<'_>,
    fixed: &Fixed,
    own: &[HealthWarning],
) -> Vec<HealthWarning> {
    [own, &ends(situation, fixed), &warnings(state, situation)].concat()
}

/// Proofs of ours that end soon.
fn ends(situation: &Situation<'_>, fixed: &Fixed) -> Vec<HealthWarning> {
    let snapshot = situation.judged.map(|judged| &*judged.snapshot);
    let endings = credentials::endings(&fixed.credentials, snapshot);
    endings.iter().filter_map(|ending| credentials::warning(ending, situation.now)).collect()
}

fn failing(situation: &Situation<'_>) -> BTreeMap<String, usize> {
    let mut failing = BTreeMap::new();
    for member in situation.baseline.members.iter().filter(|member| member.scored) {
        if situation.verdict(&member.control.id) == Some(Verdict::Fail) {
            *failing.entry(member.control.severity.as_str().to_owned()).or_default() += 1;
        }
    }
    failing
}

/// What is wrong with the tenant's upkeep, as data.
fn warnings(state: &State, situation: &Situation<'_>) -> Vec<HealthWarning> {
    let warning =
        |code: &str, severity, sentence: String| HealthWarning { code: code.to_owned(), severity, sentence };
    let mut warnings = Vec::new();
    match &state.settings.emergency_access_verified {
        None => warnings.push(warning(
            "break_glass_untested",
            Severity::Medium,
            "Break-glass accounts were never tested. Test them, then `trueconfig breakglass`.".to_owned(),
        )),
        Some(test) if situation.now - test.at > TimeDelta::days(30) => warnings.push(warning(
            "break_glass_overdue",
            Severity::Medium,
            format!("Break-glass accounts were last tested on {}.", test.at.format("%Y-%m-%d")),
        )),
        Some(_) => {}
    }
    if let Some(scan) = state.history.last_scan.as_ref().filter(|scan| !scan.error.is_empty()) {
        warnings.push(warning(
            "scan_failed",
            Severity::High,
            format!("The last scan failed: {}", scan.error),
        ));
    }
    if let Some(scan) = state.history.last_scan.as_ref().filter(|scan| !scan.unreadable.is_empty()) {
        let families: Vec<&str> = scan.unreadable.keys().map(String::as_str).collect();
        let sentence = format!("The last scan could not read {}.", families.join(", "));
        warnings.push(warning("unreadable", Severity::High, sentence));
    }
    if situation.tenant.break_glass.is_empty() {
        let sentence = "No break-glass accounts are configured: add `break_glass` to the tenant.".to_owned();
        warnings.push(warning("break_glass_missing", Severity::High, sentence));
    }
    warnings
}
