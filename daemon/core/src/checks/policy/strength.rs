//! Authentication strengths, judged by their combinations and never by their names.

use super::extent::UNKNOWN;
use crate::{
    checks::Context,
    snapshot::{AuthenticationStrength, FamilyName, Id, Unreadable},
};

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

/// Whether every combination is MFA; none if that hangs on a method that is not known.
pub(super) fn is_mfa(combinations: &Combinations) -> Option<bool> {
    every(combinations, combinations.called_mfa, |parts| {
        let any = |names: &[&str]| parts.iter().any(|part| names.contains(part));
        any(&TWO_FACTORS) || (any(&FIRST_FACTORS) && any(&SECOND_FACTORS))
    })
}

/// Whether every combination resists phishing; none if that hangs on a method that is not known.
pub(super) fn is_phishing_resistant(combinations: &Combinations) -> Option<bool> {
    every(combinations, false, |parts| parts.iter().any(|part| PHISHING_RESISTANT.contains(part)))
}

/// Whether every combination is a FIDO2 key and nothing else.
pub(super) fn is_fido2(combinations: &Combinations) -> Option<bool> {
    every(combinations, false, |parts| parts == ["fido2"])
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
