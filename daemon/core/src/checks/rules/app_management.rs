//! APP-21 and APP-22: the tenant's policy limits which credentials applications may get.

use crate::{
    checks::{Finding, Question, finding::evidence, setting::near_miss_of},
    snapshot::{ApplicationRestrictions, CredentialRestriction, FamilyName, Unreadable, parse_duration},
};
use serde::Deserialize;
use serde_json::{Value, json};
use trueconfig_common::verdict::{Edit, Verdict};

/// How long a credential may live, in days.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Lifetime {
    max_days: u32,
}

/// Which credentials a rule is about.
struct Subject {
    /// What it is, in words.
    what: &'static str,
    /// The restriction that forbids them altogether; none if there is none.
    forbids: Option<&'static str>,
    /// The restriction that limits their life.
    limits: &'static str,
    of: fn(&ApplicationRestrictions) -> &[CredentialRestriction],
}

/// APP-21: new secrets are forbidden, or end in time, for all applications.
pub(super) fn secrets(question: &Question<'_, '_>, limits: &Lifetime) -> Result<Finding, Unreadable> {
    let subject = Subject {
        what: "secrets",
        forbids: Some("passwordAddition"),
        limits: "passwordLifetime",
        of: |restrictions| &restrictions.password_credentials,
    };
    judge(question, &subject, limits.max_days)
}

/// APP-22: new certificates end in time, for all applications.
pub(super) fn certificates(question: &Question<'_, '_>, limits: &Lifetime) -> Result<Finding, Unreadable> {
    let subject = Subject {
        what: "certificates",
        forbids: None,
        limits: "asymmetricKeyLifetime",
        of: |restrictions| &restrictions.key_credentials,
    };
    judge(question, &subject, limits.max_days)
}

fn judge(question: &Question<'_, '_>, subject: &Subject, max_days: u32) -> Result<Finding, Unreadable> {
    let policy = question.context.snapshot.default_app_management_policy.single()?;
    let inside = |detail: String| Unreadable::inside(FamilyName::DefaultAppManagementPolicy, detail);
    let what = subject.what;
    let expected = match subject.forbids {
        Some(_) => format!("new {what} are forbidden or live at most {max_days} days"),
        None => format!("new {what} live at most {max_days} days"),
    };
    let enabled = policy.is_enabled.ok_or_else(|| inside("isEnabled is missing".to_owned()))?;
    let mut lacks = Vec::new();
    if !enabled {
        lacks.push("the policy is off".to_owned());
    }
    let restrictions = policy.application_restrictions.as_ref();
    let restrictions = restrictions.ok_or_else(|| inside("applicationRestrictions is missing".to_owned()))?;
    let lack = lack(subject, (subject.of)(restrictions), max_days).map_err(inside)?;
    lacks.extend(lack.clone());
    let excepted = question.exceptions.has_text(subject.limits);
    let verdict = if lacks.is_empty() || excepted { Verdict::Pass } else { Verdict::Fail };
    let reason = match (verdict, lacks.is_empty()) {
        (Verdict::Pass, true) => expected.clone(),
        (Verdict::Pass, false) => format!("{}; deviates as accepted by an exception", lacks.join("; ")),
        _ => lacks.join("; "),
    };
    let near_miss = (verdict == Verdict::Fail).then(|| {
        let edit = |field: String, actual: Value, wanted: Value| Edit {
            object: "defaultAppManagementPolicy".to_owned(),
            field,
            actual,
            wanted,
        };
        let off = (!enabled).then(|| edit("isEnabled".to_owned(), json!(false), json!(true)));
        let rules = lack.map(|lack| {
            let field = format!("applicationRestrictions, {}", subject.limits);
            edit(field, json!(lack), json!(expected))
        });
        near_miss_of([format!("this: {reason}")].into_iter(), off.into_iter().chain(rules))
    });
    let values = json!((subject.of)(restrictions));
    Ok(Finding::new(verdict, reason.clone())
        .comparing(expected, reason)
        .with_evidence([evidence("setting", "defaultAppManagementPolicy", what, what, values)])
        .with_near_miss(near_miss.flatten()))
}

/// What the restrictions lack so that all applications are limited; an error if one is not understood.
fn lack(
    subject: &Subject,
    restrictions: &[CredentialRestriction],
    max_days: u32,
) -> Result<Option<String>, String> {
    let mut nearest = None;
    for one in restrictions {
        let kind = one.restriction_type.as_str();
        let forbids = subject.forbids.is_some_and(|name| kind.eq_ignore_ascii_case(name));
        if !forbids && !kind.eq_ignore_ascii_case(subject.limits) {
            continue;
        }
        match one.state.as_deref().map(str::to_ascii_lowercase).as_deref() {
            None | Some("enabled") => {}
            Some("disabled") => {
                nearest.get_or_insert(format!("{kind} is disabled"));
                continue;
            }
            Some(_) => return Err(format!("state of {kind} is not known")),
        }
        if let Some(since) = one.restrict_for_apps_created_after_date_time
            && since > chrono::DateTime::UNIX_EPOCH
        {
            nearest = Some(format!("{kind} exempts applications created before {}", since.date_naive()));
            continue;
        }
        if forbids {
            return Ok(None);
        }
        let written = one.max_lifetime.as_deref().unwrap_or_default();
        let longest = parse_duration(written)
            .ok_or_else(|| format!("maxLifetime of {kind} is \"{}\"", crate::checks::shown(written)))?;
        if longest <= chrono::Duration::days(i64::from(max_days)) {
            return Ok(None);
        }
        nearest = Some(format!("{kind} allows {} days", longest.num_days()));
    }
    Ok(Some(nearest.unwrap_or_else(|| format!("new {} are not limited", subject.what))))
}
