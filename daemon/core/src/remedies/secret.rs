//! APP-02: rotate secrets that live too long (D11). Graph cannot shorten a secret, so a new one is
//! added beside it and sealed to its recipient; removing the old one is left to people.

use super::{Draft, NoFix, Subject};
use crate::baseline::check::Check;
use crate::change::{Change, SecretAddition};
use crate::checks::each::offenders;
use crate::snapshot::{Application, PasswordCredential};
use chrono::{DateTime, Months, SubsecRound, Utc};
use trueconfig_common::personal::Personal;
use trueconfig_common::verdict::Verdict;

/// What the descriptions of our secrets begin with.
const MARKER: &str = "TrueConfig rotation";

pub(super) fn draft(subject: &Subject<'_>) -> Result<Vec<Draft>, NoFix> {
    let Check::Each(check) = &subject.control.check else {
        return NoFix::because("its check names no family");
    };
    let applications = subject.judged.snapshot.applications.rows()?;
    let found = offenders(&subject.context, check, &subject.parameters, &subject.exceptions)?;
    let offending = applications.iter().filter(|one| found.iter().any(|offender| offender.object == one.id));
    let months = Months::new(subject.number("max_months")?);
    let Some(end) = subject.situation.now.trunc_subsecs(0).checked_add_months(months) else {
        return NoFix::because("`max_months` leads beyond the calendar");
    };
    let mut drafts = Vec::new();
    let mut reasons = Vec::new();
    for application in offending {
        match rotation(subject, application, end) {
            Ok(change) => drafts.push(Draft {
                changes: vec![change],
                expected: Verdict::Fail,
                continues: None,
                note: "the control still fails afterwards: the old secret stays until its owner removes it"
                    .to_owned(),
            }),
            Err(NoFix(reason)) => reasons.push(reason),
        }
    }
    match drafts.is_empty() {
        false => Ok(drafts),
        true => NoFix::because(
            reasons.first().cloned().unwrap_or_else(|| "no application is affected".to_owned()),
        ),
    }
}

fn rotation(
    subject: &Subject<'_>,
    application: &Application,
    wanted: DateTime<Utc>,
) -> Result<Change, NoFix> {
    let end = permitted_end(subject, application, wanted)?;
    let rotated = |one: &&PasswordCredential| {
        one.display_name.starts_with(MARKER)
            && one.end_date_time.is_some_and(|until| until > subject.situation.now && until <= end)
    };
    if application.password_credentials.iter().any(|one| rotated(&one)) {
        return NoFix::because(
            "a new secret was added already: once the old one is unused, its owner removes it by hand",
        );
    }
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
