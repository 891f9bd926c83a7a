//! ID-06, ID-20, ID-21, ID-27, ID-28, ID-31, ID-32, EXT-23: the policy on authentication methods, and the
//! configuration of each. Every request names the type of the method.

use super::{Unmet, at, patch, patch_to, set};
use crate::baseline::check::{Check, Rule};
use crate::change::{Change, Resource};
use crate::checks::rules::method;
use crate::remedies::{NoFix, Subject};
use crate::snapshot::{MethodConfiguration, RegistrationDetails, User};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What ID-20 switches off, and what does not sign anybody in, as the registration report names them.
const NO_OTHER_METHOD: [&str; 8] = [
    "mobilePhone",
    "alternateMobilePhone",
    "officePhone",
    "email",
    "securityQuestion",
    "appPassword",
    "temporaryAccessPass",
    "none",
];

/// Values of the policy itself.
pub(super) fn policy(subject: &Subject<'_>, unmet: &[Unmet]) -> Result<Vec<Change>, NoFix> {
    let policy = &subject.judged.snapshot.authentication_methods_policy.single()?.raw;
    let mut wanted = policy.clone();
    for one in unmet {
        let value = match one.path.ends_with(".includeTargets") {
            true => json!([{
                "id": "all_users", "targetType": "group", "targetedAuthenticationMethod": "microsoftAuthenticator",
            }]),
            false => one.wanted()?,
        };
        set(&mut wanted, &one.path, value);
    }
    Ok(vec![patch_to(subject, Resource::AuthenticationMethodsPolicy, policy, &wanted, unmet)?])
}

/// Values of the configurations, one change for each method.
pub(super) fn configurations(subject: &Subject<'_>, unmet: &[Unmet]) -> Result<Vec<Change>, NoFix> {
    if matches!(subject.control.check, Check::Rule(Rule::WeakMethods)) {
        nobody_is_stranded(subject)?;
    }
    let mut by_method: BTreeMap<&str, Vec<Unmet>> = BTreeMap::new();
    for one in unmet {
        let Some((id, path)) = one.path.split_once('.') else { return NoFix::because("it names no method") };
        let (path, label) = (path.to_owned(), one.label.clone());
        let wanted = one.wanted.clone().map(as_graph_takes_it);
        by_method.entry(id).or_default().push(Unmet { path, label, wanted });
    }
    let rows = subject.judged.snapshot.authentication_method_configurations.rows()?;
    by_method.into_iter().map(|(id, unmet)| configuration(subject, rows, id, unmet)).collect()
}

fn configuration(
    subject: &Subject<'_>,
    rows: &[MethodConfiguration],
    id: &str,
    mut unmet: Vec<Unmet>,
) -> Result<Change, NoFix> {
    let found = method(rows, id).map_err(NoFix)?;
    let odata_type = found.raw.get("@odata.type").and_then(Value::as_str);
    let Some(odata_type) = odata_type.map(str::to_owned) else {
        return NoFix::because(format!("the type of {id} was not read"));
    };
    let longest = unmet.iter().find(|one| one.path == "maximumLifetimeInMinutes");
    let longest = longest.and_then(|one| one.wanted.clone()).and_then(|value| value.as_i64());
    let usual = at(&found.raw, "defaultLifetimeInMinutes").as_i64();
    if let (Some(longest), Some(usual)) = (longest, usual)
        && usual > longest
    {
        let label = "the usual life of a Temporary Access Pass".to_owned();
        let (path, wanted) = ("defaultLifetimeInMinutes".to_owned(), Some(json!(longest)));
        unmet.push(Unmet { path, label, wanted });
    }
    let resource = Resource::AuthenticationMethod { id: found.id.clone(), odata_type };
    patch(subject, resource, &found.raw, &unmet)
}

/// A part of Authenticator as the check tells it becomes one as Graph takes it.
fn as_graph_takes_it(wanted: Value) -> Value {
    let target = |name: &str| json!({"targetType": "group", "id": wanted[name]});
    match wanted.get("includeTarget").is_some_and(Value::is_string) {
        true => json!({
            "state": wanted["state"],
            "includeTarget": target("includeTarget"),
            "excludeTarget": target("excludeTarget"),
        }),
        false => wanted,
    }
}

/// ID-20: every enabled user outside declared exceptions must have another way in.
fn nobody_is_stranded(subject: &Subject<'_>) -> Result<(), NoFix> {
    let snapshot = &subject.judged.snapshot;
    let another = |row: &&RegistrationDetails| {
        let none = |method: &String| NO_OTHER_METHOD.iter().any(|one| one.eq_ignore_ascii_case(method));
        row.methods_registered.iter().any(|method| !none(method))
    };
    let safe: BTreeSet<_> =
        snapshot.registration_details.rows()?.iter().filter(another).map(|row| &row.id).collect();
    let stranded = |user: &&User| {
        user.account_enabled != Some(false) && !subject.exceptions.has_user(user) && !safe.contains(&user.id)
    };
    match snapshot.users.rows()?.iter().filter(stranded).count() {
        0 => Ok(()),
        count => NoFix::because(format!(
            "{count} enabled users have no other method, or none that was read: they could not sign in any more. Let them \
             register one, or declare an exception"
        )),
    }
}
