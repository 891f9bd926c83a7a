//! Who a requirement is about, and whether policies cover all of them: everyone, the holders of
//! privileged roles, guests of every type, or service principals.

use super::{
    coverage::Reading,
    exclusion::{Excluded, Exclusion},
    fit::Fit,
    scope::{ALL_GUESTS, GUEST_TYPES},
};
use crate::{
    baseline::check::{Audience, Requirement},
    checks::{Context, Exceptions, privileged},
    snapshot::{Id, RoleAssignment, Unreadable, User},
};
use serde_json::Value;
use std::{cell::OnceCell, collections::BTreeSet};

/// Who a requirement is about.
pub(super) struct Population<'q, 'a> {
    context: &'q Context<'a>,
    exceptions: &'q Exceptions,
    pub(super) requirement: &'q Requirement,
    roles: OnceCell<Result<BTreeSet<Id>, Unreadable>>,
    holders: OnceCell<Result<Vec<&'a User>, Unreadable>>,
}

impl<'q, 'a> Population<'q, 'a> {
    pub(super) fn new(
        context: &'q Context<'a>,
        requirement: &'q Requirement,
        exceptions: &'q Exceptions,
    ) -> Self {
        Self { context, exceptions, requirement, roles: OnceCell::new(), holders: OnceCell::new() }
    }

    /// What it takes to know the people and could not be read.
    pub(super) fn doubt(&self) -> Option<Unreadable> {
        let users = self.context.snapshot.users.unread();
        let roles = || {
            let roles = || self.required_roles().err().cloned();
            let holders = || self.special_holders().err().cloned();
            if self.is_about_roles() { roles().or_else(holders) } else { None }
        };
        users.or_else(roles)
    }

    /// Whether policies that cover the same application and conditions cover everyone.
    pub(super) fn everyone(&self, fits: &[&Fit<'a>], reading: Reading) -> bool {
        match self.requirement.users {
            _ if fits.is_empty() => return false,
            Audience::ServicePrincipals => return fits.iter().any(|fit| has_service_principals(fit)),
            Audience::Guests => return self.all_guests(fits, reading),
            Audience::All | Audience::PrivilegedRoles | Audience::HighlyPrivilegedRoles => {}
        }
        if fits.iter().any(|fit| fit.scope.include_all && leaves_nobody_out(fit, reading)) {
            return true;
        }
        self.all_users(fits, reading) || (self.is_about_roles() && self.all_roles(fits, reading))
    }

    fn is_about_roles(&self) -> bool {
        matches!(self.requirement.users, Audience::PrivilegedRoles | Audience::HighlyPrivilegedRoles)
    }

    /// Guests of every type, whoever else a policy is for.
    fn all_guests(&self, fits: &[&Fit<'a>], reading: Reading) -> bool {
        let hopeful = reading == Reading::Hopeful;
        let covers = |kind: &str, fit: &&Fit<'a>| {
            let doubtful = fit.excluded_users.doubt.is_some() || is_doubtful(fit);
            fit.scope.covers_guests(kind, reading)
                && (hopeful || !doubtful)
                && self.makes_up_for_people(fit, fits)
        };
        GUEST_TYPES
            .iter()
            .filter(|kind| !self.exceptions.has_text(kind) && !self.exceptions.has_text(ALL_GUESTS))
            .all(|kind| fits.iter().any(|fit| covers(kind, fit)))
    }

    /// Every enabled member. A policy for everyone that leaves somebody out counts only if
    /// others cover what it leaves out: a group may be empty today and full tomorrow.
    fn all_users(&self, fits: &[&Fit<'a>], reading: Reading) -> bool {
        let Ok(users) = self.context.snapshot.users.rows() else {
            return reading == Reading::Hopeful;
        };
        if reading == Reading::Hopeful && fits.iter().any(|fit| is_doubtful(fit)) {
            return true;
        }
        let mut kept: Vec<&Fit<'a>> = fits.iter().filter(|fit| !is_doubtful(fit)).copied().collect();
        loop {
            let before = kept.len();
            let all = kept.clone();
            kept.retain(|fit| !fit.scope.include_all || self.makes_up_for(fit, &all));
            if kept.len() == before {
                break;
            }
        }
        let counts =
            |user: &&User| user.account_enabled != Some(false) && (self.is_about_roles() || !user.is_guest());
        // Somebody must be covered: nobody at all is no proof.
        let someone = |user: &User| kept.iter().any(|fit| fit.scope.covers(user));
        users.iter().filter(counts).all(|user| self.is_covered(user, &kept))
            && users.iter().filter(counts).any(someone)
    }

    /// Whether others cover everything that a policy leaves out.
    fn makes_up_for(&self, fit: &Fit<'a>, fits: &[&Fit<'a>]) -> bool {
        let others: Vec<&Fit<'a>> =
            fits.iter().filter(|other| other.policy.id != fit.policy.id).copied().collect();
        fit.excluded_users.untolerated.iter().all(|exclusion| self.is_made_up_for(exclusion, &others))
    }

    /// As [`Self::makes_up_for`], types of guests aside: those are asked about one by one.
    fn makes_up_for_people(&self, fit: &Fit<'a>, fits: &[&Fit<'a>]) -> bool {
        let others: Vec<&Fit<'a>> =
            fits.iter().filter(|other| other.policy.id != fit.policy.id).copied().collect();
        let people = fit.excluded_users.untolerated.iter().filter(|one| one.kind != Excluded::Guests);
        people.into_iter().all(|exclusion| self.is_made_up_for(exclusion, &others))
    }

    fn is_made_up_for(&self, exclusion: &Exclusion, others: &[&Fit<'a>]) -> bool {
        let id = Id::new(&exclusion.id);
        let everyone = |ids: &[Id]| {
            let covers = |id: &Id| {
                self.context.user(id).ok().flatten().is_some_and(|user| self.is_covered(user, others))
            };
            !ids.is_empty() && ids.iter().all(covers)
        };
        match exclusion.kind {
            Excluded::User => everyone(std::slice::from_ref(&id)),
            Excluded::Group => {
                let members = || self.context.final_members(&id);
                others.iter().any(|fit| fit.names_group(&id)) || members().is_ok_and(|ids| everyone(&ids))
            }
            Excluded::Role => {
                let holders = || self.context.role_principals(|one| one.role_definition_id == id);
                let named = |fit: &&Fit<'a>| {
                    fit.scope.include_roles.contains(&id) && !fit.scope.exclude_roles.contains(&id)
                };
                others.iter().any(named) || holders().is_ok_and(|ids| everyone(&Vec::from_iter(ids)))
            }
            Excluded::Guests => exclusion.guests.iter().all(|left_out| {
                let mut known = GUEST_TYPES.iter().filter(|kind| kind.eq_ignore_ascii_case(left_out));
                known.any(|kind| others.iter().any(|fit| fit.scope.covers_guests(kind, Reading::Certain)))
            }),
            Excluded::Application => false,
        }
    }

    fn is_covered(&self, user: &User, fits: &[&Fit<'a>]) -> bool {
        fits.iter().any(|fit| fit.scope.covers(user)) || self.is_tolerated(user)
    }

    fn is_tolerated(&self, user: &User) -> bool {
        self.context.marks_user(user)
            || self.exceptions.has_user(user)
            || self.context.is_sync_account(user).unwrap_or(false)
    }

    /// Every privileged role by name, and whoever is privileged in a way roles do not match.
    fn all_roles(&self, fits: &[&Fit<'a>], reading: Reading) -> bool {
        let hopeful = reading == Reading::Hopeful;
        let by_roles: Vec<&&Fit<'a>> = fits.iter().filter(|fit| leaves_nobody_out(fit, reading)).collect();
        if by_roles.is_empty() {
            return false;
        }
        let (Ok(roles), Ok(holders)) = (self.required_roles(), self.special_holders()) else {
            return hopeful;
        };
        let role_is_covered = |role: &Id| {
            by_roles.iter().any(|fit| fit.scope.include_all || fit.scope.include_roles.contains(role))
        };
        let unclear = hopeful && fits.iter().any(|fit| is_doubtful(fit));
        let clear: Vec<&Fit<'a>> = fits.iter().filter(|fit| !is_doubtful(fit)).copied().collect();
        roles.iter().all(role_is_covered)
            && (unclear || holders.iter().all(|user| self.is_covered(user, &clear)))
    }

    /// Privileged roles that a policy must name.
    pub(super) fn required_roles(&self) -> Result<&BTreeSet<Id>, &Unreadable> {
        self.roles.get_or_init(|| required_roles(self.context, self.requirement.users)).as_ref()
    }

    /// Enabled users who are privileged in a way that roles in policies do not match: by a custom
    /// role, or within a part of the tenant only.
    pub(super) fn special_holders(&self) -> Result<&Vec<&'a User>, &Unreadable> {
        self.holders.get_or_init(|| special_holders(self.context, self.requirement.users)).as_ref()
    }
}

fn leaves_nobody_out(fit: &Fit<'_>, reading: Reading) -> bool {
    match reading {
        Reading::Certain => fit.excludes_nobody(),
        Reading::Hopeful => fit.excluded_users.untolerated.is_empty(),
    }
}

fn is_doubtful(fit: &Fit<'_>) -> bool {
    fit.scope.include_doubt.is_some() || fit.scope.exclude_doubt.is_some()
}

/// Whether a policy is for service principals of the tenant, by name or by a filter.
pub(super) fn has_service_principals(fit: &Fit<'_>) -> bool {
    let Some(services) = &fit.policy.conditions.client_applications else { return false };
    let named = services.get("includeServicePrincipals").and_then(Value::as_array);
    let mut named = named.into_iter().flatten().filter_map(Value::as_str);
    let filter = services.get("servicePrincipalFilter");
    named.any(|id| !id.eq_ignore_ascii_case("none"))
        || filter.is_some_and(|one| !super::narrowing::is_empty(one))
}

/// Privileged built-in roles that a policy must name, those of directory synchronisation aside:
/// the highly privileged ones exist everywhere, of the others those that the tenant shows.
///
/// # Errors
/// [`Unreadable`] if role definitions were not read.
pub fn required_roles(context: &Context<'_>, users: Audience) -> Result<BTreeSet<Id>, Unreadable> {
    if users == Audience::HighlyPrivilegedRoles {
        return Ok(privileged::HIGHLY_PRIVILEGED.iter().map(|id| Id::new(id)).collect());
    }
    let definitions = context.snapshot.role_definitions.rows()?;
    let assigned = context.snapshot.role_assignments.partial_rows().iter().map(|one| &one.role_definition_id);
    let wanted = |id: &&Id| privileged::is_privileged(id) && !privileged::is_sync_role(id);
    Ok(definitions.iter().map(privileged::template_of).chain(assigned).filter(wanted).cloned().collect())
}

/// Enabled users with a custom role that is privileged, or with a privileged role within a part
/// of the tenant.
pub(super) fn special_holders<'a>(
    context: &Context<'a>,
    users: Audience,
) -> Result<Vec<&'a User>, Unreadable> {
    let highly = users == Audience::HighlyPrivilegedRoles;
    let definitions = context.snapshot.role_definitions.rows()?;
    let custom: BTreeSet<&Id> = definitions
        .iter()
        .filter(|one| !highly && privileged::is_privileged_custom(one))
        .map(|one| &one.id)
        .collect();
    let counts = |role: &Id| {
        if highly { privileged::is_highly_privileged(role) } else { privileged::is_privileged(role) }
    };
    let special = |assignment: &RoleAssignment| {
        let role = &assignment.role_definition_id;
        custom.contains(role) || (counts(role) && !assignment.is_tenant_wide())
    };
    let unknown = definitions.iter().filter(|one| {
        !highly
            && context
                .snapshot
                .role_assignments
                .partial_rows()
                .iter()
                .any(|held| held.role_definition_id == one.id)
    });
    unknown.into_iter().try_for_each(privileged::says_what_it_allows)?;
    let mut users = Vec::new();
    for id in context.role_principals(special)? {
        users.extend(context.user(&id)?.filter(|user| user.account_enabled != Some(false)));
    }
    Ok(users)
}
