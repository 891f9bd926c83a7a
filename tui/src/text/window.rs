//! Windows of approvals in words, in the zone they were said in and in that of whoever reads.

use super::time::{left, length};
use chrono::{DateTime, Utc};
use trueconfig_common::window::{Tz, Window};

/// In few words: `runs Sun 02:00 Europe/Berlin (in 3 d 4 h)`.
pub fn short(window: &Window, now: DateTime<Utc>) -> String {
    if now >= window.until {
        return "its window is over".to_owned();
    }
    if now >= window.from {
        return format!("its window is open ({})", left(window.until, now));
    }
    format!("runs {} (in {})", window.beginning(now), length(window.from - now))
}

/// With both ends, and in the reader's own zone where that shows other hours:
/// `Sun 2026-11-29 02:00-04:00 Europe/Berlin, here Sat 2026-11-28 20:00-22:00 America/New_York (in 3 d 4 h)`.
pub fn whole(window: &Window, here: Tz, now: DateTime<Utc>) -> String {
    let shown = |zone: Tz| window.from.with_timezone(&zone).naive_local();
    let own = match shown(here) == shown(window.zone()) {
        true => String::new(),
        false => format!(", here {}", window.in_zone(here)),
    };
    let when = match (now < window.from, now < window.until) {
        (true, _) => format!("in {}", length(window.from - now)),
        (false, true) => format!("open, {}", left(window.until, now)),
        (false, false) => "over".to_owned(),
    };
    format!("{window}{own} ({when})")
}

#[cfg(test)]
mod tests {
    use super::{short, whole};
    use chrono::{DateTime, TimeDelta, Utc};
    use trueconfig_common::window::{Tz, Window};

    #[test]
    fn a_window_reads_well_before_in_and_after_it() {
        let now: DateTime<Utc> = "2026-11-25T21:00:00Z".parse().expect("a time");
        let window = Window::parse("Sun 02:00-04:00 Europe/Berlin", now, Tz::UTC).expect("a window");
        assert_eq!(short(&window, now), "runs Sun 02:00 Europe/Berlin (in 3 d 4 h)");
        assert_eq!(
            whole(&window, Tz::America__New_York, now),
            "Sun 2026-11-29 02:00-04:00 Europe/Berlin, here Sat 2026-11-28 20:00-22:00 America/New_York (in 3 d 4 h)"
        );
        let same = whole(&window, Tz::Europe__Vienna, now);
        assert_eq!(same, "Sun 2026-11-29 02:00-04:00 Europe/Berlin (in 3 d 4 h)", "the same clocks");
        let within = window.from + TimeDelta::minutes(30);
        assert_eq!(short(&window, within), "its window is open (1 h 30 min left)");
        assert_eq!(short(&window, window.until), "its window is over");
    }
}
