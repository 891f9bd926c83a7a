//! What scans found over time: verdicts, drift, scores.

use crate::journal::event::{Entry, Event};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};
use trueconfig_common::id::ControlId;
use trueconfig_common::interface::controls::VerdictChange;
use trueconfig_common::interface::drift::{Acknowledged, Mover};
use trueconfig_common::interface::status::LastScan;
use trueconfig_common::verdict::Verdict;

/// Verdict changes kept in memory per control; the journal has all.
const TIMELINE_LIMIT: usize = 100;
/// Drifts kept in memory; the journal has all.
const DRIFT_LIMIT: usize = 1_000;
/// Scores kept for the sparkline.
const SCORE_LIMIT: usize = 60;

/// What scans found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TenantHistory {
    /// Per control.
    pub controls: BTreeMap<ControlId, ControlState>,
    /// The newest last.
    pub drift: VecDeque<Drift>,
    /// Scores, the oldest first.
    pub scores: VecDeque<f64>,
    /// Numbers of scans given out.
    pub scans: u64,
    /// The scan under way, if its end is not in the journal yet.
    pub running: Option<u64>,
    /// The last one that ended, well or not.
    pub last_scan: Option<LastScan>,
    /// Id of the newest snapshot.
    pub snapshot: Option<String>,
}

/// What is known of one control.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ControlState {
    /// What it says.
    pub verdict: Verdict,
    /// Since when it fails; none if it does not.
    pub failing_since: Option<DateTime<Utc>>,
    /// Its changes, the newest last.
    pub timeline: VecDeque<VerdictChange>,
}

/// A transition from met to not met (T6).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drift {
    /// Position of its record.
    pub seq: u64,
    /// When.
    pub at: DateTime<Utc>,
    /// Which control.
    pub control: ControlId,
    /// Before.
    pub from: Verdict,
    /// After.
    pub to: Verdict,
    /// What was found.
    pub reason: String,
    /// Who did what it comes from, as far as is known.
    #[serde(default)]
    pub movers: Vec<Mover>,
    /// Who took note.
    pub acknowledged: Option<Acknowledged>,
}

impl TenantHistory {
    pub(super) fn apply(&mut self, entry: &Entry) {
        match &entry.event {
            Event::ScanStarted { scan, .. } => {
                self.scans = *scan;
                self.running = Some(*scan);
            }
            Event::ScanFinished { started_at, snapshot, score, requests, objects, unreadable, .. } => {
                self.running = None;
                self.snapshot = Some(snapshot.clone());
                if let Some(score) = score {
                    push(&mut self.scores, *score, SCORE_LIMIT);
                }
                self.last_scan = Some(LastScan {
                    started_at: *started_at,
                    finished_at: entry.time,
                    snapshot: snapshot.clone(),
                    error: String::new(),
                    unreadable: unreadable.clone(),
                    requests: *requests,
                    objects: *objects,
                });
            }
            Event::ScanFailed { started_at, reason, .. } => {
                self.running = None;
                self.last_scan = Some(LastScan {
                    started_at: *started_at,
                    finished_at: entry.time,
                    snapshot: String::new(),
                    error: reason.to_string(),
                    unreadable: BTreeMap::new(),
                    requests: 0,
                    objects: 0,
                });
            }
            Event::VerdictChanged { control, from, to, reason, movers } => {
                let (at, from, to, reason) = (entry.time, *from, *to, reason.as_str().to_owned());
                let change = VerdictChange { at, from, to, reason, movers: movers.clone() };
                self.verdict_changed(entry, control, change);
            }
            Event::DriftAcknowledged { drift, .. } => {
                let by = entry.actor.to_string();
                if let Some(found) = self.drift.iter_mut().find(|one| one.seq == *drift) {
                    found.acknowledged = Some(Acknowledged { at: entry.time, by });
                }
            }
            _ => {}
        }
    }

    fn verdict_changed(&mut self, entry: &Entry, control: &ControlId, change: VerdictChange) {
        let VerdictChange { to, reason, movers, .. } = change.clone();
        let state = self.controls.entry(control.clone()).or_insert_with(|| ControlState {
            verdict: to,
            failing_since: None,
            timeline: VecDeque::new(),
        });
        // What could not be read says nothing: drift is told from the last answer there was.
        let known = state.timeline.iter().rev().map(|change| change.to).find(|one| *one != Verdict::Error);
        state.verdict = to;
        state.failing_since = match to {
            Verdict::Fail => state.failing_since.or(Some(entry.time)),
            _ => None,
        };
        push(&mut state.timeline, change, TIMELINE_LIMIT);
        let Some(from) = known else { return };
        if is_drift(from, to) {
            let drift = Drift {
                seq: entry.seq,
                at: entry.time,
                control: control.clone(),
                from,
                to,
                reason,
                movers,
                acknowledged: None,
            };
            push(&mut self.drift, drift, DRIFT_LIMIT);
        }
    }
}

/// Whether a change of verdict is drift: from met to not met (T6).
pub fn is_drift(from: Verdict, to: Verdict) -> bool {
    from == Verdict::Pass && matches!(to, Verdict::Fail | Verdict::Warning)
}

fn push<T>(list: &mut VecDeque<T>, item: T, limit: usize) {
    if list.len() == limit {
        list.pop_front();
    }
    list.push_back(item);
}
