//! Who holds which role: more Global Administrators than there should be, and one holder for most others.

use serde_json::json;

use super::people::{BREAK_GLASS, People};
use super::policies::GLOBAL_ADMINISTRATOR;
use crate::rules::roles::{ASSIGNMENTS, DEFINITIONS, activate, assignment_id};
use crate::tenant::{Tenant, object, text_of};

/// Permanent Global Administrators beside the break-glass accounts.
const GLOBAL_ADMINISTRATORS: u32 = 6;

/// Gives the first users their roles.
pub(super) fn fill(tenant: &mut Tenant, people: People) {
    let known: Vec<String> = tenant.each(DEFINITIONS).map(|row| text_of(&row, "id").to_owned()).collect();
    for index in 0..people.administrators() {
        let global = index < BREAK_GLASS + GLOBAL_ADMINISTRATORS;
        let role = known.get(index as usize % known.len().max(1)).filter(|_| !global);
        let role = role.map_or(GLOBAL_ADMINISTRATOR, String::as_str);
        let principal = people.id(index).to_string();
        let Ok(id) = assignment_id(role, &principal, "/") else { continue };
        let row = object(json!({
            "id": id,
            "principalId": principal,
            "roleDefinitionId": role,
            "directoryScopeId": "/",
            "principalOrganizationId": tenant.id,
            "condition": null,
        }));
        tenant.put(ASSIGNMENTS, row.clone());
        activate(tenant, &row);
    }
}
