//! Accounts and groups from the name service, off the async threads and with a deadline.
//!
//! A directory server may hang or be down: then the peer has no role, and says so. An answer is
//! good for reading for [`LOOKUP_AGE`]; whoever wants to write is looked up again, so that taking
//! somebody out of a group acts on connections that are already open (D14).

use super::limits::{ACCOUNTS, LOOKUP_AGE, LOOKUP_DEADLINE, LOOKUPS};
use super::roles::{self, Account};
use crate::config::{Approvers, Roles};
use nix::unistd::{Gid, Group, Uid, User, getgrouplist};
use std::collections::BTreeMap;
use std::ffi::CString;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, timeout};
use trueconfig_common::role::Role;

/// Where accounts are known. Blocking.
pub trait Accounts: Send + Sync + 'static {
    /// The account of a uid, with those of `groups` it belongs to.
    fn look_up(&self, uid: u32, groups: &[String]) -> Result<Account, nix::Error>;
}

/// The system's name service: files, sssd, LDAP, whatever `nsswitch.conf` says.
#[derive(Clone, Copy, Debug)]
pub struct NameService;

/// What an account may do at the moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Its name; the number where it has none.
    pub name: String,
    /// Its highest role.
    pub role: Option<Role>,
    /// The groups of approvers it belongs to.
    pub approver_of: Vec<String>,
}

/// How recent an answer must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// At most [`LOOKUP_AGE`] old.
    Recent,
    /// Asked for now.
    Now,
}

impl Freshness {
    /// What a call needs: reading and scanning may go by a recent answer, writing may not.
    pub fn for_role(needed: Role) -> Self {
        if needed > Role::Member { Self::Now } else { Self::Recent }
    }
}

/// Roles and groups of approvers by uid.
pub struct Directory {
    roles: Roles,
    approvers: Approvers,
    groups: Arc<[String]>,
    accounts: Arc<dyn Accounts>,
    recent: Mutex<BTreeMap<u32, (Instant, Standing)>>,
    lookups: Arc<Semaphore>,
    deadline: Duration,
}

impl Directory {
    /// A directory that asks `accounts`.
    pub fn new(roles: Roles, approvers: Approvers, accounts: Arc<dyn Accounts>) -> Self {
        Self {
            groups: roles::group_names(roles.values().chain(approvers.values())).into(),
            roles,
            approvers,
            accounts,
            recent: Mutex::default(),
            lookups: Arc::new(Semaphore::new(LOOKUPS)),
            deadline: LOOKUP_DEADLINE,
        }
    }

    /// The same directory with another deadline for a look-up.
    #[cfg(test)]
    pub fn with_deadline(self, deadline: Duration) -> Self {
        Self { deadline, ..self }
    }

    /// What a uid may do. A look-up that fails or takes too long gives no role.
    pub async fn standing(&self, uid: u32, freshness: Freshness) -> Standing {
        if freshness == Freshness::Recent
            && let Some(standing) = self.remembered(uid)
        {
            return standing;
        }
        match timeout(self.deadline, self.ask(uid)).await {
            Ok(Ok(account)) => self.judge(&account),
            Ok(Err(error)) => self.nobody(uid, &error.to_string()),
            Err(_) => self.nobody(uid, "no answer in time"),
        }
    }

    async fn ask(&self, uid: u32) -> Result<Account, nix::Error> {
        let Ok(permit) = Arc::clone(&self.lookups).acquire_owned().await else {
            return Err(nix::Error::ECANCELED);
        };
        let (accounts, groups) = (Arc::clone(&self.accounts), Arc::clone(&self.groups));
        let asked = spawn_blocking(move || {
            // Given back only when the thread is free again, which may be after the deadline.
            let _permit = permit;
            accounts.look_up(uid, &groups)
        });
        asked.await.unwrap_or(Err(nix::Error::EIO))
    }

    fn judge(&self, account: &Account) -> Standing {
        let name = account.name.clone().unwrap_or_else(|| account.uid.to_string());
        let approver_of = roles::approver_of(&self.approvers, account);
        let standing = Standing { name, role: roles::role(&self.roles, account), approver_of };
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        if recent.len() >= ACCOUNTS {
            recent.clear();
        }
        recent.insert(account.uid, (Instant::now(), standing.clone()));
        standing
    }

    fn remembered(&self, uid: u32) -> Option<Standing> {
        let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let (asked, standing) = recent.get(&uid)?;
        (asked.elapsed() < LOOKUP_AGE).then(|| standing.clone())
    }

    fn nobody(&self, uid: u32, reason: &str) -> Standing {
        tracing::warn!(uid, reason, "the name service did not tell who this is; no role is given");
        self.recent.lock().unwrap_or_else(PoisonError::into_inner).remove(&uid);
        Standing { name: uid.to_string(), role: None, approver_of: Vec::new() }
    }
}

impl Accounts for NameService {
    fn look_up(&self, uid: u32, groups: &[String]) -> Result<Account, nix::Error> {
        let nameless = Account { uid, name: None, gids: Default::default(), groups: Default::default() };
        let Some(user) = User::from_uid(Uid::from_raw(uid))? else {
            return Ok(nameless);
        };
        let login = CString::new(user.name.as_bytes()).map_err(|_| nix::Error::EINVAL)?;
        let gids = getgrouplist(&login, user.gid)?.into_iter().map(Gid::as_raw).collect();
        let mut account = Account { name: Some(user.name), gids, ..nameless };
        for name in groups {
            // A configured group that does not exist has no members.
            if let Some(group) = Group::from_name(name)?
                && account.gids.contains(&group.gid.as_raw())
            {
                account.groups.insert(name.clone());
            }
        }
        Ok(account)
    }
}

#[cfg(test)]
mod tests;
