//! The tenant as checks see it: the snapshot, the operator's statements, the moment of judging,
//! and indexes that are built when first needed and shared by all checks of an evaluation.

use super::index::Index;
use crate::{
    baseline::TenantConfig,
    snapshot::{
        FamilyName, Grounds, Group, GroupMembers, Id, Row, ServicePrincipal, Snapshot, Unreadable, User,
    },
};
use chrono::{DateTime, Utc};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, OnceLock},
};
use trueconfig_common::id::ControlId;

type Cached<T> = OnceLock<Result<T, Unreadable>>;

/// Members of groups in the end, sorted, as far as they were asked for.
type KnownMembers = BTreeMap<Id, (Result<Arc<[Id]>, Unreadable>, Grounds)>;

/// A tenant at a moment.
pub struct Context<'a> {
    /// What was read.
    pub snapshot: &'a Snapshot,
    /// What the operator says.
    pub config: &'a TenantConfig,
    /// The moment of judging.
    now: DateTime<Utc>,
    /// Break-glass accounts as written, and read as ids.
    pub(super) marked: Vec<(&'a str, Id)>,
    users: Cached<Index<'a, User>>,
    groups: Cached<Index<'a, Group>>,
    group_members: Cached<Index<'a, GroupMembers>>,
    service_principals: Cached<Index<'a, ServicePrincipal>>,
    /// Members in the end, by group: policies name the same groups again and again.
    pub(super) final_members: Mutex<KnownMembers>,
}

/// Objects excluded from one control (D23), expired exceptions left out. An exception on a group
/// excludes its members.
#[derive(Clone, Debug, Default)]
pub struct Exceptions {
    objects: BTreeSet<String>,
    ids: BTreeSet<Id>,
}

impl Exceptions {
    /// Whether an object is excluded, by id.
    pub fn has(&self, id: &Id) -> bool {
        self.ids.contains(id)
    }

    /// Whether something is excluded that has no id: a sign-in name, a keyword, a path.
    pub fn has_text(&self, text: &str) -> bool {
        !self.objects.is_empty() && self.objects.contains(&text.to_lowercase())
    }

    /// Whether a user is excluded, by id or sign-in name.
    pub fn has_user(&self, user: &User) -> bool {
        self.has(&user.id) || self.has_text(&user.user_principal_name)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }
}

impl<'a> Context<'a> {
    /// Looks at a tenant.
    pub fn new(snapshot: &'a Snapshot, config: &'a TenantConfig, now: DateTime<Utc>) -> Self {
        Self {
            snapshot,
            config,
            now,
            marked: config.break_glass.iter().map(|written| (written.as_str(), Id::new(written))).collect(),
            users: OnceLock::new(),
            groups: OnceLock::new(),
            group_members: OnceLock::new(),
            service_principals: OnceLock::new(),
            final_members: Mutex::default(),
        }
    }

    /// The moment of judging. Whoever asks has a verdict that another moment may change.
    pub fn now(&self) -> DateTime<Utc> {
        Grounds::clock();
        self.now
    }

    /// The moment for a predicate, which asks for it or not.
    pub(super) fn now_if(&self, asked: bool) -> DateTime<Utc> {
        if asked { self.now() } else { self.now }
    }

    /// Exceptions of a control that count now. Members of an excepted group that could not be
    /// read are not excluded: the exception then does less, never more.
    pub fn exceptions(&self, control: &ControlId) -> Exceptions {
        let mut found = Exceptions::default();
        if !self.config.exceptions.iter().any(|one| one.control == *control) {
            return found;
        }
        for exception in self.config.exceptions_of(control, self.now()) {
            let written = exception.object.trim();
            let id = Id::new(written);
            if self.group(&id).is_ok_and(|group| group.is_some()) {
                found.ids.extend(self.final_members(&id).iter().flat_map(|members| members.iter().cloned()));
            }
            found.objects.insert(written.to_lowercase());
            found.ids.insert(id);
        }
        found
    }

    /// A user by id.
    ///
    /// # Errors
    /// [`Unreadable`] if users were not read.
    pub fn user(&self, id: &Id) -> Result<Option<&'a User>, Unreadable> {
        Grounds::family(User::FAMILY);
        let index = self.users.get_or_init(|| Ok(Index::new(self.snapshot.users.rows()?, |user| &user.id)));
        index.as_ref().map(|index| index.get(id)).map_err(Clone::clone)
    }

    /// A group by id.
    ///
    /// # Errors
    /// [`Unreadable`] if groups were not read.
    pub fn group(&self, id: &Id) -> Result<Option<&'a Group>, Unreadable> {
        Grounds::family(Group::FAMILY);
        let index =
            self.groups.get_or_init(|| Ok(Index::new(self.snapshot.groups.rows()?, |group| &group.id)));
        index.as_ref().map(|index| index.get(id)).map_err(Clone::clone)
    }

    /// A service principal by id.
    ///
    /// # Errors
    /// [`Unreadable`] if service principals were not read.
    pub fn service_principal(&self, id: &Id) -> Result<Option<&'a ServicePrincipal>, Unreadable> {
        Grounds::family(ServicePrincipal::FAMILY);
        let index = self
            .service_principals
            .get_or_init(|| Ok(Index::new(self.snapshot.service_principals.rows()?, |one| &one.id)));
        index.as_ref().map(|index| index.get(id)).map_err(Clone::clone)
    }

    /// The direct members of a group; none if this group was not read.
    ///
    /// # Errors
    /// [`Unreadable`] if memberships were not read.
    pub fn direct_members(&self, group: &Id) -> Result<Option<&'a GroupMembers>, Unreadable> {
        Grounds::family(GroupMembers::FAMILY);
        let index = self
            .group_members
            .get_or_init(|| Ok(Index::new(self.snapshot.group_members.rows()?, |row| &row.group)));
        index.as_ref().map(|index| index.get(group)).map_err(Clone::clone)
    }

    /// Whether a list stands in every row of a family, so that an empty one means none.
    ///
    /// # Errors
    /// [`Unreadable`] if some row lacks it.
    pub fn stated(&self, family: FamilyName, field: &str) -> Result<(), Unreadable> {
        Grounds::family(family);
        match self.snapshot.unstated.get(&family).is_some_and(|fields| fields.iter().any(|one| one == field))
        {
            true => Err(Unreadable::inside(family, format!("{field} of an object is missing"))),
            false => Ok(()),
        }
    }

    /// What the tenant calls an object, for sentences only; its id if it is not known.
    pub fn name_of(&self, id: &Id) -> String {
        let user = self.user(id).ok().flatten().map(|user| &*user.display_name);
        let group = || self.group(id).ok().flatten().map(|group| group.display_name.as_str());
        let other = || self.service_principal(id).ok().flatten().map(|one| one.display_name.as_str());
        match user.or_else(group).or_else(other).filter(|name| !name.is_empty()) {
            Some(name) => super::shown(name),
            None => id.to_string(),
        }
    }
}
