//! Faults that tests and rehearsals switch on and off while the twin runs.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::limits::Limits;
pub use crate::tenant::Lag;
use crate::tenant::{Conditions, LagPolicy};

mod ambush;
mod fault;
mod weather;

pub use ambush::{Ambush, Edit, Moment};
pub use fault::{Effect, Fault};
pub use weather::Weather;

/// Seconds a token lives unless told otherwise.
const TOKEN_LIFETIME: u64 = 3_599;
/// Most rules and most ambushes at one time; the oldest gives way to a further one.
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
    /// Trouble by chance.
    pub weather: Weather,
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
            weather: Weather::default(),
        }
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
    ambushes: Vec<Ambush>,
    turns: weather::Turns,
    revoked: BTreeSet<String>,
    generation: u64,
    page_tokens: u64,
    delta_tokens: u64,
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
        push(&mut self.state().faults.rules, fault);
    }

    /// Lets somebody else wait for a request; each ambush happens once.
    pub fn lie_in_wait(&self, ambush: Ambush) {
        push(&mut self.state().ambushes, ambush);
    }

    /// Takes all rules, ambushes and weather out and sets lag and latency to none.
    pub fn clear(&self) {
        let mut state = self.state();
        let lifetime = state.faults.token_lifetime;
        state.ambushes.clear();
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

    /// Sets trouble by chance.
    pub fn set_weather(&self, weather: Weather) {
        self.state().faults.weather = weather;
    }

    /// Makes the next link of every page given out until now invalid.
    pub fn expire_page_tokens(&self) {
        self.state().page_tokens += 1;
    }

    /// Makes every delta link given out until now invalid.
    pub fn expire_delta_tokens(&self) {
        self.state().delta_tokens += 1;
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
        let mut guard = self.state();
        let state = &mut *guard;
        let Some(rule) = state.faults.rules.iter_mut().find(|rule| rule.fits(method, path)) else {
            return state.turns.next(&state.faults.weather, method, path);
        };
        rule.times -= 1;
        let effect = rule.effect.clone();
        state.faults.rules.retain(|rule| rule.times > 0);
        Some(effect)
    }

    /// The edits that waited for this request; they wait no longer.
    pub(crate) fn sprung(&self, moment: Moment, method: &str, path: &str) -> Vec<Edit> {
        let mut state = self.state();
        let fits = |ambush: &mut Ambush| ambush.moment == moment && ambush.fits(method, path);
        state.ambushes.extract_if(.., fits).flat_map(|ambush| ambush.edits).collect()
    }

    /// What the tenant must know of all this.
    pub(crate) fn conditions(&self) -> Conditions {
        let state = self.state();
        Conditions {
            lag: LagPolicy { changes: state.faults.lag, creations: state.faults.creation_lag },
            page_tokens: state.page_tokens,
            delta_tokens: state.delta_tokens,
            weather: state.faults.weather,
        }
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

fn push<T>(list: &mut Vec<T>, item: T) {
    if list.len() >= MAX_RULES {
        list.remove(0);
    }
    list.push(item);
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
