//! Settings of a tenant (R50, R51); all of them are journal events.

use super::alerts::ChannelRow;
use super::method;
use crate::id::ControlId;
use crate::mode::Mode;
use crate::personal::Personal;
use crate::role::Role;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Asks for the settings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GetSettings {
    /// The tenant.
    #[serde(default)]
    pub tenant: String,
}
method!(GetSettings, Viewer, Settings);

/// The settings in force.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Whether remediation is on (R1, D6).
    pub auto_remediation_enabled: bool,
    /// Tenant-wide default (R16).
    pub default_mode: Mode,
    /// Per-control overrides with their reasons (R17, R88, D27).
    pub control_overrides: BTreeMap<ControlId, Override>,
    /// Controls held in manual after a rollback or failed verification (D9).
    pub holds: BTreeMap<ControlId, String>,
    /// The last break-glass test (R53).
    pub emergency_access_verified: Option<BreakGlassTest>,
    /// Whether a failed verification may roll back by itself (D9).
    pub auto_rollback: bool,
    /// The cron pattern of scans.
    pub schedule: String,
    /// Its time zone.
    pub time_zone: String,
    /// Level of the baseline, 1 to 3.
    pub level: u8,
    /// Digest of the baseline in force.
    pub baseline: String,
    /// Break-glass accounts from the configuration (D24).
    pub break_glass: Vec<String>,
    /// Who has which role, from the configuration.
    pub roles: BTreeMap<Role, Vec<String>>,
    /// What the daemon recommends (R23, R36, R85, R88), in words.
    pub advice: Vec<String>,
    /// Which role each method needs (D14).
    pub permissions: BTreeMap<String, Role>,
    /// Where alerts go, and whether they get there.
    #[serde(default)]
    pub channels: Vec<ChannelRow>,
}

/// One control's own mode.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Override {
    /// The mode.
    pub mode: Mode,
    /// Why (R88).
    pub reason: Personal,
    /// When it was set.
    pub since: DateTime<Utc>,
}

/// A break-glass test (R57).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BreakGlassTest {
    /// When.
    pub at: DateTime<Utc>,
    /// Who recorded it.
    pub by: String,
    /// Their note.
    pub note: Personal,
}

/// Switches remediation on or off (R2, R72).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetRemediation {
    /// The tenant.
    #[serde(default)]
    pub tenant: String,
    /// On or off.
    pub enabled: bool,
    /// Why.
    #[serde(default)]
    pub reason: String,
}
method!(SetRemediation, Admin, Settings);

/// Sets the tenant's default mode, or one control's (R16, R17).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetMode {
    /// The tenant.
    #[serde(default)]
    pub tenant: String,
    /// Which control; none for the tenant's default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control: Option<ControlId>,
    /// The mode; none takes an override away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    /// Why (R88); auto at blast radius 3 needs one (D1).
    #[serde(default)]
    pub reason: String,
}
method!(SetMode, Admin, Settings);

/// Switches whether a failed verification may roll back by itself (D9).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetAutoRollback {
    /// The tenant.
    #[serde(default)]
    pub tenant: String,
    /// On or off.
    pub enabled: bool,
    /// Why.
    #[serde(default)]
    pub reason: String,
}
method!(SetAutoRollback, Admin, Settings);

/// Records that the break-glass accounts were tested (R57).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordBreakGlassTest {
    /// The tenant.
    #[serde(default)]
    pub tenant: String,
    /// What was tested and seen.
    pub note: String,
}
method!(RecordBreakGlassTest, SecurityAdmin, Settings);

/// Pulls the kill switch (R52).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kill {
    /// The tenant.
    #[serde(default)]
    pub tenant: String,
    /// Why.
    #[serde(default)]
    pub reason: String,
}
method!(Kill, Admin, Settings);

/// Releases the kill switch; nothing cancelled comes back (D6).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resume {
    /// The tenant.
    #[serde(default)]
    pub tenant: String,
    /// Why.
    #[serde(default)]
    pub reason: String,
}
method!(Resume, SecurityAdmin, Settings);

/// Releases a control that is held in manual (D9).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReleaseHold {
    /// The tenant.
    #[serde(default)]
    pub tenant: String,
    /// Which control.
    pub control: ControlId,
    /// Why.
    #[serde(default)]
    pub reason: String,
}
method!(ReleaseHold, SecurityAdmin, Settings);
