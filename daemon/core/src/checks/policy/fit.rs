//! How far one policy meets a requirement, state aside.

use super::{
    controls::{self, Answer},
    coverage::{Reading, conditions_of},
    defect::Defect,
    exclusion::{self, Exclusion, Exclusions},
    extent::Extent,
    narrowing::{self, is_action},
    scope::UserScope,
};
use crate::{
    baseline::check::{Dimension, Requirement},
    checks::{Context, Exceptions},
    snapshot::{ConditionalAccessPolicy, FamilyName, Id, Unreadable},
};
use serde_json::Value;
use std::collections::BTreeMap;

/// Applications that `Office365` stands for, as far as requirements name them: Exchange Online
/// and SharePoint Online.
const OFFICE_365: [&str; 2] =
    ["00000002-0000-0ff1-ce00-000000000000", "00000003-0000-0ff1-ce00-000000000000"];

/// One policy held against a requirement.
pub(super) struct Fit<'a> {
    pub(super) policy: &'a ConditionalAccessPolicy,
    pub(super) answer: Answer,
    pub(super) narrowing: Vec<Defect>,
    /// Whether it includes all applications.
    pub(super) all_applications: bool,
    pub(super) excluded_applications: Vec<Exclusion>,
    /// What it covers of each condition that the requirement names, clients always.
    extents: BTreeMap<Dimension, Extent<'a>>,
    pub(super) scope: UserScope,
    pub(super) excluded_users: Exclusions,
}

impl<'a> Fit<'a> {
    pub(super) fn new(
        context: &Context<'_>,
        requirement: &Requirement,
        exceptions: &Exceptions,
        policy: &'a ConditionalAccessPolicy,
    ) -> Self {
        let conditions = &policy.conditions;
        let applications = &conditions.applications;
        let extents = conditions_of(requirement).into_keys();
        Self {
            policy,
            answer: controls::answer(context, policy, requirement),
            narrowing: narrowing::narrowing(policy, requirement),
            all_applications: applications.include_applications.iter().any(|id| id.is_keyword("All")),
            excluded_applications: exclusion::of_applications(exceptions, applications),
            extents: extents.map(|dimension| (dimension, Extent::new(conditions, dimension))).collect(),
            scope: UserScope::new(context, &conditions.users),
            excluded_users: exclusion::of_users(context, exceptions, &conditions.users),
        }
    }

    /// Whether it takes part: it asks for enough and nothing narrows it.
    pub(super) fn takes_part(&self, reading: Reading) -> bool {
        let asks = match reading {
            Reading::Certain => self.answer == Answer::Yes,
            Reading::Hopeful => !matches!(self.answer, Answer::No(_)),
        };
        asks && self.narrowing.is_empty()
    }

    /// Whether it covers a value of a condition.
    pub(super) fn covers(&self, dimension: Dimension, value: &str, reading: Reading) -> bool {
        self.extents.get(&dimension).is_none_or(|extent| extent.covers(value, reading))
    }

    /// A condition as it stands in the policy.
    pub(super) fn actual(&self, dimension: Dimension) -> Value {
        let conditions = self.policy.raw.get("conditions");
        conditions.and_then(|one| one.get(dimension.field())).cloned().unwrap_or_default()
    }

    /// Whether it covers an application or user action; none stands for all applications that no
    /// policy names.
    pub(super) fn covers_target(&self, target: Option<&str>) -> bool {
        let Some(target) = target else { return self.all_applications };
        let applications = &self.policy.conditions.applications;
        if is_action(target) {
            return applications.include_user_actions.iter().any(|one| one.eq_ignore_ascii_case(target));
        }
        let names = |id: &Id| *id == Id::new(target) || id.is_keyword(target);
        let contains = |id: &Id| id.is_keyword("Office365") && OFFICE_365.contains(&target);
        let excluded = self.excluded_applications.iter().map(|one| Id::new(&one.id));
        let included = &applications.include_applications;
        let mut excluded = excluded.filter(|id| names(id) || contains(id));
        excluded.next().is_none()
            && (self.all_applications || included.iter().any(|id| names(id) || contains(id)))
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

    /// What its answer hangs on that could not be read or is not known.
    pub(super) fn doubt(&self) -> Option<Unreadable> {
        let answer = match &self.answer {
            Answer::Unknown(cause) => Some(cause),
            Answer::Yes | Answer::No(_) => None,
        };
        let scope = || self.scope.include_doubt.as_ref().or(self.scope.exclude_doubt.as_ref());
        let read = answer.or(self.excluded_users.doubt.as_ref());
        read.or_else(scope).cloned().or_else(|| self.unknown_value())
    }

    fn unknown_value(&self) -> Option<Unreadable> {
        let found = self.extents.iter().find_map(|(dimension, extent)| Some((dimension, extent.unknown()?)));
        let guests = || self.scope.unknown_guests.as_ref().map(|value| ("users", value.as_str()));
        let (field, value) = found.map(|(dimension, value)| (dimension.field(), value)).or_else(guests)?;
        let value = crate::checks::shown(value);
        let detail =
            format!("policy {}: conditions.{field} contains \"{value}\", which is not known", self.policy.id);
        Some(Unreadable::inside(FamilyName::ConditionalAccessPolicies, detail))
    }

    /// Names of users and groups it leaves out with good reason.
    pub(super) fn tolerated_exclusions(&self, context: &Context<'_>) -> Vec<String> {
        let users = &self.policy.conditions.users;
        users.exclude_users.iter().chain(&users.exclude_groups).map(|id| context.name_of(id)).collect()
    }
}
