//! The one owner of a tenant's journal and state.
//!
//! It receives commands, asks the core to decide, appends the resulting events durably, publishes
//! a view, and only then answers. No `if` about states lives here. It runs on a thread of its own,
//! because appending waits for the disk; requests come through a bounded channel, views go out
//! through a `watch`. A simulation, whose disk does not wait, serves as a task beside the others.

mod crash;
mod open;
mod publish;
#[cfg(test)]
mod tests;

pub use open::{OpenError, Opened, open, replayed};
pub use publish::View;

use crate::ambient::Ambient;
use crate::config::OwnControls;
use crate::store::{Baselines, Signer, Store, StoreError};
use chrono::{DateTime, SubsecRound, Utc};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::thread::JoinHandle;
use tokio::sync::{mpsc, oneshot, watch};
use trueconfig_common::id::TenantName;
use trueconfig_common::interface::CallError;
use trueconfig_common::remediation::Actor;
use trueconfig_core::baseline::{Baseline, TenantConfig};
use trueconfig_core::evaluate::evaluate;
use trueconfig_core::journal::event::{Entry, Event};
use trueconfig_core::lifecycle::{Command, Judged, Offer, Situation, decide};
use trueconfig_core::snapshot::Retention;
use trueconfig_core::state::State;

/// Requests that may wait.
const QUEUE: usize = 64;

/// Records between two saved states.
const SAVE_EVERY: u64 = 1_000;

/// What does not change while the daemon runs.
pub struct Tenant {
    /// The operator's name for it.
    pub name: TenantName,
    /// The controls that this version of the product offers, with the operator's own.
    pub baseline: Arc<Baseline>,
    /// Digest of the shipped files among them.
    pub files: String,
    /// The operator's own controls.
    pub own: OwnControls,
    /// What the operator configured.
    pub config: TenantConfig,
    /// How long snapshots are kept.
    pub retention: Retention,
    /// Clock and chance (D15).
    pub ambient: Ambient,
}

impl Tenant {
    /// The time.
    pub fn now(&self) -> DateTime<Utc> {
        self.ambient.clock.now()
    }

    /// The baseline that this version of the product offers.
    pub fn offer(&self) -> Offer {
        let (version, digest) = (self.baseline.version.clone(), self.baseline.digest.clone());
        Offer { version, digest, files: self.files.clone() }
    }

    /// What a decision may look at beside the state.
    pub fn situation<'a>(&'a self, force: &'a Force, judged: Option<&'a Judged>) -> Situation<'a> {
        // The journal keeps microseconds: deciding with more would make replay differ from life.
        let now = self.now().trunc_subsecs(6);
        Situation { now, baseline: &force.baseline, tenant: &force.config, judged }
    }
}

/// What is judged and decided with now: what is configured, and what people accepted since.
pub struct Force {
    /// The baseline: the one that was taken, with the operator's own controls.
    pub baseline: Arc<Baseline>,
    /// The operator's statements.
    pub config: TenantConfig,
    /// Why the baseline that was taken is not in force; none if it is.
    pub lost: Option<String>,
}

impl Force {
    /// What follows from a state.
    fn of(tenant: &Tenant, state: &State, copies: &Baselines) -> Self {
        let config = state.accepted.beside(&tenant.config);
        let offered = || Arc::clone(&tenant.baseline);
        let (baseline, lost) = match &state.accepted.baseline {
            Some(taken) if taken.files != tenant.files => match taken_before(tenant, &taken.files, copies) {
                Ok(baseline) => (Arc::new(baseline), None),
                Err(reason) => (offered(), Some(reason)),
            },
            _ => (offered(), None),
        };
        Self { baseline, config, lost }
    }
}

/// A baseline of another version of the product, from its copy.
fn taken_before(tenant: &Tenant, files: &str, copies: &Baselines) -> Result<Baseline, String> {
    let copy = copies.get(files).ok_or("its copy in the store is lost or was changed")?;
    copy.baseline(tenant.baseline.level, &tenant.own.files()).map_err(|error| error.to_string())
}

/// A request to the coordinator.
struct Request {
    command: Command,
    actor: Actor,
    judged: Option<(Arc<Judged>, Arc<Force>)>,
    reply: oneshot::Sender<Result<Vec<Entry>, CallError>>,
}

/// How everybody else reaches the coordinator.
#[derive(Clone)]
pub struct Coordinator {
    tenant: Arc<Tenant>,
    requests: mpsc::Sender<Request>,
    views: watch::Receiver<Arc<View>>,
}

impl Coordinator {
    /// What does not change.
    pub fn tenant(&self) -> &Arc<Tenant> {
        &self.tenant
    }

    /// The state as last published.
    pub fn view(&self) -> Arc<View> {
        Arc::clone(&self.views.borrow())
    }

    /// Views as they are published.
    pub fn views(&self) -> watch::Receiver<Arc<View>> {
        self.views.clone()
    }

    /// The time.
    pub fn now(&self) -> DateTime<Utc> {
        self.tenant.now()
    }

    /// Has a command decided. What it answers with is durable and published.
    ///
    /// # Errors
    /// The core's refusal, or [`CallError::Failed`] if the journal cannot be written.
    pub async fn send(&self, command: Command, actor: Actor) -> Result<Vec<Entry>, CallError> {
        self.request(command, actor, None).await
    }

    /// Has a finished scan taken in, with what it found and what it was judged with.
    ///
    /// # Errors
    /// As [`Coordinator::send`].
    pub async fn take_scan(
        &self,
        command: Command,
        judged: Arc<Judged>,
        force: Arc<Force>,
    ) -> Result<Vec<Entry>, CallError> {
        self.request(command, Actor::system("scanner"), Some((judged, force))).await
    }

    /// Whether the owner still answers: it lets time pass, behind whatever waits before. A refusal
    /// is an answer.
    pub async fn answers(&self) -> bool {
        let answer = self.send(Command::Tick, Actor::system("clock")).await;
        answer.is_ok() || !self.requests.is_closed()
    }

    async fn request(
        &self,
        command: Command,
        actor: Actor,
        judged: Option<(Arc<Judged>, Arc<Force>)>,
    ) -> Result<Vec<Entry>, CallError> {
        let (reply, answer) = oneshot::channel();
        let gone = |_| CallError::Failed { reason: "the daemon is stopping".to_owned() };
        self.requests.send(Request { command, actor, judged, reply }).await.map_err(|_| gone(()))?;
        answer.await.map_err(|_| gone(()))?
    }
}

/// The owner itself.
pub struct Owner {
    tenant: Arc<Tenant>,
    store: Store,
    signer: Option<Arc<Signer>>,
    state: State,
    judged: Option<Arc<Judged>>,
    force: Arc<Force>,
    published: watch::Sender<Arc<View>>,
    trouble: Option<String>,
    damage: Option<String>,
    saved: u64,
    queue: mpsc::Receiver<Request>,
}

impl Owner {
    /// Serves requests on a thread of its own until one of them is [`Command::Stop`], then closes the store.
    ///
    /// # Errors
    /// The system's, if it gives no thread.
    pub fn spawn(mut self) -> std::io::Result<JoinHandle<Result<(), StoreError>>> {
        let thread = std::thread::Builder::new().name(format!("coordinator-{}", self.tenant.name));
        thread.spawn(move || {
            while let Some(request) = self.queue.blocking_recv() {
                if self.take(request).is_break() {
                    break;
                }
            }
            self.close()
        })
    }

    /// The same as a task, whose executor waits whenever the disk does.
    ///
    /// # Errors
    /// [`StoreError`] if the store could not be closed; the journal is whole all the same.
    pub async fn run(mut self) -> Result<(), StoreError> {
        while let Some(request) = self.queue.recv().await {
            if self.take(request).is_break() {
                break;
            }
        }
        self.close()
    }

    fn take(&mut self, request: Request) -> ControlFlow<()> {
        let last = matches!(request.command, Command::Stop);
        let signs = last || matches!(request.command, Command::Tick);
        let judged = request.judged.map(|(judged, force)| self.as_of_now(judged, &force));
        let answer = self.serve(request.command, request.actor, judged);
        if signs {
            self.sign();
        }
        // Whoever asked may have gone away; what was decided stands all the same.
        let _ = request.reply.send(answer);
        if last { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn close(mut self) -> Result<(), StoreError> {
        self.save();
        self.store.close()
    }

    fn serve(
        &mut self,
        command: Command,
        actor: Actor,
        judged: Option<Arc<Judged>>,
    ) -> Result<Vec<Entry>, CallError> {
        let judged = judged.or_else(|| self.judged.clone());
        let force = Arc::clone(&self.force);
        let situation = self.tenant.situation(&force, judged.as_deref());
        let events = decide(&self.state, command, &situation)?;
        let (entries, next) = self.fold(events, &actor, situation.now)?;
        self.append(&entries)?;
        let accepted_else = next.accepted != self.state.accepted;
        self.state = next;
        self.judged = judged;
        if accepted_else {
            self.force = Arc::new(Force::of(&self.tenant, &self.state, &self.store.baselines()));
            self.rejudge();
        }
        self.publish();
        if self.state.seq >= self.saved + SAVE_EVERY {
            self.save();
        }
        Ok(entries)
    }

    /// Judges the last snapshot with what is accepted now: a verdict never rests on what no longer holds. What it
    /// comes to is recorded like any other change; if that fails, the next scan says it.
    fn rejudge(&mut self) {
        let Some(last) = self.judged.take() else { return };
        self.judged = Some(self.judge(&last));
        if let Err(error) = self.serve(Command::Rejudge, Actor::system("scanner"), None) {
            tracing::warn!(tenant = %self.tenant.name, %error, "changed verdicts could not be recorded");
        }
    }

    /// A scan's judgement, made again if something else was accepted while it ran.
    fn as_of_now(&self, judged: Arc<Judged>, force: &Arc<Force>) -> Arc<Judged> {
        if Arc::ptr_eq(force, &self.force) { judged } else { self.judge(&judged) }
    }

    fn judge(&self, last: &Judged) -> Arc<Judged> {
        let now = self.tenant.now();
        let evaluation = evaluate(&last.snapshot, &self.force.baseline, &self.force.config, now);
        Arc::new(Judged { id: last.id.clone(), snapshot: Arc::clone(&last.snapshot), evaluation })
    }

    /// Folds events into a copy of the state before they are written: an illegal one is a fault
    /// of ours and must not reach the journal.
    fn fold(
        &self,
        events: Vec<Event>,
        actor: &Actor,
        now: DateTime<Utc>,
    ) -> Result<(Vec<Entry>, State), CallError> {
        let mut next = self.state.clone();
        let mut entries = Vec::with_capacity(events.len());
        for event in events {
            let entry = Entry { seq: next.seq + 1, time: now, actor: actor.clone(), event };
            next.evolve(&entry).map_err(|illegal| failed(&illegal))?;
            entries.push(entry);
        }
        Ok((entries, next))
    }

    fn append(&mut self, entries: &[Entry]) -> Result<(), CallError> {
        if entries.is_empty() {
            return Ok(());
        }
        let starts_write = entries.iter().any(|entry| matches!(entry.event, Event::WriteIntended { .. }));
        if starts_write {
            self.store.ensure_room().map_err(|error| self.in_trouble(&error))?;
        }
        let drafts = entries.iter().map(Entry::draft).collect::<Result<Vec<_>, _>>();
        let drafts = drafts.map_err(|error| failed(&error))?;
        crash::boundary("before", entries);
        self.store.append(drafts).map_err(|error| self.in_trouble(&error))?;
        crash::boundary("after", entries);
        self.trouble = None;
        Ok(())
    }

    fn in_trouble(&mut self, error: &StoreError) -> CallError {
        tracing::error!(tenant = %self.tenant.name, %error, "the journal cannot be written");
        self.trouble = Some(error.to_string());
        self.publish();
        failed(error)
    }

    /// Signs what was added since the last time. The clock ticks several times a minute, and the note goes to
    /// the log as well: whoever changes the files cannot take it back from there.
    fn sign(&mut self) {
        let Some(signer) = self.signer.as_ref().filter(|_| self.damage.is_none()) else { return };
        match self.store.sign(signer, self.tenant.now()) {
            Ok(Some(note)) => tracing::info!(tenant = %self.tenant.name, note, "checkpoint signed"),
            Ok(None) => {}
            Err(error) => tracing::warn!(tenant = %self.tenant.name, %error, "no checkpoint was signed"),
        }
    }

    fn save(&mut self) {
        let saved = serde_json::to_vec(&self.state)
            .map_err(|error| error.to_string())
            .and_then(|bytes| {
                self.store.save_state(self.store.end(), &bytes).map_err(|error| error.to_string())
            })
            .and_then(|()| self.store.flush().map_err(|error| error.to_string()));
        match saved {
            Ok(()) => self.saved = self.state.seq,
            // The journal has everything; only the next start is slower.
            Err(error) => tracing::warn!(tenant = %self.tenant.name, error, "state not saved"),
        }
    }

    fn publish(&self) {
        self.published.send_replace(Arc::new(View {
            state: Arc::new(self.state.clone()),
            judged: self.judged.clone(),
            force: Arc::clone(&self.force),
            end: self.store.end(),
            trouble: self.trouble.clone(),
            damage: self.damage.clone(),
        }));
    }
}

fn failed(error: &dyn std::fmt::Display) -> CallError {
    CallError::Failed { reason: error.to_string() }
}
