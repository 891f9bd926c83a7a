//! APP-21, APP-22: the tenant's policy limits the life of new credentials for all applications. A stricter
//! limit that is there stays, and so do the other rules.

use super::setting::{Unmet, fields, patch_to};
use super::{Draft, NoFix, Subject};
use crate::baseline::check::{Check, Rule};
use crate::change::Resource;
use crate::snapshot::{ApplicationRestrictions, CredentialRestriction, parse_duration};
use chrono::Duration;
use serde_json::{Value, json};

pub(super) fn draft(subject: &Subject<'_>) -> Result<Vec<Draft>, NoFix> {
    let (list, kind, label) = match subject.control.check {
        Check::Rule(Rule::NewSecrets) => {
            ("passwordCredentials", "passwordLifetime", "the life of new secrets")
        }
        Check::Rule(Rule::NewCertificates) => {
            ("keyCredentials", "asymmetricKeyLifetime", "the life of new certificates")
        }
        _ => return NoFix::because("its check is not about credentials"),
    };
    let policy = subject.judged.snapshot.default_app_management_policy.single()?;
    let ours = |one: &CredentialRestriction| one.restriction_type.eq_ignore_ascii_case(kind);
    let both = [&policy.application_restrictions, &policy.service_principal_restrictions];
    let rules = both.into_iter().flatten().flat_map(every);
    let others = rules.filter(|one| !ours(one) && one.state.as_deref() != Some("disabled")).count();
    if policy.is_enabled != Some(true) && others > 0 {
        return NoFix::because(format!(
            "the policy is off and holds {others} other rules, which would come into force: switch it on by hand"
        ));
    }
    let object = fields(policy)?;
    let mut wanted = object.clone();
    wanted.insert("isEnabled".to_owned(), json!(true));
    let mut restrictions = object.get("applicationRestrictions").cloned().unwrap_or_else(|| json!({}));
    let limit =
        limit(subject, policy.application_restrictions.iter().flat_map(every).filter(|one| ours(one)))?;
    let found = restrictions.get(list).and_then(Value::as_array).cloned().unwrap_or_default();
    let is_other =
        |one: &Value| !one["restrictionType"].as_str().is_some_and(|it| it.eq_ignore_ascii_case(kind));
    let mut rules: Vec<Value> = found.into_iter().filter(is_other).collect();
    rules.push(json!({
        "restrictionType": kind,
        "state": "enabled",
        "maxLifetime": limit,
        // No date: applications that are there already are limited too.
        "restrictForAppsCreatedAfterDateTime": null,
    }));
    restrictions[list] = Value::Array(rules);
    wanted.insert("applicationRestrictions".to_owned(), restrictions);
    let path = format!("applicationRestrictions.{list}.{kind}");
    let unmet = [Unmet { path, label: label.to_owned(), wanted: Some(json!(limit)) }];
    let change = patch_to(subject, Resource::DefaultAppManagementPolicy, &object, &wanted, &unmet)?;
    Ok(vec![Draft::passing(vec![change])])
}

fn every(restrictions: &ApplicationRestrictions) -> impl Iterator<Item = &CredentialRestriction> {
    restrictions.password_credentials.iter().chain(&restrictions.key_credentials)
}

/// The limit as it is where it is strict enough; else the greatest that passes.
fn limit<'a>(
    subject: &Subject<'_>,
    mut found: impl Iterator<Item = &'a CredentialRestriction>,
) -> Result<String, NoFix> {
    let days = subject.number("max_days")?;
    let strict = |written: &&str| parse_duration(written).is_some_and(|it| it <= Duration::days(days.into()));
    let kept = found.find_map(|one| one.max_lifetime.as_deref().filter(strict));
    Ok(kept.map_or_else(|| format!("P{days}D"), str::to_owned))
}
