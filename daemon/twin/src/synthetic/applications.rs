//! Applications with their credentials, and who owns them.

use serde_json::json;
use uuid::Uuid;

use super::identity::Kind;
use super::made::Generator;
use super::names::{PURPOSES, pick};
use super::people::{DOMAIN, People};
use super::row::{Cell, Sink, Stamp};
use crate::tenant::{Tenant, object};

const DAY: i64 = 86_400;

// Of a thousand applications, so many have a secret, a certificate, an owner; of a thousand secrets, so many
// have expired and so many last for longer than two years.
const WITH_SECRET: u64 = 550;
const WITH_CERTIFICATE: u64 = 150;
const WITH_OWNER: u64 = 780;
const EXPIRED: u64 = 180;
const LONG_LIVED: u64 = 120;

/// All applications of one tenant.
#[derive(Debug, Clone)]
pub(super) struct Applications {
    pub(super) people: People,
    pub(super) count: u32,
    /// Directory id.
    pub(super) tenant: String,
}

impl Applications {
    pub(super) fn new(people: People, count: u32, tenant: &str) -> Self {
        Self { people, count, tenant: tenant.to_owned() }
    }

    pub(super) fn app_id(&self, index: u32) -> Uuid {
        self.people.ids.id(Kind::AppId, index)
    }

    pub(super) fn purpose(&self, index: u32) -> &'static str {
        pick(&PURPOSES, self.people.ids.draw(Kind::Application, index, 1))
    }

    fn chance(&self, index: u32, purpose: u64, share: u64) -> bool {
        self.people.ids.chance(Kind::Application, index, purpose, share)
    }

    /// Start and end of a credential.
    fn life(&self, index: u32) -> (Stamp, Stamp) {
        let days = i64::try_from(self.people.ids.draw(Kind::Credential, index, 2) % 170).unwrap_or_default();
        let (start, end) = if self.chance(index, 3, EXPIRED) {
            (-365 - days, -days - 1)
        } else if self.chance(index, 4, LONG_LIVED) {
            (-days, 3 * 365 - days)
        } else {
            (-days, 180 - days)
        };
        (Stamp(self.people.now + start * DAY), Stamp(self.people.now + end * DAY))
    }

    fn secrets(&self, index: u32, sink: &mut dyn Sink) {
        if !self.chance(index, 5, WITH_SECRET) {
            return sink.put("passwordCredentials", Cell::Json(format_args!("[]")));
        }
        let (id, (start, end)) = (self.people.ids.id(Kind::Credential, index), self.life(index));
        sink.put(
            "passwordCredentials",
            Cell::Json(format_args!(
                "[{{\"customKeyIdentifier\":null,\"displayName\":\"production\",\"endDateTime\":\"{end}\",\
                 \"hint\":\"x7Q\",\"keyId\":\"{id}\",\"secretText\":null,\"startDateTime\":\"{start}\"}}]"
            )),
        );
    }

    fn certificates(&self, index: u32, sink: &mut dyn Sink) {
        if !self.chance(index, 6, WITH_CERTIFICATE) {
            return sink.put("keyCredentials", Cell::Json(format_args!("[]")));
        }
        let (id, (start, end)) = (self.people.ids.id(Kind::Credential, index), self.life(index));
        sink.put(
            "keyCredentials",
            Cell::Json(format_args!(
                "[{{\"customKeyIdentifier\":null,\"displayName\":\"CN=app{index}\",\"endDateTime\":\"{end}\",\
                 \"key\":null,\"keyId\":\"{id}\",\"startDateTime\":\"{start}\",\
                 \"type\":\"AsymmetricX509Cert\",\"usage\":\"Verify\"}}]"
            )),
        );
    }
}

impl Generator for Applications {
    fn count(&self) -> usize {
        self.count as usize
    }

    fn position(&self, key: &str) -> Option<usize> {
        self.people.ids.position(Kind::Application, key, self.count)
    }

    fn indexed(&self) -> &'static [&'static str] {
        &["appId"]
    }

    fn position_by(&self, _property: &str, value: &str) -> Option<usize> {
        self.people.ids.position(Kind::AppId, value, self.count)
    }

    fn make(&self, position: usize, sink: &mut dyn Sink) {
        let index = u32::try_from(position).unwrap_or_default();
        let age =
            i64::try_from(self.people.ids.draw(Kind::Application, index, 7) % 2_000).unwrap_or_default();
        let empty = || Cell::Json(format_args!("[]"));
        sink.put("appId", Cell::Text(format_args!("{}", self.app_id(index))));
        sink.put("appRoles", empty());
        let created = Stamp(self.people.now - (age + 400) * DAY);
        sink.put("createdDateTime", Cell::Text(format_args!("{created}")));
        sink.put("deletedDateTime", Cell::Null);
        sink.put("description", Cell::Null);
        sink.put("displayName", Cell::Text(format_args!("{} {index}", self.purpose(index))));
        sink.put("id", Cell::Text(format_args!("{}", self.people.ids.id(Kind::Application, index))));
        sink.put("identifierUris", empty());
        self.certificates(index, sink);
        self.secrets(index, sink);
        sink.put("publicClient", Cell::Json(format_args!("{{\"redirectUris\":[]}}")));
        sink.put("publisherDomain", Cell::Text(format_args!("{DOMAIN}")));
        sink.put("requiredResourceAccess", empty());
        let several = self.chance(index, 8, 60);
        let audience = if several { "AzureADMultipleOrgs" } else { "AzureADMyOrg" };
        sink.put("signInAudience", Cell::Text(format_args!("{audience}")));
        sink.put("spa", Cell::Json(format_args!("{{\"redirectUris\":[]}}")));
        sink.put("tags", empty());
        sink.put(
            "web",
            Cell::Json(format_args!(
                "{{\"homePageUrl\":null,\"logoutUrl\":null,\"redirectUris\":[\"https://app{index}.contoso.example/signin\"]}}"
            )),
        );
    }
}

/// Gives most applications an owner.
pub(super) fn own(tenant: &mut Tenant, people: People, applications: u32) {
    for index in 0..applications {
        if !people.ids.chance(Kind::Application, index, 9, WITH_OWNER) {
            continue;
        }
        let draw = people.ids.draw(Kind::Application, index, 10) % u64::from(people.count);
        let owner = people.id(u32::try_from(draw).unwrap_or_default());
        let path = format!("/v1.0/applications/{}/owners", people.ids.id(Kind::Application, index));
        tenant.seed(&path, vec![object(json!({"@odata.type": "#microsoft.graph.user", "id": owner}))]);
    }
}
