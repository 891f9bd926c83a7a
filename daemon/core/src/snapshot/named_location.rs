//! Named locations: ranges of addresses, or countries.

use super::{
    Id,
    text::{nullable, objects},
};
use serde::{Deserialize, Serialize};

/// A named location.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NamedLocation {
    /// Its id.
    pub id: Id,
    /// Name in the tenant, untrusted.
    #[serde(default, deserialize_with = "nullable")]
    pub display_name: String,
    /// Countries or ranges.
    #[serde(
        rename = "@odata.type",
        default,
        deserialize_with = "nullable",
        skip_serializing_if = "String::is_empty"
    )]
    pub odata_type: String,
    /// Whether sign-ins from there are held to be safe; countries never are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_trusted: Option<bool>,
    /// Ranges of addresses.
    #[serde(default, deserialize_with = "objects")]
    pub ip_ranges: Vec<IpRange>,
    /// Countries by their two letters.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Vec::is_empty")]
    pub countries_and_regions: Vec<String>,
    /// Whether addresses of no known country belong to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub include_unknown_countries_and_regions: Option<bool>,
}

/// A range of addresses.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IpRange {
    /// As `192.0.2.0/24` or `2001:db8::/32`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cidr_address: Option<String>,
}

impl NamedLocation {
    /// Whether it is made of countries; none if neither its type nor its content tells.
    pub fn is_countries(&self) -> Option<bool> {
        let kind = self.odata_type.to_ascii_lowercase();
        if kind.ends_with(".countrynamedlocation") || kind.ends_with(".ipnamedlocation") {
            return Some(kind.ends_with(".countrynamedlocation"));
        }
        match (self.countries_and_regions.is_empty(), self.ip_ranges.is_empty()) {
            (false, true) => Some(true),
            (true, false) => Some(false),
            _ => None,
        }
    }
}
