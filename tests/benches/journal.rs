//! What the journal costs beside the disk: appends against a bare write and fdatasync, and verification.
//!
//! `TRUECONFIG_BENCH_RECORDS` sets the size of the journal that is verified and paged.

use criterion::{Criterion, Throughput};
use serde_json::json;
use std::fs::File;
use std::hint::black_box;
use std::io::Write;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use trueconfig_core::journal::record::Draft;
use trueconfig_daemon::store::{PageQuery, Store, verify};

const GROUP: usize = 64;
const ROUNDS: u32 = 300;
const RECORDS: u64 = 50_000;

fn main() {
    let mut criterion = Criterion::default().configure_from_args().sample_size(20);
    print_ratios();
    append(&mut criterion);
    read(&mut criterion);
    criterion.final_summary();
}

/// Appends and bare writes in turns, so that both meet the same disk.
fn print_ratios() {
    for size in [1, GROUP] {
        let dir = TempDir::new().unwrap();
        let (mut store, mut bare) = (store(&dir), bare_file(&dir));
        let line = vec![b'x'; bytes_per_record(&dir, &mut store)];
        let (mut appended, mut written) = (Duration::ZERO, Duration::ZERO);
        for _ in 0..ROUNDS {
            appended += timed(|| drop(black_box(store.append(drafts(size)).unwrap())));
            written += timed(|| write_bare(&mut bare, &line, size));
        }
        let ratio = appended.as_secs_f64() / written.as_secs_f64();
        println!(
            "groups of {size}: append {:?}, bare write+fdatasync {:?}, ratio {ratio:.2}",
            appended / ROUNDS,
            written / ROUNDS
        );
    }
}

fn append(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("append");
    for size in [1, GROUP] {
        let dir = TempDir::new().unwrap();
        let (mut store, mut bare) = (store(&dir), bare_file(&dir));
        let line = vec![b'x'; bytes_per_record(&dir, &mut store)];
        group.throughput(Throughput::Elements(size as u64));
        group.bench_function(format!("journal/{size}"), |bench| {
            bench.iter(|| store.append(drafts(size)).unwrap());
        });
        group.bench_function(format!("bare/{size}"), |bench| {
            bench.iter(|| write_bare(&mut bare, &line, size));
        });
    }
    group.finish();
}

fn read(criterion: &mut Criterion) {
    let records = std::env::var("TRUECONFIG_BENCH_RECORDS").map_or(RECORDS, |text| text.parse().unwrap());
    let dir = TempDir::new().unwrap();
    let mut full = store(&dir);
    for _ in 0..records.div_ceil(1000) {
        full.append(drafts(1000)).unwrap();
    }
    full.close().unwrap();

    let mut group = criterion.benchmark_group(format!("{records} records"));
    group.sample_size(10);
    group.bench_function("verify", |bench| {
        bench.iter(|| assert!(verify(dir.path(), None).unwrap().is_intact()))
    });
    group.bench_function("open", |bench| bench.iter(|| store(&dir)));
    let reader = store(&dir).reader();
    let newest = PageQuery { limit: 50, ..PageQuery::default() };
    group.bench_function("newest page", |bench| bench.iter(|| reader.page(&newest, |_| true).unwrap()));
    group.bench_function("page without matches", |bench| {
        bench.iter(|| reader.page(&newest, |_| false).unwrap())
    });
    let about = PageQuery { subject: Some("R-0007".into()), ..newest.clone() };
    group.bench_function("page about a remediation", |bench| {
        bench.iter(|| reader.page(&about, |_| true).unwrap())
    });
    group.finish();
}

fn store(dir: &TempDir) -> Store {
    Store::open(dir.path(), &"contoso".into()).unwrap().store
}

fn bare_file(dir: &TempDir) -> File {
    File::create(dir.path().join("bare")).unwrap()
}

fn write_bare(file: &mut File, line: &[u8], lines: usize) {
    file.write_all(&line.repeat(lines)).unwrap();
    file.sync_data().unwrap();
}

/// The length of one record's line, found by writing one.
fn bytes_per_record(dir: &TempDir, store: &mut Store) -> usize {
    store.append(drafts(1)).unwrap();
    dir.path().join("journal/000001.jsonl").metadata().unwrap().len() as usize
}

fn drafts(count: usize) -> Vec<Draft> {
    (0..count).map(draft).collect()
}

fn draft(number: usize) -> Draft {
    Draft {
        time: chrono::DateTime::UNIX_EPOCH,
        actor: json!({"uid": 1000, "name": {"@personal": "Ada Lovelace"}}),
        kind: "change_intended".into(),
        version: 1,
        body: json!({
            "id": format!("R-{:04}", number % 97),
            "step": number,
            "request": {"method": "DELETE", "path": "/v1.0/roleManagement/directory/roleAssignments/lAPpYvVpN0KRkA"},
            "before_snapshot": {"principalId": "f8ca5a85-489a-49a0-b555-0a6d81e56f0d", "directoryScopeId": "/"},
        }),
    }
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}
