//! Tenant files: `{"graph": {"/v1.0/users": {"value": […]}, …}}`, keys are Graph paths and values
//! Graph's own response bodies. A family the file lacks is unreadable; an empty `value` is read
//! and empty. A wrong *shape* refuses the file; a wrong *value* inside an object makes its
//! family unreadable, with the path, so that verdicts which depend on it are errors.

mod blame;
mod path;
#[cfg(test)]
mod tests;
mod write;

pub use write::write;

use super::{
    ApplicationOwners, DirectoryObject, Family, FamilyName, GroupMembers, GroupOwners, Id, MailboxRules,
    MethodConfiguration, ResourceAppRoles, Row, ServicePrincipalAppRoles, ServicePrincipalOwners, Snapshot,
    UserAuthenticationMethods, UserSignIn,
};
use chrono::{DateTime, Utc};
use path::{Place, place};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use thiserror::Error;

/// A tenant file that is refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{path}: {message}")]
pub struct TenantFileError {
    /// Where, as a JSON path.
    pub path: String,
    /// What is wrong.
    pub message: String,
}

/// Reads a tenant file.
///
/// # Errors
/// [`TenantFileError`] if it is no JSON or has the wrong shape.
pub fn read(text: &str, taken_at: DateTime<Utc>) -> Result<Snapshot, TenantFileError> {
    let file: Value =
        serde_json::from_str(text).map_err(|error| refused("$", format!("not JSON: {error}")))?;
    let graph = file.get("graph").ok_or_else(|| refused("$", "\"graph\" is missing"))?;
    let graph = graph
        .as_object()
        .ok_or_else(|| refused("$.graph", format!("an object expected, {} found", kind(graph))))?;
    from_responses(graph, taken_at)
}

/// Makes a snapshot of Graph's response bodies by path.
///
/// # Errors
/// [`TenantFileError`] if a body has the wrong shape.
pub fn from_responses(
    responses: &Map<String, Value>,
    taken_at: DateTime<Utc>,
) -> Result<Snapshot, TenantFileError> {
    let mut bodies = Bodies::default();
    for (key, body) in responses {
        let path = format!("$.graph[{key:?}]");
        match place(key) {
            Some(Place::Family(family)) => bodies.add_family(family, path, body)?,
            Some(Place::Child(family, parent)) => bodies.add_child(family, parent, path, body)?,
            Some(Place::Member(family)) => bodies.add_member(family, path, body)?,
            None => {}
        }
    }
    let mut snapshot = Snapshot::unread(taken_at);
    bodies.fill(&mut snapshot);
    Ok(snapshot)
}

/// Lists that Graph never leaves out, and whose emptiness lets a control pass; one of a family.
const ALWAYS_GIVEN: [(FamilyName, &str); 2] =
    [(FamilyName::Applications, "passwordCredentials"), (FamilyName::Groups, "groupTypes")];

/// What a response body holds.
enum Body<'a> {
    /// Objects, and whether there are more on a page the file lacks.
    Rows { path: String, rows: Vec<&'a Value>, indexed: bool, more: bool },
    /// Graph's error.
    Error { code: String, message: String },
}

/// Response bodies by family, and of sub-collections by the object they belong to.
#[derive(Default)]
struct Bodies<'a> {
    families: BTreeMap<FamilyName, Vec<Body<'a>>>,
    children: BTreeMap<FamilyName, BTreeMap<Id, Body<'a>>>,
}

impl<'a> Bodies<'a> {
    fn add_family(
        &mut self,
        family: FamilyName,
        path: String,
        body: &'a Value,
    ) -> Result<(), TenantFileError> {
        let body = read_body(family, path, body)?;
        self.families.entry(family).or_default().push(body);
        Ok(())
    }

    /// One object of a list, under a path of its own.
    fn add_member(
        &mut self,
        family: FamilyName,
        path: String,
        body: &'a Value,
    ) -> Result<(), TenantFileError> {
        let body = match read_object(&path, body)? {
            Some(error) => error,
            None => Body::Rows { path, rows: vec![body], indexed: false, more: false },
        };
        self.families.entry(family).or_default().push(body);
        Ok(())
    }

    fn add_child(
        &mut self,
        family: FamilyName,
        parent: Id,
        path: String,
        body: &'a Value,
    ) -> Result<(), TenantFileError> {
        let body = read_body(family, path, body)?;
        self.children.entry(family).or_default().insert(parent, body);
        Ok(())
    }

    fn fill(&self, snapshot: &mut Snapshot) {
        snapshot.unstated = self.unstated();
        snapshot.users = self.family();
        snapshot.sign_in_activity = self.sign_in_activity();
        snapshot.registration_details = self.family();
        snapshot.role_definitions = self.family();
        snapshot.role_assignments = self.family();
        snapshot.role_assignment_schedule_instances = self.family();
        snapshot.group_assignment_schedule_instances = self.family();
        snapshot.groups = self.family();
        snapshot.applications = self.family();
        snapshot.service_principals = self.family();
        snapshot.conditional_access_policies = self.family();
        snapshot.named_locations = self.family();
        snapshot.authentication_strengths = self.family();
        snapshot.authentication_methods_policy = self.family();
        snapshot.authentication_method_configurations = self.method_configurations();
        snapshot.authorization_policy = self.family();
        snapshot.admin_consent_request_policy = self.family();
        snapshot.security_defaults = self.family();
        snapshot.default_app_management_policy = self.family();
        snapshot.subscribed_skus = self.family();
        snapshot.organization = self.family();
        snapshot.domains = self.family();
        self.fill_on_demand(snapshot);
        snapshot.group_members = self.children(FamilyName::Groups, &["members"], |group, members| {
            GroupMembers { group, members: without_repeats(members) }
        });
        snapshot.application_owners =
            self.children(FamilyName::Applications, &["owners"], |application, owners| ApplicationOwners {
                application,
                owners: without_repeats(owners),
            });
        snapshot.authentication_methods =
            self.children(FamilyName::Users, &["authentication", "methods"], |user, methods| {
                UserAuthenticationMethods { user, methods }
            });
    }

    fn fill_on_demand(&self, snapshot: &mut Snapshot) {
        snapshot.role_eligibility_schedule_instances = self.family();
        snapshot.role_assignment_schedules = self.family();
        snapshot.role_management_policy_assignments = self.family();
        snapshot.oauth2_permission_grants = self.family();
        snapshot.group_settings = self.family();
        snapshot.cross_tenant_access_default = self.family();
        snapshot.device_registration_policy = self.family();
        snapshot.devices = self.family();
        snapshot.access_review_definitions = self.family();
        snapshot.directory_audits = self.family();
        snapshot.sign_ins = self.family();
        snapshot.share_point_settings = self.family();
        snapshot.activity_based_timeout_policies = self.family();
        snapshot.service_principal_sign_in_activities = self.family();
        snapshot.on_premises_synchronization = self.family();
        snapshot.group_owners = self.children(FamilyName::Groups, &["owners"], |group, owners| GroupOwners {
            group,
            owners: without_repeats(owners),
        });
        let principals = FamilyName::ServicePrincipals;
        snapshot.service_principal_owners =
            self.children(principals, &["owners"], |service_principal, owners| ServicePrincipalOwners {
                service_principal,
                owners: without_repeats(owners),
            });
        snapshot.app_role_assignments =
            self.children(principals, &["appRoleAssignments"], |service_principal, assignments| {
                ServicePrincipalAppRoles { service_principal, assignments }
            });
        snapshot.app_roles_assigned_to =
            self.children(principals, &["appRoleAssignedTo"], |resource, assignments| ResourceAppRoles {
                resource,
                assignments,
            });
        snapshot.message_rules =
            self.children(FamilyName::Users, &["mailFolders", "inbox", "messageRules"], |user, rules| {
                MailboxRules { user, rules }
            });
    }

    /// Lists that Graph gives of every object of a family, and that some object of the file lacks.
    fn unstated(&self) -> BTreeMap<FamilyName, Vec<String>> {
        let lacking = |(family, field): &(FamilyName, &'static str)| {
            let bodies = self.families.get(family)?.iter();
            let mut rows = bodies.filter_map(|body| match body {
                Body::Rows { rows, .. } => Some(rows),
                Body::Error { .. } => None,
            });
            let lacks = |row: &&Value| row.get(*field).is_none_or(Value::is_null);
            rows.any(|rows| rows.iter().any(lacks)).then(|| (*family, vec![(*field).to_owned()]))
        };
        ALWAYS_GIVEN.iter().filter_map(lacking).collect()
    }

    fn family<T: Row + DeserializeOwned>(&self) -> Family<T> {
        let Some(bodies) = self.families.get(&T::FAMILY) else {
            return Family::failed(format!("the file has no {}", T::FAMILY.path()));
        };
        let mut rows = Vec::new();
        let mut ids = BTreeSet::new();
        let mut partial = false;
        for body in bodies {
            let (path, values, indexed, more) = match body {
                Body::Error { code, message } => return failed_response(code, message),
                Body::Rows { path, rows, indexed, more } => (path, rows, *indexed, *more),
            };
            partial |= more;
            for (index, value) in values.iter().enumerate() {
                let path = if indexed { format!("{path}.value[{index}]") } else { path.clone() };
                if let Some(id) = value.get("id").and_then(Value::as_str).filter(|_| indexed)
                    && !ids.insert(Id::new(id))
                {
                    return Family::failed(format!(
                        "{path}.id: {} is there twice",
                        super::super::checks::shown(id)
                    ));
                }
                if !value.is_object() {
                    return Family::failed(format!("{path}: an object expected, {} found", kind(value)));
                }
                match T::deserialize(*value) {
                    Ok(row) => rows.push(row),
                    Err(_) => return Family::failed(blame::blame::<T>(&path, value)),
                }
            }
        }
        if partial {
            Family::partial(rows, "the file holds the first pages only")
        } else {
            Family::complete(rows)
        }
    }

    /// Configurations of methods stand under their own path, or inside of the policy.
    fn method_configurations(&self) -> Family<MethodConfiguration> {
        if self.families.contains_key(&MethodConfiguration::FAMILY) {
            return self.family();
        }
        let Some(bodies) = self.families.get(&FamilyName::AuthenticationMethodsPolicy) else {
            return self.family();
        };
        let mut found = Vec::new();
        for body in bodies {
            let (path, rows) = match body {
                Body::Error { code, message } => return failed_response(code, message),
                Body::Rows { path, rows, .. } => (path, rows),
            };
            let path = format!("{path}.authenticationMethodConfigurations");
            let list = rows.first().and_then(|row| row.get("authenticationMethodConfigurations"));
            let Some(list) = list.and_then(Value::as_array) else {
                return Family::failed(format!("{path} is missing"));
            };
            match entries(&path, list.iter()) {
                Ok(entries) => found.extend(entries),
                Err(reason) => return Family::failed(reason),
            }
        }
        Family::complete(found)
    }

    /// Sign-ins stand inside of users. If no user carries any, they were not asked for; of a
    /// tenant that has users at least the account that reads has signed in.
    fn sign_in_activity(&self) -> Family<UserSignIn> {
        let own = self.families.contains_key(&FamilyName::SignInActivity);
        let family = if own { FamilyName::SignInActivity } else { FamilyName::Users };
        let Some(bodies) = self.families.get(&family) else {
            return Family::failed("the file has no users");
        };
        let mut rows = Vec::new();
        let mut carried = own;
        for body in bodies {
            let (path, values, more) = match body {
                Body::Error { code, message } => return failed_response(code, message),
                Body::Rows { path, rows, more, .. } => (path, rows, *more),
            };
            if more {
                return Family::failed("the file holds the first pages only");
            }
            for (index, value) in values.iter().enumerate() {
                carried |= value.get("signInActivity").is_some();
                match <UserSignIn as serde::Deserialize>::deserialize(*value) {
                    Ok(row) => rows.push(row),
                    Err(_) => {
                        let path = format!("{path}.value[{index}]");
                        return Family::failed(blame::blame::<UserSignIn>(&path, value));
                    }
                }
            }
        }
        if carried || rows.is_empty() {
            return Family::complete(rows);
        }
        Family::failed("no user in the file carries signInActivity")
    }

    /// A sub-collection by its parents: under its own path, or inline as `$expand` gives it. A
    /// parent of which there is neither was not read.
    fn children<P: Row, C: DeserializeOwned>(
        &self,
        parents: FamilyName,
        inline: &[&str],
        make: impl Fn(Id, Vec<C>) -> P,
    ) -> Family<P> {
        let mut found = Vec::new();
        let mut done = BTreeSet::new();
        for (parent, body) in self.children.get(&P::FAMILY).into_iter().flatten() {
            let (path, rows) = match body {
                // One object's error leaves this object unread, not the family.
                Body::Error { .. } => continue,
                Body::Rows { more: true, .. } => continue,
                Body::Rows { path, rows, .. } => (path, rows),
            };
            match entries(&format!("{path}.value"), rows.iter().copied()) {
                Ok(entries) => found.push(make(parent.clone(), entries)),
                Err(reason) => return Family::failed(reason),
            }
            done.insert(parent.clone());
        }
        let Some(bodies) = self.families.get(&parents) else {
            return if found.is_empty() {
                Family::failed(format!("the file has no {}", P::FAMILY.path()))
            } else {
                Family::complete(found)
            };
        };
        let mut any_parent = false;
        for body in bodies {
            let Body::Rows { path, rows, .. } = body else { continue };
            for (index, row) in rows.iter().enumerate() {
                any_parent = true;
                let Some(id) = row.get("id").and_then(Value::as_str).map(Id::new) else { continue };
                let list =
                    inline.iter().try_fold(*row, |value, name| value.get(name)).and_then(Value::as_array);
                let Some(list) = list.filter(|_| !done.contains(&id)) else { continue };
                let path = format!("{path}.value[{index}].{}", inline.join("."));
                match entries(&path, list.iter()) {
                    Ok(entries) => found.push(make(id, entries)),
                    Err(reason) => return Family::failed(reason),
                }
            }
        }
        if any_parent && found.is_empty() {
            return Family::failed(format!("the file has no {}", P::FAMILY.path()));
        }
        Family::complete(found)
    }
}

fn entries<'a, C: DeserializeOwned>(
    path: &str,
    values: impl Iterator<Item = &'a Value>,
) -> Result<Vec<C>, String> {
    values
        .enumerate()
        .map(|(index, value)| {
            let place = || format!("{path}[{index}]");
            if !value.is_object() {
                return Err(format!("{}: an object expected, {} found", place(), kind(value)));
            }
            C::deserialize(value).map_err(|_| blame::blame::<C>(&place(), value))
        })
        .collect()
}

fn without_repeats(objects: Vec<DirectoryObject>) -> Vec<DirectoryObject> {
    let mut seen = BTreeSet::new();
    objects.into_iter().filter(|object| seen.insert(object.id.clone())).collect()
}

/// Reads a body: a list of objects, one object, or Graph's error.
fn read_body(family: FamilyName, path: String, body: &Value) -> Result<Body<'_>, TenantFileError> {
    if let Some(error) = read_object(&path, body)? {
        return Ok(error);
    }
    match body.get("value") {
        Some(Value::Array(rows)) => {
            let more = body.get("@odata.nextLink").is_some();
            Ok(Body::Rows { path, rows: rows.iter().collect(), indexed: true, more })
        }
        Some(other) => {
            Err(refused(&format!("{path}.value"), format!("a list expected, {} found", kind(other))))
        }
        None if is_single(family) => Ok(Body::Rows { path, rows: vec![body], indexed: false, more: false }),
        None => Err(refused(&path, "\"value\" is missing")),
    }
}

/// Refuses what is no object; Graph's error, if it is one.
fn read_object(path: &str, body: &Value) -> Result<Option<Body<'static>>, TenantFileError> {
    let Some(fields) = body.as_object() else {
        return Err(refused(path, format!("an object expected, {} found", kind(body))));
    };
    Ok(fields.get("error").and_then(Value::as_object).map(|error| {
        let text = |key: &str| error.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        Body::Error { code: text("code"), message: text("message") }
    }))
}

/// Families of which Graph gives the object itself.
fn is_single(family: FamilyName) -> bool {
    matches!(
        family,
        FamilyName::AuthorizationPolicy
            | FamilyName::AuthenticationMethodsPolicy
            | FamilyName::AdminConsentRequestPolicy
            | FamilyName::SecurityDefaults
            | FamilyName::DefaultAppManagementPolicy
            | FamilyName::Organization
            | FamilyName::CrossTenantAccessDefault
            | FamilyName::DeviceRegistrationPolicy
            | FamilyName::SharePointSettings
    )
}

fn failed_response<T: Row>(code: &str, message: &str) -> Family<T> {
    if code == "Authorization_RequestDenied" {
        return Family::denied(T::FAMILY.permission());
    }
    Family::failed(format!("Graph answered {code}: {message}"))
}

fn refused(path: &str, message: impl Into<String>) -> TenantFileError {
    TenantFileError { path: path.to_owned(), message: message.into() }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
