//! Who a policy is for: users, groups with members in the end, roles, guests by type. Roles
//! match only holders of built-in roles for the whole tenant.

use super::{coverage::Reading, exclusion::types_are_missing};
use crate::{
    checks::{Context, privileged},
    snapshot::{FamilyName, GuestsOrExternalUsers, Id, Unreadable, User, Users},
};
use std::{collections::BTreeSet, sync::Arc};

/// Types of guests as Conditional Access knows them.
pub(super) const GUEST_TYPES: [&str; 6] = [
    "internalGuest",
    "b2bCollaborationGuest",
    "b2bCollaborationMember",
    "b2bDirectConnectUser",
    "otherExternalUser",
    "serviceProvider",
];

/// The keyword that stands for all of them.
pub(super) const ALL_GUESTS: &str = "GuestsOrExternalUsers";

/// Who a policy is for, resolved to ids.
#[derive(Clone, Debug)]
pub struct UserScope {
    /// Whether it includes everyone.
    pub include_all: bool,
    /// Roles it names.
    pub include_roles: BTreeSet<Id>,
    /// Roles it leaves out.
    pub exclude_roles: BTreeSet<Id>,
    included: People,
    excluded: People,
    include_guests: BTreeSet<&'static str>,
    exclude_guests: BTreeSet<&'static str>,
    /// A type of guest it includes that is not known.
    pub(super) unknown_guests: Option<String>,
    /// Why inclusions are not known in full.
    pub include_doubt: Option<Unreadable>,
    /// Why exclusions are not known in full.
    pub exclude_doubt: Option<Unreadable>,
}

/// Homes of guests that a condition may be limited to.
#[derive(Clone, Copy, PartialEq)]
enum Homes {
    /// A limited condition covers nobody for certain.
    All,
    /// A limited condition may hit anyone.
    Any,
}

impl UserScope {
    /// Resolves a policy's users.
    pub fn new(context: &Context<'_>, users: &Users) -> Self {
        let mut include_doubt = None;
        let mut exclude_doubt = None;
        let included = resolve(
            context,
            [&users.include_users, &users.include_groups, &users.include_roles],
            &mut include_doubt,
        );
        let excluded = resolve(
            context,
            [&users.exclude_users, &users.exclude_groups, &users.exclude_roles],
            &mut exclude_doubt,
        );
        let mut left_out = users.exclude_guests_or_external_users.iter();
        if left_out.any(|guests| guests.guest_or_external_user_types.is_empty()) {
            exclude_doubt = Some(types_are_missing());
        }
        Self {
            include_all: users.include_users.iter().any(|id| id.is_keyword("All")),
            include_roles: users.include_roles.iter().cloned().collect(),
            exclude_roles: users.exclude_roles.iter().cloned().collect(),
            included,
            excluded,
            include_guests: guests(
                &users.include_users,
                users.include_guests_or_external_users.as_ref(),
                Homes::All,
            ),
            exclude_guests: guests(
                &users.exclude_users,
                users.exclude_guests_or_external_users.as_ref(),
                Homes::Any,
            ),
            unknown_guests: unknown_guests(users),
            include_doubt,
            exclude_doubt,
        }
    }

    /// Whether a user is covered: included and not excluded.
    pub fn covers(&self, user: &User) -> bool {
        self.includes(user) && !self.excludes(user)
    }

    /// Whether a user is included.
    pub fn includes(&self, user: &User) -> bool {
        self.include_all
            || self.included.contains(&user.id)
            || guest_type(user).is_some_and(|kind| self.include_guests.contains(kind))
    }

    /// Whether a user is excluded.
    pub fn excludes(&self, user: &User) -> bool {
        self.excluded.contains(&user.id)
            || guest_type(user).is_some_and(|kind| self.exclude_guests.contains(kind))
    }

    /// Whether a type of guest is included.
    pub(super) fn includes_guests(&self, kind: &str) -> bool {
        self.include_all || self.include_guests.contains(kind)
    }

    /// Whether a type of guest is covered.
    pub(super) fn covers_guests(&self, kind: &str, reading: Reading) -> bool {
        let perhaps = reading == Reading::Hopeful && self.unknown_guests.is_some();
        (self.include_all || perhaps || self.include_guests.contains(kind))
            && !self.exclude_guests.contains(kind)
    }
}

/// Ids by themselves and of members of groups, which policies share.
#[derive(Clone, Debug, Default)]
struct People {
    ids: BTreeSet<Id>,
    groups: Vec<Arc<[Id]>>,
}

impl People {
    fn contains(&self, id: &Id) -> bool {
        self.ids.contains(id) || self.groups.iter().any(|members| members.binary_search(id).is_ok())
    }
}

fn resolve(
    context: &Context<'_>,
    [users, groups, roles]: [&Vec<Id>; 3],
    doubt: &mut Option<Unreadable>,
) -> People {
    let mut people = People { ids: users.iter().cloned().collect(), groups: Vec::new() };
    for group in groups {
        match context.final_members(group) {
            Ok(members) => people.groups.push(members),
            Err(cause) => *doubt = Some(cause),
        }
    }
    match holders(context, roles) {
        Ok(holders) => people.ids.extend(holders),
        Err(cause) => *doubt = Some(cause),
    }
    people
}

/// Holders of built-in roles for the whole tenant; custom roles match nobody.
fn holders(context: &Context<'_>, roles: &[Id]) -> Result<BTreeSet<Id>, Unreadable> {
    let mut matching = BTreeSet::new();
    for role in roles {
        if privileged::is_privileged(role) || privileged::is_sync_role(role) || is_built_in(context, role)? {
            matching.insert(role);
        }
    }
    if matching.is_empty() {
        return Ok(BTreeSet::new());
    }
    context.role_principals(|one| one.is_tenant_wide() && matching.contains(&one.role_definition_id))
}

fn is_built_in(context: &Context<'_>, role: &Id) -> Result<bool, Unreadable> {
    let definitions = context.snapshot.role_definitions.rows()?;
    let Some(found) = definitions.iter().find(|one| one.id == *role) else { return Ok(false) };
    found.is_built_in.ok_or_else(|| {
        Unreadable::inside(FamilyName::RoleDefinitions, format!("isBuiltIn of role {role} is missing"))
    })
}

fn guests(users: &[Id], guests: Option<&GuestsOrExternalUsers>, homes: Homes) -> BTreeSet<&'static str> {
    if users.iter().any(|id| id.is_keyword(ALL_GUESTS)) {
        return GUEST_TYPES.into_iter().collect();
    }
    let Some(guests) = guests else { return BTreeSet::new() };
    let limited = guests.external_tenants.as_ref().is_some_and(|tenants| !tenants.is_for_all());
    if limited && homes == Homes::All {
        return BTreeSet::new();
    }
    let named =
        |kind: &&str| guests.guest_or_external_user_types.iter().any(|one| one.eq_ignore_ascii_case(kind));
    GUEST_TYPES.into_iter().filter(named).collect()
}

fn unknown_guests(users: &Users) -> Option<String> {
    let included = users.include_guests_or_external_users.iter();
    let mut types = included.flat_map(|guests| &guests.guest_or_external_user_types);
    let known =
        |kind: &str| GUEST_TYPES.iter().chain(&["none"]).any(|known| known.eq_ignore_ascii_case(kind));
    let unknown = types.find(|kind| !known(kind));
    let homes = users.include_guests_or_external_users.iter().flat_map(|guests| &guests.external_tenants);
    let mut homes = homes.filter_map(|tenants| tenants.membership_kind.as_ref());
    let strange = |kind: &&String| !["all", "enumerated"].iter().any(|one| one.eq_ignore_ascii_case(kind));
    unknown.or_else(|| homes.find(strange)).cloned()
}

/// The type of guest a user of the directory is.
fn guest_type(user: &User) -> Option<&'static str> {
    match (user.is_guest(), user.is_external()) {
        (true, true) => Some("b2bCollaborationGuest"),
        (true, false) => Some("internalGuest"),
        (false, true) => Some("b2bCollaborationMember"),
        (false, false) => None,
    }
}
