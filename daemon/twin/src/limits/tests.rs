//! The numbers of Graph facts 3.

use super::{Asker, Buckets, costs};
use chrono::{TimeDelta, Utc};

fn asker(app_id: &str) -> Asker<'_> {
    Asker { app_id, tenant: "t", users: 300 }
}

/// How many of so many requests at one instant pass.
fn passed(method: &str, path: &str, query: &str, count: usize) -> usize {
    let (mut buckets, now, costs) = (Buckets::default(), Utc::now(), costs(method, path, query));
    (0..count).filter(|_| buckets.take(&costs, &asker("a"), now).is_ok()).count()
}

/// 1 request per second for all applications together, without `Retry-After`.
#[test]
fn conditional_access_takes_one_request_per_second_from_anybody() {
    let (mut buckets, now) = (Buckets::default(), Utc::now());
    let costs = costs("GET", "/v1.0/identity/conditionalAccess/policies", "");
    assert!(buckets.take(&costs, &asker("a"), now).is_ok());
    let refused = buckets.take(&costs, &asker("b"), now).expect_err("the second at once");
    assert_eq!((refused.status, refused.headers), (429, Vec::new()));
    assert!(buckets.take(&costs, &asker("b"), now + TimeDelta::seconds(1)).is_ok());
}

#[test]
fn reports_take_five_in_ten_seconds_per_application_and_say_when_to_come_back() {
    let (mut buckets, now) = (Buckets::default(), Utc::now());
    let costs = costs("GET", "/v1.0/auditLogs/signIns", "");
    let taken = (0..6).filter(|_| buckets.take(&costs, &asker("a"), now).is_ok()).count();
    assert_eq!(taken, 5);
    assert!(buckets.take(&costs, &asker("b"), now).is_ok());
    let later = now + TimeDelta::milliseconds(500);
    let refused = buckets.take(&costs, &asker("a"), later).expect_err("still too soon");
    assert_eq!(refused.headers, [("retry-after", "1.500".to_owned())]);
}

#[test]
fn every_class_has_the_documented_number() {
    assert_eq!(passed("GET", "/v1.0/users", "$select=id,signInActivity", 20), 10);
    assert_eq!(passed("GET", "/v1.0/security/secureScores", "", 200), 150);
    assert_eq!(passed("PATCH", "/v1.0/users/x", "", 3_100), 3_000);
    assert_eq!(passed("GET", "/v1.0/users", "", 3_000), 2_500, "two units each of 5,000");
    assert_eq!(passed("GET", "/v1.0/groups/x/transitiveMembers", "$top=5", 2_000), 1_250);
    assert_eq!(passed("GET", "/v1.0/users", "%24top=999&$select=id", 6_000), 5_000);
}

#[test]
fn a_refused_write_costs_nothing_and_names_its_scope() {
    let (mut buckets, now) = (Buckets::default(), Utc::now());
    let write = costs("POST", "/v1.0/groups", "");
    let refused = (0..3_001).find_map(|_| buckets.take(&write, &asker("a"), now).err()).expect("a refusal");
    let scope = ("x-ms-throttle-scope", "Tenant_Application/Write/a/t".to_owned());
    assert!(refused.headers.contains(&scope), "{:?}", refused.headers);
    let read = buckets.take(&costs("GET", "/v1.0/groups", ""), &asker("a"), now).expect("reads go on");
    assert_eq!(read, [("x-ms-resource-unit", "1".to_owned())]);
    let near =
        (0..1_200).filter_map(|_| buckets.take(&costs("GET", "/v1.0/groups", ""), &asker("a"), now).ok());
    let told = near.last().expect("an answer");
    assert!(told.contains(&("x-ms-throttle-limit-percentage", "0.8".to_owned())), "{told:?}");
}
