//! When a scan is due: a pure function of the pattern, the zone and the last scan.
//!
//! A run that was missed (the host slept, the daemon was down) is made up for once, however many
//! were missed. A pattern is in the operator's time zone and stays right across a DST change.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use croner::Cron;
use croner::parser::{CronParser, Seconds};

/// A cron pattern in a time zone.
#[derive(Clone, Debug)]
pub struct Schedule {
    cron: Cron,
    zone: Tz,
}

/// Why a schedule makes no sense.
#[derive(Debug, thiserror::Error)]
pub enum ScheduleError {
    /// The pattern.
    #[error("{pattern:?} is not a cron pattern such as \"0 */6 * * *\": {reason}")]
    Pattern {
        /// As written.
        pattern: String,
        /// Why not.
        reason: String,
    },
    /// The zone.
    #[error("{0:?} is not a time zone such as \"Europe/Berlin\"")]
    Zone(String),
}

impl Schedule {
    /// Reads a pattern of five fields (minute, hour, day, month, weekday) and a zone's name.
    ///
    /// # Errors
    /// [`ScheduleError`] with what is wrong.
    pub fn parse(pattern: &str, zone: &str) -> Result<Self, ScheduleError> {
        let zone = zone.parse::<Tz>().map_err(|_| ScheduleError::Zone(zone.to_owned()))?;
        let parser = CronParser::builder().seconds(Seconds::Disallowed).build();
        let wrong = |reason: String| ScheduleError::Pattern { pattern: pattern.to_owned(), reason };
        let cron = parser.parse(pattern).map_err(|error| wrong(error.to_string()))?;
        let schedule = Self { cron, zone };
        match schedule.next_after(DateTime::UNIX_EPOCH) {
            Some(_) => Ok(schedule),
            None => Err(wrong("it never comes due".to_owned())),
        }
    }

    /// The first due time after a moment; none if it never comes.
    pub fn next_after(&self, moment: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let local = moment.with_timezone(&self.zone);
        self.cron.find_next_occurrence(&local, false).ok().map(|due| due.with_timezone(&Utc))
    }

    /// Whether a scan is due: one never made is; else if a due time has passed since the last.
    pub fn is_due(&self, last: Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
        match last {
            None => true,
            Some(last) => self.next_after(last).is_some_and(|due| due <= now),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_daily_scan_keeps_its_local_hour_across_a_dst_change() {
        let daily = Schedule::parse("0 2 * * *", "America/New_York").unwrap();
        assert_eq!(daily.next_after(at("2026-10-31T12:00:00Z")), Some(at("2026-11-01T07:00:00Z")));
        assert_eq!(daily.next_after(at("2026-10-30T12:00:00Z")), Some(at("2026-10-31T06:00:00Z")));
    }

    #[test]
    fn missed_runs_are_made_up_for_once() {
        let hourly = Schedule::parse("0 * * * *", "UTC").unwrap();
        let now = at("2026-11-24T10:30:00Z");
        assert!(hourly.is_due(None, now));
        assert!(hourly.is_due(Some(at("2026-11-20T00:00:00Z")), now));
        assert!(!hourly.is_due(Some(now), now));
        assert!(!hourly.is_due(Some(at("2026-11-24T10:00:00Z")), now));
    }

    #[test]
    fn a_wrong_schedule_is_refused_with_words() {
        assert!(Schedule::parse("every day", "UTC").unwrap_err().to_string().contains("every day"));
        assert!(Schedule::parse("0 2 * * *", "Mars/Phobos").unwrap_err().to_string().contains("Mars"));
        assert!(Schedule::parse("0 0 31 2 *", "UTC").unwrap_err().to_string().contains("never"));
    }
}
