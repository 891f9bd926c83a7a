//! What goes back to the client.

use axum::body::Bytes;
use serde_json::Value;

/// One answer before it becomes HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    /// HTTP status.
    pub(crate) status: u16,
    /// Body bytes; none for 204.
    pub(crate) body: Option<Bytes>,
    /// Whether the body is plain text (a count) and not JSON.
    pub(crate) plain: bool,
    /// Headers beside those every answer has.
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl Answer {
    /// A status without a body.
    pub(crate) fn empty(status: u16) -> Self {
        Self { status, body: None, plain: false, headers: Vec::new() }
    }

    /// A JSON body.
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::bytes(status, body.to_string().into_bytes())
    }

    /// A JSON body that is already text.
    pub(crate) fn bytes(status: u16, body: impl Into<Bytes>) -> Self {
        Self { status, body: Some(body.into()), plain: false, headers: Vec::new() }
    }

    /// A number as plain text.
    pub(crate) fn count(count: usize) -> Self {
        Self { plain: true, ..Self::bytes(200, count.to_string().into_bytes()) }
    }
}
