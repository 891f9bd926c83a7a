//! The check kinds as control files state them; [`crate::checks`] carries them out.

pub use super::policy_check::{
    Applications, Audience, Controls, Devices, Dimension, Grant, Place, PolicyCheck, Requirement, Session,
};

use crate::{checks::cel::Predicate, snapshot::FamilyName};
use serde::Deserialize;
use serde_json::Value;

/// How a control is judged.
#[derive(Clone, Debug)]
pub enum Check {
    /// Values of a policy of which the tenant has one.
    Setting(SettingCheck),
    /// Requirements on Conditional Access.
    Policy(PolicyCheck),
    /// Every object of a family.
    Each(EachCheck),
    /// The number of objects of a family.
    Count(CountCheck),
    /// A function of this crate.
    Rule(Rule),
}

/// Values of a policy of which the tenant has one; all must be met.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SettingCheck {
    /// The policy.
    pub family: FamilyName,
    /// What is required of it.
    pub require: Vec<SettingRequirement>,
}

/// What is required of one value.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SettingRequirement {
    /// Dotted path of the value, and where it stands in the file.
    pub path: toml::Spanned<String>,
    /// What the value is, in words.
    pub label: String,
    /// Values that will do.
    #[serde(default)]
    pub accepted: Vec<Value>,
    /// All values that are understood; any other is an error. Empty means no limit.
    #[serde(default)]
    pub known: Vec<Value>,
    /// For a list: the only entries that will do; a trailing `*` stands for any ending.
    #[serde(default)]
    pub only: Vec<String>,
    /// For a list: a parameter with further entries that will do.
    #[serde(default)]
    pub only_parameter: Option<String>,
    /// For a list: the fewest entries.
    #[serde(default)]
    pub at_least: Option<usize>,
    /// The value to set; for `only` the list without what is not allowed.
    #[serde(default)]
    pub set: Option<Value>,
}

/// Every object of a family.
#[derive(Clone, Debug)]
pub struct EachCheck {
    /// The family.
    pub family: FamilyName,
    /// A list inside the object whose entries are judged one by one.
    pub items: Option<String>,
    /// Which objects are judged; all if none.
    pub only_if: Option<Predicate>,
    /// What must hold for each.
    pub require: Predicate,
    /// What is expected, in words.
    pub expected: String,
    /// What is said about one that does not do.
    pub detail: String,
}

/// The number of objects of a family.
#[derive(Clone, Debug)]
pub struct CountCheck {
    /// The family.
    pub family: FamilyName,
    /// Which objects count; all if none.
    pub only_if: Option<Predicate>,
    /// The fewest.
    pub at_least: Option<usize>,
    /// The most.
    pub at_most: Option<usize>,
    /// What is counted, in words.
    pub label: String,
}

/// Functions of this crate; their parameters stand under `[parameters]` of the control file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// Permanent Global Administrators are few (D13).
    LimitGlobalAdministrators,
    /// Emergency access accounts exist and can get in.
    EmergencyAccess,
    /// Members have registered a second factor.
    MfaRegistration,
    /// Enabled members sign in.
    StaleUsers,
    /// Members have a passkey (ID-07).
    Passkeys,
    /// Methods are managed in one place (ID-06).
    MethodsMigration,
    /// Weak methods are off (ID-20).
    WeakMethods,
    /// Authenticator shows what is asked for (ID-21).
    AuthenticatorContext,
    /// A Temporary Access Pass works once (ID-27).
    TemporaryAccessPass,
    /// FIDO2 keys prove their make (ID-28).
    Fido2Attestation,
    /// People are asked to register better methods (ID-31).
    RegistrationCampaign,
    /// Certificates are two factors (ID-32).
    Certificates,
    /// Members can reset their password (ID-03).
    SelfServiceReset,
    /// Security defaults, or Conditional Access (ID-26).
    SecurityDefaults,
    /// Directory synchronisation is left out (CA-30).
    SyncExclusion,
    /// What policies name exists (CA-31).
    DanglingReferences,
    /// What one policy leaves out another covers (CA-32).
    ExclusionGaps,
    /// Groups in policies are protected (CA-33).
    ProtectedGroups,
}
