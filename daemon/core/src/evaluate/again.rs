//! Verdicts of an earlier scan, taken over where they hold: under the same baseline, statements of the operator
//! and version of the product, if no family that was looked at changed and the clock was not asked. Then judging
//! again would look at the same things and say the same ([`Grounds`]).

use super::Found;
use crate::{
    baseline::{Baseline, TenantConfig},
    snapshot::{FamilyName, Grounds, Snapshot},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use trueconfig_common::{id::ControlId, verdict::Judgement};

/// Verdicts with what they rest on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Verdicts {
    /// Baseline, statements and version.
    under: String,
    families: BTreeMap<FamilyName, String>,
    known: BTreeMap<ControlId, Known>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Known {
    judgement: Judgement,
    families: Vec<FamilyName>,
}

impl Verdicts {
    /// What was found of a snapshot, as far as it can be told later whether it still holds: it must not rest
    /// on the clock, nor on families whose rows are not kept.
    pub fn of(found: &[Found], snapshot: &Snapshot, baseline: &Baseline, config: &TenantConfig) -> Self {
        if !snapshot.unstated.is_empty() {
            // What a file leaves unsaid is not among what families are told apart by.
            return Self::default();
        }
        let families = snapshot.fingerprints();
        let lasting = |found: &&Found| {
            !found.grounds.has_clock()
                && found.grounds.families().all(|family| families.contains_key(&family))
        };
        let known = found.iter().filter(lasting).map(|found| {
            let known =
                Known { judgement: found.judgement.clone(), families: found.grounds.families().collect() };
            (found.judgement.control.clone(), known)
        });
        Self { under: under(baseline, config), known: known.collect(), families }
    }

    /// Those that hold for a snapshot.
    pub(super) fn holding(
        &self,
        snapshot: &Snapshot,
        baseline: &Baseline,
        config: &TenantConfig,
    ) -> BTreeMap<&ControlId, Found> {
        if self.known.is_empty() || !snapshot.unstated.is_empty() || self.under != under(baseline, config) {
            return BTreeMap::new();
        }
        let families = snapshot.fingerprints();
        let same = |family: &FamilyName| {
            families.get(family).is_some_and(|now| self.families.get(family) == Some(now))
        };
        let holding = self.known.iter().filter(|(_, known)| known.families.iter().all(same));
        holding.map(|(control, known)| (control, known.found())).collect()
    }

    /// How many hold for a snapshot.
    pub fn hold(&self, snapshot: &Snapshot, baseline: &Baseline, config: &TenantConfig) -> usize {
        self.holding(snapshot, baseline, config).len()
    }
}

impl Known {
    fn found(&self) -> Found {
        let grounds = Grounds::of(|| self.families.iter().copied().for_each(Grounds::family)).1;
        Found { judgement: self.judgement.clone(), grounds }
    }
}

/// What a verdict depends on beside the tenant.
fn under(baseline: &Baseline, config: &TenantConfig) -> String {
    let config = serde_json::to_vec(config).unwrap_or_default();
    let hash = Sha256::new_with_prefix(env!("CARGO_PKG_VERSION")).chain_update(&baseline.digest);
    hash.chain_update(config).finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
