//! What the operator says about a tenant: break-glass accounts, exceptions, parameters. The same
//! table stands in the daemon's configuration and behind `evaluate --config`.

use super::{ApprovalRules, ChangeWindow, Freeze};
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use std::collections::BTreeMap;
use trueconfig_common::id::ControlId;
use trueconfig_common::window::Window;

/// The operator's statements about one tenant.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TenantConfig {
    /// Emergency access accounts by object id or sign-in name (D24): never guessed from names.
    pub break_glass: Vec<String>,
    /// Our own principals by object id or client id: never targets of a fix (D13).
    pub own_principals: Vec<String>,
    /// Objects excluded from controls (D23).
    pub exceptions: Vec<Exception>,
    /// Parameters by control, such as `[parameters.PA-01] maximum = 4`.
    pub parameters: BTreeMap<ControlId, BTreeMap<String, Value>>,
    /// Controls that do not apply, with the reason (R55).
    pub disabled: BTreeMap<ControlId, String>,
    /// age recipients that new secrets are sealed to (D11): by client id, or `default`.
    pub recipients: BTreeMap<String, String>,
    /// Whether data that only beta of Graph has is read too (D28).
    pub beta: bool,
    /// What people confirmed because Graph does not show it.
    pub attestations: Vec<Attestation>,
    /// Days a report-only policy stays so before it may be enabled (D18); 7 if not set.
    pub soak_days: Option<u32>,
    /// Seconds after which a write that does not show did not happen (D8); 900 if not set.
    pub settled_s: Option<u32>,
    /// Times in which nothing is to be changed.
    pub freezes: Vec<Freeze>,
    /// Times of the week in which changes are allowed; at any time if there are none.
    pub change_windows: Vec<ChangeWindow>,
    /// Who must agree before a plan runs.
    pub approval: ApprovalRules,
    /// Automatic remediations in 24 hours; 10 if not set, 0 for none.
    pub automatic_per_day: Option<usize>,
    /// Writes in an hour beyond which people are asked; 200 if not set.
    pub writes_per_hour: Option<usize>,
    /// Objects of one plan beyond which people are asked; 50 if not set.
    pub objects_per_plan: Option<usize>,
}

/// A person's word on a control that Graph does not show.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attestation {
    /// The control.
    pub control: ControlId,
    /// What was confirmed, and how it was seen.
    pub statement: String,
    /// Who confirmed it.
    pub owner: String,
    /// When; a date alone means its first moment in UTC.
    pub attested: Expiry,
}

/// An object excluded from a control (D23).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    /// The control.
    pub control: ControlId,
    /// Object id, client id, key id, sign-in name, keyword such as `GuestsOrExternalUsers`, or
    /// the path of a setting.
    pub object: String,
    /// Why.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// From then on it does not count.
    pub expires: Expiry,
    /// For a setting: the accepted value; any other value alerts again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
}

/// A moment, such as the one at which an exception stops to count; a date alone means its first moment in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Expiry(pub DateTime<Utc>);

/// Key in [`TenantConfig::recipients`] for every application without a recipient of its own.
const DEFAULT_RECIPIENT: &str = "default";

/// Remediations that may run by themselves in 24 hours unless the operator says otherwise.
const AUTOMATIC_PER_DAY: usize = 10;

/// Writes in an hour that nobody is asked about unless the operator says otherwise.
const WRITES_PER_HOUR: usize = 200;

/// Objects of one plan that nobody is asked about unless the operator says otherwise.
const OBJECTS_PER_PLAN: usize = 50;

/// Days a report-only policy soaks unless the operator says otherwise (D18).
const SOAK_DAYS: u32 = 7;

/// Seconds for which the tenant may still show what was there before a write, unless the operator says otherwise:
/// hardly ever is it more than a few, and whoever is not sure writes twice.
const SETTLED_S: u32 = 900;

impl TenantConfig {
    /// To whom a new secret of an application is sealed, by its client id.
    pub fn recipient(&self, client: &str) -> Option<&str> {
        let own = self.recipients.iter().find(|(id, _)| id.eq_ignore_ascii_case(client));
        let own = own.map(|(_, recipient)| recipient);
        own.or_else(|| self.recipients.get(DEFAULT_RECIPIENT)).map(String::as_str)
    }

    /// How many remediations may run by themselves in 24 hours.
    pub fn automatic_per_day(&self) -> usize {
        self.automatic_per_day.unwrap_or(AUTOMATIC_PER_DAY)
    }

    /// How many writes an hour may see without people being asked.
    pub fn writes_per_hour(&self) -> usize {
        self.writes_per_hour.unwrap_or(WRITES_PER_HOUR)
    }

    /// How many objects one plan may touch without people being asked.
    pub fn objects_per_plan(&self) -> usize {
        self.objects_per_plan.unwrap_or(OBJECTS_PER_PLAN)
    }

    /// The change window that is open at a moment, or the next one; none if there are none.
    pub fn next_change_window(&self, now: DateTime<Utc>) -> Option<Window> {
        self.change_windows.iter().filter_map(|one| one.next(now)).min_by_key(|window| window.from)
    }

    /// Days a report-only policy soaks.
    pub fn soak_days(&self) -> u32 {
        self.soak_days.unwrap_or(SOAK_DAYS)
    }

    /// For so long after a write the tenant may still show what was there before (D8).
    pub fn settled(&self) -> TimeDelta {
        TimeDelta::seconds(i64::from(self.settled_s.unwrap_or(SETTLED_S)))
    }

    /// Exceptions of a control that count at a moment; expired ones do not (D23).
    pub fn exceptions_of<'a>(
        &'a self,
        control: &'a ControlId,
        now: DateTime<Utc>,
    ) -> impl Iterator<Item = &'a Exception> {
        self.exceptions.iter().filter(move |one| &one.control == control && now < one.expires.0)
    }
}

impl Expiry {
    /// Whether it is the first moment of a day in UTC, as a date alone is.
    pub fn is_date(self) -> bool {
        self.0.time() == NaiveTime::MIN
    }
}

fn moment(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(date) = text.parse::<NaiveDate>() {
        return Some(date.and_time(NaiveTime::MIN).and_utc());
    }
    DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc())
}

impl Serialize for Expiry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Expiry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Toml(toml::value::Datetime),
            Text(String),
        }
        let text = match Written::deserialize(deserializer)? {
            Written::Toml(time) => time.to_string(),
            Written::Text(text) => text,
        };
        moment(&text).map(Self).ok_or_else(|| {
            serde::de::Error::custom(format!(
                "\"{text}\" is neither a date such as 2027-02-22 nor a time with its zone"
            ))
        })
    }
}
