//! Ids, times and names everything else is made of.

use chrono::{DateTime, Months, SecondsFormat, TimeDelta, Utc};

/// The instant all dates are relative to.
pub const AS_OF: &str = "2026-11-24T08:00:00Z";
/// The only domain.
pub const DOMAIN: &str = "contoso.onmicrosoft.com";
/// Template id of Global Administrator.
pub const GLOBAL_ADMINISTRATOR: &str = "62e90394-69f5-4237-9190-012177145e10";
/// Application id of Microsoft Graph.
pub const GRAPH_APP: &str = "00000003-0000-0000-c000-000000000000";
/// The tenant that owns Microsoft's own applications.
pub const MICROSOFT: &str = "f8cdef31-a31e-4b4a-93e4-5f571e91255a";

/// The directory id.
pub fn tenant_id() -> String {
    id("tenant")
}

/// A GUID that depends on the name alone: 128 bits of two FNV-1a sums, marked as version 4.
pub fn id(name: &str) -> String {
    let sum = |seed: u64| {
        name.bytes()
            .fold(seed, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
            .rotate_left(29)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
    };
    let (high, low) = (sum(0xcbf2_9ce4_8422_2325), sum(0x8422_2325_cbf2_9ce4));
    let bits = (u128::from(high) << 64) | u128::from(low);
    let bits = (bits & !(0xf000 << 64) & !(0b11 << 62)) | (0x4000 << 64) | (0b10 << 62);
    let text = format!("{bits:032x}");
    format!("{}-{}-{}-{}-{}", &text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..])
}

/// A number below `bound` that depends on the name alone.
pub fn pick(name: &str, bound: usize) -> usize {
    let text = id(name);
    usize::from_str_radix(&text[..7], 16).expect("hexadecimal") % bound
}

fn as_of() -> DateTime<Utc> {
    AS_OF.parse().expect("a date-time")
}

fn written(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// So many days before the base instant, at an hour that depends on the name.
pub fn days_ago(days: i64, name: &str) -> String {
    let seconds = pick(&format!("time {name}"), 36_000);
    written(as_of() - TimeDelta::days(days) - TimeDelta::seconds(i64::try_from(seconds).expect("small")))
}

/// So many minutes before the base instant.
pub fn minutes_ago(minutes: i64) -> String {
    written(as_of() - TimeDelta::minutes(minutes))
}

/// A pair of times `months` apart, the first so many days before the base instant.
pub fn span(days: i64, months: u32) -> (String, String) {
    let start = as_of() - TimeDelta::days(days);
    (written(start), written(start + Months::new(months)))
}
