//! Graph's own throttling limits, as token buckets per class. Off unless switched on, because they make
//! every run slow.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::graph::GraphError;

/// Most buckets; there are a handful per application.
const MAX_BUCKETS: usize = 1_000;

/// Whether the limits apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Limits {
    /// Nothing is throttled.
    #[default]
    Off,
    /// Graph's documented numbers.
    Real,
}

/// A family with a limit of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    /// 1 request per second and tenant, whoever asks; no `Retry-After`.
    ConditionalAccess,
    /// 5 requests in 10 s per application.
    Reports,
    /// 10 requests per minute.
    SignInActivity,
    /// 150 per minute.
    SecureScore,
    /// Resource units in 10 s, by the size of the tenant.
    Directory,
}

/// What a request costs, and where.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Cost {
    class: Class,
    units: f64,
}

#[derive(Debug)]
struct Bucket {
    level: f64,
    seen: DateTime<Utc>,
}

/// All buckets.
#[derive(Debug, Default)]
pub(crate) struct Buckets {
    buckets: BTreeMap<(Class, String), Bucket>,
}

impl Cost {
    /// The cost of a request by its path and query.
    pub(crate) fn of(method: &str, path: &str, query: &str) -> Self {
        let path = path.to_ascii_lowercase();
        let has = |part: &str| path.contains(part);
        let of = |class, units| Self { class, units };
        if query.contains("signInActivity") {
            return of(Class::SignInActivity, 1.0);
        }
        if has("/conditionalaccess") || has("/identityprotection/") {
            return of(Class::ConditionalAccess, 1.0);
        }
        if has("/auditlogs/") || has("/reports/") {
            return of(Class::Reports, 1.0);
        }
        if has("/security/securescore") {
            return of(Class::SecureScore, 1.0);
        }
        of(Class::Directory, units(method, &path, query))
    }
}

/// Resource units of the identity family: writes 1; reads by path, less with `$select`, more with `$expand`.
fn units(method: &str, path: &str, query: &str) -> f64 {
    if method != "GET" {
        return 1.0;
    }
    let base: f64 = match path {
        _ if path.ends_with("/transitivemembers") => 5.0,
        _ if path.ends_with("/members") || path.ends_with("/subscribedskus") => 3.0,
        _ if path.ends_with("/users") || path.ends_with("/applications") => 2.0,
        _ if path.ends_with("/oauth2permissiongrants") || path.ends_with("/approleassignments") => 2.0,
        _ => 1.0,
    };
    let selected = if query.contains("select=") { 1.0 } else { 0.0 };
    let expanded = if query.contains("expand=") { 1.0 } else { 0.0 };
    (base - selected + expanded).max(1.0)
}

impl Class {
    /// Capacity and refill per second.
    fn rate(self, users: usize) -> (f64, f64) {
        match self {
            Self::ConditionalAccess => (1.0, 1.0),
            Self::Reports => (5.0, 0.5),
            Self::SignInActivity => (10.0, 10.0 / 60.0),
            Self::SecureScore => (150.0, 2.5),
            Self::Directory => match users {
                0..50 => (3_500.0, 350.0),
                50..=500 => (5_000.0, 500.0),
                _ => (8_000.0, 800.0),
            },
        }
    }
}

impl Buckets {
    /// Takes the cost of a request, or refuses it; only the excess is refused.
    pub(crate) fn take(
        &mut self,
        cost: Cost,
        app_id: &str,
        users: usize,
        now: DateTime<Utc>,
    ) -> Result<(), GraphError> {
        let owner = if cost.class == Class::ConditionalAccess { "" } else { app_id };
        let (capacity, refill) = cost.class.rate(users);
        if self.buckets.len() >= MAX_BUCKETS {
            self.buckets.pop_first();
        }
        let bucket = self
            .buckets
            .entry((cost.class, owner.to_owned()))
            .or_insert(Bucket { level: capacity, seen: now });
        let elapsed = (now - bucket.seen).to_std().unwrap_or_default().as_secs_f64();
        bucket.level = (bucket.level + elapsed * refill).min(capacity);
        bucket.seen = now;
        if bucket.level >= cost.units {
            bucket.level -= cost.units;
            return Ok(());
        }
        let wait = (cost.units - bucket.level) / refill;
        let hint = (cost.class != Class::ConditionalAccess).then(|| format!("{wait:.3}"));
        Err(GraphError::throttled(hint))
    }
}

#[cfg(test)]
mod tests {
    use super::{Buckets, Cost};
    use chrono::{TimeDelta, Utc};

    /// Graph facts 3: 1 request per second for all applications together, without `Retry-After`.
    #[test]
    fn conditional_access_takes_one_request_per_second_from_anybody() {
        let (mut buckets, now) = (Buckets::default(), Utc::now());
        let cost = Cost::of("GET", "/v1.0/identity/conditionalAccess/policies", "");
        assert!(buckets.take(cost, "a", 300, now).is_ok());
        let refused = buckets.take(cost, "b", 300, now).expect_err("the second at once");
        assert_eq!((refused.status, refused.retry_after), (429, None));
        assert!(buckets.take(cost, "b", 300, now + TimeDelta::seconds(1)).is_ok());
    }

    #[test]
    fn reports_take_five_in_ten_seconds_per_application_and_say_when_to_come_back() {
        let (mut buckets, now) = (Buckets::default(), Utc::now());
        let cost = Cost::of("GET", "/v1.0/auditLogs/signIns", "");
        let taken = (0..6).filter(|_| buckets.take(cost, "a", 300, now).is_ok()).count();
        assert_eq!(taken, 5);
        assert!(buckets.take(cost, "b", 300, now).is_ok());
        let refused =
            buckets.take(cost, "a", 300, now + TimeDelta::milliseconds(500)).expect_err("still too soon");
        assert_eq!(refused.retry_after.as_deref(), Some("1.500"));
    }
}
