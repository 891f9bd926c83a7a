//! Requirements on Conditional Access as control files state them; [`crate::checks::policy`]
//! holds a tenant's policies against them.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Requirements on Conditional Access; all must be met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyCheck {
    /// The requirements; at least one.
    pub requirements: Vec<Requirement>,
}

/// A requirement on Conditional Access: who, on what, under which conditions, what is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    /// Who must be covered.
    pub users: Audience,
    /// What must be covered.
    pub applications: Applications,
    /// Values of conditions that must be covered; a condition that is not named here must not
    /// narrow a policy. All clients must be covered unless some are named.
    #[serde(default)]
    pub conditions: BTreeMap<Dimension, Vec<String>>,
    /// Clients beyond these disqualify a policy; none means that any may be covered.
    #[serde(default)]
    pub only_clients: Vec<String>,
    /// From where; from everywhere if none.
    #[serde(default)]
    pub place: Option<Place>,
    /// On which devices; on all if none.
    #[serde(default)]
    pub devices: Option<Devices>,
    /// What must be asked for: any one of these.
    pub any: Vec<Controls>,
}

/// Who a requirement is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// All users.
    All,
    /// Everyone with a privileged role.
    PrivilegedRoles,
    /// Everyone with a highly privileged role.
    HighlyPrivilegedRoles,
    /// Guests of every type.
    Guests,
    /// Service principals; which, only the organisation knows.
    ServicePrincipals,
}

/// What a requirement is about.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Applications {
    /// All applications.
    All,
    /// Each of these: client ids, `Office365`, `MicrosoftAdminPortals`, or a user action such as
    /// `urn:user:registerdevice`.
    Each(Vec<String>),
}

/// A condition with a closed set of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Dimension {
    /// Kinds of clients.
    Clients,
    /// Platforms of devices; `unknown` stands for those that Entra cannot tell.
    Platforms,
    /// Risk of the sign-in.
    SignInRisk,
    /// Risk of the user.
    UserRisk,
    /// Insider risk.
    InsiderRisk,
    /// Authentication flows.
    Flows,
}

/// A place that sign-ins come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Everywhere but locations held to be trusted.
    Untrusted,
    /// Some countries, whichever; named by a country location.
    Countries,
}

/// Devices that a requirement is limited to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Devices {
    /// Neither compliant nor hybrid joined.
    Unmanaged,
}

/// What may be asked for, all of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Controls {
    /// Before access is granted.
    #[serde(default)]
    pub grant: Vec<Grant>,
    /// Controls that may stand beside by operator OR though they do not count by themselves.
    #[serde(default)]
    pub beside: Vec<Grant>,
    /// During the session.
    #[serde(default)]
    pub session: Vec<Session>,
    /// From where this will do; from where the requirement says if none.
    #[serde(default)]
    pub place: Option<Place>,
}

/// What is asked for before access is granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Grant {
    /// No access.
    Block,
    /// A second factor, by the built-in control or by a strength.
    Mfa,
    /// A strength of which every combination resists phishing.
    PhishingResistant,
    /// A strength of FIDO2 and nothing else.
    Fido2,
    /// A device that its management calls compliant.
    CompliantDevice,
    /// A device that is hybrid joined.
    HybridJoinedDevice,
    /// An application on Microsoft's list, no longer enforced.
    ApprovedApplication,
    /// An application with a protection policy.
    CompliantApplication,
    /// A new password.
    PasswordChange,
    /// Whatever lowers the risk.
    RiskRemediation,
    /// Anything at all.
    Anything,
}

/// What is asked for during the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Session {
    /// A fresh sign-in every time.
    EveryTime,
    /// A fresh sign-in after this many hours at most.
    Hours(u32),
    /// A browser session that ends with the browser.
    NotPersistent,
    /// Restrictions that the application enforces.
    ApplicationEnforced,
    /// Tokens bound to their device.
    TokenProtection,
}

impl Dimension {
    /// Graph's field below `conditions`.
    pub fn field(self) -> &'static str {
        match self {
            Self::Clients => "clientAppTypes",
            Self::Platforms => "platforms",
            Self::SignInRisk => "signInRiskLevels",
            Self::UserRisk => "userRiskLevels",
            Self::InsiderRisk => "insiderRiskLevels",
            Self::Flows => "authenticationFlows",
        }
    }

    /// Its values in words, for sentences.
    pub fn words(self) -> &'static str {
        match self {
            Self::Clients => "client types",
            Self::Platforms => "platforms",
            Self::SignInRisk => "sign-in risk levels",
            Self::UserRisk => "user risk levels",
            Self::InsiderRisk => "insider risk levels",
            Self::Flows => "authentication flows",
        }
    }

    /// All its values, named as Graph does, those aside that stand for all.
    pub fn values(self) -> &'static [&'static str] {
        match self {
            Self::Clients => &["browser", "mobileAppsAndDesktopClients", "exchangeActiveSync", "other"],
            Self::Platforms => &["android", "iOS", "windows", "windowsPhone", "macOS", "linux", "unknown"],
            Self::SignInRisk | Self::UserRisk => &["low", "medium", "high", "hidden", "none"],
            Self::InsiderRisk => &["minor", "moderate", "elevated"],
            Self::Flows => &["deviceCodeFlow", "authenticationTransfer"],
        }
    }
}

impl Requirement {
    /// What is wrong with it, in a sentence.
    pub(super) fn problem(&self) -> Option<String> {
        let clients = self.only_clients.iter().map(|value| (Dimension::Clients, value));
        let named =
            self.conditions.iter().flat_map(|(dimension, values)| values.iter().map(|v| (*dimension, v)));
        let unknown =
            named.chain(clients).find(|(dimension, value)| !dimension.values().contains(&value.as_str()));
        if let Some((dimension, value)) = unknown {
            let known = dimension.values().join(", ");
            return Some(format!("\"{value}\" is none of the {}: {known}", dimension.words()));
        }
        let nothing = |controls: &Controls| controls.grant.is_empty() && controls.session.is_empty();
        (self.any.is_empty() || self.any.iter().any(nothing))
            .then(|| "a requirement asks for something: \"grant\" or \"session\"".to_owned())
    }
}
