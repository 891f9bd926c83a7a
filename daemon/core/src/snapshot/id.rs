//! Ids of directory objects. Graph's GUIDs are compared without regard to case and kept in 16
//! bytes; whatever is no GUID (role assignment ids, keywords such as `All`) is kept as it is.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// An id as Graph gives it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(Repr);

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Repr {
    Guid([u8; 16]),
    Text(Box<str>),
}

/// How a GUID is written.
const FORM: &[u8; 36] = b"00000000-0000-0000-0000-000000000000";
const DIGITS: &[u8; 16] = b"0123456789abcdef";

impl Id {
    /// Reads an id; a GUID in any casing is the same id.
    pub fn new(text: &str) -> Self {
        Self(guid(text).map_or_else(|| Repr::Text(text.into()), Repr::Guid))
    }

    /// A number that equal ids share and others rarely do; for sorting, not for proof.
    pub fn short(&self) -> u64 {
        match &self.0 {
            Repr::Guid(bytes) => bytes.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte)),
            // FNV-1a, whose constants these are.
            Repr::Text(text) => text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            }),
        }
    }

    /// A number that is never larger than that of an id which sorts later.
    pub(super) fn rank(&self) -> u64 {
        if self.is_guid() { self.short() } else { u64::MAX }
    }

    /// Whether this is a GUID, and no keyword or id of another shape.
    pub fn is_guid(&self) -> bool {
        matches!(self.0, Repr::Guid(_))
    }

    /// Whether this is a keyword such as `All`, in any casing.
    pub fn is_keyword(&self, keyword: &str) -> bool {
        matches!(&self.0, Repr::Text(text) if text.eq_ignore_ascii_case(keyword))
    }
}

fn guid(text: &str) -> Option<[u8; 16]> {
    let text: &[u8; 36] = text.as_bytes().try_into().ok()?;
    let mut bytes = [0; 16];
    let mut place = 0;
    for (character, form) in text.iter().zip(FORM) {
        if *form == b'-' {
            if character != form {
                return None;
            }
            continue;
        }
        let byte = bytes.get_mut(place / 2)?;
        *byte = *byte << 4 | digit(*character)?;
        place += 1;
    }
    Some(bytes)
}

fn digit(character: u8) -> Option<u8> {
    match character {
        b'0'..=b'9' => Some(character - b'0'),
        b'a'..=b'f' => Some(character - b'a' + 10),
        b'A'..=b'F' => Some(character - b'A' + 10),
        _ => None,
    }
}

fn hexadecimal(bytes: &[u8; 16]) -> [u8; 36] {
    let mut text = *FORM;
    let mut digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    for place in text.iter_mut().filter(|place| **place == b'0') {
        let digit = digits.next().and_then(|digit| DIGITS.get(usize::from(digit)));
        *place = digit.copied().unwrap_or(b'0');
    }
    text
}

impl fmt::Display for Id {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Text(text) => out.pad(text),
            Repr::Guid(bytes) => out.pad(std::str::from_utf8(&hexadecimal(bytes)).unwrap_or_default()),
        }
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

impl From<&str> for Id {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Repr::Text(text) => serializer.serialize_str(text),
            Repr::Guid(bytes) => {
                serializer.serialize_str(std::str::from_utf8(&hexadecimal(bytes)).unwrap_or_default())
            }
        }
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Id;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an id")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Id, E> {
                if text.is_empty() {
                    return Err(E::custom("an id must not be empty"));
                }
                Ok(Id::new(text))
            }
        }
        deserializer.deserialize_str(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::Id;

    #[test]
    fn guids_are_the_same_in_any_casing_and_print_in_lower_case() {
        let lower = Id::new("62e90394-69f5-4237-9190-012177145e10");
        assert_eq!(lower, Id::new("62E90394-69F5-4237-9190-012177145E10"));
        assert_eq!(lower.to_string(), "62e90394-69f5-4237-9190-012177145e10");
    }

    #[test]
    fn anything_else_stays_as_it_is() {
        for text in ["All", "lAPpYvVpN0KRkAEhdxReEJC2sEqbR_9Hr48lds9SGHI-1", "é-", "62e90394-69f5-4237-9190"]
        {
            assert_eq!(Id::new(text).to_string(), text);
        }
        assert!(Id::new("all").is_keyword("All"));
        assert_ne!(Id::new("Ab"), Id::new("aB"));
    }
}
