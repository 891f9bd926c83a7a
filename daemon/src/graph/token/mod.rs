//! Access tokens by client credentials: one request at a time however many callers wait, renewed
//! five minutes before expiry, never printed. The old token serves on while a renewal fails.

mod assertion;
mod certificate;
mod claims;
mod failure;

pub use certificate::{Certificate, CertificateError};
pub use failure::{TokenError, advice};

use super::bounds::Bounds;
use super::origin::{Origin, OriginError};
use super::transport::{Answer, Outgoing, Payload, Sent, Transport, TransportFault};
use crate::ambient::Ambient;
use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;
use trueconfig_common::remediation::CallRecord;
use url::Url;
use url::form_urlencoded::Serializer;

/// How long before expiry a token is renewed; half its life for very short ones.
const RENEW_BEFORE: Duration = Duration::from_secs(300);
/// Longest life we believe; Microsoft's longest is 28 hours.
const LONGEST_LIFE: Duration = Duration::from_secs(28 * 3600);
/// Tries of one token request.
const TRIES: u32 = 3;
/// One token request.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Waiting more than this for the token endpoint is left to the caller's next try.
const LONGEST_WAIT: Duration = Duration::from_secs(15);

/// RFC 7523: the assertion is a JWT.
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// Largest file with a federated token, in bytes.
const LARGEST_TOKEN: u64 = 64 * 1024;

/// How the application proves who it is.
#[derive(Debug)]
pub enum Credential {
    /// A client secret.
    Secret(SecretString),
    /// A certificate with its private key.
    Certificate(Box<Certificate>),
    /// A file with a token of another identity provider that the registration trusts (workload identity); whoever
    /// runs the machine renews it.
    FederatedToken(PathBuf),
}

/// One application registration in one tenant.
#[derive(Debug)]
pub struct Registration {
    /// Directory (tenant) id.
    pub tenant_id: String,
    /// Application (client) id.
    pub client_id: String,
    /// `https://graph.microsoft.com/.default` or the cloud's own.
    pub scope: String,
    /// The proof.
    pub credential: Credential,
}

/// An access token.
#[derive(Debug)]
pub struct Token {
    /// What goes into the header.
    pub bearer: SecretString,
    /// Application permissions granted, from the token's `roles`; empty where it cannot be read.
    /// For diagnostics only: Graph decides.
    pub roles: BTreeSet<String>,
    renew_at: Instant,
    expires_at: Instant,
}

/// Gives tokens for one registration.
pub struct TokenSource {
    transport: Arc<dyn Transport>,
    ambient: Ambient,
    endpoint: Url,
    registration: Registration,
    bounds: Bounds,
    requests: AtomicU64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    token: Option<Arc<Token>>,
    failure: Option<TokenError>,
}

impl TokenSource {
    /// A source that has not asked yet.
    pub fn new(
        (transport, login): (Arc<dyn Transport>, &Origin),
        registration: Registration,
        bounds: Bounds,
        ambient: Ambient,
    ) -> Result<Self, OriginError> {
        let endpoint = login.own_path(&format!("/{}/oauth2/v2.0/token", registration.tenant_id))?;
        let (requests, state) = (AtomicU64::new(0), Mutex::default());
        Ok(Self { transport, ambient, endpoint, registration, bounds, requests, state })
    }

    /// A token that is valid now.
    ///
    /// Callers queue at one lock. Who waited through a failed request gets that failure instead of
    /// asking again, so a thousand callers with an expired secret make one request.
    pub async fn token(&self) -> Result<Arc<Token>, TokenError> {
        let seen = self.requests.load(Ordering::Acquire);
        let mut state = self.state.lock().await;
        let now = Instant::now();
        if let Some(token) = state.token.as_ref().filter(|token| now < token.renew_at) {
            return Ok(Arc::clone(token));
        }
        let asked_meanwhile = self.requests.load(Ordering::Acquire) != seen;
        if let Some(failure) = state.failure.as_ref().filter(|_| asked_meanwhile) {
            return Err(failure.clone());
        }
        let result = self.request().await;
        self.requests.fetch_add(1, Ordering::AcqRel);
        match result {
            Ok(token) => {
                let token = Arc::new(token);
                *state = State { token: Some(Arc::clone(&token)), failure: None };
                Ok(token)
            }
            Err(error) => keep_or_fail(&mut state, error),
        }
    }

    /// Forgets a token that Graph refused, unless a newer one is there already.
    pub async fn discard(&self, refused: &Arc<Token>) {
        let mut state = self.state.lock().await;
        if state.token.as_ref().is_some_and(|token| Arc::ptr_eq(token, refused)) {
            state.token = None;
        }
    }

    /// How many token requests were made.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Acquire)
    }

    async fn request(&self) -> Result<Token, TokenError> {
        let mut calls = Vec::new();
        for tried in 1..=TRIES {
            let result = self.exchange(&mut calls).await?;
            match again(&result, tried) {
                None => return self.settle(result, calls),
                Some(asked) => {
                    let dice = self.ambient.random.id().as_u128();
                    let wait = asked.unwrap_or_else(|| self.bounds.wait_after(tried, dice));
                    tokio::time::sleep(wait.min(LONGEST_WAIT)).await;
                }
            }
        }
        Err(TokenError::unreachable("no try was made", calls))
    }

    /// One try. The assertion is made afresh: its id may be used once.
    async fn exchange(
        &self,
        calls: &mut Vec<CallRecord>,
    ) -> Result<Result<Answer, TransportFault>, TokenError> {
        let payload = Payload::Form(self.form()?);
        let client_request_id = self.ambient.random.id();
        let sent_at = self.ambient.clock.now();
        let result = self
            .transport
            .send(Outgoing {
                method: "POST",
                url: &self.endpoint,
                headers: &[],
                bearer: None,
                payload: &payload,
                client_request_id,
                timeout: TIMEOUT.min(self.bounds.request_timeout),
            })
            .await;
        calls.push(CallRecord {
            sent_at,
            call: format!("POST {}", self.endpoint.path()),
            status: result.as_ref().ok().map(|answer| answer.status),
            client_request_id: client_request_id.to_string(),
            request_id: result.as_ref().ok().and_then(|answer| answer.request_id.clone()),
            error: failure::word(&result),
        });
        Ok(result)
    }

    fn form(&self) -> Result<SecretString, TokenError> {
        let registration = &self.registration;
        let mut form = Serializer::new(String::new());
        form.append_pair("client_id", &registration.client_id);
        form.append_pair("grant_type", "client_credentials");
        form.append_pair("scope", &registration.scope);
        match &registration.credential {
            Credential::Secret(secret) => {
                form.append_pair("client_secret", secrecy::ExposeSecret::expose_secret(secret));
            }
            Credential::Certificate(certificate) => {
                let assertion = assertion::sign(
                    certificate,
                    &registration.client_id,
                    self.endpoint.as_str(),
                    self.ambient.clock.now(),
                )
                .map_err(|error| TokenError::local("assertion", &error.to_string()))?;
                form.append_pair("client_assertion_type", ASSERTION_TYPE);
                form.append_pair("client_assertion", &assertion);
            }
            Credential::FederatedToken(file) => {
                form.append_pair("client_assertion_type", ASSERTION_TYPE);
                form.append_pair("client_assertion", &federated(file)?);
            }
        }
        Ok(SecretString::from(form.finish()))
    }

    fn settle(
        &self,
        result: Result<Answer, TransportFault>,
        calls: Vec<CallRecord>,
    ) -> Result<Token, TokenError> {
        let answer = result.map_err(|fault| TokenError::unreachable(&fault.reason, calls.clone()))?;
        if answer.status == 200 {
            return read_token(&answer).map_err(|error| TokenError { calls, ..error });
        }
        Err(TokenError::answered(&answer, &self.registration, calls))
    }
}

impl std::fmt::Debug for TokenSource {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("TokenSource").field("endpoint", &self.endpoint.as_str()).finish_non_exhaustive()
    }
}

/// The federated token as it is in its file now.
fn federated(file: &Path) -> Result<Zeroizing<String>, TokenError> {
    let mut text = Zeroizing::new(String::new());
    let read = std::fs::File::open(file).and_then(|open| open.take(LARGEST_TOKEN).read_to_string(&mut text));
    match read {
        Ok(_) if !text.trim().is_empty() => Ok(Zeroizing::new(text.trim().to_owned())),
        Ok(_) => {
            let message = format!("{} is empty; its agent should have put a token there", file.display());
            Err(TokenError::local("federated_token", &message))
        }
        Err(error) => {
            let message = format!("cannot read the federated token {}: {error}", file.display());
            Err(TokenError::local("federated_token", &message))
        }
    }
}

/// A renewal that fails leaves the old token in use while it lives.
fn keep_or_fail(state: &mut State, error: TokenError) -> Result<Arc<Token>, TokenError> {
    if let Some(token) = state.token.as_ref().filter(|token| Instant::now() < token.expires_at) {
        tracing::warn!(error = %error, "the access token could not be renewed; the old one is used until it expires");
        return Ok(Arc::clone(token));
    }
    *state = State { token: None, failure: Some(error.clone()) };
    Err(error)
}

/// Whether to try again, and the wait asked for. The token endpoint changes nothing: repeating is safe.
fn again(result: &Result<Answer, TransportFault>, tried: u32) -> Option<Option<Duration>> {
    if tried >= TRIES {
        return None;
    }
    match result {
        Ok(answer) if answer.status == 429 || answer.status >= 500 => Some(answer.retry_after),
        Ok(_) => None,
        Err(fault) if fault.sent == Sent::TooLarge => None,
        Err(_) => Some(None),
    }
}

fn read_token(answer: &Answer) -> Result<Token, TokenError> {
    #[derive(Deserialize)]
    struct Grant {
        access_token: String,
        expires_in: u64,
    }
    let grant: Grant = serde_json::from_slice(&answer.body).map_err(|_| {
        TokenError::local("shape", "the token endpoint answered 200 without access_token and expires_in")
    })?;
    let life = Duration::from_secs(grant.expires_in).min(LONGEST_LIFE);
    let bearer = SecretString::from(grant.access_token);
    let now = Instant::now();
    Ok(Token {
        roles: claims::roles(&bearer),
        bearer,
        renew_at: now + life.saturating_sub(RENEW_BEFORE.min(life / 2)),
        expires_at: now + life,
    })
}

#[cfg(test)]
mod tests;
