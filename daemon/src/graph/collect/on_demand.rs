//! What hangs on single objects and is read only where a control in force needs it.

use super::read::{Question, Reading, segment};
use std::collections::BTreeSet;
use trueconfig_core::checks::permissions::WATCHED_RESOURCES;
use trueconfig_core::snapshot::{
    AppRoleAssignment, DirectoryObject, Family, FamilyName, GroupOwners, Id, MailboxRules, MessageRule,
    ResourceAppRoles, ServicePrincipalOwners, Snapshot,
};

/// The permission without which mailboxes are left alone.
const MAILBOX_PERMISSION: &str = "MailboxSettings.Read";

impl Reading<'_> {
    /// Details that controls in force need; mailboxes only if that was consented to.
    pub(super) async fn on_demand_details(&self, into: &mut Snapshot, granted: &BTreeSet<String>) {
        // What an earlier scan read and this one does not want must not stay.
        into.group_owners = Family::default();
        into.service_principal_owners = Family::default();
        if self.wants(FamilyName::GroupOwners) {
            into.group_owners = self.group_owners(into).await;
        }
        into.app_roles_assigned_to = Family::default();
        if self.wants(FamilyName::AppRolesAssignedTo) {
            into.app_roles_assigned_to = self.assigned_to(into).await;
        }
        if self.wants(FamilyName::ServicePrincipalOwners) {
            into.service_principal_owners = self.principal_owners(into).await;
        }
        let mailboxes = self.wants(FamilyName::MessageRules) && granted.contains(MAILBOX_PERMISSION);
        if mailboxes && self.carried.contains_key(&FamilyName::MessageRules) {
            return;
        }
        into.message_rules = if mailboxes { self.message_rules(into).await } else { Family::default() };
    }

    fn wants(&self, family: FamilyName) -> bool {
        self.wanted.on_demand.contains(&family)
    }

    async fn group_owners(&self, snapshot: &Snapshot) -> Family<GroupOwners> {
        let groups = snapshot.groups.partial_rows().iter();
        let questions =
            groups.filter(|group| group.is_assignable_to_role == Some(true)).map(|group| Question {
                about: group.id.clone(),
                path: format!("/v1.0/groups/{}/owners?$select=id,displayName", segment(&group.id)),
            });
        let rows = |group, owners: Vec<DirectoryObject>| vec![GroupOwners { group, owners }];
        self.dependent(&snapshot.groups, questions.collect(), rows).await
    }

    /// Who has roles of the resources whose roles matter.
    async fn assigned_to(&self, snapshot: &Snapshot) -> Family<ResourceAppRoles> {
        let principals = snapshot.service_principals.partial_rows().iter();
        let watched = principals.filter(|one| {
            one.app_id.as_ref().is_some_and(|app| WATCHED_RESOURCES.iter().any(|id| Id::new(id) == *app))
        });
        let questions = watched.map(|one| Question {
            about: one.id.clone(),
            path: format!("/v1.0/servicePrincipals/{}/appRoleAssignedTo?$top=999", segment(&one.id)),
        });
        let rows =
            |resource, assignments: Vec<AppRoleAssignment>| vec![ResourceAppRoles { resource, assignments }];
        self.dependent(&snapshot.service_principals, questions.collect(), rows).await
    }

    /// Owners of service principals that hold a directory role or an application role.
    async fn principal_owners(&self, snapshot: &Snapshot) -> Family<ServicePrincipalOwners> {
        let roles = snapshot.role_assignments.partial_rows().iter().map(|one| &one.principal_id);
        let members = snapshot.group_members.partial_rows().iter();
        let members = members.flat_map(|row| &row.members).map(|member| &member.id);
        let granted = snapshot.app_roles_assigned_to.partial_rows().iter();
        let granted = granted.flat_map(|row| &row.assignments).map(|one| &one.principal_id);
        let holders: BTreeSet<&Id> = roles.chain(members).chain(granted).collect();
        let principals = snapshot.service_principals.partial_rows().iter();
        let questions = principals.filter(|one| holders.contains(&one.id)).map(|one| Question {
            about: one.id.clone(),
            path: format!("/v1.0/servicePrincipals/{}/owners?$select=id,displayName", segment(&one.id)),
        });
        let rows = |service_principal, owners: Vec<DirectoryObject>| {
            vec![ServicePrincipalOwners { service_principal, owners }]
        };
        self.dependent(&snapshot.service_principals, questions.collect(), rows).await
    }

    async fn message_rules(&self, snapshot: &Snapshot) -> Family<MailboxRules> {
        let users = snapshot.users.partial_rows().iter();
        let questions = users.filter(|user| !user.is_guest()).map(|user| Question {
            about: user.id.clone(),
            path: format!("/v1.0/users/{}/mailFolders/inbox/messageRules", segment(&user.id)),
        });
        let rows = |user, rules: Vec<MessageRule>| vec![MailboxRules { user, rules }];
        self.dependent(&snapshot.users, questions.collect(), rows).await
    }
}
