//! What can go wrong on the way to Graph, told so that a person knows what to do.

use super::token::TokenError;
use super::transport::{Answer, Sent, TransportFault};
use serde::Deserialize;
use std::fmt;
use std::ops::Deref;
use trueconfig_common::remediation::CallRecord;

/// Characters of a message from the tenant that we keep.
const MESSAGE_CHARACTERS: usize = 600;

/// The kind of a failure; callers branch on this, people read the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// 403: a permission (consent) is missing.
    Denied,
    /// The tenant has no licence for this (403 or 400 with a code that says so).
    Unlicensed,
    /// 404.
    NotFound,
    /// Another 4xx.
    Refused,
    /// 429 until we gave up.
    Throttled,
    /// 5xx until we gave up, or a status we do not know.
    Server,
    /// No answer.
    Unreachable,
    /// No access token.
    Token,
    /// An answer leads to another host, or a path is not Graph's.
    Foreign,
    /// More bytes or pages than the named bounds.
    TooMuch,
    /// The answer is not what Graph documents.
    Shape,
}

/// A failed call to Graph; boxed, so that results stay small.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct GraphError(Box<Failure>);

/// What a failed call left behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The kind.
    pub fault: Fault,
    /// Method and path of the call, without query.
    pub call: String,
    /// HTTP status of the last answer.
    pub status: Option<u16>,
    /// Graph's or the token endpoint's code, or our word for a transport fault.
    pub code: String,
    /// The last message, shortened and without control characters: untrusted text.
    pub message: String,
    /// The permission that is missing, where that is the cause.
    pub permission: Option<String>,
    /// Every try.
    pub calls: Vec<CallRecord>,
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.call)?;
        if let Some(status) = self.status {
            write!(out, ": {status}")?;
        }
        write!(out, " {}: {}", self.code, self.message)?;
        match (&self.permission, self.fault) {
            (Some(permission), _) => {
                write!(out, " (grant the application permission {permission} and give admin consent)")
            }
            (None, Fault::Unlicensed) => write!(out, " (the tenant lacks the licence)"),
            (None, _) => Ok(()),
        }
    }
}

impl From<Failure> for GraphError {
    fn from(failure: Failure) -> Self {
        Self(Box::new(failure))
    }
}

impl Deref for GraphError {
    type Target = Failure;

    fn deref(&self) -> &Failure {
        &self.0
    }
}

impl GraphError {
    /// Its parts.
    pub fn into_failure(self) -> Failure {
        *self.0
    }

    /// The same with the permission whose lack is the cause.
    pub(crate) fn lacking(mut self, permission: Option<String>) -> Self {
        self.0.permission = permission;
        self
    }

    /// An answer that is no success.
    pub(crate) fn answered(call: &str, answer: &Answer, calls: Vec<CallRecord>) -> Self {
        let (code, message) = error_body(answer);
        let fault = fault_of(answer.status, &code, &message);
        let (call, status) = (call.to_owned(), Some(answer.status));
        Failure { fault, call, status, code, message, permission: None, calls }.into()
    }

    /// No answer.
    pub(crate) fn unanswered(call: &str, fault: &TransportFault, calls: Vec<CallRecord>) -> Self {
        let kind = if fault.sent == Sent::TooLarge { Fault::TooMuch } else { Fault::Unreachable };
        Self::local(call, kind, transport_code(fault.sent), &fault.reason, calls)
    }

    /// No token.
    pub(crate) fn unauthorised(call: &str, error: &TokenError, mut calls: Vec<CallRecord>) -> Self {
        calls.extend(error.calls.iter().cloned());
        let mut failed = Self::local(call, Fault::Token, &error.code, &error.to_string(), calls);
        failed.0.status = error.status;
        failed
    }

    /// Something we found ourselves.
    pub(crate) fn local(call: &str, fault: Fault, code: &str, message: &str, calls: Vec<CallRecord>) -> Self {
        let (call, code) = (call.to_owned(), code.to_owned());
        Failure { fault, call, status: None, code, message: clean(message), permission: None, calls }.into()
    }
}

/// The word for a transport fault in records.
pub(crate) fn transport_code(sent: Sent) -> &'static str {
    match sent {
        Sent::Never => "not_sent",
        Sent::Maybe => "no_answer",
        Sent::TooLarge => "answer_too_large",
    }
}

/// Code and message of an error answer, whatever its shape.
pub(crate) fn error_body(answer: &Answer) -> (String, String) {
    #[derive(Deserialize)]
    struct Envelope {
        error: Inner,
    }
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Inner {
        code: String,
        message: String,
    }
    match serde_json::from_slice::<Envelope>(&answer.body) {
        Ok(Envelope { error }) => (clean(&error.code), clean(&error.message)),
        Err(_) => (format!("http_{}", answer.status), "the answer holds no Graph error".to_owned()),
    }
}

/// Untrusted text made fit for one line of a log, a record or a screen.
pub(crate) fn clean(text: &str) -> String {
    let spaced = text.chars().map(|sign| if sign.is_control() { ' ' } else { sign });
    spaced.take(MESSAGE_CHARACTERS).collect::<String>().trim().to_owned()
}

fn fault_of(status: u16, code: &str, message: &str) -> Fault {
    match status {
        400 | 403 if says_licence(code, message) => Fault::Unlicensed,
        403 => Fault::Denied,
        404 => Fault::NotFound,
        429 => Fault::Throttled,
        400..=499 => Fault::Refused,
        _ => Fault::Server,
    }
}

/// Codes seen for a missing licence; the message is looked at only where the code is the general one.
fn says_licence(code: &str, message: &str) -> bool {
    matches!(
        code,
        "Authentication_RequestFromNonPremiumTenantOrB2CTenant"
            | "AadPremiumLicenseRequired"
            | "NonPremiumTenant"
    ) || message.contains("premium license")
        || message.contains("not licensed")
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::zeroize::Zeroizing;

    fn answer(status: u16, body: &str) -> Answer {
        Answer { status, retry_after: None, request_id: None, body: Zeroizing::new(body.as_bytes().to_vec()) }
    }

    fn fault(status: u16, code: &str, message: &str) -> Fault {
        let body = serde_json::json!({"error": {"code": code, "message": message}}).to_string();
        GraphError::answered("GET /v1.0/users", &answer(status, &body), Vec::new()).fault
    }

    #[test]
    fn a_missing_licence_is_told_from_a_missing_consent() {
        let premium = "Neither tenant is B2C or tenant doesn't have premium license";
        assert_eq!(
            fault(403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant", premium),
            Fault::Unlicensed
        );
        assert_eq!(fault(400, "AadPremiumLicenseRequired", ""), Fault::Unlicensed);
        assert_eq!(fault(403, "Authorization_RequestDenied", "Insufficient privileges"), Fault::Denied);
        assert_eq!(fault(400, "Request_BadRequest", ""), Fault::Refused);
    }

    #[test]
    fn hostile_answers_stay_one_short_line() {
        let message = format!("\u{1b}[31m{}\r\nsecond", "x".repeat(5_000));
        let body = serde_json::json!({"error": {"code": "C", "message": message}}).to_string();
        let error = GraphError::answered("GET /v1.0/users", &answer(400, &body), Vec::new());
        assert!(
            error.message.len() <= MESSAGE_CHARACTERS && !error.to_string().contains(['\u{1b}', '\r', '\n'])
        );
        let html = GraphError::answered("GET /v1.0/users", &answer(502, "<html>proxy</html>"), Vec::new());
        assert_eq!((html.fault, html.code.as_str()), (Fault::Server, "http_502"));
    }
}
