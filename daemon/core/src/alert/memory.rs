//! What was told lately: an alert that only repeats another is counted, and told with the next one.

use super::Alert;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Subjects remembered; the oldest goes first, and may then be told once too often.
const SUBJECTS: usize = 1_000;

/// Subjects of alerts that were told. Its answers follow from the alerts it was given and their times alone, so
/// that a second reading of the same records gives the same ones.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    told: BTreeMap<String, Told>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Told {
    at: DateTime<Utc>,
    repeats: u64,
}

impl Memory {
    /// Takes note of an alert: whether it is to be told, and then how often it was repeated since it last was.
    pub fn take(&mut self, alert: &Alert, window: TimeDelta) -> Option<u64> {
        if !alert.may_repeat() {
            return Some(0);
        }
        let subject = alert.subject();
        let fresh = Told { at: alert.time, repeats: 0 };
        match self.told.get_mut(&subject) {
            Some(last) if alert.time - last.at < window => {
                last.repeats += 1;
                None
            }
            Some(last) => Some(std::mem::replace(last, fresh).repeats),
            None => {
                self.forget(alert.time - window);
                self.told.insert(subject, fresh);
                Some(0)
            }
        }
    }

    fn forget(&mut self, before: DateTime<Utc>) {
        self.told.retain(|_, told| told.at > before || told.repeats > 0);
        if self.told.len() >= SUBJECTS {
            let oldest = self.told.iter().min_by_key(|(_, told)| told.at).map(|(subject, _)| subject.clone());
            oldest.map(|subject| self.told.remove(&subject));
        }
    }
}
