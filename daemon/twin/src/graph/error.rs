//! Graph's refusals: an HTTP status, a code and a sentence, in the body shape of Microsoft Graph
//! (`{"error":{"code","message","innerError":{"date","request-id","client-request-id"}}}`).

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

/// Codes seen in public tools or remembered, but not in documentation at hand, and the general code that
/// may stand in their place.
const UNCONFIRMED: [(&str, &str); 7] = [
    ("Directory_ExpiredPageToken", "Request_BadRequest"),
    ("RoleAssignmentExists", "Request_BadRequest"),
    ("RoleAssignmentDoesNotExist", "Request_BadRequest"),
    ("ActiveDurationTooShort", "Request_BadRequest"),
    ("InvalidAction", "Request_BadRequest"),
    ("MissingFilter", "BadRequest"),
    ("Forbidden", "Authorization_RequestDenied"),
];

/// A refusal on its way to the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GraphError {
    /// HTTP status, 400..=599.
    pub(crate) status: u16,
    /// Graph's error code, for example `Request_ResourceNotFound`.
    pub(crate) code: String,
    /// One sentence for a person.
    pub(crate) message: String,
    /// Graph's `details`, empty for most errors.
    pub(crate) details: Vec<Value>,
    /// Headers of its own, names in lower case.
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl std::fmt::Display for GraphError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} {}: {}", self.status, self.code, self.message)
    }
}

impl GraphError {
    /// An error with any status and code.
    pub(crate) fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self {
            status,
            code: code.to_owned(),
            message: message.into(),
            details: Vec::new(),
            headers: Vec::new(),
        }
    }

    /// 400 `Request_BadRequest`: the body or the path makes no sense to the directory.
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "Request_BadRequest", message)
    }

    /// 400 `BadRequest`: the gateway or a service outside the directory refuses.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    /// 400 `Request_UnsupportedQuery`: a query option this resource does not know.
    pub(crate) fn unsupported_query(message: impl Into<String>) -> Self {
        Self::new(400, "Request_UnsupportedQuery", message)
    }

    /// 404 for an object that is not there (or not yet there).
    pub(crate) fn not_found(id: &str) -> Self {
        let message = format!(
            "Resource '{id}' does not exist or one of its queried reference-property objects are not present."
        );
        Self::new(404, "Request_ResourceNotFound", message)
    }

    /// 400 for a path segment that names nothing.
    pub(crate) fn no_segment(segment: &str) -> Self {
        Self::invalid(format!("Resource not found for the segment '{segment}'."))
    }

    /// An error as Graph once gave it, from a tenant file. The status is not part of its body.
    pub(crate) fn recorded(error: &Value) -> Self {
        let text = |name: &str| error.get(name).and_then(Value::as_str).unwrap_or_default();
        let status = match text("code") {
            code if code.contains("NotFound") => 404,
            "AadPremiumLicenseRequired" => 400,
            code if code.starts_with("Request_") || code == "BadRequest" => 400,
            _ => 403,
        };
        Self::new(status, text("code"), text("message"))
    }

    /// 403: the token's roles do not allow it.
    pub(crate) fn denied() -> Self {
        Self::new(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
    }

    /// 401: no token, or one that is not ours or no longer valid.
    pub(crate) fn unauthenticated(message: &str) -> Self {
        Self::new(401, "InvalidAuthenticationToken", message)
    }

    /// 405: the resource exists but not for this verb.
    pub(crate) fn method(method: &str) -> Self {
        Self::new(405, "Request_BadRequest", format!("Specified HTTP method is not allowed: {method}."))
    }

    /// 429 as the throttling gateway says it.
    pub(crate) fn throttled(retry_after: Option<String>) -> Self {
        let message = "Too many requests. Please retry after the time in the Retry-After header.";
        Self::new(429, "TooManyRequests", message).with_retry_after(retry_after)
    }

    /// The same error with `Retry-After` in seconds, as text because Graph sends fractions too.
    pub(crate) fn with_retry_after(mut self, seconds: Option<String>) -> Self {
        self.headers.extend(seconds.map(|seconds| ("retry-after", seconds)));
        self
    }

    /// The same error without what nobody has confirmed: the code, and the number that Conditional Access
    /// puts before its messages.
    pub(crate) fn with_confirmed_code(mut self) -> Self {
        let general = UNCONFIRMED.iter().find(|(code, _)| *code == self.code);
        if let Some((_, general)) = general {
            (*general).clone_into(&mut self.code);
        }
        if let Some((number, rest)) = self.message.split_once(": ")
            && number.len() == 4
            && number.bytes().all(|byte| byte.is_ascii_digit())
        {
            self.message = rest.to_owned();
        }
        self
    }

    /// The same error with one entry of `details`.
    pub(crate) fn with_detail(mut self, code: &str, message: &str, target: &str) -> Self {
        self.details.push(json!({"code": code, "message": message, "target": target}));
        self
    }

    /// The body as Graph sends it; the date carries no zone, as there.
    pub(crate) fn body(&self, now: DateTime<Utc>, request_id: &str, client_request_id: &str) -> Value {
        let mut error = json!({
            "code": self.code,
            "message": self.message,
            "innerError": {
                "date": now.format("%Y-%m-%dT%H:%M:%S").to_string(),
                "request-id": request_id,
                "client-request-id": client_request_id,
            },
        });
        if !self.details.is_empty() {
            error["details"] = Value::Array(self.details.clone());
        }
        json!({"error": error})
    }
}
