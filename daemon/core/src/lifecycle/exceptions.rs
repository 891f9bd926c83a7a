//! Exceptions and attestations (D23): made, ended, and warned of before they run out.

use super::sequence::Sequence;
use super::{Situation, planning, refuse, scan};
use crate::baseline::check::{Check, SettingCheck};
use crate::baseline::{Control, Exception};
use crate::checks::{Context, setting};
use crate::journal::event::Event;
use crate::state::State;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use trueconfig_common::id::ControlId;
use trueconfig_common::interface::CallError;
use trueconfig_common::personal::Personal;

/// How long an exception counts if nobody says (D23).
const DEFAULT_TERM: TimeDelta = TimeDelta::days(90);

/// Most exceptions made by people; beyond that the baseline is the wrong one.
const EXCEPTION_LIMIT: usize = 1_000;

/// Days before its end at which an exception is spoken of (D23), and its end itself.
const SPOKEN_OF: [i64; 4] = [0, 1, 7, 14];

/// An exception that somebody wants.
#[derive(Clone, Debug, PartialEq)]
pub struct NewException {
    /// The control.
    pub control: ControlId,
    /// The object.
    pub object: Personal,
    /// Why.
    pub reason: Personal,
    /// Who answers for it.
    pub owner: Personal,
    /// Until then; 90 days from now if none.
    pub expires: Option<DateTime<Utc>>,
    /// For a setting: the accepted value; the present one if none.
    pub value: Option<Value>,
}

/// Makes an exception.
pub(super) fn add(
    state: &State,
    new: NewException,
    situation: &Situation<'_>,
) -> Result<Vec<Event>, CallError> {
    let control = known(&new.control, situation)?;
    let said = [("object", &new.object), ("reason", &new.reason), ("owner", &new.owner)];
    if let Some((name, _)) = said.iter().find(|(_, text)| text.as_str().trim().is_empty()) {
        return refuse(format!("an exception needs its {name}"));
    }
    let expires = new.expires.unwrap_or(situation.now + DEFAULT_TERM);
    if expires <= situation.now {
        return refuse("an exception ends in the future: choose another --expires");
    }
    let there = state.accepted.exception(&new.control, new.object.as_str()).is_some();
    if !there && state.accepted.exceptions.len() >= EXCEPTION_LIMIT {
        return refuse(format!(
            "there are {EXCEPTION_LIMIT} exceptions: disable controls, or write your own"
        ));
    }
    let value = accepted_value(control, &new, situation)?;
    let NewException { control, object, reason, owner, .. } = new;
    Ok(vec![Event::ExceptionAdded { control, object, reason, owner, expires, value }])
}

fn known<'a>(id: &ControlId, situation: &Situation<'a>) -> Result<&'a Control, CallError> {
    situation.control(id).ok_or_else(|| CallError::NotFound {
        kind: "control".to_owned(),
        id: id.to_string(),
        help: "list them with `trueconfig controls`".to_owned(),
    })
}

/// The value that is accepted of a setting; null for any other object.
fn accepted_value(
    control: &Control,
    new: &NewException,
    situation: &Situation<'_>,
) -> Result<Value, CallError> {
    let Check::Setting(check) = &control.check else {
        return match &new.value {
            None => Ok(Value::Null),
            Some(_) => refuse(format!("{} judges no setting: there is no value to accept", control.id)),
        };
    };
    let paths: Vec<&str> = check.require.iter().map(|one| one.path.get_ref().as_str()).collect();
    if !paths.contains(&new.object.as_str()) {
        return refuse(format!("{} judges {}: name the one that is accepted", control.id, paths.join(", ")));
    }
    match &new.value {
        Some(value) => Ok(value.clone()),
        None => present_value(control, check, new.object.as_str(), situation),
    }
}

fn present_value(
    control: &Control,
    check: &SettingCheck,
    path: &str,
    situation: &Situation<'_>,
) -> Result<Value, CallError> {
    let Some(judged) = situation.judged else {
        return refuse("there was no scan yet, so that nothing is there to accept: scan first");
    };
    let parameters = situation.parameters(&control.id).map_err(|reason| refusal(&reason))?;
    let context = Context::new(&judged.snapshot, situation.tenant, situation.now);
    let states = setting::settings(&context, check, &parameters).map_err(|cause| refusal(&cause))?;
    let found = states.into_iter().find(|state| state.path == path);
    found.map(|state| state.actual).ok_or_else(|| refusal(&format!("{path} was not read")))
}

fn refusal(reason: &dyn std::fmt::Display) -> CallError {
    CallError::Refused { reason: reason.to_string(), differences: Vec::new() }
}

/// Ends an exception before its time.
pub(super) fn remove(
    state: &State,
    control: ControlId,
    object: &str,
    reason: Personal,
) -> Result<Vec<Event>, CallError> {
    let Some(found) = state.accepted.exception(&control, object) else {
        return Err(CallError::NotFound {
            kind: "exception".to_owned(),
            id: format!("{control} {object}"),
            help: "`trueconfig exceptions` lists them; those of the configuration are removed there"
                .to_owned(),
        });
    };
    Ok(vec![Event::ExceptionRemoved { control, object: found.object.clone(), reason }])
}

/// Takes a person's word on a control.
pub(super) fn attest(
    control: ControlId,
    statement: Personal,
    situation: &Situation<'_>,
) -> Result<Vec<Event>, CallError> {
    if statement.as_str().trim().is_empty() {
        return refuse("say what was confirmed, and how it was seen");
    }
    known(&control, situation)?;
    Ok(vec![Event::Attested { control, statement }])
}

/// Speaks of exceptions that end within 14, 7 or 1 days, and of those that have ended (D23).
pub(super) fn ending(state: &State, situation: &Situation<'_>) -> Vec<Event> {
    let exceptions = situation.tenant.exceptions.iter();
    exceptions.filter_map(|one| due(state, one, situation.now)).flatten().collect()
}

fn due(state: &State, exception: &Exception, now: DateTime<Utc>) -> Option<[Event; 2]> {
    let (control, object, expires) =
        (exception.control.clone(), exception.object.clone(), exception.expires.0);
    let left = expires - now;
    let days = SPOKEN_OF.into_iter().find(|days| left <= TimeDelta::days(*days))?;
    let said = state.accepted.warned.iter().any(|one| {
        one.control == control && one.object.as_str() == object && one.expires == expires && one.days <= days
    });
    if said {
        return None;
    }
    let ends = if days == 0 { "has ended" } else { "ends soon" };
    let message = format!(
        "the exception of {object} from {control} {ends}, on {}: {}",
        expires.format("%Y-%m-%d"),
        exception.reason
    );
    let alert = Event::Alerted {
        code: "exception_ends".to_owned(),
        control: Some(control.clone()),
        id: None,
        message: Personal::new(message),
    };
    Some([Event::ExceptionEnds { control, object: Personal::new(object), expires, days }, alert])
}

/// Takes in the last snapshot judged anew, because something else is accepted now: verdicts that changed, and
/// plans that nobody wants any more. It plans nothing: that is for the next scan.
pub(super) fn rejudged(state: &State, situation: &Situation<'_>) -> Result<Vec<Event>, CallError> {
    let mut sequence = Sequence::new(state, situation.now);
    sequence.extend(scan::changed_verdicts(state, &super::Movements::default(), situation))?;
    planning::reconsider(&mut sequence, situation)?;
    Ok(sequence.into_events())
}
