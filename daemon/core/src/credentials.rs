//! When the proofs of our own registrations end, and when that is said: 30, 14, 7 and 1 days before, and at the end.
//!
//! A certificate's end is in the certificate. A client secret's end only the tenant knows: the last snapshot's
//! registration has it, and where that has several secrets the latest end counts, for which of them is ours is not told.

use crate::journal::event::Event;
use crate::lifecycle::Situation;
use crate::snapshot::{Id, Snapshot};
use crate::state::State;
use chrono::{DateTime, TimeDelta, Utc};
use trueconfig_common::control::Severity;
use trueconfig_common::interface::status::HealthWarning;
use trueconfig_common::personal::Personal;

/// Days before the end at which it is said, the latest first.
const SPOKEN_OF: [i64; 5] = [0, 1, 7, 14, 30];

/// The proof of a registration of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnCredential {
    /// `reader` or `writer`.
    pub registration: String,
    /// Application (client) id.
    pub client_id: String,
    /// What it is.
    pub proof: Proof,
}

/// What proves a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// A certificate that ends then.
    Certificate(DateTime<Utc>),
    /// A client secret.
    Secret,
    /// Something that does not end.
    Endless,
}

/// When a proof ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// `reader` or `writer`.
    pub registration: String,
    /// `certificate` or `client secret`.
    pub what: &'static str,
    /// When.
    pub ends_at: DateTime<Utc>,
}

/// When our proofs end, as far as is known.
pub fn endings(own: &[OwnCredential], snapshot: Option<&Snapshot>) -> Vec<Ending> {
    let ending = |one: &OwnCredential| {
        let (what, ends_at) = match one.proof {
            Proof::Certificate(ends_at) => ("certificate", ends_at),
            Proof::Secret => ("client secret", secret_end(snapshot?, &one.client_id)?),
            Proof::Endless => return None,
        };
        Some(Ending { registration: one.registration.clone(), what, ends_at })
    };
    own.iter().filter_map(ending).collect()
}

fn secret_end(snapshot: &Snapshot, client_id: &str) -> Option<DateTime<Utc>> {
    let client_id = Id::new(client_id);
    let applications = snapshot.applications.rows().ok()?;
    let own = applications.iter().find(|one| one.app_id.as_ref() == Some(&client_id))?;
    own.password_credentials.iter().filter_map(|secret| secret.end_date_time).max()
}

/// What is to be said now and was not yet: an event for the journal, and an alert.
pub fn due(state: &State, own: &[OwnCredential], situation: &Situation<'_>) -> Vec<Event> {
    let snapshot = situation.judged.map(|judged| &*judged.snapshot);
    let endings = endings(own, snapshot).into_iter();
    endings.filter_map(|ending| said_now(state, &ending, situation.now)).flatten().collect()
}

fn said_now(state: &State, ending: &Ending, now: DateTime<Utc>) -> Option<[Event; 2]> {
    let days = step(ending, now)?;
    let said = state.credentials_warned.get(&ending.registration);
    if said.is_some_and(|said| said.ends_at == ending.ends_at && said.days <= days) {
        return None;
    }
    let (registration, ends_at) = (ending.registration.clone(), ending.ends_at);
    let message = Personal::new(sentence(ending, now));
    let alert = Event::Alerted { code: "credential_expires".to_owned(), control: None, id: None, message };
    Some([Event::CredentialEnds { registration, ends_at, days }, alert])
}

/// The latest of the moments at which it is said that has come.
fn step(ending: &Ending, now: DateTime<Utc>) -> Option<i64> {
    let left = ending.ends_at - now;
    SPOKEN_OF.into_iter().find(|days| left <= TimeDelta::days(*days))
}

fn sentence(ending: &Ending, now: DateTime<Utc>) -> String {
    let Ending { registration, what, ends_at } = ending;
    let day = ends_at.format("%Y-%m-%d");
    let (verb, then) = match ends_at <= &now {
        true => ("ended", "nothing works with it any more"),
        false => ("ends", "nothing works with it from then on"),
    };
    format!(
        "the {what} of the {registration} {verb} on {day}, {then}: make a new one, register it, and restart"
    )
}

/// The warning of the daemon's health that a near end is.
pub fn warning(ending: &Ending, now: DateTime<Utc>) -> Option<HealthWarning> {
    let severity = match step(ending, now)? {
        0 | 1 => Severity::Critical,
        7 => Severity::High,
        _ => Severity::Medium,
    };
    let text = sentence(ending, now);
    let sentence = format!("T{}.", text.strip_prefix('t').unwrap_or(&text));
    Some(HealthWarning { code: "credential_expires".to_owned(), severity, sentence })
}
