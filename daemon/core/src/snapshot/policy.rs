//! Policies of which a tenant has one each.

use super::{
    Id,
    text::{nullable, optional_object, optional_objects},
};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

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
    #[serde(default, deserialize_with = "optional_object", skip_serializing_if = "Option::is_none")]
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
    #[serde(default, deserialize_with = "optional_objects", skip_serializing_if = "Option::is_none")]
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
    /// Rules for service principals.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_principal_restrictions: Option<ApplicationRestrictions>,
}

/// Rules for app registrations.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApplicationRestrictions {
    /// Rules for secrets.
    #[serde(default, deserialize_with = "nullable")]
    pub password_credentials: Vec<CredentialRestriction>,
    /// Rules for certificates.
    #[serde(default, deserialize_with = "nullable")]
    pub key_credentials: Vec<CredentialRestriction>,
    /// Everything else, as Graph gave it: a change writes whole objects back.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
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
    /// Everything else, as Graph gave it: a change writes whole objects back.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl DefaultAppManagementPolicy {
    /// Whether no secret may be added to an application that was registered then.
    pub fn forbids_new_secrets(&self, registered: Option<DateTime<Utc>>) -> bool {
        self.rules("passwordAddition", registered).next().is_some()
    }

    /// How long a new secret of an application that was registered then may live; none if there is no limit.
    ///
    /// # Errors
    /// The limit as Graph gives it, if it is no ISO 8601 duration.
    pub fn longest_secret(&self, registered: Option<DateTime<Utc>>) -> Result<Option<TimeDelta>, String> {
        let limit = |rule: &CredentialRestriction| {
            let text = rule.max_lifetime.as_deref().unwrap_or_default();
            duration(text).ok_or_else(|| text.to_owned())
        };
        let limits = self.rules("passwordLifetime", registered).map(limit).collect::<Result<Vec<_>, _>>()?;
        Ok(limits.into_iter().min())
    }

    /// The rules of one kind in force. Applications registered before a rule's date are exempt; where either is not
    /// known it counts.
    fn rules(
        &self,
        kind: &'static str,
        registered: Option<DateTime<Utc>>,
    ) -> impl Iterator<Item = &CredentialRestriction> {
        let in_force = self.is_enabled == Some(true);
        let rules = self.application_restrictions.iter().flat_map(|one| &one.password_credentials);
        rules.filter(move |rule| {
            let since = rule.restrict_for_apps_created_after_date_time;
            let exempt = since.zip(registered).is_some_and(|(since, registered)| registered <= since);
            in_force && rule.restriction_type == kind && rule.state.as_deref() != Some("disabled") && !exempt
        })
    }
}

/// An ISO 8601 duration, never taken for shorter than it may be: a month counts as 31 days, a year as 366.
pub fn parse_duration(text: &str) -> Option<TimeDelta> {
    span(text, 366, 31)
}

/// An ISO 8601 duration, never taken for longer than it is: a month counts as 28 days, a year as 365.
fn duration(text: &str) -> Option<TimeDelta> {
    span(text, 365, 28)
}

fn span(text: &str, year: i64, month: i64) -> Option<TimeDelta> {
    const DAY: i64 = 24 * 60 * 60;
    let text = text.strip_prefix('P').filter(|text| !text.is_empty())?;
    let (date, time) = text.split_once('T').unwrap_or((text, ""));
    let date = seconds(date, &[('Y', year * DAY), ('M', month * DAY), ('W', 7 * DAY), ('D', DAY)])?;
    TimeDelta::try_seconds(date.checked_add(seconds(time, &[('H', 60 * 60), ('M', 60), ('S', 1)])?)?)
}

/// The sum of numbers that are followed by their units each.
fn seconds(text: &str, units: &[(char, i64)]) -> Option<i64> {
    let parts = text.split_inclusive(|letter: char| letter.is_ascii_alphabetic());
    parts.into_iter().try_fold(0_i64, |sum, part| {
        let (_, unit) = units.iter().find(|(name, _)| part.ends_with(*name))?;
        let number: u32 = part[..part.len() - 1].parse().ok()?;
        sum.checked_add(i64::from(number).checked_mul(*unit)?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_never_taken_for_longer_than_they_are() {
        let days = |text: &str| duration(text).map(|found| found.num_days());
        assert_eq!([days("P180D"), days("P2Y"), days("P6M"), days("P2W")], [180, 730, 168, 14].map(Some));
        assert_eq!(duration("P4DT12H30M5S").map(|found| found.num_seconds()), Some(390_605));
        for wrong in ["", "P", "180D", "P-1D", "P1X", "PT1.5S", "P99999999999D", "P1"] {
            assert_eq!(duration(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn older_applications_are_exempt_from_younger_rules() {
        let rule = |kind: &str, since: Option<&str>| CredentialRestriction {
            restriction_type: kind.to_owned(),
            max_lifetime: Some("P90D".to_owned()),
            restrict_for_apps_created_after_date_time: since.map(|text| text.parse().unwrap()),
            ..CredentialRestriction::default()
        };
        let policy = |enabled, rules| DefaultAppManagementPolicy {
            is_enabled: Some(enabled),
            application_restrictions: Some(ApplicationRestrictions {
                password_credentials: rules,
                ..ApplicationRestrictions::default()
            }),
            ..DefaultAppManagementPolicy::default()
        };
        let (old, new) = ("2020-01-01T00:00:00Z".parse().ok(), "2026-01-01T00:00:00Z".parse().ok());
        let since = Some("2024-01-01T00:00:00Z");
        let both = || vec![rule("passwordAddition", since), rule("passwordLifetime", since)];
        assert!(!policy(true, both()).forbids_new_secrets(old));
        assert!(policy(true, both()).forbids_new_secrets(new));
        assert!(policy(true, both()).forbids_new_secrets(None));
        assert!(!policy(false, both()).forbids_new_secrets(new));
        assert_eq!(policy(true, both()).longest_secret(new), Ok(Some(TimeDelta::days(90))));
        assert_eq!(policy(true, both()).longest_secret(old), Ok(None));
    }
}
