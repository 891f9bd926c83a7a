//! What the socket asks for, answered. One file per part of the interface.
//!
//! Whether a caller may call was decided before; a handler turns the call into a command or a
//! view and says who it was.

mod alerts;
mod audit;
mod baseline;
mod controls;
mod drift;
mod exceptions;
mod objects;
mod permissions;
mod remediations;
mod scan;
mod settings;
mod snapshots;
mod status;
mod subscribe;

use crate::alerts::Deliveries;
use crate::coordinator::{Coordinator, View};
use crate::graph::{ReadPort, WritePort};
use crate::ipc::Caller;
use crate::store;
use crate::tasks::Scans;
use std::collections::BTreeMap;
use std::sync::Arc;
use trueconfig_common::interface::status::{HealthWarning, JournalPosition, You};
use trueconfig_common::interface::{CallError, NOTE_LIMIT};
use trueconfig_common::personal::Personal;
use trueconfig_core::lifecycle::Situation;
use trueconfig_core::view::{self, Daemon, Fixed};

/// One tenant, as the handlers see it.
pub struct Tenant {
    /// The owner of journal and state.
    pub coordinator: Coordinator,
    /// Snapshots of the past.
    pub snapshots: store::Snapshots,
    /// The journal, for reading.
    pub journal: store::Reader,
    /// What verifies the signatures of checkpoints; none if nothing is signed.
    pub verifier: Option<store::Verifier>,
    /// Its scans.
    pub scans: Scans,
    /// Where its alerts go; the log of the system first.
    pub alerts: Vec<Deliveries>,
    /// Reads targets before a rollback.
    pub read: Arc<dyn ReadPort>,
    /// Tells what the writer was granted; none if there is no writer.
    pub write: Option<Arc<dyn WritePort>>,
    /// What the configuration fixes.
    pub fixed: Fixed,
}

/// Every tenant of this daemon.
pub struct Service {
    tenants: BTreeMap<String, Arc<Tenant>>,
}

impl Service {
    /// Serves these tenants, by their names.
    pub fn new(tenants: BTreeMap<String, Arc<Tenant>>) -> Self {
        Self { tenants }
    }

    /// The tenant meant: an empty name means the only one.
    fn tenant(&self, name: &str) -> Result<&Arc<Tenant>, CallError> {
        let found = match (name, self.tenants.len()) {
            ("", 1) => self.tenants.values().next(),
            (name, _) => self.tenants.get(name),
        };
        found.ok_or_else(|| CallError::NotFound {
            kind: "tenant".to_owned(),
            id: name.to_owned(),
            help: format!("name one with --tenant: {}", self.names().join(", ")),
        })
    }

    fn names(&self) -> Vec<String> {
        self.tenants.keys().cloned().collect()
    }
}

impl Tenant {
    fn view(&self) -> Arc<View> {
        self.coordinator.view()
    }

    fn situation<'a>(&'a self, view: &'a View) -> Situation<'a> {
        self.coordinator.tenant().situation(&view.force, view.judged.as_deref())
    }

    /// Everything that is wrong, as `GetStatus` tells it.
    pub fn health(&self) -> Vec<HealthWarning> {
        let view = self.view();
        view::health(&view.state, &self.situation(&view), &self.fixed, &self.warnings(&view))
    }

    /// What is wrong with the daemon itself.
    fn warnings(&self, view: &View) -> Vec<HealthWarning> {
        warnings(view).chain(self.alerts.iter().filter_map(Deliveries::warning)).collect()
    }

    /// What only the shell knows of itself.
    fn daemon(&self, view: &View, tenants: Vec<String>) -> Daemon {
        Daemon {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            tenant: self.coordinator.tenant().name.to_string(),
            tenants,
            next_scan: self.scans.next_due(view, self.coordinator.now()),
            scan: self.scans.progress(),
            journal: JournalPosition {
                records: view.end.seq,
                head: view.end.hash.to_string(),
                damage: view.damage.clone(),
            },
            warnings: self.warnings(view),
        }
    }
}

/// What the journal and the baseline warn of.
fn warnings(view: &View) -> impl Iterator<Item = HealthWarning> {
    let warning = |code: &str, sentence: String| HealthWarning {
        code: code.to_owned(),
        severity: trueconfig_common::control::Severity::Critical,
        sentence,
    };
    let damage = view.damage.iter().map(move |what| {
        warning("journal_damaged", format!("The journal is damaged, nothing is written any more: {what}"))
    });
    let trouble = view.trouble.iter().map(move |what| {
        warning("journal_unwritable", format!("Nothing is written to the tenant at present: {what}"))
    });
    let lost = view.force.lost.iter().map(move |why| {
        warning(
            "baseline_lost",
            format!("The baseline that was taken is not in force, the shipped one is: {why}"),
        )
    });
    damage.chain(trouble).chain(lost)
}

fn you(caller: &Caller) -> You {
    You { uid: caller.uid, name: caller.name.clone(), role: caller.role }
}

fn failed(error: &dyn std::fmt::Display) -> CallError {
    CallError::Failed { reason: error.to_string() }
}

/// Reads from disk off the async threads.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, CallError> + Send + 'static,
) -> Result<T, CallError> {
    let joined = tokio::task::spawn_blocking(work).await;
    joined.unwrap_or_else(|error| Err(failed(&error)))
}

/// A note as given, within bounds.
fn note(text: String) -> Result<Personal, CallError> {
    let length = text.chars().count();
    match length <= NOTE_LIMIT {
        true => Ok(Personal::new(text.trim())),
        false => Err(CallError::Invalid {
            message: format!("the note has {length} characters, at most {NOTE_LIMIT} are kept"),
        }),
    }
}
