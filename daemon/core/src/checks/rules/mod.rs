//! Rules: requirements that neither settings nor predicates can express, or that are too hot for
//! them. Each stands in its own file with the function that remedies use.

mod access_reviews;
mod app_credentials;
mod app_grants;
mod app_management;
mod authentication_methods;
mod dangling_references;
mod directory_settings;
mod emergency_access;
mod exclusion_gaps;
mod expectation;
mod global_administrators;
mod groups;
mod just_in_time;
mod logs;
mod mail_forwarding;
mod mfa_registration;
mod organisation;
mod privileged_accounts;
mod protected_groups;
mod registered_methods;
mod role_holders;
mod role_settings;
mod security_defaults;
mod stale_devices;
mod stale_users;
mod sync_exclusion;
mod tally;

pub use authentication_methods::method;
pub use directory_settings::{BannedWords, PASSWORD_RULES};
pub use emergency_access::{BreakGlassGap, break_glass_gaps};
pub use expectation::{Expectation, Expected};
pub use global_administrators::{Excess, excess, global_administrators};
pub use mfa_registration::{Registration, mfa_registration};
pub use organisation::GROUP_UNIFIED;
pub use role_settings::{APPROVAL, Approval, ROLE_ADMINISTRATOR, Recipients, approvers};
pub use stale_users::{Silence, StaleUser, StaleUsers, Whose, stale_users};

use super::{Context, Finding, Question};
use crate::{
    baseline::{Parameters, check::Rule},
    snapshot::{FamilyName, Unreadable},
};
use serde::{Deserialize, de::DeserializeOwned};
use trueconfig_common::verdict::Verdict;

/// A rule without parameters.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NoParameters {}

/// Carries out a rule.
pub(super) fn judge(question: &Question<'_, '_>, rule: Rule) -> Result<Finding, Unreadable> {
    match rule {
        Rule::LimitGlobalAdministrators => with(question, global_administrators::judge),
        Rule::EmergencyAccess => with(question, emergency_access::judge),
        Rule::MfaRegistration => with(question, mfa_registration::judge),
        Rule::Passkeys => with(question, registered_methods::passkeys),
        Rule::MethodsMigration
        | Rule::WeakMethods
        | Rule::AuthenticatorContext
        | Rule::TemporaryAccessPass
        | Rule::Fido2Attestation
        | Rule::RegistrationCampaign
        | Rule::Certificates
        | Rule::EmailPasscode
        | Rule::SmartLockout
        | Rule::BannedPasswords
        | Rule::OnPremisesPasswords => expectation::told(question, expected(rule, question.context)),
        Rule::SelfServiceReset => registered_methods::self_service_reset(question),
        Rule::SecurityDefaults => security_defaults::judge(question),
        Rule::SyncExclusion => sync_exclusion::judge(question),
        Rule::DanglingReferences => dangling_references::judge(question),
        Rule::ExclusionGaps => exclusion_gaps::judge(question),
        Rule::ProtectedGroups => protected_groups::judge(question),
        Rule::StaleUsers => with(question, stale_users::members),
        Rule::PrivilegedLicences => with(question, privileged_accounts::licences),
        Rule::PrivilegedSynchronised => with(question, privileged_accounts::synchronised),
        Rule::PrivilegedGuests => with(question, privileged_accounts::guests),
        Rule::PrivilegedInUse => with(question, privileged_accounts::in_use),
        Rule::AdministratorServicePrincipals => with(question, role_holders::service_principals),
        Rule::SyncAccountRoles => with(question, role_holders::sync_accounts),
        Rule::LeastPrivilege => with(question, role_holders::least_privilege),
        Rule::ApprovedRoleHolders => with(question, role_holders::approved),
        Rule::PermanentAdministrators => with(question, just_in_time::administrators),
        Rule::JustInTimeRoles => with(question, just_in_time::all_roles),
        Rule::AssignedOutsidePim => with(question, just_in_time::outside),
        Rule::BreakGlassKeys => with(question, just_in_time::keys),
        Rule::AdministratorApproval => with(question, role_settings::approval_of_administrators),
        Rule::RoleAdministratorApproval => with(question, role_settings::approval_of_role_administrators),
        Rule::AssignmentAlerts => with(question, role_settings::alerts_of_assignments),
        Rule::AdministratorAlerts => with(question, role_settings::alerts_of_administrators),
        Rule::ActivationAlerts => with(question, role_settings::alerts_of_others),
        Rule::RoleGroupOwners => with(question, groups::owners),
        Rule::GuestGroup => with(question, groups::guests),
        Rule::GroupNaming => with(question, groups::naming),
        Rule::InternalAppRoles => with(question, app_grants::internal),
        Rule::ForeignAppRoles => with(question, app_grants::foreign),
        Rule::TierZeroSecrets => with(question, app_grants::tier_zero_secrets),
        Rule::TierZeroOwners => with(question, app_grants::tier_zero_owners),
        Rule::TenantWideGrants => with(question, app_grants::tenant_wide),
        Rule::ServicePrincipalSecrets => with(question, app_credentials::hygiene),
        Rule::UnusedServicePrincipals => with(question, app_credentials::unused),
        Rule::FederationCandidates => with(question, app_credentials::federation),
        Rule::SafeRedirects => with(question, app_credentials::redirects),
        Rule::NewSecrets => with(question, app_management::secrets),
        Rule::NewCertificates => with(question, app_management::certificates),
        Rule::MailForwarding => with(question, mail_forwarding::judge),
        Rule::StaleGuests => with(question, stale_users::guests),
        Rule::StaleUsersWarned => with(question, stale_users::warned),
        Rule::StaleDevices => with(question, stale_devices::judge),
        Rule::GuestExpiry => with(question, access_reviews::guest_expiry),
        Rule::GuestReviews => with(question, access_reviews::guests),
        Rule::PrivilegedReviews => with(question, access_reviews::privileged_roles),
        Rule::LicenceUnits => with(question, organisation::licences),
        Rule::GroupCreation => with(question, organisation::group_creation),
        Rule::SyncAge => with(question, organisation::sync_age),
        Rule::SyncTakeover => with(question, organisation::takeover),
        Rule::IdleSessions => with(question, organisation::idle_sessions),
        Rule::AuditLog => with(question, logs::audits),
        Rule::SignInLog => with(question, logs::sign_ins),
    }
}

/// What a rule over settings expects of the tenant, value by value: what would do is also what to set.
///
/// # Errors
/// [`Unreadable`] if what it looks at was not read, or the rule is about something else.
pub fn expected(rule: Rule, context: &Context<'_>) -> Result<Expected, Unreadable> {
    match rule {
        Rule::MethodsMigration => authentication_methods::migration(context),
        Rule::WeakMethods => authentication_methods::weak_methods(context),
        Rule::AuthenticatorContext => authentication_methods::authenticator_context(context),
        Rule::TemporaryAccessPass => authentication_methods::temporary_access_pass(context),
        Rule::Fido2Attestation => authentication_methods::fido2_attestation(context),
        Rule::RegistrationCampaign => authentication_methods::registration_campaign(context),
        Rule::Certificates => authentication_methods::certificates(context),
        Rule::EmailPasscode => authentication_methods::email_passcode(context),
        Rule::SmartLockout => directory_settings::smart_lockout(context),
        Rule::BannedPasswords => directory_settings::banned_passwords(context),
        Rule::OnPremisesPasswords => directory_settings::on_premises_passwords(context),
        _ => Ok(Expected::settled(Verdict::Error, "this rule names no settings")),
    }
}

/// Checks parameters against a rule's own type, when a control file is read.
///
/// # Errors
/// A sentence that says what is wrong.
pub fn check_parameters(rule: Rule, parameters: &Parameters) -> Result<(), String> {
    match rule {
        Rule::LimitGlobalAdministrators => typed::<global_administrators::Limits>(parameters).map(drop),
        Rule::EmergencyAccess => typed::<emergency_access::Limits>(parameters).map(drop),
        Rule::MfaRegistration => typed::<mfa_registration::Limits>(parameters).map(drop),
        Rule::StaleUsers => typed::<stale_users::Limits>(parameters).map(drop),
        Rule::Passkeys => typed::<registered_methods::Limits>(parameters).map(drop),
        Rule::MethodsMigration
        | Rule::WeakMethods
        | Rule::AuthenticatorContext
        | Rule::TemporaryAccessPass
        | Rule::Fido2Attestation
        | Rule::RegistrationCampaign
        | Rule::Certificates
        | Rule::SelfServiceReset
        | Rule::SecurityDefaults
        | Rule::SyncExclusion
        | Rule::DanglingReferences
        | Rule::ExclusionGaps
        | Rule::ProtectedGroups
        | Rule::EmailPasscode
        | Rule::SmartLockout
        | Rule::OnPremisesPasswords
        | Rule::PrivilegedLicences
        | Rule::PrivilegedSynchronised
        | Rule::PrivilegedGuests
        | Rule::AdministratorServicePrincipals
        | Rule::SyncAccountRoles
        | Rule::LeastPrivilege
        | Rule::PermanentAdministrators
        | Rule::AssignedOutsidePim
        | Rule::BreakGlassKeys
        | Rule::GuestGroup
        | Rule::InternalAppRoles
        | Rule::ForeignAppRoles
        | Rule::TierZeroSecrets
        | Rule::TierZeroOwners
        | Rule::TenantWideGrants
        | Rule::SafeRedirects
        | Rule::MailForwarding
        | Rule::GuestReviews
        | Rule::GroupCreation
        | Rule::SyncTakeover => typed::<NoParameters>(parameters).map(drop),
        Rule::BannedPasswords => typed::<BannedWords>(parameters).map(drop),
        Rule::AssignmentAlerts | Rule::AdministratorAlerts | Rule::ActivationAlerts => {
            typed::<role_settings::Recipients>(parameters).map(drop)
        }
        Rule::PrivilegedInUse => typed::<privileged_accounts::Silence>(parameters).map(drop),
        Rule::ApprovedRoleHolders => typed::<role_holders::Approved>(parameters).map(drop),
        Rule::JustInTimeRoles => typed::<just_in_time::Activation>(parameters).map(drop),
        Rule::AdministratorApproval => typed::<role_settings::Approval>(parameters).map(drop),
        Rule::RoleAdministratorApproval => typed::<role_settings::Approval>(parameters).map(drop),
        Rule::RoleGroupOwners => typed::<groups::Owners>(parameters).map(drop),
        Rule::GroupNaming => typed::<groups::Naming>(parameters).map(drop),
        Rule::ServicePrincipalSecrets => typed::<app_credentials::Lifetime>(parameters).map(drop),
        Rule::UnusedServicePrincipals => typed::<app_credentials::Unused>(parameters).map(drop),
        Rule::FederationCandidates => typed::<app_credentials::Platforms>(parameters).map(drop),
        Rule::NewSecrets => typed::<app_management::Lifetime>(parameters).map(drop),
        Rule::NewCertificates => typed::<app_management::Lifetime>(parameters).map(drop),
        Rule::StaleGuests => typed::<stale_users::Limits>(parameters).map(drop),
        Rule::StaleUsersWarned => typed::<stale_users::Warned>(parameters).map(drop),
        Rule::StaleDevices => typed::<stale_devices::Silence>(parameters).map(drop),
        Rule::GuestExpiry => typed::<access_reviews::Expiry>(parameters).map(drop),
        Rule::PrivilegedReviews => typed::<access_reviews::Rhythm>(parameters).map(drop),
        Rule::LicenceUnits => typed::<organisation::Units>(parameters).map(drop),
        Rule::SyncAge => typed::<organisation::SyncAge>(parameters).map(drop),
        Rule::IdleSessions => typed::<organisation::Idle>(parameters).map(drop),
        Rule::AuditLog => typed::<logs::Audits>(parameters).map(drop),
        Rule::SignInLog => typed::<logs::SignIns>(parameters).map(drop),
    }
}

/// Families that are read on demand only and that a rule needs.
pub fn on_demand(rule: Rule) -> &'static [FamilyName] {
    use FamilyName as F;
    match rule {
        Rule::PrivilegedLicences
        | Rule::PrivilegedSynchronised
        | Rule::PrivilegedGuests
        | Rule::PrivilegedInUse
        | Rule::AdministratorServicePrincipals
        | Rule::SyncAccountRoles
        | Rule::LeastPrivilege
        | Rule::ApprovedRoleHolders
        | Rule::LicenceUnits => &[F::RoleEligibilityScheduleInstances],
        Rule::PermanentAdministrators => &[F::RoleEligibilityScheduleInstances],
        Rule::JustInTimeRoles => &[F::RoleEligibilityScheduleInstances, F::RoleManagementPolicyAssignments],
        Rule::AssignmentAlerts | Rule::AdministratorAlerts | Rule::ActivationAlerts => {
            &[F::RoleManagementPolicyAssignments]
        }
        Rule::AssignedOutsidePim => &[F::RoleAssignmentSchedules],
        Rule::AdministratorApproval | Rule::RoleAdministratorApproval => {
            &[F::RoleEligibilityScheduleInstances, F::RoleManagementPolicyAssignments]
        }
        Rule::RoleGroupOwners => &[F::GroupOwners, F::RoleEligibilityScheduleInstances],
        Rule::InternalAppRoles | Rule::ForeignAppRoles => &[F::AppRolesAssignedTo],
        Rule::TierZeroSecrets => &[F::AppRolesAssignedTo, F::RoleEligibilityScheduleInstances],
        Rule::TierZeroOwners => {
            &[F::AppRolesAssignedTo, F::ServicePrincipalOwners, F::RoleEligibilityScheduleInstances]
        }
        Rule::TenantWideGrants => &[F::OAuth2PermissionGrants],
        Rule::UnusedServicePrincipals => &[F::ServicePrincipalSignInActivities],
        Rule::MailForwarding => &[F::MessageRules],
        Rule::StaleDevices => &[F::Devices],
        Rule::GuestExpiry | Rule::GuestReviews | Rule::PrivilegedReviews => &[F::AccessReviewDefinitions],
        Rule::GroupCreation | Rule::SmartLockout | Rule::BannedPasswords | Rule::OnPremisesPasswords => {
            &[F::GroupSettings]
        }
        Rule::SyncTakeover => &[F::OnPremisesSynchronization],
        Rule::IdleSessions => &[F::ActivityBasedTimeoutPolicies],
        Rule::AuditLog => &[F::DirectoryAudits],
        Rule::SignInLog => &[F::SignIns],
        _ => &[],
    }
}

/// Parameters of a rule as its own type.
///
/// # Errors
/// A sentence that says what is wrong.
pub(crate) fn typed<T: DeserializeOwned>(parameters: &Parameters) -> Result<T, String> {
    let table = parameters.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    serde_json::from_value(serde_json::Value::Object(table)).map_err(|error| error.to_string())
}

fn with<T: DeserializeOwned>(
    question: &Question<'_, '_>,
    rule: impl Fn(&Question<'_, '_>, &T) -> Result<Finding, Unreadable>,
) -> Result<Finding, Unreadable> {
    match typed(question.parameters) {
        Ok(limits) => rule(question, &limits),
        Err(problem) => Ok(Finding::new(Verdict::Error, format!("unreadable parameters: {problem}"))),
    }
}
