//! Who holds a directory role, directly or through groups, and whether for good (D13). An
//! assignment is permanent unless Privileged Identity Management shows that it was activated or
//! that it ends; without a licence for it there is nothing but permanent assignments.

use super::{Context, privileged};
use crate::snapshot::{
    FamilyName, Grounds, Group, GroupAssignmentScheduleInstance, Id, RoleAssignment,
    RoleAssignmentScheduleInstance, Unreadable,
};
use std::{
    collections::BTreeSet,
    sync::{Arc, PoisonError},
};
use trueconfig_common::control::Licence;

/// Memberships followed from one group; a larger tangle is refused rather than followed for ever.
const MAX_GROUPS: usize = 10_000;

/// A way in which a principal holds a role.
#[derive(Clone, Debug, PartialEq)]
pub struct Holder {
    /// The user or service principal.
    pub principal: Id,
    /// Its name in the tenant, untrusted.
    pub name: String,
    /// Its sign-in name; empty for service principals.
    pub user_principal_name: String,
    /// Whether it is a user or a service principal.
    pub kind: PrincipalKind,
    /// How it holds the role.
    pub via: Via,
    /// Whether for good.
    pub permanent: bool,
    /// Whether it is marked as break-glass.
    pub break_glass: bool,
    /// Whether it is our own principal.
    pub own: bool,
    /// Whether it can sign in; none if Graph did not say.
    pub enabled: Option<bool>,
}

/// What a principal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrincipalKind {
    /// A person or a shared account of this organisation.
    Member,
    /// A guest.
    Guest,
    /// A service principal.
    ServicePrincipal,
}

impl PrincipalKind {
    /// What an object of this kind is called where people and records name it.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Member | Self::Guest => "user",
            Self::ServicePrincipal => "servicePrincipal",
        }
    }
}

/// How a principal holds a role.
#[derive(Clone, Debug, PartialEq)]
pub enum Via {
    /// By an assignment of its own.
    Direct {
        /// The assignment.
        assignment: RoleAssignment,
    },
    /// As a member of a group: removing the assignment would strip every member.
    Group {
        /// The group's assignment.
        assignment: RoleAssignment,
        /// The group the role is assigned to.
        group: Id,
        /// Its name in the tenant, untrusted.
        group_name: String,
    },
}

impl Via {
    /// The assignment behind it.
    pub fn assignment(&self) -> &RoleAssignment {
        match self {
            Self::Direct { assignment } | Self::Group { assignment, .. } => assignment,
        }
    }
}

/// A member in the end, and whether every membership on the way is for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FinalMember {
    /// The member.
    pub id: Id,
    /// Whether for good.
    pub permanent: bool,
}

/// Which memberships are told apart when a group is followed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Memberships {
    /// Permanent ones from those of Privileged Identity Management.
    WithPermanence,
    /// None; membership now is all that matters.
    Now,
}

impl<'a> Context<'a> {
    /// Everyone who holds a role for the whole tenant; deleted principals do not appear.
    ///
    /// # Errors
    /// [`Unreadable`] if assignments, principals or what tells permanent from activated were not read.
    pub fn holders(&self, role: &Id) -> Result<Vec<Holder>, Unreadable> {
        self.holders_where(|one| Ok(one.is_tenant_wide() && self.template(&one.role_definition_id) == role))
    }

    /// Everyone who holds one of certain assignments.
    ///
    /// # Errors
    /// [`Unreadable`] as [`Context::holders`], and where `counts` says so.
    pub fn holders_where(
        &self,
        counts: impl Fn(&RoleAssignment) -> Result<bool, Unreadable>,
    ) -> Result<Vec<Holder>, Unreadable> {
        let mut holders = Vec::new();
        for assignment in self.snapshot.role_assignments.rows()? {
            if counts(assignment)? {
                self.add_holders(assignment, &mut holders)?;
            }
        }
        Ok(holders)
    }

    /// The built-in role behind a definition's id; for built-in roles both are the same.
    fn template<'b>(&'b self, definition: &'b Id) -> &'b Id {
        let definitions = self.snapshot.role_definitions.partial_rows();
        let found = definitions.iter().find(|one| one.id == *definition);
        found.map_or(definition, privileged::template_of)
    }

    fn add_holders(&self, assignment: &RoleAssignment, holders: &mut Vec<Holder>) -> Result<(), Unreadable> {
        let permanent = self.is_permanent(assignment)?;
        if let Some(group) = self.principal_group(&assignment.principal_id)? {
            for member in self.final_members_with_permanence(&group.id)? {
                let via = Via::Group {
                    assignment: assignment.clone(),
                    group: group.id.clone(),
                    group_name: group.display_name.clone(),
                };
                holders.extend(self.holder(&member.id, via, permanent && member.permanent)?);
            }
            return Ok(());
        }
        let via = Via::Direct { assignment: assignment.clone() };
        holders.extend(self.holder(&assignment.principal_id, via, permanent)?);
        Ok(())
    }

    /// The group a role is assigned to. For users and service principals no groups are needed.
    fn principal_group(&self, principal: &Id) -> Result<Option<&'a Group>, Unreadable> {
        let known = self.user(principal)?.is_some()
            || self.service_principal(principal).is_ok_and(|found| found.is_some());
        if known { Ok(None) } else { self.group(principal) }
    }

    /// None for a principal that no longer exists.
    fn holder(&self, id: &Id, via: Via, permanent: bool) -> Result<Option<Holder>, Unreadable> {
        let own = self.is_own(id);
        if let Some(user) = self.user(id)? {
            return Ok(Some(Holder {
                principal: id.clone(),
                name: user.display_name.to_string(),
                user_principal_name: user.user_principal_name.to_string(),
                kind: if user.is_guest() { PrincipalKind::Guest } else { PrincipalKind::Member },
                via,
                permanent,
                break_glass: self.marks_user(user),
                own,
                enabled: user.account_enabled,
            }));
        }
        Ok(self.service_principal(id)?.map(|one| Holder {
            principal: id.clone(),
            name: one.display_name.clone(),
            user_principal_name: String::new(),
            kind: PrincipalKind::ServicePrincipal,
            via,
            permanent,
            break_glass: false,
            own,
            enabled: one.account_enabled.or(Some(true)),
        }))
    }

    /// Whether an assignment is for good.
    ///
    /// # Errors
    /// [`Unreadable`] if the tenant has the licence for Privileged Identity Management, or may
    /// have it, and its instances were not read.
    pub fn is_permanent(&self, assignment: &RoleAssignment) -> Result<bool, Unreadable> {
        let instances = match self.snapshot.role_assignment_schedule_instances.rows() {
            Ok(rows) => rows,
            Err(cause) if self.licensed(Licence::P2)? => return Err(cause),
            Err(_) => return Ok(true),
        };
        let mut matching = instances.iter().filter(|one| is_of(one, assignment)).peekable();
        let Some(_) = matching.peek() else { return Ok(true) };
        Ok(matching.any(|one| lasts(one.assignment_type.as_deref(), one.end_date_time.is_some())))
    }

    /// Members of a group in the end, cycles followed once, with permanence.
    fn final_members_with_permanence(&self, group: &Id) -> Result<Vec<FinalMember>, Unreadable> {
        self.follow(group, Memberships::WithPermanence)
    }

    /// Members of a group in the end, sorted: everything but groups, cycles followed once.
    ///
    /// # Errors
    /// [`Unreadable`] if groups or memberships were not read.
    pub fn final_members(&self, group: &Id) -> Result<Arc<[Id]>, Unreadable> {
        let mut cache = self.final_members.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, grounds)) = cache.get(group) {
            grounds.note();
            return known.clone();
        }
        let (found, grounds) = Grounds::of(|| self.follow(group, Memberships::Now));
        let found = found.map(|members| {
            let mut ids: Vec<Id> = members.into_iter().map(|member| member.id).collect();
            ids.sort();
            Arc::from(ids)
        });
        cache.insert(group.clone(), (found.clone(), grounds));
        found
    }

    fn follow(&self, group: &Id, memberships: Memberships) -> Result<Vec<FinalMember>, Unreadable> {
        // Permanent paths first, so that a member reached both ways counts as permanent.
        let mut members = Vec::new();
        let mut reached: BTreeSet<Id> = BTreeSet::new();
        let mut seen: BTreeSet<Id> = BTreeSet::from([group.clone()]);
        let mut permanent_level = vec![group.clone()];
        let mut passing_level = Vec::new();
        while let Some((next, permanent)) = permanent_level
            .pop()
            .map(|next| (next, true))
            .or_else(|| passing_level.pop().map(|next| (next, false)))
        {
            if seen.len() > MAX_GROUPS {
                return Err(Unreadable::inside(FamilyName::GroupMembers, "groups are nested beyond measure"));
            }
            for member in self.members_of(&next)? {
                let lasting = permanent
                    && (memberships == Memberships::Now || self.is_permanent_member(&next, &member.id)?);
                if self.is_group(member)? {
                    if seen.insert(member.id.clone()) {
                        let level = if lasting { &mut permanent_level } else { &mut passing_level };
                        level.push(member.id.clone());
                    } else if lasting && passing_level.contains(&member.id) {
                        passing_level.retain(|one| *one != member.id);
                        permanent_level.push(member.id.clone());
                    }
                } else if reached.insert(member.id.clone()) {
                    members.push(FinalMember { id: member.id.clone(), permanent: lasting });
                } else if lasting {
                    members.iter_mut().filter(|one| one.id == member.id).for_each(|one| one.permanent = true);
                }
            }
        }
        Ok(members)
    }

    fn members_of(&self, group: &Id) -> Result<&'a [crate::snapshot::DirectoryObject], Unreadable> {
        if let Some(row) = self.direct_members(group)? {
            return Ok(&row.members);
        }
        match self.group(group)? {
            None => Ok(&[]),
            Some(_) => {
                let detail = format!("members of group {group} were not read");
                Err(Unreadable::inside(FamilyName::GroupMembers, detail))
            }
        }
    }

    fn is_group(&self, member: &crate::snapshot::DirectoryObject) -> Result<bool, Unreadable> {
        let kind = member.odata_type.to_ascii_lowercase();
        match kind.rsplit('.').next().unwrap_or_default() {
            "group" => Ok(true),
            "user" | "serviceprincipal" | "device" | "orgcontact" | "application" => Ok(false),
            // Not said, or not known: it is what is found under its id.
            _ => Ok(self.group(&member.id)?.is_some()),
        }
    }

    /// Whether a membership is for good.
    fn is_permanent_member(&self, group: &Id, member: &Id) -> Result<bool, Unreadable> {
        let instances = match self.snapshot.group_assignment_schedule_instances.rows() {
            Ok(rows) => rows,
            Err(cause) if self.licensed(Licence::P2)? => return Err(cause),
            Err(_) => return Ok(true),
        };
        let is_of = |one: &&GroupAssignmentScheduleInstance| {
            let as_member =
                one.access_id.as_deref().is_none_or(|access| access.eq_ignore_ascii_case("member"));
            one.group_id == *group && one.principal_id == *member && as_member
        };
        let mut matching = instances.iter().filter(is_of).peekable();
        let Some(_) = matching.peek() else { return Ok(true) };
        Ok(matching.any(|one| lasts(one.assignment_type.as_deref(), one.end_date_time.is_some())))
    }

    /// Principals that hold any directory role now, directly or through groups.
    ///
    /// # Errors
    /// [`Unreadable`] if assignments or memberships were not read.
    pub fn role_principals(
        &self,
        mut counts: impl FnMut(&RoleAssignment) -> bool,
    ) -> Result<BTreeSet<Id>, Unreadable> {
        let mut principals = BTreeSet::new();
        for assignment in self.snapshot.role_assignments.rows()?.iter().filter(|one| counts(one)) {
            if self.principal_group(&assignment.principal_id)?.is_some() {
                principals.extend(self.final_members(&assignment.principal_id)?.iter().cloned());
            } else {
                principals.insert(assignment.principal_id.clone());
            }
        }
        Ok(principals)
    }
}

fn is_of(instance: &RoleAssignmentScheduleInstance, assignment: &RoleAssignment) -> bool {
    let scope = |scope: &Option<String>| {
        scope.clone().filter(|scope| !scope.is_empty()).unwrap_or_else(|| "/".to_owned())
    };
    instance.principal_id == assignment.principal_id
        && instance.role_definition_id == assignment.role_definition_id
        && scope(&instance.directory_scope_id) == scope(&assignment.directory_scope_id)
}

fn lasts(assignment_type: Option<&str>, ends: bool) -> bool {
    !ends && !assignment_type.is_some_and(|kind| kind.eq_ignore_ascii_case("activated"))
}
