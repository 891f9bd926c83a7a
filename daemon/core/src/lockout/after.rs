//! The tenant as requests would leave it, as far as access hangs on it. It is made of the very requests that
//! would be sent, so a new kind of change needs nothing here unless it asks for something new.

use crate::checks::{Context, privileged};
use crate::snapshot::{ConditionalAccessPolicy, Id, Unreadable};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use trueconfig_common::change::{GraphRequest, Method};

const POLICIES: &str = "/identity/conditionalAccess/policies";
const DEFAULTS: &str = "/policies/identitySecurityDefaultsEnforcementPolicy";
const ASSIGNMENTS: &str = "/roleManagement/directory/roleAssignments";
const ASSIGNMENT_REQUESTS: &str = "/roleManagement/directory/roleAssignmentScheduleRequests";
const ELIGIBILITY_REQUESTS: &str = "/roleManagement/directory/roleEligibilityScheduleRequests";
const USERS: &str = "/users";
const GROUPS: &str = "/groups";
const SERVICE_PRINCIPALS: &str = "/servicePrincipals";

/// Places that bear on who can get in. What stands below them and is not understood is refused.
const ABOUT_ACCESS: [&str; 4] = ["/identity/conditionalAccess", DEFAULTS, "/roleManagement", GROUPS];

/// What an account cannot do without: it is taken for gone when something of it goes.
const VITAL: [&str; 2] = ["authentication", "appRoleAssignments"];

/// A role that somebody has or may activate.
#[derive(Clone, Debug)]
struct Grant {
    id: Id,
    principal: Id,
    role: Id,
    everywhere: bool,
    eligible: bool,
}

/// See the module.
pub(super) struct After<'c, 'a> {
    context: &'c Context<'a>,
    policies: BTreeMap<Id, Cow<'a, ConditionalAccessPolicy>>,
    grants: Vec<Grant>,
    enabled: BTreeMap<Id, bool>,
    gone: BTreeSet<Id>,
    /// Whose memberships change; what hangs on a group is taken against them.
    regrouped: BTreeSet<Id>,
    /// Whether security defaults are on.
    pub(super) security_defaults: bool,
}

/// Whether a request bears on who can get in.
pub(super) fn is_about_access(context: &Context<'_>, request: &GraphRequest) -> bool {
    let path = plain(&request.path);
    if ABOUT_ACCESS.iter().any(|place| below(path, place).is_some()) {
        return true;
    }
    if below(path, USERS).is_some() {
        return request.method == Method::Delete || request.body.get("accountEnabled").is_some();
    }
    let own = below(path, SERVICE_PRINCIPALS).and_then(|rest| rest.split('/').next());
    own.is_some_and(|id| context.is_own(&Id::new(id)))
}

impl<'c, 'a> After<'c, 'a> {
    /// As it is now.
    pub(super) fn new(context: &'c Context<'a>) -> Result<Self, Unreadable> {
        let snapshot = context.snapshot;
        let policies = snapshot.conditional_access_policies.rows()?.iter();
        let mut grants: Vec<Grant> = snapshot
            .role_assignments
            .rows()?
            .iter()
            .map(|one| Grant {
                id: one.id.clone(),
                principal: one.principal_id.clone(),
                role: one.role_definition_id.clone(),
                everywhere: one.is_tenant_wide(),
                eligible: false,
            })
            .collect();
        let eligible = match snapshot.role_eligibility_schedule_instances.rows() {
            Ok(rows) => rows,
            // Whoever may be eligible beside those known only adds administrators.
            Err(_) => &[],
        };
        grants.extend(eligible.iter().map(|one| Grant {
            id: one.id.clone(),
            principal: one.principal_id.clone(),
            role: one.role_definition_id.clone(),
            everywhere: one.directory_scope_id.as_deref().unwrap_or("/") == "/",
            eligible: true,
        }));
        let defaults = snapshot.security_defaults.rows()?.first();
        Ok(Self {
            context,
            policies: policies.map(|one| (one.id.clone(), Cow::Borrowed(one))).collect(),
            grants,
            enabled: BTreeMap::new(),
            gone: BTreeSet::new(),
            regrouped: BTreeSet::new(),
            security_defaults: defaults.is_none_or(|one| one.is_enabled != Some(false)),
        })
    }

    /// Carries a request out on the model.
    ///
    /// # Errors
    /// What about it is not understood, in words.
    pub(super) fn apply(&mut self, request: &GraphRequest) -> Result<(), String> {
        let path = plain(&request.path).to_owned();
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        let last = parts.last().copied().unwrap_or_default();
        if let Some(rest) = below(&path, POLICIES) {
            return self.apply_policy(request, rest);
        }
        if below(&path, ASSIGNMENTS).is_some() && request.method == Method::Delete {
            self.grants.retain(|one| one.id != Id::new(last));
            return Ok(());
        }
        if [ASSIGNMENTS, ASSIGNMENT_REQUESTS, ELIGIBILITY_REQUESTS].contains(&path.as_str()) {
            return self.apply_grant(request, path == ELIGIBILITY_REQUESTS);
        }
        if below(&path, GROUPS).is_some() {
            return self.apply_group(request, &parts);
        }
        if below(&path, USERS).is_some() || below(&path, SERVICE_PRINCIPALS).is_some() {
            self.apply_account(request, &parts);
            return Ok(());
        }
        if path == DEFAULTS {
            self.security_defaults = request.body["isEnabled"] != Value::Bool(false);
            return Ok(());
        }
        match ABOUT_ACCESS.iter().any(|place| below(&path, place).is_some()) {
            true => Err(format!("what {} {path} does to access is not known", request.method.as_str())),
            false => Ok(()),
        }
    }

    fn apply_policy(&mut self, request: &GraphRequest, id: &str) -> Result<(), String> {
        let unclear =
            |error: serde_json::Error| format!("a policy that is to be written is not understood: {error}");
        if request.method == Method::Delete {
            self.policies.remove(&Id::new(id));
            return Ok(());
        }
        let mut raw = match self.policies.get(&Id::new(id)) {
            Some(policy) => policy.raw.clone(),
            None => serde_json::json!({"id": if id.is_empty() { "new" } else { id }}),
        };
        let (Some(fields), Some(written)) = (raw.as_object_mut(), request.body.as_object()) else {
            return Err("a policy that is to be written is not understood".to_owned());
        };
        for (name, value) in written {
            merge(fields.entry(name).or_insert(Value::Null), value);
        }
        let policy: ConditionalAccessPolicy = serde_json::from_value(raw).map_err(unclear)?;
        self.policies.insert(policy.id.clone(), Cow::Owned(policy));
        Ok(())
    }

    fn apply_grant(&mut self, request: &GraphRequest, eligible: bool) -> Result<(), String> {
        let id = |name: &str| request.body[name].as_str().map(Id::new);
        let (Some(principal), Some(role)) = (id("principalId"), id("roleDefinitionId")) else {
            return Err("whose role is to be changed is not understood".to_owned());
        };
        let everywhere = request.body["directoryScopeId"].as_str().unwrap_or("/") == "/";
        let same = |one: &Grant| {
            one.principal == principal
                && one.role == role
                && one.everywhere == everywhere
                && one.eligible == eligible
        };
        match request.body["action"].as_str() {
            None | Some("adminAssign" | "adminUpdate") => {
                let grant = Grant { id: Id::new("new"), principal, role, everywhere, eligible };
                self.grants.push(grant);
            }
            Some("adminRemove") => self.grants.retain(|one| !same(one)),
            Some(action) => return Err(format!("what {action} does to a role is not known")),
        }
        Ok(())
    }

    /// `/groups/GROUP` and what hangs on it: whoever is in it, and whoever comes or goes.
    fn apply_group(&mut self, request: &GraphRequest, parts: &[&str]) -> Result<(), String> {
        let group = parts.get(1).map(|id| Id::new(id));
        let moved = match (request.method, parts.get(2), parts.get(3)) {
            (Method::Delete, Some(&"members"), Some(member)) => Some(Id::new(member)),
            (Method::Post, Some(&"members"), _) => {
                let member = request.body["@odata.id"].as_str().and_then(|link| link.rsplit('/').next());
                member.map(Id::new)
            }
            (Method::Delete, None, _) => group,
            // Names, owners and settings keep the members as they are.
            _ => return Ok(()),
        };
        let Some(moved) = moved else { return Err("whose membership changes is not understood".to_owned()) };
        let unread = |cause: Unreadable| format!("whose membership changes is not known: {cause}");
        if self.context.group(&moved).map_err(unread)?.is_some() {
            let members = self.context.final_members(&moved).map_err(unread)?;
            self.regrouped.extend(members.iter().cloned());
        }
        self.regrouped.insert(moved);
        Ok(())
    }

    /// `/users/USER` or `/servicePrincipals/PRINCIPAL`, and what hangs on it.
    fn apply_account(&mut self, request: &GraphRequest, parts: &[&str]) {
        let Some(id) = parts.get(1).map(|id| Id::new(id)) else { return };
        let part = parts.get(2).copied();
        if let Some(enabled) = request.body.get("accountEnabled").filter(|_| part.is_none()) {
            self.enabled.insert(id, *enabled == Value::Bool(true));
        } else if request.method == Method::Delete && part.is_none_or(|part| VITAL.contains(&part)) {
            self.gone.insert(id);
        }
    }

    /// Policies as they will be.
    pub(super) fn policies(&self) -> impl Iterator<Item = &ConditionalAccessPolicy> {
        self.policies.values().map(AsRef::as_ref)
    }

    /// Whether an account exists and may sign in; one of which that is not known may not.
    pub(super) fn may_sign_in(&self, id: &Id, now: Option<bool>) -> bool {
        let enabled = self.enabled.get(id).copied().or(now);
        enabled == Some(true) && !self.gone.contains(id)
    }

    /// Whether what hangs on groups is taken against an account.
    pub(super) fn is_regrouped(&self, id: &Id) -> bool {
        self.regrouped.contains(id)
    }

    /// Roles an account has or may activate; `active` leaves out what must be activated.
    pub(super) fn roles_of(&self, id: &Id, active: Holding) -> Result<BTreeSet<Id>, Unreadable> {
        let mut roles = BTreeSet::new();
        for grant in self.grants.iter().filter(|one| active == Holding::Any || !one.eligible) {
            if grant.principal == *id || self.is_member(id, &grant.principal)? {
                roles.insert(grant.role.clone());
            }
        }
        Ok(roles)
    }

    fn is_member(&self, id: &Id, group: &Id) -> Result<bool, Unreadable> {
        if self.is_regrouped(id) || self.context.group(group)?.is_none() {
            return Ok(false);
        }
        Ok(self.context.final_members(group)?.binary_search(id).is_ok())
    }

    /// Whether an account will be an active Global Administrator of the whole tenant.
    pub(super) fn is_global_administrator(&self, id: &Id) -> Result<bool, Unreadable> {
        let role = Id::new(privileged::GLOBAL_ADMINISTRATOR);
        for grant in self.grants.iter().filter(|one| one.role == role && one.everywhere && !one.eligible) {
            if grant.principal == *id || self.is_member(id, &grant.principal)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// How many users will be active Global Administrators who can sign in.
    pub(super) fn global_administrators(&self) -> Result<usize, Unreadable> {
        let mut count = 0;
        for id in self.administrators()? {
            let Some(user) = self.context.user(&id)? else { continue };
            let counts = self.may_sign_in(&id, user.account_enabled) && self.is_global_administrator(&id)?;
            count += usize::from(counts);
        }
        Ok(count)
    }

    /// Whoever has a privileged role or may activate one, in order.
    pub(super) fn administrators(&self) -> Result<BTreeSet<Id>, Unreadable> {
        let mut found = BTreeSet::new();
        for grant in self.grants.iter().filter(|one| one.everywhere) {
            if !self.context.is_privileged_role(&grant.role)? {
                continue;
            }
            if self.context.group(&grant.principal)?.is_none() {
                found.insert(grant.principal.clone());
                continue;
            }
            let members = self.context.final_members(&grant.principal)?;
            found.extend(members.iter().filter(|id| !self.is_regrouped(id)).cloned());
        }
        Ok(found)
    }
}

/// Which roles count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holding {
    /// Those in force and those to be activated.
    Any,
    /// Those in force.
    Active,
}

/// Graph replaces what a PATCH names, conditions and controls one level deep.
fn merge(before: &mut Value, written: &Value) {
    match (before, written) {
        (Value::Object(before), Value::Object(written)) => {
            for (name, value) in written {
                before.insert(name.clone(), value.clone());
            }
        }
        (before, written) => *before = written.clone(),
    }
}

/// A path without version and query.
fn plain(path: &str) -> &str {
    let path = path.split('?').next().unwrap_or(path);
    path.strip_prefix("/v1.0").or_else(|| path.strip_prefix("/beta")).unwrap_or(path)
}

/// What follows a place in a path, its slash taken away; none if the path is elsewhere.
fn below<'p>(path: &'p str, place: &str) -> Option<&'p str> {
    let rest = path.strip_prefix(place)?;
    if rest.is_empty() { Some("") } else { rest.strip_prefix('/') }
}
