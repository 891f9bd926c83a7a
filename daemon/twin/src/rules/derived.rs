//! Collections that are worked out from others.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Rules;
use super::grants::DELEGATED;
use super::roles::{ASSIGNMENTS, DEFINITIONS};
use crate::resources::Place;
use crate::tenant::{Object, Row, Tenant, text_of};

/// Most objects of one transitive walk.
const MAX_WALK: usize = 100_000;

/// `groups/{id}/transitiveMembers`.
pub(crate) struct TransitiveMembers;

impl Rules for TransitiveMembers {
    fn derive(&self, tenant: &Tenant, place: &Place) -> Vec<Object> {
        let mut seen = BTreeSet::new();
        let mut waiting = vec![place.key(0).to_owned()];
        let mut members = Vec::new();
        while let Some(group) = waiting.pop() {
            for member in tenant.each(&format!("/v1.0/groups/{group}/members")) {
                let id = text_of(&member, "id").to_owned();
                if members.len() >= MAX_WALK || !seen.insert(id.to_ascii_lowercase()) {
                    continue;
                }
                if tenant.find("/v1.0/groups", &id).is_some() {
                    waiting.push(id);
                }
                members.push(member.into_owned());
            }
        }
        members
    }
}

/// `memberOf` of a user, group or service principal: groups and roles.
pub(crate) struct MemberOf;

impl Rules for MemberOf {
    fn derive(&self, tenant: &Tenant, place: &Place) -> Vec<Object> {
        let mut rows: Vec<Object> =
            parents(tenant, place.key(0)).iter().map(|id| reference("group", id)).collect();
        rows.extend(roles_of(tenant, place.key(0)));
        rows
    }
}

/// `transitiveMemberOf`.
pub(crate) struct TransitiveMemberOf;

impl Rules for TransitiveMemberOf {
    fn derive(&self, tenant: &Tenant, place: &Place) -> Vec<Object> {
        let mut seen = BTreeSet::new();
        let mut waiting = vec![place.key(0).to_owned()];
        let mut rows = roles_of(tenant, place.key(0));
        while let Some(id) = waiting.pop() {
            for group in parents(tenant, &id) {
                if seen.len() < MAX_WALK && seen.insert(group.to_ascii_lowercase()) {
                    rows.push(reference("group", &group));
                    waiting.push(group);
                }
            }
        }
        rows
    }
}

fn parents(tenant: &Tenant, id: &str) -> Vec<String> {
    let paths = tenant.paths_under("/v1.0/groups/");
    let lists = paths.into_iter().filter(|path| path.ends_with("/members"));
    lists
        .filter(|path| tenant.find(path, id).is_some())
        .filter_map(|path| path.split('/').nth(3).map(str::to_owned))
        .collect()
}

fn roles_of(tenant: &Tenant, id: &str) -> Vec<Object> {
    let held = tenant.each(ASSIGNMENTS).filter(|row| text_of(row, "principalId").eq_ignore_ascii_case(id));
    let definition = |row: Row<'_>| tenant.find(DEFINITIONS, text_of(&row, "roleDefinitionId"));
    held.filter(|row| text_of(row, "directoryScopeId") == "/")
        .filter_map(definition)
        .map(|row| role_row(&row))
        .collect()
}

fn reference(kind: &str, id: &str) -> Object {
    crate::tenant::object(json!({"@odata.type": format!("#microsoft.graph.{kind}"), "id": id}))
}

fn role_row(definition: &Object) -> Object {
    crate::tenant::object(json!({
        "@odata.type": "#microsoft.graph.directoryRole",
        "id": text_of(definition, "id"),
        "deletedDateTime": null,
        "description": definition.get("description"),
        "displayName": text_of(definition, "displayName"),
        "roleTemplateId": text_of(definition, "templateId"),
    }))
}

/// `directoryRoles`: the roles that have been activated, which here are those that are assigned.
pub(crate) struct DirectoryRoles;

impl Rules for DirectoryRoles {
    fn derive(&self, tenant: &Tenant, place: &Place) -> Vec<Object> {
        if tenant.rows(ASSIGNMENTS).is_none() {
            return tenant.each(&place.path).map(Row::into_owned).collect();
        }
        let assigned: BTreeSet<String> =
            tenant.each(ASSIGNMENTS).map(|row| text_of(&row, "roleDefinitionId").to_owned()).collect();
        let built_in = |row: &Row<'_>| row.get("isBuiltIn") == Some(&Value::Bool(true));
        tenant
            .each(DEFINITIONS)
            .filter(|row| assigned.contains(text_of(row, "id")))
            .filter(built_in)
            .map(|row| {
                let mut row = role_row(&row);
                row.remove("@odata.type");
                row
            })
            .collect()
    }
}

/// `directoryRoles/{id}/members`: who holds the role in the whole tenant.
pub(crate) struct RoleMembers;

impl Rules for RoleMembers {
    fn derive(&self, tenant: &Tenant, place: &Place) -> Vec<Object> {
        if tenant.rows(ASSIGNMENTS).is_none() {
            return tenant.each(&place.path).map(Row::into_owned).collect();
        }
        let holds = |row: &Row<'_>| {
            text_of(row, "roleDefinitionId").eq_ignore_ascii_case(place.key(0))
                && text_of(row, "directoryScopeId") == "/"
        };
        tenant
            .each(ASSIGNMENTS)
            .filter(holds)
            .map(|row| reference("directoryObject", text_of(&row, "principalId")))
            .collect()
    }
}

/// `servicePrincipals/{id}/oauth2PermissionGrants`.
pub(crate) struct GrantsOfClient;

impl Rules for GrantsOfClient {
    fn derive(&self, tenant: &Tenant, place: &Place) -> Vec<Object> {
        tenant
            .each(DELEGATED)
            .filter(|row| text_of(row, "clientId").eq_ignore_ascii_case(place.key(0)))
            .map(Row::into_owned)
            .collect()
    }
}
