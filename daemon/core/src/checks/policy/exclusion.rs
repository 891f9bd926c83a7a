//! What a policy leaves out, and whether that is tolerated: break-glass accounts,
//! directory-sync accounts, declared exceptions, and nothing else.

use super::scope::{ALL_GUESTS, GUEST_TYPES};
use crate::{
    checks::{Context, Exceptions, privileged},
    snapshot::{Applications, FamilyName, Id, Unreadable, Users},
};
use serde_json::{Value, json};

/// Something a policy leaves out that is not tolerated.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Exclusion {
    /// What it is.
    pub(super) kind: Excluded,
    /// Its id or keyword.
    pub(super) id: String,
    /// Its name.
    pub(super) name: String,
    /// Where it stands in the policy.
    pub(super) field: &'static str,
    /// The list it stands in.
    pub(super) actual: Value,
    /// The list without it.
    pub(super) wanted: Value,
    /// Types of guests, if it is guests.
    pub(super) guests: Vec<String>,
}

/// What a policy leaves out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Excluded {
    User,
    Group,
    Role,
    Guests,
    Application,
}

impl Excluded {
    /// In a sentence, before the name.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
            Self::Role => "role",
            Self::Guests => "guests of type",
            Self::Application => "application",
        }
    }
}

/// What a policy leaves out.
#[derive(Clone, Debug, Default)]
pub(super) struct Exclusions {
    /// Not tolerated.
    pub(super) untolerated: Vec<Exclusion>,
    /// Perhaps tolerated: it hangs on something that could not be read.
    pub(super) doubt: Option<Unreadable>,
}

/// Sorts a policy's excluded users.
pub(super) fn of_users(context: &Context<'_>, exceptions: &Exceptions, users: &Users) -> Exclusions {
    let mut found = Exclusions::default();
    for id in &users.exclude_users {
        found.sort(tolerates_user(context, exceptions, id), || {
            if id.is_keyword(ALL_GUESTS) {
                return all_guests(id, &users.exclude_users);
            }
            let name = context.name_of(id);
            listed(Excluded::User, id, name, "conditions.users.excludeUsers", &users.exclude_users)
        });
    }
    for id in &users.exclude_groups {
        found.sort(tolerates_group(context, exceptions, id), || {
            let name = context.name_of(id);
            listed(Excluded::Group, id, name, "conditions.users.excludeGroups", &users.exclude_groups)
        });
    }
    for id in &users.exclude_roles {
        found.sort(Ok(privileged::is_sync_role(id) || exceptions.has(id)), || {
            listed(
                Excluded::Role,
                id,
                role_name(context, id),
                "conditions.users.excludeRoles",
                &users.exclude_roles,
            )
        });
    }
    let guests = users.exclude_guests_or_external_users.iter();
    for kinds in guests.map(|guests| &guests.guest_or_external_user_types) {
        let nobody = |kind: &String| kind.eq_ignore_ascii_case("none");
        let tolerated = exceptions.has_text(ALL_GUESTS)
            || kinds.iter().all(|kind| nobody(kind) || exceptions.has_text(kind));
        let tolerated = if kinds.is_empty() { Err(types_are_missing()) } else { Ok(tolerated) };
        found.sort(tolerated, || Exclusion {
            kind: Excluded::Guests,
            id: ALL_GUESTS.to_owned(),
            name: kinds.join(", "),
            field: "conditions.users.excludeGuestsOrExternalUsers",
            actual: json!(kinds),
            wanted: Value::Null,
            guests: kinds.clone(),
        });
    }
    found
}

/// Guests are left out, but Graph does not say which.
pub(super) fn types_are_missing() -> Unreadable {
    let detail = "conditions.users.excludeGuestsOrExternalUsers: guestOrExternalUserTypes is missing";
    Unreadable::inside(FamilyName::ConditionalAccessPolicies, detail)
}

/// A policy's excluded applications that no exception declares.
pub(super) fn of_applications(exceptions: &Exceptions, applications: &Applications) -> Vec<Exclusion> {
    let excluded = &applications.exclude_applications;
    let undeclared = excluded.iter().filter(|id| !exceptions.has(id));
    let field = "conditions.applications.excludeApplications";
    undeclared.map(|id| listed(Excluded::Application, id, id.to_string(), field, excluded)).collect()
}

impl Exclusions {
    fn sort(&mut self, tolerated: Result<bool, Unreadable>, exclusion: impl Fn() -> Exclusion) {
        match tolerated {
            Ok(true) => {}
            Ok(false) => self.untolerated.push(exclusion()),
            Err(cause) => {
                self.doubt.get_or_insert(cause);
            }
        }
    }
}

/// The keyword among users that stands for guests of every type.
fn all_guests(id: &Id, list: &[Id]) -> Exclusion {
    let guests = GUEST_TYPES.iter().map(|kind| (*kind).to_owned()).collect();
    let listed = listed(Excluded::Guests, id, "any".to_owned(), "conditions.users.excludeUsers", list);
    Exclusion { guests, ..listed }
}

fn listed(kind: Excluded, id: &Id, name: String, field: &'static str, list: &[Id]) -> Exclusion {
    let without: Vec<&Id> = list.iter().filter(|one| *one != id).collect();
    Exclusion {
        kind,
        id: id.to_string(),
        name,
        field,
        actual: json!(list),
        wanted: json!(without),
        guests: Vec::new(),
    }
}

fn tolerates_user(context: &Context<'_>, exceptions: &Exceptions, id: &Id) -> Result<bool, Unreadable> {
    if id.is_keyword(ALL_GUESTS) {
        let each = GUEST_TYPES.iter().all(|kind| exceptions.has_text(kind));
        return Ok(each || exceptions.has_text(ALL_GUESTS));
    }
    if exceptions.has(id) || context.is_break_glass(id)? {
        return Ok(true);
    }
    match context.user(id)? {
        None => Ok(false),
        Some(user) => Ok(exceptions.has_user(user) || context.is_sync_account(user)?),
    }
}

/// A group is tolerated if it is declared, or if it has members and each of them is tolerated.
fn tolerates_group(context: &Context<'_>, exceptions: &Exceptions, id: &Id) -> Result<bool, Unreadable> {
    if exceptions.has(id) || context.is_marked(id) {
        return Ok(true);
    }
    let members = match context.final_members(id) {
        Ok(members) => members,
        // Without break-glass accounts there is nobody such a group could be for.
        Err(_) if context.config.break_glass.is_empty() && exceptions.is_empty() => return Ok(false),
        Err(cause) => return Err(cause),
    };
    for member in members.iter() {
        if !tolerates_user(context, exceptions, member)? {
            return Ok(false);
        }
    }
    Ok(!members.is_empty())
}

fn role_name(context: &Context<'_>, id: &Id) -> String {
    let definitions = context.snapshot.role_definitions.partial_rows();
    let named = definitions.iter().find(|one| one.id == *id).map(|one| one.display_name.clone());
    let listed = || {
        let found = privileged::PRIVILEGED_ROLES.iter().find(|(template, _)| Id::new(template) == *id);
        found.map(|(_, name)| (*name).to_owned())
    };
    named.or_else(listed).map_or_else(|| id.to_string(), |name| crate::checks::shown(&name))
}
