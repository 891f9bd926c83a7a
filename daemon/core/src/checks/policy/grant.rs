//! What a policy asks for before it grants access, held against what a requirement wants.
//! Operator AND (or a single control) offers one way in, which must do everything it names; OR
//! offers several ways, and each must do.

use super::strength::{Combinations, combinations, is_fido2, is_mfa, is_phishing_resistant};
use super::{extent::UNKNOWN, narrowing::is_empty};
use crate::{
    baseline::check::Grant,
    checks::{Context, shown},
    snapshot::{AuthenticationStrength, FamilyName, GrantControls, Unreadable},
};

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

/// One way in: everything that must be given together; nothing if nothing is asked for.
pub(super) type Offer<'a> = Vec<Alternative<'a>>;

/// The ways in that a policy leaves open, by its operator; at least one each.
pub(super) enum Offers<'a> {
    /// These.
    Known(Vec<Offer<'a>>),
    /// The first if the operator is AND, the second if it is OR: it is missing or not known.
    Either(Vec<Offer<'a>>, Vec<Offer<'a>>),
}

/// The ways in that a policy leaves open.
pub(super) fn offers(controls: Option<&GrantControls>) -> Offers<'_> {
    let Some(controls) = controls else { return Offers::Known(vec![Vec::new()]) };
    let all = alternatives(controls);
    if needs_all(controls, all.len()) {
        return Offers::Known(vec![all]);
    }
    let each = all.iter().map(|one| vec![*one]).collect();
    match controls.operator.as_deref() {
        Some(operator) if operator.eq_ignore_ascii_case("or") => Offers::Known(each),
        _ => Offers::Either(vec![all], each),
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
        .filter(|(key, value)| !key.contains('@') && !is_empty(value))
        .map(|(key, _)| Alternative::Other(key));
    built_in.chain(strength).chain(terms).chain(custom).chain(extra).collect()
}

/// Whether all controls must be met; one alone must, whatever the operator. An operator that is
/// missing or not known counts as OR, which proves less.
pub(crate) fn needs_all(controls: &GrantControls, count: usize) -> bool {
    count <= 1 || controls.operator.as_deref().is_some_and(|operator| operator.eq_ignore_ascii_case("and"))
}

/// Whether a way in does what is wanted.
///
/// # Errors
/// [`Unreadable`] if it hangs on something that could not be read or is not known.
pub(super) fn gives(
    context: &Context<'_>,
    offer: &[Alternative<'_>],
    wanted: Grant,
) -> Result<bool, Unreadable> {
    let mut doubt = None;
    for one in offer {
        match does(context, *one, wanted) {
            Ok(true) => return Ok(true),
            Ok(false) => {}
            Err(cause) => doubt = doubt.or(Some(cause)),
        }
    }
    doubt.map_or(Ok(false), Err)
}

fn does(context: &Context<'_>, one: Alternative<'_>, wanted: Grant) -> Result<bool, Unreadable> {
    match one {
        _ if wanted == Grant::Anything => Ok(true),
        Alternative::Other(_) => Ok(false),
        Alternative::BuiltIn(UNKNOWN) => {
            let detail = "a grant control of a kind that is not known";
            Err(Unreadable::inside(FamilyName::ConditionalAccessPolicies, detail))
        }
        Alternative::BuiltIn(name) => {
            Ok(built_in(wanted).is_some_and(|wanted| wanted.eq_ignore_ascii_case(name)))
        }
        Alternative::Strength(strength) => match wanted {
            Grant::Mfa => by_strength(context, strength, is_mfa),
            Grant::PhishingResistant => by_strength(context, strength, is_phishing_resistant),
            Grant::Fido2 => by_strength(context, strength, is_fido2),
            _ => Ok(false),
        },
    }
}

/// Graph's built-in control, where one alone does.
pub(super) fn built_in(grant: Grant) -> Option<&'static str> {
    match grant {
        Grant::Block => Some("block"),
        Grant::Mfa => Some("mfa"),
        Grant::CompliantDevice => Some("compliantDevice"),
        Grant::HybridJoinedDevice => Some("domainJoinedDevice"),
        Grant::ApprovedApplication => Some("approvedApplication"),
        Grant::CompliantApplication => Some("compliantApplication"),
        Grant::PasswordChange => Some("passwordChange"),
        Grant::RiskRemediation => Some("riskRemediation"),
        Grant::PhishingResistant | Grant::Fido2 | Grant::Anything => None,
    }
}

/// What is asked for, in words.
pub(super) fn words(grant: Grant) -> &'static str {
    match grant {
        Grant::Block => "block access",
        Grant::Mfa => "require multifactor authentication",
        Grant::PhishingResistant => "require phishing-resistant authentication",
        Grant::Fido2 => "require a FIDO2 key",
        Grant::CompliantDevice => "require a compliant device",
        Grant::HybridJoinedDevice => "require a hybrid joined device",
        Grant::ApprovedApplication => "require an approved application",
        Grant::CompliantApplication => "require an app protection policy",
        Grant::PasswordChange => "require a password change",
        Grant::RiskRemediation => "require that the risk is remediated",
        Grant::Anything => "ask for something",
    }
}

/// A control in words, for sentences.
pub(super) fn name(one: Alternative<'_>) -> String {
    match one {
        Alternative::BuiltIn(name) => format!("the control \"{}\"", shown(name)),
        Alternative::Other(name) => shown(name),
        Alternative::Strength(strength) => format!("the strength {}", shown(&strength.display_name)),
    }
}

fn by_strength(
    context: &Context<'_>,
    strength: &AuthenticationStrength,
    does: fn(&Combinations) -> Option<bool>,
) -> Result<bool, Unreadable> {
    does(&combinations(context, strength)?).ok_or_else(|| {
        let detail = format!("strength {} allows a method that is not known", strength.id);
        Unreadable::inside(FamilyName::AuthenticationStrengths, detail)
    })
}
