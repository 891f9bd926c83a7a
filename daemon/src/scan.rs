//! One scan: collect, judge, store the snapshot. The daemon's task and `scan --once` both use it.

use crate::coordinator::{Force, Tenant};
use crate::graph::collect::{self, Progress, ScanCost};
use crate::graph::{GraphError, ReadPort};
use crate::store::{Snapshots, StoreError};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;
use trueconfig_common::interface::scan::{ScanProgress, ScanSummary};
use trueconfig_core::evaluate::{Evaluation, evaluate};
use trueconfig_core::lifecycle::Judged;
use trueconfig_core::snapshot::Snapshot;
use uuid::Uuid;

/// What a scan found.
#[derive(Debug)]
pub struct Scanned {
    /// The snapshot, judged.
    pub judged: Arc<Judged>,
    /// What it cost and came to.
    pub summary: ScanSummary,
}

/// Why a scan found nothing.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// There is no access to the tenant.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// The snapshot could not be kept.
    #[error("the snapshot cannot be stored: {0}")]
    Store(#[from] StoreError),
    /// A thread died.
    #[error("judging was cut short: {0}")]
    Thread(#[from] tokio::task::JoinError),
}

/// Scans a tenant and judges it with what is in force. `show` hears of every step.
///
/// # Errors
/// [`ScanError`]; a family that cannot be read is none, it stands in the snapshot as such.
pub async fn scan(
    read: &dyn ReadPort,
    tenant: &Arc<Tenant>,
    force: &Arc<Force>,
    snapshots: &Snapshots,
    show: impl Fn(&dyn Fn(&mut ScanProgress)),
) -> Result<Scanned, ScanError> {
    let (sender, mut progress) = watch::channel(Progress::default());
    let clock = || tenant.now();
    let wanted = collect::Wanted::of(&tenant.baseline, &force.config);
    let collecting = collect::collect(read, &wanted, &sender, &clock);
    tokio::pin!(collecting);
    let collected = loop {
        tokio::select! {
            collected = &mut collecting => break collected?,
            Ok(()) = progress.changed() => {
                let now = progress.borrow_and_update().clone();
                show(&|shown| collecting_so_far(shown, &now));
            }
        }
    };
    show(&|shown| "judge".clone_into(&mut shown.phase));
    let (snapshot, cost) = (collected.snapshot, collected.cost);
    let (tenant, force, snapshots) = (Arc::clone(tenant), Arc::clone(force), snapshots.clone());
    tokio::task::spawn_blocking(move || judge_and_store(&tenant, &force, &snapshots, snapshot, &cost)).await?
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
    snapshot: Snapshot,
    cost: &ScanCost,
) -> Result<Scanned, ScanError> {
    let id = Uuid::new_v4().to_string();
    let begun = Instant::now();
    let evaluation = evaluate(&snapshot, &tenant.baseline, &force.config, tenant.now());
    let judged = begun.elapsed();
    let begun = Instant::now();
    snapshots.put(&id, &snapshot, &tenant.retention)?;
    let summary = summary(&id, &snapshot, &evaluation, cost, judged, begun.elapsed());
    Ok(Scanned { judged: Arc::new(Judged { id, snapshot: snapshot.into(), evaluation }), summary })
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
