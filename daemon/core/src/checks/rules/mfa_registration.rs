//! ID-01: enough enabled members have registered a second factor.

use crate::{
    checks::{Context, Exceptions, Finding, Question, finding::evidence, index::Alongside},
    snapshot::{FamilyName, RegistrationDetails, Unreadable, User},
};
use serde::Deserialize;
use serde_json::json;
use trueconfig_common::verdict::{NearMiss, Verdict};

/// How many must have registered.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Limits {
    minimum_percent: u64,
}

/// Enabled members, break-glass accounts and exceptions aside.
#[derive(Clone, Debug)]
pub struct Registration<'a> {
    /// How many there are.
    pub members: u64,
    /// Those without a registered second factor.
    pub missing: Vec<&'a User>,
    /// How many of the missing may have one: the report does not say.
    pub unknown: u64,
}

/// Who has registered a second factor.
///
/// # Errors
/// [`Unreadable`] if users or the report were not read, or a user's state is missing.
pub fn mfa_registration<'a>(
    context: &Context<'a>,
    exceptions: &Exceptions,
) -> Result<Registration<'a>, Unreadable> {
    let users = context.snapshot.users.rows()?;
    let mut report = Alongside::new(context.snapshot.registration_details.rows()?, |row| &row.id);
    let mut found = Registration { members: 0, missing: Vec::new(), unknown: 0 };
    for user in users {
        let row: Option<&RegistrationDetails> = report.next(&user.id);
        if user.is_guest() || context.marks_user(user) || exceptions.has_user(user) {
            continue;
        }
        match user.account_enabled {
            Some(false) => continue,
            None => {
                let detail = format!("accountEnabled of user {} is missing", user.id);
                return Err(Unreadable::inside(FamilyName::Users, detail));
            }
            Some(true) => found.members += 1,
        }
        match row.map(|row| row.is_mfa_registered) {
            Some(Some(true)) => {}
            Some(None) => {
                found.unknown += 1;
                found.missing.push(user);
            }
            Some(Some(false)) | None => found.missing.push(user),
        }
    }
    Ok(found)
}

pub(super) fn judge(question: &Question<'_, '_>, limits: &Limits) -> Result<Finding, Unreadable> {
    let found = mfa_registration(question.context, &question.exceptions)?;
    let missing = u64::try_from(found.missing.len()).unwrap_or(u64::MAX);
    let registered = found.members.saturating_sub(missing);
    let enough = |registered: u64| registered * 100 >= limits.minimum_percent.saturating_mul(found.members);
    if !enough(registered) && enough(registered + found.unknown) {
        let detail = format!("isMfaRegistered is missing for {} users", found.unknown);
        return Err(Unreadable::inside(FamilyName::RegistrationDetails, detail));
    }
    let verdict = if enough(registered) { Verdict::Pass } else { Verdict::Fail };
    let share = registered * 100 / found.members.max(1);
    let actual = format!("{registered} of {} enabled members have registered ({share} %)", found.members);
    let needed =
        limits.minimum_percent.saturating_mul(found.members).div_ceil(100).saturating_sub(registered);
    let people = if needed == 1 {
        "1 more member registers".to_owned()
    } else {
        format!("{needed} more members register")
    };
    let near_miss = (verdict == Verdict::Fail).then(|| NearMiss {
        sentence: format!("passes when {people}"),
        object: "userRegistrationDetails".to_owned(),
        field: "isMfaRegistered".to_owned(),
        actual: json!(registered),
        wanted: json!(registered + needed),
        also: Vec::new(),
    });
    let evidence = found.missing.iter().map(|user| {
        let values = json!({"userPrincipalName": user.user_principal_name});
        evidence("user", &user.id, &user.display_name, "no second factor registered", values)
    });
    Ok(Finding::new(verdict, format!("{actual}, {} % needed", limits.minimum_percent))
        .comparing(format!("at least {} % registered", limits.minimum_percent), actual)
        .with_evidence(evidence)
        .with_near_miss(near_miss))
}
