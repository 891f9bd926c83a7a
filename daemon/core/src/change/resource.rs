//! What a fix may set fields of: a closed list, each with its address and its writable projection.
//! What Graph gives but refuses to take back is in none of them.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use trueconfig_common::change::Method;

/// An object whose fields can be set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Resource {
    /// What users and guests may do.
    AuthorizationPolicy,
    /// The workflow by which users ask for consent; replaced as a whole.
    AdminConsentRequestPolicy,
    /// Who may register and join devices; replaced as a whole.
    DeviceRegistrationPolicy,
    /// The policy on authentication methods.
    AuthenticationMethodsPolicy,
    /// The configuration of one method.
    AuthenticationMethod {
        /// The method, such as `Sms`.
        id: String,
        /// Its type, which each request must name.
        odata_type: String,
    },
    /// What holds towards other tenants.
    CrossTenantAccessDefault,
    /// The tenant's rules on credentials of applications.
    DefaultAppManagementPolicy,
    /// A directory setting that was made of a template.
    DirectorySetting {
        /// Its id.
        id: String,
    },
    /// A policy that ends idle sessions.
    ActivityBasedTimeoutPolicy {
        /// Its id.
        id: String,
    },
    /// A rule of a role's settings.
    RoleSetting {
        /// Id of the settings.
        policy: String,
        /// Id of the rule.
        rule: String,
        /// Its type, which each request must name.
        odata_type: String,
    },
    /// A Conditional Access policy.
    ConditionalAccessPolicy {
        /// Its id.
        id: String,
    },
    /// A domain.
    Domain {
        /// Its name.
        id: String,
    },
    /// A group.
    Group {
        /// Its id.
        id: String,
    },
    /// A device.
    Device {
        /// Its object id.
        id: String,
    },
    /// A service principal.
    ServicePrincipal {
        /// Its object id.
        id: String,
    },
    /// A rule of an inbox.
    InboxRule {
        /// Whose inbox.
        user: String,
        /// The rule.
        id: String,
    },
}

impl Resource {
    /// Where Graph keeps it.
    pub fn path(&self) -> String {
        let methods = "/v1.0/policies/authenticationMethodsPolicy";
        match self {
            Self::AuthorizationPolicy => "/v1.0/policies/authorizationPolicy".to_owned(),
            Self::AdminConsentRequestPolicy => "/v1.0/policies/adminConsentRequestPolicy".to_owned(),
            Self::DeviceRegistrationPolicy => "/v1.0/policies/deviceRegistrationPolicy".to_owned(),
            Self::AuthenticationMethodsPolicy => methods.to_owned(),
            Self::AuthenticationMethod { id, .. } => {
                format!("{methods}/authenticationMethodConfigurations/{id}")
            }
            Self::CrossTenantAccessDefault => "/v1.0/policies/crossTenantAccessPolicy/default".to_owned(),
            Self::DefaultAppManagementPolicy => "/v1.0/policies/defaultAppManagementPolicy".to_owned(),
            Self::DirectorySetting { id } => format!("/v1.0/groupSettings/{id}"),
            Self::ActivityBasedTimeoutPolicy { id } => {
                format!("/v1.0/policies/activityBasedTimeoutPolicies/{id}")
            }
            Self::RoleSetting { policy, rule, .. } => {
                format!("/v1.0/policies/roleManagementPolicies/{policy}/rules/{rule}")
            }
            Self::ConditionalAccessPolicy { id } => {
                format!("/v1.0/identity/conditionalAccess/policies/{id}")
            }
            Self::Domain { id } => format!("/v1.0/domains/{id}"),
            Self::Group { id } => format!("/v1.0/groups/{id}"),
            Self::Device { id } => format!("/v1.0/devices/{id}"),
            Self::ServicePrincipal { id } => format!("/v1.0/servicePrincipals/{id}"),
            Self::InboxRule { user, id } => format!("/v1.0/users/{user}/mailFolders/inbox/messageRules/{id}"),
        }
    }

    /// How its fields are set: `PUT` takes all of them, `PATCH` those to be changed.
    pub fn method(&self) -> Method {
        match self {
            Self::AdminConsentRequestPolicy | Self::DeviceRegistrationPolicy => Method::Put,
            _ => Method::Patch,
        }
    }

    /// Fields that Graph takes and that we may set.
    pub fn writable(&self) -> &'static [&'static str] {
        match self {
            Self::AuthorizationPolicy => &[
                "allowInvitesFrom",
                "guestUserRoleId",
                "blockMsolPowerShell",
                "allowUserConsentForRiskyApps",
                "allowedToUseSSPR",
                "allowEmailVerifiedUsersToJoinOrganization",
                "defaultUserRolePermissions",
            ],
            Self::AdminConsentRequestPolicy => {
                &["isEnabled", "notifyReviewers", "remindersEnabled", "requestDurationInDays", "reviewers"]
            }
            Self::DeviceRegistrationPolicy => &[
                "displayName",
                "description",
                "userDeviceQuota",
                "multiFactorAuthConfiguration",
                "azureADRegistration",
                "azureADJoin",
                "localAdminPassword",
            ],
            Self::AuthenticationMethodsPolicy => &["policyMigrationState", "registrationEnforcement"],
            Self::AuthenticationMethod { .. } => &[
                "state",
                "featureSettings",
                "isUsableOnce",
                "defaultLifetimeInMinutes",
                "maximumLifetimeInMinutes",
                "isAttestationEnforced",
                "isSelfServiceRegistrationAllowed",
                "authenticationModeConfiguration",
                "allowExternalIdToUseEmailOtp",
            ],
            Self::CrossTenantAccessDefault => &["b2bDirectConnectInbound", "inboundTrust"],
            Self::DefaultAppManagementPolicy => &["isEnabled", "applicationRestrictions"],
            Self::DirectorySetting { .. } => &["values"],
            Self::ActivityBasedTimeoutPolicy { .. } => &["definition", "isOrganizationDefault"],
            Self::RoleSetting { .. } => &["setting", "notificationRecipients"],
            Self::ConditionalAccessPolicy { .. } => &["conditions"],
            Self::Domain { .. } => &["passwordValidityPeriodInDays"],
            Self::Group { .. } => &["visibility", "membershipRuleProcessingState"],
            Self::Device { .. } => &["accountEnabled"],
            Self::ServicePrincipal { .. } => &["accountEnabled", "appRoleAssignmentRequired"],
            Self::InboxRule { .. } => &["isEnabled"],
        }
    }

    /// Whether Graph merges what stands inside of a field with what is sent: documented for the
    /// authorization policy only, so that elsewhere whole fields are sent.
    pub fn merges(&self) -> bool {
        matches!(self, Self::AuthorizationPolicy)
    }

    /// What every request must carry beside the fields.
    pub(super) fn annotations(&self) -> Map<String, Value> {
        match self {
            Self::AuthenticationMethod { odata_type, .. } | Self::RoleSetting { odata_type, .. } => {
                Map::from_iter([("@odata.type".to_owned(), json!(odata_type))])
            }
            _ => Map::new(),
        }
    }

    /// What it is in evidence and targets: `setting` for what a tenant has one of.
    pub(super) fn noun(&self) -> &'static str {
        match self {
            Self::ConditionalAccessPolicy { .. } => "policy",
            Self::Domain { .. } => "domain",
            Self::Group { .. } => "group",
            Self::Device { .. } => "device",
            Self::ServicePrincipal { .. } => "servicePrincipal",
            Self::InboxRule { .. } => "inboxRule",
            _ => "setting",
        }
    }

    /// The object's id as people and exceptions name it; for settings the name of the policy.
    pub(super) fn id(&self) -> String {
        match self {
            Self::AuthorizationPolicy => "authorizationPolicy".to_owned(),
            Self::AdminConsentRequestPolicy => "adminConsentRequestPolicy".to_owned(),
            Self::DeviceRegistrationPolicy => "deviceRegistrationPolicy".to_owned(),
            Self::AuthenticationMethodsPolicy => "authenticationMethodsPolicy".to_owned(),
            Self::CrossTenantAccessDefault => "crossTenantAccessPolicy".to_owned(),
            Self::DefaultAppManagementPolicy => "defaultAppManagementPolicy".to_owned(),
            Self::RoleSetting { policy, rule, .. } => format!("{policy}.{rule}"),
            Self::AuthenticationMethod { id, .. }
            | Self::DirectorySetting { id }
            | Self::ActivityBasedTimeoutPolicy { id }
            | Self::ConditionalAccessPolicy { id }
            | Self::Domain { id }
            | Self::Group { id }
            | Self::Device { id }
            | Self::ServicePrincipal { id }
            | Self::InboxRule { id, .. } => id.clone(),
        }
    }

    /// The words of a sentence that name it.
    pub(super) fn words(&self) -> &'static str {
        match self {
            Self::AuthorizationPolicy => "the authorization policy",
            Self::AdminConsentRequestPolicy => "the admin consent workflow",
            Self::DeviceRegistrationPolicy => "the device registration policy",
            Self::AuthenticationMethodsPolicy => "the authentication methods policy",
            Self::AuthenticationMethod { .. } => "the authentication method's configuration",
            Self::CrossTenantAccessDefault => "the defaults of cross-tenant access",
            Self::DefaultAppManagementPolicy => "the app management policy",
            Self::DirectorySetting { .. } => "the directory setting",
            Self::ActivityBasedTimeoutPolicy { .. } => "the policy on idle sessions",
            Self::RoleSetting { .. } => "the role's settings",
            Self::ConditionalAccessPolicy { .. } => "the policy",
            Self::Domain { .. } => "the domain",
            Self::Group { .. } => "the group",
            Self::Device { .. } => "the device",
            Self::ServicePrincipal { .. } => "the service principal",
            Self::InboxRule { .. } => "the inbox rule",
        }
    }
}
