//! LOG-01 and LOG-20: logs are readable, and something was written lately.

use crate::{
    checks::{
        Finding, Question,
        attested::{Standing, describe, standing},
        finding::evidence,
    },
    snapshot::{FamilyName, Id, Unreadable},
};
use chrono::{DateTime, Duration, Utc};
use serde::Deserialize;
use serde_json::json;
use trueconfig_common::verdict::{NearMiss, Verdict};

/// How old the newest entry may be, in hours, and how long a confirmation counts, in days.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Audits {
    recent_hours: u32,
    attested_days: u32,
}

/// How old the newest entry may be, in hours.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SignIns {
    recent_hours: u32,
}

/// LOG-01: the directory's audit log is recent, and a person has confirmed the unified one, which
/// Graph does not show. Without that it is a warning.
pub(super) fn audits(question: &Question<'_, '_>, limits: &Audits) -> Result<Finding, Unreadable> {
    let rows = question.context.snapshot.directory_audits.rows()?;
    let times = rows.iter().map(|row| (&row.id, row.activity_date_time));
    let newest = newest(FamilyName::DirectoryAudits, "activityDateTime", times)?;
    let found = recent(question, "directory audit", newest, limits.recent_hours);
    if found.verdict != Verdict::Pass {
        return Ok(found);
    }
    let confirmed = match standing(question.context, &question.control.id, limits.attested_days) {
        Standing::Valid(one) => {
            let reason = format!("{}; unified audit log confirmed by {}", found.reason, one.owner);
            return Ok(Finding { reason, ..found }.with_evidence([describe(one)]));
        }
        Standing::Expired(_) => "the confirmation of the unified audit log has run out",
        Standing::Missing => "nobody has confirmed the unified audit log, which Graph does not show",
    };
    let near_miss = NearMiss {
        sentence: "passes but for the confirmation that the unified audit log is on".to_owned(),
        object: question.control.id.to_string(),
        field: "attestations".to_owned(),
        actual: json!(null),
        wanted: json!("an [[attestations]] entry for this control"),
        also: Vec::new(),
    };
    let reason = format!("{}; {confirmed}", found.reason);
    Ok(Finding { verdict: Verdict::Warning, reason, ..found }.with_near_miss(Some(near_miss)))
}

/// LOG-20: the newest sign-in is recent.
pub(super) fn sign_ins(question: &Question<'_, '_>, limits: &SignIns) -> Result<Finding, Unreadable> {
    let rows = question.context.snapshot.sign_ins.rows()?;
    let times = rows.iter().map(|row| (&row.id, row.created_date_time));
    let newest = newest(FamilyName::SignIns, "createdDateTime", times)?;
    Ok(recent(question, "sign-in", newest, limits.recent_hours))
}

/// The newest of some entries. One without a time is an error unless another is newer than it can matter.
fn newest<'a>(
    family: FamilyName,
    field: &str,
    entries: impl Iterator<Item = (&'a Id, Option<DateTime<Utc>>)>,
) -> Result<Option<(&'a Id, DateTime<Utc>)>, Unreadable> {
    let mut newest: Option<(&Id, DateTime<Utc>)> = None;
    for (id, time) in entries {
        let Some(time) = time else {
            return Err(Unreadable::inside(family, format!("{field} of entry {id} is missing")));
        };
        if newest.is_none_or(|(_, other)| time > other) {
            newest = Some((id, time));
        }
    }
    Ok(newest)
}

fn recent(
    question: &Question<'_, '_>,
    what: &str,
    newest: Option<(&Id, DateTime<Utc>)>,
    hours: u32,
) -> Finding {
    let expected = format!("the newest {what} is at most {hours} hours old");
    let Some((id, time)) = newest else {
        let reason = format!("there is no {what} at all");
        let near_miss = near_miss(&expected, "none", what);
        return Finding::new(Verdict::Fail, format!("{reason}; {expected}"))
            .comparing(expected, reason)
            .with_near_miss(Some(near_miss));
    };
    let age = question.context.now() - time;
    let met = age <= Duration::hours(i64::from(hours));
    let actual = format!("the newest {what} is {} hours old", age.num_hours().max(0));
    let verdict = if met { Verdict::Pass } else { Verdict::Fail };
    let values = json!({"time": time});
    let near_miss = (!met).then(|| near_miss(&expected, &id.to_string(), what));
    Finding::new(verdict, format!("{actual}; at most {hours} allowed"))
        .comparing(expected, actual.clone())
        .with_evidence([evidence("logEntry", id, "", actual, values)])
        .with_near_miss(near_miss)
}

fn near_miss(expected: &str, object: &str, what: &str) -> NearMiss {
    NearMiss {
        sentence: format!("passes when a new {what} is written"),
        object: object.to_owned(),
        field: "time".to_owned(),
        actual: json!(null),
        wanted: json!(expected),
        also: Vec::new(),
    }
}
