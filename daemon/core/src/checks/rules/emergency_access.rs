//! PA-03: emergency access accounts exist and can get in: enabled, cloud only, on the tenant's
//! own onmicrosoft.com domain, permanent Global Administrators, and left out of every enabled
//! policy that applies to them and asks for what they cannot give.

use super::global_administrators;
use crate::{
    checks::{
        Context, Finding, Question,
        finding::{evidence, few},
        policy::{Alternative, UserScope, alternatives, combinations, needs_all, silent},
    },
    snapshot::{
        AuthenticationMethod, ConditionalAccessPolicy, FamilyName, Id, PolicyState, Unreadable, User,
    },
};
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeSet;
use trueconfig_common::verdict::{Evidence, NearMiss, Verdict};

/// How many there must be.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Limits {
    minimum: usize,
}

/// An enabled policy that break-glass accounts cannot pass.
#[derive(Clone, Debug, PartialEq)]
pub struct BreakGlassGap {
    /// The policy.
    pub policy: Id,
    /// Its name in the tenant, untrusted.
    pub policy_name: String,
    /// Accounts that it applies to and that must be left out.
    pub accounts: Vec<Id>,
    /// What it asks for that they cannot give, in words.
    pub asks_for: String,
}

/// Endings of the domains that Microsoft gives every tenant, by cloud.
const INITIAL_DOMAINS: [&str; 3] = [".onmicrosoft.com", ".onmicrosoft.us", ".partner.onmschina.cn"];

/// Built-in controls that an account nobody uses day by day can still give.
const POSSIBLE: [&str; 1] = ["mfa"];

/// Enabled policies that stand in the way of break-glass accounts, with the accounts.
///
/// # Errors
/// [`Unreadable`] if policies, accounts, or what decides on them were not read.
pub fn break_glass_gaps(context: &Context<'_>) -> Result<Vec<BreakGlassGap>, Unreadable> {
    let users: Vec<&User> = context.break_glass()?.into_iter().filter_map(|marked| marked.user).collect();
    let mut gaps = Vec::new();
    for policy in context.snapshot.conditional_access_policies.rows()? {
        if matches!(policy.state, PolicyState::Disabled | PolicyState::ReportOnly) {
            continue;
        }
        let scope = UserScope::new(context, &policy.conditions.users);
        let mut accounts = BTreeSet::new();
        let mut asks_for = String::new();
        for user in &users {
            if let Some(what) = stands_in_the_way(context, policy, &scope, user)? {
                accounts.insert(user.id.clone());
                asks_for = what;
            }
        }
        if !accounts.is_empty() {
            if let PolicyState::Unknown(_) = policy.state {
                let detail = format!("state of policy {} is missing or not known", policy.id);
                return Err(Unreadable::inside(FamilyName::ConditionalAccessPolicies, detail));
            }
            gaps.push(BreakGlassGap {
                policy: policy.id.clone(),
                policy_name: policy.display_name.clone(),
                accounts: accounts.into_iter().collect(),
                asks_for,
            });
        }
    }
    Ok(gaps)
}

/// What a policy asks of an account that it cannot give; none if it does not apply or can be met.
fn stands_in_the_way(
    context: &Context<'_>,
    policy: &ConditionalAccessPolicy,
    scope: &UserScope,
    user: &User,
) -> Result<Option<String>, Unreadable> {
    let Some(controls) = &policy.grant_controls else { return Ok(None) };
    if let Some(cause) = silent(policy) {
        return Err(cause);
    }
    if scope.excludes(user) || !applies_to_something(policy) {
        return Ok(None);
    }
    let unmet = unmet(context, policy, controls, user);
    if unmet.as_ref().is_ok_and(Option::is_none) {
        return Ok(None);
    }
    if let Some(cause) = scope.exclude_doubt.clone() {
        return Err(cause);
    }
    if !scope.includes(user) {
        return scope.include_doubt.clone().map_or(Ok(None), Err);
    }
    unmet
}

fn applies_to_something(policy: &ConditionalAccessPolicy) -> bool {
    let applications = &policy.conditions.applications;
    applications.include_applications.iter().any(|id| !id.is_keyword("None"))
        || !applications.include_user_actions.is_empty()
        || !applications.include_authentication_context_class_references.is_empty()
        || applications.application_filter.is_some()
        || !applications.extra.is_empty()
}

fn unmet(
    context: &Context<'_>,
    policy: &ConditionalAccessPolicy,
    controls: &crate::snapshot::GrantControls,
    user: &User,
) -> Result<Option<String>, Unreadable> {
    let alternatives = alternatives(controls);
    if let Some(field) = unclear_grant(policy, controls) {
        let detail = format!("policy {}: {field} is missing or not known", policy.id);
        let cause = Unreadable::inside(FamilyName::ConditionalAccessPolicies, detail);
        let impossible = |one| !matches!(can_give(context, one, user), Ok(None));
        let some = alternatives.into_iter().map(impossible).reduce(|one, other| one || other);
        return if some == Some(false) { Ok(None) } else { Err(cause) };
    }
    let all = needs_all(controls, alternatives.len());
    let mut failing = Vec::new();
    let mut doubt = None;
    let mut possible = alternatives.is_empty();
    for alternative in alternatives {
        match can_give(context, alternative, user) {
            Ok(None) => possible = true,
            Ok(Some(what)) => failing.push(what),
            Err(cause) => doubt = Some(cause),
        }
    }
    match (all, failing.is_empty(), doubt) {
        (true, false, _) => Ok(Some(failing.join(" and "))),
        (true, true, Some(cause)) => Err(cause),
        (true, true, None) => Ok(None),
        (false, ..) if possible => Ok(None),
        (false, _, Some(cause)) => Err(cause),
        (false, _, None) => Ok(Some(failing.join(" or "))),
    }
}

/// What of the grant is missing or not known, so that it may ask for more than it says.
fn unclear_grant(
    policy: &ConditionalAccessPolicy,
    controls: &crate::snapshot::GrantControls,
) -> Option<&'static str> {
    match alternatives(controls).len() {
        0 => {
            let said =
                policy.raw.pointer("/grantControls/builtInControls").is_some_and(|list| list.is_array());
            (!said).then_some("grantControls.builtInControls")
        }
        1 => None,
        _ => {
            let known = |word: &str| word.eq_ignore_ascii_case("and") || word.eq_ignore_ascii_case("or");
            (!controls.operator.as_deref().is_some_and(known)).then_some("grantControls.operator")
        }
    }
}

/// None if an account can give what is asked for.
fn can_give(
    context: &Context<'_>,
    alternative: Alternative<'_>,
    user: &User,
) -> Result<Option<String>, Unreadable> {
    match alternative {
        Alternative::BuiltIn(name) if POSSIBLE.contains(&name) => Ok(None),
        Alternative::BuiltIn(name) => Ok(Some(name.to_owned())),
        Alternative::Other(name) => Ok(Some(name.to_owned())),
        Alternative::Strength(strength) => {
            let allowed = combinations(context, strength)?.allowed;
            let methods = methods_of(context, user)?;
            let met = match allowed.as_slice() {
                // Microsoft's strength of any MFA: what an account with a second factor can give.
                [] => methods.iter().any(|method| *method != "password"),
                some => some.iter().any(|one| one.split(',').all(|part| methods.contains(part.trim()))),
            };
            Ok((!met).then(|| format!("the strength {}", crate::checks::shown(&strength.display_name))))
        }
    }
}

/// Modes of authentication that an account's registered methods allow.
fn methods_of(context: &Context<'_>, user: &User) -> Result<BTreeSet<&'static str>, Unreadable> {
    let rows = context.snapshot.authentication_methods.rows()?;
    let Some(row) = rows.iter().find(|row| row.user == user.id) else {
        let detail = format!("methods of user {} were not read", user.id);
        return Err(Unreadable::inside(FamilyName::AuthenticationMethods, detail));
    };
    Ok(row.methods.iter().flat_map(modes).copied().collect())
}

fn modes(method: &AuthenticationMethod) -> &'static [&'static str] {
    let kind = method.odata_type.trim_start_matches('#').trim_start_matches("microsoft.graph.");
    match kind.trim_end_matches("AuthenticationMethod") {
        "password" => &["password"],
        "phone" => &["sms", "voice"],
        "fido2" => &["fido2"],
        "windowsHelloForBusiness" | "platformCredential" => &["windowsHelloForBusiness"],
        "microsoftAuthenticator" => &["microsoftAuthenticatorPush"],
        "passwordlessMicrosoftAuthenticator" => &["microsoftAuthenticatorPush", "deviceBasedPush"],
        "softwareOath" => &["softwareOath"],
        "hardwareOath" => &["hardwareOath"],
        "x509Certificate" => &["x509CertificateSingleFactor", "x509CertificateMultiFactor"],
        "qrCodePin" => &["qrCodePin"],
        _ => &[],
    }
}

pub(super) fn judge(question: &Question<'_, '_>, limits: &Limits) -> Result<Finding, Unreadable> {
    let context = question.context;
    let marked = context.break_glass()?;
    let permanent: BTreeSet<Id> = if marked.is_empty() {
        BTreeSet::new()
    } else {
        let holders = global_administrators(context)?;
        holders.into_iter().filter(|holder| holder.permanent).map(|holder| holder.principal).collect()
    };
    let gaps = if marked.is_empty() { Vec::new() } else { break_glass_gaps(context)? };
    let mut sound = BTreeSet::new();
    let mut described = Vec::new();
    let mut unsound = Vec::new();
    for one in &marked {
        let Some(user) = one.user else {
            described.push(evidence(
                "user",
                one.written,
                one.written,
                "marked, but there is no such user",
                json!(null),
            ));
            continue;
        };
        let lacks = lacks(user, &permanent, &gaps)?;
        described.push(describe(user, &lacks));
        if lacks.is_empty() {
            sound.insert(&user.id);
        } else {
            unsound.push((user, lacks));
        }
    }
    let verdict = if sound.len() >= limits.minimum { Verdict::Pass } else { Verdict::Fail };
    let missing = limits.minimum.saturating_sub(sound.len());
    let reason = match (verdict, marked.len()) {
        (Verdict::Pass, _) => format!("{} emergency access accounts can get in", sound.len()),
        (_, 0) => format!("no break-glass account is marked, {} needed", limits.minimum),
        (_, all) => {
            format!(
                "{} of {all} marked break-glass accounts can get in, {} needed",
                sound.len(),
                limits.minimum
            )
        }
    };
    let near_miss = match verdict {
        Verdict::Fail => near_miss(context, &unsound, &gaps, missing),
        _ => None,
    };
    Ok(Finding::new(verdict, reason.clone())
        .comparing(format!("at least {} emergency access accounts that can get in", limits.minimum), reason)
        .with_evidence(described)
        .with_near_miss(near_miss))
}

/// What an account lacks, in words.
fn lacks(user: &User, permanent: &BTreeSet<Id>, gaps: &[BreakGlassGap]) -> Result<Vec<String>, Unreadable> {
    let mut lacks = Vec::new();
    match user.account_enabled {
        Some(true) => {}
        Some(false) => lacks.push("it is disabled".to_owned()),
        None => {
            let detail = format!("accountEnabled of user {} is missing", user.id);
            return Err(Unreadable::inside(FamilyName::Users, detail));
        }
    }
    if user.is_synchronised() {
        lacks.push("it is synchronised from on-premises".to_owned());
    }
    let name = user.user_principal_name.to_ascii_lowercase();
    if !INITIAL_DOMAINS.iter().any(|domain| name.ends_with(domain)) {
        lacks.push("it is not on the onmicrosoft.com domain".to_owned());
    }
    if !permanent.contains(&user.id) {
        lacks.push("it is no permanent Global Administrator".to_owned());
    }
    for gap in gaps.iter().filter(|gap| gap.accounts.contains(&user.id)) {
        lacks.push(format!(
            "it is not excluded from policy {}, which asks for {}",
            crate::checks::shown(&gap.policy_name),
            gap.asks_for
        ));
    }
    Ok(lacks)
}

fn describe(user: &User, lacks: &[String]) -> Evidence {
    let detail = if lacks.is_empty() { "can get in".to_owned() } else { lacks.join("; ") };
    let values = json!({
        "userPrincipalName": user.user_principal_name,
        "accountEnabled": user.account_enabled,
        "onPremisesSyncEnabled": user.on_premises_sync_enabled,
    });
    evidence("user", &user.id, &user.display_name, detail, values)
}

fn near_miss(
    context: &Context<'_>,
    unsound: &[(&User, Vec<String>)],
    gaps: &[BreakGlassGap],
    missing: usize,
) -> Option<NearMiss> {
    let mut nearest: Vec<_> = unsound.iter().collect();
    nearest.sort_by_key(|(user, lacks)| (lacks.len(), user.id.clone()));
    let chosen: Vec<_> = nearest.into_iter().take(missing).collect();
    let Some((user, _)) = chosen.first().filter(|_| chosen.len() == missing) else {
        return suggestion(context, missing);
    };
    let sentences: Vec<String> = chosen
        .iter()
        .map(|(user, lacks)| format!("{}: {}", crate::checks::shown(&user.display_name), lacks.join(", ")))
        .collect();
    let gap = gaps.iter().find(|gap| gap.accounts.contains(&user.id));
    Some(NearMiss {
        sentence: format!("passes but for {}", sentences.join("; ")),
        object: gap.map_or(&user.id, |gap| &gap.policy).to_string(),
        field: if gap.is_some() { "conditions.users.excludeUsers" } else { "user" }.to_owned(),
        actual: json!(null),
        wanted: json!(user.id),
        also: Vec::new(),
    })
}

/// Names only suggest (D24): accounts that look like it and are not marked.
fn suggestion(context: &Context<'_>, missing: usize) -> Option<NearMiss> {
    const LOOKS_LIKE: [&str; 4] = ["breakglass", "break-glass", "emergency", "bg-"];
    let looks = |user: &&User| {
        let name = user.user_principal_name.to_ascii_lowercase();
        LOOKS_LIKE.iter().any(|word| name.contains(word)) && !context.marks_user(user)
    };
    let found: Vec<&User> = context.snapshot.users.partial_rows().iter().filter(looks).collect();
    let first = found.first()?;
    let names: Vec<&str> = found.iter().map(|user| &*user.user_principal_name).collect();
    Some(NearMiss {
        sentence: format!("{missing} more to be marked; by their names perhaps {}", few(&names)),
        object: first.id.to_string(),
        field: "break_glass".to_owned(),
        actual: json!(context.config.break_glass),
        wanted: json!(names),
        also: Vec::new(),
    })
}
