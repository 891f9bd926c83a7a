//! Which snapshots are kept for how long.

use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeSet;

/// Most snapshots kept, whatever the policy says.
pub const SNAPSHOTS_MOST: usize = 1_000;

/// How long snapshots are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Days for which every snapshot is kept.
    pub all_days: u16,
    /// Days for which the last snapshot of each day (UTC) is kept.
    pub daily_days: u16,
}

impl Default for Retention {
    fn default() -> Self {
        Self { all_days: 7, daily_days: 90 }
    }
}

/// Positions of the snapshots to keep, of those taken at `times`, oldest first. The newest is always kept.
pub fn retained(times: &[DateTime<Utc>], retention: &Retention, now: DateTime<Utc>) -> BTreeSet<usize> {
    let age = |days: u16| now - TimeDelta::days(i64::from(days));
    let (all, daily) = (age(retention.all_days), age(retention.daily_days));
    let last_of_day = |index: usize, time: &DateTime<Utc>| {
        times.get(index + 1).is_none_or(|next| next.date_naive() != time.date_naive())
    };
    let wanted = times.iter().enumerate().rev().filter(|(index, time)| {
        index + 1 == times.len() || **time > all || (**time > daily && last_of_day(*index, time))
    });
    wanted.map(|(index, _)| index).take(SNAPSHOTS_MOST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(day: i64, hour: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(day) + TimeDelta::hours(hour)
    }

    #[test]
    fn all_are_kept_for_a_while_then_one_a_day_then_none_but_the_newest() {
        let times = [at(1, 5), at(95, 1), at(95, 9), at(98, 1), at(98, 2)];
        let kept = |now| retained(&times, &Retention::default(), now).into_iter().collect::<Vec<_>>();
        assert_eq!(kept(at(99, 0)), [1, 2, 3, 4], "the first is 98 days old");
        assert_eq!(kept(at(103, 5)), [2, 3, 4]);
        assert_eq!(kept(at(106, 5)), [2, 4]);
        assert_eq!(kept(at(500, 0)), [4]);
        assert_eq!(retained(&[], &Retention::default(), at(1, 1)), BTreeSet::new());
    }

    #[test]
    fn there_is_a_most_whatever_the_policy() {
        let times: Vec<_> = (0..2_000).map(|hour| at(0, hour)).collect();
        let forever = Retention { all_days: u16::MAX, daily_days: u16::MAX };
        let kept = retained(&times, &forever, at(100, 0));
        assert_eq!((kept.len(), kept.first()), (SNAPSHOTS_MOST, Some(&1_000)));
    }
}
