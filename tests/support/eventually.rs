//! Waiting for a condition with a deadline: the one place where whole-system tests may pause.

use std::time::{Duration, Instant};

/// Between two looks at the condition.
const PAUSE: Duration = Duration::from_millis(20);

/// Looks until the condition gives something.
///
/// # Panics
/// If `deadline` passes first, naming `what` was waited for.
pub async fn eventually<T>(
    what: &str,
    deadline: Duration,
    mut condition: impl AsyncFnMut() -> Option<T>,
) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = condition().await {
            return found;
        }
        assert!(began.elapsed() < deadline, "waited {deadline:?} for {what}");
        tokio::time::sleep(PAUSE).await;
    }
}

/// As [`eventually`], for tests without a runtime.
///
/// # Panics
/// If `deadline` passes first, naming `what` was waited for.
pub fn eventually_blocking<T>(what: &str, deadline: Duration, mut condition: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = condition() {
            return found;
        }
        assert!(began.elapsed() < deadline, "waited {deadline:?} for {what}");
        std::thread::sleep(PAUSE);
    }
}
