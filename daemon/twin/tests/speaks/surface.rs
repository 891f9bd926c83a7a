//! The request surface under fire: a kept corpus of requests as text, replayed as it stands and mutated at
//! random. `.ci/fuzz twin_request` searches longer and cleverer, with the corpus as its seeds; a request that
//! breaks something belongs into `tests/corpus`.

use std::path::PathBuf;
use std::sync::LazyLock;

use proptest::prelude::{Strategy, any, prop, proptest};
use proptest::test_runner::Config;
use trueconfig_twin::{Auth, Options, TenantFile, Twin, serve};

use crate::exchange;

/// Mutated requests of one run unless told otherwise.
const CASES: u32 = 500;

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

/// Sends a text and judges the answer; gives the status.
fn judged(text: &[u8]) -> Option<u16> {
    let (runtime, twin) = &*TWIN;
    runtime.block_on(exchange::judged(twin, text))
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
