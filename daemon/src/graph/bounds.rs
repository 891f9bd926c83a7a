//! Every upper bound of a conversation with Graph, with its reason, and the waits between tries.

use chrono::{DateTime, Utc};
use std::time::Duration;

/// Upper bounds of calls; all of them may be set, so that tests and demos need not wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Tries of one call, the first included.
    pub tries: u32,
    /// From the first try of a call to the last, waits included.
    pub deadline: Duration,
    /// Tries of a page in the middle of a list: hours of reading hang on it.
    pub page_tries: u32,
    /// Deadline of such a page; long enough for an hour without network.
    pub page_deadline: Duration,
    /// One try, from connecting to the last byte.
    pub request_timeout: Duration,
    /// Connecting, TLS included.
    pub connect_timeout: Duration,
    /// First wait where Graph names none; doubles with each try.
    pub first_wait: Duration,
    /// Longest wait where Graph names none.
    pub longest_wait: Duration,
    /// Pages of one list: two million rows where Graph gives 100 in a page, and half as many again.
    pub pages: u32,
    /// Bytes of one answer.
    pub body_bytes: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            tries: 8,
            deadline: Duration::from_secs(120),
            page_tries: 100,
            page_deadline: Duration::from_secs(75 * 60),
            request_timeout: Duration::from_secs(100),
            connect_timeout: Duration::from_secs(10),
            first_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(60),
            pages: 30_000,
            body_bytes: 64 * 1024 * 1024,
        }
    }
}

impl Bounds {
    /// For a tenant on this machine: the same tries, short waits.
    pub fn loopback() -> Self {
        Self {
            deadline: Duration::from_secs(20),
            page_deadline: Duration::from_secs(20),
            page_tries: 8,
            first_wait: Duration::from_millis(20),
            longest_wait: Duration::from_secs(1),
            ..Self::default()
        }
    }

    /// The wait after try number `tried` (from 1) where Graph names none: exponential, and spread
    /// over its upper half by `dice` so that many callers do not come back at once.
    pub fn wait_after(&self, tried: u32, dice: u128) -> Duration {
        let doublings = tried.saturating_sub(1).min(16);
        let full = self.first_wait.saturating_mul(1 << doublings).min(self.longest_wait);
        let half = full / 2;
        let spread = u64::try_from(half.as_micros()).unwrap_or(u64::MAX);
        half + Duration::from_micros(u64::try_from(dice % u128::from(spread.max(1))).unwrap_or(0))
    }
}

/// Reads a `Retry-After`: seconds, seconds with a fraction (Graph sends `2.128`), or an HTTP date.
pub fn retry_after(header: &str, now: DateTime<Utc>) -> Option<Duration> {
    let header = header.trim();
    if let Ok(seconds) = header.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let date = DateTime::parse_from_rfc2822(header).ok()?;
    Some((date.with_timezone(&Utc) - now).to_std().unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_reads_seconds_fractions_and_dates() {
        let now = DateTime::parse_from_rfc3339("2026-11-24T08:00:00Z").unwrap().with_timezone(&Utc);
        assert_eq!(retry_after("3", now), Some(Duration::from_secs(3)));
        assert_eq!(retry_after(" 2.128 ", now), Some(Duration::from_millis(2128)));
        assert_eq!(retry_after("Tue, 24 Nov 2026 08:00:07 GMT", now), Some(Duration::from_secs(7)));
        assert_eq!(retry_after("Tue, 24 Nov 2026 07:00:00 GMT", now), Some(Duration::ZERO));
        for wrong in ["", "soon", "-1", "NaN", "inf", "1e400"] {
            assert_eq!(retry_after(wrong, now), None, "{wrong}");
        }
    }

    #[test]
    fn waits_grow_stay_within_bounds_and_are_spread() {
        let bounds = Bounds::default();
        for tried in 1..200 {
            for dice in [0, 1, u128::MAX / 3, u128::MAX] {
                let wait = bounds.wait_after(tried, dice);
                assert!(wait <= bounds.longest_wait && wait >= bounds.first_wait / 2, "{tried} {wait:?}");
            }
        }
        assert!(bounds.wait_after(3, 0) >= Duration::from_secs(1));
        assert_ne!(bounds.wait_after(2, 1), bounds.wait_after(2, 77_777));
    }
}
