//! APP-05, APP-07, APP-10, APP-25: credentials, use and redirects of applications.

use super::{
    NoParameters,
    app_grants::is_exempt,
    tally::{Offence, Tally, Words},
};
use crate::{
    checks::{Finding, Question, shown},
    snapshot::{Application, FamilyName, Id, PasswordCredential, ServicePrincipal, Unreadable},
};
use chrono::{DateTime, Months, Utc};
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;
use trueconfig_common::verdict::Verdict;

/// How long a secret may live.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Lifetime {
    max_months: u32,
}

/// How long a service principal may be unused, in days.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Unused {
    unused_after_days: u32,
}

/// Words by which platforms with workload identity federation are recognised.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Platforms {
    platforms: Vec<String>,
}

fn offence(kind: &'static str, id: &Id, name: &str, detail: String, values: serde_json::Value) -> Offence {
    Offence { kind, id: id.clone(), name: name.to_owned(), detail, values }
}

/// APP-05: every secret of a service principal ends, within a number of calendar months (D12).
pub(super) fn hygiene(question: &Question<'_, '_>, limits: &Lifetime) -> Result<Finding, Unreadable> {
    let mut tally = Tally::default();
    for principal in question.context.snapshot.service_principals.rows()? {
        let by_client = principal.app_id.as_ref().is_some_and(|id| question.exceptions.has(id));
        if is_exempt(principal) || by_client || question.exceptions.has(&principal.id) {
            continue;
        }
        for secret in principal.password_credentials.iter().filter(|one| !is_saml(one, principal)) {
            if secret.key_id.as_ref().is_some_and(|key| question.exceptions.has(key)) {
                continue;
            }
            match lives_longer(secret, limits.max_months) {
                Some(false) => tally.passes(),
                Some(true) => tally.fails(offence(
                    "servicePrincipal",
                    &principal.id,
                    &principal.display_name,
                    "a secret lives longer than allowed".to_owned(),
                    json!({"keyId": secret.key_id, "endDateTime": secret.end_date_time}),
                )),
                None => {
                    let detail =
                        format!("startDateTime of a secret of service principal {} is missing", principal.id);
                    tally.doubts(Unreadable::inside(FamilyName::ServicePrincipals, detail));
                }
            }
        }
    }
    let expected = format!("every secret ends at most {} months after its start", limits.max_months);
    tally.told(&Words {
        expected: &expected,
        failing: "secrets of service principals live longer than allowed",
        field: "passwordCredentials",
        otherwise: Verdict::Fail,
    })
}

/// The password that protects a certificate for signing SAML tokens.
fn is_saml(secret: &PasswordCredential, principal: &ServicePrincipal) -> bool {
    let Some(joint) = &secret.custom_key_identifier else { return false };
    let signs = |usage: &Option<String>| usage.as_deref().is_some_and(|one| one.eq_ignore_ascii_case("sign"));
    principal
        .key_credentials
        .iter()
        .any(|key| signs(&key.usage) && key.custom_key_identifier.as_ref() == Some(joint))
}

/// Whether a secret has no end, or one beyond the limit; none if its start is missing.
fn lives_longer(secret: &PasswordCredential, months: u32) -> Option<bool> {
    let Some(end) = secret.end_date_time else { return Some(true) };
    let last = secret.start_date_time?.checked_add_months(Months::new(months));
    Some(last.is_none_or(|last| end > last))
}

/// APP-07: enabled service principals were used lately. Only beta of Graph knows (D28); what has
/// no record is unknown and no reason for anything.
pub(super) fn unused(question: &Question<'_, '_>, limits: &Unused) -> Result<Finding, Unreadable> {
    let context = question.context;
    let report = match context.snapshot.service_principal_sign_in_activities.rows() {
        Ok(rows) => rows,
        Err(cause) if context.config.beta => return Err(cause),
        Err(_) => {
            return Ok(Finding::without_source(
                "only beta of Microsoft Graph shows when a service principal was used; allow it with beta = true",
            ));
        }
    };
    let mut last: BTreeMap<&Id, Option<DateTime<Utc>>> = BTreeMap::new();
    for row in report {
        let uses = [
            &row.last_sign_in_activity,
            &row.delegated_client_sign_in_activity,
            &row.delegated_resource_sign_in_activity,
            &row.application_authentication_client_sign_in_activity,
            &row.application_authentication_resource_sign_in_activity,
        ];
        let latest = uses.into_iter().flatten().filter_map(|one| one.last_sign_in_date_time).max();
        let known = last.entry(&row.app_id).or_default();
        *known = (*known).max(latest);
    }
    let since = super::stale_users::days_before(context.now(), limits.unused_after_days);
    let mut tally = Tally::default();
    for principal in context.snapshot.service_principals.rows()? {
        let by_client = principal.app_id.as_ref().is_some_and(|id| question.exceptions.has(id));
        let off = principal.account_enabled == Some(false);
        if is_exempt(principal) || by_client || off || question.exceptions.has(&principal.id) {
            continue;
        }
        let used = principal.app_id.as_ref().and_then(|app| last.get(app).copied().flatten());
        let tell = |detail: String| {
            offence(
                "servicePrincipal",
                &principal.id,
                &principal.display_name,
                detail,
                json!({"lastUsed": used}),
            )
        };
        match used {
            Some(used) if used >= since => tally.passes(),
            Some(used) => {
                tally.fails(tell(format!("last used {} days ago", (context.now() - used).num_days())));
            }
            None => tally.notes(tell("no record of any use: unknown".to_owned())),
        }
    }
    let days = limits.unused_after_days;
    tally.told(&Words {
        expected: &format!("service principals were used within {days} days"),
        failing: "service principals are unused",
        field: "accountEnabled",
        otherwise: Verdict::Fail,
    })
}

/// APP-10: applications of platforms that could federate use no secrets.
pub(super) fn federation(question: &Question<'_, '_>, list: &Platforms) -> Result<Finding, Unreadable> {
    let context = question.context;
    let mut tally = Tally::default();
    tally.doubts_if(context.stated(FamilyName::Applications, "passwordCredentials"));
    for application in context.snapshot.applications.rows()? {
        let by_client = application.app_id.as_ref().is_some_and(|id| question.exceptions.has(id));
        if by_client || question.exceptions.has(&application.id) {
            continue;
        }
        let Some(platform) = platform(application, &list.platforms) else { continue };
        let live = |one: &&PasswordCredential| one.end_date_time.is_none_or(|end| end > context.now());
        match application.password_credentials.iter().filter(live).count() {
            0 => tally.passes(),
            secrets => {
                let detail = format!("{secrets} secrets in use, though {} can federate", shown(platform));
                let values = json!({"appId": application.app_id});
                tally.fails(offence(
                    "application",
                    &application.id,
                    &application.display_name,
                    detail,
                    values,
                ));
            }
        }
    }
    tally.told(&Words {
        expected: "applications of platforms that can federate use no secrets",
        failing: "applications use secrets where they could federate",
        field: "passwordCredentials",
        otherwise: Verdict::Warning,
    })
}

/// The platform that an application's name, tags or addresses speak of.
fn platform<'p>(application: &Application, platforms: &'p [String]) -> Option<&'p str> {
    let redirects = application.web.iter().flat_map(|web| web.redirect_uris.iter().flatten());
    let texts: Vec<String> = std::iter::once(&application.display_name)
        .chain(&application.tags)
        .chain(&application.identifier_uris)
        .chain(redirects)
        .map(|text| text.to_lowercase())
        .collect();
    let speaks_of = |word: &&String| {
        let word = word.to_lowercase();
        !word.is_empty() && texts.iter().any(|text| text.contains(&word))
    };
    platforms.iter().find(speaks_of).map(String::as_str)
}

/// APP-25: redirects of web and single-page applications lead to safe places.
pub(super) fn redirects(question: &Question<'_, '_>, _: &NoParameters) -> Result<Finding, Unreadable> {
    let mut tally = Tally::default();
    for application in question.context.snapshot.applications.rows()? {
        let by_client = application.app_id.as_ref().is_some_and(|id| question.exceptions.has(id));
        if by_client || question.exceptions.has(&application.id) {
            continue;
        }
        if application.web.is_none() && application.spa.is_none() {
            let detail = format!("web and spa of application {} are missing", application.id);
            tally.doubts(Unreadable::inside(FamilyName::Applications, detail));
            continue;
        }
        let parts = [&application.web, &application.spa].into_iter().flatten();
        if parts.clone().any(|part| part.redirect_uris.is_none()) {
            let detail = format!("redirectUris of application {} are missing", application.id);
            tally.doubts(Unreadable::inside(FamilyName::Applications, detail));
        }
        let all = parts.flat_map(|part| part.redirect_uris.iter().flatten());
        let unsafe_ones: Vec<&String> =
            all.filter(|uri| !is_safe(uri) && !question.exceptions.has_text(uri)).collect();
        if unsafe_ones.is_empty() {
            tally.passes();
            continue;
        }
        let detail = format!("sends answers to {}", crate::checks::finding::few(&unsafe_ones));
        let first: Vec<String> = unsafe_ones.iter().take(20).map(|uri| shown(uri)).collect();
        let values = json!({"redirectUris": first});
        tally.fails(offence("application", &application.id, &application.display_name, detail, values));
    }
    tally.told(&Words {
        expected: "redirect URIs of web and single-page applications use https or loopback and no wildcard",
        failing: "applications have unsafe redirect URIs",
        field: "web.redirectUris, spa.redirectUris",
        otherwise: Verdict::Fail,
    })
}

/// https, or http to this very machine; nowhere a wildcard.
fn is_safe(uri: &str) -> bool {
    let lower = uri.trim().to_ascii_lowercase();
    let Some((scheme, rest)) = lower.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let host = if authority.starts_with('[') {
        authority.split_inclusive(']').next().unwrap_or_default()
    } else {
        authority.split(':').next().unwrap_or_default()
    };
    let loopback = ["localhost", "127.0.0.1", "[::1]"].contains(&host);
    let named = !host.is_empty() && !authority.contains('@');
    named && !lower.contains('*') && (scheme == "https" || (scheme == "http" && loopback))
}

#[cfg(test)]
mod tests {
    use super::is_safe;

    #[test]
    fn only_https_and_this_machine_are_safe() {
        for uri in [
            "https://a.contoso.com/cb",
            "HTTPS://a",
            "http://localhost",
            "http://localhost:8080/cb",
            "http://127.0.0.1/",
            "http://[::1]:9/x",
        ] {
            assert!(is_safe(uri), "{uri}");
        }
        for uri in [
            "http://a.contoso.com",
            "https://*.contoso.com/cb",
            "https://a/*",
            "http://localhost.evil.com",
            "http://localhost@evil.com/",
            "ms-app://x",
            "contoso:cb",
            "https://",
            "",
            "http://127.0.0.1.evil.com",
        ] {
            assert!(!is_safe(uri), "{uri}");
        }
    }
}
