//! Permissions of applications that deserve a second look: those that lead to Global
//! Administrator, and those that reach everybody's data or settings. The ids are Microsoft's and
//! the same in every tenant.

use crate::snapshot::Id;

/// Microsoft Graph's client id.
pub const MICROSOFT_GRAPH: &str = "00000003-0000-0000-c000-000000000000";

/// Resources, by client id, some of whose application roles are flagged: Microsoft Graph, the
/// retired Azure AD Graph, Exchange Online, SharePoint Online.
pub const WATCHED_RESOURCES: [&str; 4] = [
    MICROSOFT_GRAPH,
    "00000002-0000-0000-c000-000000000000",
    "00000002-0000-0ff1-ce00-000000000000",
    "00000003-0000-0ff1-ce00-000000000000",
];

/// Tenants of Microsoft: service principals they own are not the organisation's to judge.
const MICROSOFT_TENANTS: [&str; 2] =
    ["f8cdef31-a31e-4b4a-93e4-5f571e91255a", "72f988bf-86f1-41af-91ab-2d7cd011db47"];

/// Application permissions with which an application can make itself, or anybody, Global
/// Administrator: id and name.
const TIER_ZERO: [(&str, &str); 17] = [
    ("9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8", "RoleManagement.ReadWrite.Directory"),
    ("06b708a9-e830-4db3-a914-8e69da51d44f", "AppRoleAssignment.ReadWrite.All"),
    ("1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9", "Application.ReadWrite.All"),
    ("19dbc75e-c2e2-444c-a770-ec69d8559fc7", "Directory.ReadWrite.All"),
    ("50483e42-d915-4231-9639-7fdb7fd190e5", "UserAuthenticationMethod.ReadWrite.All"),
    ("01c0a623-fc9b-48e9-b794-0756f8e8f067", "Policy.ReadWrite.ConditionalAccess"),
    ("dd199f4a-f148-40a4-a2ec-f0069cc799ec", "RoleAssignmentSchedule.ReadWrite.Directory"),
    ("fee28b28-e1f3-4841-818e-2704dc62245f", "RoleEligibilitySchedule.ReadWrite.Directory"),
    ("31e08e0a-d3f7-4ca2-ac39-7343fb83e8ad", "RoleManagementPolicy.ReadWrite.Directory"),
    ("2f6817f8-7b12-4f0f-bc18-eeaf60705a9e", "PrivilegedAccess.ReadWrite.AzureADGroup"),
    ("41202f2c-f7ab-45be-b001-85c9728b9d69", "PrivilegedAssignmentSchedule.ReadWrite.AzureADGroup"),
    ("618b6020-bca8-4de6-99f6-ef445fa4d857", "PrivilegedEligibilitySchedule.ReadWrite.AzureADGroup"),
    ("29c18626-4985-4dcd-85c0-193eef327366", "Policy.ReadWrite.AuthenticationMethod"),
    ("7e05723c-0bb0-42da-be95-ae9f08a6e53c", "Domain.ReadWrite.All"),
    ("9acd699f-1e81-4958-b001-93b1d2506e19", "EntitlementManagement.ReadWrite.All"),
    ("292d869f-3427-49a8-9dab-8c70152b74e9", "Organization.ReadWrite.All"),
    ("a2b63618-5350-462d-b1b3-ba6eb3684e26", "PublicKeyInfrastructure.ReadWrite.All"),
];

/// Application permissions that reach everybody's data or weaken the tenant's defences.
const FLAGGED: [(&str, &str); 34] = [
    ("854d9ab1-6657-4ec8-be45-823027bcd009", "PrivilegedAccess.ReadWrite.AzureAD"),
    ("b38dcc4d-a239-4ed6-aa84-6c65b284f97c", "RoleManagementPolicy.ReadWrite.AzureADGroup"),
    ("a402ca1c-2696-4531-972d-6e5ee4aa11ea", "Policy.ReadWrite.PermissionGrant"),
    ("fb221be6-99f2-473f-bd32-01c6a0e9ca3b", "Policy.ReadWrite.Authorization"),
    ("25f85f3c-f66c-4205-8cd5-de92dd7f0cec", "Policy.ReadWrite.AuthenticationFlows"),
    ("338163d7-f101-4c92-94ba-ca46fe52447c", "Policy.ReadWrite.CrossTenantAccess"),
    ("be74164b-cff1-491c-8741-e671cb536e13", "Policy.ReadWrite.ApplicationConfiguration"),
    ("1c6e93a6-28e2-4cbb-9f64-1a46a821124d", "Policy.ReadWrite.SecurityDefaults"),
    ("c22a92cc-79bf-4bb1-8b6c-e0a05d3d80ce", "OnPremDirectorySynchronization.ReadWrite.All"),
    ("741f803b-c850-494e-b5df-cde7c675a1ca", "User.ReadWrite.All"),
    ("cc117bb9-00cf-4eb8-b580-ea2a878fe8f7", "User-PasswordProfile.ReadWrite.All"),
    ("3011c876-62b7-4ada-afa2-506cbbecc68c", "User.EnableDisableAccount.All"),
    ("c529cfca-c91b-489c-af2b-d92990b66ce6", "User.ManageIdentities.All"),
    ("62a82d76-70ea-41e2-9197-370581804d09", "Group.ReadWrite.All"),
    ("dbaae8cf-10b5-4b86-a4a1-f871c94c6695", "GroupMember.ReadWrite.All"),
    ("8e8e4742-1d95-4f68-9d56-6ee75648c72a", "DelegatedPermissionGrant.ReadWrite.All"),
    ("9241abd9-d0e6-425a-bd4f-47ba86e767a4", "DeviceManagementConfiguration.ReadWrite.All"),
    ("e330c4f0-4170-414e-a55a-2f022ec2b57b", "DeviceManagementRBAC.ReadWrite.All"),
    ("810c84a8-4a9e-49e6-bf7d-12d183f40d01", "Mail.Read"),
    ("e2a3a72e-5f79-4c64-b1b1-878b674786c9", "Mail.ReadWrite"),
    ("b633e1c5-b582-4048-a93e-9f11b44c7e96", "Mail.Send"),
    ("6931bccd-447a-43d1-b442-00a195474933", "MailboxSettings.ReadWrite"),
    ("01d4889c-1287-42c6-ac1f-5d1e02578ef6", "Files.Read.All"),
    ("75359482-378d-4052-8f01-80520e7db3cd", "Files.ReadWrite.All"),
    ("332a536c-c7ef-4017-ab91-336970924f0d", "Sites.Read.All"),
    ("9492366f-7969-46a4-8d15-ed1a20078fff", "Sites.ReadWrite.All"),
    ("a82116e5-55eb-4c41-a434-62fe8a61c773", "Sites.FullControl.All"),
    ("0c0bf378-bf22-4481-8f81-9e89a9b4960a", "Sites.Manage.All"),
    ("6b7d71aa-70aa-4810-a8d9-5d9fb2830017", "Chat.Read.All"),
    ("294ce7c9-31ba-490a-ad7d-97a7d075e4ed", "Chat.ReadWrite.All"),
    ("7b2449af-6ccd-4f4d-9f78-e550c193f0d1", "ChannelMessage.Read.All"),
    ("57f1cf28-c0c4-4ec3-9a30-19a2eaaf2f6e", "BitlockerKey.Read.All"),
    ("884b599e-4d48-43a5-ba94-15c414d00588", "DeviceLocalCredential.Read.All"),
    // Of Exchange Online: whatever Exchange Web Services can do, in every mailbox.
    ("dc890d15-9560-4a4c-9b7f-a736ec74ec40", "full_access_as_app"),
];

/// Delegated permissions that, granted for everybody, let an application act as anybody.
const FLAGGED_SCOPES: [&str; 36] = [
    "AppRoleAssignment.ReadWrite.All",
    "Application.ReadWrite.All",
    "ChannelMessage.Read.All",
    "Chat.Read",
    "Chat.ReadWrite",
    "DelegatedPermissionGrant.ReadWrite.All",
    "Directory.AccessAsUser.All",
    "Directory.ReadWrite.All",
    "Domain.ReadWrite.All",
    "EWS.AccessAsUser.All",
    "EntitlementManagement.ReadWrite.All",
    "Files.Read.All",
    "Files.ReadWrite.All",
    "Group.ReadWrite.All",
    "GroupMember.ReadWrite.All",
    "IMAP.AccessAsUser.All",
    "Mail.Read",
    "Mail.Read.Shared",
    "Mail.ReadWrite",
    "Mail.ReadWrite.Shared",
    "Mail.Send",
    "Mail.Send.Shared",
    "MailboxSettings.ReadWrite",
    "Organization.ReadWrite.All",
    "Policy.ReadWrite.AuthenticationMethod",
    "Policy.ReadWrite.ConditionalAccess",
    "Policy.ReadWrite.PermissionGrant",
    "PrivilegedAccess.ReadWrite.AzureAD",
    "PrivilegedAccess.ReadWrite.AzureADGroup",
    "RoleManagement.ReadWrite.Directory",
    "Sites.FullControl.All",
    "Sites.Manage.All",
    "Sites.ReadWrite.All",
    "User.ReadWrite.All",
    "UserAuthenticationMethod.ReadWrite.All",
    "user_impersonation",
];

/// The name of an application permission that leads to Global Administrator; none of others.
pub fn tier_zero(id: &Id) -> Option<&'static str> {
    TIER_ZERO.iter().find(|(own, _)| Id::new(own) == *id).map(|(_, name)| *name)
}

/// The name of an application permission that is flagged; those that lead to Global Administrator are.
pub fn flagged(id: &Id) -> Option<&'static str> {
    tier_zero(id).or_else(|| FLAGGED.iter().find(|(own, _)| Id::new(own) == *id).map(|(_, name)| *name))
}

/// Why an application permission deserves a second look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Danger {
    /// It leads to Global Administrator.
    TierZero,
    /// It reaches everybody's data or weakens the tenant's defences.
    Flagged,
}

/// The danger of an application permission by its name; none if it has none of its own.
pub fn danger(name: &str) -> Option<Danger> {
    let has = |list: &[(&str, &str)]| list.iter().any(|(_, own)| *own == name);
    match (has(&TIER_ZERO), has(&FLAGGED)) {
        (true, _) => Some(Danger::TierZero),
        (false, true) => Some(Danger::Flagged),
        (false, false) => None,
    }
}

/// Whether a delegated permission is flagged when it is granted for everybody.
pub fn is_flagged_scope(scope: &str) -> bool {
    FLAGGED_SCOPES.iter().any(|own| own.eq_ignore_ascii_case(scope))
}

/// Whether a tenant is one of Microsoft's.
pub fn is_microsoft(tenant: &Id) -> bool {
    MICROSOFT_TENANTS.iter().any(|own| Id::new(own) == *tenant)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_permission_stands_in_one_list_once() {
        let all: Vec<&str> = TIER_ZERO.iter().chain(&FLAGGED).map(|(id, _)| *id).collect();
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
        let sorted = FLAGGED_SCOPES.iter().collect::<BTreeSet<_>>();
        assert_eq!(sorted.len(), FLAGGED_SCOPES.len());
    }

    #[test]
    fn ids_count_in_any_casing_and_what_leads_to_global_administrator_is_flagged() {
        let id = Id::new("9E3F62CF-ca93-4989-b6ce-bf83c28f9fe8");
        assert_eq!(tier_zero(&id), Some("RoleManagement.ReadWrite.Directory"));
        assert_eq!(flagged(&id), tier_zero(&id));
        let mail = Id::new("810c84a8-4a9e-49e6-bf7d-12d183f40d01");
        assert_eq!((tier_zero(&mail), flagged(&mail)), (None, Some("Mail.Read")));
        assert!(is_flagged_scope("mail.read") && !is_flagged_scope("User.Read"));
    }
}
