//! APP-03, APP-06, APP-23, APP-24, APP-26: what applications may do, and who can act as them.

use super::{
    NoParameters,
    tally::{Offence, Tally, Words},
};
use crate::{
    checks::{Context, Finding, Question, finding::few, index::Index, permissions, privileged},
    snapshot::{AppRoleAssignment, FamilyName, Id, PasswordCredential, ServicePrincipal, Unreadable},
};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use trueconfig_common::verdict::Verdict;

/// Application roles by the service principal that has them, as far as they were read.
pub(super) struct AppRoles<'a> {
    by_principal: BTreeMap<&'a Id, Vec<&'a AppRoleAssignment>>,
    /// Service principals whose own list was read.
    listed: BTreeSet<&'a Id>,
    /// Why a principal without its own list is not known; none if the list of Microsoft Graph was read.
    gap: Option<Unreadable>,
}

impl<'a> AppRoles<'a> {
    /// Roles as given by either side: the lists of who has them, or those of whose they are.
    ///
    /// # Errors
    /// [`Unreadable`] if neither was read.
    pub(super) fn of(context: &Context<'a>) -> Result<Self, Unreadable> {
        let assigned = context.snapshot.app_roles_assigned_to.rows();
        let listed = context.snapshot.app_role_assignments.rows();
        let mut by_principal: BTreeMap<&Id, Vec<&AppRoleAssignment>> = BTreeMap::new();
        let mut seen = BTreeSet::new();
        let of_lists = listed.iter().flat_map(|rows| rows.iter()).flat_map(|row| &row.assignments);
        let of_resources = assigned.iter().flat_map(|rows| rows.iter()).flat_map(|row| &row.assignments);
        for one in of_lists.chain(of_resources) {
            if seen.insert((&one.principal_id, &one.resource_id, &one.app_role_id)) {
                by_principal.entry(&one.principal_id).or_default().push(one);
            }
        }
        let gap = match (graph_was_read(context)?, &listed) {
            (true, _) => None,
            (false, Ok(_)) => Some(Unreadable::inside(
                FamilyName::AppRoleAssignments,
                "neither its own list nor that of Microsoft Graph was read",
            )),
            (false, Err(cause)) => Some(assigned.err().unwrap_or_else(|| cause.clone())),
        };
        let listed = listed.iter().flat_map(|rows| rows.iter()).map(|row| &row.service_principal).collect();
        Ok(Self { by_principal, listed, gap })
    }

    /// Roles of a service principal, each with its name, of those that `names` knows.
    ///
    /// # Errors
    /// [`Unreadable`] if none is known and its roles were not read.
    pub(super) fn named(
        &self,
        principal: &Id,
        names: impl Fn(&Id) -> Option<&'static str>,
    ) -> Result<Vec<&'static str>, Unreadable> {
        let held = self.by_principal.get(principal).into_iter().flatten();
        let found: Vec<&'static str> = held.filter_map(|one| names(&one.app_role_id)).collect();
        match &self.gap {
            Some(cause) if found.is_empty() && !self.listed.contains(principal) => Err(Unreadable {
                detail: format!("service principal {principal}: {}", cause.detail),
                ..cause.clone()
            }),
            _ => Ok(found),
        }
    }
}

/// Whether the list of those who have roles of Microsoft Graph was read; true also if the tenant
/// has no service principal of Graph, for then nobody has any.
fn graph_was_read(context: &Context<'_>) -> Result<bool, Unreadable> {
    let graph = Id::new(permissions::MICROSOFT_GRAPH);
    let resources = context.snapshot.app_roles_assigned_to.rows().unwrap_or_default();
    let principals = context.snapshot.service_principals.rows()?;
    let own = principals.iter().find(|one| one.app_id.as_ref() == Some(&graph)).map(|one| &one.id);
    Ok(resources.iter().any(|row| row.resource == graph || Some(&row.resource) == own))
}

/// Whose an application is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// The organisation's own.
    Internal,
    /// Another organisation's.
    Foreign,
    /// Microsoft's, or a managed identity: neither a finding nor a target.
    Exempt,
}

fn origin(context: &Context<'_>, principal: &ServicePrincipal) -> Result<Origin, Unreadable> {
    if is_exempt(principal) {
        return Ok(Origin::Exempt);
    }
    let organization = context.snapshot.organization.single();
    match (&principal.app_owner_organization_id, organization) {
        (Some(owner), Ok(own)) if *owner == own.id => Ok(Origin::Internal),
        (Some(_), Ok(_)) => Ok(Origin::Foreign),
        (Some(owner), Err(cause)) => by_registration(context, principal, owner).ok_or(cause),
        (None, _) => {
            let detail = format!("appOwnerOrganizationId of service principal {} is missing", principal.id);
            Err(Unreadable::inside(FamilyName::ServicePrincipals, detail))
        }
    }
}

/// Where the tenant's id is not known: an application registered here makes its owner this tenant.
fn by_registration(context: &Context<'_>, principal: &ServicePrincipal, owner: &Id) -> Option<Origin> {
    let applications = context.snapshot.applications.rows().ok()?;
    let registered = |one: &ServicePrincipal| {
        one.app_id.is_some() && applications.iter().any(|app| app.app_id == one.app_id)
    };
    if registered(principal) {
        return Some(Origin::Internal);
    }
    let principals = context.snapshot.service_principals.rows().ok()?;
    let here =
        principals.iter().any(|one| one.app_owner_organization_id.as_ref() == Some(owner) && registered(one));
    Some(if here { Origin::Internal } else { Origin::Foreign })
}

/// Microsoft's own service principals and managed identities.
pub(super) fn is_exempt(principal: &ServicePrincipal) -> bool {
    let managed = principal.service_principal_type.as_deref();
    managed.is_some_and(|kind| kind.eq_ignore_ascii_case("ManagedIdentity"))
        || principal.app_owner_organization_id.as_ref().is_some_and(permissions::is_microsoft)
}

fn is_excepted(question: &Question<'_, '_>, principal: &ServicePrincipal) -> bool {
    let by_client = principal.app_id.as_ref().is_some_and(|id| question.exceptions.has(id));
    question.exceptions.has(&principal.id) || by_client || question.context.is_own(&principal.id)
}

/// APP-03: flagged application roles of the organisation's own applications need an exception.
pub(super) fn internal(question: &Question<'_, '_>, _: &NoParameters) -> Result<Finding, Unreadable> {
    flagged_roles(question, Origin::Internal, "internal applications")
}

/// APP-06: flagged application roles of other organisations' applications need an exception.
pub(super) fn foreign(question: &Question<'_, '_>, _: &NoParameters) -> Result<Finding, Unreadable> {
    flagged_roles(question, Origin::Foreign, "third-party applications")
}

fn flagged_roles(question: &Question<'_, '_>, wanted: Origin, whose: &str) -> Result<Finding, Unreadable> {
    let context = question.context;
    let roles = AppRoles::of(context)?;
    let mut tally = Tally::default();
    for principal in context.snapshot.service_principals.rows()? {
        if is_exempt(principal) || is_excepted(question, principal) {
            continue;
        }
        let names = match roles.named(&principal.id, permissions::flagged) {
            Ok(names) => names,
            Err(cause) => {
                tally.doubts(cause);
                continue;
            }
        };
        match origin(context, principal) {
            Ok(found) if found != wanted => {}
            Ok(_) if names.is_empty() => tally.passes(),
            Ok(_) => tally.fails(offence(principal, format!("may {}", few(&names)))),
            Err(_) if names.is_empty() => {}
            Err(cause) => tally.doubts(cause),
        }
    }
    tally.told(&Words {
        expected: "flagged application permissions are declared",
        failing: &format!("{whose} hold flagged permissions without an exception"),
        field: "appRoleAssignments",
        otherwise: Verdict::Fail,
    })
}

fn offence(principal: &ServicePrincipal, detail: String) -> Offence {
    Offence {
        kind: "servicePrincipal",
        id: principal.id.clone(),
        name: principal.display_name.clone(),
        detail,
        values: json!({"appId": principal.app_id}),
    }
}

/// Service principals that lead to Global Administrator: by a highly privileged directory role, or
/// by a permission; each with why.
fn tier_zero<'a>(
    context: &Context<'a>,
    tally: &mut Tally,
) -> Result<Vec<(&'a ServicePrincipal, Vec<String>)>, Unreadable> {
    let roles = AppRoles::of(context)?;
    let highly = |role: &Id| privileged::HIGHLY_PRIVILEGED.iter().any(|id| Id::new(id) == *role);
    let holders = context.principals_with(|given| Ok(highly(given.role)))?;
    let mut found = Vec::new();
    for principal in context.snapshot.service_principals.rows()? {
        let microsoft = principal.app_owner_organization_id.as_ref().is_some_and(permissions::is_microsoft);
        if microsoft {
            continue;
        }
        let mut why: Vec<String> =
            holders.get(&principal.id).into_iter().flatten().map(|role| context.role_name(role)).collect();
        match roles.named(&principal.id, permissions::tier_zero) {
            Ok(names) => why.extend(names.into_iter().map(str::to_owned)),
            Err(cause) if why.is_empty() => tally.doubts(cause),
            Err(_) => {}
        }
        if !why.is_empty() {
            found.push((principal, why));
        }
    }
    Ok(found)
}

/// APP-23: what leads to Global Administrator uses no secrets.
pub(super) fn tier_zero_secrets(
    question: &Question<'_, '_>,
    _: &NoParameters,
) -> Result<Finding, Unreadable> {
    let context = question.context;
    let mut tally = Tally::default();
    for (principal, why) in tier_zero(context, &mut tally)? {
        if is_excepted_only(question, principal) {
            continue;
        }
        let own = usable(&principal.password_credentials, context);
        let registered = match registration(context, principal) {
            Ok(Some(app)) => {
                let secrets = usable(&app.password_credentials, context);
                if secrets == 0 {
                    tally.doubts_if(context.stated(FamilyName::Applications, "passwordCredentials"));
                }
                secrets
            }
            Ok(None) => 0,
            Err(_) if own > 0 => 0,
            Err(cause) => {
                tally.doubts(cause);
                continue;
            }
        };
        match own + registered {
            0 if principal.app_id.is_none() => {
                let detail = format!("appId of service principal {} is missing", principal.id);
                tally.doubts(Unreadable::inside(FamilyName::ServicePrincipals, detail));
            }
            0 => tally.passes(),
            secrets => {
                tally.fails(offence(principal, format!("{secrets} secrets in use, and may {}", few(&why))));
            }
        }
    }
    tally.told(&Words {
        expected: "service principals that lead to Global Administrator use no secrets",
        failing: "service principals that lead to Global Administrator use secrets",
        field: "passwordCredentials",
        otherwise: Verdict::Fail,
    })
}

/// Our own principal is judged like any other here: only declared exceptions count.
fn is_excepted_only(question: &Question<'_, '_>, principal: &ServicePrincipal) -> bool {
    let by_client = principal.app_id.as_ref().is_some_and(|id| question.exceptions.has(id));
    question.exceptions.has(&principal.id) || by_client
}

/// Secrets that have not ended.
fn usable(secrets: &[PasswordCredential], context: &Context<'_>) -> usize {
    secrets.iter().filter(|secret| secret.end_date_time.is_none_or(|end| end > context.now())).count()
}

/// The registration behind a service principal, if it is one of this tenant's.
fn registration<'a>(
    context: &Context<'a>,
    principal: &ServicePrincipal,
) -> Result<Option<&'a crate::snapshot::Application>, Unreadable> {
    if principal.app_id.is_none() || is_exempt(principal) {
        return Ok(None);
    }
    let applications = context.snapshot.applications.rows()?;
    let found = applications.iter().find(|app| app.app_id == principal.app_id);
    match applications.iter().find(|app| app.app_id.is_none()) {
        Some(unknown) if found.is_none() => {
            let detail = format!("appId of application {} is missing", unknown.id);
            Err(Unreadable::inside(FamilyName::Applications, detail))
        }
        _ => Ok(found),
    }
}

/// APP-24: whoever owns what leads to Global Administrator is highly privileged too.
pub(super) fn tier_zero_owners(question: &Question<'_, '_>, _: &NoParameters) -> Result<Finding, Unreadable> {
    let context = question.context;
    let highly = |role: &Id| privileged::HIGHLY_PRIVILEGED.iter().any(|id| Id::new(id) == *role);
    let powerful = context.principals_with(|given| Ok(highly(given.role)))?;
    let mut tally = Tally::default();
    let found = tier_zero(context, &mut tally)?;
    let also: BTreeSet<&Id> = found.iter().map(|(principal, _)| &principal.id).collect();
    for (principal, _) in &found {
        if is_excepted_only(question, principal) {
            continue;
        }
        if principal.app_id.is_none() {
            let detail = format!("appId of service principal {} is missing", principal.id);
            tally.doubts(Unreadable::inside(FamilyName::ServicePrincipals, detail));
        }
        match owners(context, principal) {
            Err(cause) => tally.doubts(cause),
            Ok(owners) => {
                let lesser: Vec<Id> = owners
                    .into_iter()
                    .filter(|owner| {
                        !powerful.contains_key(owner)
                            && !also.contains(owner)
                            && !question.exceptions.has(owner)
                    })
                    .collect();
                if lesser.is_empty() {
                    tally.passes();
                } else {
                    let names: Vec<String> = lesser.iter().map(|owner| context.name_of(owner)).collect();
                    let values = json!({"appId": principal.app_id, "owners": lesser});
                    tally
                        .fails(Offence { values, ..offence(principal, format!("owned by {}", few(&names))) });
                }
            }
        }
    }
    tally.told(&Words {
        expected: "owners of privileged service principals are highly privileged too",
        failing: "privileged service principals have an owner who is less privileged",
        field: "owners",
        otherwise: Verdict::Fail,
    })
}

/// Owners of a service principal and of its registration.
fn owners(context: &Context<'_>, principal: &ServicePrincipal) -> Result<BTreeSet<Id>, Unreadable> {
    let rows = context.snapshot.service_principal_owners.rows()?;
    let own = Index::new(rows, |row| &row.service_principal).get(&principal.id).ok_or_else(|| {
        let detail = format!("owners of service principal {} were not read", principal.id);
        Unreadable::inside(FamilyName::ServicePrincipalOwners, detail)
    })?;
    let mut owners: BTreeSet<Id> = own.owners.iter().map(|owner| owner.id.clone()).collect();
    if let Some(application) = registration(context, principal)? {
        let rows = context.snapshot.application_owners.rows()?;
        let registered = Index::new(rows, |row| &row.application).get(&application.id).ok_or_else(|| {
            let detail = format!("owners of application {} were not read", application.id);
            Unreadable::inside(FamilyName::ApplicationOwners, detail)
        })?;
        owners.extend(registered.owners.iter().map(|owner| owner.id.clone()));
    }
    Ok(owners)
}

/// APP-26: flagged delegated permissions granted for everybody need an exception.
pub(super) fn tenant_wide(question: &Question<'_, '_>, _: &NoParameters) -> Result<Finding, Unreadable> {
    let context = question.context;
    let mut tally = Tally::default();
    for grant in context.snapshot.oauth2_permission_grants.rows()? {
        let excepted = |id: &Id| question.exceptions.has(id);
        let client = context.service_principal(&grant.client_id).ok().flatten();
        let by_app = client.and_then(|one| one.app_id.as_ref()).is_some_and(&excepted);
        if excepted(&grant.id) || excepted(&grant.client_id) || by_app {
            continue;
        }
        let doubt = |field: &str, state: &str| {
            Unreadable::inside(
                FamilyName::OAuth2PermissionGrants,
                format!("{field} of grant {} is {state}", grant.id),
            )
        };
        match grant.consent_type.as_deref().map(str::to_ascii_lowercase).as_deref() {
            Some("allprincipals") => {}
            Some("principal") => {
                tally.passes();
                continue;
            }
            Some(_) => {
                tally.doubts(doubt("consentType", "not known"));
                continue;
            }
            None => {
                tally.doubts(doubt("consentType", "missing"));
                continue;
            }
        }
        let Some(scope) = &grant.scope else {
            tally.doubts(doubt("scope", "missing"));
            continue;
        };
        let flagged: Vec<&str> =
            scope.split_whitespace().filter(|one| permissions::is_flagged_scope(one)).collect();
        if flagged.is_empty() {
            tally.passes();
            continue;
        }
        tally.fails(Offence {
            kind: "grant",
            id: grant.id.clone(),
            name: context.name_of(&grant.client_id),
            detail: format!("granted for everybody: {}", few(&flagged)),
            values: json!({"clientId": grant.client_id, "scope": scope}),
        });
    }
    tally.told(&Words {
        expected: "flagged permissions granted for everybody are declared",
        failing: "grants for everybody hold flagged permissions without an exception",
        field: "scope",
        otherwise: Verdict::Fail,
    })
}
