//! Rules for single requests: what goes wrong with the next ones of a kind.

use std::time::Duration;

/// Something that goes wrong with the next requests of a kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Upper-case method; none means every method.
    pub method: Option<String>,
    /// Start of the path, version included, as in `/v1.0/users`.
    pub path: String,
    /// How many requests it hits before it is over.
    pub times: u32,
    /// What happens.
    pub effect: Effect,
}

/// What happens to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// It is refused and not applied.
    Status {
        /// HTTP status.
        status: u16,
        /// Graph's error code.
        code: String,
        /// `Retry-After` in seconds, as text because Graph sends fractions.
        retry_after: Option<String>,
    },
    /// It is applied and answered with 504.
    TimeoutAfter,
    /// The connection ends before it is applied.
    DropBefore,
    /// It is applied and the connection ends before the answer.
    DropAfter,
    /// It is answered late.
    Delay(Duration),
}

impl Fault {
    /// The next `times` requests that start with `path` get this status and are not applied.
    #[must_use]
    pub fn status(path: &str, times: u32, status: u16) -> Self {
        let code = match status {
            429 => "TooManyRequests",
            503 => "ServiceUnavailable",
            504 => "GatewayTimeout",
            403 => "Authorization_RequestDenied",
            404 => "Request_ResourceNotFound",
            _ => "UnknownError",
        };
        let effect = Effect::Status { status, code: code.to_owned(), retry_after: None };
        Self { method: None, path: path.to_owned(), times, effect }
    }

    /// The same with a `Retry-After` header.
    #[must_use]
    pub fn retry_after(mut self, seconds: &str) -> Self {
        if let Effect::Status { retry_after, .. } = &mut self.effect {
            *retry_after = Some(seconds.to_owned());
        }
        self
    }

    /// The same for one method only.
    #[must_use]
    pub fn method(mut self, method: &str) -> Self {
        self.method = Some(method.to_ascii_uppercase());
        self
    }

    /// The next `times` requests of a method lose their connection.
    #[must_use]
    pub fn lost(method: &str, path: &str, times: u32, effect: Effect) -> Self {
        Self { method: Some(method.to_ascii_uppercase()), path: path.to_owned(), times, effect }
    }

    pub(super) fn fits(&self, method: &str, path: &str) -> bool {
        self.times > 0
            && self.method.as_deref().is_none_or(|wanted| wanted == method)
            && path.get(..self.path.len()).is_some_and(|start| start.eq_ignore_ascii_case(&self.path))
    }
}
