//! What people do: anything the interface lets them do, at any time.

use crate::chance::Chance;
use crate::site::Site;
use chrono::TimeDelta;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use trueconfig_common::id::{ControlId, ObjectId};
use trueconfig_common::interface::CallError;
use trueconfig_common::mode::Mode;
use trueconfig_common::personal::Personal;
use trueconfig_common::remediation::{Actor, RemediationState};
use trueconfig_common::role::Role;
use trueconfig_common::window::Window;
use trueconfig_core::gates;
use trueconfig_core::lifecycle::{Approver, Command, NewException};
use trueconfig_core::remedies;
use trueconfig_core::state::{Remediation, State};
use trueconfig_daemon::coordinator::Coordinator;
use trueconfig_daemon::executor::observe_applied;
use trueconfig_daemon::graph::ReadPort;
use trueconfig_twin::{Lag, Weather};

/// What somebody can reach.
pub struct People<'a> {
    pub site: &'a Site,
    pub coordinator: &'a Coordinator,
    pub read: &'a dyn ReadPort,
    pub demand: &'a Notify,
}

/// Who does everything but approving.
const ADA: u32 = 1000;

/// Who approves; two of them must agree where many could be harmed.
const APPROVERS: [u32; 3] = [ADA, 1001, 1002];

/// Roles whose loss the writer feels.
const WRITES: [&str; 3] =
    ["RoleManagement.ReadWrite.Directory", "Policy.ReadWrite.ConditionalAccess", "Application.ReadWrite.All"];

impl People<'_> {
    /// As an operator begins: a test of the break-glass accounts, remediation on, modes, a scan.
    pub async fn begin(&self, chance: &mut Chance) {
        self.send(Command::RecordBreakGlassTest(text("both signed in"))).await;
        self.send(Command::SwitchRemediation(true, text("begin"))).await;
        self.send(Command::SetAutoRollback(chance.one_in(2), text("tried out"))).await;
        for control in self.controls() {
            let mode = if chance.one_in(3) { Mode::Auto } else { Mode::Manual };
            if self.set_mode(&control, mode).await.is_err() {
                let _ = self.set_mode(&control, Mode::Manual).await;
            }
        }
        self.demand.notify_one();
        tokio::time::sleep(Duration::from_secs(60)).await;
    }

    /// Something, and then some time.
    pub async fn act(&self, chance: &mut Chance) {
        self.do_something(chance).await;
        let pause = match chance.below(8) {
            0 if chance.one_in(8) => Duration::from_secs(8 * 24 * 3600),
            0 => Duration::from_secs(3600 * (1 + chance.below(40) as u64)),
            1 => Duration::from_secs(60 * (1 + chance.below(120) as u64)),
            2 | 3 => Duration::from_millis(chance.below(300) as u64),
            _ => Duration::from_secs(1 + chance.below(40) as u64),
        };
        tokio::time::sleep(pause).await;
    }

    async fn do_something(&self, chance: &mut Chance) {
        let state = self.coordinator.view().state.clone();
        match chance.below(100) {
            0..30 => self.approve(&state, chance).await,
            30..44 => self.roll_back(&state, chance).await,
            44..52 => self.demand.notify_one(),
            52..58 => self.plan(chance).await,
            58..61 => self.choose(&state, chance).await,
            61..64 => self.withdraw(&state, chance).await,
            64..67 => self.reject(&state, chance).await,
            67..71 => self.close(&state, chance).await,
            71..75 => self.release(&state).await,
            75..82 => self.switch(&state, chance).await,
            82..85 => self.change_mode(chance).await,
            85..87 => self.acknowledge(&state).await,
            87..89 => self.send(Command::RecordBreakGlassTest(text("again"))).await,
            89..93 => self.site.intrude(),
            93..97 => self.weather(chance),
            97..99 => self.except(&state, chance).await,
            _ => self.send(Command::SetAutoRollback(chance.one_in(2), text("changed"))).await,
        }
    }

    fn controls(&self) -> Vec<ControlId> {
        self.coordinator.tenant().baseline.members.iter().map(|one| one.control.id.clone()).collect()
    }

    async fn send(&self, command: Command) {
        // A refusal is an answer.
        let _ = self.coordinator.send(command, person(ADA)).await;
    }

    async fn approve(&self, state: &State, chance: &mut Chance) {
        let Some(one) = one_in(state, RemediationState::PendingApproval, chance) else { return };
        let view = self.coordinator.view();
        let situation = self.coordinator.tenant().situation(&view.force, view.judged.as_deref());
        let acknowledge = match chance.one_in(10) {
            true => Vec::new(),
            false => gates::failed(&gates::run(state, &one.plan, &situation)),
        };
        let window = chance.one_in(4).then(|| self.window(chance));
        for uid in APPROVERS.into_iter().filter(|_| !chance.one_in(3)) {
            let (id, digest, acknowledge) = (one.id.clone(), one.digest.clone(), acknowledge.clone());
            let approver = Approver { actor: person(uid), groups: Vec::new() };
            let note = text("the owner agreed");
            // A refusal is an answer.
            let approval =
                Command::Approve { id, digest, note, acknowledge, approver, window: window.clone() };
            let _ = self.coordinator.send(approval, person(uid)).await;
        }
    }

    /// Most begin later than now and end before much else happens.
    fn window(&self, chance: &mut Chance) -> Window {
        let minutes = |chance: &mut Chance| TimeDelta::minutes(1 + chance.below(180) as i64);
        let from = self.coordinator.now() - TimeDelta::minutes(20) + minutes(chance);
        Window { from, until: from + minutes(chance), zone: "Europe/Berlin".to_owned() }
    }

    async fn roll_back(&self, state: &State, chance: &mut Chance) {
        let possible: Vec<&Arc<Remediation>> =
            state.remediations.values().filter(|one| one.state.may_roll_back()).collect();
        let Some(one) = chance.pick(&possible) else { return };
        let Ok(observed) = observe_applied(self.read, one).await else { return };
        self.send(Command::Rollback { id: one.id.clone(), note: text("it broke something"), observed }).await;
    }

    async fn plan(&self, chance: &mut Chance) {
        if let Some(control) = chance.pick(&self.controls()) {
            self.send(Command::Plan(control.clone())).await;
        }
    }

    async fn choose(&self, state: &State, chance: &mut Chance) {
        let Some(one) = one_in(state, RemediationState::PendingApproval, chance) else { return };
        let view = self.coordinator.view();
        let situation = self.coordinator.tenant().situation(&view.force, view.judged.as_deref());
        let taken = state.taken(&one.plan.control, Some(&one.id));
        let choices = remedies::choices(&one.plan.control, &[], &taken, &situation);
        let wanted = choices
            .iter()
            .filter(|_| chance.one_in(2))
            .map(|choice| ObjectId::new(&choice.target.id))
            .collect();
        self.send(Command::Choose(one.id.clone(), wanted)).await;
    }

    async fn withdraw(&self, state: &State, chance: &mut Chance) {
        if let Some(one) = one_in(state, RemediationState::Approved, chance) {
            self.send(Command::Withdraw(one.id.clone(), text("wait"))).await;
        }
    }

    async fn reject(&self, state: &State, chance: &mut Chance) {
        if let Some(one) = one_in(state, RemediationState::PendingApproval, chance) {
            self.send(Command::Reject(one.id.clone(), text("no"))).await;
        }
    }

    async fn close(&self, state: &State, chance: &mut Chance) {
        let waiting: Vec<_> = state.remediations.values().filter(|one| one.needs_person()).collect();
        if let Some(one) = chance.pick(&waiting) {
            self.send(Command::Close(one.id.clone(), text("seen to by hand"))).await;
        }
    }

    async fn release(&self, state: &State) {
        if let Some(control) = state.settings.holds.keys().next() {
            self.send(Command::ReleaseHold(control.clone(), text("understood"))).await;
        }
    }

    async fn switch(&self, state: &State, chance: &mut Chance) {
        let command = match (state.settings.killed.is_some(), state.settings.auto_remediation_enabled) {
            (true, _) => Command::Resume(text("over")),
            (false, false) => Command::SwitchRemediation(true, text("on")),
            (false, true) if chance.one_in(2) => Command::Kill(text("stop")),
            (false, true) => Command::SwitchRemediation(false, text("off")),
        };
        self.send(command).await;
    }

    async fn change_mode(&self, chance: &mut Chance) {
        let modes = [Mode::Auto, Mode::Manual, Mode::Manual, Mode::Advisory];
        let (controls, mode) = (self.controls(), modes[chance.below(modes.len())]);
        if let Some(control) = chance.pick(&controls) {
            let _ = self.set_mode(control, mode).await;
        }
    }

    async fn set_mode(&self, control: &ControlId, mode: Mode) -> Result<(), CallError> {
        let (control, mode, reason) = (Some(control.clone()), Some(mode), text("it went well"));
        self.coordinator.send(Command::SetMode { control, mode, reason }, person(ADA)).await.map(|_| ())
    }

    /// Something is to be left alone for some days, or no longer.
    async fn except(&self, state: &State, chance: &mut Chance) {
        let view = self.coordinator.view();
        if let Some(one) = view.force.config.exceptions.last().filter(|_| chance.one_in(2)) {
            let object = text(&one.object);
            return self.send(Command::RemoveException(one.control.clone(), object, text("no longer"))).await;
        }
        let Some(one) = one_in(state, RemediationState::PendingApproval, chance) else { return };
        let Some(target) = one.plan.targets().next() else { return };
        let expires = self.coordinator.now() + TimeDelta::days(1 + chance.below(20) as i64);
        let new = NewException {
            control: one.plan.control.clone(),
            object: text(target.as_str()),
            reason: text("needed until it is replaced"),
            owner: text("Ada"),
            expires: Some(expires),
            value: None,
        };
        self.send(Command::AddException(new)).await;
    }

    async fn acknowledge(&self, state: &State) {
        if let Some(drift) = state.history.drift.back() {
            self.send(Command::AcknowledgeDrift(drift.seq, text("known"))).await;
        }
    }

    /// What is wrong with the network and with our permissions, until the next change.
    pub fn weather(&self, chance: &mut Chance) {
        let faults = self.site.twin.faults();
        WRITES.iter().for_each(|role| faults.restore_role(role));
        let rough = Weather::rough(chance.draw());
        let storm =
            Weather { timeout_after: 80, lost_after: 80, lost_before: 60, timeout_before: 60, ..rough };
        faults.set_weather(if chance.one_in(2) { storm } else { rough });
        let longest = if chance.one_in(4) { 60_000 } else { 8_000 };
        let lag = if chance.one_in(2) { Lag::Millis(200 + chance.below(longest) as u32) } else { Lag::None };
        faults.set_lag(lag);
        faults.set_creation_lag(lag);
        self.site.lagging(lag != Lag::None);
        let revoked = chance.one_in(4);
        if revoked {
            WRITES.iter().for_each(|role| faults.revoke_role(role));
        }
        self.site.revoked(revoked);
    }

    /// Nothing is wrong any more.
    pub fn fair_weather(&self) {
        let faults = self.site.twin.faults();
        faults.clear();
        WRITES.iter().for_each(|role| faults.restore_role(role));
        self.site.lagging(false);
        self.site.revoked(false);
        self.site.calm();
    }
}

fn one_in(state: &State, wanted: RemediationState, chance: &mut Chance) -> Option<Arc<Remediation>> {
    let found: Vec<_> = state.remediations.values().filter(|one| one.state == wanted).collect();
    chance.pick(&found).map(|one| Arc::clone(one))
}

fn person(uid: u32) -> Actor {
    Actor::Person { uid, name: text("Ada"), role: Role::SecurityAdmin, login_uid: None }
}

fn text(text: &str) -> Personal {
    Personal::new(text)
}
