//! APP-04: the workflow is switched on; who decides only the organisation knows.

use super::{Unmet, fields, patch_to, set};
use crate::change::{Change, Resource};
use crate::remedies::{NoFix, Subject};
use crate::snapshot::Id;
use serde_json::{Value, json};

/// How long a request lives where nothing was set, in days: what the portal proposes.
const DAYS: u32 = 30;

pub(super) fn changes(subject: &Subject<'_>, unmet: &[Unmet]) -> Result<Vec<Change>, NoFix> {
    let policy = fields(subject.judged.snapshot.admin_consent_request_policy.single()?)?;
    let mut wanted = policy.clone();
    for one in unmet {
        let value = if one.path == "reviewers" { reviewers(subject)? } else { one.wanted()? };
        set(&mut wanted, &one.path, value);
    }
    for (name, value) in [
        ("notifyReviewers", json!(true)),
        ("remindersEnabled", json!(true)),
        ("requestDurationInDays", json!(DAYS)),
    ] {
        wanted.entry(name).or_insert(value);
    }
    Ok(vec![patch_to(subject, Resource::AdminConsentRequestPolicy, &policy, &wanted, unmet)?])
}

/// The configured reviewers, each an enabled account.
fn reviewers(subject: &Subject<'_>) -> Result<Value, NoFix> {
    let configured = subject.texts("reviewers");
    if configured.is_empty() {
        return NoFix::because(
            "who reviews requests only you can know: set `reviewers` in `[tenant.parameters.APP-04]` to object ids \
             of users",
        );
    }
    for reviewer in &configured {
        let user = subject.context.user(&Id::new(reviewer))?;
        if user.and_then(|user| user.account_enabled) != Some(true) {
            return NoFix::because(format!("the configured reviewer {reviewer} is no enabled account"));
        }
    }
    let query = |id: &&str| json!({"query": format!("/users/{id}"), "queryType": "MicrosoftGraph", "queryRoot": null});
    Ok(configured.iter().map(query).collect())
}
