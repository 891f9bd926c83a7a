//! The check kinds: each turns a [`Context`] and a control into a [`Finding`]. A check says
//! `pass` only if it could read all that the answer rests on; what it could not read comes back
//! as [`Unreadable`] and becomes `error` (T5). Remedies use the same
//! functions, so that what is fixed is exactly what was found.

pub mod accounts;
pub mod attested;
pub mod cel;
mod context;
pub mod each;
mod finding;
mod first_party;
pub mod holders;
mod index;
pub(crate) mod licence;
pub mod permissions;
mod pick;
pub mod policy;
pub mod privileged;
pub mod roles;
pub mod rules;
pub mod setting;

pub use context::{Context, Exceptions};
pub use finding::{Finding, shown};
pub use licence::missing_licences;

use crate::{
    baseline::{Control, Parameters, check::Check},
    snapshot::Unreadable,
};

/// What a check is asked: a control with its parameters and exceptions, in a tenant.
pub struct Question<'q, 'a> {
    /// The tenant.
    pub context: &'q Context<'a>,
    /// The control.
    pub control: &'q Control,
    /// Its parameters.
    pub parameters: &'q Parameters,
    /// Exceptions that count now.
    pub exceptions: Exceptions,
}

impl<'q, 'a> Question<'q, 'a> {
    /// Puts a control's question.
    pub fn new(context: &'q Context<'a>, control: &'q Control, parameters: &'q Parameters) -> Self {
        Self { context, control, parameters, exceptions: context.exceptions(&control.id) }
    }
}

/// Carries out a control's check.
///
/// # Errors
/// [`Unreadable`] if what the answer rests on could not be read.
pub fn judge(question: &Question<'_, '_>) -> Result<Finding, Unreadable> {
    match &question.control.check {
        Check::Setting(check) => setting::judge(question, check),
        Check::Policy(check) => policy::judge(question, check),
        Check::Each(check) => each::judge_each(question, check),
        Check::Count(check) => each::judge_count(question, check),
        Check::Rule(rule) => rules::judge(question, *rule),
        Check::Attested(check) => Ok(attested::judge(question, check)),
        Check::Source(check) => Ok(Finding::without_source(&check.reason)),
    }
}
