//! Whether policies together cover everyone a requirement is about, for every client and every
//! application. The applications that matter are "all others" and those that some policy leaves
//! out; the people are everyone, or the holders of privileged roles.

use super::{
    exclusion::{Excluded, Exclusion},
    fit::{Fit, required_clients},
    scope::GUEST_TYPES,
};
use crate::{
    baseline::check::{Audience, PolicyCheck},
    checks::{Context, Exceptions, privileged},
    snapshot::{Id, RoleAssignment, Unreadable, User},
};
use std::{cell::OnceCell, collections::BTreeSet};

/// How to take what is not known.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// As not covering.
    Certain,
    /// As covering: if even so it is not met, it is not met.
    Hopeful,
}

/// Who a requirement is about.
pub(super) struct Population<'q, 'a> {
    context: &'q Context<'a>,
    exceptions: &'q Exceptions,
    pub(super) check: &'q PolicyCheck,
    roles: OnceCell<Result<BTreeSet<Id>, Unreadable>>,
    holders: OnceCell<Result<Vec<&'a User>, Unreadable>>,
}

impl<'q, 'a> Population<'q, 'a> {
    pub(super) fn new(context: &'q Context<'a>, check: &'q PolicyCheck, exceptions: &'q Exceptions) -> Self {
        Self { context, exceptions, check, roles: OnceCell::new(), holders: OnceCell::new() }
    }

    /// The policies that cover everyone, if these do: one if one does alone.
    pub(super) fn covered<'f>(&self, fits: &[&'f Fit<'a>], reading: Reading) -> Option<Vec<&'f Fit<'a>>> {
        let fits: Vec<&'f Fit<'a>> = fits
            .iter()
            .filter(|fit| match reading {
                Reading::Certain => fit.takes_part(),
                Reading::Hopeful => fit.may_take_part(),
            })
            .copied()
            .collect();
        if let Some(alone) = fits.iter().find(|fit| self.all_clients_and_applications(&[fit], reading)) {
            return Some(vec![alone]);
        }
        self.all_clients_and_applications(&fits, reading).then(|| needed(fits))
    }

    /// What it takes to know the people and could not be read.
    pub(super) fn doubt(&self) -> Option<Unreadable> {
        let users = self.context.snapshot.users.rows().err();
        let roles = || match self.check.users {
            Audience::All => None,
            Audience::PrivilegedRoles => {
                self.required_roles().err().cloned().or_else(|| self.special_holders().err().cloned())
            }
        };
        users.or_else(roles)
    }

    fn all_clients_and_applications(&self, fits: &[&Fit<'a>], reading: Reading) -> bool {
        let named: BTreeSet<&str> = fits
            .iter()
            .flat_map(|fit| &fit.excluded_applications)
            .map(|exclusion| exclusion.id.as_str())
            .collect();
        let applications: Vec<Option<&str>> =
            std::iter::once(None).chain(named.into_iter().map(Some)).collect();
        required_clients(self.check).into_iter().all(|client| {
            applications.iter().all(|application| {
                let those: Vec<&Fit<'a>> = fits
                    .iter()
                    .filter(|fit| fit.clients.contains(&client) && fit.covers_application(*application))
                    .copied()
                    .collect();
                self.everyone(&those, reading)
            })
        })
    }

    fn everyone(&self, fits: &[&Fit<'a>], reading: Reading) -> bool {
        if fits.is_empty() {
            return false;
        }
        if fits.iter().any(|fit| fit.scope.include_all && leaves_nobody_out(fit, reading)) {
            return true;
        }
        self.all_users(fits, reading)
            || (self.check.users == Audience::PrivilegedRoles && self.all_roles(fits, reading))
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
        users
            .iter()
            .filter(|user| user.account_enabled != Some(false) && !user.is_guest())
            .all(|user| self.is_covered(user, &kept))
    }

    /// Whether others cover everything that a policy leaves out.
    fn makes_up_for(&self, fit: &Fit<'a>, fits: &[&Fit<'a>]) -> bool {
        let others: Vec<&Fit<'a>> =
            fits.iter().filter(|other| other.policy.id != fit.policy.id).copied().collect();
        fit.excluded_users.untolerated.iter().all(|exclusion| self.is_made_up_for(exclusion, &others))
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
            Excluded::Guests => GUEST_TYPES
                .iter()
                .filter(|kind| exclusion.guests.iter().any(|one| one.eq_ignore_ascii_case(kind)))
                .all(|kind| others.iter().any(|fit| fit.scope.covers_guests(kind))),
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
        self.roles.get_or_init(|| required_roles(self.context)).as_ref()
    }

    /// Enabled users who are privileged in a way that roles in policies do not match: by a custom
    /// role, or within a part of the tenant only.
    pub(super) fn special_holders(&self) -> Result<&Vec<&'a User>, &Unreadable> {
        self.holders.get_or_init(|| special_holders(self.context)).as_ref()
    }
}

/// Policies of a union that add something; those whose reach nobody needs are left out when
/// another policy covers the same clients and applications for everyone.
fn needed<'f, 'a>(fits: Vec<&'f Fit<'a>>) -> Vec<&'f Fit<'a>> {
    let whole = |fit: &&&Fit<'a>| {
        fit.scope.include_all
            && fit.excludes_nobody()
            && fit.excluded_applications.is_empty()
            && fit.all_applications
    };
    let covered: BTreeSet<_> = fits.iter().filter(whole).flat_map(|fit| fit.clients.clone()).collect();
    let adds = |fit: &&'f Fit<'a>| whole(&fit) || !fit.clients.is_subset(&covered);
    fits.into_iter().filter(adds).collect()
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

/// Privileged built-in roles that exist in the tenant, those of directory synchronisation aside.
///
/// # Errors
/// [`Unreadable`] if role definitions were not read.
pub fn required_roles(context: &Context<'_>) -> Result<BTreeSet<Id>, Unreadable> {
    let definitions = context.snapshot.role_definitions.rows()?;
    let assigned = context.snapshot.role_assignments.partial_rows().iter().map(|one| &one.role_definition_id);
    let wanted = |id: &&Id| privileged::is_privileged(id) && !privileged::is_sync_role(id);
    Ok(definitions.iter().map(privileged::template_of).chain(assigned).filter(wanted).cloned().collect())
}

fn special_holders<'a>(context: &Context<'a>) -> Result<Vec<&'a User>, Unreadable> {
    let definitions = context.snapshot.role_definitions.rows()?;
    let custom: BTreeSet<&Id> =
        definitions.iter().filter(|one| privileged::is_privileged_custom(one)).map(|one| &one.id).collect();
    let special = |assignment: &RoleAssignment| {
        let role = &assignment.role_definition_id;
        custom.contains(role) || (privileged::is_privileged(role) && !assignment.is_tenant_wide())
    };
    let mut users = Vec::new();
    for id in context.role_principals(special)? {
        users.extend(context.user(&id)?.filter(|user| user.account_enabled != Some(false)));
    }
    Ok(users)
}
