//! What the Conditional Access policies of the tenant say to one sign-in.

use std::net::IpAddr;

use serde_json::{Value, json};

use super::{Proof, SignIn};
use crate::rules::conditional_access::{POLICIES, list};
use crate::rules::roles::ASSIGNMENTS;
use crate::tenant::{Object, Tenant, text_of};

/// Named locations.
const LOCATIONS: &str = "/v1.0/identity/conditionalAccess/namedLocations";
/// Clients that know no modern sign-in.
const LEGACY: [&str; 6] = ["Other clients", "IMAP4", "POP3", "SMTP", "MAPI Over HTTP", "Authenticated SMTP"];
/// Methods that cannot be phished, as strengths name them.
const RESISTANT: [&str; 3] = ["windowsHelloForBusiness", "fido2", "x509CertificateMultiFactor"];

/// The outcome over all policies.
pub(super) struct Verdict {
    /// `success`, `failure`, `notApplied`.
    pub(super) status: &'static str,
    /// One entry per policy.
    pub(super) applied: Vec<Value>,
    /// Entra's code, 0 if nothing stands in the way.
    pub(super) error: u32,
}

/// Why a policy is not satisfied.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lack {
    Blocked,
    Mfa,
    Device,
}

/// Judges an attempt of a user or service principal.
pub(super) fn judge(tenant: &Tenant, attempt: &SignIn, subject: &Object) -> Verdict {
    let mut verdict = Verdict { status: "notApplied", applied: Vec::new(), error: 0 };
    for policy in tenant.each(POLICIES) {
        let state = text_of(&policy, "state");
        let applies = state != "disabled" && applies(tenant, &policy, attempt, subject);
        let lack = if applies { lack(&policy, attempt) } else { None };
        let enforced = state == "enabled";
        let result = match (state, applies, lack) {
            ("disabled", _, _) => "notEnabled",
            ("enabled", false, _) => "notApplied",
            ("enabled", true, None) => "success",
            ("enabled", true, Some(_)) => "failure",
            (_, false, _) => "reportOnlyNotApplied",
            (_, true, None) => "reportOnlySuccess",
            // A second factor could have been asked for; a block or a device could not be helped.
            (_, true, Some(Lack::Mfa)) => "reportOnlyInterrupted",
            (_, true, Some(_)) => "reportOnlyFailure",
        };
        if enforced && applies {
            verdict.status =
                if lack.is_some() || verdict.status == "failure" { "failure" } else { "success" };
            verdict.error = verdict.error.max(lack.map_or(0, code));
        }
        verdict.applied.push(json!({
            "id": text_of(&policy, "id"),
            "displayName": text_of(&policy, "displayName"),
            "enforcedGrantControls": grant_names(&policy),
            "enforcedSessionControls": [],
            "result": result,
        }));
    }
    verdict
}

fn code(lack: Lack) -> u32 {
    match lack {
        Lack::Mfa => 50_076,
        Lack::Device => 53_000,
        Lack::Blocked => 53_003,
    }
}

fn grant_names(policy: &Object) -> Vec<String> {
    let controls = list(policy.get("grantControls"), "builtInControls");
    let upper = |name: &str| {
        let mut letters = name.chars();
        letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>())
    };
    controls.into_iter().filter_map(upper).collect()
}

fn applies(tenant: &Tenant, policy: &Object, attempt: &SignIn, subject: &Object) -> bool {
    let Some(conditions) = policy.get("conditions").and_then(Value::as_object) else { return false };
    let part = |name: &str| conditions.get(name).filter(|part| !part.is_null());
    who(tenant, conditions, subject)
        && what(part("applications"), attempt)
        && client(part("clientAppTypes"), attempt)
        && platform(part("platforms"), attempt)
        && place(tenant, part("locations"), attempt)
        && flow(part("authenticationFlows"), attempt)
        && risk(part("signInRiskLevels"), attempt)
        && ["userRiskLevels", "servicePrincipalRiskLevels"].iter().all(|name| empty(part(name)))
        && part("insiderRiskLevels").is_none()
}

fn empty(levels: Option<&Value>) -> bool {
    levels.and_then(Value::as_array).is_none_or(Vec::is_empty)
}

fn risk(levels: Option<&Value>, attempt: &SignIn) -> bool {
    empty(levels)
        || levels.and_then(Value::as_array).is_some_and(|levels| levels.contains(&json!(attempt.risk)))
}

/// Users, guests, groups and roles; a service principal only where policies name workloads.
fn who(tenant: &Tenant, conditions: &Object, subject: &Object) -> bool {
    let id = text_of(subject, "id");
    if !subject.contains_key("userPrincipalName") {
        let named = |name| {
            let ids = list(conditions.get("clientApplications"), name);
            ids.contains(&id) || ids.contains(&"ServicePrincipalsInMyTenant")
        };
        return named("includeServicePrincipals") && !named("excludeServicePrincipals");
    }
    let users = conditions.get("users");
    let guest = text_of(subject, "userType") == "Guest";
    let named = |side: &str| {
        let people = list(users, &format!("{side}Users"));
        let guests = users.and_then(|users| users.get(format!("{side}GuestsOrExternalUsers")));
        let in_group = |group: &&str| is_member(tenant, group, id, 0);
        people.contains(&"All")
            || people.contains(&id)
            || (guest && (people.contains(&"GuestsOrExternalUsers") || guests.is_some_and(Value::is_object)))
            || list(users, &format!("{side}Groups")).iter().any(in_group)
            || list(users, &format!("{side}Roles")).iter().any(|role| holds(tenant, role, id))
    };
    named("include") && !named("exclude")
}

/// Deepest nesting of groups that is followed.
const MAX_DEPTH: usize = 8;

fn is_member(tenant: &Tenant, group: &str, id: &str, depth: usize) -> bool {
    let members = format!("/v1.0/groups/{group}/members");
    if depth > MAX_DEPTH {
        return false;
    }
    tenant.find(&members, id).is_some()
        || tenant.each(&members).any(|member| {
            text_of(&member, "@odata.type") == "#microsoft.graph.group"
                && is_member(tenant, text_of(&member, "id"), id, depth + 1)
        })
}

fn holds(tenant: &Tenant, role: &str, id: &str) -> bool {
    tenant.each(ASSIGNMENTS).any(|row| {
        text_of(&row, "principalId") == id
            && text_of(&row, "roleDefinitionId") == role
            && text_of(&row, "directoryScopeId") == "/"
    })
}

fn what(applications: Option<&Value>, attempt: &SignIn) -> bool {
    let office = ["00000002-0000-0ff1-ce00-000000000000", "00000003-0000-0ff1-ce00-000000000000"];
    let named = |name: &str| {
        let ids = list(applications, name);
        ids.contains(&"All")
            || ids.contains(&attempt.application.as_str())
            || (ids.contains(&"Office365") && office.contains(&attempt.application.as_str()))
    };
    named("includeApplications") && !named("excludeApplications")
}

fn client(types: Option<&Value>, attempt: &SignIn) -> bool {
    let kind = match attempt.client.as_str() {
        "Browser" => "browser",
        "Exchange ActiveSync" => "exchangeActiveSync",
        client if LEGACY.contains(&client) => "other",
        _ => "mobileAppsAndDesktopClients",
    };
    let types = types.and_then(Value::as_array);
    types
        .is_none_or(|types| types.is_empty() || types.contains(&json!("all")) || types.contains(&json!(kind)))
}

fn platform(platforms: Option<&Value>, attempt: &SignIn) -> bool {
    let named = |name| {
        let names = list(platforms, name);
        names.contains(&"all") || names.contains(&attempt.platform.as_str())
    };
    platforms.is_none() || (named("includePlatforms") && !named("excludePlatforms"))
}

fn flow(flows: Option<&Value>, attempt: &SignIn) -> bool {
    let methods = flows.and_then(|flows| flows.get("transferMethods")).and_then(Value::as_str);
    methods.is_none_or(|methods| methods.split(',').any(|method| method == attempt.flow))
}

fn place(tenant: &Tenant, locations: Option<&Value>, attempt: &SignIn) -> bool {
    let here = |id: &&str| match *id {
        "All" => true,
        "AllTrusted" => tenant
            .each(LOCATIONS)
            .any(|row| row.get("isTrusted") == Some(&Value::Bool(true)) && contains(&row, attempt)),
        id => tenant.find(LOCATIONS, id).is_some_and(|row| contains(&row, attempt)),
    };
    let named = |name| list(locations, name).iter().any(here);
    locations.is_none() || (named("includeLocations") && !named("excludeLocations"))
}

fn contains(location: &Object, attempt: &SignIn) -> bool {
    let countries = location.get("countriesAndRegions").and_then(Value::as_array);
    let ranges = location.get("ipRanges").and_then(Value::as_array);
    countries.is_some_and(|countries| countries.contains(&json!(attempt.country)))
        || ranges
            .into_iter()
            .flatten()
            .filter_map(|range| range.get("cidrAddress")?.as_str())
            .any(|range| in_range(range, &attempt.address).unwrap_or(false))
}

fn in_range(range: &str, address: &str) -> Option<bool> {
    let (network, bits) = range.split_once('/')?;
    let bits: u32 = bits.parse().ok()?;
    let same = match (network.parse().ok()?, address.parse().ok()?) {
        (IpAddr::V4(network), IpAddr::V4(address)) => {
            let mask = u32::MAX.checked_shl(32_u32.checked_sub(bits)?).unwrap_or(0);
            u32::from(network) & mask == u32::from(address) & mask
        }
        (IpAddr::V6(network), IpAddr::V6(address)) => {
            let mask = u128::MAX.checked_shl(128_u32.checked_sub(bits)?).unwrap_or(0);
            u128::from(network) & mask == u128::from(address) & mask
        }
        _ => false,
    };
    Some(same)
}

/// What is missing; nothing if the policy is satisfied.
fn lack(policy: &Object, attempt: &SignIn) -> Option<Lack> {
    let grant = policy.get("grantControls").filter(|grant| grant.is_object())?;
    let mut lacks: Vec<Option<Lack>> = list(Some(grant), "builtInControls")
        .into_iter()
        .map(|control| control_lack(control, attempt))
        .collect();
    if let Some(strength) = grant.get("authenticationStrength").filter(|strength| strength.is_object()) {
        let combinations = list(Some(strength), "allowedCombinations");
        let resistant = combinations.iter().all(|combination| RESISTANT.contains(combination));
        let wanted = if resistant { Proof::PhishingResistant } else { Proof::Mfa };
        lacks.push((attempt.proof < wanted).then_some(Lack::Mfa));
    }
    let any = grant.get("operator").and_then(Value::as_str) == Some("OR");
    if any && lacks.contains(&None) {
        return None;
    }
    lacks.into_iter().flatten().max_by_key(|lack| code(*lack))
}

fn control_lack(control: &str, attempt: &SignIn) -> Option<Lack> {
    match control {
        "mfa" => (attempt.proof < Proof::Mfa).then_some(Lack::Mfa),
        "compliantDevice" | "domainJoinedDevice" => (!attempt.managed).then_some(Lack::Device),
        "block" => Some(Lack::Blocked),
        _ => Some(Lack::Mfa),
    }
}

#[cfg(test)]
mod tests {
    use super::in_range;

    #[test]
    fn ranges_of_both_families_are_read() {
        assert_eq!(in_range("203.0.113.0/24", "203.0.113.25"), Some(true));
        assert_eq!(in_range("203.0.113.0/24", "203.0.114.1"), Some(false));
        assert_eq!(in_range("0.0.0.0/0", "198.51.100.7"), Some(true));
        assert_eq!(in_range("2001:db8::/32", "2001:db8::1"), Some(true));
        assert_eq!(in_range("2001:db8::/32", "203.0.113.25"), Some(false));
        for (range, address) in [("203.0.113.0", "x"), ("203.0.113.0/33", "203.0.113.1"), ("x/8", "y")] {
            assert_eq!(in_range(range, address), None);
        }
    }
}
