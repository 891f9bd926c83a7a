//! Graph's own throttling limits, as token buckets per class. Off unless switched on, because they make
//! every run slow.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::graph::GraphError;

/// Most buckets; there are a handful per application.
const MAX_BUCKETS: usize = 1_000;
/// Share of a limit above which answers tell how much is used.
const TOLD_ABOVE: f64 = 0.8;

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
    /// Everything: 130,000 requests in 10 s per application.
    Global,
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
    /// 3,000 writes in 2.5 minutes per application.
    Writes,
    /// 18,000 writes in 5 minutes per tenant, whoever asks.
    TenantWrites,
}

/// What a request takes from one bucket.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Cost {
    class: Class,
    units: f64,
}

/// Who asks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asker<'a> {
    pub(crate) app_id: &'a str,
    /// Directory id.
    pub(crate) tenant: &'a str,
    /// Users of the tenant: its size.
    pub(crate) users: usize,
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

/// What a request costs, by its path and query.
pub(crate) fn costs(method: &str, path: &str, query: &str) -> Vec<Cost> {
    let path = path.to_ascii_lowercase();
    let has = |part: &str| path.contains(part);
    let of = |class, units| Cost { class, units };
    let global = of(Class::Global, 1.0);
    if query.contains("signInActivity") {
        return vec![
            global,
            of(Class::SignInActivity, 1.0),
            of(Class::Directory, units(method, &path, query)),
        ];
    }
    let own = match () {
        () if has("/conditionalaccess") || has("/identityprotection/") => Class::ConditionalAccess,
        () if has("/auditlogs/") || has("/reports/") => Class::Reports,
        () if has("/security/securescore") => Class::SecureScore,
        () => Class::Directory,
    };
    if own != Class::Directory {
        return vec![global, of(own, 1.0)];
    }
    let mut costs = vec![global, of(own, units(method, &path, query))];
    if method != "GET" {
        costs.extend([of(Class::Writes, 1.0), of(Class::TenantWrites, 1.0)]);
    }
    costs
}

/// Resource units of the identity family: writes 1; reads by path, less with `$select`, more with `$expand`.
fn units(method: &str, path: &str, query: &str) -> f64 {
    if method != "GET" {
        return if path.ends_with("/getbyids") { 5.0 } else { 1.0 };
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
    let small = if has_small_page(query) { 1.0 } else { 0.0 };
    (base - selected - small + expanded).max(1.0)
}

/// `$top` below 20 makes a read cheaper.
fn has_small_page(query: &str) -> bool {
    let top = query.split('&').find_map(|option| option.rsplit_once("top=").map(|(_, value)| value));
    top.and_then(|top| top.parse::<u32>().ok()).is_some_and(|top| top < 20)
}

impl Class {
    /// Capacity and refill per second.
    fn rate(self, users: usize) -> (f64, f64) {
        match self {
            Self::Global => (130_000.0, 13_000.0),
            Self::ConditionalAccess => (1.0, 1.0),
            Self::Reports => (5.0, 0.5),
            Self::SignInActivity => (10.0, 10.0 / 60.0),
            Self::SecureScore => (150.0, 2.5),
            Self::Writes => (3_000.0, 20.0),
            Self::TenantWrites => (18_000.0, 60.0),
            Self::Directory => match users {
                0..50 => (3_500.0, 350.0),
                50..=500 => (5_000.0, 500.0),
                _ => (8_000.0, 800.0),
            },
        }
    }

    /// Whether all applications share the limit.
    fn is_shared(self) -> bool {
        matches!(self, Self::ConditionalAccess | Self::TenantWrites)
    }

    fn is_write(self) -> bool {
        matches!(self, Self::Writes | Self::TenantWrites)
    }
}

impl Buckets {
    /// Takes the costs of a request, or refuses it; only the excess is refused. Gives the headers that
    /// tell how much of the resource units is used.
    pub(crate) fn take(
        &mut self,
        costs: &[Cost],
        asker: &Asker<'_>,
        now: DateTime<Utc>,
    ) -> Result<Vec<(&'static str, String)>, GraphError> {
        for cost in costs {
            let (_, refill) = cost.class.rate(asker.users);
            let level = self.bucket(cost.class, asker, now).level;
            if level < cost.units {
                return Err(refusal(cost, asker, (cost.units - level) / refill));
            }
        }
        let mut headers = Vec::new();
        for cost in costs {
            let (capacity, _) = cost.class.rate(asker.users);
            let bucket = self.bucket(cost.class, asker, now);
            bucket.level -= cost.units;
            if cost.class == Class::Directory {
                headers.push(("x-ms-resource-unit", cost.units.to_string()));
                let used = 1.0 - bucket.level / capacity;
                if used > TOLD_ABOVE {
                    headers.push(("x-ms-throttle-limit-percentage", format!("{used:.1}")));
                }
            }
        }
        Ok(headers)
    }

    /// The bucket of a class, filled up to now.
    fn bucket(&mut self, class: Class, asker: &Asker<'_>, now: DateTime<Utc>) -> &mut Bucket {
        let owner = if class.is_shared() { "" } else { asker.app_id };
        let (capacity, refill) = class.rate(asker.users);
        if self.buckets.len() >= MAX_BUCKETS {
            self.buckets.pop_first();
        }
        let bucket =
            self.buckets.entry((class, owner.to_owned())).or_insert(Bucket { level: capacity, seen: now });
        let elapsed = (now - bucket.seen).to_std().unwrap_or_default().as_secs_f64();
        bucket.level = (bucket.level + elapsed * refill).min(capacity);
        bucket.seen = now;
        bucket
    }
}

fn refusal(cost: &Cost, asker: &Asker<'_>, wait: f64) -> GraphError {
    let hint = (cost.class != Class::ConditionalAccess).then(|| format!("{wait:.3}"));
    let mut error = GraphError::throttled(hint);
    if cost.class == Class::Directory || cost.class.is_write() {
        let (access, reason) = if cost.class.is_write() {
            ("Write", "WriteLimitExceeded")
        } else {
            ("ReadWrite", "ResourceUnitLimitExceeded")
        };
        let scope = if cost.class.is_shared() { "Tenant" } else { "Tenant_Application" };
        let place = format!("{scope}/{access}/{}/{}", asker.app_id, asker.tenant);
        error.headers.push(("x-ms-throttle-scope", place));
        error.headers.push(("x-ms-throttle-information", reason.to_owned()));
    }
    error
}

#[cfg(test)]
mod tests;
