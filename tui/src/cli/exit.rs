//! How an invocation ends: exit codes and what is said about trouble.

use crate::link::Failure;
use crate::preferences::PreferencesError;
use crate::shell::ShellError;
use std::process::ExitCode;
use trueconfig_common::interface::CallError;

/// Exit codes, the same for every verb.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done,
    /// Deviations were found, or the daemon refused.
    Found,
    /// The arguments are wrong.
    Usage,
    /// The daemon is not reachable.
    Unreachable,
    /// Your role is too low.
    NotPermitted,
    /// Done in part.
    Partial,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

impl Exit {
    /// The number.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Found => 1,
            Self::Usage => 2,
            Self::Unreachable => 3,
            Self::NotPermitted => 4,
            Self::Partial => 5,
        }
    }
}

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// Between us and the daemon.
    #[error(transparent)]
    Link(#[from] Failure),
    /// With the screens.
    #[error(transparent)]
    Shell(#[from] ShellError),
    /// With what the person chose.
    #[error(transparent)]
    Preferences(#[from] PreferencesError),
    /// With the arguments, or with asking.
    #[error("{0}")]
    Usage(String),
    /// The person, or the plan, said no.
    #[error("{0}")]
    Refused(String),
    /// Reading or writing here.
    #[error("{0}")]
    Local(String),
}

impl Trouble {
    /// The exit code for it.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Usage(_) | Self::Preferences(_) => Exit::Usage,
            Self::Refused(_) | Self::Local(_) => Exit::Found,
            Self::Link(failure) | Self::Shell(ShellError::Link(failure)) => of_failure(failure),
            Self::Shell(_) => Exit::Usage,
        }
    }
}

fn of_failure(failure: &Failure) -> Exit {
    match failure {
        Failure::Unreachable(_) | Failure::Broken(_) | Failure::Busy(_) => Exit::Unreachable,
        Failure::Forbidden(_) | Failure::Refused(CallError::NotPermitted { .. }) => Exit::NotPermitted,
        Failure::Refused(CallError::Invalid { .. }) => Exit::Usage,
        Failure::Refused(_) | Failure::Protocol(_) => Exit::Found,
    }
}
