//! What a policy asks for, and whether that is at least what a requirement wants. Operator AND
//! (or a single control) is met if one control does; OR only if every alternative does.

use crate::{
    baseline::check::Grant,
    checks::Context,
    snapshot::{AuthenticationStrength, FamilyName, GrantControls, Id, Unreadable},
};

/// Whether a policy's grant controls do.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Answer {
    /// They do.
    Yes,
    /// They do not, because.
    No(String),
    /// It depends on something that could not be read or is not known.
    Unknown(Unreadable),
}

/// One control among those a policy asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Alternative<'a> {
    /// A built-in control by Graph's name.
    BuiltIn(&'a str),
    /// An authentication strength.
    Strength(&'a AuthenticationStrength),
    /// Terms of use, a control of another vendor, or a key this code does not know.
    Other(&'a str),
}

/// Combinations of an authentication strength, and whether Graph calls them MFA.
pub(crate) struct Combinations {
    pub(crate) allowed: Vec<String>,
    called_mfa: bool,
}

/// Methods that resist phishing; each is a combination by itself.
const PHISHING_RESISTANT: [&str; 3] = ["windowsHelloForBusiness", "fido2", "x509CertificateMultiFactor"];

/// Methods that are two factors by themselves.
const TWO_FACTORS: [&str; 7] = [
    "windowsHelloForBusiness",
    "fido2",
    "x509CertificateMultiFactor",
    "deviceBasedPush",
    "temporaryAccessPassOneTime",
    "temporaryAccessPassMultiUse",
    "federatedMultiFactor",
];
const FIRST_FACTORS: [&str; 3] = ["password", "federatedSingleFactor", "x509CertificateSingleFactor"];
const SECOND_FACTORS: [&str; 5] =
    ["sms", "voice", "hardwareOath", "softwareOath", "microsoftAuthenticatorPush"];

/// Graph's word for a value that is newer than the client.
const UNKNOWN: &str = "unknownFutureValue";

/// Whether a policy asks for what a requirement wants.
pub(super) fn answer(context: &Context<'_>, controls: Option<&GrantControls>, wanted: Grant) -> Answer {
    let Some(controls) = controls else { return Answer::No("it asks for nothing".to_owned()) };
    let answers: Vec<Answer> =
        alternatives(controls).into_iter().map(|one| alternative(context, one, wanted)).collect();
    let unknown = answers.iter().find(|answer| matches!(answer, Answer::Unknown(_)));
    let first_no = answers.iter().find(|answer| matches!(answer, Answer::No(_)));
    if needs_all(controls, answers.len()) {
        let yes = answers.iter().find(|answer| **answer == Answer::Yes);
        let found = yes.or(unknown).or(first_no);
        return found.cloned().unwrap_or_else(|| Answer::No("it asks for nothing".to_owned()));
    }
    match (first_no, unknown) {
        (Some(Answer::No(detail)), _) => Answer::No(format!("{detail} is enough, by operator OR")),
        (_, Some(unknown)) => unknown.clone(),
        _ => Answer::Yes,
    }
}

/// The controls a policy asks for.
pub(crate) fn alternatives(controls: &GrantControls) -> Vec<Alternative<'_>> {
    let built_in = controls.built_in_controls.iter().map(|name| Alternative::BuiltIn(name));
    let strength = controls.authentication_strength.iter().map(Alternative::Strength);
    let terms = controls.terms_of_use.iter().map(|_| Alternative::Other("terms of use"));
    let custom =
        controls.custom_authentication_factors.iter().map(|_| Alternative::Other("a custom control"));
    let extra = controls
        .extra
        .iter()
        .filter(|(key, value)| !key.contains('@') && !super::narrowing::is_empty(value))
        .map(|(key, _)| Alternative::Other(key));
    built_in.chain(strength).chain(terms).chain(custom).chain(extra).collect()
}

/// Whether all controls must be met; one alone must, whatever the operator. An operator that is
/// missing or not known counts as OR, which proves less.
pub(crate) fn needs_all(controls: &GrantControls, count: usize) -> bool {
    count <= 1 || controls.operator.as_deref().is_some_and(|operator| operator.eq_ignore_ascii_case("and"))
}

fn alternative(context: &Context<'_>, one: Alternative<'_>, wanted: Grant) -> Answer {
    match (one, wanted) {
        (Alternative::BuiltIn(UNKNOWN), _) => {
            let detail = "a grant control of a kind that is not known";
            Answer::Unknown(Unreadable::inside(FamilyName::ConditionalAccessPolicies, detail))
        }
        (Alternative::BuiltIn("block"), Grant::Block) | (Alternative::BuiltIn("mfa"), Grant::Mfa) => {
            Answer::Yes
        }
        (Alternative::BuiltIn(name), _) => Answer::No(format!("the control \"{name}\"")),
        (Alternative::Other(name), _) => Answer::No(name.to_owned()),
        (Alternative::Strength(strength), Grant::Block) => {
            Answer::No(format!("the strength {}", crate::checks::shown(&strength.display_name)))
        }
        (Alternative::Strength(strength), Grant::Mfa) => by_strength(context, strength, is_mfa),
        (Alternative::Strength(strength), Grant::PhishingResistant) => {
            by_strength(context, strength, is_phishing_resistant)
        }
    }
}

fn by_strength(
    context: &Context<'_>,
    strength: &AuthenticationStrength,
    does: fn(&Combinations) -> Option<bool>,
) -> Answer {
    match combinations(context, strength) {
        Err(cause) => Answer::Unknown(cause),
        Ok(combinations) => match does(&combinations) {
            Some(true) => Answer::Yes,
            Some(false) => {
                Answer::No(format!("the strength {}", crate::checks::shown(&strength.display_name)))
            }
            None => {
                let detail = format!("strength {} allows a method that is not known", strength.id);
                Answer::Unknown(Unreadable::inside(FamilyName::AuthenticationStrengths, detail))
            }
        },
    }
}

/// The combinations of a strength: as the policy gives them, else from the tenant's list, else
/// the built-in ones that never change.
pub(crate) fn combinations(
    context: &Context<'_>,
    strength: &AuthenticationStrength,
) -> Result<Combinations, Unreadable> {
    if let Some(found) = in_full(strength) {
        return Ok(found);
    }
    let rows = context.snapshot.authentication_strengths.rows();
    let listed = rows.as_ref().ok().and_then(|rows| rows.iter().find(|one| one.id == strength.id));
    if let Some(found) = listed.and_then(in_full).or_else(|| built_in(&strength.id)) {
        return Ok(found);
    }
    rows?;
    let detail = format!("strength {} is not in the tenant's list", strength.id);
    Err(Unreadable::inside(FamilyName::AuthenticationStrengths, detail))
}

fn in_full(strength: &AuthenticationStrength) -> Option<Combinations> {
    let satisfied = strength.requirements_satisfied.as_deref().unwrap_or_default();
    let called_mfa = satisfied.split(',').any(|word| word.trim() == "mfa");
    match &strength.allowed_combinations {
        Some(allowed) if !allowed.is_empty() => Some(Combinations { allowed: allowed.clone(), called_mfa }),
        _ if called_mfa => Some(Combinations { allowed: Vec::new(), called_mfa }),
        _ => None,
    }
}

/// Microsoft's own strengths; their ids are the same everywhere.
fn built_in(id: &Id) -> Option<Combinations> {
    let number = (2..=4).find(|number| Id::new(&format!("00000000-0000-0000-0000-{number:012}")) == *id)?;
    let resistant = PHISHING_RESISTANT.iter().map(|method| (*method).to_owned());
    let allowed = match number {
        2 => Vec::new(),
        3 => resistant.chain(["deviceBasedPush".to_owned()]).collect(),
        _ => resistant.collect(),
    };
    Some(Combinations { allowed, called_mfa: true })
}

fn is_mfa(combinations: &Combinations) -> Option<bool> {
    every(combinations, combinations.called_mfa, |parts| {
        let any = |names: &[&str]| parts.iter().any(|part| names.contains(part));
        any(&TWO_FACTORS) || (any(&FIRST_FACTORS) && any(&SECOND_FACTORS))
    })
}

fn is_phishing_resistant(combinations: &Combinations) -> Option<bool> {
    every(combinations, false, |parts| parts.iter().any(|part| PHISHING_RESISTANT.contains(part)))
}

/// Whether every combination does; none if that hangs on a method that is not known.
fn every(combinations: &Combinations, called: bool, does: impl Fn(&[&str]) -> bool) -> Option<bool> {
    if combinations.allowed.is_empty() {
        return Some(called);
    }
    let mut known = true;
    for combination in &combinations.allowed {
        let parts: Vec<&str> = combination.split(',').map(str::trim).collect();
        if does(&parts) {
            continue;
        }
        if !parts.contains(&UNKNOWN) {
            return Some(false);
        }
        known = false;
    }
    if known || called { Some(true) } else { None }
}
