//! What a key costs while a long list is filtered, with the socket: 100,000 records behind the audit list, the
//! daemon as it is shipped. Figures are printed; nothing is asserted, machines differ.
//! `TRUECONFIG_BENCH_RECORDS` sets the number of records.

use std::time::{Duration, Instant};
use trueconfig_common::client::Client;
use trueconfig_common::interface::ListQuery;
use trueconfig_common::interface::audit::ListAudit;
use trueconfig_tests::support::Stage;

const RECORDS: usize = 100_000;

/// Rows of a screen, as the client asks for them.
const LIMIT: u16 = 50;

/// Filters as they are typed, key by key: text that is everywhere, text that is in one record of the middle, text
/// that is nowhere, its inverse, and a column.
const TYPED: [&str; 5] = ["drill", "drill 50000.", "nowhere", "!drill", "kind:scan_finished"];

/// Times each filter is typed.
const ROUNDS: usize = 20;

fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let records = std::env::var("TRUECONFIG_BENCH_RECORDS")
            .map_or(RECORDS, |text| text.parse().expect("a number of records"));
        let mut daemon = Stage::contoso().start().await;
        daemon.stop().await;
        daemon.lengthen(records);
        let began = Instant::now();
        daemon.restart().await;
        println!("start with {records} records: {:?}", began.elapsed());
        let mut client = daemon.client().await;
        for typed in TYPED {
            keys(&mut client, typed).await;
        }
    });
}

/// The first page for every beginning of a filter, and the whole of the list for all of it.
async fn keys(client: &mut Client, typed: &str) {
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        for end in 1..=typed.len() {
            let began = Instant::now();
            // A filter that is not yet one is refused, which takes time, too.
            let _ = client.call(page(&typed[..end], None)).await;
            times.push(began.elapsed());
        }
    }
    times.sort();
    let at = |percent: usize| times[(times.len() - 1) * percent / 100];
    let (pages, whole) = to_the_end(client, typed).await;
    println!("{typed:>20}: a key p50 {:?}, p99 {:?}; to the end {pages} pages, {whole:?}", at(50), at(99));
}

async fn to_the_end(client: &mut Client, typed: &str) -> (usize, Duration) {
    let (began, mut pages, mut cursor) = (Instant::now(), 0, None);
    loop {
        let found = client.call(page(typed, cursor)).await.expect("a page");
        pages += 1;
        cursor = found.next;
        if cursor.is_none() {
            return (pages, began.elapsed());
        }
    }
}

fn page(filter: &str, cursor: Option<String>) -> ListAudit {
    let query = ListQuery { filter: filter.to_owned(), cursor, limit: LIMIT, ..ListQuery::default() };
    ListAudit { tenant: String::new(), query }
}
