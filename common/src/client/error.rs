//! Why a client got no reply, and what the person in front of it can do.

use crate::interface::{CallError, INTERFACE};
use crate::varlink::Failure;
use std::io;
use std::path::PathBuf;

/// What kind of trouble, for exit codes and screens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// There is no daemon to talk to, or no longer.
    NotReachable,
    /// The daemon, or the socket's mode, does not let this account.
    NotPermitted,
    /// The daemon answered no.
    Refused,
}

/// Why there is no reply.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The path does not exist.
    #[error(
        "there is no socket {path:?}: the daemon is not running (`systemctl start trueconfigd.socket`), or it listens elsewhere (`--socket`)"
    )]
    NoSocket {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The path is there, but nobody behind it.
    #[error("nobody listens at {path:?}: the daemon has stopped (`systemctl status trueconfigd`)")]
    NobodyListens {
        /// Where.
        path: PathBuf,
    },
    /// The path's mode keeps this account out.
    #[error(
        "this account may not open {path:?}: it must be in the socket's group (`ls -l`), and log in again"
    )]
    SocketForbidden {
        /// Where.
        path: PathBuf,
    },
    /// The system has another reason.
    #[error("cannot connect to {path:?}: {source}")]
    NotConnected {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Something else listens there.
    #[error("what listens at {path:?} is not a TrueConfig daemon: {detail}")]
    NotADaemon {
        /// Where.
        path: PathBuf,
        /// How it shows.
        detail: String,
    },
    /// A daemon of another protocol version.
    #[error(
        "the daemon at {path:?} is version {version} and speaks {interfaces}, this client speaks {INTERFACE}: install the same version of both"
    )]
    OtherVersion {
        /// Where.
        path: PathBuf,
        /// The daemon's version.
        version: String,
        /// What it speaks.
        interfaces: String,
    },
    /// A change was asked of a daemon that speaks another revision of the interface.
    #[error(
        "the daemon at {path:?} is version {version} and its interface is another revision of this client's: it can be read, but not asked to change anything; install the same version of both"
    )]
    ReadOnly {
        /// Where.
        path: PathBuf,
        /// The daemon's version.
        version: String,
    },
    /// The connection broke or fell silent. Whether a call under way took effect is not known.
    #[error(
        "the connection to the daemon was lost: {reason}; look at `trueconfig status` before trying again"
    )]
    Lost {
        /// How.
        reason: String,
    },
    /// A message is longer than the protocol allows.
    #[error("a message longer than {limit} bytes is not allowed: ask for less at once")]
    TooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
    /// The daemon answered no.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl ClientError {
    /// What kind of trouble.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::SocketForbidden { .. } | Self::Failed(Failure::Call(CallError::NotPermitted { .. })) => {
                ErrorKind::NotPermitted
            }
            Self::ReadOnly { .. } | Self::TooLarge { .. } | Self::Failed(_) => ErrorKind::Refused,
            Self::NoSocket { .. }
            | Self::NobodyListens { .. }
            | Self::NotConnected { .. }
            | Self::NotADaemon { .. }
            | Self::OtherVersion { .. }
            | Self::Lost { .. } => ErrorKind::NotReachable,
        }
    }

    /// The daemon's own reason, where it gave one.
    pub fn call_error(&self) -> Option<&CallError> {
        match self {
            Self::Failed(Failure::Call(error)) => Some(error),
            _ => None,
        }
    }
}
