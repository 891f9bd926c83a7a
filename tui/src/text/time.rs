//! Points and lengths of time as people read them.
//!
//! Times are shown in UTC: the journal, Graph and colleagues in other zones speak it too.

use chrono::{DateTime, TimeDelta, Utc};

/// `2026-11-24 12:03`.
pub fn minute(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M").to_string()
}

/// `2026-11-24 12:03:07.123`, for the audit log.
pub fn exact(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S%.3f").to_string()
}

/// `12:03` on the same day, else `11-24 12:03`, or `2025-11-24` in another year.
pub fn short(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let pattern = if at.date_naive() == now.date_naive() {
        "%H:%M"
    } else if at.format("%Y").to_string() == now.format("%Y").to_string() {
        "%m-%d %H:%M"
    } else {
        "%Y-%m-%d"
    };
    at.format(pattern).to_string()
}

/// A length in its two greatest units: `6 d 23 h`, `23 h 59 min`, `4 min`, `12 s`.
pub fn length(span: TimeDelta) -> String {
    let seconds = span.num_seconds().max(0);
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

/// A length in its greatest unit, for narrow columns: `6d`, `23h`, `4m`, `12s`.
pub fn tight(span: TimeDelta) -> String {
    let seconds = span.num_seconds().max(0);
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3_600 => format!("{}m", seconds / 60),
        3_600..86_400 => format!("{}h", seconds / 3_600),
        _ => format!("{}d", seconds / 86_400),
    }
}

/// How long until then: `23 h 59 min left`, or `over`.
pub fn left(until: DateTime<Utc>, now: DateTime<Utc>) -> String {
    if now >= until { "over".to_owned() } else { format!("{} left", length(until - now)) }
}

/// How long since: `4 min ago`.
pub fn ago(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    format!("{} ago", length(now - at))
}

/// Either: `4 min ago`, or `in 4 min`.
pub fn relative(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    if at <= now { ago(at, now) } else { format!("in {}", length(at - now)) }
}

#[cfg(test)]
mod tests {
    use super::{left, length, tight};
    use chrono::{TimeDelta, Utc};

    #[test]
    fn lengths_read_well() {
        assert_eq!(length(TimeDelta::seconds(7)), "7 s");
        assert_eq!(length(TimeDelta::seconds(3_599)), "59 min");
        assert_eq!(length(TimeDelta::seconds(86_399)), "23 h 59 min");
        assert_eq!(length(TimeDelta::hours(167)), "6 d 23 h");
        assert_eq!(tight(TimeDelta::hours(50)), "2d");
    }

    /// D15: the window is over at its very end.
    #[test]
    fn d15_the_end_is_over() {
        let now = Utc::now();
        assert_eq!(left(now, now), "over");
        assert_eq!(left(now + TimeDelta::hours(24), now), "1 d 0 h left");
    }
}
