//! The methods of `io.trueconfig.v1`, spoken as Varlink over the local socket.
//!
//! A method is a parameter type that names its method and its reply. Every method names its
//! tenant, except that a daemon of one tenant takes an empty name for that one. Lists take one
//! [`ListQuery`] and give a [`Page`]; the filter is evaluated in the daemon.

pub mod alerts;
pub mod audit;
pub mod baseline;
pub mod controls;
pub mod drift;
pub mod exceptions;
pub mod objects;
pub mod permissions;
pub mod remediations;
pub mod scan;
pub mod settings;
pub mod snapshots;
pub mod status;
pub mod subscribe;

use crate::role::Role;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The interface's name; its number is the protocol version.
pub const INTERFACE: &str = "io.trueconfig.v1";

/// Largest frame on the socket, in bytes.
pub const FRAME_LIMIT: usize = 16 * 1024 * 1024;

/// Largest frame a daemon takes, in bytes. No parameters come near; what a daemon buffers for
/// all its connections together stays small.
pub const REQUEST_LIMIT: usize = 1024 * 1024;

/// Most rows in one page.
pub const PAGE_LIMIT: u16 = 500;

/// Longest note a person can leave, in characters.
pub const NOTE_LIMIT: usize = 2_000;

/// A method's parameters, tied to its name and reply.
pub trait Method: Serialize + DeserializeOwned + Send {
    /// Name within the interface, such as `GetStatus`.
    const NAME: &'static str;
    /// The least role that may call it (D14).
    const ROLE: Role;
    /// What it answers; a stream of these where it is called with `more`.
    type Reply: Serialize + DeserializeOwned + Send;
    /// How often it answers.
    const ANSWERS: Answers = Answers::Once;
}

/// How often a method answers one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answers {
    /// Once, `more` or not.
    Once,
    /// With `more` until it is done; without, the first answer is the only one.
    OnceOrMore,
    /// Must be called with `more`.
    More,
}

macro_rules! method {
    ($params:ident, $role:ident, $reply:ty $(, $answers:ident)?) => {
        impl $crate::interface::Method for $params {
            const NAME: &'static str = stringify!($params);
            const ROLE: $crate::role::Role = $crate::role::Role::$role;
            type Reply = $reply;
            $(const ANSWERS: $crate::interface::Answers = $crate::interface::Answers::$answers;)?
        }
    };
}
pub(crate) use method;

/// Gives every method of the interface to a macro, as `once: [types], stream: [types],`. Whoever
/// serves or tabulates methods expands over this list, so that a new one cannot be forgotten.
#[macro_export]
macro_rules! with_methods {
    ($then:ident) => {
        $then! {
            once: [
                $crate::interface::alerts::ListChannels,
                $crate::interface::alerts::TestChannel,
                $crate::interface::audit::ListAudit,
                $crate::interface::audit::VerifyJournal,
                $crate::interface::baseline::GetBaseline,
                $crate::interface::baseline::TakeBaseline,
                $crate::interface::controls::GetControl,
                $crate::interface::controls::ListControls,
                $crate::interface::drift::AcknowledgeDrift,
                $crate::interface::drift::ListDrift,
                $crate::interface::exceptions::AddException,
                $crate::interface::exceptions::Attest,
                $crate::interface::exceptions::ListExceptions,
                $crate::interface::exceptions::RemoveException,
                $crate::interface::objects::GetObject,
                $crate::interface::permissions::GetPermissions,
                $crate::interface::remediations::Approve,
                $crate::interface::remediations::ChooseTargets,
                $crate::interface::remediations::CloseRemediation,
                $crate::interface::remediations::GetRemediation,
                $crate::interface::remediations::ListRemediations,
                $crate::interface::remediations::PlanFix,
                $crate::interface::remediations::Reject,
                $crate::interface::remediations::Rollback,
                $crate::interface::remediations::Withdraw,
                $crate::interface::settings::GetSettings,
                $crate::interface::settings::Kill,
                $crate::interface::settings::RecordBreakGlassTest,
                $crate::interface::settings::ReleaseHold,
                $crate::interface::settings::Resume,
                $crate::interface::settings::SetAutoRollback,
                $crate::interface::settings::SetMode,
                $crate::interface::settings::SetRemediation,
                $crate::interface::snapshots::CompareSnapshots,
                $crate::interface::snapshots::ListSnapshots,
                $crate::interface::status::GetStatus,
            ],
            stream: [
                $crate::interface::audit::ExportAudit,
                $crate::interface::scan::StartScan,
                $crate::interface::snapshots::ExportSnapshot,
                $crate::interface::subscribe::Subscribe,
            ],
        }
    };
}

/// A method as a row of the permission table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permission {
    /// The method, without the interface.
    pub method: &'static str,
    /// The least role that may call it (D14).
    pub role: Role,
    /// How often it answers.
    pub answers: Answers,
}

macro_rules! permissions {
    (once: [$($once:ty,)*], stream: [$($stream:ty,)*],) => {
        &[$(Permission::of::<$once>(),)* $(Permission::of::<$stream>(),)*]
    };
}

/// Every method with the role it needs.
pub const PERMISSIONS: &[Permission] = with_methods!(permissions);

impl Permission {
    const fn of<M: Method>() -> Self {
        Self { method: M::NAME, role: M::ROLE, answers: M::ANSWERS }
    }
}

/// Which part of a list is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    /// Words that must all match: `text`, `!text`, `key:value`, `!key:value`.
    #[serde(default)]
    pub filter: String,
    /// A column's name, `-` before it for descending; empty for the list's own order.
    #[serde(default)]
    pub sort: String,
    /// Where the last page ended; none for the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// Rows wanted, 1 to [`PAGE_LIMIT`]; 0 means as many as allowed.
    #[serde(default)]
    pub limit: u16,
}

/// A part of a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// How many match in all; none where counting would read everything.
    pub total: Option<usize>,
    /// Where to go on; none at the end.
    pub next: Option<String>,
}

/// Why a call was refused; the name after the interface's in a Varlink error.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "error", content = "parameters")]
pub enum CallError {
    /// The caller's role is too low, or there is none (D14).
    #[error("not permitted: {method} needs the role {needed}, you have {}", have.map_or("none", Role::as_str))]
    NotPermitted {
        /// The method called.
        method: String,
        /// The least role.
        needed: Role,
        /// The caller's.
        have: Option<Role>,
    },
    /// There is no such thing.
    #[error("there is no {kind} {id:?}: {help}")]
    NotFound {
        /// `control`, `remediation`, `tenant`, `record`.
        kind: String,
        /// As asked for.
        id: String,
        /// What to do.
        help: String,
    },
    /// The parameters are wrong.
    #[error("{message}")]
    Invalid {
        /// What, where, what to do.
        message: String,
    },
    /// The rules forbid it at present.
    #[error("refused: {reason}")]
    Refused {
        /// Which rule and why, what to do.
        reason: String,
        /// Three-way differences, where the tenant moved away (D20).
        #[serde(default)]
        differences: Vec<crate::remediation::Difference>,
    },
    /// It could not be done.
    #[error("failed: {reason}")]
    Failed {
        /// What went wrong, what to do.
        reason: String,
    },
}
