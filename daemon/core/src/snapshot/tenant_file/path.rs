//! Which family a key of a tenant file means. Host, `/v1.0`, query and doubled slashes are
//! overlooked, and so is case; families that Graph has under two paths have both.

use crate::snapshot::{FamilyName, Id};

/// What a key means.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A family.
    Family(FamilyName),
    /// A sub-collection of one object.
    Child(FamilyName, Id),
    /// One object of a family.
    Member(FamilyName),
}

/// Second paths of families.
const ALIASES: [(&str, FamilyName); 5] = [
    ("settings", FamilyName::GroupSettings),
    ("policies/conditionalaccesspolicies", FamilyName::ConditionalAccessPolicies),
    ("identity/conditionalaccess/authenticationstrength/policies", FamilyName::AuthenticationStrengths),
    ("identity/conditionalaccess/authenticationstrengths/policies", FamilyName::AuthenticationStrengths),
    ("policies/authorizationpolicy/authorizationpolicy", FamilyName::AuthorizationPolicy),
];

/// Reads a key; none if no control needs what it means.
pub(super) fn place(key: &str) -> Option<Place> {
    let (path, query) = key.split_once('?').unwrap_or((key, ""));
    let parts = parts(path);
    let lower: Vec<String> = parts.iter().map(|part| part.to_ascii_lowercase()).collect();
    let names: Vec<&str> = lower.iter().map(String::as_str).collect();
    let child = |family| parts.get(1).map(|id| Place::Child(family, Id::new(id)));
    let keyed = |family| parts.first().and_then(|part| key_of(part)).map(|id| Place::Child(family, id));
    match names.as_slice() {
        ["users"] if selects_sign_ins(query) => Some(Place::Family(FamilyName::SignInActivity)),
        ["groups", _, "members"] => child(FamilyName::GroupMembers),
        ["groups", _, "owners"] => child(FamilyName::GroupOwners),
        ["applications", _, "owners"] => child(FamilyName::ApplicationOwners),
        ["serviceprincipals", _, "owners"] => child(FamilyName::ServicePrincipalOwners),
        ["serviceprincipals", _, "approleassignments"] => child(FamilyName::AppRoleAssignments),
        ["serviceprincipals", _, "approleassignedto"] => child(FamilyName::AppRolesAssignedTo),
        [one, "approleassignedto"] if one.starts_with("serviceprincipals(") => {
            keyed(FamilyName::AppRolesAssignedTo)
        }
        ["users", _, "mailfolders", _, "messagerules"] => child(FamilyName::MessageRules),
        ["users", _, "authentication", "methods"] => child(FamilyName::AuthenticationMethods),
        ["policies", "authenticationmethodspolicy", "authenticationmethodconfigurations", _] => {
            Some(Place::Member(FamilyName::AuthenticationMethodConfigurations))
        }
        _ => family(&names.join("/")).map(Place::Family),
    }
}

/// The key in `servicePrincipals(appId='…')`.
fn key_of(segment: &str) -> Option<Id> {
    segment.split('\'').nth(1).filter(|key| !key.is_empty()).map(Id::new)
}

fn parts(path: &str) -> Vec<&str> {
    let path =
        path.split_once("://").map_or(path, |(_, rest)| rest.split_once('/').map_or("", |(_, path)| path));
    let mut parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    if parts
        .first()
        .is_some_and(|first| first.eq_ignore_ascii_case("v1.0") || first.eq_ignore_ascii_case("beta"))
    {
        parts.remove(0);
    }
    parts
}

fn selects_sign_ins(query: &str) -> bool {
    let query = query.to_ascii_lowercase();
    query.contains("signinactivity") && !query.contains("userprincipalname")
}

fn family(path: &str) -> Option<FamilyName> {
    if let Some((_, family)) = ALIASES.iter().find(|(alias, _)| *alias == path) {
        return Some(*family);
    }
    FamilyName::ALL.iter().copied().find(|family| {
        let own = family.path();
        let whole = !own.contains('{') && !own.contains('?');
        let own = own.trim_start_matches("/v1.0/").trim_start_matches("/beta/");
        whole && own.eq_ignore_ascii_case(path)
    })
}
