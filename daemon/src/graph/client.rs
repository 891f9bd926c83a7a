//! One call: budget, token, tries, waits, records. What a failure means is left to the ports.

use super::bounds::Bounds;
use super::error::{GraphError, transport_code};
use super::limits::{Budgets, LimitClass};
use super::origin::Origin;
use super::token::{Token, TokenError, TokenSource};
use super::transport::{Answer, Outgoing, Payload, Sent, Transport, TransportFault};
use crate::ambient::Ambient;
use chrono::{DateTime, Utc};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::time::Instant;
use trueconfig_common::remediation::CallRecord;
use url::Url;
use uuid::Uuid;

/// Whether a call may be repeated when its fate is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeat {
    /// A read: as often as the bounds allow.
    Freely,
    /// A write: only where it certainly was not processed.
    IfUnprocessed,
}

/// A call with all that a try needs.
#[derive(Debug)]
pub(super) struct Call {
    /// Upper-case HTTP method.
    pub method: &'static str,
    /// Checked URL.
    pub url: Url,
    /// Further headers.
    pub headers: &'static [(&'static str, &'static str)],
    /// Body.
    pub payload: Payload,
    /// Budget and units per try.
    pub budget: Vec<(LimitClass, u32)>,
    /// The id all tries carry; none: a fresh one each.
    pub client_request_id: Option<Uuid>,
    /// Whether it may be repeated.
    pub repeat: Repeat,
    /// Most tries.
    pub tries: u32,
    /// From first try to last.
    pub deadline: Duration,
}

/// How a call ended, and every try.
#[derive(Debug)]
pub(super) struct Settled {
    /// The last try.
    pub last: Last,
    /// All tries.
    pub calls: Vec<CallRecord>,
}

/// The last try of a call.
#[derive(Debug)]
pub(super) enum Last {
    /// Graph answered, be it with an error.
    Answered(Answer),
    /// Graph did not answer.
    Unanswered(TransportFault),
    /// There was no token to send it with.
    NoToken(TokenError),
}

/// What to do after a try.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    Settle,
    RenewToken,
    Again(Option<Duration>),
}

/// A conversation with one tenant under one registration.
#[derive(Debug)]
pub(super) struct GraphClient {
    pub origin: Origin,
    pub bounds: Bounds,
    transport: SharedTransport,
    tokens: TokenSource,
    budgets: Arc<Budgets>,
    pub ambient: Ambient,
    requests: AtomicU64,
}

/// The transport, with a `Debug` that says nothing.
pub(super) struct SharedTransport(pub Arc<dyn Transport>);

impl std::fmt::Debug for SharedTransport {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Transport")
    }
}

impl GraphClient {
    pub(super) fn new(
        origin: Origin,
        bounds: Bounds,
        transport: Arc<dyn Transport>,
        tokens: TokenSource,
        (budgets, ambient): (Arc<Budgets>, Ambient),
    ) -> Self {
        let transport = SharedTransport(transport);
        Self { origin, bounds, transport, tokens, budgets, ambient, requests: AtomicU64::new(0) }
    }

    /// Requests sent to Graph and to the token endpoint.
    pub(super) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed) + self.tokens.requests()
    }

    /// The same, a failure being told as one of Graph's.
    pub(super) async fn granted(&self) -> Result<BTreeSet<String>, GraphError> {
        self.roles().await.map_err(|error| GraphError::unauthorised("POST token", &error, Vec::new()))
    }

    /// Permissions the current token names; empty where it names none.
    pub(super) async fn roles(&self) -> Result<BTreeSet<String>, TokenError> {
        self.tokens.token().await.map(|token| token.roles.clone())
    }

    /// Spreads the waits of many callers.
    pub(super) fn dice(&self) -> u128 {
        self.ambient.random.id().as_u128()
    }

    /// Tries until the call settles.
    pub(super) async fn call(&self, call: &Call) -> Settled {
        let until = Instant::now() + call.deadline;
        let mut calls = Vec::new();
        let mut renewed = false;
        let mut tried = 0;
        loop {
            self.wait_for_budget(call).await;
            let token = match self.tokens.token().await {
                Ok(token) => token,
                Err(error) => return Settled { last: Last::NoToken(error), calls },
            };
            tried += 1;
            let result = self.attempt(call, &token, until, &mut calls).await;
            match next(call.repeat, &result, renewed) {
                Next::RenewToken => {
                    renewed = true;
                    self.tokens.discard(&token).await;
                }
                Next::Again(asked) if tried < call.tries => {
                    let wait = asked.unwrap_or_else(|| self.bounds.wait_after(tried, self.dice()));
                    if Instant::now() + wait >= until {
                        return settled(result, calls);
                    }
                    tokio::time::sleep(wait).await;
                }
                Next::Settle | Next::Again(_) => return settled(result, calls),
            }
        }
    }

    /// The budget is waited for outside the deadline of a try, in the order of asking.
    async fn wait_for_budget(&self, call: &Call) {
        let waits = call.budget.iter().map(|(class, units)| self.budgets.reserve(*class, *units));
        if let Some(wait) = waits.max().filter(|wait| !wait.is_zero()) {
            tokio::time::sleep(wait).await;
        }
    }

    async fn attempt(
        &self,
        call: &Call,
        token: &Token,
        until: Instant,
        calls: &mut Vec<CallRecord>,
    ) -> Result<Answer, TransportFault> {
        let client_request_id = call.client_request_id.unwrap_or_else(|| self.ambient.random.id());
        let sent_at = self.ambient.clock.now();
        self.requests.fetch_add(1, Ordering::Relaxed);
        let outgoing = Outgoing {
            method: call.method,
            url: &call.url,
            headers: call.headers,
            bearer: Some(&token.bearer),
            payload: &call.payload,
            client_request_id,
            timeout: self.bounds.request_timeout.min(until.saturating_duration_since(Instant::now())),
        };
        let result = self.transport.0.send(outgoing).await;
        calls.push(record(call, client_request_id, sent_at, &result));
        result
    }
}

impl Call {
    /// Method and path without query, as people and records see it.
    pub(super) fn label(&self) -> String {
        format!("{} {}", self.method, self.url.path())
    }
}

fn settled(result: Result<Answer, TransportFault>, calls: Vec<CallRecord>) -> Settled {
    let last = result.map_or_else(Last::Unanswered, Last::Answered);
    Settled { last, calls }
}

fn record(
    call: &Call,
    client_request_id: Uuid,
    sent_at: DateTime<Utc>,
    result: &Result<Answer, TransportFault>,
) -> CallRecord {
    let error = match result {
        Ok(answer) if answer.status < 400 => String::new(),
        Ok(answer) => super::error::error_body(answer).0,
        Err(fault) => transport_code(fault.sent).to_owned(),
    };
    CallRecord {
        sent_at,
        call: call.label(),
        status: result.as_ref().ok().map(|answer| answer.status),
        client_request_id: client_request_id.to_string(),
        request_id: result.as_ref().ok().and_then(|answer| answer.request_id.clone()),
        error,
    }
}

/// 401 and 429 are given before a request is processed, so even a write may be repeated after them.
fn next(repeat: Repeat, result: &Result<Answer, TransportFault>, renewed: bool) -> Next {
    match (repeat, result) {
        (_, Ok(answer)) if answer.status == 401 && !renewed => Next::RenewToken,
        (_, Ok(answer)) if answer.status == 429 => Next::Again(answer.retry_after),
        (Repeat::Freely, Ok(answer)) if is_transient(answer.status) => Next::Again(answer.retry_after),
        (_, Err(fault)) if fault.sent == Sent::Never => Next::Again(None),
        (Repeat::Freely, Err(fault)) if fault.sent == Sent::Maybe => Next::Again(None),
        _ => Next::Settle,
    }
}

/// Answers after which the same read may succeed.
pub(super) fn is_transient(status: u16) -> bool {
    matches!(status, 408 | 429 | 500 | 502 | 503 | 504)
}
