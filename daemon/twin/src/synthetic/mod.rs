//! A tenant of any size out of a few numbers: the same numbers give the same bytes. Users, their
//! registration details, applications and service principals are made when they are asked for and only
//! what was written to them is held; the few objects beside them are held. What a tenant has one of is
//! that of the demo tenant.

use std::str::FromStr;

use chrono::NaiveDate;

use crate::tenant::Tenant;
use crate::tenant_file::{TenantFile, TenantFileError};

mod applications;
mod base;
mod details;
mod identity;
mod made;
mod names;
mod people;
mod policies;
mod principals;
mod roles;
mod row;

use made::MadeRows;
use people::People;

/// Most objects of one kind: what the numbering of ids can hold.
const MAX_OBJECTS: u32 = 1 << 30;
/// Most Conditional Access policies of a tenant; Graph's own limit.
const MAX_POLICIES: u32 = 240;
/// Fewest users: two break-glass accounts and some to hold roles.
const MIN_USERS: u32 = 10;

/// How large a synthetic tenant is, and which of all such tenants it is.
///
/// Its text form is `users=1000000,apps=20000,sps=110000,policies=240,seed=7`, each part optional, with
/// `day=2026-11-24` for the day its dates lead up to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Synthetic {
    /// Users, guests included.
    pub users: u32,
    /// Applications.
    pub apps: u32,
    /// Service principals, those of the applications included.
    pub sps: u32,
    /// Conditional Access policies.
    pub policies: u32,
    /// Chooses among all tenants of this size.
    pub seed: u64,
    /// Day of its newest traces.
    pub day: NaiveDate,
}

/// Why the numbers of a synthetic tenant are refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SyntheticError {
    /// A part that is no `name=number`.
    #[error("{0:?} is not one of users=N, apps=N, sps=N, policies=N, seed=N, day=YYYY-MM-DD")]
    Part(String),
    /// A number outside its range.
    #[error("{name} must be between {least} and {most}")]
    Range {
        /// Which.
        name: &'static str,
        /// Smallest number.
        least: u32,
        /// Largest number.
        most: u32,
    },
}

impl Default for Synthetic {
    fn default() -> Self {
        let day = NaiveDate::from_ymd_opt(2026, 11, 24).unwrap_or_default();
        Self { users: 1_000, apps: 100, sps: 200, policies: 20, seed: 1, day }
    }
}

impl FromStr for Synthetic {
    type Err = SyntheticError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut wanted = Self::default();
        for part in text.split(',') {
            wanted.part(part).ok_or_else(|| SyntheticError::Part(part.to_owned()))?;
        }
        wanted.checked()
    }
}

impl Synthetic {
    fn part(&mut self, part: &str) -> Option<()> {
        let (name, value) = part.split_once('=')?;
        match name {
            "users" => self.users = value.parse().ok()?,
            "apps" => self.apps = value.parse().ok()?,
            "sps" => self.sps = value.parse().ok()?,
            "policies" => self.policies = value.parse().ok()?,
            "seed" => self.seed = value.parse().ok()?,
            "day" => self.day = value.parse().ok()?,
            _ => return None,
        }
        Some(())
    }

    fn checked(self) -> Result<Self, SyntheticError> {
        let range = |name, value, least, most| {
            if (least..=most).contains(&value) {
                Ok(())
            } else {
                Err(SyntheticError::Range { name, least, most })
            }
        };
        range("users", self.users, MIN_USERS, MAX_OBJECTS)?;
        // The clients of the twin are applications themselves.
        range("apps", self.apps, base::CLIENTS, MAX_OBJECTS)?;
        range("sps", self.sps, self.apps, MAX_OBJECTS)?;
        range("policies", self.policies, 0, MAX_POLICIES)?;
        Ok(self)
    }

    /// What is not generated: settings, roles, licences and clients of the demo tenant.
    ///
    /// # Errors
    /// Never for a released build.
    pub fn base() -> Result<TenantFile, TenantFileError> {
        TenantFile::contoso().map(base::without_people)
    }

    /// Puts the generated objects into a tenant that holds the rest.
    pub(crate) fn fill(self, tenant: &mut Tenant) {
        let people = People::new(self);
        let clients = base::CLIENTS;
        tenant.generate("/v1.0/users", MadeRows::new("id", people));
        tenant.generate(
            "/v1.0/reports/authenticationMethods/userRegistrationDetails",
            MadeRows::new("id", details::Details(people)),
        );
        let apps = applications::Applications::new(people, self.apps - clients, &tenant.id);
        tenant.generate("/v1.0/applications", MadeRows::new("id", apps.clone()));
        let principals = principals::Principals::new(apps, self.sps - clients);
        tenant.generate("/v1.0/servicePrincipals", MadeRows::new("id", principals));
        applications::own(tenant, people, self.apps - clients);
        policies::fill(tenant, people, self.policies);
        roles::fill(tenant, people);
    }
}

#[cfg(test)]
mod tests;
