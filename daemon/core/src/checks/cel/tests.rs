use super::*;
use crate::snapshot::FamilyName;
use serde_json::json;

fn predicate(source: &str) -> Result<Predicate, PredicateError> {
    let parameters = Parameters::from([("limit".to_owned(), json!(3))]);
    Predicate::compile(source, shape_of(FamilyName::Users).unwrap(), None, &parameters)
}

fn holds(source: &str, user: &serde_json::Value) -> Result<bool, String> {
    let now = "2026-11-24T09:00:00Z".parse().unwrap();
    let scope = Scope::new(&Parameters::from([("limit".to_owned(), json!(3))]), now).unwrap();
    let predicate = predicate(source).unwrap();
    let shape = shape_of(FamilyName::Users).unwrap();
    predicate.holds(&scope, bind(user, shape, predicate.reads()), None)
}

#[test]
fn predicates_read_fields_lists_times_and_parameters() {
    let user = json!({
        "displayName": "Ada", "accountEnabled": true, "createdDateTime": "2026-11-01T00:00:00.5Z",
        "assignedLicenses": [{"skuId": "a"}, {"skuId": "b"}],
    });
    for (source, expected) in [
        ("object.displayName.startsWith('A')", true),
        ("size(object.assignedLicenses) < parameters.limit", true),
        ("object.assignedLicenses.exists(one, one.skuId == 'b')", true),
        ("object.createdDateTime < days_before(now, 30)", false),
        ("months_after(object.createdDateTime, 1) > now", true),
        ("object.userType == null || object.userType == 'Guest'", true),
    ] {
        assert_eq!(holds(source, &user), Ok(expected), "{source}");
    }
}

/// Only what is read is bound, and an object that is used as a whole is bound as a whole.
#[test]
fn objects_inside_are_bound_as_far_as_they_are_read() {
    let reads = |source: &str, field: &str| predicate(source).unwrap().reads().name(field);
    assert!(reads("object.assignedLicenses.exists(one, one.skuId == 'b')", "skuId"));
    assert!(!reads("size(object.assignedLicenses) > 0", "skuId"));
    assert!(!reads("object.assignedLicenses != null", "skuId"));
    assert!(reads("object.assignedLicenses == []", "skuId"), "compared");
    assert!(reads("size(object.assignedLicenses.filter(one, true)) > 0", "skuId"), "put into a list");
    let user = json!({"assignedLicenses": [{"skuId": "a"}]});
    assert_eq!(holds("object.assignedLicenses == [{'skuId': 'a'}]", &user), Ok(true));
    assert_eq!(holds("object.assignedLicenses == [{'skuId': 'b'}]", &user), Ok(false));
}

#[test]
fn what_is_missing_or_does_not_fit_is_an_error_and_no_answer() {
    for source in
        ["object.displayName.startsWith('A')", "size(object.assignedLicenses) > 0", "object.accountEnabled"]
    {
        assert!(holds(source, &json!({})).is_err(), "{source}");
    }
    assert!(holds("object.createdDateTime < now", &json!({"createdDateTime": "soon"})).is_err());
    assert!(holds("object.displayName", &json!({"displayName": "Ada"})).is_err(), "a text is no answer");
}

#[test]
fn only_declared_names_are_read() {
    for (source, complaint) in [
        ("object.password == ''", "unknown field \"password\""),
        ("users.size() > 0", "unknown name \"users\""),
        ("item.keyId == ''", "unknown name \"item\""),
        ("parameters.maximum > 1", "unknown parameter \"maximum\""),
        ("object.assignedLicenses.all(x, object.assignedLicenses.all(y, x == y))", "a loop inside a loop"),
        ("object.displayName.matches('.*')", "unknown function \"matches\""),
        ("object.displayName.first == ''", "unknown field \"first\""),
    ] {
        let error = predicate(source).unwrap_err();
        assert!(error.message.contains(complaint), "{source}: {}", error.message);
    }
}

/// Each of these would overflow the stack of a test's thread, and abort it, if it reached the parser.
#[test]
fn what_would_overflow_the_parser_is_refused() {
    for (source, complaint) in [
        (format!("object.displayName == '{}'", "x".repeat(3000)), "characters"),
        (format!("{}true{}", "(!".repeat(200), ")".repeat(200)), "brackets"),
        (format!("1{} > 0", "+1".repeat(500)), "signs"),
        (format!("{}true", "true?true:".repeat(150)), "conditional"),
    ] {
        let error = predicate(&source).unwrap_err();
        assert!(error.message.contains(complaint), "{}", error.message);
    }
    let deepest = format!("{}1{}{} == []", "[".repeat(6), "+1".repeat(30), "]".repeat(6));
    assert!(predicate(&deepest).is_ok());
}
