//! The check kinds as control files state them; [`crate::checks`] carries them out.

pub use super::policy_check::{
    Applications, Audience, Controls, Devices, Dimension, Grant, Place, PolicyCheck, Requirement, Session,
};

use crate::{checks::cel::Predicate, snapshot::FamilyName};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use trueconfig_common::verdict::Verdict;

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
    /// What a person must confirm.
    Attested(AttestedCheck),
    /// What Graph does not show.
    Source(SourceCheck),
}

impl Check {
    /// Families that are read on demand only and that this check needs.
    pub fn on_demand(&self) -> Vec<FamilyName> {
        let families = match self {
            Self::Setting(check) => vec![check.family],
            Self::Each(check) => vec![check.family],
            Self::Count(check) => vec![check.family],
            Self::Policy(_) | Self::Attested(_) | Self::Source(_) => Vec::new(),
            Self::Rule(rule) => crate::checks::rules::on_demand(*rule).to_vec(),
        };
        families.into_iter().filter(|family| family.is_on_demand()).collect()
    }
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

/// What a person must confirm again and again.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttestedCheck {
    /// What is to be confirmed, in words.
    pub statement: String,
    /// How long a confirmation counts, in days.
    pub days: u32,
}

/// What v1.0 of Graph does not show: nothing can be decided, and there is guidance only.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceCheck {
    /// Why, in words.
    pub reason: String,
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
    /// A parameter with the values that will do, in place of `accepted`; its first is the one to set.
    #[serde(default)]
    pub accepted_parameter: Option<String>,
    /// All values that are understood; any other is an error. Empty means no limit.
    #[serde(default)]
    pub known: Vec<Value>,
    /// For a list: the only entries that will do; a trailing `*` stands for any ending.
    #[serde(default)]
    pub only: Vec<String>,
    /// For a list: entries that will not do; a trailing `*` stands for any ending.
    #[serde(default)]
    pub never: Vec<String>,
    /// For a list: a parameter with further entries that will do.
    #[serde(default)]
    pub only_parameter: Option<String>,
    /// For a list: the fewest entries.
    #[serde(default)]
    pub at_least: Option<usize>,
    /// For a number: the greatest.
    #[serde(default)]
    pub at_most: Option<i64>,
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
    /// Values by field: an object with another value there is passed over before any predicate is run.
    pub among: BTreeMap<String, Vec<Value>>,
    /// Which objects are judged; all if none.
    pub only_if: Option<Predicate>,
    /// What must hold for each.
    pub require: Predicate,
    /// What is expected, in words.
    pub expected: String,
    /// What is said about one that does not do.
    pub detail: String,
    /// The verdict if one does not do: `fail`, or `warning` where it is no more than that.
    pub otherwise: Verdict,
}

/// The number of objects of a family.
#[derive(Clone, Debug)]
pub struct CountCheck {
    /// The family.
    pub family: FamilyName,
    /// As in [`EachCheck::among`].
    pub among: BTreeMap<String, Vec<Value>>,
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
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
    /// Nobody from outside gets in with a code sent by e-mail (EXT-23).
    EmailPasscode,
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
    /// Guessing is stopped (ID-05).
    SmartLockout,
    /// Words of the organisation are banned (ID-23).
    BannedPasswords,
    /// Banned passwords are refused on-premises too (ID-24).
    OnPremisesPasswords,
    /// Privileged accounts carry no productivity licence.
    PrivilegedLicences,
    /// Privileged accounts are mastered in the cloud.
    PrivilegedSynchronised,
    /// No guest holds a privileged role.
    PrivilegedGuests,
    /// Privileged accounts sign in.
    PrivilegedInUse,
    /// No service principal is Global Administrator.
    AdministratorServicePrincipals,
    /// Directory-sync accounts hold no other role.
    SyncAccountRoles,
    /// There are not more Global Administrators than other privileged users.
    LeastPrivilege,
    /// Holders of privileged roles are on a list.
    ApprovedRoleHolders,
    /// Only break-glass accounts are Global Administrator for good.
    PermanentAdministrators,
    /// Privileged roles are activated when they are needed.
    JustInTimeRoles,
    /// Privileged roles are assigned through Privileged Identity Management.
    AssignedOutsidePim,
    /// Break-glass accounts have a FIDO2 key.
    BreakGlassKeys,
    /// Activating Global Administrator needs approval.
    AdministratorApproval,
    /// Activating Privileged Role Administrator needs approval.
    RoleAdministratorApproval,
    /// Assigning a highly privileged role tells somebody.
    AssignmentAlerts,
    /// Activating Global Administrator tells somebody.
    AdministratorAlerts,
    /// Activating another highly privileged role tells somebody.
    ActivationAlerts,
    /// Role-assignable groups are held closely.
    RoleGroupOwners,
    /// A dynamic group of all guests exists.
    GuestGroup,
    /// Names of groups match a pattern.
    GroupNaming,
    /// Flagged roles of the organisation's own applications are declared.
    InternalAppRoles,
    /// Flagged roles of others' applications are declared.
    ForeignAppRoles,
    /// What leads to Global Administrator uses no secrets.
    TierZeroSecrets,
    /// What leads to Global Administrator is owned by the highly privileged.
    TierZeroOwners,
    /// Flagged permissions granted for everybody are declared.
    TenantWideGrants,
    /// Secrets of service principals end in time.
    ServicePrincipalSecrets,
    /// Service principals are used.
    UnusedServicePrincipals,
    /// Applications that could federate use no secrets.
    FederationCandidates,
    /// Redirect URIs are safe.
    SafeRedirects,
    /// New secrets are forbidden or limited.
    NewSecrets,
    /// New certificates are limited.
    NewCertificates,
    /// No inbox rule sends mail outside.
    MailForwarding,
    /// Enabled guests sign in.
    StaleGuests,
    /// Enabled members sign in, with a warning first.
    StaleUsersWarned,
    /// Enabled devices were seen lately (GOV-31).
    StaleDevices,
    /// Guests' access is reviewed or expires.
    GuestExpiry,
    /// Guests are reviewed again and again.
    GuestReviews,
    /// Privileged roles are reviewed often enough.
    PrivilegedReviews,
    /// There are licences for everybody who needs them.
    LicenceUnits,
    /// Users may not create Microsoft 365 groups.
    GroupCreation,
    /// The last synchronisation is recent.
    SyncAge,
    /// Synchronisation takes over no object of the cloud.
    SyncTakeover,
    /// Idle sessions end in time.
    IdleSessions,
    /// Audit logs are written.
    AuditLog,
    /// Sign-in logs are written.
    SignInLog,
}
