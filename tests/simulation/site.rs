//! Where it all happens: the tenant, the power, the disk, and the judges who see every write.

use crate::chance::Chance;
use crate::coverage::Coverage;
use crate::disk::SimulatedDisk;
use crate::intruder;
use crate::judges::{self, Footprints, Reach};
use crate::ledger::{Ledger, Reading};
use crate::power::Power;
use crate::wire;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use trueconfig_daemon::graph::{Answer, Outgoing};
use trueconfig_twin::Twin;

/// See the module.
pub struct Site {
    pub twin: Twin,
    pub power: Arc<Power>,
    pub disk: Arc<SimulatedDisk>,
    pub coverage: Arc<Coverage>,
    /// Break-glass accounts and our own principals, by any of their ids.
    pub guarded: Guarded,
    watch: Mutex<Watch>,
}

/// Whom no write may touch.
#[derive(Clone, Debug, Default)]
pub struct Guarded {
    pub break_glass: Vec<String>,
    pub own: Vec<String>,
}

/// What the judges know so far.
struct Watch {
    chance: Chance,
    store: PathBuf,
    ledger: Ledger,
    footprints: Footprints,
    reach: Option<Reach>,
    last_write: Option<String>,
    intrusions: bool,
    revoked: bool,
    lagging: bool,
    faults: Vec<String>,
}

impl Site {
    pub fn new(
        twin: Twin,
        power: Arc<Power>,
        disk: Arc<SimulatedDisk>,
        coverage: Arc<Coverage>,
        guarded: Guarded,
        chance: Chance,
    ) -> Self {
        let watch = Watch {
            chance,
            store: PathBuf::new(),
            ledger: Ledger::default(),
            footprints: Footprints::default(),
            reach: None,
            last_write: None,
            intrusions: true,
            revoked: false,
            lagging: false,
            faults: Vec::new(),
        };
        Self { twin, power, disk, coverage, guarded, watch: Mutex::new(watch) }
    }

    /// The daemon's store is in another folder from now on.
    pub fn move_to(&self, store: &Path) {
        self.watch.lock().unwrap().store = store.to_owned();
    }

    /// Nobody else changes the tenant any more.
    pub fn calm(&self) {
        self.watch.lock().unwrap().intrusions = false;
        self.disk.calm();
    }

    pub fn revoked(&self, revoked: bool) {
        self.watch.lock().unwrap().revoked = revoked;
    }

    pub fn lagging(&self, lagging: bool) {
        self.watch.lock().unwrap().lagging = lagging;
    }

    /// What the judges objected to.
    pub fn faults(&self) -> Vec<String> {
        self.watch.lock().unwrap().faults.clone()
    }

    /// The journal as it is durable now.
    pub fn ledger(&self) -> Ledger {
        let mut watch = self.watch.lock().unwrap();
        self.follow(&mut watch);
        watch.ledger.clone()
    }

    /// Looks at what was rolled back since the last time, before anything else changes.
    pub fn look(&self) {
        let mut watch = self.watch.lock().unwrap();
        let reading = self.follow(&mut watch);
        self.judge_rollbacks(&mut watch, &reading);
    }

    pub fn goes_before_request(&self) -> bool {
        self.goes("crash before a request", self.power.before_request())
    }

    pub fn goes_after_request(&self) -> bool {
        self.goes("crash after a request", self.power.after_request())
    }

    fn goes(&self, kind: &str, now: bool) -> bool {
        if now {
            self.coverage.fault(kind);
            self.power.cut();
        }
        now
    }

    /// Somebody else changes the tenant at a time of their own.
    pub fn intrude(&self) {
        self.look();
        let mut watch = self.watch.lock().unwrap();
        let near = watch.last_write.clone().filter(|_| watch.chance.one_in(2));
        self.somebody_else(&mut watch, near.as_deref(), "second administrator at any time");
    }

    /// A write is about to leave: everything that allows it must be durable.
    pub fn before_write(&self, outgoing: &Outgoing<'_>) {
        let mut watch = self.watch.lock().unwrap();
        let reading = self.follow(&mut watch);
        self.judge_rollbacks(&mut watch, &reading);
        if watch.intrusions && watch.chance.one_in(8) {
            self.somebody_else(&mut watch, Some(outgoing.url.path()), "second administrator before a write");
        }
        let request = judges::Request::of(outgoing, &wire::body(outgoing.payload));
        self.coverage.check("a write has a durable intent and a valid approval");
        let (case, faults) = judges::allowed(&reading, &request);
        watch.faults.extend(faults);
        let control = case
            .as_ref()
            .and_then(|id| reading.cases.get(id))
            .map_or("", |case| case.plan["control"].as_str().unwrap_or_default());
        self.coverage.check("a write touches nobody guarded");
        watch.faults.extend(judges::guarded(&self.twin, &self.guarded, &request, control));
        watch.footprints.before(&self.twin, &request, case.as_deref());
        watch.reach = Some(Reach::of(&self.twin, &self.guarded));
    }

    /// A request was answered, or its connection lost.
    pub fn answered(&self, outgoing: &Outgoing<'_>, answer: &Answer, hung_up: bool, is_write: bool) {
        let mut watch = self.watch.lock().unwrap();
        let unseen = self.twin.last_request().is_some_and(|line| line.applied_unseen);
        let kind = match (answer.status, hung_up, unseen) {
            (_, true, true) => Some("connection lost after applying"),
            (_, true, false) => Some("connection lost before applying"),
            (429, ..) => Some("429"),
            (500.., _, true) => Some("time-out after applying"),
            (500.., _, false) => Some("5xx, not applied"),
            (403, ..) if watch.revoked && is_write => Some("revoked permission"),
            _ => None,
        };
        kind.into_iter().for_each(|kind| self.coverage.fault(kind));
        let applied = unseen || (!hung_up && answer.status < 300);
        if !is_write || !applied {
            return;
        }
        if watch.lagging {
            self.coverage.fault("lag");
        }
        let request = judges::Request::of(outgoing, &wire::body(outgoing.payload));
        let reading = watch.ledger.read();
        let (case, _) = judges::allowed(&reading, &request);
        let control = case.as_ref().and_then(|id| reading.cases.get(id)).map(|case| &case.plan["control"]);
        watch.last_write = Some(outgoing.url.path().to_owned());
        self.coverage.check("nobody is locked out after a write");
        let after = Reach::of(&self.twin, &self.guarded);
        if let Some(before) = watch.reach.take().filter(|_| control != Some(&Value::from("PA-03"))) {
            watch.faults.extend(after.worse_than(&before).map(|what| format!("{request}: {what}")));
        }
        if let Some(again) = watch.footprints.applied(&request) {
            watch.faults.push(again);
        }
        if watch.intrusions && watch.chance.one_in(8) {
            self.somebody_else(&mut watch, Some(outgoing.url.path()), "second administrator after a write");
        }
    }

    fn follow(&self, watch: &mut Watch) -> Reading {
        let durable = self.disk.durable_journal(&watch.store);
        watch.ledger.follow(&durable);
        watch.ledger.read()
    }

    fn judge_rollbacks(&self, watch: &mut Watch, reading: &Reading) {
        let (checked, faults) = watch.footprints.judge_rollbacks(&self.twin, reading);
        (0..checked).for_each(|_| self.coverage.check("rolled back is as before"));
        watch.faults.extend(faults);
    }

    fn somebody_else(&self, watch: &mut Watch, near: Option<&str>, kind: &str) {
        let edit = intruder::edit(&self.twin, &self.guarded, &mut watch.chance, near);
        let Some((method, path, body)) = edit else { return };
        if self.twin.edit(method, &path, body.as_ref()).is_ok() {
            watch.footprints.foreign(method, &path);
            self.coverage.fault(kind);
        }
    }
}
