//! When changes are allowed, as the operator says it: change windows that come every week, and freezes.

use super::Expiry;
use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeZone, Utc, Weekday};
use serde::{Deserialize, Serialize};
use std::fmt;
use trueconfig_common::window::{Tz, Window, between, time};

/// Days looked at for the next change window, from yesterday, whose window may still be open.
const DAYS: usize = 16;

/// A time of the week in which changes are allowed: `[[tenant.change_windows]]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeWindow {
    /// On these days, such as `sat`; every day if there are none.
    #[serde(default)]
    pub days: Vec<Weekday>,
    /// From this time of day on, such as `22:00`.
    pub from: String,
    /// Until this time, not included; on the next day if it is not later.
    pub until: String,
    /// In this zone, such as `Europe/Berlin`.
    pub zone: String,
}

/// A time in which nothing is changed by itself, and by a person only knowing it: `[[tenant.freezes]]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Freeze {
    /// From then on.
    pub from: Expiry,
    /// Until then, not included.
    pub until: Expiry,
    /// Why, such as the end of the year.
    pub reason: String,
    /// In this zone dates begin; UTC if it is not set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
}

impl ChangeWindow {
    /// The first one that is not over at a moment, within the next two weeks. On a day on which the clocks skip
    /// one of its ends there is none: what is not certain is denied.
    pub fn next(&self, now: DateTime<Utc>) -> Option<Window> {
        let (from, until, zone) = self.parsed().ok()?;
        let yesterday = now.with_timezone(&zone).date_naive() - Days::new(1);
        let days = yesterday.iter_days().take(DAYS).filter(|date| self.is_on(*date));
        days.filter_map(|date| between(date, from, until, zone).ok()).find(|window| now < window.until)
    }

    /// What makes no sense about it, in words.
    ///
    /// # Errors
    /// Those words.
    pub fn check(&self) -> Result<(), String> {
        let (from, until, _) = self.parsed()?;
        match from == until {
            true => Err("it begins and ends at the same time".to_owned()),
            false => Ok(()),
        }
    }

    fn parsed(&self) -> Result<(NaiveTime, NaiveTime, Tz), String> {
        let clock = |text: &str| time(text).map_err(|error| error.to_string());
        Ok((clock(&self.from)?, clock(&self.until)?, zone(&self.zone)?))
    }

    fn is_on(&self, date: NaiveDate) -> bool {
        self.days.is_empty() || self.days.contains(&date.weekday())
    }
}

impl Freeze {
    /// Whether it holds at a moment.
    pub fn holds_at(&self, now: DateTime<Utc>) -> bool {
        self.begins() <= now && now < self.ends()
    }

    /// Whether it holds at any moment of a window.
    pub fn meets(&self, window: &Window) -> bool {
        self.begins() < window.until && window.from < self.ends()
    }

    /// What makes no sense about it, in words.
    ///
    /// # Errors
    /// Those words.
    pub fn check(&self) -> Result<(), String> {
        self.zone.as_deref().map_or(Ok(Tz::UTC), zone)?;
        match self.ends() <= self.begins() {
            true => Err("it ends before it begins".to_owned()),
            false => Ok(()),
        }
    }

    fn begins(&self) -> DateTime<Utc> {
        self.moment(self.from)
    }

    fn ends(&self) -> DateTime<Utc> {
        self.moment(self.until)
    }

    /// A date is the first moment of that day in the zone. Where the clocks skip or repeat midnight, the freeze
    /// begins and ends at midnight UTC: what is certain is that it holds.
    fn moment(&self, written: Expiry) -> DateTime<Utc> {
        let zone = self.zone.as_deref().and_then(|name| zone(name).ok()).filter(|_| written.is_date());
        let local = zone.and_then(|zone| zone.from_local_datetime(&written.0.naive_utc()).single());
        local.map_or(written.0, |local| local.to_utc())
    }
}

impl fmt::Display for Freeze {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let zone = self.zone.as_deref().and_then(|name| zone(name).ok()).unwrap_or(Tz::UTC);
        let until = self.ends().with_timezone(&zone).format("%Y-%m-%d %H:%M");
        write!(out, "changes are frozen until {until} {zone}: {}", self.reason)
    }
}

fn zone(name: &str) -> Result<Tz, String> {
    name.parse().map_err(|_| format!("\"{name}\" is not a time zone such as Europe/Berlin"))
}
