//! Why no token was given, and what a person can do about it.

use super::super::error::{clean, transport_code};
use super::super::transport::{Answer, TransportFault};
use super::Registration;
use serde::Deserialize;
use trueconfig_common::remediation::CallRecord;

/// No token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct TokenError {
    /// `AADSTS7000222`, an OAuth word such as `invalid_client`, or our word: `unreachable`, `shape`, `assertion`.
    pub code: String,
    /// HTTP status of the last answer.
    pub status: Option<u16>,
    /// What happened and what to do.
    pub message: String,
    /// Every try.
    pub calls: Vec<CallRecord>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct OauthError {
    error: String,
    error_description: String,
    error_codes: Vec<u64>,
}

impl TokenError {
    pub(super) fn unreachable(reason: &str, calls: Vec<CallRecord>) -> Self {
        let message = format!("the token endpoint cannot be reached: {}", clean(reason));
        Self { code: "unreachable".to_owned(), status: None, message, calls }
    }

    pub(super) fn local(code: &str, message: &str) -> Self {
        Self { code: code.to_owned(), status: None, message: message.to_owned(), calls: Vec::new() }
    }

    pub(super) fn answered(answer: &Answer, registration: &Registration, calls: Vec<CallRecord>) -> Self {
        let body = oauth_error(answer);
        let number = body.number();
        let code = body.code(answer.status);
        let told = first_sentence(&body.error_description);
        let help = number.map_or("", advice);
        let app = format!("application {} in tenant {}", registration.client_id, registration.tenant_id);
        let message = match (told.is_empty(), help.is_empty()) {
            (true, true) => format!("{code}: the token endpoint refused {app} ({})", answer.status),
            (true, false) => format!("{code}: {help} ({app})"),
            (false, true) => format!("{code}: {told} ({app})"),
            (false, false) => format!("{code}: {help} ({app}; told: {told})"),
        };
        Self { code, status: Some(answer.status), message, calls }
    }
}

impl OauthError {
    fn number(&self) -> Option<u64> {
        self.error_codes.first().copied().or_else(|| {
            let digits = self.error_description.strip_prefix("AADSTS")?;
            digits.split(|sign: char| !sign.is_ascii_digit()).next()?.parse().ok()
        })
    }

    fn code(&self, status: u16) -> String {
        match (self.number(), self.error.is_empty()) {
            (Some(number), _) => format!("AADSTS{number}"),
            (None, false) => clean(&self.error),
            (None, true) => format!("http_{status}"),
        }
    }
}

/// What to do about an AADSTS code; empty for those we do not know.
///
/// Microsoft asks not to program on these codes: they choose words here, nothing else.
pub fn advice(code: u64) -> &'static str {
    match code {
        7_000_222 => {
            "the client secret has expired; make a new one in the app registration and put it in place of the old"
        }
        7_000_215 => "the client secret is wrong; use the secret's value, not its id, without a line break",
        700_016 => {
            "the application is not in this tenant; check client_id and tenant_id, and that consent was given"
        }
        700_027 => {
            "the certificate is not registered on the application or does not match its key; upload the public certificate"
        }
        700_021 => "the assertion names another application; check client_id",
        700_023 => "the assertion is meant for another address; check cloud, login_url and tenant_id",
        700_024 => "the assertion is outside its validity; set this machine's clock (NTP)",
        90_002 | 900_023 => "the tenant was not found; check tenant_id and cloud",
        70_011 | 1_002_012 => "the scope is wrong; check cloud",
        53_003 => "a Conditional Access policy for workload identities blocks this application from here",
        7_000_112 => "the application is disabled in this tenant; enable its service principal",
        50_196 => "the token endpoint saw too many equal requests; wait some minutes",
        _ => "",
    }
}

/// The word for the record of a try; empty on success.
pub(super) fn word(result: &Result<Answer, TransportFault>) -> String {
    match result {
        Ok(answer) if answer.status == 200 => String::new(),
        Ok(answer) => oauth_error(answer).code(answer.status),
        Err(fault) => transport_code(fault.sent).to_owned(),
    }
}

fn oauth_error(answer: &Answer) -> OauthError {
    serde_json::from_slice(&answer.body).unwrap_or_default()
}

/// The description without trace ids and time, which stand in the record.
fn first_sentence(description: &str) -> String {
    let line = description.lines().next().unwrap_or_default();
    let told =
        line.split_once(": ").filter(|(code, _)| code.starts_with("AADSTS")).map_or(line, |(_, told)| told);
    clean(told.split("Trace ID:").next().unwrap_or(told))
}
