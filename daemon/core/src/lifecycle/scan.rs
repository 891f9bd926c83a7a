//! What a scan sets off: verdicts, drift, verification, plans (R6, R7, R13, R14).

use super::attribution::{Movements, movers};
use super::sequence::Sequence;
use super::{Repaired, Situation, planning, refuse};
use crate::journal::event::Event;
use crate::state::{Remediation, State};
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use trueconfig_common::interface::CallError;
use trueconfig_common::personal::Personal;
use trueconfig_common::remediation::RemediationState;
use trueconfig_common::verdict::Verdict;

/// What a scan cost and could not read; what it found is in the situation.
#[derive(Clone, Debug, PartialEq)]
pub struct ScanFound {
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// Requests made.
    pub requests: u64,
    /// Objects read.
    pub objects: u64,
    /// Families that could not be read, with why.
    pub unreadable: BTreeMap<String, String>,
    /// What happened since the last scan, for whoever asks who did it.
    pub movements: Movements,
}

/// The daemon opened the journal. A scan that its end cut short is said to have failed.
pub(super) fn start(
    state: &State,
    version: String,
    shipped: String,
    repairs: Vec<Repaired>,
    situation: &Situation<'_>,
) -> Vec<Event> {
    let repaired = repairs.into_iter().map(|one| Event::JournalRepaired {
        file: one.file,
        bytes: one.bytes,
        what: one.what,
    });
    let baseline = situation.baseline.digest.clone();
    let started = Event::DaemonStarted { version, baseline, shipped: Some(shipped) };
    let interrupted = state.history.running.map(|scan| Event::ScanFailed {
        scan,
        started_at: situation.now,
        reason: Personal::new("the daemon stopped while it ran"),
    });
    repaired.chain([started]).chain(interrupted).collect()
}

pub(super) fn begin(state: &State, trigger: String) -> Result<Vec<Event>, CallError> {
    match state.history.running {
        Some(scan) => refuse(format!("scan {scan} is running")),
        None => Ok(vec![Event::ScanStarted { scan: state.history.scans + 1, trigger }]),
    }
}

pub(super) fn fail(state: &State, started_at: DateTime<Utc>, reason: String) -> Vec<Event> {
    let scan = state.history.scans;
    let message = Personal::new(format!("the scan failed: {reason}"));
    let alert = Event::Alerted { code: "scan_failed".to_owned(), control: None, id: None, message };
    vec![Event::ScanFailed { scan, started_at, reason: Personal::new(reason) }, alert]
}

/// Takes in a finished scan and plans what it calls for.
pub(super) fn finish(
    state: &State,
    found: &ScanFound,
    situation: &Situation<'_>,
) -> Result<Vec<Event>, CallError> {
    let Some(judged) = situation.judged else {
        return Err(CallError::Failed { reason: "a finished scan has no judgement".to_owned() });
    };
    let mut sequence = Sequence::new(state, situation.now);
    sequence.push(Event::ScanFinished {
        scan: state.history.scans,
        started_at: found.started_at,
        snapshot: judged.id.clone(),
        verdicts: judged.evaluation.counts(),
        score: judged.evaluation.score,
        requests: found.requests,
        objects: found.objects,
        unreadable: found.unreadable.clone(),
    })?;
    sequence.extend(changed_verdicts(state, &found.movements, situation))?;
    sequence.extend(confirmations(state, found, situation))?;
    planning::reconsider(&mut sequence, situation)?;
    planning::after_scan(&mut sequence, situation)?;
    Ok(sequence.into_events())
}

pub(super) fn changed_verdicts(
    state: &State,
    movements: &Movements,
    situation: &Situation<'_>,
) -> Vec<Event> {
    let since = state.history.last_scan.as_ref().map(|scan| scan.started_at);
    let judgements = situation.judged.into_iter().flat_map(|judged| &judged.evaluation.judgements);
    judgements
        .filter_map(|judgement| {
            let from = state.history.controls.get(&judgement.control).map(|known| known.verdict);
            (from != Some(judgement.verdict)).then(|| Event::VerdictChanged {
                control: judgement.control.clone(),
                from,
                to: judgement.verdict,
                reason: Personal::new(judgement.reason.clone()),
                // The first verdict of a control is nobody's doing.
                movers: from.map_or_else(Vec::new, |_| {
                    movers(judgement, situation.control(&judgement.control), movements, since)
                }),
            })
        })
        .collect()
}

/// Compares what the controls say now with what executed plans promised (R13, R14, D8).
fn confirmations(state: &State, found: &ScanFound, situation: &Situation<'_>) -> Vec<Event> {
    state
        .remediations
        .values()
        .filter(|one| one.state == RemediationState::Verified && one.scan_verdict.is_none())
        .filter(|one| one.executed_at.is_some_and(|at| at <= found.started_at))
        .filter_map(|one| Some((one, situation.verdict(&one.plan.control)?)))
        // What could not be judged says nothing of the fix: the next scan may.
        .filter(|(_, verdict)| !matches!(verdict, Verdict::Error | Verdict::NotApplicable))
        .flat_map(|(one, verdict)| confirmation(one, verdict))
        .collect()
}

fn confirmation(remediation: &Remediation, verdict: Verdict) -> Vec<Event> {
    let (id, control) = (remediation.id.clone(), remediation.plan.control.clone());
    let expected = remediation.plan.expected;
    let as_expected = verdict == expected || verdict == Verdict::Pass;
    let confirmed = Event::ScanVerified { id: id.clone(), verdict, as_expected };
    if as_expected {
        return vec![confirmed];
    }
    let reason = format!("after {id} the next scan says {verdict}, {expected} was expected");
    let alert = Event::Alerted {
        code: "fix_not_effective".to_owned(),
        control: Some(control.clone()),
        id: Some(id),
        message: Personal::new(format!("{control}: {reason}")),
    };
    vec![confirmed, alert, Event::HoldPlaced { control, reason }]
}
