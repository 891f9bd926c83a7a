//! Reading what Graph leaves null or lists in odd shapes.

use serde::{Deserialize, Deserializer};

/// Null reads as the type's empty value, as absence does: the two never differ in meaning.
pub(super) fn nullable<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// The flags of an enumeration that Graph writes as one comma-separated string.
pub(super) fn flags<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Flags {
        Text(String),
        List(Vec<String>),
    }
    Ok(match Option::deserialize(deserializer)? {
        None => Vec::new(),
        Some(Flags::List(list)) => list,
        Some(Flags::Text(text)) => {
            text.split(',').map(str::trim).filter(|flag| !flag.is_empty()).map(str::to_owned).collect()
        }
    })
}
