//! A control as its file states it (T3), checked.

use super::{
    FileError,
    check::Check,
    control_file::{self, Owner},
};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use trueconfig_common::{
    control::{Frameworks, Guidance, Licence, Severity},
    id::ControlId,
    mode::{BlastRadius, Mode},
};

/// Values of a control's parameters by name.
pub type Parameters = BTreeMap<String, Value>;

/// Controls that never run by themselves, whatever is configured (R62, D10).
const NEVER_AUTO: [&str; 4] = ["PA-01", "PA-03", "CA-01", "CA-02"];

/// One security requirement: how to judge it, why it matters, and what can fix it.
#[derive(Clone, Debug)]
pub struct Control {
    /// Its id, such as `PA-01`.
    pub id: ControlId,
    /// Its title.
    pub title: String,
    /// The part of the catalogue it belongs to.
    pub category: String,
    /// The lowest level that contains it.
    pub level: Level,
    /// How bad it is when it is not met.
    pub severity: Severity,
    /// Licences it needs, all of them (D19).
    pub licence: Vec<Licence>,
    /// How much its fix can break (T10).
    pub blast_radius: BlastRadius,
    /// Whether its fix is never rolled back automatically (R71).
    pub high_impact: bool,
    /// The highest mode an operator may choose.
    pub highest_mode: Mode,
    /// Parameters with their defaults; an empty text means that there is no default.
    pub parameters: Parameters,
    /// How it is judged.
    pub check: Check,
    /// What can fix it.
    pub remedy: Remedy,
    /// Controls that must have passed before its fix may run (R43).
    pub depends_on: Vec<ControlId>,
    /// What it needs of Graph.
    pub permissions: Permissions,
    /// References into public frameworks.
    pub frameworks: Frameworks,
    /// What people need to know to act on it.
    pub guidance: Guidance,
    /// Its tests.
    pub cases: Vec<super::Case>,
    /// The file it was read from.
    pub file: String,
    /// The meaning of the file without its cases, for the baseline's digest.
    pub(super) content: Value,
}

/// A level of the baseline (T2); each contains the ones below.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, serde::Serialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Level(u8);

/// What Graph must allow, as application permissions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Permissions {
    /// To judge.
    pub read: Vec<String>,
    /// To fix.
    #[serde(default)]
    pub write: Vec<String>,
}

/// What can fix a control. A closed list: each name stands for code with a tested inverse (D3).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Remedy {
    /// Guidance only.
    None,
    /// Removes direct permanent assignments in excess.
    RemoveRoleAssignment,
    /// Creates a report-only policy, or enables one, in two steps (D18).
    #[serde(rename = "conditional_access_policy")]
    ConditionalAccessPolicy {
        /// Name of the policy it creates.
        display_name: String,
    },
    /// Adds break-glass accounts to the exclusions of policies.
    ExcludeBreakGlass,
    /// Assigns the configured owner.
    AssignOwner,
    /// Adds a secret within the limit (D11).
    RotateSecret,
    /// Sets what the check wants where it looks.
    Setting,
    /// Limits the life of new credentials of applications.
    LimitAppCredentials,
    /// Ends idle sessions in time.
    EndIdleSessions,
    /// Keeps passwords of domains from expiring.
    KeepPasswords,
    /// Disables accounts.
    DisableUser,
    /// Disables service principals.
    DisableServicePrincipal,
    /// Lets only those assigned use an application.
    RequireAssignment,
    /// Disables devices.
    DisableDevice,
    /// Makes groups private.
    MakeGroupPrivate,
    /// Disables inbox rules.
    DisableInboxRule,
    /// Takes flagged application roles away.
    RemoveAppRole,
    /// Takes flagged permissions out of grants.
    NarrowGrant,
    /// Removes owners who are less privileged than what they own.
    RemoveOwner,
    /// Takes privileged roles away that were assigned directly.
    RemovePrivilegedRole,
    /// Turns permanent assignments into eligible ones, in two steps (D13).
    MakeEligible,
    /// Requires approval of activations.
    RequireApproval,
    /// Tells the configured recipients.
    TellRecipients,
    /// Leaves the roles of directory synchronisation out of policies.
    ExcludeSyncRoles,
    /// Makes the dynamic group of all guests.
    CreateGuestGroup,
}

impl Control {
    /// What the ids of an operator's own controls begin with; no shipped control does.
    pub const OPERATOR_PREFIX: &str = control_file::OPERATOR_PREFIX;

    /// Whether it may never run by itself (D10).
    pub fn never_auto(&self) -> bool {
        NEVER_AUTO.contains(&self.id.as_str())
    }

    /// The highest mode that has effect: a stored `auto` of a never-auto control is `manual` (R62).
    pub fn effective_highest_mode(&self) -> Mode {
        if self.never_auto() { self.highest_mode.min(Mode::Manual) } else { self.highest_mode }
    }

    /// Reads a control file.
    ///
    /// # Errors
    /// [`FileError`] with line and caret if a key is unknown or misplaced or a value does not do.
    pub fn parse(file: &str, text: &str) -> Result<Self, FileError> {
        control_file::parse(file, text, Owner::Product)
    }

    /// Reads a control file of the operator: its id begins with [`Control::OPERATOR_PREFIX`], and what could lock
    /// out administrators is never automatic (D10).
    ///
    /// # Errors
    /// As [`Control::parse`].
    pub fn parse_operators(file: &str, text: &str) -> Result<Self, FileError> {
        control_file::parse(file, text, Owner::Operator)
    }

    /// Whether it is the operator's own.
    pub fn is_operators(&self) -> bool {
        self.id.as_str().starts_with(Self::OPERATOR_PREFIX)
    }

    /// The commented file of a control of the operator to begin with.
    pub fn template(id: &ControlId) -> String {
        include_str!("template.toml").replace("ORG-00", id.as_str())
    }
}

impl Level {
    /// Recommended.
    pub const RECOMMENDED: Self = Self(1);
    /// Enhanced.
    pub const ENHANCED: Self = Self(2);
    /// Maximum.
    pub const MAXIMUM: Self = Self(3);

    /// The number.
    pub fn get(self) -> u8 {
        self.0
    }
}

impl TryFrom<u8> for Level {
    type Error = String;

    fn try_from(number: u8) -> Result<Self, String> {
        match number {
            1..=3 => Ok(Self(number)),
            other => Err(format!("level {other} is not 1, 2 or 3")),
        }
    }
}

impl From<Level> for u8 {
    fn from(level: Level) -> u8 {
        level.0
    }
}

impl Remedy {
    /// The name used in control files.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::RemoveRoleAssignment => "remove_role_assignment",
            Self::ConditionalAccessPolicy { .. } => "conditional_access_policy",
            Self::ExcludeBreakGlass => "exclude_break_glass",
            Self::AssignOwner => "assign_owner",
            Self::RotateSecret => "rotate_secret",
            Self::Setting => "setting",
            Self::LimitAppCredentials => "limit_app_credentials",
            Self::EndIdleSessions => "end_idle_sessions",
            Self::KeepPasswords => "keep_passwords",
            Self::DisableUser => "disable_user",
            Self::DisableServicePrincipal => "disable_service_principal",
            Self::RequireAssignment => "require_assignment",
            Self::DisableDevice => "disable_device",
            Self::MakeGroupPrivate => "make_group_private",
            Self::DisableInboxRule => "disable_inbox_rule",
            Self::RemoveAppRole => "remove_app_role",
            Self::NarrowGrant => "narrow_grant",
            Self::RemoveOwner => "remove_owner",
            Self::RemovePrivilegedRole => "remove_privileged_role",
            Self::MakeEligible => "make_eligible",
            Self::RequireApproval => "require_approval",
            Self::TellRecipients => "tell_recipients",
            Self::ExcludeSyncRoles => "exclude_sync_roles",
            Self::CreateGuestGroup => "create_guest_group",
        }
    }
}
