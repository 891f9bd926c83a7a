use super::{Tz, Window, WindowError};
use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

/// A Tuesday, ten in the morning in Berlin.
const NOW: &str = "2026-11-24T09:00:00Z";

fn moment(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn read_at(text: &str, now: &str) -> Result<Window, WindowError> {
    Window::parse(text, moment(now), Tz::America__New_York)
}

fn read(text: &str) -> (String, String) {
    let window = read_at(text, NOW).unwrap();
    (window.from.to_rfc3339(), window.until.to_rfc3339())
}

fn utc(from: &str, until: &str) -> (String, String) {
    (format!("{from}:00+00:00"), format!("{until}:00+00:00"))
}

fn told(text: &str) -> String {
    read_at(text, NOW).unwrap_err().to_string()
}

#[test]
fn a_window_is_the_next_time_of_that_name() {
    let sunday = utc("2026-11-29T01:00", "2026-11-29T03:00");
    assert_eq!(read("Sun 02:00-04:00 Europe/Berlin"), sunday);
    assert_eq!(read("sunday  02:00 - 04:00 Europe/Berlin "), sunday);
    assert_eq!(read("2026-11-29 02:00\u{2013}04:00 Europe/Berlin"), sunday);
    assert_eq!(read("Tue 11:00-12:00 Europe/Berlin"), utc("2026-11-24T10:00", "2026-11-24T11:00"));
    assert_eq!(read("Tue 08:00-09:00 Europe/Berlin"), utc("2026-12-01T07:00", "2026-12-01T08:00"));
    assert_eq!(read("tomorrow 22:00-01:00 UTC"), utc("2026-11-25T22:00", "2026-11-26T01:00"));
    assert_eq!(
        read("today 05:00-06:00"),
        utc("2026-11-24T10:00", "2026-11-24T11:00"),
        "in the reader's zone"
    );
    assert_eq!(read("22:00-02:00 UTC"), utc("2026-11-24T22:00", "2026-11-25T02:00"));
}

#[test]
fn a_window_that_is_open_is_meant_and_not_the_next() {
    assert_eq!(read("Tue 09:30-10:30 Europe/Berlin"), utc("2026-11-24T08:30", "2026-11-24T09:30"));
    let night = read_at("Tue 22:00-02:00 UTC", "2026-11-25T01:00:00Z").unwrap();
    assert_eq!(night.from, moment("2026-11-24T22:00:00Z"), "it began yesterday");
    let any = read_at("22:00-02:00 UTC", "2026-11-25T01:00:00Z").unwrap();
    assert_eq!(any.from, moment("2026-11-24T22:00:00Z"));
}

#[test]
fn mistakes_are_told_in_words() {
    assert!(told("whenever").contains("\"whenever\" is not a window such as \"Sun 02:00-04:00"));
    assert!(told("").contains("not a window"));
    assert!(told("Sun 02:00").contains("not a window"));
    assert!(told("next Sun 02:00-04:00").contains("not a window"));
    assert!(told("Sun 02:00-04:00 Europe/Berlin please").contains("not a window"));
    assert_eq!(told("Sonntag 02:00-04:00"), WindowError::Day("Sonntag".into()).to_string());
    assert!(told("2026-02-30 02:00-04:00").contains("is not a day"));
    assert!(told("Sun 25:00-26:00").contains("\"25:00\" is not a time of day"));
    assert!(told("Sun 02:00-4pm").contains("\"4pm\" is not a time of day"));
    assert!(told("Sun 02:00-04:00 Mars/Phobos").contains("\"Mars/Phobos\" is not a time zone"));
    assert!(told("Sun 02:00-02:00").contains("at the same time"));
    assert_eq!(told("2026-11-23 02:00-04:00 UTC"), "it ended at 2026-11-23 04:00 already");
    assert!(told("today 08:00-09:00 UTC").contains("ended at 2026-11-24 09:00"), "the end is over");
}

/// In Berlin the clocks went from 02:00 to 03:00 on 28 March 2027, and from 03:00 to 02:00 on 25 October 2026.
#[test]
fn a_change_of_clocks_neither_moves_nor_lengthens_a_window() {
    let spring = "2027-03-26T12:00:00Z";
    let skipped = read_at("Sun 02:00-04:00 Europe/Berlin", spring).unwrap_err().to_string();
    assert!(skipped.contains("2027-03-28 02:00 does not exist in Europe/Berlin"), "{skipped}");
    let around = read_at("Sun 01:30-03:30 Europe/Berlin", spring).unwrap();
    assert_eq!(around.until - around.from, TimeDelta::hours(1), "an hour of it is not there");
    let after = read_at("Mon 02:00-04:00 Europe/Berlin", spring).unwrap();
    assert_eq!(after.from, moment("2027-03-29T00:00:00Z"));

    let autumn = "2026-10-23T12:00:00Z";
    let begins = read_at("Sun 02:00-04:00 Europe/Berlin", autumn).unwrap();
    assert_eq!(begins.from, moment("2026-10-25T01:00:00Z"), "the second 02:00");
    let ends = read_at("Sun 01:00-02:30 Europe/Berlin", autumn).unwrap();
    assert_eq!(ends.until, moment("2026-10-25T00:30:00Z"), "the first 02:30");
    let twice = read_at("Sun 02:00-02:30 Europe/Berlin", autumn).unwrap_err();
    assert_eq!(twice, WindowError::Twice("Europe/Berlin".into()));
}

#[test]
fn it_is_open_from_its_beginning_until_before_its_end() {
    let window = read_at("Sun 02:00-04:00 UTC", NOW).unwrap();
    let instant = TimeDelta::microseconds(1);
    assert!(!window.holds_at(window.from - instant) && window.holds_at(window.from));
    assert!(window.holds_at(window.until - instant) && !window.holds_at(window.until));
}

#[test]
fn two_windows_allow_what_both_allow() {
    let one = read_at("Sun 02:00-04:00 UTC", NOW).unwrap();
    let other = read_at("Sun 04:00-06:00 Europe/Berlin", NOW).unwrap();
    let both = one.and(&other);
    assert_eq!(both, other.and(&one));
    assert_eq!(
        (both.to_string(), both.is_empty()),
        ("Sun 2026-11-29 04:00-05:00 Europe/Berlin".into(), false)
    );
    assert!(one.and(&read_at("Mon 02:00-04:00 UTC", NOW).unwrap()).is_empty());
}

#[test]
fn it_is_shown_in_its_zone_and_in_the_readers() {
    let window = read_at("Sun 02:00-04:00 Europe/Berlin", NOW).unwrap();
    assert_eq!(window.beginning(moment(NOW)), "Sun 02:00 Europe/Berlin");
    assert_eq!(window.in_zone(Tz::America__New_York), "Sat 2026-11-28 20:00-22:00 America/New_York");
    let night = read_at("tomorrow 22:00-01:00 UTC", NOW).unwrap();
    assert_eq!(night.to_string(), "Wed 2026-11-25 22:00 - Thu 2026-11-26 01:00 UTC");
    let unknown = Window { zone: "Mars/Phobos".into(), ..night };
    assert_eq!(unknown.zone(), Tz::UTC, "a zone that this client does not know");
}

proptest! {
    /// Whatever is typed is a window in the future or a sentence.
    #[test]
    fn any_text_is_a_window_or_a_sentence(text in "\\PC{0,60}") {
        if let Err(error) = read_at(&text, NOW) {
            prop_assert!(!error.to_string().is_empty());
        }
    }

    #[test]
    fn no_window_is_longer_than_its_clocks_show(
        seconds in 0..63_072_000_i64,
        (from, until) in (0..1440_i64, 0..1440_i64),
        day in proptest::sample::select(vec!["", "Sun", "Wed", "tomorrow"]),
        zone in proptest::sample::select(vec!["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"]),
    ) {
        let now = moment(NOW) + TimeDelta::seconds(seconds);
        let clock = |minute: i64| format!("{:02}:{:02}", minute / 60, minute % 60);
        let text = format!("{day} {}-{} {zone}", clock(from), clock(until));
        let Ok(window) = Window::parse(&text, now, Tz::UTC) else { return Ok(()) };
        let written = TimeDelta::minutes((until - from).rem_euclid(1440));
        prop_assert!(window.from < window.until && now < window.until);
        prop_assert!(window.until - window.from <= written + TimeDelta::hours(1), "{text}: {window}");
        prop_assert!(window.from - now <= TimeDelta::days(8), "{text}: {window}");
    }
}
