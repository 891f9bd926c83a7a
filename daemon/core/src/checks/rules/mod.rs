//! Rules: requirements that neither settings nor predicates can express, or that are too hot for
//! them. Each stands in its own file with the function that remedies use.

mod authentication_methods;
mod dangling_references;
mod emergency_access;
mod exclusion_gaps;
mod expectation;
mod global_administrators;
mod mfa_registration;
mod protected_groups;
mod registered_methods;
mod security_defaults;
mod stale_users;
mod sync_exclusion;

pub use emergency_access::{BreakGlassGap, break_glass_gaps};
pub use global_administrators::{Excess, excess, global_administrators};
pub use mfa_registration::{Registration, mfa_registration};
pub use stale_users::{StaleUser, StaleUsers, stale_users};

use super::{Finding, Question};
use crate::{
    baseline::{Parameters, check::Rule},
    snapshot::Unreadable,
};
use serde::{Deserialize, de::DeserializeOwned};
use trueconfig_common::verdict::Verdict;

/// Of rules that have none.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NoParameters {}

/// Carries out a rule.
pub(super) fn judge(question: &Question<'_, '_>, rule: Rule) -> Result<Finding, Unreadable> {
    match rule {
        Rule::LimitGlobalAdministrators => with(question, global_administrators::judge),
        Rule::EmergencyAccess => with(question, emergency_access::judge),
        Rule::MfaRegistration => with(question, mfa_registration::judge),
        Rule::StaleUsers => with(question, stale_users::judge),
        Rule::Passkeys => with(question, registered_methods::passkeys),
        Rule::MethodsMigration => authentication_methods::migration(question),
        Rule::WeakMethods => authentication_methods::weak_methods(question),
        Rule::AuthenticatorContext => authentication_methods::authenticator_context(question),
        Rule::TemporaryAccessPass => authentication_methods::temporary_access_pass(question),
        Rule::Fido2Attestation => authentication_methods::fido2_attestation(question),
        Rule::RegistrationCampaign => authentication_methods::registration_campaign(question),
        Rule::Certificates => authentication_methods::certificates(question),
        Rule::SelfServiceReset => registered_methods::self_service_reset(question),
        Rule::SecurityDefaults => security_defaults::judge(question),
        Rule::SyncExclusion => sync_exclusion::judge(question),
        Rule::DanglingReferences => dangling_references::judge(question),
        Rule::ExclusionGaps => exclusion_gaps::judge(question),
        Rule::ProtectedGroups => protected_groups::judge(question),
    }
}

/// Checks parameters against a rule's own type, when a control file is read.
///
/// # Errors
/// A sentence that says what is wrong.
pub fn check_parameters(rule: Rule, parameters: &Parameters) -> Result<(), String> {
    match rule {
        Rule::LimitGlobalAdministrators => typed::<global_administrators::Limits>(parameters).map(drop),
        Rule::EmergencyAccess => typed::<emergency_access::Limits>(parameters).map(drop),
        Rule::MfaRegistration => typed::<mfa_registration::Limits>(parameters).map(drop),
        Rule::StaleUsers => typed::<stale_users::Limits>(parameters).map(drop),
        Rule::Passkeys => typed::<registered_methods::Limits>(parameters).map(drop),
        Rule::MethodsMigration
        | Rule::WeakMethods
        | Rule::AuthenticatorContext
        | Rule::TemporaryAccessPass
        | Rule::Fido2Attestation
        | Rule::RegistrationCampaign
        | Rule::Certificates
        | Rule::SelfServiceReset
        | Rule::SecurityDefaults
        | Rule::SyncExclusion
        | Rule::DanglingReferences
        | Rule::ExclusionGaps
        | Rule::ProtectedGroups => typed::<NoParameters>(parameters).map(drop),
    }
}

/// Parameters of a rule as its own type.
///
/// # Errors
/// A sentence that says what is wrong.
pub(crate) fn typed<T: DeserializeOwned>(parameters: &Parameters) -> Result<T, String> {
    let table = parameters.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    serde_json::from_value(serde_json::Value::Object(table)).map_err(|error| error.to_string())
}

fn with<T: DeserializeOwned>(
    question: &Question<'_, '_>,
    rule: impl Fn(&Question<'_, '_>, &T) -> Result<Finding, Unreadable>,
) -> Result<Finding, Unreadable> {
    match typed(question.parameters) {
        Ok(limits) => rule(question, &limits),
        Err(problem) => Ok(Finding::new(Verdict::Error, format!("unreadable parameters: {problem}"))),
    }
}
