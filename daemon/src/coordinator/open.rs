//! Opening a tenant: replay, then the first record.

use super::{Coordinator, Force, Owner, QUEUE, Tenant, View};
use crate::store::{self, Disk, Signer, Snapshots, Store, StoreError};
use std::path::Path;
use std::sync::Arc;
use tokio::sync::{mpsc, watch};
use trueconfig_common::interface::CallError;
use trueconfig_common::remediation::Actor;
use trueconfig_core::baseline::Shipped;
use trueconfig_core::evaluate::evaluate;
use trueconfig_core::journal::event::Entry;
use trueconfig_core::journal::record::RecordError;
use trueconfig_core::lifecycle::{Command, Judged, Repaired};
use trueconfig_core::state::{IllegalEvent, State};

/// A tenant that is open.
pub struct Opened {
    /// How to reach its coordinator.
    pub coordinator: Coordinator,
    /// Its journal, for reading.
    pub reader: store::Reader,
    /// Its snapshots.
    pub snapshots: Snapshots,
    /// The owner of journal and state, not yet serving: see [`Owner::spawn`].
    pub owner: Owner,
}

/// Why a tenant cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A record that this daemon cannot read.
    #[error("the journal cannot be replayed: {0}; was it written by a newer daemon?")]
    Record(#[from] RecordError),
    /// Records that contradict each other.
    #[error("the journal cannot be replayed: {0}")]
    Illegal(#[from] IllegalEvent),
    /// The first record could not be written.
    #[error("the journal cannot be written: {0}")]
    Write(CallError),
}

/// Opens the store in `dir`, replays its journal and records the start.
///
/// # Errors
/// [`OpenError`]. A damaged journal is no error: the tenant opens frozen and says where.
pub fn open(
    disk: Arc<dyn Disk>,
    dir: &Path,
    tenant: Arc<Tenant>,
    signer: Option<Arc<Signer>>,
) -> Result<Opened, OpenError> {
    let opened = Store::open_on(disk, Arc::clone(&tenant.ambient.random), dir, &tenant.name)?;
    let store = opened.store;
    let state = replay(&store)?;
    let (reader, snapshots) = (store.reader(), store.snapshots());
    let force = Arc::new(Force::of(&tenant, &state, &store.baselines()));
    let judged = last_judged(&tenant, &force, &state, &snapshots);
    let damage = opened.damage.map(|damage| damage.to_string());
    let view = View {
        state: Arc::new(state.clone()),
        judged: judged.clone(),
        force: Arc::clone(&force),
        end: store.end(),
        trouble: None,
        damage: damage.clone(),
    };
    let (published, views) = watch::channel(Arc::new(view));
    let saved = state.seq;
    let (requests, queue) = mpsc::channel(QUEUE);
    let mut owner = Owner {
        tenant: Arc::clone(&tenant),
        store,
        signer,
        state,
        judged,
        force,
        published,
        trouble: None,
        damage,
        saved,
        queue,
    };
    if owner.damage.is_none() {
        let repairs = opened.repairs.iter().map(|one| repaired(one, dir)).collect();
        let shipped = owner.store.baselines().keep(&Shipped::embedded())?;
        let command = Command::Start { version: env!("CARGO_PKG_VERSION").to_owned(), shipped, repairs };
        owner.serve(command, Actor::system("daemon"), None).map_err(OpenError::Write)?;
    }
    Ok(Opened { coordinator: Coordinator { tenant, requests, views }, reader, snapshots, owner })
}

/// What is in force after a store's journal, for who judges without a coordinator.
///
/// # Errors
/// [`OpenError`] if the journal cannot be replayed.
pub fn replayed(store: &Store, tenant: &Tenant) -> Result<Force, OpenError> {
    Ok(Force::of(tenant, &replay(store)?, &store.baselines()))
}

/// The file is named within the store: a journal may be read elsewhere.
fn repaired(repair: &store::Repair, dir: &Path) -> Repaired {
    let file = repair.file.strip_prefix(dir).unwrap_or(&repair.file).display().to_string();
    Repaired { file, bytes: repair.bytes, what: repair.what.clone() }
}

/// Folds the journal, from the saved state where there is one.
fn replay(store: &Store) -> Result<State, OpenError> {
    let saved = store.load_state().and_then(|(position, bytes)| {
        let state: State = serde_json::from_slice(&bytes).ok()?;
        (state.seq == position.seq).then_some(state)
    });
    let mut state = saved.unwrap_or_default();
    for record in store.replay(state.seq)? {
        state.evolve(&Entry::from_record(&record?)?)?;
    }
    Ok(state)
}

/// Judges the last snapshot again, with the baseline as it is now. A lost one means that nothing
/// is known until the next scan, and no more.
fn last_judged(tenant: &Tenant, force: &Force, state: &State, snapshots: &Snapshots) -> Option<Arc<Judged>> {
    let id = state.history.snapshot.clone()?;
    let snapshot = match snapshots.get(&id) {
        Ok(found) => found?,
        Err(error) => {
            tracing::warn!(tenant = %tenant.name, %error, "the last snapshot is lost");
            return None;
        }
    };
    let evaluation = evaluate(&snapshot, &force.baseline, &force.config, tenant.now());
    Some(Arc::new(Judged { id, snapshot: snapshot.into(), evaluation }))
}
