//! Service principals: one for each application, then those of other publishers.

use uuid::Uuid;

use super::applications::Applications;
use super::identity::Kind;
use super::made::Generator;
use super::row::{Cell, Sink};

/// Publishers of the applications that are not the tenant's own.
const PUBLISHERS: u32 = 400;
/// Of a thousand service principals, so many are disabled.
const DISABLED: u64 = 40;

/// All service principals of one tenant.
pub(super) struct Principals {
    apps: Applications,
    count: u32,
}

impl Principals {
    pub(super) fn new(apps: Applications, count: u32) -> Self {
        Self { apps, count }
    }

    fn id(&self, index: u32) -> Uuid {
        self.apps.people.ids.id(Kind::ServicePrincipal, index)
    }

    fn publisher(&self, index: u32, sink: &mut dyn Sink) {
        let name = "appOwnerOrganizationId";
        if index < self.apps.count {
            return sink.put(name, Cell::Text(format_args!("{}", self.apps.tenant)));
        }
        let publisher = self.apps.people.ids.id(Kind::Publisher, index % PUBLISHERS);
        sink.put(name, Cell::Text(format_args!("{publisher}")));
    }
}

impl Generator for Principals {
    fn count(&self) -> usize {
        self.count as usize
    }

    fn position(&self, key: &str) -> Option<usize> {
        self.apps.people.ids.position(Kind::ServicePrincipal, key, self.count)
    }

    fn indexed(&self) -> &'static [&'static str] {
        &["appId"]
    }

    fn position_by(&self, _property: &str, value: &str) -> Option<usize> {
        self.apps.people.ids.position(Kind::AppId, value, self.count)
    }

    fn make(&self, position: usize, sink: &mut dyn Sink) {
        let index = u32::try_from(position).unwrap_or_default();
        let (app_id, purpose) = (self.apps.app_id(index), self.apps.purpose(index));
        let empty = || Cell::Json(format_args!("[]"));
        let disabled = self.apps.people.ids.chance(Kind::ServicePrincipal, index, 1, DISABLED);
        sink.put("accountEnabled", Cell::Flag(!disabled));
        sink.put("appDisplayName", Cell::Text(format_args!("{purpose} {index}")));
        sink.put("appId", Cell::Text(format_args!("{app_id}")));
        self.publisher(index, sink);
        sink.put("appRoleAssignmentRequired", Cell::Flag(false));
        sink.put("appRoles", empty());
        sink.put("deletedDateTime", Cell::Null);
        sink.put("description", Cell::Null);
        sink.put("displayName", Cell::Text(format_args!("{purpose} {index}")));
        sink.put("id", Cell::Text(format_args!("{}", self.id(index))));
        sink.put("keyCredentials", empty());
        sink.put("oauth2PermissionScopes", empty());
        sink.put("passwordCredentials", empty());
        sink.put("replyUrls", empty());
        sink.put("servicePrincipalNames", Cell::Json(format_args!("[\"{app_id}\"]")));
        sink.put("servicePrincipalType", Cell::Text(format_args!("Application")));
        sink.put("tags", Cell::Json(format_args!("[\"WindowsAzureActiveDirectoryIntegratedApp\"]")));
    }
}
