//! Registration details: one row for each user, about the same person.

use super::made::Generator;
use super::people::People;
use super::row::{Cell, Sink, Stamp};

/// The registration details of everybody.
pub(super) struct Details(pub(super) People);

impl Generator for Details {
    fn count(&self) -> usize {
        self.0.count()
    }

    fn position(&self, key: &str) -> Option<usize> {
        self.0.position(key)
    }

    fn indexed(&self) -> &'static [&'static str] {
        self.0.indexed()
    }

    fn position_by(&self, property: &str, value: &str) -> Option<usize> {
        self.0.position_by(property, value)
    }

    fn make(&self, position: usize, sink: &mut dyn Sink) {
        let person = self.0.person(u32::try_from(position).unwrap_or_default());
        let passwordless = person.break_glass();
        let methods = match (passwordless, person.multifactor) {
            (true, _) => "[\"fido2SecurityKey\"]",
            (false, true) => "[\"microsoftAuthenticatorPush\",\"softwareOneTimePasscode\"]",
            (false, false) => "[]",
        };
        sink.put("id", Cell::Text(format_args!("{}", person.id)));
        sink.put("isAdmin", Cell::Flag(person.administrator));
        sink.put("isMfaCapable", Cell::Flag(person.multifactor));
        sink.put("isMfaRegistered", Cell::Flag(person.multifactor));
        sink.put("isPasswordlessCapable", Cell::Flag(passwordless));
        sink.put("isSsprCapable", Cell::Flag(person.multifactor));
        sink.put("isSsprEnabled", Cell::Flag(true));
        sink.put("isSsprRegistered", Cell::Flag(person.multifactor));
        sink.put("isSystemPreferredAuthenticationMethodEnabled", Cell::Flag(true));
        sink.put("lastUpdatedDateTime", Cell::Text(format_args!("{}", Stamp(self.0.now))));
        sink.put("methodsRegistered", Cell::Json(format_args!("{methods}")));
        sink.put("systemPreferredAuthenticationMethods", Cell::Json(format_args!("[]")));
        person.display("userDisplayName", sink);
        sink.put("userPreferredMethodForSecondaryAuthentication", Cell::Text(format_args!("push")));
        person.principal_name("userPrincipalName", sink);
        let kind = if person.guest { "guest" } else { "member" };
        sink.put("userType", Cell::Text(format_args!("{kind}")));
    }
}
