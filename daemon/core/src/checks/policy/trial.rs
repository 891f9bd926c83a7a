//! While a policy that asks for a compliant device is report-only, people on macOS, iOS and
//! Android would be prompted for certificates. Such a policy leaves these platforms out until it
//! is enabled; that is no condition of the policy it is to become.

use super::body::has_actions;
use crate::{
    baseline::check::{Grant, Requirement},
    snapshot::{ConditionalAccessPolicy, Platforms, PolicyState},
};
use serde_json::{Value, json};

/// Platforms on which a report-only policy is felt.
const FELT: [&str; 3] = ["android", "iOS", "macOS"];

/// The condition on platforms of a policy that is tried out report-only, if its requirement asks
/// for a compliant device. User actions are never tried out.
pub(super) fn platforms(requirement: &Requirement) -> Option<Value> {
    let compliant = |grant: &Grant| *grant == Grant::CompliantDevice;
    let asks = requirement.any.first().is_some_and(|controls| controls.grant.iter().any(compliant));
    (asks && !has_actions(&requirement.applications))
        .then(|| json!({"includePlatforms": ["all"], "excludePlatforms": FELT}))
}

/// Whether a policy's condition on platforms is there for the trial only.
pub(super) fn is_for_trial(policy: &ConditionalAccessPolicy, requirement: &Requirement) -> bool {
    policy.state == PolicyState::ReportOnly
        && platforms(requirement).is_some()
        && leaves_out_felt_ones_only(&policy.conditions.platforms)
}

fn leaves_out_felt_ones_only(platforms: &Platforms) -> bool {
    let all = platforms.include_platforms.iter().any(|one| one.eq_ignore_ascii_case("all"));
    let felt = |one: &String| FELT.iter().any(|felt| felt.eq_ignore_ascii_case(one));
    all && !platforms.exclude_platforms.is_empty() && platforms.exclude_platforms.iter().all(felt)
}

/// A policy's conditions once it is enabled, if they are to be others than now.
pub fn conditions_once_enabled(policy: &ConditionalAccessPolicy, requirement: &Requirement) -> Option<Value> {
    if !is_for_trial(policy, requirement) {
        return None;
    }
    let mut conditions = policy.raw.get("conditions")?.clone();
    *conditions.get_mut("platforms")? = json!({"includePlatforms": ["all"], "excludePlatforms": []});
    Some(conditions)
}
