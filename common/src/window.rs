//! When an approved plan may run, such as `Sun 02:00-04:00 Europe/Berlin`.
//!
//! Text becomes two moments once, when it is read; after that no change of clocks moves them. The zone is kept
//! to show the window as it was said. A time that the clocks skip is refused; one that comes twice counts so that
//! the window is the shorter one: the second time for its beginning, the first for its end.

mod clock;
#[cfg(test)]
mod tests;

pub use chrono_tz::Tz;
pub use clock::{between, time};

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveDateTime, Utc, Weekday};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A time in which an approved plan may run, and outside of which it waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// From then on.
    pub from: DateTime<Utc>,
    /// Until then, not included.
    pub until: DateTime<Utc>,
    /// The time zone it was said in, such as `Europe/Berlin`.
    pub zone: String,
}

/// Why a text is no window.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WindowError {
    /// Not of that shape.
    #[error(
        "\"{0}\" is not a window such as \"Sun 02:00-04:00 Europe/Berlin\", \"tomorrow 22:00-01:00\" or \
         \"2026-11-29 02:00-04:00 UTC\""
    )]
    Shape(String),
    /// No day.
    #[error("\"{0}\" is not a day: write Sun, today, tomorrow or a date such as 2026-11-29")]
    Day(String),
    /// No time of day.
    #[error("\"{0}\" is not a time of day such as 02:00")]
    Time(String),
    /// No time zone.
    #[error("\"{0}\" is not a time zone such as Europe/Berlin or UTC")]
    Zone(String),
    /// It has no length.
    #[error("it begins and ends at the same time")]
    Empty,
    /// The clocks skip it.
    #[error("{local} does not exist in {zone}: the clocks skip it; choose another time, or write it in UTC")]
    Skipped {
        /// The time that is not there.
        local: String,
        /// Where.
        zone: String,
    },
    /// The clocks show all of it twice.
    #[error("the clocks in {0} show this time twice; write it in UTC")]
    Twice(String),
    /// It is over.
    #[error("it ended at {0} already")]
    Past(String),
}

/// Which day was meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Day {
    Next,
    Weekday(Weekday),
    Today,
    Tomorrow,
    Date(NaiveDate),
}

/// Days looked at for the next one of a name: from yesterday, whose window may still be open, for a week.
const DAYS: u64 = 9;

impl Window {
    /// Reads `[DAY] HH:MM-HH:MM [ZONE]`: the next such time that is not over. Without a zone it is in the
    /// reader's. An end that is not after the beginning is on the next day.
    ///
    /// # Errors
    /// [`WindowError`] in words for whoever wrote it.
    pub fn parse(text: &str, now: DateTime<Utc>, here: Tz) -> Result<Self, WindowError> {
        let tidy = text.replace(['\u{2013}', '\u{2014}'], "-").replace(" - ", "-");
        let words: Vec<&str> = tidy.split_whitespace().collect();
        let shape = || WindowError::Shape(text.trim().to_owned());
        let hours = words.iter().position(|word| word.contains(':')).ok_or_else(shape)?;
        let (before, after) = (&words[..hours], &words[hours + 1..]);
        let day = match before {
            [] => Day::Next,
            [day] => Day::parse(day)?,
            _ => return Err(shape()),
        };
        let zone = match after {
            [] => here,
            [zone] => zone.parse().map_err(|_| WindowError::Zone((*zone).to_owned()))?,
            _ => return Err(shape()),
        };
        let (from, until) = words[hours].split_once('-').ok_or_else(shape)?;
        let (from, until) = (time(from)?, time(until)?);
        if from == until {
            return Err(WindowError::Empty);
        }
        let today = now.with_timezone(&zone).date_naive();
        let on = |date| between(date, from, until, zone);
        let named = |wanted: &dyn Fn(NaiveDate) -> bool| {
            let yesterday = today - Days::new(1);
            let days = yesterday.iter_days().take(DAYS as usize).filter(|date| wanted(*date));
            let mut found = days.map(on).filter(|one| !matches!(one, Ok(one) if one.until <= now));
            found.next().unwrap_or_else(|| Err(shape()))
        };
        let window = match day {
            Day::Next => named(&|date| date >= today || on(date).is_ok_and(|one| one.until > now)),
            Day::Weekday(weekday) => {
                named(&|date| date.weekday() == weekday && (date >= today || on(date).is_ok()))
            }
            Day::Today => on(today),
            Day::Tomorrow => on(today + Days::new(1)),
            Day::Date(date) => on(date),
        }?;
        match window.until <= now {
            true => Err(WindowError::Past(at(window.until, zone).format("%Y-%m-%d %H:%M").to_string())),
            false => Ok(window),
        }
    }

    /// Whether it is open at a moment.
    pub fn holds_at(&self, now: DateTime<Utc>) -> bool {
        self.from <= now && now < self.until
    }

    /// What both allow; it may be nothing. The zone is that of the one that begins later.
    pub fn and(&self, other: &Self) -> Self {
        let zone = if other.from > self.from { &other.zone } else { &self.zone };
        Self { from: self.from.max(other.from), until: self.until.min(other.until), zone: zone.clone() }
    }

    /// Whether it is never open.
    pub fn is_empty(&self) -> bool {
        self.until <= self.from
    }

    /// The zone it was said in; UTC where that is not known here.
    pub fn zone(&self) -> Tz {
        self.zone.parse().unwrap_or(Tz::UTC)
    }

    /// In words in a zone, with the date: `Sun 2026-11-29 02:00-04:00 Europe/Berlin`.
    pub fn in_zone(&self, zone: Tz) -> String {
        let (from, until) = (at(self.from, zone), at(self.until, zone));
        let end = match from.date() == until.date() {
            true => format!("-{}", until.format("%H:%M")),
            false => format!(" - {}", until.format("%a %Y-%m-%d %H:%M")),
        };
        format!("{}{end} {zone}", from.format("%a %Y-%m-%d %H:%M"))
    }

    /// Its beginning in few words: `Sun 02:00 Europe/Berlin`, with the date if it is further away than a week.
    pub fn beginning(&self, now: DateTime<Utc>) -> String {
        let zone = self.zone();
        let pattern = match self.from - now < chrono::TimeDelta::days(6) {
            true => "%a %H:%M",
            false => "%a %Y-%m-%d %H:%M",
        };
        format!("{} {zone}", at(self.from, zone).format(pattern))
    }
}

impl fmt::Display for Window {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.in_zone(self.zone()))
    }
}

impl Day {
    fn parse(word: &str) -> Result<Self, WindowError> {
        match word.to_ascii_lowercase().as_str() {
            "today" => return Ok(Self::Today),
            "tomorrow" => return Ok(Self::Tomorrow),
            _ => {}
        }
        if let Ok(date) = word.parse::<NaiveDate>() {
            return Ok(Self::Date(date));
        }
        word.parse::<Weekday>().map(Self::Weekday).map_err(|_| WindowError::Day(word.to_owned()))
    }
}

/// What the clocks in a zone show at a moment.
fn at(moment: DateTime<Utc>, zone: Tz) -> NaiveDateTime {
    moment.with_timezone(&zone).naive_local()
}
