//! A person who wants to get in, and whether every policy lets them.

use super::after::After;
use super::policy::{PLATFORMS, applies};
use crate::checks::Context;
use crate::checks::policy::{Alternative, alternatives, combinations};
use crate::snapshot::{ConditionalAccessPolicy, GrantControls, Id, User};
use std::collections::BTreeSet;
use trueconfig_common::guard::Counterexample;
use trueconfig_common::personal::Personal;

/// At which risk somebody must get in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Risk {
    /// At every one.
    Any,
    /// At none.
    None,
}

/// Somebody with what they can prove themselves by.
pub(super) struct Person<'a> {
    pub(super) user: &'a User,
    pub(super) risk: Risk,
    enabled: bool,
    /// Parts of combinations of authentication strengths that they can give.
    proofs: BTreeSet<&'static str>,
}

/// One way to sign in, with a browser.
pub(super) struct Try {
    pub(super) platform: &'static str,
    /// A named location made of countries, where they are in one.
    pub(super) country: Option<Id>,
}

/// Names of registered methods, as the report and as the account's own list have them, and what they prove.
const METHODS: [(&str, &str); 16] = [
    ("fido2SecurityKey", "fido2"),
    ("passKeyDeviceBound", "fido2"),
    ("passKeyDeviceBoundAuthenticator", "fido2"),
    ("fido2AuthenticationMethod", "fido2"),
    ("windowsHelloForBusiness", "windowsHelloForBusiness"),
    ("windowsHelloForBusinessAuthenticationMethod", "windowsHelloForBusiness"),
    ("microsoftAuthenticatorPush", "microsoftAuthenticatorPush"),
    ("microsoftAuthenticatorAuthenticationMethod", "microsoftAuthenticatorPush"),
    ("microsoftAuthenticatorPasswordless", "deviceBasedPush"),
    ("softwareOneTimePasscode", "softwareOath"),
    ("softwareOathAuthenticationMethod", "softwareOath"),
    ("hardwareOneTimePasscode", "hardwareOath"),
    ("hardwareOathAuthenticationMethod", "hardwareOath"),
    ("mobilePhone", "sms"),
    ("phoneAuthenticationMethod", "sms"),
    ("passwordAuthenticationMethod", "password"),
];

impl<'a> Person<'a> {
    pub(super) fn new(context: &Context<'_>, after: &After<'_, '_>, user: &'a User, risk: Risk) -> Self {
        let enabled = after.may_sign_in(&user.id, user.account_enabled);
        Self { user, risk, enabled, proofs: proofs(context, &user.id) }
    }

    /// Whether they have a second factor.
    fn has_mfa(&self) -> bool {
        self.proofs.iter().any(|proof| *proof != "password")
    }
}

/// What an account has registered: by its own list where that was read, else by the report.
fn proofs(context: &Context<'_>, id: &Id) -> BTreeSet<&'static str> {
    let own = context.snapshot.authentication_methods.partial_rows().iter().find(|row| row.user == *id);
    let own = own.map(|row| row.methods.iter().map(|one| one.odata_type.as_str()).collect::<Vec<_>>());
    let reported = context.snapshot.registration_details.partial_rows();
    let reported = || {
        let row = reported.iter().find(|row| row.id == *id);
        row.into_iter().flat_map(|row| row.methods_registered.iter()).map(String::as_str).collect()
    };
    let named: Vec<&str> = own.unwrap_or_else(reported);
    let known = named.iter().map(|name| name.trim_start_matches("#microsoft.graph."));
    let proven =
        known.filter_map(|name| METHODS.iter().find(|(method, _)| method.eq_ignore_ascii_case(name)));
    proven.map(|(_, proof)| *proof).chain(["password"]).collect()
}

/// Whether somebody gets in, by any platform and from any country.
///
/// # Errors
/// Why not, at the first try.
pub(super) fn reaches(
    context: &Context<'_>,
    after: &After<'_, '_>,
    person: &Person<'_>,
) -> Result<(), Counterexample> {
    if !person.enabled {
        return Err(super::counterexample(context, &person.user.id, "the account cannot sign in"));
    }
    if after.security_defaults && !person.has_mfa() {
        let why = "security defaults ask for a second factor and none is registered";
        return Err(super::counterexample(context, &person.user.id, why));
    }
    let countries = context.snapshot.named_locations.partial_rows().iter();
    let countries = countries.filter(|one| one.is_countries() == Some(true)).map(|one| Some(one.id.clone()));
    let mut first = None;
    for country in [None].into_iter().chain(countries) {
        for platform in PLATFORMS {
            let at = Try { platform, country: country.clone() };
            match refusal(context, after, person, &at) {
                None => return Ok(()),
                Some(refusal) => first = first.or(Some(refusal)),
            }
        }
    }
    first.map_or(Ok(()), Err)
}

/// The first policy that does not let somebody pass for certain.
fn refusal(
    context: &Context<'_>,
    after: &After<'_, '_>,
    person: &Person<'_>,
    at: &Try,
) -> Option<Counterexample> {
    let applying = after.policies().filter(|policy| applies(context, after, policy, person, at));
    let mut refusals = applying.filter_map(|policy| {
        let why = unmet(context, policy.grant_controls.as_ref(), person)?;
        Some((policy, why))
    });
    let (policy, why) = refusals.next()?;
    Some(Counterexample {
        who: person.user.id.to_string(),
        name: Personal::new(context.name_of(&person.user.id)),
        policy: crate::checks::shown(&policy.display_name),
        conditions: in_words(policy, person),
        why,
    })
}

/// The conditions that are taken against somebody, in words.
fn in_words(policy: &ConditionalAccessPolicy, person: &Person<'_>) -> Vec<String> {
    let conditions = &policy.conditions;
    let mut words = vec!["with a browser, on every platform and from every country".to_owned()];
    let risky = !(conditions.sign_in_risk_levels.is_empty() && conditions.user_risk_levels.is_empty());
    if person.risk == Risk::Any && risky {
        words.push("at a risk that the policy names".to_owned());
    }
    if conditions.devices.device_filter.as_ref().is_some_and(|filter| !filter.is_null()) {
        words.push("on a device that its filter fits".to_owned());
    }
    words.extend(
        conditions.extra.keys().map(|key| format!("whatever \"{}\" means", crate::checks::shown(key))),
    );
    words
}

/// What a policy asks for that somebody cannot give for certain; none if they can.
fn unmet(context: &Context<'_>, controls: Option<&GrantControls>, person: &Person<'_>) -> Option<String> {
    let controls = controls?;
    let all = alternatives(controls);
    let any_will_do =
        controls.operator.as_deref().is_some_and(|operator| operator.eq_ignore_ascii_case("or"));
    let refusals: Vec<String> = all.iter().filter_map(|one| missing(context, *one, person)).collect();
    let passes = if any_will_do && all.len() > 1 { refusals.len() < all.len() } else { refusals.is_empty() };
    if passes { None } else { refusals.into_iter().next() }
}

/// What is missing for one control; none if it is given for certain.
fn missing(context: &Context<'_>, one: Alternative<'_>, person: &Person<'_>) -> Option<String> {
    let second_factor = || (!person.has_mfa()).then(|| "no second factor is registered".to_owned());
    match one {
        Alternative::BuiltIn(name) => match name.to_ascii_lowercase().as_str() {
            "block" => Some("access is blocked".to_owned()),
            // Both ask for a second factor first, and both can be done then.
            "mfa" | "passwordchange" | "riskremediation" => second_factor(),
            _ => Some(format!("\"{}\" cannot be counted on", crate::checks::shown(name))),
        },
        Alternative::Other("terms of use") => None,
        Alternative::Other(name) => Some(format!("{} is not known", crate::checks::shown(name))),
        Alternative::Strength(strength) => {
            let name = crate::checks::shown(&strength.display_name);
            let Ok(known) = combinations(context, strength) else {
                return Some(format!("what the strength {name} allows is not known"));
            };
            if known.allowed.is_empty() {
                return second_factor();
            }
            let given =
                |combination: &String| combination.split(',').all(|part| person.proofs.contains(part.trim()));
            let met = known.allowed.iter().any(given);
            (!met).then(|| format!("no registered method meets the strength {name}"))
        }
    }
}
