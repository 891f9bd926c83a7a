//! A daemon that has run for years: the audit log is endless, and still what one looks for is found.

use super::hands::{ENTER, Hands, stage};
use trueconfig_tests::support::Stage;

/// Issue 6: 100,000 records. The newest are there at once, the oldest can be reached, and a filter finds one in the
/// middle.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_record_is_found_among_a_hundred_thousand() {
    let mut daemon = stage(Stage::contoso()).await;
    daemon.stop().await;
    daemon.lengthen(100_000);
    daemon.restart().await;
    let mut hands = Hands::on(&daemon);
    hands.keys("5");
    hands.sees("drill 100000.");
    hands.keys("/drill 31415.");
    hands.sees("alert: drill 31415.");
    hands.press(&[ENTER, ENTER]);
    hands.sees("Chained to");
    hands.leave();
}
