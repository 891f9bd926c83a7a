//! Moments as Graph writes nearly all of them, `2026-11-24T08:00:00Z`, read and written without a general
//! parser: a large tenant has millions. Any other form goes the long way and means what it means there.

use chrono::{DateTime, Datelike, NaiveDate, Timelike, Utc};
use serde::{Deserializer, Serialize, Serializer, de};
use std::fmt;

/// Where a digit stands in `2026-11-24T08:00:00Z`, and what stands elsewhere.
const FORM: &[u8; 20] = b"0000-00-00T00:00:00Z";

/// Writes a moment as chrono does.
pub(super) fn serialize<S: Serializer>(
    moment: &Option<DateTime<Utc>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut text = *FORM;
    match moment.and_then(|moment| fill(&mut text, moment)).and_then(|()| std::str::from_utf8(&text).ok()) {
        Some(text) => serializer.serialize_str(text),
        None => moment.serialize(serializer),
    }
}

/// Reads a moment, or null.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<DateTime<Utc>>, D::Error> {
    deserializer.deserialize_option(Visitor)
}

struct Visitor;

impl<'de> de::Visitor<'de> for Visitor {
    type Value = Option<DateTime<Utc>>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an RFC 3339 formatted date and time string")
    }

    fn visit_none<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        match plain(text.as_bytes()) {
            Some(moment) => Ok(Some(moment)),
            None => text.parse().map(Some).map_err(E::custom),
        }
    }
}

fn plain(text: &[u8]) -> Option<DateTime<Utc>> {
    let text: &[u8; 20] = text.try_into().ok()?;
    let fits = |(byte, form): (&u8, &u8)| if *form == b'0' { byte.is_ascii_digit() } else { byte == form };
    if !text.iter().zip(FORM).all(fits) {
        return None;
    }
    let digit = |at: usize| u32::from(text[at] - b'0');
    let pair = |at: usize| digit(at) * 10 + digit(at + 1);
    let year = i32::try_from(pair(0) * 100 + pair(2)).ok()?;
    let date = NaiveDate::from_ymd_opt(year, pair(5), pair(8))?;
    Some(date.and_hms_opt(pair(11), pair(14), pair(17))?.and_utc())
}

/// None for what has fractions of a second or a year of other than four digits.
fn fill(text: &mut [u8; 20], moment: DateTime<Utc>) -> Option<()> {
    let year = u32::try_from(moment.year()).ok().filter(|year| *year <= 9_999)?;
    if moment.nanosecond() != 0 {
        return None;
    }
    let parts = [
        (0, year / 100),
        (2, year % 100),
        (5, moment.month()),
        (8, moment.day()),
        (11, moment.hour()),
        (14, moment.minute()),
        (17, moment.second()),
    ];
    for (at, number) in parts {
        text[at] = b'0' + u8::try_from(number / 10).ok()?;
        text[at + 1] = b'0' + u8::try_from(number % 10).ok()?;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use serde::{Deserialize, Serialize};

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Own(#[serde(with = "super")] Option<DateTime<Utc>>);

    #[test]
    fn moments_are_read_and_written_as_chrono_does() {
        let texts = [
            "2026-11-24T08:00:00Z",
            "2024-02-29T23:59:59Z",
            "2023-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2016-12-31T23:59:60Z",
            "0001-01-01T00:00:00Z",
            "2026-11-24T08:00:00.123Z",
            "2026-11-24T08:00:00+02:00",
            "+12026-11-24T08:00:00Z",
            "2026-11-24t08:00:00z",
            "2026-11-24 08:00:00Z",
            "2026-11-24T08:00:0xZ",
            "2026-11-24T24:00:00Z",
            "",
        ];
        for text in texts {
            let json = serde_json::to_string(text).unwrap();
            let (own, chronos) = (serde_json::from_str(&json), serde_json::from_str(&json));
            let (own, chronos): (Option<Own>, Option<DateTime<Utc>>) = (own.ok(), chronos.ok());
            assert_eq!(own.as_ref().and_then(|own| own.0), chronos, "{text}");
            let written = |moment: &dyn Fn() -> serde_json::Result<String>| moment().unwrap();
            if let Some(own) = own {
                let ours = written(&|| serde_json::to_string(&own));
                assert_eq!(ours, written(&|| serde_json::to_string(&chronos)), "{text}");
            }
        }
        assert_eq!(serde_json::from_str::<Own>("null").unwrap(), Own(None));
        assert!(serde_json::from_str::<Own>("7").is_err());
    }
}
