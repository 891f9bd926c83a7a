//! The request surface of the twin (issue 3, bad input): any text that HTTP would carry gets a success or an
//! error of Graph's shape, and nothing panics. Seeds are the twin's own corpus of requests.
#![no_main]

use std::cell::RefCell;

use libfuzzer_sys::fuzz_target;
use tokio::runtime::{Builder, Runtime};
use trueconfig_twin::{Auth, Options, TenantFile, Twin, serve};

#[path = "../../../daemon/twin/tests/speaks/exchange.rs"]
mod exchange;

/// Requests to one tenant before it is made anew, so that what one of them created cannot pile up.
const REQUESTS: u32 = 1_000;
/// The instant the demo tenant's dates are relative to: with a clock that stands, a request is answered the
/// same way again.
const NOW: &str = "2026-11-24T08:00:00Z";

/// A tenant, and the requests it has had.
struct Stage {
    runtime: Runtime,
    twin: Twin,
    requests: u32,
}

impl Stage {
    fn new() -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let now = NOW.parse().expect("a time");
        let options = Options::new(TenantFile::contoso().expect("the demo tenant"));
        let options = Options { auth: Auth::None, clock: std::sync::Arc::new(move || now), ..options };
        let twin = runtime.block_on(serve(options)).expect("a twin");
        Self { runtime, twin, requests: 0 }
    }
}

thread_local! {
    static STAGE: RefCell<Option<Stage>> = const { RefCell::new(None) };
}

fuzz_target!(|text: &[u8]| {
    STAGE.with_borrow_mut(|stage| {
        let held = stage.take().filter(|stage| stage.requests < REQUESTS);
        let mut now = held.unwrap_or_else(Stage::new);
        now.requests += 1;
        now.runtime.block_on(exchange::judged(&now.twin, text));
        *stage = Some(now);
    });
});
