//! Policies of which a tenant has one each.

use super::{Id, text::nullable};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What users and guests may do by default.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthorizationPolicy {
    /// Who may invite guests: `none`, `adminsAndGuestInviters`, `adminsGuestInvitersAndAllMembers`, `everyone`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow_invites_from: Option<String>,
    /// The role guests have in the directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guest_user_role_id: Option<Id>,
    /// Whether the retired MSOnline module is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block_msol_power_shell: Option<bool>,
    /// Whether users may consent to applications held to be risky.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow_user_consent_for_risky_apps: Option<bool>,
    /// Whether administrators may reset their own password.
    #[serde(rename = "allowedToUseSSPR", default, skip_serializing_if = "Option::is_none")]
    pub allowed_to_use_sspr: Option<bool>,
    /// Whether people may join by proving an e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow_email_verified_users_to_join_organization: Option<bool>,
    /// What members may do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_user_role_permissions: Option<DefaultUserRolePermissions>,
}

/// What members may do by default.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DefaultUserRolePermissions {
    /// Register applications.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_to_create_apps: Option<bool>,
    /// Create security groups.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_to_create_security_groups: Option<bool>,
    /// Create tenants.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_to_create_tenants: Option<bool>,
    /// Read other users.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_to_read_other_users: Option<bool>,
    /// Read the recovery keys of their devices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_to_read_bitlocker_keys_for_owned_device: Option<bool>,
    /// Consent policies, such as `ManagePermissionGrantsForSelf.microsoft-user-default-low`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permission_grant_policies_assigned: Option<Vec<String>>,
}

/// The workflow by which users ask for an administrator's consent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AdminConsentRequestPolicy {
    /// Whether users can ask.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_enabled: Option<bool>,
    /// Whether reviewers are told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notify_reviewers: Option<bool>,
    /// Whether reviewers are reminded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reminders_enabled: Option<bool>,
    /// How long a request lives, in days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_duration_in_days: Option<i64>,
    /// Who decides, as Graph gives it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reviewers: Option<Vec<Value>>,
    /// Version of the policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
}

/// Security defaults.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SecurityDefaults {
    /// Whether they are on; Conditional Access policies cannot be enabled while they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_enabled: Option<bool>,
}

/// The tenant's rules on credentials of applications.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DefaultAppManagementPolicy {
    /// Whether the rules have effect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_enabled: Option<bool>,
    /// Rules for app registrations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application_restrictions: Option<ApplicationRestrictions>,
}

/// Rules for app registrations.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApplicationRestrictions {
    /// Rules for secrets.
    #[serde(default, deserialize_with = "nullable")]
    pub password_credentials: Vec<CredentialRestriction>,
}

/// One rule on credentials.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CredentialRestriction {
    /// `passwordAddition`, `passwordLifetime` and others.
    #[serde(default, deserialize_with = "nullable")]
    pub restriction_type: String,
    /// `enabled` or `disabled`; older responses have none, which means enabled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// The longest lifetime, an ISO 8601 duration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_lifetime: Option<String>,
    /// Applications created before are exempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restrict_for_apps_created_after_date_time: Option<DateTime<Utc>>,
}

impl DefaultAppManagementPolicy {
    /// Whether no secret may be added to any application. A rule for newer applications only is
    /// told by Graph itself when it refuses.
    pub fn forbids_new_secrets(&self) -> bool {
        let rules = self.application_restrictions.iter().flat_map(|one| &one.password_credentials);
        let forbids = |rule: &CredentialRestriction| {
            rule.restriction_type == "passwordAddition"
                && rule.state.as_deref() != Some("disabled")
                && rule.restrict_for_apps_created_after_date_time.is_none()
        };
        self.is_enabled == Some(true) && rules.into_iter().any(forbids)
    }
}
