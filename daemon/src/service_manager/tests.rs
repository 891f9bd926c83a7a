//! The watchdog is fed by answers only; what packages install fits systemd and the daemon.

mod packaging;

use super::*;
use std::future::ready;
use std::sync::atomic::{AtomicU32, Ordering};

const LIMIT: Duration = Duration::from_secs(60);

/// How often the watchdog was fed within ten of its limits.
async fn fed<P, F>(probe: P) -> u32
where
    P: FnMut() -> F,
    F: Future<Output = bool>,
{
    let count = AtomicU32::new(0);
    let feed = || {
        count.fetch_add(1, Ordering::SeqCst);
    };
    let watching = keep_alive(LIMIT, probe, feed);
    assert!(timeout(LIMIT * 10, watching).await.is_err(), "it never ends by itself");
    count.into_inner()
}

#[tokio::test(start_paused = true)]
async fn answers_feed_the_watchdog_well_within_its_time() {
    assert!(fed(|| ready(true)).await >= 10 * PROBES);
}

#[tokio::test(start_paused = true)]
async fn no_answer_or_a_no_does_not() {
    assert_eq!(fed(|| ready(false)).await, 0);
    assert_eq!(fed(pending::<bool>).await, 0);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_comes_back_feeds_it_again() {
    let mut asked = 0;
    let fed = fed(|| {
        asked += 1;
        ready(asked > 3)
    });
    assert!(fed.await >= 10 * PROBES - 3);
}

#[tokio::test(start_paused = true)]
async fn the_status_text_is_told_when_it_changes_and_only_then() {
    let (looks, told) = (AtomicU32::new(0), std::sync::Mutex::new(Vec::new()));
    let summary = || {
        let look = looks.fetch_add(1, Ordering::SeqCst);
        if look < 3 { "contoso is well".to_owned() } else { "contoso has 1 warnings".to_owned() }
    };
    let reporting = keep_true(summary, |text| told.lock().unwrap().push(text.to_owned()));
    assert!(timeout(REPORT * 10, reporting).await.is_err(), "it never ends by itself");
    assert_eq!(*told.lock().unwrap(), ["contoso is well", "contoso has 1 warnings"]);
}
