//! EXT-02, GOV-03, GOV-29: somebody asks again and again whether access is still needed.

use super::NoParameters;
use crate::{
    checks::{
        Context, Finding, Question,
        attested::{Standing, standing},
        finding::evidence,
        privileged, shown,
    },
    snapshot::{AccessReviewDefinition, FamilyName, Id, Recurrence, Unreadable},
};
use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::{Value, json};
use trueconfig_common::verdict::{NearMiss, Verdict};

/// States of a review that is over.
const ENDED: [&str; 3] = ["completed", "applied", "stopped"];

/// States of one that is not.
const UNDER_WAY: [&str; 8] = [
    "initializing",
    "notStarted",
    "starting",
    "inProgress",
    "completing",
    "autoReviewing",
    "autoReviewed",
    "applying",
];

/// How rarely a review may recur, in days.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rhythm {
    max_days: u32,
}

/// How long a confirmation that access expires counts, in days.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Expiry {
    attested_days: u32,
}

/// How a review lacks what is asked of it, the least lacking first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Lack {
    Rare(u32),
    Over,
    Once,
}

/// EXT-02: a recurring review of guests; or a person has confirmed that guests' access expires by
/// other means, which Graph does not show for each guest.
pub(super) fn guest_expiry(question: &Question<'_, '_>, limits: &Expiry) -> Result<Finding, Unreadable> {
    let found = review(question, "guests", of_guests, None)?;
    if found.verdict == Verdict::Pass {
        return Ok(found);
    }
    match standing(question.context, &question.control.id, limits.attested_days) {
        Standing::Valid(one) => {
            Ok(Finding::new(Verdict::Pass, format!("expiry of guests' access confirmed by {}", one.owner)))
        }
        _ => Ok(found),
    }
}

/// GOV-29: a recurring review of guests.
pub(super) fn guests(question: &Question<'_, '_>, _: &NoParameters) -> Result<Finding, Unreadable> {
    review(question, "guests", of_guests, None)
}

/// GOV-03: a review of privileged roles that recurs often enough.
pub(super) fn privileged_roles(question: &Question<'_, '_>, limits: &Rhythm) -> Result<Finding, Unreadable> {
    review(question, "privileged roles", of_privileged_roles, Some(limits.max_days))
}

fn review(
    question: &Question<'_, '_>,
    what: &str,
    about: fn(&AccessReviewDefinition) -> bool,
    max_days: Option<u32>,
) -> Result<Finding, Unreadable> {
    let often = max_days.map(|days| format!(", at least every {days} days")).unwrap_or_default();
    let expected = format!("a recurring access review of {what}{often}");
    let mut doubt = None;
    let mut nearest: Option<(Lack, &AccessReviewDefinition)> = None;
    for one in question.context.snapshot.access_review_definitions.rows()?.iter().filter(|one| about(one)) {
        match lack(question.context, one, max_days) {
            Ok(None) => {
                let reason = format!("{} reviews {what}", shown(&one.display_name));
                let evidence = evidence("accessReview", &one.id, &one.display_name, "recurs", json!(null));
                return Ok(Finding::new(Verdict::Pass, reason.clone())
                    .comparing(expected, reason)
                    .with_evidence([evidence]));
            }
            Ok(Some(lack)) if nearest.is_none_or(|(other, _)| lack < other) => nearest = Some((lack, one)),
            Ok(Some(_)) => {}
            Err(detail) => doubt = Some(Unreadable::inside(FamilyName::AccessReviewDefinitions, detail)),
        }
    }
    if let Some(cause) = doubt {
        return Err(cause);
    }
    let words = nearest.map(|(lack, one)| {
        let why = match lack {
            Lack::Rare(days) => format!("recurs every {days} days only"),
            Lack::Once => "does not recur".to_owned(),
            Lack::Over => "has ended".to_owned(),
        };
        (format!("{} {why}", shown(&one.display_name)), one)
    });
    let near_miss = words.as_ref().map(|(sentence, one)| NearMiss {
        sentence: format!("passes but for this: {sentence}"),
        object: one.id.to_string(),
        field: "settings.recurrence".to_owned(),
        actual: json!(one.settings.as_ref().and_then(|settings| settings.recurrence.as_ref())),
        wanted: json!(expected),
        also: Vec::new(),
    });
    let reason = match words {
        Some((sentence, _)) => format!("no review of {what} does: {sentence}"),
        None => format!("there is no access review of {what}"),
    };
    Ok(Finding::new(Verdict::Fail, reason.clone()).comparing(expected, reason).with_near_miss(near_miss))
}

/// What a review lacks; an error if its rhythm is not understood.
fn lack(
    context: &Context<'_>,
    one: &AccessReviewDefinition,
    max_days: Option<u32>,
) -> Result<Option<Lack>, String> {
    let is = |words: &[&str]| {
        one.status.as_deref().is_some_and(|status| words.iter().any(|word| status.eq_ignore_ascii_case(word)))
    };
    let ended = is(&ENDED);
    if one.status.is_some() && !ended && !is(&UNDER_WAY) {
        return Err(format!("status of review {} is not known", one.id));
    }
    let recurrence = one.settings.as_ref().and_then(|settings| settings.recurrence.as_ref());
    let Some(recurrence) = recurrence else { return Ok(Some(Lack::Once)) };
    if recurrence.pattern.as_ref().and_then(|pattern| pattern.kind.as_ref()).is_none() {
        return Ok(Some(Lack::Once));
    }
    let days =
        days_between(recurrence).ok_or_else(|| format!("recurrence of review {} is not known", one.id))?;
    if ended || is_over(context, recurrence, one)? {
        return Ok(Some(Lack::Over));
    }
    Ok(max_days.filter(|most| days > *most).map(|_| Lack::Rare(days)))
}

/// Days from one instance to the next; a month counts as 30, so that a quarter has 90.
fn days_between(recurrence: &Recurrence) -> Option<u32> {
    let pattern = recurrence.pattern.as_ref()?;
    let unit = match pattern.kind.as_deref()?.to_ascii_lowercase().as_str() {
        "daily" => 1,
        "weekly" => 7,
        "absolutemonthly" | "relativemonthly" => 30,
        "absoluteyearly" | "relativeyearly" => 365,
        _ => return None,
    };
    let interval = u32::try_from(pattern.interval?).ok().filter(|interval| *interval > 0)?;
    interval.checked_mul(unit)
}

fn is_over(
    context: &Context<'_>,
    recurrence: &Recurrence,
    one: &AccessReviewDefinition,
) -> Result<bool, String> {
    let Some(range) = &recurrence.range else { return Ok(false) };
    let kind = range.kind.as_deref().map(str::to_ascii_lowercase);
    match kind.as_deref() {
        Some("enddate") => {}
        Some("noend" | "numbered") => return Ok(false),
        _ => return Err(format!("recurrence.range.type of review {} is missing or not known", one.id)),
    }
    let written = range.end_date.as_deref().unwrap_or_default();
    let end: NaiveDate = written
        .parse()
        .map_err(|_| format!("endDate of review {} is \"{}\", no date", one.id, shown(written)))?;
    Ok(end < context.now().date_naive())
}

/// Every query that a review's scope holds, in lower case.
fn queries(one: &AccessReviewDefinition) -> Vec<String> {
    let mut found = Vec::new();
    let mut left: Vec<&Value> = one.scope.iter().chain(&one.instance_enumeration_scope).collect();
    while let Some(value) = left.pop() {
        match value {
            Value::Object(fields) => {
                let query = fields.get("query").and_then(Value::as_str).map(str::to_lowercase);
                found.extend(query);
                left.extend(fields.values().filter(|field| field.is_object() || field.is_array()));
            }
            Value::Array(entries) => left.extend(entries),
            _ => {}
        }
    }
    found
}

fn of_guests(one: &AccessReviewDefinition) -> bool {
    queries(one).iter().any(|query| {
        let plain: String = query.replace("%20", " ").replace("%27", "'");
        plain.contains("usertype eq 'guest'")
    })
}

fn of_privileged_roles(one: &AccessReviewDefinition) -> bool {
    queries(one).iter().any(|query| {
        let Some((_, rest)) = query.split_once("/rolemanagement/directory/") else { return false };
        let role = rest.split_once("roledefinitions/").map(|(_, id)| id);
        let role = role.map(|id| Id::new(id.split(['/', '?']).next().unwrap_or_default()));
        role.is_none_or(|role| privileged::is_privileged(&role))
    })
}
