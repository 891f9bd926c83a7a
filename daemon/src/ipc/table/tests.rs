//! What is said about wrong parameters.

use super::*;
use serde_json::json;
use trueconfig_common::interface::controls::{GetControl, ListControls};
use trueconfig_common::interface::drift::AcknowledgeDrift;

fn blamed<M: DeserializeOwned>(given: Value) -> String {
    match parameters::<M>(&given).err() {
        Some(Failure::Service(ServiceError::InvalidParameter { parameter })) => parameter,
        other => panic!("{given} gave {other:?}"),
    }
}

#[test]
fn invalid_parameters_are_named() {
    assert_eq!(blamed::<GetControl>(json!({})), "id");
    assert_eq!(blamed::<GetControl>(Value::Null), "id");
    assert_eq!(blamed::<GetControl>(json!({ "id": "PA-01", "force": true })), "force");
    assert_eq!(blamed::<GetControl>(json!({ "id": 1 })), "id");
    assert_eq!(blamed::<AcknowledgeDrift>(json!({ "note": "", "seq": "one", "tenant": "" })), "seq");
    assert_eq!(blamed::<ListControls>(json!({ "tenant": "", "query": { "limit": 70_000 } })), "query");
    assert_eq!(blamed::<ListControls>(json!({ "query": { "colour": 1 } })), "colour");
    // Serde would read a list as a struct's fields in their order.
    assert_eq!(blamed::<GetControl>(json!(["", "PA-01"])), "parameters");
    assert!(blamed::<GetControl>(json!({ "id": "", "x".repeat(500): 1 })).len() <= 128);
}

#[test]
fn absent_parameters_are_the_empty_ones() {
    assert!(parameters::<ListControls>(&Value::Null).is_ok());
    assert!(parameters::<ListControls>(&json!({ "query": { "limit": 3 } })).is_ok());
}
