//! The request surface under fire: a kept corpus of requests as text (a line with method and target,
//! headers, a blank line, the body), replayed as it stands and mutated at random. Whatever comes in, the
//! answer is Graph's own error or a success; never a panic and never a 5xx.
//!
//! There is no cargo-fuzz target: it would need a nightly compiler wherever the checks run. To search for
//! longer, set `PROPTEST_CASES`; a request that breaks something belongs into `tests/corpus`.

use std::path::PathBuf;
use std::sync::LazyLock;

use axum::body::{Body, to_bytes};
use axum::http::Request;
use proptest::prelude::{Strategy, any, prop, proptest};
use proptest::test_runner::Config;
use serde_json::Value;
use tower::ServiceExt;
use trueconfig_twin::{Auth, Options, TenantFile, Twin, serve};

/// Mutated requests of one run unless told otherwise.
const CASES: u32 = 500;
/// Largest answer that is read.
const MAX_ANSWER: usize = 64 * 1024 * 1024;

/// One tenant for all cases; its runtime lives as long as the process.
static TWIN: LazyLock<(tokio::runtime::Runtime, Twin)> = LazyLock::new(|| {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let file = TenantFile::contoso().expect("the demo tenant");
    let options = Options { auth: Auth::None, ..Options::new(file) };
    let twin = runtime.block_on(serve(options)).expect("a twin");
    (runtime, twin)
});

/// Every file of the corpus.
static CORPUS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("the corpus").map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files.iter().map(|file| std::fs::read(file).expect("a file")).collect()
});

/// The request of a text; nothing if HTTP itself would not carry it.
fn request(text: &[u8]) -> Option<Request<Body>> {
    let mut lines = text.splitn(2, |byte| *byte == b'\n');
    let first = std::str::from_utf8(lines.next()?).ok()?;
    let (method, target) = first.split_once(' ')?;
    let mut rest = lines.next().unwrap_or_default();
    // The corpus is written to be read; a client would have encoded these.
    let target = target.replace(' ', "%20").replace('"', "%22");
    let mut request = Request::builder().method(method).uri(target).header("host", "127.0.0.1");
    loop {
        let end = rest.iter().position(|byte| *byte == b'\n')?;
        let line = std::str::from_utf8(&rest[..end]).ok()?;
        rest = &rest[end + 1..];
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(": ")?;
        request = request.header(name, value);
    }
    request.body(Body::from(rest.to_vec())).ok()
}

/// Sends it and judges the answer; gives the status.
fn judged(text: &[u8]) -> Option<u16> {
    let (runtime, twin) = &*TWIN;
    let request = request(text)?;
    let shown = String::from_utf8_lossy(text).into_owned();
    let answer = runtime.block_on(twin.router().oneshot(request)).expect("an answer");
    let status = answer.status().as_u16();
    assert!((200..500).contains(&status), "{status} for {shown}");
    let is_graph = answer.headers().contains_key("request-id");
    let body = runtime.block_on(to_bytes(answer.into_body(), MAX_ANSWER)).expect("a body");
    if status >= 400 && is_graph {
        let body: Value = serde_json::from_slice(&body).unwrap_or_else(|error| panic!("{error} for {shown}"));
        let of_graph =
            body["error"]["code"].is_string() && body["error"]["innerError"]["request-id"].is_string();
        let of_login = body["error_codes"].is_array();
        assert!(of_graph || of_login, "{body} for {shown}");
    }
    Some(status)
}

/// One change of a text.
#[derive(Debug, Clone)]
enum Mutation {
    Flip(usize, u8),
    Cut(usize, usize),
    Repeat(usize, usize),
    Splice(usize, usize),
    Word(usize, &'static str),
}

/// What breaks parsers.
const WORDS: [&str; 16] = [
    "'",
    "''",
    "%",
    "%00",
    "%ff",
    "(",
    ")",
    "$",
    "null",
    "[]",
    "{}",
    "-1",
    "99999999999999999999",
    "\u{fffd}",
    "\u{e9}",
    "\"@odata.type\":1,",
];

fn mutation() -> impl Strategy<Value = Mutation> {
    let place = any::<usize>();
    proptest::prop_oneof![
        (place, any::<u8>()).prop_map(|(at, byte)| Mutation::Flip(at, byte)),
        (place, 1_usize..40).prop_map(|(at, length)| Mutation::Cut(at, length)),
        (place, 1_usize..40).prop_map(|(at, length)| Mutation::Repeat(at, length)),
        (place, place).prop_map(|(at, other)| Mutation::Splice(at, other)),
        (place, prop::sample::select(&WORDS[..])).prop_map(|(at, word)| Mutation::Word(at, word)),
    ]
}

fn mutated(mut text: Vec<u8>, mutation: &Mutation) -> Vec<u8> {
    let at = |place: usize, text: &[u8]| place % (text.len() + 1);
    match mutation {
        Mutation::Flip(place, byte) => {
            if let Some(old) = text.len().checked_sub(1).map(|last| place % (last + 1)) {
                text[old] ^= byte;
            }
        }
        Mutation::Cut(place, length) => {
            let start = at(*place, &text);
            let end = text.len().min(start + length);
            text.drain(start..end);
        }
        Mutation::Repeat(place, length) => {
            let start = at(*place, &text);
            let piece = text[start..text.len().min(start + length)].repeat(8);
            text.splice(start..start, piece);
        }
        Mutation::Splice(place, other) => {
            let donor = &CORPUS[other % CORPUS.len()];
            let start = at(*place, &text);
            text.truncate(start);
            text.extend_from_slice(&donor[at(*place, donor).min(donor.len())..]);
        }
        Mutation::Word(place, word) => {
            let start = at(*place, &text);
            text.splice(start..start, word.bytes());
        }
    }
    text
}

/// Issue 3, bad input: every request of the corpus gets an answer of Graph's kind.
#[test]
fn the_corpus_is_answered() {
    assert!(CORPUS.len() > 20);
    let statuses: Vec<Option<u16>> = CORPUS.iter().map(|text| judged(text)).collect();
    assert!(statuses.iter().all(Option::is_some), "every file is a request: {statuses:?}");
    let fine = statuses.iter().flatten().filter(|status| **status < 300).count();
    assert!(fine > 8, "most of the corpus must get past the first check: {statuses:?}");
}

proptest! {
    #![proptest_config(Config {
        cases: std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(CASES),
        max_shrink_iters: 200,
        failure_persistence: None,
        ..Config::default()
    })]

    /// Issue 3, bad input: malformed requests of every kind, grown out of real ones.
    #[test]
    fn mutated_requests_get_an_error_and_not_a_panic(
        seed in any::<usize>(),
        mutations in prop::collection::vec(mutation(), 1..6),
    ) {
        let text = CORPUS[seed % CORPUS.len()].clone();
        judged(&mutations.iter().fold(text, mutated));
    }
}
