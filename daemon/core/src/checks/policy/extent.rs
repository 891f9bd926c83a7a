//! Which values of a condition a policy covers. A value this code does not know may be anything:
//! it is taken against the policy where certainty is asked for.

use super::coverage::Reading;
use crate::{baseline::check::Dimension, snapshot::Conditions};
use serde_json::{Value, json};

/// Graph's word for a value that is newer than the client.
pub(super) const UNKNOWN: &str = "unknownFutureValue";

/// The values of one condition that a policy covers.
pub(super) struct Extent<'a> {
    dimension: Dimension,
    /// None stands for all.
    included: Option<&'a [String]>,
    excluded: &'a [String],
}

impl<'a> Extent<'a> {
    /// A policy's condition; absent, null and empty mean all.
    pub(super) fn new(conditions: &'a Conditions, dimension: Dimension) -> Self {
        let (included, excluded): (&[String], &[String]) = match dimension {
            Dimension::Clients => (&conditions.client_app_types, &[]),
            Dimension::Platforms => {
                (&conditions.platforms.include_platforms, &conditions.platforms.exclude_platforms)
            }
            Dimension::SignInRisk => (&conditions.sign_in_risk_levels, &[]),
            Dimension::UserRisk => (&conditions.user_risk_levels, &[]),
            Dimension::InsiderRisk => (&conditions.insider_risk_levels, &[]),
            Dimension::Flows => (&conditions.authentication_flows.transfer_methods, &[]),
        };
        let all = included.iter().any(|value| stands_for_all(dimension, value));
        // What is left out of nothing is a condition that Graph does not make: it covers nothing.
        let open = included.is_empty() && excluded.is_empty();
        Self { dimension, included: (!all && !open).then_some(included), excluded }
    }

    /// Whether a value is covered.
    pub(super) fn covers(&self, value: &str, reading: Reading) -> bool {
        let named = |list: &[String]| list.iter().any(|one| one.eq_ignore_ascii_case(value));
        let included = self
            .included
            .is_none_or(|list| named(list) || (reading == Reading::Hopeful && self.is_unclear(list)));
        let excluded =
            named(self.excluded) || (reading == Reading::Certain && self.is_unclear(self.excluded));
        included && !excluded
    }

    /// Whether it covers every value there is.
    pub(super) fn is_everything(&self) -> bool {
        self.included.is_none() && self.excluded.is_empty()
    }

    /// The first value that is not known.
    pub(super) fn unknown(&self) -> Option<&'a str> {
        let lists = self.included.unwrap_or_default().iter().chain(self.excluded);
        lists.map(String::as_str).find(|value| !self.knows(value))
    }

    /// The condition as it stands.
    pub(super) fn actual(&self) -> Value {
        match self.dimension {
            Dimension::Platforms => {
                let included = self.included.map_or_else(|| json!(["all"]), |list| json!(list));
                json!({"includePlatforms": included, "excludePlatforms": self.excluded})
            }
            Dimension::Flows => json!({"transferMethods": self.included.unwrap_or_default().join(",")}),
            _ => json!(self.included),
        }
    }

    fn is_unclear(&self, list: &[String]) -> bool {
        list.iter().any(|value| !self.knows(value))
    }

    fn knows(&self, value: &str) -> bool {
        // A retired client type: part of Exchange ActiveSync, and covers nothing by itself.
        let retired = self.dimension == Dimension::Clients && value.eq_ignore_ascii_case("easSupported");
        retired
            || stands_for_all(self.dimension, value)
            || self.dimension.values().iter().any(|known| known.eq_ignore_ascii_case(value))
    }
}

/// The word by which a condition covers all of its values.
fn stands_for_all(dimension: Dimension, value: &str) -> bool {
    match dimension {
        Dimension::Clients | Dimension::Platforms => value.eq_ignore_ascii_case("all"),
        Dimension::Flows => value.eq_ignore_ascii_case("none"),
        Dimension::SignInRisk | Dimension::UserRisk | Dimension::InsiderRisk => false,
    }
}

/// A condition that covers these values and no others, as Graph takes it.
pub(super) fn condition(dimension: Dimension, values: &[&str]) -> Value {
    match dimension {
        Dimension::Platforms if values.contains(&"unknown") => {
            let known: Vec<&str> =
                dimension.values().iter().filter(|value| **value != "unknown").copied().collect();
            json!({"includePlatforms": ["all"], "excludePlatforms": known})
        }
        Dimension::Platforms => json!({"includePlatforms": values, "excludePlatforms": []}),
        Dimension::Clients if values.len() == dimension.values().len() => json!(["all"]),
        Dimension::Clients | Dimension::SignInRisk | Dimension::UserRisk => json!(values),
        Dimension::InsiderRisk => json!(values.join(",")),
        Dimension::Flows => json!({"transferMethods": values.join(",")}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conditions(json: Value) -> Conditions {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn absent_null_empty_and_all_mean_every_value() {
        for (json, dimension, value) in [
            (json!({}), Dimension::SignInRisk, "high"),
            (json!({"signInRiskLevels": null}), Dimension::SignInRisk, "high"),
            (json!({"clientAppTypes": ["ALL"]}), Dimension::Clients, "other"),
            (json!({"platforms": {"includePlatforms": ["all"]}}), Dimension::Platforms, "unknown"),
            (json!({"authenticationFlows": {"transferMethods": "none"}}), Dimension::Flows, "deviceCodeFlow"),
        ] {
            let conditions = conditions(json.clone());
            let extent = Extent::new(&conditions, dimension);
            assert!(extent.covers(value, Reading::Certain) && extent.is_everything(), "{json}");
        }
    }

    #[test]
    fn platforms_that_cannot_be_told_are_covered_by_all_only() {
        let all = conditions(
            json!({"platforms": {"includePlatforms": ["all"], "excludePlatforms": ["iOS", "linux"]}}),
        );
        let extent = Extent::new(&all, Dimension::Platforms);
        assert!(extent.covers("unknown", Reading::Certain) && !extent.covers("ios", Reading::Certain));
        let some = conditions(json!({"platforms": {"includePlatforms": ["windows"]}}));
        assert!(!Extent::new(&some, Dimension::Platforms).covers("unknown", Reading::Hopeful));
    }

    #[test]
    fn a_value_that_is_not_known_covers_hopefully_and_excludes_certainly() {
        let risk = conditions(json!({"signInRiskLevels": ["high", UNKNOWN]}));
        let extent = Extent::new(&risk, Dimension::SignInRisk);
        assert!(extent.covers("high", Reading::Certain));
        assert!(!extent.covers("medium", Reading::Certain) && extent.covers("medium", Reading::Hopeful));
        assert_eq!(extent.unknown(), Some(UNKNOWN));
        let platforms =
            conditions(json!({"platforms": {"includePlatforms": ["all"], "excludePlatforms": ["toaster"]}}));
        let extent = Extent::new(&platforms, Dimension::Platforms);
        assert!(!extent.covers("iOS", Reading::Certain) && extent.covers("iOS", Reading::Hopeful));
    }
}
