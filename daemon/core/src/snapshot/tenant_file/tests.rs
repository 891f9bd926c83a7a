use super::*;
use crate::snapshot::FamilyStatus;

fn snapshot(json: &str) -> Snapshot {
    read(json, DateTime::UNIX_EPOCH).unwrap()
}

#[test]
fn a_family_the_file_lacks_is_unreadable_and_an_empty_one_is_read() {
    let snapshot = snapshot(r#"{"graph": {"/v1.0/users": {"value": []}}}"#);
    assert_eq!(snapshot.users.rows().unwrap().len(), 0);
    assert_eq!(snapshot.sign_in_activity.status(), FamilyStatus::Complete);
    assert_eq!(snapshot.groups.status(), FamilyStatus::Failed);
    assert!(snapshot.groups.rows().unwrap_err().to_string().starts_with("unreadable groups: "));
}

#[test]
fn paths_are_read_in_all_their_forms() {
    for key in [
        "/v1.0/groups",
        "/groups",
        "groups/",
        "/v1.0//groups",
        "/v1.0/groups?$top=999",
        "https://graph.microsoft.com/v1.0/groups",
    ] {
        let snapshot = snapshot(&format!(r#"{{"graph": {{"{key}": {{"value": []}}}}}}"#));
        assert_eq!(snapshot.groups.status(), FamilyStatus::Complete, "{key}");
    }
    let alias = r#"{"graph": {"/v1.0/policies/conditionalAccessPolicies": {"value": []}}}"#;
    assert_eq!(snapshot(alias).conditional_access_policies.status(), FamilyStatus::Complete);
}

#[test]
fn a_wrong_shape_refuses_the_file_with_its_path() {
    for (json, path) in [
        ("[]", "$"),
        ("{", "$"),
        (r#"{"graph": []}"#, "$.graph"),
        (r#"{"graph": {"/v1.0/users": []}}"#, r#"$.graph["/v1.0/users"]"#),
        (r#"{"graph": {"/v1.0/users": {"value": {}}}}"#, r#"$.graph["/v1.0/users"].value"#),
        (r#"{"graph": {"/v1.0/users": {"values": []}}}"#, r#"$.graph["/v1.0/users"]"#),
    ] {
        assert_eq!(read(json, DateTime::UNIX_EPOCH).unwrap_err().path, path, "{json}");
    }
}

#[test]
fn a_wrong_value_fails_its_family_with_the_path() {
    for (row, path) in [
        (r#"{"id": "u1", "createdDateTime": "yesterday"}"#, ".value[0].createdDateTime: "),
        (r#"{"id": "u1", "accountEnabled": "yes"}"#, ".value[0].accountEnabled: "),
        (
            r#"{"id": "u1", "assignedLicenses": [{"skuId": "a"}, {"skuId": 7}]}"#,
            ".value[0].assignedLicenses[1]",
        ),
        (r#"{"displayName": "no id"}"#, ".value[0]: "),
        ("42", ".value[0]: "),
    ] {
        let snapshot = snapshot(&format!(r#"{{"graph": {{"/v1.0/users": {{"value": [{row}]}}}}}}"#));
        let cause = snapshot.users.rows().unwrap_err().to_string();
        assert!(cause.contains(&format!(r#"$.graph["/v1.0/users"]{path}"#)), "{cause}");
    }
}

#[test]
fn an_object_that_is_there_twice_fails_its_family() {
    let twice = r#"{"graph": {"/v1.0/users": {"value": [{"id": "AAAAAAAA-0000-0000-0000-000000000001"}, {"id": "aaaaaaaa-0000-0000-0000-000000000001"}]}}}"#;
    assert!(snapshot(twice).users.rows().unwrap_err().to_string().contains("value[1].id"));
}

#[test]
fn errors_of_graph_and_missing_pages_are_not_empty() {
    let denied =
        r#"{"graph": {"/v1.0/users": {"error": {"code": "Authorization_RequestDenied", "message": "no"}}}}"#;
    assert_eq!(
        snapshot(denied).users.rows().unwrap_err().to_string(),
        "permission users: User.Read.All has not been granted"
    );
    let first_page = r#"{"graph": {"/v1.0/users": {"value": [], "@odata.nextLink": "https://x"}}}"#;
    let users = snapshot(first_page).users;
    assert_eq!(users.status(), FamilyStatus::Partial);
    assert!(users.rows().is_err(), "what was read in part must not pass for all there is");
}

#[test]
fn sub_collections_stand_under_their_path_or_inline() {
    let snapshot = snapshot(
        r#"{"graph": {
            "/v1.0/groups": {"value": [{"id": "g1"}, {"id": "g2", "members": [{"id": "u2"}]}, {"id": "g3"}]},
            "/v1.0/groups/g1/members": {"value": [{"id": "u1"}, {"id": "u1"}]}
        }}"#,
    );
    let rows = snapshot.group_members.rows().unwrap();
    let of = |group: &str| rows.iter().find(|row| row.group == Id::new(group)).map(|row| row.members.len());
    assert_eq!((of("g1"), of("g2"), of("g3")), (Some(1), Some(1), None));
}

#[test]
fn sign_ins_are_read_if_one_user_carries_them() {
    let carried =
        r#"{"graph": {"/v1.0/users": {"value": [{"id": "u1", "signInActivity": null}, {"id": "u2"}]}}}"#;
    assert_eq!(snapshot(carried).sign_in_activity.rows().unwrap().len(), 2);
    let not = r#"{"graph": {"/v1.0/users": {"value": [{"id": "u1"}, {"id": "u2"}]}}}"#;
    assert_eq!(snapshot(not).sign_in_activity.status(), FamilyStatus::Failed);
}

#[test]
fn a_snapshot_goes_through_serde_both_ways() {
    let first = snapshot(
        r#"{"graph": {"/v1.0/identity/conditionalAccess/policies": {"value": [{"id": "p", "state": "enabled", "conditions": {"new": 1}}]}}}"#,
    );
    let text = serde_json::to_string(&first).unwrap();
    assert_eq!(serde_json::from_str::<Snapshot>(&text).unwrap(), first);
}

#[test]
fn a_snapshot_written_as_a_file_reads_back_the_same_and_what_was_not_read_stays_unread() {
    let contoso = include_str!("../../../../twin/tenants/contoso.json");
    let mut first = snapshot(contoso);
    first.domains = Family::denied("Domain.Read.All");
    first.devices = Family::partial(Vec::new(), "the network was gone");
    let mut file = Vec::new();
    super::write(&first, &mut file).unwrap();
    let second = snapshot(&String::from_utf8(file).unwrap());
    assert_eq!(second.devices.status(), FamilyStatus::Failed);
    assert_eq!(second.domains.status(), FamilyStatus::Failed);
    let changes = crate::snapshot::compare(&first, &second);
    let families: Vec<&str> = changes.iter().map(|one| one.family.as_str()).collect();
    assert_eq!(families, ["domains", "devices"], "{changes:#?}");
}
