//! One scan: collect, judge, store the snapshot. The daemon's task and `scan --once` both use it.

use crate::coordinator::{Force, Tenant};
use crate::graph::collect::{self, Basis, Collected, Marks, NoMemory, PageMemory, Progress, ScanCost, Start};
use crate::graph::{GraphError, ReadPort};
use crate::store::{PageLog, Snapshots, StoreError};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;
use trueconfig_common::interface::scan::{ScanProgress, ScanSummary};
use trueconfig_core::evaluate::{self, Evaluation, Verdicts};
use trueconfig_core::lifecycle::{Judged, Movements};
use trueconfig_core::snapshot::{AuditEntry, FamilyName, Snapshot, compare};
use uuid::Uuid;

/// What a scan found.
#[derive(Debug)]
pub struct Scanned {
    /// The snapshot, judged.
    pub judged: Arc<Judged>,
    /// The directory's audit log since the last scan.
    pub audits: Vec<AuditEntry>,
    /// What it cost and came to.
    pub summary: ScanSummary,
}

/// Why a scan found nothing.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// There is no access to the tenant.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// Where the next scan may start from could not be written down.
    #[error("the marks of the scan cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// The snapshot could not be kept.
    #[error("the snapshot cannot be stored: {0}")]
    Store(#[from] StoreError),
    /// The judging thread died.
    #[error("judging was cut short")]
    Judging,
    /// A thread died.
    #[error("judging was cut short: {0}")]
    Thread(#[from] tokio::task::JoinError),
}

/// Where the last scan left off; none if there was none, or its snapshot is lost. `judged` is the
/// snapshot in memory, if there is one.
pub fn basis(snapshots: &Snapshots, judged: Option<&Judged>) -> Option<Basis> {
    let (id, bytes) = snapshots.basis().ok()??;
    let marks: Marks = serde_json::from_slice(&bytes).ok()?;
    let snapshot = match judged.filter(|judged| judged.id == id) {
        Some(judged) => Snapshot::clone(&judged.snapshot),
        None => snapshots.get(&id).ok()??,
    };
    Some(Basis { snapshot, marks })
}

/// When the last scan began and when the last full one did, as far as is known.
pub fn marks(snapshots: &Snapshots) -> Marks {
    let basis = snapshots.basis().ok().flatten();
    basis.and_then(|(_, bytes)| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}

/// What was kept of the last scan's verdicts.
fn verdicts(snapshots: &Snapshots) -> Verdicts {
    let kept = snapshots.verdicts().ok().flatten();
    kept.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}

/// Pages of this scan, kept beyond the end of the process.
struct Pages<'a> {
    log: PageLog,
    tenant: &'a Tenant,
}

impl PageMemory for Pages<'_> {
    fn recall(&self, from: &str) -> Option<Vec<u8>> {
        self.log.recall(from)
    }

    fn keep(&self, list: &str, from: &str, body: &[u8]) {
        self.log.keep(list, from, body, self.tenant.now());
    }

    fn forget(&self, list: &str) {
        self.log.forget(list);
    }

    fn done(&self, list: &str) {
        self.log.done(list);
    }
}

/// Scans a tenant, all of it or from `basis` on, and judges it with what is in force. `show` hears of every step.
///
/// # Errors
/// [`ScanError`]; a family that cannot be read is none, it stands in the snapshot as such.
pub async fn scan(
    read: &dyn ReadPort,
    tenant: &Arc<Tenant>,
    force: &Arc<Force>,
    snapshots: &Snapshots,
    basis: Option<Basis>,
    show: impl Fn(&dyn Fn(&mut ScanProgress)),
) -> Result<Scanned, ScanError> {
    let last = marks(snapshots).began_at;
    let before = basis.is_some().then(|| verdicts(snapshots));
    let pages = snapshots.pages(tenant.now());
    let pages = pages.map(|log| Pages { log, tenant }).map_err(|error| {
        tracing::warn!(%error, "a scan that is cut short will begin anew");
    });
    let memory: &dyn PageMemory = match &pages {
        Ok(pages) => pages,
        Err(()) => &NoMemory,
    };
    let start = Start { basis, last, memory };
    let collected = collected(read, tenant, force, start, &show).await?;
    show(&|shown| "judge".clone_into(&mut shown.phase));
    let (owned, force, snapshots) = (Arc::clone(tenant), Arc::clone(force), snapshots.clone());
    let judging = move || judge_and_store(&owned, &force, &snapshots, collected, before);
    let stored = tokio::task::spawn_blocking(judging).await?;
    if let (Ok(_), Ok(pages)) = (&stored, &pages) {
        pages.log.end_scan();
    }
    stored
}

async fn collected(
    read: &dyn ReadPort,
    tenant: &Tenant,
    force: &Force,
    start: Start<'_>,
    show: &impl Fn(&dyn Fn(&mut ScanProgress)),
) -> Result<Collected, ScanError> {
    let (sender, mut progress) = watch::channel(Progress::default());
    let clock = || tenant.now();
    let wanted = collect::Wanted::of(&force.baseline, &force.config);
    let collecting = collect::collect(read, &wanted, start, &sender, &clock);
    tokio::pin!(collecting);
    loop {
        tokio::select! {
            collected = &mut collecting => return Ok(collected?),
            Ok(()) = progress.changed() => {
                let now = progress.borrow_and_update().clone();
                show(&|shown| collecting_so_far(shown, &now));
            }
        }
    }
}

fn collecting_so_far(shown: &mut ScanProgress, now: &Progress) {
    "collect".clone_into(&mut shown.phase);
    shown.requests = now.requests;
    shown.objects = now.objects.iter().map(|(name, count)| (name.as_str().to_owned(), *count)).collect();
}

fn judge_and_store(
    tenant: &Tenant,
    force: &Force,
    snapshots: &Snapshots,
    collected: Collected,
    before: Option<Verdicts>,
) -> Result<Scanned, ScanError> {
    let Collected { mut snapshot, marks, cost, audits } = collected;
    let (id, marks) = (Uuid::new_v4().to_string(), serde_json::to_vec(&marks)?);
    let now = tenant.now();
    let judge = |snapshot: &Snapshot, before: &Verdicts| {
        timed(|| evaluate::find(snapshot, &force.baseline, &force.config, now, before))
    };
    let store = |snapshot: &Snapshot| timed(|| snapshots.put(&id, snapshot, &marks, &tenant.retention));
    let ((found, judging), storing) = match before {
        // What did not change is known by how it is kept, so it is stored first.
        Some(before) => {
            let (stored, storing) = store(&snapshot);
            stored?.note(&mut snapshot);
            (judge(&snapshot, &before), storing)
        }
        // Else judging and storing need nothing of each other.
        None => {
            let (judged, (stored, storing)) = std::thread::scope(|scope| {
                let judging = scope.spawn(|| judge(&snapshot, &Verdicts::default()));
                let stored = store(&snapshot);
                judging.join().map(|judged| (judged, stored)).map_err(|_| ScanError::Judging)
            })?;
            stored?.note(&mut snapshot);
            (judged, storing)
        }
    };
    keep_verdicts(snapshots, &Verdicts::of(&found, &snapshot, &force.baseline, &force.config));
    let evaluation = evaluate::evaluation(found, &snapshot, &force.baseline);
    let summary = summary(&id, &snapshot, &evaluation, &cost, judging, storing);
    Ok(Scanned { judged: Arc::new(Judged { id, snapshot: snapshot.into(), evaluation }), audits, summary })
}

/// Without them the next scan judges everything.
fn keep_verdicts(snapshots: &Snapshots, verdicts: &Verdicts) {
    let kept = serde_json::to_vec(verdicts)
        .map_err(|error| StoreError::Database(error.to_string()))
        .and_then(|bytes| snapshots.keep_verdicts(&bytes));
    if let Err(error) = kept {
        tracing::warn!(%error, "the next scan judges everything anew");
    }
}

/// What happened between the snapshot before and this one; looked for only if a verdict changed.
pub fn movements(before: Option<&Judged>, after: &Judged, audits: Vec<AuditEntry>) -> Movements {
    let Some(before) = before.filter(|before| !audits.is_empty() && has_moved(before, after)) else {
        return Movements::default();
    };
    let named = |name: &str| FamilyName::ALL.iter().copied().find(|family| family.as_str() == name);
    let changes = compare(&before.snapshot, &after.snapshot).into_iter();
    let changed = changes.filter_map(|one| Some((named(&one.family)?, one.object))).collect();
    Movements { audits, changed }
}

fn has_moved(before: &Judged, after: &Judged) -> bool {
    let verdict = |one: &trueconfig_common::verdict::Judgement| (one.control.clone(), one.verdict);
    let verdicts = |judged: &Judged| judged.evaluation.judgements.iter().map(verdict).collect::<Vec<_>>();
    verdicts(before) != verdicts(after)
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let begun = Instant::now();
    (work(), begun.elapsed())
}

fn summary(
    id: &str,
    snapshot: &Snapshot,
    evaluation: &Evaluation,
    cost: &ScanCost,
    judging: Duration,
    storing: Duration,
) -> ScanSummary {
    let mut seconds: BTreeMap<String, f64> =
        cost.phases.iter().map(|(phase, time)| ((*phase).to_owned(), time.as_secs_f64())).collect();
    seconds.insert("judge".to_owned(), judging.as_secs_f64());
    seconds.insert("store".to_owned(), storing.as_secs_f64());
    let unreadable = snapshot.unreadable().into_iter();
    let unreadable = unreadable.map(|cause| (cause.family.as_str().to_owned(), cause.to_string())).collect();
    ScanSummary {
        snapshot: id.to_owned(),
        requests: cost.requests,
        objects: cost.objects.iter().map(|(name, count)| (name.as_str().to_owned(), *count)).collect(),
        seconds,
        unreadable,
        verdicts: evaluation.counts(),
        score: evaluation.score,
    }
}
