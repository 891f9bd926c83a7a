//! What an incremental scan starts from: the last snapshot, and where each delta query stands.

use super::query::delta_of;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use trueconfig_core::snapshot::{FamilyName, FamilyStatus, Snapshot};

/// Age from which families that Graph gives no delta of, and that are too dear to be read each
/// time, are read again.
pub const MAX_AGE: TimeDelta = TimeDelta::hours(24);

/// Families that may be taken over from an earlier scan until they are [`MAX_AGE`] old: one request
/// for every few hundred users, or one for each mailbox.
const CARRIED: [FamilyName; 4] = [
    FamilyName::SignInActivity,
    FamilyName::RegistrationDetails,
    FamilyName::MessageRules,
    FamilyName::ServicePrincipalSignInActivities,
];

/// Where a scan left off.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marks {
    /// When the last full scan began.
    pub full_at: Option<DateTime<Utc>>,
    /// When the last scan began: what was audited since is news.
    pub began_at: Option<DateTime<Utc>>,
    /// Path and query of each delta link. The host is ours to add, so that no answer can choose it.
    pub delta: BTreeMap<FamilyName, String>,
}

/// The last snapshot with its marks.
#[derive(Clone, Debug)]
pub struct Basis {
    /// The snapshot.
    pub snapshot: Snapshot,
    /// Where its scan left off.
    pub marks: Marks,
}

impl Basis {
    /// Families to take over as they are, and when each was read.
    pub(super) fn carried(&self, now: DateTime<Utc>) -> BTreeMap<FamilyName, DateTime<Utc>> {
        let read_at = |family| self.snapshot.carried.get(&family).copied().unwrap_or(self.snapshot.taken_at);
        let fresh = self.complete().filter(|family| CARRIED.contains(family));
        fresh.map(|family| (family, read_at(family))).filter(|(_, at)| now - *at < MAX_AGE).collect()
    }

    /// Delta queries to follow. A family that was not read to its end has to be read anew.
    pub(super) fn deltas(&self) -> BTreeMap<FamilyName, String> {
        let known = |family| self.marks.delta.get(&family).map(|path| (family, path.clone()));
        self.complete().filter(|family| delta_of(*family).is_some()).filter_map(known).collect()
    }

    fn complete(&self) -> impl Iterator<Item = FamilyName> {
        let summary = self.snapshot.summary().into_iter();
        summary.filter(|(_, status, _)| *status == FamilyStatus::Complete).map(|(family, ..)| family)
    }
}
