//! Accounts and their last sign-ins.

use super::{
    Id, Shared, moment,
    text::{nullable, optional_object, optional_objects},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize};

/// A user of the directory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// Object id.
    pub id: Id,
    /// Sign-in name; empty if Graph gave none.
    #[serde(default, deserialize_with = "nullable")]
    pub user_principal_name: Box<str>,
    /// Name in the tenant, untrusted.
    #[serde(default, deserialize_with = "nullable")]
    pub display_name: Box<str>,
    /// `Member` or `Guest`; old accounts have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_type: Option<Shared<String>>,
    /// Whether it can sign in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_enabled: Option<bool>,
    /// True if it is mastered on-premises; null for accounts that never were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_premises_sync_enabled: Option<bool>,
    /// When it was created.
    #[serde(default, with = "moment", skip_serializing_if = "Option::is_none")]
    pub created_date_time: Option<DateTime<Utc>>,
    /// Licences assigned to it.
    #[serde(default, deserialize_with = "licences", skip_serializing_if = "Option::is_none")]
    pub assigned_licenses: Option<Shared<Vec<AssignedLicense>>>,
    /// State of a guest's invitation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_user_state: Option<Shared<String>>,
}

/// A licence of a user.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AssignedLicense {
    /// The product.
    pub sku_id: Id,
    /// Its plans that are switched off for the user.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Vec::is_empty")]
    pub disabled_plans: Vec<Id>,
}

fn licences<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Shared<Vec<AssignedLicense>>>, D::Error> {
    Ok(optional_objects(deserializer)?.map(Shared::from))
}

impl User {
    /// Whether it is a guest. An account without a type is a member, as Entra treats it.
    pub fn is_guest(&self) -> bool {
        self.user_type.as_deref().is_some_and(|kind| kind.eq_ignore_ascii_case("guest"))
    }

    /// Whether its type is one that is not understood: it may be a guest or not.
    pub fn is_of_unknown_type(&self) -> bool {
        let known = |kind: &str| kind.eq_ignore_ascii_case("member") || kind.eq_ignore_ascii_case("guest");
        self.user_type.as_deref().is_some_and(|kind| !known(kind))
    }

    /// Whether it signs in with another organisation's identity.
    pub fn is_external(&self) -> bool {
        self.external_user_state.is_some() || self.user_principal_name.to_ascii_uppercase().contains("#EXT#")
    }

    /// Whether it is mastered on-premises.
    pub fn is_synchronised(&self) -> bool {
        self.on_premises_sync_enabled == Some(true)
    }
}

/// A user's row in the family of sign-in activity: `GET /users?$select=id,signInActivity`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserSignIn {
    /// The user.
    pub id: Id,
    /// Never signed in, or not recorded, if none.
    #[serde(default, deserialize_with = "optional_object", skip_serializing_if = "Option::is_none")]
    pub sign_in_activity: Option<SignInActivity>,
}

/// When a user last signed in; null means never or unknown, not "long ago".
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignInActivity {
    /// Last interactive attempt.
    #[serde(default, with = "moment", skip_serializing_if = "Option::is_none")]
    pub last_sign_in_date_time: Option<DateTime<Utc>>,
    /// Last attempt by a client on the user's behalf.
    #[serde(default, with = "moment", skip_serializing_if = "Option::is_none")]
    pub last_non_interactive_sign_in_date_time: Option<DateTime<Utc>>,
    /// Last success of either kind; recorded since December 2023, not back-filled.
    #[serde(default, with = "moment", skip_serializing_if = "Option::is_none")]
    pub last_successful_sign_in_date_time: Option<DateTime<Utc>>,
}
