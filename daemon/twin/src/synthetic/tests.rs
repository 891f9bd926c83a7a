//! The text form, and that pages and objects are two views of the same rows.

use super::made::{Generator, MadeRows};
use super::people::People;
use super::{Synthetic, SyntheticError};
use crate::tenant::{Columns, Rows, text_of};

#[test]
fn the_text_form_is_read_whole_or_refused() {
    let wanted: Synthetic =
        "users=1000000,apps=20000,sps=110000,policies=240,seed=7".parse().expect("numbers");
    assert_eq!(
        (wanted.users, wanted.apps, wanted.sps, wanted.policies, wanted.seed),
        (1_000_000, 20_000, 110_000, 240, 7)
    );
    for wrong in ["", "users", "users=x", "groups=1", "users=-1", "day=tomorrow"] {
        assert!(matches!(wrong.parse::<Synthetic>(), Err(SyntheticError::Part(_))), "{wrong}");
    }
    for wrong in ["users=9", "policies=241", "apps=200,sps=199", "apps=1"] {
        assert!(matches!(wrong.parse::<Synthetic>(), Err(SyntheticError::Range { .. })), "{wrong}");
    }
}

fn rows() -> MadeRows<People> {
    MadeRows::new("id", People::new("users=3000,seed=7".parse().expect("numbers")))
}

#[test]
fn the_bytes_of_a_row_are_those_of_its_object() {
    let rows = rows();
    let all = |_: &str| true;
    let mut columns = Columns::new(&all);
    for position in 0..3_000 {
        let mut bytes = Vec::new();
        assert!(rows.write(position, &mut columns, &mut bytes));
        let object = rows.at(position).expect("a row");
        assert_eq!(String::from_utf8(bytes).expect("text"), serde_json::to_string(&*object).expect("JSON"));
    }
}

#[test]
fn a_user_is_found_by_id_and_by_sign_in_name() {
    let rows = rows();
    for position in 0..3_000 {
        let row = rows.at(position).expect("a row");
        assert_eq!(rows.position(text_of(&row, "id")), Some(position));
        let name = text_of(&row, "userPrincipalName").to_uppercase();
        assert_eq!(rows.position_by("userPrincipalName", &name), Some(position), "{name}");
    }
    assert_eq!(rows.position_by("userPrincipalName", "ada.adler7@contoso.example"), None);
}

#[test]
fn shares_of_deviations_are_those_of_large_tenants() {
    let people = People::new("users=20000,seed=11".parse().expect("numbers"));
    let share = |what: &dyn Fn(&super::people::Person) -> bool| {
        (0..20_000).filter(|index| what(&people.person(*index))).count() / 20
    };
    assert!((100..140).contains(&share(&|person| person.guest)));
    assert!((90..130).contains(&share(&|person| !person.multifactor)));
    assert_eq!(people.count(), 20_000);
}

#[test]
fn what_was_written_lies_over_what_is_made() {
    let mut rows = rows();
    let mut row = rows.at(5).expect("a row").into_owned();
    let id = text_of(&row, "id").to_owned();
    row.insert("userPrincipalName".into(), "renamed@contoso.example".into());
    let old = text_of(&rows.at(5).expect("a row"), "userPrincipalName").to_owned();
    rows.put(row.clone());
    assert_eq!(rows.position_by("userPrincipalName", "renamed@contoso.example"), Some(5));
    assert_eq!(rows.position_by("userPrincipalName", &old), None);
    assert_eq!(rows.take(&id), Some(row.clone()));
    assert_eq!((rows.position(&id), rows.count(), rows.holds(5), rows.take(&id)), (None, 2_999, false, None));
    rows.put(row);
    assert_eq!((rows.position(&id), rows.count(), rows.len()), (Some(5), 3_000, 3_000));
}
