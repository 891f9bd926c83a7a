//! Which application permission a call needs, so that a 403 names what is missing.
//!
//! From Microsoft's permission reference, corrected where it is known to be wrong: writing a
//! Conditional Access policy also needs `Policy.Read.All`. Diagnostics only; Graph decides.

use std::collections::BTreeSet;
use trueconfig_common::change::Method;

/// Alternatives, the least first: any one of them is enough.
type AnyOf = &'static [&'static str];

/// A rule: a path pattern, and every group of alternatives it needs.
struct Rule {
    /// Lower-case part of the path below the version.
    path: &'static str,
    needs: &'static [AnyOf],
}

const DIRECTORY_READ: &str = "Directory.Read.All";
const DIRECTORY_WRITE: &str = "Directory.ReadWrite.All";
const POLICY: AnyOf = &["Policy.Read.All"];
const AUDIT: AnyOf = &["AuditLog.Read.All"];
const USER: AnyOf = &["User.Read.All", "User.ReadWrite.All", DIRECTORY_READ, DIRECTORY_WRITE];
const APPLICATION: AnyOf =
    &["Application.Read.All", "Application.ReadWrite.All", DIRECTORY_READ, DIRECTORY_WRITE];
const APPLICATION_WRITE: AnyOf = &["Application.ReadWrite.All", DIRECTORY_WRITE];
const ROLE: AnyOf = &["RoleManagement.Read.Directory", "RoleManagement.ReadWrite.Directory", DIRECTORY_READ];
const GROUP: AnyOf = &["Group.Read.All", "Group.ReadWrite.All", DIRECTORY_READ, DIRECTORY_WRITE];

/// The first rule that matches counts: the special stand before the general.
const READS: &[Rule] = &[
    Rule { path: "signinactivity", needs: &[USER, AUDIT] },
    Rule { path: "/auditlogs/", needs: &[AUDIT] },
    Rule { path: "/reports/", needs: &[AUDIT] },
    Rule {
        path: "/authentication/methods",
        needs: &[&["UserAuthenticationMethod.Read.All", "UserAuthenticationMethod.ReadWrite.All"]],
    },
    Rule {
        path: "/roleassignmentscheduleinstances",
        needs: &[&[
            "RoleAssignmentSchedule.Read.Directory",
            "RoleAssignmentSchedule.ReadWrite.Directory",
            "RoleManagement.Read.All",
            "RoleManagement.Read.Directory",
            "RoleManagement.ReadWrite.Directory",
        ]],
    },
    Rule {
        path: "/roleeligibilityscheduleinstances",
        needs: &[&[
            "RoleEligibilitySchedule.Read.Directory",
            "RoleEligibilitySchedule.ReadWrite.Directory",
            "RoleManagement.Read.All",
            "RoleManagement.Read.Directory",
            "RoleManagement.ReadWrite.Directory",
        ]],
    },
    Rule { path: "/rolemanagement/", needs: &[ROLE] },
    Rule { path: "/directoryroles", needs: &[ROLE] },
    Rule { path: "/policies/rolemanagementpolic", needs: &[ROLE] },
    Rule {
        path: "/policies/authenticationstrengthpolicies",
        needs: &[&[
            "Policy.Read.AuthenticationMethod",
            "Policy.Read.All",
            "Policy.ReadWrite.AuthenticationMethod",
        ]],
    },
    Rule {
        path: "/policies/authenticationmethodspolicy",
        needs: &[&[
            "Policy.Read.AuthenticationMethod",
            "Policy.Read.All",
            "Policy.ReadWrite.AuthenticationMethod",
        ]],
    },
    Rule {
        path: "/policies/permissiongrantpolicies",
        needs: &[&["Policy.Read.PermissionGrant", "Policy.ReadWrite.PermissionGrant", "Policy.Read.All"]],
    },
    Rule {
        path: "/policies/deviceregistrationpolicy",
        needs: &[&["Policy.Read.DeviceConfiguration", "Policy.ReadWrite.DeviceConfiguration"]],
    },
    Rule { path: "/policies/", needs: &[POLICY] },
    Rule { path: "/identity/conditionalaccess/", needs: &[POLICY] },
    Rule {
        path: "/identityprotection/",
        needs: &[&["IdentityRiskyUser.Read.All", "IdentityRiskyUser.ReadWrite.All"]],
    },
    Rule {
        path: "/identitygovernance/accessreviews",
        needs: &[&["AccessReview.Read.All", "AccessReview.ReadWrite.All"]],
    },
    Rule {
        path: "/oauth2permissiongrants",
        needs: &[&[DIRECTORY_READ, "DelegatedPermissionGrant.ReadWrite.All", DIRECTORY_WRITE]],
    },
    Rule { path: "/serviceprincipals", needs: &[APPLICATION] },
    Rule { path: "/applications", needs: &[APPLICATION] },
    Rule {
        path: "/groupsettings",
        needs: &[&["GroupSettings.Read.All", DIRECTORY_READ, "Group.Read.All", DIRECTORY_WRITE]],
    },
    Rule { path: "/groups", needs: &[GROUP] },
    Rule { path: "/users", needs: &[USER] },
    Rule {
        path: "/organization",
        needs: &[&["Organization.Read.All", "Organization.ReadWrite.All", DIRECTORY_READ]],
    },
    Rule {
        path: "/subscribedskus",
        needs: &[&["LicenseAssignment.Read.All", "Organization.Read.All", DIRECTORY_READ]],
    },
    Rule { path: "/domains", needs: &[&["Domain.Read.All", "Domain.ReadWrite.All", DIRECTORY_READ]] },
    Rule { path: "/security/", needs: &[&["SecurityEvents.Read.All", "SecurityEvents.ReadWrite.All"]] },
    Rule { path: "/devices", needs: &[&["Device.Read.All", "Device.ReadWrite.All", DIRECTORY_READ]] },
];

const WRITES: &[Rule] = &[
    Rule {
        path: "/rolemanagement/directory/roleassignments",
        needs: &[&["RoleManagement.ReadWrite.Directory"]],
    },
    Rule { path: "/identity/conditionalaccess/", needs: &[&["Policy.ReadWrite.ConditionalAccess"], POLICY] },
    Rule { path: "/policies/authorizationpolicy", needs: &[&["Policy.ReadWrite.Authorization"]] },
    Rule { path: "/policies/adminconsentrequestpolicy", needs: &[&["Policy.ReadWrite.ConsentRequest"]] },
    Rule {
        path: "/policies/identitysecuritydefaults",
        needs: &[&["Policy.ReadWrite.SecurityDefaults", "Policy.ReadWrite.ConditionalAccess"], POLICY],
    },
    Rule {
        path: "/policies/authenticationmethodspolicy",
        needs: &[&["Policy.ReadWrite.AuthenticationMethod"]],
    },
    Rule { path: "/owners/", needs: &[APPLICATION_WRITE, &[DIRECTORY_READ, DIRECTORY_WRITE]] },
    Rule { path: "/approleassigne", needs: &[&["AppRoleAssignment.ReadWrite.All"], APPLICATION] },
    Rule { path: "/approleassignments", needs: &[&["AppRoleAssignment.ReadWrite.All"], APPLICATION] },
    Rule {
        path: "/oauth2permissiongrants",
        needs: &[&["DelegatedPermissionGrant.ReadWrite.All", DIRECTORY_WRITE]],
    },
    Rule { path: "/applications", needs: &[APPLICATION_WRITE] },
    Rule { path: "/serviceprincipals", needs: &[APPLICATION_WRITE] },
    Rule { path: "/groupsettings", needs: &[&["GroupSettings.ReadWrite.All", DIRECTORY_WRITE]] },
    Rule { path: "/groups", needs: &[&["Group.ReadWrite.All", DIRECTORY_WRITE]] },
    Rule { path: "/domains", needs: &[&["Domain.ReadWrite.All"]] },
];

/// The first permission that a read needs and `granted` lacks; none where the path is unknown or nothing lacks.
pub fn missing_for_read(path: &str, granted: &BTreeSet<String>) -> Option<String> {
    missing(READS, path, granted)
}

/// The same for a write.
///
/// Disabling a user has a permission of its own, narrower than writing users.
pub fn missing_for_write(method: Method, path: &str, granted: &BTreeSet<String>) -> Option<String> {
    const DISABLE: &[Rule] = &[Rule {
        path: "/users",
        needs: &[&["User.EnableDisableAccount.All", "User.ReadWrite.All", DIRECTORY_WRITE], USER],
    }];
    const CREATE: &[Rule] = &[Rule { path: "/users", needs: &[&["User.ReadWrite.All", DIRECTORY_WRITE]] }];
    let users = if method == Method::Patch { DISABLE } else { CREATE };
    missing(WRITES, path, granted).or_else(|| missing(users, path, granted))
}

fn missing(rules: &[Rule], path: &str, granted: &BTreeSet<String>) -> Option<String> {
    let path = path.to_ascii_lowercase();
    let rule = rules.iter().find(|rule| path.contains(rule.path))?;
    let lacking = rule.needs.iter().find(|any| !any.iter().any(|one| granted.contains(*one)))?;
    lacking.first().map(|least| (*least).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn granted(list: &[&str]) -> BTreeSet<String> {
        list.iter().map(|one| (*one).to_owned()).collect()
    }

    #[test]
    fn the_least_missing_permission_is_named() {
        let some = granted(&["User.Read.All"]);
        assert_eq!(missing_for_read("/v1.0/users?$select=id", &some), None);
        let activity = "/v1.0/users?$select=id,signInActivity&$top=500";
        assert_eq!(missing_for_read(activity, &some).as_deref(), Some("AuditLog.Read.All"));
        assert_eq!(missing_for_read(activity, &granted(&[])).as_deref(), Some("User.Read.All"));
        assert_eq!(missing_for_read("/v1.0/unknown", &some), None);
    }

    #[test]
    fn conditional_access_writes_need_both() {
        let path = "/v1.0/identity/conditionalAccess/policies/1";
        let missing = |list: &[&str]| missing_for_write(Method::Patch, path, &granted(list));
        assert_eq!(missing(&["Policy.Read.All"]).as_deref(), Some("Policy.ReadWrite.ConditionalAccess"));
        assert_eq!(missing(&["Policy.ReadWrite.ConditionalAccess"]).as_deref(), Some("Policy.Read.All"));
        assert_eq!(missing(&["Policy.ReadWrite.ConditionalAccess", "Policy.Read.All"]), None);
    }

    #[test]
    fn disabling_a_user_is_satisfied_by_the_narrow_permission() {
        let narrow = granted(&["User.EnableDisableAccount.All", "User.Read.All"]);
        assert_eq!(missing_for_write(Method::Patch, "/v1.0/users/1", &narrow), None);
        assert_eq!(
            missing_for_write(Method::Post, "/v1.0/users", &narrow).as_deref(),
            Some("User.ReadWrite.All")
        );
    }
}
