//! The client's state and the one function that changes it.
//!
//! [`update::update`] is pure: state and event in, state and effects out. It reads no clock and
//! makes no call; the shell in [`crate::shell`] does both. The views draw from this state alone.

pub mod act;
pub mod commands;
pub mod dialog;
pub mod dialog_keys;
pub mod event;
pub mod fetch;
pub mod help;
pub mod jump;
pub mod pane;
pub mod perform;
pub mod pick;
pub mod place;
pub mod possible;
pub mod prompt;
pub mod scroll;
pub mod update;

use crate::keys::KeyTable;
use crate::look::{Accent, Look, Tone};
use crate::screens::settings::SettingRow;
use chrono::{DateTime, Utc};
use dialog::Dialog;
use event::{Now, Purpose, Ticket};
use help::Help;
use jump::Crumb;
use pane::{Browse, Load, Pane};
use place::{Focus, Place, ScreenId};
use prompt::Prompt;
use std::collections::BTreeMap;
use std::time::Duration;
use trueconfig_common::interface::audit::{AuditRecord, JournalReport};
use trueconfig_common::interface::controls::{ControlDetail, ControlRow};
use trueconfig_common::interface::drift::DriftRow;
use trueconfig_common::interface::objects::ObjectDetail;
use trueconfig_common::interface::settings::Settings;
use trueconfig_common::interface::status::Status;
use trueconfig_common::remediation::{RemediationDetail, RemediationRow};

/// Columns from which list and detail stand side by side.
pub const WIDE: u16 = 140;

/// Rows that the frame takes: title, tabs, message, hints.
pub const FRAME_ROWS: u16 = 4;

/// The link to the daemon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// Nothing heard yet.
    Connecting,
    /// Changes arrive.
    Up,
    /// Nothing arrives; what is shown is old and nothing can be changed.
    Lost {
        /// Since when.
        since: DateTime<Utc>,
        /// Why.
        cause: String,
        /// Tries to get it back.
        attempt: u32,
        /// No more tries by itself.
        gave_up: bool,
    },
}

/// A message to the person, until the next key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toast {
    /// How it sounds.
    pub tone: Tone,
    /// What it says.
    pub text: String,
}

/// What lies over the screen and takes the keys.
#[derive(Clone, Debug)]
pub enum Overlay {
    /// A question.
    Dialog(Dialog),
    /// What is possible now.
    Help(Help),
    /// A line being typed.
    Prompt(Prompt),
}

/// In which order controls are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// The daemon's: failing and most severe first.
    #[default]
    Urgency,
    /// By category.
    Category,
    /// By id.
    Id,
}

/// Everything the client knows.
#[derive(Debug)]
pub struct State {
    /// What keys mean.
    pub keys: KeyTable,
    /// How things look.
    pub look: Look,
    /// Tenants' own colours, by their names.
    pub accents: BTreeMap<String, Accent>,
    /// The tenant asked for; empty where the daemon has one only.
    pub tenant: String,
    /// The present, as of the last event.
    pub now: Now,
    /// When the last key came.
    pub last_key: Duration,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// The link.
    pub link: Link,
    /// The daemon's version, where its interface is another revision of ours and is only read from.
    pub read_only: Option<String>,
    /// How things stand, as the daemon said last.
    pub status: Option<Status>,
    /// The screen in view.
    pub screen: ScreenId,
    /// Which line of the overview is drawn first.
    pub overview_scroll: usize,
    /// Controls.
    pub controls: Pane<ControlRow, ControlDetail>,
    /// In which order they are listed.
    pub order: Order,
    /// Plans that wait.
    pub approvals: Pane<RemediationRow, RemediationDetail>,
    /// Remediations of the past.
    pub history: Pane<RemediationRow, RemediationDetail>,
    /// The journal.
    pub audit: Pane<AuditRecord, AuditRecord>,
    /// There are newer records than those listed.
    pub audit_newer: bool,
    /// What the last check of the chain found.
    pub chain: Option<JournalReport>,
    /// Drift.
    pub drift: Pane<DriftRow, DriftRow>,
    /// Settings as rows.
    pub settings: Pane<SettingRow, SettingRow>,
    /// The settings behind the rows.
    pub settings_read: Option<Settings>,
    /// Objects drilled down to.
    pub objects: Pane<ObjectDetail, ObjectDetail>,
    /// The way here from a list, where something was drilled down to.
    pub trail: Vec<Crumb>,
    /// Commands typed before, the oldest first.
    pub commands_typed: Vec<String>,
    /// What lies over the screen.
    pub overlay: Option<Overlay>,
    /// The message.
    pub toast: Option<Toast>,
    /// Calls under way.
    pub waiting: BTreeMap<Ticket, Purpose>,
    /// Tickets given out.
    pub tickets: u64,
    /// Something in view changed since the last frame.
    pub dirty: bool,
}

impl State {
    /// A client that just began, on the Controls screen.
    pub fn new(keys: KeyTable, look: Look, tenant: String, now: Now, size: (u16, u16)) -> Self {
        Self {
            keys,
            look,
            accents: BTreeMap::new(),
            tenant,
            now,
            last_key: Duration::ZERO,
            size,
            link: Link::Connecting,
            read_only: None,
            status: None,
            screen: ScreenId::Controls,
            overview_scroll: 0,
            controls: Pane::default(),
            order: Order::default(),
            approvals: Pane::default(),
            history: Pane::default(),
            audit: Pane::default(),
            audit_newer: false,
            chain: None,
            drift: Pane::default(),
            settings: Pane::default(),
            settings_read: None,
            objects: Pane::default(),
            trail: Vec::new(),
            commands_typed: Vec::new(),
            overlay: None,
            toast: None,
            waiting: BTreeMap::new(),
            tickets: 0,
            dirty: true,
        }
    }

    /// Another tenant: everything is forgotten but what belongs to the person and the terminal.
    /// Tickets go on, so that no late answer is taken for another one.
    pub fn begin_anew(&mut self, tenant: String) {
        let mut look = self.look;
        look.accent = None;
        let anew = Self::new(self.keys.clone(), look, tenant, self.now, self.size);
        let accents = std::mem::take(&mut self.accents);
        let commands_typed = std::mem::take(&mut self.commands_typed);
        *self = Self { accents, commands_typed, tickets: self.tickets, last_key: self.last_key, ..anew };
    }

    /// The pane of a screen; the overview has none.
    pub fn pane(&self, screen: ScreenId) -> Option<&dyn Browse> {
        Some(match screen {
            ScreenId::Overview => return None,
            ScreenId::Controls => &self.controls,
            ScreenId::Approvals => &self.approvals,
            ScreenId::History => &self.history,
            ScreenId::Audit => &self.audit,
            ScreenId::Drift => &self.drift,
            ScreenId::Settings => &self.settings,
            ScreenId::Object => &self.objects,
        })
    }

    /// The same, to change it.
    pub fn pane_mut(&mut self, screen: ScreenId) -> Option<&mut dyn Browse> {
        Some(match screen {
            ScreenId::Overview => return None,
            ScreenId::Controls => &mut self.controls,
            ScreenId::Approvals => &mut self.approvals,
            ScreenId::History => &mut self.history,
            ScreenId::Audit => &mut self.audit,
            ScreenId::Drift => &mut self.drift,
            ScreenId::Settings => &mut self.settings,
            ScreenId::Object => &mut self.objects,
        })
    }

    /// Where the keys go.
    pub fn place(&self) -> Place {
        let open = self.pane(self.screen).and_then(Browse::open_key).is_some();
        Place { screen: self.screen, focus: if open { Focus::Detail } else { Focus::List } }
    }

    /// Whether list and detail stand side by side.
    pub fn is_wide(&self) -> bool {
        self.size.0 >= WIDE
            && !matches!(self.screen, ScreenId::Overview | ScreenId::Settings | ScreenId::Object)
    }

    /// The key of the detail in view, if one is.
    pub fn detail_key(&self) -> Option<String> {
        let pane = self.pane(self.screen)?;
        let opened = pane.open_key().map(str::to_owned);
        opened.or_else(|| self.is_wide().then(|| pane.selected_key()).flatten())
    }

    /// The remediation in view, if its detail is read.
    pub fn remediation(&self) -> Option<&RemediationDetail> {
        let key = self.detail_key()?;
        match self.screen {
            ScreenId::Approvals => self.approvals.detail_of(&key),
            ScreenId::History => self.history.detail_of(&key),
            _ => None,
        }
    }

    /// The control selected or opened.
    pub fn control(&self) -> Option<&ControlRow> {
        match &self.controls.open {
            Some(key) => self.controls.detail_of(key).map(|detail| &detail.row),
            None => self.controls.row(),
        }
    }

    /// Says something until the next key.
    pub fn say(&mut self, tone: Tone, text: impl Into<String>) {
        self.toast = Some(Toast { tone, text: text.into() });
        self.dirty = true;
    }

    /// Takes a ticket for a call.
    pub fn ticket(&mut self, purpose: Purpose) -> Ticket {
        self.tickets += 1;
        let ticket = Ticket(self.tickets);
        self.waiting.insert(ticket, purpose);
        ticket
    }

    /// Tells that what the state says is on screen now.
    pub fn drawn(&mut self, elapsed: Duration) {
        self.dirty = false;
        if let Some(Overlay::Dialog(Dialog::Confirm(confirm))) = &mut self.overlay {
            confirm.shown_at.get_or_insert(elapsed);
        }
    }

    /// When the view changes by time alone; none if it does not.
    pub fn next_tick(&self) -> Option<Duration> {
        const PROGRESS: Duration = Duration::from_secs(1);
        const COUNTDOWN: Duration = Duration::from_secs(60);
        let scanning = self.status.as_ref().is_some_and(|status| status.scan.is_some());
        let lost = matches!(self.link, Link::Lost { .. });
        if lost || (scanning && self.screen == ScreenId::Overview) {
            return Some(PROGRESS);
        }
        let counts = matches!(self.screen, ScreenId::Overview | ScreenId::Approvals | ScreenId::History);
        counts.then_some(COUNTDOWN)
    }
}

/// A list that waits for its first rows has no other news to tell.
pub fn is_first_read(load: &Load, rows: usize) -> bool {
    rows == 0 && matches!(load, Load::Never | Load::Asking)
}

#[cfg(test)]
pub mod tests;
