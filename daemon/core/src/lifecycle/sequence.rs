//! Several events decided together: each is folded into a copy of the state before the next is
//! decided, so that later ones see what earlier ones did.

use crate::journal::event::{Entry, Event};
use crate::state::State;
use chrono::{DateTime, Utc};
use trueconfig_common::interface::CallError;
use trueconfig_common::remediation::Actor;

/// Events decided so far, and the state they lead to.
pub(super) struct Sequence {
    state: State,
    events: Vec<Event>,
    now: DateTime<Utc>,
}

impl Sequence {
    pub(super) fn new(state: &State, now: DateTime<Utc>) -> Self {
        Self { state: state.clone(), events: Vec::new(), now }
    }

    /// The state that the events so far lead to.
    pub(super) fn state(&self) -> &State {
        &self.state
    }

    /// Adds one event.
    pub(super) fn push(&mut self, event: Event) -> Result<(), CallError> {
        let actor = Actor::system("planner");
        let entry = Entry { seq: self.state.seq + 1, time: self.now, actor, event };
        self.state.evolve(&entry).map_err(|illegal| CallError::Failed { reason: illegal.to_string() })?;
        self.events.push(entry.event);
        Ok(())
    }

    /// Adds several.
    pub(super) fn extend(&mut self, events: impl IntoIterator<Item = Event>) -> Result<(), CallError> {
        events.into_iter().try_for_each(|event| self.push(event))
    }

    pub(super) fn into_events(self) -> Vec<Event> {
        self.events
    }
}
