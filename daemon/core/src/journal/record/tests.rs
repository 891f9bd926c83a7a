use super::*;
use chrono::TimeZone;
use proptest::prelude::*;
use serde_json::json;

fn draft(body: Value) -> Draft {
    Draft {
        time: Utc.with_ymd_and_hms(2026, 11, 24, 8, 5, 9).unwrap() + chrono::Duration::nanoseconds(1_234_567),
        actor: json!({"uid": 1000}),
        kind: "approval_given".into(),
        version: 1,
        body,
    }
}

fn record(body: Value) -> Record {
    Record::place(draft(body), &"contoso".into(), 1, RecordHash::NONE)
}

/// R80: the format is final; this line must never change.
#[test]
fn r80_the_canonical_bytes_are_these() {
    let bytes = record(json!({"z": 1.0, "a": "ü\n"})).canonical().unwrap();
    let expected = concat!(
        r#"{"actor":{"uid":1000},"body":{"a":"ü\n","z":1},"kind":"approval_given","#,
        r#""prev":"0000000000000000000000000000000000000000000000000000000000000000","seq":1,"#,
        r#""tenant":"contoso","time":"2026-11-24T08:05:09.001234Z","version":1}"#
    );
    assert_eq!(String::from_utf8(bytes).unwrap(), expected);
}

#[test]
fn r80_stored_bytes_read_back_and_are_the_only_form() {
    let record = record(json!({"b": [1, null, {"x": true}]}));
    let bytes = record.canonical().unwrap();
    assert_eq!(Record::parse_canonical(&bytes).unwrap(), record);

    let spaced = String::from_utf8(bytes).unwrap().replacen(':', ": ", 1);
    assert_eq!(Record::parse_canonical(spaced.as_bytes()), Err(RecordError::NotCanonical));
}

#[test]
fn a_ninth_key_and_a_missing_key_are_refused() {
    let mut value = serde_json::to_value(record(json!({}))).unwrap();
    value["extra"] = json!(1);
    assert!(Record::parse(value.to_string().as_bytes()).is_err());
    let fields = value.as_object_mut().unwrap();
    fields.remove("extra");
    fields.remove("prev");
    assert!(Record::parse(value.to_string().as_bytes()).is_err());
}

#[test]
fn an_integer_that_would_be_rounded_is_refused() {
    let refused = |number: Value| record(json!({"deep": [{"n": number}]})).canonical().is_err();
    assert!(!refused(json!(9_007_199_254_740_991_u64)));
    assert!(refused(json!(9_007_199_254_740_992_u64)));
    assert!(refused(json!(-9_007_199_254_740_992_i64)));
    assert!(refused(json!(u64::MAX)));
    assert!(refused(json!(7.5e18)), "written as an integer");
    assert!(!refused(json!(1e21)));
}

#[test]
fn a_hash_is_64_lower_case_digits() {
    let hash = RecordHash::of(b"abc");
    assert_eq!(hash.to_string(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_eq!(RecordHash::from_hex(&hash.to_string()), Some(hash));
    assert_eq!(RecordHash::from_hex(&hash.to_string().to_uppercase()), None);
    assert_eq!(RecordHash::from_hex("ba78"), None);
}

proptest! {
    #[test]
    fn r80_any_text_and_number_survives_the_round_trip(text in ".{0,40}", key in ".{0,10}", number: f64, whole: i32) {
        let mut body = serde_json::Map::new();
        body.insert(key, json!({"text": text, "whole": whole}));
        body.insert("number".into(), json!(number));
        let written = record(Value::Object(body)).canonical();
        if (9_007_199_254_740_992.0..1e21).contains(&f64::abs(number)) {
            prop_assert!(written.is_err(), "it would be read back as another number");
            return Ok(());
        }
        let bytes = written.unwrap();
        let read = Record::parse_canonical(&bytes).unwrap();
        prop_assert_eq!(read.canonical().unwrap(), bytes);
    }
}
