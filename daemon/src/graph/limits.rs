//! The budget per limit class: requests wait here so that Graph need not refuse them.
//!
//! Figures are the limits Microsoft publishes per application and tenant. Conditional Access is counted
//! for the whole tenant over all of its tools, so others may still make us wait.

use serde::{Deserialize, Serialize};
use std::sync::Mutex;
use std::time::Duration;
use tokio::time::Instant;

/// Which budgets hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limits {
    /// Graph's published limits.
    Graph,
    /// None: for a tenant on this machine.
    Unlimited,
}

/// A group of paths that Graph counts together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LimitClass {
    /// Users, groups, applications, grants, roles, settings: resource units.
    Directory,
    /// Writes to the same.
    DirectoryWrite,
    /// Conditional Access and identity protection: per tenant, all apps together.
    ConditionalAccess,
    /// Sign-in, audit and authentication reports.
    Reports,
    /// Users with `signInActivity`.
    SignInActivity,
    /// Secure score.
    SecureScore,
}

impl LimitClass {
    const ALL: [Self; 6] = [
        Self::Directory,
        Self::DirectoryWrite,
        Self::ConditionalAccess,
        Self::Reports,
        Self::SignInActivity,
        Self::SecureScore,
    ];

    /// The class of a read, by path and query.
    pub fn of_read(path: &str) -> Self {
        let path = path.to_ascii_lowercase();
        if path.contains("/identity/conditionalaccess") || path.contains("/identityprotection") {
            return Self::ConditionalAccess;
        }
        if path.contains("signinactivity") {
            return Self::SignInActivity;
        }
        if path.contains("/auditlogs") || path.contains("/reports/") {
            return Self::Reports;
        }
        if path.contains("/security/") { Self::SecureScore } else { Self::Directory }
    }

    /// The class of a write.
    pub fn of_write(path: &str) -> Self {
        match Self::of_read(path) {
            Self::ConditionalAccess => Self::ConditionalAccess,
            _ => Self::DirectoryWrite,
        }
    }

    /// Units per period, the period, and how many may be spent at once.
    ///
    /// Directory: the smallest tenant size (3,500 units in 10 s); writes: 3,000 in 150 s.
    fn quota(self) -> (u32, Duration, u32) {
        match self {
            Self::Directory => (3_500, Duration::from_secs(10), 350),
            Self::DirectoryWrite => (3_000, Duration::from_secs(150), 20),
            Self::ConditionalAccess => (1, Duration::from_secs(1), 1),
            Self::Reports => (5, Duration::from_secs(10), 5),
            Self::SignInActivity => (10, Duration::from_secs(60), 1),
            Self::SecureScore => (150, Duration::from_secs(60), 4),
        }
    }
}

/// What a read costs in its class: resource units for the directory, one elsewhere.
pub fn read_cost(path: &str) -> u32 {
    if LimitClass::of_read(path) != LimitClass::Directory {
        return 1;
    }
    let (bare, query) = path.split_once('?').unwrap_or((path, ""));
    let base = match bare.rsplit('/').next().unwrap_or_default() {
        "transitiveMembers" => 5,
        "members" | "subscribedSkus" => 3,
        "users" | "applications" | "oauth2PermissionGrants" | "appRoleAssignments" | "appRoleAssignedTo" => 2,
        _ => 1,
    };
    let expand = u32::from(query.contains("$expand="));
    let select = u32::from(query.contains("$select="));
    (base + expand).saturating_sub(select).max(1)
}

/// The budgets of one tenant; reader and writer share them because Graph counts them together.
#[derive(Debug)]
pub struct Budgets {
    buckets: Vec<(LimitClass, Bucket)>,
}

impl Budgets {
    /// Full budgets.
    pub fn new(limits: Limits) -> Self {
        let classes: &[LimitClass] = if limits == Limits::Unlimited { &[] } else { &LimitClass::ALL };
        Self { buckets: classes.iter().map(|class| (*class, Bucket::new(class.quota()))).collect() }
    }

    /// How long a request must wait from now; its units are spent at once, so waiters queue in order.
    pub fn reserve(&self, class: LimitClass, units: u32) -> Duration {
        self.buckets
            .iter()
            .find(|(own, _)| *own == class)
            .map_or(Duration::ZERO, |(_, bucket)| bucket.reserve(units))
    }
}

/// A token bucket kept as one instant: when all that was spent will have been earned again.
#[derive(Debug)]
struct Bucket {
    per_unit: Duration,
    burst: u32,
    earned_at: Mutex<Option<Instant>>,
}

impl Bucket {
    fn new((units, period, burst): (u32, Duration, u32)) -> Self {
        Self { per_unit: period / units.max(1), burst, earned_at: Mutex::new(None) }
    }

    fn reserve(&self, units: u32) -> Duration {
        let now = Instant::now();
        let mut slot = self.earned_at.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let earned_at = slot.unwrap_or(now).max(now) + self.per_unit * units;
        *slot = Some(earned_at);
        (earned_at - now).saturating_sub(self.per_unit * self.burst.max(units))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_find_their_class() {
        for (path, class) in [
            ("/v1.0/users?$select=id", LimitClass::Directory),
            ("/v1.0/users?$select=id,signInActivity&$top=500", LimitClass::SignInActivity),
            ("/v1.0/identity/conditionalAccess/namedLocations", LimitClass::ConditionalAccess),
            ("/v1.0/identityProtection/riskyUsers", LimitClass::ConditionalAccess),
            ("/v1.0/auditLogs/signIns", LimitClass::Reports),
            ("/v1.0/reports/authenticationMethods/userRegistrationDetails", LimitClass::Reports),
            ("/v1.0/security/secureScores?$top=1", LimitClass::SecureScore),
        ] {
            assert_eq!(LimitClass::of_read(path), class, "{path}");
        }
        assert_eq!(LimitClass::of_write("/v1.0/users/1"), LimitClass::DirectoryWrite);
    }

    #[test]
    fn reads_cost_what_graph_charges() {
        assert_eq!(read_cost("/v1.0/users"), 2);
        assert_eq!(read_cost("/v1.0/users?$select=id"), 1);
        assert_eq!(read_cost("/v1.0/groups/1/members"), 3);
        assert_eq!(read_cost("/v1.0/applications?$expand=owners"), 3);
        assert_eq!(read_cost("/v1.0/domains?$select=id"), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn conditional_access_gets_one_request_a_second() {
        let budgets = Budgets::new(Limits::Graph);
        let waits: Vec<_> =
            (0..3).map(|_| budgets.reserve(LimitClass::ConditionalAccess, 1).as_millis()).collect();
        assert_eq!(waits, [0, 1000, 2000]);
        tokio::time::advance(Duration::from_secs(10)).await;
        assert_eq!(budgets.reserve(LimitClass::ConditionalAccess, 1), Duration::ZERO);
        assert_eq!(budgets.reserve(LimitClass::ConditionalAccess, 1), Duration::from_secs(1));
    }

    #[tokio::test(start_paused = true)]
    async fn reports_may_burst_up_to_their_limit() {
        let budgets = Budgets::new(Limits::Graph);
        let waits: Vec<_> = (0..7).map(|_| budgets.reserve(LimitClass::Reports, 1).as_secs()).collect();
        assert_eq!(waits, [0, 0, 0, 0, 0, 2, 4]);
    }

    #[test]
    fn unlimited_never_waits() {
        let budgets = Budgets::new(Limits::Unlimited);
        assert!((0..1000).all(|_| budgets.reserve(LimitClass::SignInActivity, 1).is_zero()));
    }
}
