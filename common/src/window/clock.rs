//! Times of day on a date, in a zone whose clocks may change that night.

use super::{Tz, Window, WindowError};
use chrono::{DateTime, Days, MappedLocalTime, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc};

/// Reads `02:00`.
///
/// # Errors
/// [`WindowError::Time`].
pub fn time(text: &str) -> Result<NaiveTime, WindowError> {
    NaiveTime::parse_from_str(text, "%H:%M").map_err(|_| WindowError::Time(text.to_owned()))
}

/// The window that begins on a date; an end not after its beginning is on the next one.
///
/// # Errors
/// [`WindowError`] where the clocks skip one of its ends, or show all of it twice.
pub fn between(date: NaiveDate, from: NaiveTime, until: NaiveTime, zone: Tz) -> Result<Window, WindowError> {
    let last = if until > from { date } else { date + Days::new(1) };
    let begin = moment(date.and_time(from), zone, |_, second| second)?;
    let end = moment(last.and_time(until), zone, |first, _| first)?;
    match end <= begin {
        true => Err(WindowError::Twice(zone.to_string())),
        false => Ok(Window { from: begin, until: end, zone: zone.to_string() }),
    }
}

/// When the clocks of a zone show a time.
fn moment(
    local: NaiveDateTime,
    zone: Tz,
    choose: impl Fn(DateTime<Tz>, DateTime<Tz>) -> DateTime<Tz>,
) -> Result<DateTime<Utc>, WindowError> {
    match zone.from_local_datetime(&local) {
        MappedLocalTime::Single(one) => Ok(one.to_utc()),
        MappedLocalTime::Ambiguous(first, second) => Ok(choose(first, second).to_utc()),
        MappedLocalTime::None => {
            let local = local.format("%Y-%m-%d %H:%M").to_string();
            Err(WindowError::Skipped { local, zone: zone.to_string() })
        }
    }
}
