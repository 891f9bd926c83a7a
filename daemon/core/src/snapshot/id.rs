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

/// Bytes in each dash-separated part of a GUID.
const PARTS: [usize; 5] = [4, 2, 2, 2, 6];

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
    let mut bytes = [0; 16];
    let mut next = bytes.iter_mut();
    let mut parts = text.split('-');
    for length in PARTS {
        let part = parts.next().filter(|part| part.len() == length * 2)?;
        for pair in part.as_bytes().chunks_exact(2) {
            let [high, low] = pair else { return None };
            *next.next()? = (digit(*high)? << 4) | digit(*low)?;
        }
    }
    parts.next().is_none().then_some(bytes)
}

fn digit(character: u8) -> Option<u8> {
    char::from(character).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

fn hexadecimal(digit: u8) -> char {
    char::from_digit(digit.into(), 16).unwrap_or_default()
}

impl fmt::Display for Id {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = match &self.0 {
            Repr::Text(text) => return out.pad(text),
            Repr::Guid(bytes) => bytes,
        };
        let mut text = String::with_capacity(36);
        let mut rest = bytes.as_slice();
        for (index, length) in PARTS.iter().enumerate() {
            if index > 0 {
                text.push('-');
            }
            let (part, tail) = rest.split_at(*length);
            text.extend(part.iter().flat_map(|byte| [hexadecimal(byte >> 4), hexadecimal(byte & 15)]));
            rest = tail;
        }
        out.pad(&text)
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
        serializer.collect_str(self)
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
