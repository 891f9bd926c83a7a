//! How far one policy meets a requirement, state aside.

use super::{
    exclusion::{self, Exclusion, Exclusions},
    grant::{self, Answer},
    narrowing::{self, Narrowing},
    scope::UserScope,
};
use crate::{
    baseline::check::{Client, PolicyCheck},
    checks::{Context, Exceptions},
    snapshot::{ConditionalAccessPolicy, Id, Unreadable},
};
use std::collections::BTreeSet;

/// One policy held against a requirement.
pub(super) struct Fit<'a> {
    pub(super) policy: &'a ConditionalAccessPolicy,
    pub(super) grant: Answer,
    pub(super) narrowing: Vec<Narrowing>,
    /// Whether it includes all applications.
    pub(super) all_applications: bool,
    pub(super) excluded_applications: Vec<Exclusion>,
    /// Clients of the requirement that it covers.
    pub(super) clients: BTreeSet<Client>,
    pub(super) scope: UserScope,
    pub(super) excluded_users: Exclusions,
}

impl<'a> Fit<'a> {
    pub(super) fn new(
        context: &Context<'_>,
        check: &PolicyCheck,
        exceptions: &Exceptions,
        policy: &'a ConditionalAccessPolicy,
    ) -> Self {
        let conditions = &policy.conditions;
        let applications = &conditions.applications;
        Self {
            policy,
            grant: grant::answer(context, policy.grant_controls.as_ref(), check.grant),
            narrowing: narrowing::narrowing(conditions),
            all_applications: applications.include_applications.iter().any(|id| id.is_keyword("All")),
            excluded_applications: exclusion::of_applications(exceptions, applications),
            clients: clients(&conditions.client_app_types, check),
            scope: UserScope::new(context, &conditions.users),
            excluded_users: exclusion::of_users(context, exceptions, &conditions.users),
        }
    }

    /// Whether it can take part at all: it asks for enough and nothing narrows it.
    pub(super) fn takes_part(&self) -> bool {
        self.grant == Answer::Yes && self.narrowing.is_empty()
    }

    /// Whether it could take part if what is not known turned out well.
    pub(super) fn may_take_part(&self) -> bool {
        !matches!(self.grant, Answer::No(_)) && self.narrowing.is_empty()
    }

    /// Whether it covers an application; none stands for all that no policy names.
    pub(super) fn covers_application(&self, application: Option<&str>) -> bool {
        let Some(application) = application else { return self.all_applications };
        let excluded = self.excluded_applications.iter().any(|one| one.id == application);
        let included =
            || self.policy.conditions.applications.include_applications.contains(&Id::new(application));
        !excluded && (self.all_applications || included())
    }

    /// Whether it leaves nobody out beyond what is tolerated.
    pub(super) fn excludes_nobody(&self) -> bool {
        self.excluded_users.untolerated.is_empty() && self.excluded_users.doubt.is_none()
    }

    /// Whether it includes a group by name.
    pub(super) fn names_group(&self, group: &Id) -> bool {
        let users = &self.policy.conditions.users;
        users.include_groups.contains(group) && !users.exclude_groups.contains(group)
    }

    /// What its answer hangs on that could not be read.
    pub(super) fn doubt(&self) -> Option<Unreadable> {
        let grant = match &self.grant {
            Answer::Unknown(cause) => Some(cause),
            Answer::Yes | Answer::No(_) => None,
        };
        let scope = || self.scope.include_doubt.as_ref().or(self.scope.exclude_doubt.as_ref());
        grant.or(self.excluded_users.doubt.as_ref()).or_else(scope).cloned()
    }

    /// Names of users and groups it leaves out with good reason.
    pub(super) fn tolerated_exclusions(&self, context: &Context<'_>) -> Vec<String> {
        let users = &self.policy.conditions.users;
        users.exclude_users.iter().chain(&users.exclude_groups).map(|id| context.name_of(id)).collect()
    }
}

/// Clients of the requirement that a policy covers; no list means all.
fn clients(types: &[String], check: &PolicyCheck) -> BTreeSet<Client> {
    let all = types.is_empty() || types.iter().any(|one| one.eq_ignore_ascii_case("all"));
    let named = |client: &Client| types.iter().any(|one| one.eq_ignore_ascii_case(client.as_str()));
    required_clients(check).into_iter().filter(|client| all || named(client)).collect()
}

/// Clients that must be covered.
pub(super) fn required_clients(check: &PolicyCheck) -> Vec<Client> {
    if check.clients.is_empty() { Client::ALL.to_vec() } else { check.clients.clone() }
}
