//! LIC-20, GOV-22, GOV-32, GOV-33, DATA-20: licences, directory settings, synchronisation and
//! idle sessions of the organisation as a whole.

use super::{
    NoParameters,
    tally::{Offence, Tally, Words},
};
use crate::{
    checks::{Context, Finding, Question, finding::evidence, holders::unknown_state, licence},
    snapshot::{ActivityBasedTimeoutPolicy, FamilyName, Id, Unreadable},
};
use chrono::{Duration, TimeDelta};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use trueconfig_common::{
    control::Licence,
    verdict::{NearMiss, Verdict},
};

/// Whether privileged users need P2.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Units {
    p2_for_privileged: bool,
}

/// How old the last synchronisation may be, in hours.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SyncAge {
    max_hours: u32,
}

/// How long a session may be idle, in minutes.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Idle {
    max_minutes: u32,
}

/// Template of the settings of Microsoft 365 groups.
pub const GROUP_UNIFIED: &str = "62375ab9-6b52-47ed-826b-58e47e0e304b";

/// LIC-20: units of P1 for every enabled member, of P2 for every privileged user.
pub(super) fn licences(question: &Question<'_, '_>, limits: &Units) -> Result<Finding, Unreadable> {
    let context = question.context;
    let mut members = 0_i64;
    for user in context.snapshot.users.rows()?.iter().filter(|user| !user.is_guest()) {
        match user.account_enabled {
            Some(true) if question.exceptions.has_user(user) => {}
            Some(true) => members += 1,
            Some(false) => {}
            None => return Err(unknown_state(user)),
        }
    }
    let mut needs = vec![("Entra ID P1", licence::units(context, Licence::P1)?, members, "enabled members")];
    if limits.p2_for_privileged {
        let users = context.privileged_users()?;
        let privileged: BTreeSet<&Id> = users.iter().map(|one| &one.user.id).collect();
        let needed = i64::try_from(privileged.len()).unwrap_or(i64::MAX);
        needs.push(("Entra ID P2", licence::units(context, Licence::P2)?, needed, "privileged users"));
    }
    let told = |(name, units, needed, whom): &(&str, i64, i64, &str)| {
        format!("{units} units of {name} for {needed} {whom}")
    };
    let actual = needs.iter().map(told).collect::<Vec<_>>().join(", ");
    let lacking = needs.iter().find(|(_, units, needed, _)| units < needed);
    let near_miss = lacking.map(|(name, units, needed, _)| NearMiss {
        sentence: format!("passes with {} more units of {name}", needed - units),
        object: "subscribedSkus".to_owned(),
        field: "prepaidUnits.enabled".to_owned(),
        actual: json!(units),
        wanted: json!(needed),
        also: Vec::new(),
    });
    let verdict = if lacking.is_some() { Verdict::Fail } else { Verdict::Pass };
    Ok(Finding::new(verdict, actual.clone())
        .comparing("at least as many units as people who need them", actual)
        .with_near_miss(near_miss))
}

/// GOV-22: only some may create Microsoft 365 groups. Without settings the service's default holds: everybody may.
pub(super) fn group_creation(question: &Question<'_, '_>, _: &NoParameters) -> Result<Finding, Unreadable> {
    const NAME: &str = "EnableGroupCreation";
    let context = question.context;
    let template = Id::new(GROUP_UNIFIED);
    let rows = context.snapshot.group_settings.rows()?;
    let setting = rows.iter().find(|row| row.template_id.as_ref() == Some(&template));
    let Some(setting) = setting else {
        return Ok(creation_finding(question, true, "by default, for there are no settings"));
    };
    match setting.value(NAME).map(str::to_ascii_lowercase).as_deref() {
        Some("false") => Ok(creation_finding(question, false, "by the directory setting")),
        Some("true") => Ok(creation_finding(question, true, "by the directory setting")),
        Some(other) => {
            let detail = format!("{NAME} is \"{}\", which is not known", crate::checks::shown(other));
            Err(Unreadable::inside(FamilyName::GroupSettings, detail))
        }
        None => Err(Unreadable::inside(FamilyName::GroupSettings, format!("{NAME} is missing"))),
    }
}

fn creation_finding(question: &Question<'_, '_>, everybody: bool, how: &str) -> Finding {
    let whom = if everybody { "everybody" } else { "only those chosen" };
    let actual = format!("{whom} may create Microsoft 365 groups, {how}");
    let excepted = everybody && question.exceptions.has_text("EnableGroupCreation");
    let near_miss = (everybody && !excepted).then(|| NearMiss {
        sentence: "passes but for EnableGroupCreation, which is true".to_owned(),
        object: GROUP_UNIFIED.to_owned(),
        field: "EnableGroupCreation".to_owned(),
        actual: json!(true),
        wanted: json!(false),
        also: Vec::new(),
    });
    let verdict = if everybody && !excepted { Verdict::Fail } else { Verdict::Pass };
    let reason =
        if excepted { format!("{actual}; deviates as accepted by an exception") } else { actual.clone() };
    Finding::new(verdict, reason)
        .comparing("users may not create Microsoft 365 groups", actual)
        .with_near_miss(near_miss)
}

/// Whether a directory on-premises is synchronised; null means that none ever was.
fn is_hybrid(context: &Context<'_>) -> Result<bool, Unreadable> {
    Ok(context.snapshot.organization.single()?.on_premises_sync_enabled == Some(true))
}

fn cloud_only() -> Finding {
    Finding::new(Verdict::NotApplicable, "cloud only: no directory on-premises is synchronised")
}

/// GOV-32: the last synchronisation is recent.
pub(super) fn sync_age(question: &Question<'_, '_>, limits: &SyncAge) -> Result<Finding, Unreadable> {
    let context = question.context;
    if !is_hybrid(context)? {
        return Ok(cloud_only());
    }
    let organization = context.snapshot.organization.single()?;
    let Some(last) = organization.on_premises_last_sync_date_time else {
        return Err(Unreadable::inside(FamilyName::Organization, "onPremisesLastSyncDateTime is missing"));
    };
    let age = context.now() - last;
    let met = age <= Duration::hours(i64::from(limits.max_hours));
    let actual = format!("last synchronised {} minutes ago", age.num_minutes().max(0));
    let expected = format!("synchronised within {} hours", limits.max_hours);
    let near_miss = (!met).then(|| NearMiss {
        sentence: format!("passes when the directory is synchronised; it last was at {last}"),
        object: organization.id.to_string(),
        field: "onPremisesLastSyncDateTime".to_owned(),
        actual: json!(last),
        wanted: json!(expected),
        also: Vec::new(),
    });
    let verdict = if met { Verdict::Pass } else { Verdict::Fail };
    Ok(Finding::new(verdict, format!("{actual}; {expected}"))
        .comparing(expected, actual.clone())
        .with_evidence([evidence(
            "organization",
            &organization.id,
            &organization.display_name,
            actual,
            json!(last),
        )])
        .with_near_miss(near_miss))
}

/// GOV-33: synchronisation takes over no object of the cloud. Graph refuses this to applications,
/// so that it is judged only where a person has read it into a file.
pub(super) fn takeover(question: &Question<'_, '_>, _: &NoParameters) -> Result<Finding, Unreadable> {
    let context = question.context;
    let Ok(rows) = context.snapshot.on_premises_synchronization.rows() else {
        return Ok(Finding::without_source(
            "Graph shows how a directory is synchronised to people only, not to applications",
        ));
    };
    if !is_hybrid(context)? {
        return Ok(cloud_only());
    }
    let mut tally = Tally::default();
    for row in rows {
        let features = row.features.clone().unwrap_or_default();
        let both = [
            ("blockSoftMatchEnabled", features.block_soft_match_enabled),
            (
                "blockCloudObjectTakeoverThroughHardMatchEnabled",
                features.block_cloud_object_takeover_through_hard_match_enabled,
            ),
        ];
        for (name, value) in both {
            match value {
                Some(true) => tally.passes(),
                Some(false) if question.exceptions.has_text(name) => tally.passes(),
                Some(false) => tally.fails(Offence {
                    kind: "setting",
                    id: row.id.clone(),
                    name: name.to_owned(),
                    detail: "is off".to_owned(),
                    values: json!({name: false}),
                }),
                None => {
                    let detail = format!("features.{name} is missing");
                    tally.doubts(Unreadable::inside(FamilyName::OnPremisesSynchronization, detail));
                }
            }
        }
    }
    if rows.is_empty() {
        return Err(Unreadable::inside(
            FamilyName::OnPremisesSynchronization,
            "one object expected, 0 found",
        ));
    }
    tally.told(&Words {
        expected: "matching by address and by immutable id is blocked",
        failing: "ways of matching are open",
        field: "features",
        otherwise: Verdict::Fail,
    })
}

/// DATA-20: a policy in force ends idle sessions in time.
pub(super) fn idle_sessions(question: &Question<'_, '_>, limits: &Idle) -> Result<Finding, Unreadable> {
    let rows = question.context.snapshot.activity_based_timeout_policies.rows()?;
    let longest = TimeDelta::minutes(i64::from(limits.max_minutes));
    let expected = format!("idle sessions end after at most {} minutes", limits.max_minutes);
    let mut nearest = None;
    let mut doubt = None;
    for policy in rows {
        let timeout = match timeout(policy) {
            Ok(timeout) => timeout,
            Err(detail) => {
                doubt = Some(Unreadable::inside(FamilyName::ActivityBasedTimeoutPolicies, detail));
                continue;
            }
        };
        let active = policy.is_organization_default == Some(true);
        if active && timeout.is_some_and(|timeout| timeout <= longest && timeout > TimeDelta::zero()) {
            let reason = format!("{} ends idle sessions in time", crate::checks::shown(&policy.display_name));
            return Ok(Finding::new(Verdict::Pass, reason.clone()).comparing(expected, reason));
        }
        let minutes = timeout.map(|timeout| timeout.num_minutes());
        nearest.get_or_insert((policy, active, minutes));
    }
    if let Some(cause) = doubt {
        return Err(cause);
    }
    let (reason, near_miss) = match nearest {
        None => ("no policy ends idle sessions".to_owned(), None),
        Some((policy, active, minutes)) => {
            let name = crate::checks::shown(&policy.display_name);
            let lacks = match (active, minutes) {
                (false, _) => "it is not the organisation's default".to_owned(),
                (true, Some(minutes)) => format!("it waits {minutes} minutes"),
                (true, None) => "it says nothing about sessions of all applications".to_owned(),
            };
            let near = NearMiss {
                sentence: format!("passes but for {name}: {lacks}"),
                object: policy.id.to_string(),
                field: if active { "definition" } else { "isOrganizationDefault" }.to_owned(),
                actual: json!(minutes),
                wanted: json!(limits.max_minutes),
                also: Vec::new(),
            };
            (format!("no policy ends idle sessions in time; {name}: {lacks}"), Some(near))
        }
    };
    Ok(Finding::new(Verdict::Fail, reason.clone()).comparing(expected, reason).with_near_miss(near_miss))
}

/// After how long a policy ends sessions of all applications; none if it says nothing about them.
fn timeout(policy: &ActivityBasedTimeoutPolicy) -> Result<Option<TimeDelta>, String> {
    let mut shortest: Option<TimeDelta> = None;
    for (index, text) in policy.definition.iter().enumerate() {
        let place = format!("definition[{index}] of policy {}", policy.id);
        let definition: Value =
            serde_json::from_str(text).map_err(|error| format!("{place} is not JSON: {error}"))?;
        let parts = definition.pointer("/ActivityBasedTimeoutPolicy/ApplicationPolicies");
        let parts =
            parts.and_then(Value::as_array).ok_or_else(|| format!("{place} has no ApplicationPolicies"))?;
        for part in parts {
            let about = part.get("ApplicationId").and_then(Value::as_str).unwrap_or_default();
            if !about.eq_ignore_ascii_case("default") {
                continue;
            }
            let written = part.get("WebSessionIdleTimeout").and_then(Value::as_str).unwrap_or_default();
            let time = span(written).ok_or_else(|| {
                format!("{place}: WebSessionIdleTimeout \"{}\" is no time", crate::checks::shown(written))
            })?;
            shortest = Some(shortest.map_or(time, |other| other.min(time)));
        }
    }
    Ok(shortest)
}

/// A span of time as .NET writes it: `hh:mm:ss`, with days and a dot in front if there are any.
fn span(text: &str) -> Option<TimeDelta> {
    let (days, clock) = match text.split_once('.') {
        Some((days, clock)) if clock.contains(':') => (days.parse::<u32>().ok()?, clock),
        _ => (0, text),
    };
    let mut parts = clock.split(':').map(|part| part.parse::<u32>().ok());
    let (hours, minutes, seconds) = (parts.next()??, parts.next()??, parts.next()??);
    if parts.next().is_some() || minutes > 59 || seconds > 59 {
        return None;
    }
    let hours = i64::from(days) * 24 + i64::from(hours);
    TimeDelta::try_seconds(hours.checked_mul(3600)? + i64::from(minutes) * 60 + i64::from(seconds))
}

#[cfg(test)]
mod tests {
    use super::span;

    #[test]
    fn spans_are_read_with_and_without_days() {
        let minutes = |text: &str| span(text).map(|time| time.num_minutes());
        assert_eq!(minutes("03:00:00"), Some(180));
        assert_eq!(minutes("1.00:15:00"), Some(1455));
        for wrong in ["", "3h", "03:00", "03:60:00", "-1:00:00", "a.03:00:00", "01:00:00:00"] {
            assert_eq!(span(wrong), None, "{wrong}");
        }
    }
}
