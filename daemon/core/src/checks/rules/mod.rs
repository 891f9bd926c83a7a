//! Rules: requirements that neither settings nor predicates can express, or that are too hot for
//! them. Each stands in its own file with the function that remedies use.

mod emergency_access;
mod global_administrators;
mod mfa_registration;
mod stale_users;

pub use emergency_access::{BreakGlassGap, break_glass_gaps};
pub use global_administrators::{Excess, excess, global_administrators};
pub use mfa_registration::{Registration, mfa_registration};
pub use stale_users::{StaleUser, StaleUsers, stale_users};

use super::{Finding, Question};
use crate::{
    baseline::{Parameters, check::Rule},
    snapshot::Unreadable,
};
use serde::de::DeserializeOwned;
use trueconfig_common::verdict::Verdict;

/// Carries out a rule.
pub(super) fn judge(question: &Question<'_, '_>, rule: Rule) -> Result<Finding, Unreadable> {
    match rule {
        Rule::LimitGlobalAdministrators => with(question, global_administrators::judge),
        Rule::EmergencyAccess => with(question, emergency_access::judge),
        Rule::MfaRegistration => with(question, mfa_registration::judge),
        Rule::StaleUsers => with(question, stale_users::judge),
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
