//! What the operator chose. Every choice is an event (R2, R50).

use crate::journal::event::{Entry, Event};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use trueconfig_common::id::ControlId;
use trueconfig_common::interface::settings::{BreakGlassTest, Override};
use trueconfig_common::interface::status::Killed;
use trueconfig_common::mode::Mode;

/// Settings of one tenant; the default is what a new tenant has (R1, R84).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Whether remediation is on (D6).
    pub auto_remediation_enabled: bool,
    /// Position of the record that last switched it off; a rollback begun before it stops (D6).
    pub switched_off: u64,
    /// Set while the kill switch is pulled.
    pub killed: Option<Killed>,
    /// Tenant-wide default (R16).
    pub default_mode: Mode,
    /// Per-control overrides (R17).
    pub overrides: BTreeMap<ControlId, Override>,
    /// Controls held in manual (D9).
    pub holds: BTreeMap<ControlId, Hold>,
    /// Whether a failed verification may roll back by itself (D9).
    pub auto_rollback: bool,
    /// The last break-glass test (R53).
    pub emergency_access_verified: Option<BreakGlassTest>,
}

/// Why a control is held in manual.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hold {
    /// Since when.
    pub since: DateTime<Utc>,
    /// Why.
    pub reason: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            auto_remediation_enabled: false,
            switched_off: 0,
            killed: None,
            default_mode: Mode::Advisory,
            overrides: BTreeMap::new(),
            holds: BTreeMap::new(),
            auto_rollback: false,
            emergency_access_verified: None,
        }
    }
}

impl Settings {
    /// The mode in force for a control: off means advisory (D6), an override beats the default
    /// (R17), and a hold takes auto down to manual (D9).
    pub fn mode(&self, control: &ControlId) -> Mode {
        if !self.auto_remediation_enabled {
            return Mode::Advisory;
        }
        let chosen = self.chosen_mode(control);
        match self.holds.contains_key(control) {
            true => chosen.min(Mode::Manual),
            false => chosen,
        }
    }

    /// The mode the operator chose, whether in force or not.
    pub fn chosen_mode(&self, control: &ControlId) -> Mode {
        self.overrides.get(control).map_or(self.default_mode, |one| one.mode)
    }

    pub(super) fn apply(&mut self, entry: &Entry) {
        match &entry.event {
            Event::RemediationSwitched { auto_remediation_enabled, .. } => {
                self.switch(entry, *auto_remediation_enabled);
            }
            Event::KillSwitchPulled { reason } => {
                self.switch(entry, false);
                self.killed =
                    Some(Killed { at: entry.time, by: entry.actor.to_string(), reason: reason.clone() });
            }
            Event::KillSwitchReleased { .. } => {
                self.switch(entry, true);
                self.killed = None;
            }
            Event::ModeSet { control, mode, reason } => match (control, mode) {
                (None, mode) => self.default_mode = mode.unwrap_or(Mode::Advisory),
                (Some(control), None) => {
                    self.overrides.remove(control);
                }
                (Some(control), Some(mode)) => {
                    let one = Override { mode: *mode, reason: reason.clone(), since: entry.time };
                    self.overrides.insert(control.clone(), one);
                }
            },
            Event::AutoRollbackSet { enabled, .. } => self.auto_rollback = *enabled,
            Event::EmergencyAccessVerified { note } => {
                let by = entry.actor.to_string();
                self.emergency_access_verified =
                    Some(BreakGlassTest { at: entry.time, by, note: note.clone() });
            }
            Event::HoldPlaced { control, reason } => {
                let hold = Hold { since: entry.time, reason: reason.clone() };
                self.holds.insert(control.clone(), hold);
            }
            Event::HoldReleased { control, .. } => {
                self.holds.remove(control);
            }
            _ => {}
        }
    }

    fn switch(&mut self, entry: &Entry, enabled: bool) {
        self.auto_remediation_enabled = enabled;
        if !enabled {
            self.switched_off = entry.seq;
        }
    }
}
