//! Personal text in records: taken out before the record is hashed, put back when it is read.
//!
//! In a draft, personal text is `{"@personal": "text"}`. In the record it is
//! `{"@personal_ref": "digest"}`, where the digest is SHA-256 over a random salt and the text; the
//! text stands in a side file. Erasing a line there makes the text unrecoverable, and the chain
//! still verifies. Only objects with exactly that one key are touched.

use super::record::{RecordError, RecordHash, canonical};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use trueconfig_common::personal::Personal;

/// The key that stands for personal text in a record.
pub const REFERENCE_KEY: &str = "@personal_ref";

/// What is read in place of a text that was erased.
pub const ERASED: &str = "[erased]";

/// The digest by which a record refers to a text.
pub fn digest(salt: &[u8], text: &str) -> RecordHash {
    let hash = Sha256::new().chain_update(salt).chain_update(text.as_bytes()).finalize();
    RecordHash::from_bytes(hash.into())
}

/// Replaces every personal text in `value` by the reference that `refer` gives for it.
pub fn protect(value: &mut Value, refer: &mut impl FnMut(&str) -> RecordHash) {
    rewrite(value, &mut |fields| {
        let text = only_field(fields, Personal::KEY)?.as_str()?;
        Some(single(REFERENCE_KEY, refer(text).to_string().into()))
    });
}

/// Replaces every reference in `value` by its text, or by [`ERASED`] if `find` has none.
pub fn resolve(value: &mut Value, find: &mut impl FnMut(&RecordHash) -> Option<String>) {
    rewrite(value, &mut |fields| {
        let reference = RecordHash::from_hex(only_field(fields, REFERENCE_KEY)?.as_str()?)?;
        let text = find(&reference).unwrap_or_else(|| ERASED.into());
        Some(single(Personal::KEY, text.into()))
    });
}

/// The RFC 8785 bytes of a value with every personal text left out (`null`): what digests of plans
/// are made of, so that erasing a name never changes a digest.
///
/// # Errors
/// [`RecordError::Shape`] if the value cannot be JSON.
pub fn impersonal_bytes(value: &Value) -> Result<Vec<u8>, RecordError> {
    let mut value = value.clone();
    rewrite(&mut value, &mut |fields| only_field(fields, Personal::KEY).map(|_| Value::Null));
    canonical(&value)
}

/// Replaces each object for which `replacement` has one; what was put in is not looked at again.
fn rewrite(value: &mut Value, replacement: &mut impl FnMut(&Map<String, Value>) -> Option<Value>) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| rewrite(item, replacement)),
        Value::Object(fields) => match replacement(fields) {
            Some(new) => *value = new,
            None => fields.values_mut().for_each(|field| rewrite(field, replacement)),
        },
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn only_field<'a>(fields: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    if fields.len() != 1 {
        return None;
    }
    fields.get(key)
}

fn single(key: &str, value: Value) -> Value {
    Value::Object(Map::from_iter([(key.to_owned(), value)]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn sample() -> Value {
        json!({
            "note": {"@personal": "Ada is away"},
            "list": [{"name": {"@personal": "Ada"}}, 1],
            "two keys": {"@personal": "stays", "other": 1},
            "number": {"@personal": 7},
        })
    }

    #[test]
    fn personal_text_goes_out_and_comes_back() {
        let mut value = sample();
        let mut texts = std::collections::BTreeMap::new();
        protect(&mut value, &mut |text| {
            let reference = digest(b"salt", text);
            texts.insert(reference, text.to_owned());
            reference
        });
        let stored = value.to_string();
        assert!(!stored.contains("Ada"), "{stored}");
        assert!(stored.contains("stays"), "only exact single-key objects are touched: {stored}");
        assert_eq!(value["list"][0]["name"]["@personal_ref"], json!(digest(b"salt", "Ada").to_string()));

        resolve(&mut value, &mut |reference| texts.get(reference).cloned());
        assert_eq!(value, sample());
    }

    #[test]
    fn an_erased_text_reads_as_erased() {
        let mut value = json!({"by": {"@personal": "Ada"}});
        protect(&mut value, &mut |text| digest(b"salt", text));
        resolve(&mut value, &mut |_| None);
        assert_eq!(value, json!({"by": {"@personal": "[erased]"}}));
    }

    #[test]
    fn t7_a_digest_does_not_depend_on_personal_text() {
        let other = json!({"b": [{"@personal": "Grace"}], "a": 1.0});
        assert_eq!(impersonal_bytes(&other).unwrap(), br#"{"a":1,"b":[null]}"#);
    }
}
