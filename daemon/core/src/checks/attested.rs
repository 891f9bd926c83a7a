//! What a person confirms because Graph does not show it. A confirmation counts for a number of
//! days; then the control is open again.

use super::{Context, Finding, Question, finding::evidence};
use crate::baseline::{Attestation, check::AttestedCheck};
use chrono::Duration;
use serde_json::json;
use trueconfig_common::{id::ControlId, verdict::Verdict};

/// How it stands with a confirmation.
#[derive(Clone, Debug, PartialEq)]
pub enum Standing<'a> {
    /// Nobody confirmed it.
    Missing,
    /// It has run out.
    Expired(&'a Attestation),
    /// It counts.
    Valid(&'a Attestation),
}

/// The newest confirmation of a control, and whether it still counts: for `days` days from the
/// moment it was made, that moment not counted again (D15). One of the future does not count.
pub fn standing<'a>(context: &Context<'a>, control: &ControlId, days: u32) -> Standing<'a> {
    let made = context.config.attestations.iter();
    let made = made.filter(|one| one.control == *control && one.attested.0 <= context.now());
    let Some(newest) = made.max_by_key(|one| one.attested) else { return Standing::Missing };
    if context.now() - newest.attested.0 < Duration::days(i64::from(days)) {
        Standing::Valid(newest)
    } else {
        Standing::Expired(newest)
    }
}

pub(super) fn judge(question: &Question<'_, '_>, check: &AttestedCheck) -> Finding {
    let expected = format!("confirmed within {} days: {}", check.days, check.statement);
    match standing(question.context, &question.control.id, check.days) {
        Standing::Missing => Finding::without_source(&format!(
            "Graph does not show it; nobody has confirmed: {}",
            check.statement
        ))
        .comparing(expected, "not confirmed"),
        Standing::Expired(one) => {
            let reason = format!("the confirmation of {} has run out", date(one));
            Finding::new(Verdict::Fail, reason.clone())
                .comparing(expected, reason)
                .with_evidence([describe(one)])
        }
        Standing::Valid(one) => {
            let reason = format!("confirmed by {} on {}", one.owner, date(one));
            Finding::new(Verdict::Pass, reason.clone())
                .comparing(expected, reason)
                .with_evidence([describe(one)])
        }
    }
}

fn date(one: &Attestation) -> String {
    one.attested.0.date_naive().to_string()
}

/// A confirmation as evidence.
pub(crate) fn describe(one: &Attestation) -> trueconfig_common::verdict::Evidence {
    let values = json!({"owner": one.owner, "attested": one.attested});
    evidence("attestation", &one.control, &one.owner, one.statement.clone(), values)
}
