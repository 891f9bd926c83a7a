//! What can go wrong between client and daemon, as data that can be kept and compared.

use trueconfig_common::client::{ClientError, ErrorKind};
use trueconfig_common::interface::CallError;

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Failure {
    /// No daemon of ours listens there.
    #[error("{0}\n  To look around without a tenant: trueconfig demo")]
    Unreachable(String),
    /// The socket's mode keeps this account out.
    #[error("{0}")]
    Forbidden(String),
    /// The link broke in the middle of a call.
    #[error("{0}")]
    Broken(String),
    /// More calls wait than the client keeps.
    #[error("the daemon is slow: {0} calls wait already, try again in a moment")]
    Busy(usize),
    /// The daemon said no.
    #[error(transparent)]
    Refused(#[from] CallError),
    /// The protocol said no.
    #[error("{0}")]
    Protocol(String),
}

impl Failure {
    /// The first line, for places with room for one.
    pub fn headline(&self) -> String {
        let text = self.to_string();
        text.lines().next().unwrap_or_default().to_owned()
    }

    /// Whether the link itself is gone.
    pub fn is_link(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::Broken(_))
    }
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        if let Some(refused) = error.call_error() {
            return Self::Refused(refused.clone());
        }
        let text = error.to_string();
        match (error.kind(), error) {
            (_, ClientError::Lost { .. }) => Self::Broken(text),
            (ErrorKind::NotReachable, _) => Self::Unreachable(text),
            (ErrorKind::NotPermitted, _) => Self::Forbidden(text),
            (ErrorKind::Refused, _) => Self::Protocol(text),
        }
    }
}
