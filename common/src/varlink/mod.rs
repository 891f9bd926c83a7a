//! Varlink as spoken on the socket: JSON objects, each ended by a NUL byte, answered in order.
//!
//! Calls and replies are plain types; [`frame`] turns them into bytes and back and never holds
//! more than its limit; [`failure`] ties our [`CallError`](crate::interface::CallError) to the
//! errors Varlink names; [`service`] is the introspection every Varlink service offers.

pub mod failure;
pub mod frame;
pub mod service;

use crate::interface::{INTERFACE, Method};
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use failure::{Failure, ServiceError};
pub use frame::{FrameError, FrameReader, Frames};

/// A call, as the client sends it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// Interface and method, such as `io.trueconfig.v1.GetStatus`.
    pub method: String,
    /// An object; null and absence mean the empty one.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub parameters: Value,
    /// Whether several replies are wanted.
    #[serde(default, skip_serializing_if = "is_false")]
    pub more: bool,
    /// Whether no reply is wanted.
    #[serde(default, skip_serializing_if = "is_false")]
    pub oneway: bool,
    /// Whether the connection should turn into something else; we never do.
    #[serde(default, skip_serializing_if = "is_false")]
    pub upgrade: bool,
}

impl Call {
    /// A call of one of our methods, for one reply.
    pub fn of<M: Method>(parameters: &M) -> Result<Self, FrameError> {
        let parameters = serde_json::to_value(parameters).map_err(FrameError::Malformed)?;
        Ok(Self::named(&qualified(M::NAME), parameters))
    }

    /// A call of any method, for one reply.
    pub fn named(method: &str, parameters: Value) -> Self {
        Self { method: method.to_owned(), parameters, more: false, oneway: false, upgrade: false }
    }

    /// The same call, for several replies.
    #[must_use]
    pub fn with_more(self) -> Self {
        Self { more: true, ..self }
    }
}

/// A reply, as the daemon sends it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reply<P = Value> {
    /// What the method answers, or what the error tells.
    #[serde(default = "none", skip_serializing_if = "Option::is_none")]
    pub parameters: Option<P>,
    /// Whether more replies to the same call follow.
    #[serde(default, skip_serializing_if = "is_false")]
    pub continues: bool,
    /// Name of the error, such as `io.trueconfig.v1.NotFound`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl<P> Reply<P> {
    /// The last, or only, reply.
    pub fn last(parameters: P) -> Self {
        Self { parameters: Some(parameters), continues: false, error: None }
    }

    /// A reply after which others follow.
    pub fn continued(parameters: P) -> Self {
        Self { parameters: Some(parameters), continues: true, error: None }
    }
}

impl Reply {
    /// An error, which always is the last reply.
    pub fn error(failure: &Failure) -> Self {
        let (name, parameters) = failure.to_wire();
        Self { parameters: Some(parameters), continues: false, error: Some(name) }
    }
}

/// A method's name with the interface's before it.
pub fn qualified(method: &str) -> String {
    format!("{INTERFACE}.{method}")
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

// Without it serde would ask for a default of `P`.
fn none<P>() -> Option<P> {
    None
}

#[cfg(test)]
mod tests;
