//! Which role an account has (D14): the configuration's lists against its uid, name and groups.
//! The highest matching role wins; whoever matches nothing has none.

use crate::config::{Approvers, Principal, Roles};
use std::collections::BTreeSet;
use trueconfig_common::role::Role;

/// An account, as far as roles care.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its number, from the kernel.
    pub uid: u32,
    /// Its name; none where the name service knows none.
    pub name: Option<String>,
    /// Numbers of its groups, the primary one included.
    pub gids: BTreeSet<u32>,
    /// Those of the configured group names it belongs to.
    pub groups: BTreeSet<String>,
}

/// The highest role an account has.
pub fn role(roles: &Roles, account: &Account) -> Option<Role> {
    let has = |list: &Vec<Principal>| list.iter().any(|principal| account.is(principal));
    roles.iter().rev().find(|(_, list)| has(list)).map(|(role, _)| *role)
}

/// The groups of approvers an account belongs to.
pub fn approver_of(approvers: &Approvers, account: &Account) -> Vec<String> {
    let has = |list: &Vec<Principal>| list.iter().any(|principal| account.is(principal));
    approvers.iter().filter(|(_, list)| has(list)).map(|(name, _)| name.clone()).collect()
}

/// The group names that must be looked up.
pub fn group_names<'a>(lists: impl Iterator<Item = &'a Vec<Principal>>) -> Vec<String> {
    let named = lists.flatten().filter_map(|principal| match principal {
        Principal::Group(name) => Some(name.clone()),
        _ => None,
    });
    named.collect::<BTreeSet<_>>().into_iter().collect()
}

impl Account {
    fn is(&self, principal: &Principal) -> bool {
        match principal {
            Principal::User(name) => self.name.as_ref() == Some(name),
            Principal::Uid(uid) => self.uid == *uid,
            // Root is in whatever group it likes; it has a role only if it is listed itself.
            Principal::Group(_) | Principal::Gid(_) if self.uid == 0 => false,
            Principal::Group(name) => self.groups.contains(name),
            Principal::Gid(gid) => self.gids.contains(gid),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ann() -> Account {
        Account {
            uid: 1000,
            name: Some("ann".into()),
            gids: [1000, 27].into(),
            groups: ["security".to_owned()].into(),
        }
    }

    fn lists(entries: &[(Role, Principal)]) -> Roles {
        let mut roles = Roles::new();
        for (role, principal) in entries {
            roles.entry(*role).or_default().push(principal.clone());
        }
        roles
    }

    #[test]
    fn d14_names_and_numbers_of_users_and_groups_match() {
        let matching = [
            Principal::User("ann".into()),
            Principal::Uid(1000),
            Principal::Group("security".into()),
            Principal::Gid(27),
        ];
        for principal in matching {
            assert_eq!(role(&lists(&[(Role::Member, principal)]), &ann()), Some(Role::Member));
        }
        let others = [
            Principal::User("bob".into()),
            Principal::Uid(27),
            Principal::Group("ann".into()),
            Principal::Gid(1001),
        ];
        for principal in others {
            assert_eq!(role(&lists(&[(Role::Member, principal)]), &ann()), None);
        }
    }

    #[test]
    fn d14_the_highest_role_wins() {
        let roles = lists(&[
            (Role::Viewer, Principal::Uid(1000)),
            (Role::SecurityAdmin, Principal::Gid(27)),
            (Role::Admin, Principal::User("ann".into())),
            (Role::Owner, Principal::User("bob".into())),
        ]);
        assert_eq!(role(&roles, &ann()), Some(Role::SecurityAdmin));
    }

    #[test]
    fn who_belongs_to_several_groups_of_approvers_counts_for_each() {
        let approvers = Approvers::from([
            ("platform".to_owned(), vec![Principal::User("bob".into()), Principal::Gid(27)]),
            ("people".to_owned(), vec![Principal::User("bob".into())]),
            ("security".to_owned(), vec![Principal::Group("security".into())]),
        ]);
        assert_eq!(approver_of(&approvers, &ann()), ["platform", "security"]);
    }

    #[test]
    fn d14_root_has_no_role_unless_listed_itself() {
        let root =
            Account { uid: 0, name: Some("root".into()), gids: [0].into(), groups: ["root".into()].into() };
        let by_group =
            lists(&[(Role::Owner, Principal::Gid(0)), (Role::Owner, Principal::Group("root".into()))]);
        assert_eq!(role(&by_group, &root), None);
        assert_eq!(role(&lists(&[(Role::Viewer, Principal::Uid(0))]), &root), Some(Role::Viewer));
    }
}
