//! Which roles are privileged. The list is Microsoft's: the built-in roles that the page
//! "Microsoft Entra built-in roles" labels privileged, as of 2026-01-20; v1.0 of Graph does not
//! tell. Exchange and SharePoint Administrator are added because the catalogue counts them among
//! the highly privileged. Custom roles count by the actions they allow.

use crate::snapshot::{FamilyName, Id, RoleDefinition, RolePermission, Unreadable};

/// Global Administrator.
pub const GLOBAL_ADMINISTRATOR: &str = "62e90394-69f5-4237-9190-012177145e10";

/// Day of the list below.
pub const LIST_DATE: &str = "2026-01-20";

/// Privileged built-in roles: template id and name.
pub const PRIVILEGED_ROLES: [(&str, &str); 31] = [
    ("db506228-d27e-4b7d-95e5-295956d6615f", "Agent ID Administrator"),
    ("9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3", "Application Administrator"),
    ("cf1c38e5-3621-4004-a7cb-879624dced7c", "Application Developer"),
    ("ecb2c6bf-0ab6-418e-bd87-7986f8d63bbe", "Attribute Provisioning Administrator"),
    ("422218e4-db15-4ef9-bbe0-8afb41546d79", "Attribute Provisioning Reader"),
    ("c4e39bd9-1100-46d3-8c65-fb160da0071f", "Authentication Administrator"),
    ("25a516ed-2fa0-40ea-a2d0-12923a21473a", "Authentication Extensibility Administrator"),
    ("aaf43236-0c0d-4d5f-883a-6955382ac081", "B2C IEF Keyset Administrator"),
    ("158c047a-c907-4556-b7ef-446551a6b5f7", "Cloud Application Administrator"),
    ("7698a772-787b-4ac8-901f-60d6b08affd2", "Cloud Device Administrator"),
    ("b1be1c3e-b65d-4f19-8427-f6fa0d97feb9", "Conditional Access Administrator"),
    ("9360feb5-f418-4baa-8175-e2a00bac4301", "Directory Writers"),
    ("8329153b-31d0-4727-b945-745eb3bc5f31", "Domain Name Administrator"),
    ("29232cdf-9323-42fd-ade2-1d097af3e4de", "Exchange Administrator"),
    ("be2f45a1-457d-42af-a067-6ec1fa63bc45", "External Identity Provider Administrator"),
    (GLOBAL_ADMINISTRATOR, "Global Administrator"),
    ("f2ef992c-3afb-46b9-b7cf-a126ee74c451", "Global Reader"),
    ("729827e3-9c14-49f7-bb1b-9608f156bbb8", "Helpdesk Administrator"),
    ("8ac3fc64-6eca-42ea-9e69-59f4c7b60eb2", "Hybrid Identity Administrator"),
    ("3a2c62db-5318-420d-8d74-23affee5d9d5", "Intune Administrator"),
    ("59d46f88-662b-457b-bceb-5c3809e5908f", "Lifecycle Workflows Administrator"),
    ("4ba39ca4-527c-499a-b93d-d9b492c50246", "Partner Tier1 Support"),
    ("e00e864a-17c5-4a4b-9c06-f5b95a8d5bd8", "Partner Tier2 Support"),
    ("966707d0-3269-4727-9be2-8c3a10f19b9d", "Password Administrator"),
    ("7be44c8a-adaf-4e2a-84d6-ab2649e08a13", "Privileged Authentication Administrator"),
    ("e8611ab8-c189-46e8-94e1-60213ab1f814", "Privileged Role Administrator"),
    ("194ae4cb-b126-40b2-bd5b-6091b380977d", "Security Administrator"),
    ("5f2222b1-57c3-48ba-8ad5-d4759f1fde6f", "Security Operator"),
    ("5d6b6bb7-de71-4623-b4af-96380a352509", "Security Reader"),
    ("f28a1f50-f6e7-4571-818b-6a12f2af6b6c", "SharePoint Administrator"),
    ("fe930be7-5e62-47db-91af-98c3a49a38b1", "User Administrator"),
];

/// Those of them whose holders can make themselves Global Administrator or act for everybody.
pub const HIGHLY_PRIVILEGED: [&str; 11] = [
    GLOBAL_ADMINISTRATOR,
    "e8611ab8-c189-46e8-94e1-60213ab1f814", // Privileged Role Administrator
    "7be44c8a-adaf-4e2a-84d6-ab2649e08a13", // Privileged Authentication Administrator
    "194ae4cb-b126-40b2-bd5b-6091b380977d", // Security Administrator
    "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9", // Conditional Access Administrator
    "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3", // Application Administrator
    "158c047a-c907-4556-b7ef-446551a6b5f7", // Cloud Application Administrator
    "29232cdf-9323-42fd-ade2-1d097af3e4de", // Exchange Administrator
    "f28a1f50-f6e7-4571-818b-6a12f2af6b6c", // SharePoint Administrator
    "fe930be7-5e62-47db-91af-98c3a49a38b1", // User Administrator
    "8ac3fc64-6eca-42ea-9e69-59f4c7b60eb2", // Hybrid Identity Administrator
];

/// Roles made for directory synchronisation: Directory Synchronization Accounts and On Premises
/// Directory Sync Account.
pub const SYNC_ROLES: [&str; 2] =
    ["d29b2b05-8046-44ba-8758-1e26182fcf32", "a92aed5d-d78a-4d16-b381-09adb37eb3b0"];

/// Kinds of objects through which a custom role can raise its holder: credentials, policies of
/// sign-in, roles, consent, federation.
const SENSITIVE_OBJECTS: [&str; 20] = [
    "/applications",
    "/applications.myorganization",
    "/applicationpolicies",
    "/authorizationpolicy",
    "/conditionalaccesspolicies",
    "/customauthenticationextensions",
    "/deviceregistrationpolicy",
    "/deviceManagementPolicies",
    "/domains",
    "/groupsassignabletoroles",
    "/hybridauthenticationpolicy",
    "/identityprotection",
    "/oauth2permissiongrants",
    "/permissiongrantpolicies",
    "/privilegedidentitymanagement",
    "/roleassignments",
    "/roledefinitions",
    "/serviceprincipals",
    "/users",
    "/b2ctrustframeworkkeyset",
];

/// Properties whose change amounts to taking over the object, and the whole of it.
const SENSITIVE_TASKS: [&str; 16] = [
    "/allproperties/alltasks",
    "/allproperties/update",
    "/credentials/update",
    "/password/update",
    "/authenticationmethods/create",
    "/authenticationmethods/delete",
    "/authenticationmethods/basic/update",
    "/authenticationmethods/standard/restrictedread",
    "/basic/update",
    "/federation/update",
    "/owners/update",
    "/permissions/update",
    "/invalidateallrefreshtokens",
    "/enable",
    "/disable",
    "/synchronizationcredentials/manage",
];

/// Basic properties matter for policies, not for users and applications.
const HARMLESS_BASICS: [&str; 3] = ["/users/", "/applications", "/serviceprincipals"];

/// Whether a template id is that of a privileged built-in role.
pub fn is_privileged(template: &Id) -> bool {
    PRIVILEGED_ROLES.iter().any(|(id, _)| Id::new(id) == *template)
}

/// Whether a template id is that of a highly privileged role.
pub fn is_highly_privileged(template: &Id) -> bool {
    HIGHLY_PRIVILEGED.iter().any(|id| Id::new(id) == *template)
}

/// Whether a template id is that of a role of directory synchronisation.
pub fn is_sync_role(template: &Id) -> bool {
    SYNC_ROLES.iter().any(|id| Id::new(id) == *template)
}

/// The built-in role a definition stands for.
pub fn template_of(definition: &RoleDefinition) -> &Id {
    definition.template_id.as_ref().unwrap_or(&definition.id)
}

/// Whether a definition is a custom role that is privileged by its actions.
pub fn is_privileged_custom(definition: &RoleDefinition) -> bool {
    // One of which Graph does not say whose it is may be custom.
    let custom = definition.is_built_in != Some(true) && definition.is_enabled != Some(false);
    custom
        && definition
            .role_permissions
            .iter()
            .flat_map(|permission| &permission.allowed_resource_actions)
            .any(|action| is_sensitive(action))
}

/// Whether a custom role says what it allows: there is none that allows nothing.
///
/// # Errors
/// [`Unreadable`] if it does not.
pub fn says_what_it_allows(definition: &RoleDefinition) -> Result<(), Unreadable> {
    let silent = |permission: &RolePermission| permission.allowed_resource_actions.is_empty();
    if definition.is_built_in != Some(false) || !definition.role_permissions.iter().all(silent) {
        return Ok(());
    }
    let detail = format!("rolePermissions of role {} are missing", definition.id);
    Err(Unreadable::inside(FamilyName::RoleDefinitions, detail))
}

fn is_sensitive(action: &str) -> bool {
    let action = action.to_ascii_lowercase();
    let object = SENSITIVE_OBJECTS.iter().any(|object| {
        let object = object.to_ascii_lowercase();
        action.contains(&format!("{object}/")) || action.contains(&format!("{object}."))
    });
    let harmless =
        action.ends_with("/basic/update") && HARMLESS_BASICS.iter().any(|object| action.contains(object));
    object && !harmless && SENSITIVE_TASKS.iter().any(|task| action.ends_with(task))
}

#[cfg(test)]
mod tests {
    use super::{PRIVILEGED_ROLES, is_privileged_custom, is_sensitive};
    use serde_json::json;
    use std::collections::BTreeSet;

    #[test]
    fn the_list_names_each_role_once() {
        let ids: BTreeSet<&str> = PRIVILEGED_ROLES.iter().map(|(id, _)| *id).collect();
        assert_eq!(ids.len(), PRIVILEGED_ROLES.len());
    }

    #[test]
    fn actions_that_take_an_object_over_are_sensitive() {
        for action in [
            "microsoft.directory/applications/credentials/update",
            "microsoft.directory/applications.myOrganization/allProperties/update",
            "microsoft.directory/servicePrincipals/owners/update",
            "microsoft.directory/users/password/update",
            "microsoft.directory/conditionalAccessPolicies/basic/update",
            "microsoft.directory/roleAssignments/allProperties/allTasks",
        ] {
            assert!(is_sensitive(action), "{action}");
        }
        for action in [
            "microsoft.directory/applications/basic/update",
            "microsoft.directory/users/basic/update",
            "microsoft.directory/users/standard/read",
            "microsoft.office365.serviceHealth/allEntities/allTasks",
        ] {
            assert!(!is_sensitive(action), "{action}");
        }
    }

    #[test]
    fn only_custom_roles_that_are_enabled_count_by_their_actions() {
        let role = |built_in: bool, enabled: bool| {
            let actions = ["microsoft.directory/users/password/update"];
            serde_json::from_value(json!({
                "id": "r", "isBuiltIn": built_in, "isEnabled": enabled,
                "rolePermissions": [{"allowedResourceActions": actions}],
            }))
            .unwrap()
        };
        assert!(is_privileged_custom(&role(false, true)));
        assert!(!is_privileged_custom(&role(false, false)));
        assert!(!is_privileged_custom(&role(true, true)));
    }
}
