//! Users with a privileged role, in whatever way they have it: for the whole tenant or a part of
//! it, directly or through groups, active or to be activated. Disabled and deleted users do not
//! count.

use super::{Context, privileged};
use crate::snapshot::{FamilyName, Id, Unreadable, User};
use std::collections::{BTreeMap, BTreeSet};
use trueconfig_common::control::Licence;

/// A user with the privileged roles it has.
#[derive(Clone, Debug)]
pub struct PrivilegedUser<'a> {
    /// The user.
    pub user: &'a User,
    /// Its privileged roles, by definition.
    pub roles: BTreeSet<Id>,
}

/// A role given to a principal, active or to be activated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Given<'a> {
    /// User, group or service principal.
    pub principal: &'a Id,
    /// The role's definition.
    pub role: &'a Id,
    /// Whether it has to be activated first.
    pub eligible: bool,
}

impl<'a> Context<'a> {
    /// Every role given to a principal. Those to be activated are needed unless the tenant is known
    /// to have no Privileged Identity Management; then there are none.
    ///
    /// # Errors
    /// [`Unreadable`] if assignments, or what may be activated, were not read.
    pub fn given_roles(&self) -> Result<Vec<Given<'a>>, Unreadable> {
        let active = self.snapshot.role_assignments.rows()?.iter();
        let mut given: Vec<Given<'a>> = active
            .map(|one| Given { principal: &one.principal_id, role: &one.role_definition_id, eligible: false })
            .collect();
        let eligible = match self.snapshot.role_eligibility_schedule_instances.rows() {
            Ok(rows) => rows,
            Err(cause) if self.licensed(Licence::P2).unwrap_or(true) => return Err(cause),
            Err(_) => &[],
        };
        given.extend(eligible.iter().map(|one| Given {
            principal: &one.principal_id,
            role: &one.role_definition_id,
            eligible: true,
        }));
        Ok(given)
    }

    /// Whether a role is privileged: a built-in one by Microsoft's list, a custom one by its actions.
    ///
    /// # Errors
    /// [`Unreadable`] if it may be a custom role and definitions were not read.
    pub fn is_privileged_role(&self, role: &Id) -> Result<bool, Unreadable> {
        if privileged::is_privileged(role) {
            return Ok(true);
        }
        if privileged::is_sync_role(role) {
            return Ok(false);
        }
        let definitions = self.snapshot.role_definitions.rows()?;
        let Some(found) = definitions.iter().find(|one| one.id == *role) else { return Ok(false) };
        if privileged::is_privileged(privileged::template_of(found))
            || privileged::is_privileged_custom(found)
        {
            return Ok(true);
        }
        privileged::says_what_it_allows(found).map(|()| false)
    }

    /// What a role is called.
    pub fn role_name(&self, role: &Id) -> String {
        let definitions = self.snapshot.role_definitions.partial_rows();
        let found = definitions.iter().find(|one| one.id == *role).map(|one| one.display_name.as_str());
        let built_in = || {
            let mut roles = privileged::PRIVILEGED_ROLES.iter();
            roles.find(|(id, _)| Id::new(id) == *role).map(|(_, name)| *name)
        };
        found.filter(|name| !name.is_empty()).or_else(built_in).map_or_else(|| role.to_string(), super::shown)
    }

    /// Principals that have a role of a kind, each with those roles; members of groups in place of groups.
    ///
    /// # Errors
    /// [`Unreadable`] if roles, groups or memberships were not read.
    pub fn principals_with(
        &self,
        mut counts: impl FnMut(&Given<'a>) -> Result<bool, Unreadable>,
    ) -> Result<BTreeMap<Id, BTreeSet<Id>>, Unreadable> {
        let mut found: BTreeMap<Id, BTreeSet<Id>> = BTreeMap::new();
        for given in self.given_roles()? {
            if !counts(&given)? {
                continue;
            }
            for principal in self.in_the_end(given.principal)? {
                found.entry(principal).or_default().insert(given.role.clone());
            }
        }
        Ok(found)
    }

    /// A principal itself, or the members of the group it is.
    fn in_the_end(&self, principal: &Id) -> Result<Vec<Id>, Unreadable> {
        let known = self.user(principal)?.is_some()
            || self.service_principal(principal).is_ok_and(|found| found.is_some());
        if known || self.group(principal)?.is_none() {
            return Ok(vec![principal.clone()]);
        }
        Ok(self.final_members(principal)?.to_vec())
    }

    /// Users with a privileged role that are not disabled, by id.
    ///
    /// # Errors
    /// [`Unreadable`] if users, roles, groups or memberships were not read.
    pub fn privileged_users(&self) -> Result<Vec<PrivilegedUser<'a>>, Unreadable> {
        let mut users = Vec::new();
        for (principal, roles) in self.principals_with(|given| self.is_privileged_role(given.role))? {
            let user = self.user(&principal)?.filter(|user| user.account_enabled != Some(false));
            users.extend(user.map(|user| PrivilegedUser { user, roles }));
        }
        Ok(users)
    }
}

impl PrivilegedUser<'_> {
    /// Names of its roles, in one sentence's worth.
    pub fn role_names(&self, context: &Context<'_>) -> String {
        let names: Vec<String> = self.roles.iter().map(|role| context.role_name(role)).collect();
        super::finding::few(&names)
    }
}

/// A user of whom it is not known whether it can sign in.
pub fn unknown_state(user: &User) -> Unreadable {
    Unreadable::inside(FamilyName::Users, format!("accountEnabled of user {} is missing", user.id))
}
