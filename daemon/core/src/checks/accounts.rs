//! Accounts with a special part: break-glass accounts as the operator marks them (D24), our own
//! principals, and the accounts of directory synchronisation.

use super::{Context, privileged};
use crate::snapshot::{Id, Unreadable, User};

/// A break-glass account as marked, and the user it is, if there is one.
#[derive(Clone, Debug)]
pub struct Marked<'a> {
    /// As the operator wrote it.
    pub written: &'a str,
    /// The user.
    pub user: Option<&'a User>,
}

/// How Entra Connect and cloud sync name their accounts.
const SYNC_NAMES: [&str; 2] = ["sync_", "adtoaadsyncserviceaccount"];

impl<'a> Context<'a> {
    /// The marked break-glass accounts, each with its user.
    ///
    /// # Errors
    /// [`Unreadable`] if users were not read.
    pub fn break_glass(&self) -> Result<Vec<Marked<'a>>, Unreadable> {
        let users = self.snapshot.users.rows()?;
        let found = |written: &'a String| {
            let id = Id::new(written);
            let user = users
                .iter()
                .find(|user| user.id == id || user.user_principal_name.eq_ignore_ascii_case(written));
            Marked { written, user }
        };
        Ok(self.config.break_glass.iter().map(found).collect())
    }

    /// Ids of the marked break-glass accounts that exist.
    ///
    /// # Errors
    /// [`Unreadable`] if users were not read.
    pub fn break_glass_ids(&self) -> Result<Vec<Id>, Unreadable> {
        let marked = self.break_glass()?;
        Ok(marked.into_iter().filter_map(|one| one.user).map(|user| user.id.clone()).collect())
    }

    /// Whether an object is marked as break-glass: a user, or a group that was marked itself.
    ///
    /// # Errors
    /// [`Unreadable`] if it takes users to know and they were not read.
    pub fn is_break_glass(&self, id: &Id) -> Result<bool, Unreadable> {
        if self.is_marked(id) {
            return Ok(true);
        }
        if self.marked.iter().all(|(written, _)| !written.contains('@')) {
            return Ok(false);
        }
        Ok(self.user(id)?.is_some_and(|user| self.marks_user(user)))
    }

    /// Whether an object is marked as break-glass by its id.
    pub(super) fn is_marked(&self, id: &Id) -> bool {
        self.marked.iter().any(|(_, marked)| marked == id)
    }

    /// Whether a user is marked as break-glass.
    pub fn marks_user(&self, user: &User) -> bool {
        let by_name = |written: &str| user.user_principal_name.eq_ignore_ascii_case(written);
        self.marked.iter().any(|(written, id)| *id == user.id || by_name(written))
    }

    /// Whether this is our own principal, by object id or by client id.
    pub fn is_own(&self, id: &Id) -> bool {
        let own = &self.config.own_principals;
        let app_id = || self.service_principal(id).ok().flatten().and_then(|one| one.app_id.as_ref());
        own.iter().map(|written| Id::new(written)).any(|one| one == *id || app_id() == Some(&one))
    }

    /// Object ids of our own principals, as far as they were read.
    pub fn own_service_principals(&self) -> Vec<Id> {
        let all = self.snapshot.service_principals.partial_rows().iter();
        all.filter(|one| self.is_own(&one.id)).map(|one| one.id.clone()).collect()
    }

    /// Whether a user is an account of directory synchronisation: it holds a role made for that.
    ///
    /// # Errors
    /// [`Unreadable`] if it might be one by its name and assignments were not read.
    pub fn is_sync_account(&self, user: &User) -> Result<bool, Unreadable> {
        let assignments = match self.snapshot.role_assignments.rows() {
            Ok(rows) => rows,
            Err(cause) => return if has_sync_name(user) { Err(cause) } else { Ok(false) },
        };
        Ok(assignments
            .iter()
            .any(|one| one.principal_id == user.id && privileged::is_sync_role(&one.role_definition_id)))
    }
}

fn has_sync_name(user: &User) -> bool {
    let name = user.user_principal_name.to_ascii_lowercase();
    SYNC_NAMES.iter().any(|prefix| name.starts_with(prefix))
}
