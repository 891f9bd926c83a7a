//! What people accepted or confirmed: exceptions (D23) and attestations, on top of the configuration's.

use crate::baseline::{Attestation, Exception, Expiry, TenantConfig};
use crate::journal::event::{Entry, Event};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use trueconfig_common::id::ControlId;
use trueconfig_common::personal::Personal;

/// What people accepted or confirmed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Accepted {
    /// The baseline that was taken; none in journals from before there was a choice.
    #[serde(default)]
    pub baseline: Option<TakenBaseline>,
    /// At most one per control and object.
    pub exceptions: Vec<AcceptedException>,
    /// The newest per control.
    pub attestations: BTreeMap<ControlId, Attested>,
    /// Of which exceptions it was said that they end, and how many days before.
    pub warned: Vec<Warned>,
}

/// A baseline that was taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TakenBaseline {
    /// Digest of the shipped files it was made of.
    pub files: String,
    /// When.
    pub at: DateTime<Utc>,
    /// By whom.
    pub by: String,
}

/// An object excluded from a control.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AcceptedException {
    /// The control.
    pub control: ControlId,
    /// The object.
    pub object: Personal,
    /// Why.
    pub reason: Personal,
    /// Who answers for it.
    pub owner: Personal,
    /// From then on it does not count.
    pub expires: DateTime<Utc>,
    /// For a setting: the accepted value; null for any other object.
    pub value: Value,
}

/// A person's word on a control.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attested {
    /// What was confirmed, and how it was seen.
    pub statement: Personal,
    /// Who confirmed it.
    pub owner: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// A warning that was given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Warned {
    /// The control.
    pub control: ControlId,
    /// The object.
    pub object: Personal,
    /// The end that was warned of.
    pub expires: DateTime<Utc>,
    /// How many days before; 0 for the end itself.
    pub days: i64,
}

impl Accepted {
    /// The configured statements with these beside them.
    pub fn beside(&self, configured: &TenantConfig) -> TenantConfig {
        let mut all = configured.clone();
        all.exceptions.extend(self.exceptions.iter().map(AcceptedException::statement));
        all.attestations.extend(self.attestations.iter().map(|(control, attested)| Attestation {
            control: control.clone(),
            statement: attested.statement.as_str().to_owned(),
            owner: attested.owner.clone(),
            attested: Expiry(attested.at),
        }));
        all
    }

    /// The exception of an object from a control.
    pub fn exception(&self, control: &ControlId, object: &str) -> Option<&AcceptedException> {
        self.exceptions.iter().find(|one| one.is_of(control, object))
    }

    pub(super) fn apply(&mut self, entry: &Entry) {
        match &entry.event {
            // The first one needs nobody's word: nothing was judged by another before.
            Event::DaemonStarted { shipped: Some(files), .. } if self.baseline.is_none() => {
                let (files, by) = (files.clone(), entry.actor.to_string());
                self.baseline = Some(TakenBaseline { files, at: entry.time, by });
            }
            Event::BaselineTaken { files, .. } => {
                let (files, by) = (files.clone(), entry.actor.to_string());
                self.baseline = Some(TakenBaseline { files, at: entry.time, by });
            }
            Event::ExceptionAdded { control, object, reason, owner, expires, value } => {
                self.exceptions.retain(|one| !one.is_of(control, object.as_str()));
                self.exceptions.push(AcceptedException {
                    control: control.clone(),
                    object: object.clone(),
                    reason: reason.clone(),
                    owner: owner.clone(),
                    expires: *expires,
                    value: value.clone(),
                });
            }
            Event::ExceptionRemoved { control, object, .. } => {
                self.exceptions.retain(|one| !one.is_of(control, object.as_str()));
            }
            Event::ExceptionEnds { control, object, expires, days } => {
                self.warned.retain(|one| one.control != *control || one.object != *object);
                let warned = Warned {
                    control: control.clone(),
                    object: object.clone(),
                    expires: *expires,
                    days: *days,
                };
                self.warned.push(warned);
            }
            Event::Attested { control, statement } => {
                let attested =
                    Attested { statement: statement.clone(), owner: entry.actor.to_string(), at: entry.time };
                self.attestations.insert(control.clone(), attested);
            }
            _ => {}
        }
    }
}

impl AcceptedException {
    /// The same as the configuration would say it.
    pub fn statement(&self) -> Exception {
        Exception {
            control: self.control.clone(),
            object: self.object.as_str().to_owned(),
            reason: self.reason.as_str().to_owned(),
            owner: self.owner.as_str().to_owned(),
            expires: Expiry(self.expires),
            value: Some(self.value.clone()).filter(|value| !value.is_null()),
        }
    }

    /// Objects do not differ by case alone.
    fn is_of(&self, control: &ControlId, object: &str) -> bool {
        self.control == *control && self.object.as_str().eq_ignore_ascii_case(object)
    }
}
