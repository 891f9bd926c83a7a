//! The bins: deleted directory objects and Conditional Access objects, kept for restoring.

use serde_json::{Value, json};

use super::{Rules, timestamp};
use crate::graph::GraphError;
use crate::resources::{Place, Resource};
use crate::tenant::{Object, Row, Tenant, text_of};

/// Bin of directory objects.
pub(crate) const DIRECTORY_BIN: &str = "/v1.0/directory/deletedItems";
/// Bin of Conditional Access policies.
pub(crate) const POLICY_BIN: &str = "/v1.0/identity/conditionalAccess/deletedItems/policies";
/// Bin of named locations.
pub(crate) const LOCATION_BIN: &str = "/v1.0/identity/conditionalAccess/deletedItems/namedLocations";

/// Days a deleted row can be restored.
const DAYS_KEPT: i64 = 30;

/// Takes out of the bins what has lain there too long.
pub(crate) fn purge(tenant: &mut Tenant) {
    let oldest = tenant.now() - chrono::TimeDelta::days(DAYS_KEPT);
    for bin in [DIRECTORY_BIN, POLICY_BIN, LOCATION_BIN] {
        let expired = |row: &Object| {
            let deleted = chrono::DateTime::parse_from_rfc3339(text_of(row, "deletedDateTime"));
            deleted.is_ok_and(|deleted| deleted < oldest)
        };
        let gone: Vec<String> =
            tenant.each(bin).filter(|row| expired(row)).map(|row| text_of(&row, "id").to_owned()).collect();
        for id in gone {
            tenant.take(bin, &id);
        }
    }
}

/// Puts a row that was taken out into the bin of its resource.
pub(crate) fn keep(tenant: &mut Tenant, resource: &Resource, row: &Object) {
    // The rules tell security groups from others; a switch may make them alike.
    let all = tenant.twin.switches.security_groups_go_to_bin;
    let Some(bin) = resource.bin.filter(|_| all || resource.rules.keeps_deleted(row)) else { return };
    let mut row = row.clone();
    row.insert("deletedDateTime".into(), timestamp(tenant));
    if bin == DIRECTORY_BIN {
        row.insert("@odata.type".into(), json!(format!("#microsoft.graph.{}", resource.entity)));
    }
    tenant.put(bin, row);
}

/// Puts a row of a bin back where it came from; gives the row.
pub(crate) fn restore(tenant: &mut Tenant, bin: &str, key: &str) -> Result<Object, GraphError> {
    let kind = tenant.find(bin, key).map(|row| text_of(&row, "@odata.type").to_owned());
    let Some(kind) = kind else { return Err(GraphError::not_found(key)) };
    let home = match (bin, kind.as_str()) {
        (POLICY_BIN, _) => super::conditional_access::POLICIES,
        (LOCATION_BIN, _) => "/v1.0/identity/conditionalAccess/namedLocations",
        (_, "#microsoft.graph.user") => super::directory::USERS,
        (_, "#microsoft.graph.group") => super::directory::GROUPS,
        (_, "#microsoft.graph.device") => "/v1.0/devices",
        (_, "#microsoft.graph.administrativeUnit") => "/v1.0/directory/administrativeUnits",
        (_, "#microsoft.graph.application") => super::applications::APPLICATIONS,
        (_, "#microsoft.graph.servicePrincipal") => "/v1.0/servicePrincipals",
        _ => return Err(GraphError::bad_request("Objects of this type cannot be restored.")),
    };
    let Some(mut row) = tenant.take(bin, key) else { return Err(GraphError::not_found(key)) };
    row.insert("deletedDateTime".into(), Value::Null);
    if bin == DIRECTORY_BIN {
        row.remove("@odata.type");
    }
    tenant.put(home, row.clone());
    Ok(row)
}

/// `directory/deletedItems/microsoft.graph.user` and its kind.
pub(crate) struct DeletedOfType(pub(crate) &'static str);

impl Rules for DeletedOfType {
    fn derive(&self, tenant: &Tenant, _place: &Place) -> Vec<Object> {
        let wanted = format!("#microsoft.graph.{}", self.0);
        tenant
            .each(DIRECTORY_BIN)
            .filter(|row| text_of(row, "@odata.type") == wanted)
            .map(Row::into_owned)
            .collect()
    }
}
