//! Faults that tests and rehearsals switch on and off while the twin runs.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::limits::Limits;
pub use crate::tenant::Lag;
use crate::tenant::LagPolicy;

/// Seconds a token lives unless told otherwise.
const TOKEN_LIFETIME: u64 = 3_599;
/// Most rules at one time; further ones are refused by taking the oldest out.
const MAX_RULES: usize = 256;

/// Everything that can be wrong with the twin from its start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faults {
    /// Rules for single requests, in order; the first that fits is used.
    pub rules: Vec<Fault>,
    /// How long reads do not see a change.
    pub lag: Lag,
    /// How long a new object is answered with 404.
    pub creation_lag: Lag,
    /// Seconds a token lives.
    pub token_lifetime: u64,
    /// Delay before every answer.
    pub latency: Duration,
    /// Whether Graph's throttling limits apply; the switch of the tenant file does the same.
    pub limits: Limits,
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            rules: Vec::new(),
            lag: Lag::None,
            creation_lag: Lag::None,
            token_lifetime: TOKEN_LIFETIME,
            latency: Duration::ZERO,
            limits: Limits::Off,
        }
    }
}

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

    fn fits(&self, method: &str, path: &str) -> bool {
        self.times > 0
            && self.method.as_deref().is_none_or(|wanted| wanted == method)
            && path.get(..self.path.len()).is_some_and(|start| start.eq_ignore_ascii_case(&self.path))
    }
}

/// The switches while the twin runs.
#[derive(Debug, Default)]
pub struct FaultControl {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    faults: Faults,
    revoked: BTreeSet<String>,
    generation: u64,
}

impl FaultControl {
    pub(crate) fn new(faults: Faults) -> Self {
        Self { state: Mutex::new(State { faults, ..State::default() }) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere cannot leave these plain values half written.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a rule after the others.
    pub fn add(&self, fault: Fault) {
        let mut state = self.state();
        if state.faults.rules.len() >= MAX_RULES {
            state.faults.rules.remove(0);
        }
        state.faults.rules.push(fault);
    }

    /// Takes all rules out and sets lag and latency to none.
    pub fn clear(&self) {
        let mut state = self.state();
        let lifetime = state.faults.token_lifetime;
        state.faults = Faults { token_lifetime: lifetime, ..Faults::default() };
    }

    /// Sets how long reads do not see changes made from now on.
    pub fn set_lag(&self, lag: Lag) {
        self.state().faults.lag = lag;
    }

    /// Sets how long objects created from now on are answered with 404.
    pub fn set_creation_lag(&self, lag: Lag) {
        self.state().faults.creation_lag = lag;
    }

    /// Sets the delay before every answer.
    pub fn set_latency(&self, latency: Duration) {
        self.state().faults.latency = latency;
    }

    /// Switches Graph's throttling limits.
    pub fn set_limits(&self, limits: Limits) {
        self.state().faults.limits = limits;
    }

    /// Sets the seconds that tokens issued from now on live.
    pub fn set_token_lifetime(&self, seconds: u64) {
        self.state().faults.token_lifetime = seconds;
    }

    /// Takes a role away from every client, from tokens already issued too.
    pub fn revoke_role(&self, role: &str) {
        self.state().revoked.insert(role.to_owned());
    }

    /// Gives a role back.
    pub fn restore_role(&self, role: &str) {
        self.state().revoked.remove(role);
    }

    /// Makes every token issued until now invalid.
    pub fn expire_tokens(&self) {
        self.state().generation += 1;
    }

    /// Rules that have not been used up.
    #[must_use]
    pub fn pending(&self) -> Vec<Fault> {
        self.state().faults.rules.clone()
    }

    pub(crate) fn take(&self, method: &str, path: &str) -> Option<Effect> {
        let mut state = self.state();
        let rule = state.faults.rules.iter_mut().find(|rule| rule.fits(method, path))?;
        rule.times -= 1;
        let effect = rule.effect.clone();
        state.faults.rules.retain(|rule| rule.times > 0);
        Some(effect)
    }

    pub(crate) fn lag(&self) -> LagPolicy {
        let state = self.state();
        LagPolicy { changes: state.faults.lag, creations: state.faults.creation_lag }
    }

    pub(crate) fn limits(&self) -> Limits {
        self.state().faults.limits
    }

    pub(crate) fn latency(&self) -> Duration {
        self.state().faults.latency
    }

    pub(crate) fn token_lifetime(&self) -> u64 {
        self.state().faults.token_lifetime
    }

    pub(crate) fn revoked(&self) -> Vec<String> {
        self.state().revoked.iter().cloned().collect()
    }

    /// Tokens of earlier generations are invalid.
    pub(crate) fn generation(&self) -> u64 {
        self.state().generation
    }
}

#[cfg(test)]
mod tests {
    use super::{Effect, Fault, FaultControl};

    #[test]
    fn a_rule_hits_so_many_requests_of_its_kind() {
        let control = FaultControl::default();
        control.add(Fault::status("/v1.0/users", 2, 429).retry_after("0.5").method("get"));
        assert_eq!(control.take("POST", "/v1.0/users"), None);
        assert_eq!(control.take("GET", "/v1.0/groups"), None);
        assert!(matches!(control.take("GET", "/v1.0/Users/x"), Some(Effect::Status { status: 429, .. })));
        assert!(control.take("GET", "/v1.0/users").is_some());
        assert_eq!(control.take("GET", "/v1.0/users"), None);
        assert!(control.pending().is_empty());
    }
}
