//! APP-02: rotate secrets that live too long (D11). Graph cannot shorten a secret, so a new one is added
//! beside it and sealed to its recipient. Removing the old one is a plan of its own, and the last one.

use super::{Draft, NoFix, Subject};
use crate::baseline::check::Check;
use crate::change::{Change, SecretAddition, SecretRemoval};
use crate::checks::each::{Offender, offenders};
use crate::snapshot::{Application, Id, PasswordCredential};
use chrono::{DateTime, Months, SubsecRound, Utc};
use trueconfig_common::id::ObjectId;
use trueconfig_common::personal::Personal;
use trueconfig_common::verdict::Verdict;

/// What the descriptions of our secrets begin with.
const MARKER: &str = "TrueConfig rotation";

/// What an approver of a rotation must know.
const STAYS: &str =
    "the control still fails afterwards: the old secret stays until its removal is approved as well";

pub(super) fn draft(subject: &Subject<'_>) -> Result<Vec<Draft>, NoFix> {
    let Check::Each(check) = &subject.control.check else {
        return NoFix::because("its check names no family");
    };
    let applications = subject.judged.snapshot.applications.rows()?;
    let found = offenders(&subject.context, check, &subject.parameters, &subject.exceptions)?;
    let months = Months::new(subject.number("max_months")?);
    let Some(end) = subject.situation.now.trunc_subsecs(0).checked_add_months(months) else {
        return NoFix::because("`max_months` leads beyond the calendar");
    };
    let mut drafts = Vec::new();
    let mut reasons = Vec::new();
    for application in applications {
        let old: Vec<&Offender> = found.iter().filter(|one| one.object == application.id).collect();
        if old.is_empty() {
            continue;
        }
        match successor(application, subject.situation.now, end) {
            Some(new) => drafts.extend(completion(application, &old, new, found.len())),
            None => match rotation(subject, application, end) {
                Ok(change) => drafts.push(Draft {
                    changes: vec![change],
                    expected: Verdict::Fail,
                    continues: None,
                    note: STAYS.to_owned(),
                }),
                Err(NoFix(reason)) => reasons.push(reason),
            },
        }
    }
    match drafts.is_empty() {
        false => Ok(drafts),
        true => NoFix::because(
            reasons.first().cloned().unwrap_or_else(|| "no application is affected".to_owned()),
        ),
    }
}

/// The secret that an earlier rotation added and that is still good.
fn successor(application: &Application, now: DateTime<Utc>, end: DateTime<Utc>) -> Option<&Id> {
    let ours = |one: &&PasswordCredential| {
        one.display_name.starts_with(MARKER)
            && one.end_date_time.is_some_and(|until| until > now && until <= end)
    };
    application.password_credentials.iter().find(ours)?.key_id.as_ref()
}

/// One plan for each old secret: whoever approves says of this very one that it is unused (D11).
fn completion(application: &Application, old: &[&Offender], new: &Id, failing: usize) -> Vec<Draft> {
    let secrets = &application.password_credentials;
    let is_old = |one: &&PasswordCredential| {
        let key = one.key_id.as_ref().map(ToString::to_string);
        old.iter().any(|offender| {
            let item = offender.item.as_ref().and_then(|item| item.get("keyId")?.as_str());
            item.zip(key.as_deref()).is_some_and(|(item, key)| item.eq_ignore_ascii_case(key))
        })
    };
    let removal = |one: &PasswordCredential| {
        Some(Change::RemoveSecret(SecretRemoval {
            application: application.id.to_string(),
            name: Personal::new(application.display_name.clone()),
            key: one.key_id.as_ref()?.to_string(),
            end: one.end_date_time,
        }))
    };
    let changes = secrets.iter().filter(is_old).filter_map(removal);
    changes
        .map(|change| Draft {
            changes: vec![change],
            expected: if failing == 1 { Verdict::Pass } else { Verdict::Fail },
            continues: Some(ObjectId::new(new.to_string())),
            note: "a new secret was added beside it".to_owned(),
        })
        .collect()
}

fn rotation(
    subject: &Subject<'_>,
    application: &Application,
    wanted: DateTime<Utc>,
) -> Result<Change, NoFix> {
    let end = permitted_end(subject, application, wanted)?;
    let client = application.app_id.as_ref().map(ToString::to_string).unwrap_or_default();
    let Some(recipient) = subject.situation.tenant.recipient(&client) else {
        return NoFix::because(format!(
            "nobody is configured to receive the new secret: add an age recipient for {client} or `default` \
             to `[tenant.recipients]`"
        ));
    };
    let current = application.password_credentials.iter().map(|one| one.end_date_time);
    Ok(Change::AddSecret(SecretAddition {
        application: application.id.to_string(),
        name: Personal::new(application.display_name.clone()),
        marker: format!("{MARKER} {}", subject.judged.id.get(..8).unwrap_or(&subject.judged.id)),
        end,
        // A secret without an end is later than any other.
        current_end: current
            .reduce(|left, right| left.zip(right).map(|(left, right)| left.max(right)))
            .flatten(),
        recipient: recipient.to_owned(),
    }))
}

/// When a new secret is to end: as the control wants it, or earlier where a policy of the tenant does.
fn permitted_end(
    subject: &Subject<'_>,
    application: &Application,
    wanted: DateTime<Utc>,
) -> Result<DateTime<Utc>, NoFix> {
    let policy = subject.judged.snapshot.default_app_management_policy.single()?;
    let registered = application.created_date_time;
    if policy.forbids_new_secrets(registered) {
        return NoFix::because("the tenant's app management policy forbids new secrets: use a certificate");
    }
    match policy.longest_secret(registered) {
        Ok(None) => Ok(wanted),
        Ok(Some(longest)) => {
            let latest = subject.situation.now.trunc_subsecs(0).checked_add_signed(longest);
            Ok(latest.map_or(wanted, |latest| latest.min(wanted)))
        }
        Err(limit) => NoFix::because(format!(
            "the tenant's app management policy limits secrets to \"{limit}\", which is no duration"
        )),
    }
}
