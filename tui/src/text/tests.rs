use super::{LINE_LIMIT, paragraphs, sanitise, width, wrap};
use crate::look::Charset::{Ascii, Unicode};
use proptest::prelude::{Strategy, any, prop, prop_assert, prop_assert_eq, proptest};
use unicode_width::UnicodeWidthStr;

/// Text as an attacker would choose it: any character, rich in the dangerous ones.
pub fn hostile() -> impl Strategy<Value = String> {
    let dangerous = prop::sample::select(vec![
        '\x1b',
        '\n',
        '\r',
        '\t',
        '\x07',
        '\x08',
        '\x7f',
        '\u{9b}',
        '\u{200b}',
        '\u{202e}',
        '\u{2066}',
        '\u{feff}',
        '\u{fe0f}',
        '\u{200d}',
        '\u{301}',
        '\u{20dd}',
        '👩',
        '漢',
        'ﷺ',
        '\u{1f3fd}',
        '\u{1f1e6}',
        '\u{e0041}',
        '\u{115f}',
        '\u{1161}',
        '\u{94d}',
        '\u{600}',
        'a',
        '[',
        ';',
        'm',
        ' ',
    ]);
    prop::collection::vec(prop::strategy::Union::new([dangerous.boxed(), any::<char>().boxed()]), 0..60)
        .prop_map(|characters| characters.into_iter().collect())
}

proptest! {
    #[test]
    fn nothing_dangerous_passes(text in hostile(), cells in 0_usize..80) {
        for charset in [Unicode, Ascii] {
            let safe = sanitise(&text, cells, charset);
            prop_assert!(safe.width() <= cells, "{safe:?} takes {} of {cells}", safe.width());
            let overrides = '\u{202a}'..='\u{202e}';
            let dangerous = safe.chars().any(|character| character.is_control() || overrides.contains(&character));
            prop_assert!(!dangerous, "{:?}", safe);
        }
        prop_assert!(sanitise(&text, cells, Ascii).is_ascii());
    }

    #[test]
    fn wrapped_lines_keep_their_width(text in hostile(), cells in 1_usize..60) {
        for line in wrap(&text, cells.max(12), Unicode) {
            prop_assert!(line.width() <= cells.max(12));
        }
    }

    #[test]
    fn plain_text_is_left_alone(text in "[a-zA-Z0-9 .,@äöüßéñ漢字-]{0,40}") {
        prop_assert_eq!(sanitise(&text, 200, Unicode), text.clone());
        prop_assert_eq!(width(&text, Unicode), text.width());
    }
}

#[test]
fn escapes_are_visible() {
    assert_eq!(sanitise("a\x1b[31mb", 40, Unicode), "a\\x1b[31mb");
    assert_eq!(sanitise("two\nlines", 40, Unicode), "two\\nlines");
    assert_eq!(sanitise("abc\u{202e}fdp.exe", 40, Unicode), "abc\\u{202e}fdp.exe");
    assert_eq!(sanitise("zero\u{200b}width", 40, Unicode), "zero\\u{200b}width");
    assert_eq!(sanitise("Zoë", 40, Ascii), "Zo\\xeb");
}

/// One of each kind that hides, moves, merges or reorders others, or that terminals measure
/// differently.
#[test]
fn what_hides_or_merges_is_shown_escaped() {
    let kinds = "\u{ad}\u{34f}\u{61c}\u{180e}\u{600}\u{6dd}\u{115f}\u{3164}\u{ffa0}\u{17b4}\u{2800}\u{200b}\u{200d}\
                 \u{200f}\u{2028}\u{202a}\u{202e}\u{2060}\u{2066}\u{2069}\u{20e3}\u{fe0f}\u{feff}\u{fffd}\u{1f3fb}\u{1f3ff}\
                 \u{1f1e6}\u{e0041}\u{e01ef}\u{9b}\u{7f}\0";
    for character in kinds.chars() {
        let safe = sanitise(&format!("a{character}b"), 40, Unicode);
        assert!(
            safe.is_ascii() && safe.starts_with("a\\") && safe.ends_with('b'),
            "{character:?} as {safe:?}"
        );
    }
}

#[test]
fn cuts_are_marked() {
    assert_eq!(sanitise("Global Administrator", 8, Unicode), "Global …");
    assert_eq!(sanitise("Global Administrator", 8, Ascii), "Global ~");
    assert_eq!(sanitise("漢字漢字", 5, Unicode), "漢字…");
    assert_eq!(sanitise("abc", 3, Unicode), "abc");
    assert_eq!(sanitise("abc", 0, Unicode), "");
}

#[test]
fn a_pile_of_marks_is_cut_down() {
    let pile = format!("e{}", "\u{301}".repeat(50));
    let safe = sanitise(&pile, 400, Unicode);
    assert!(safe.starts_with("e\u{301}\u{301}\\u{301}"), "{safe}");
}

#[test]
fn long_text_is_neither_read_nor_shown_to_its_end() {
    let long = "x ".repeat(1_000_000);
    assert_eq!(sanitise(&long, 10, Unicode).chars().count(), 10);
    assert!(wrap(&long, 10, Unicode).len() <= LINE_LIMIT + 1);
}

#[test]
fn wrapping_breaks_at_spaces() {
    assert_eq!(wrap("one two three", 8, Unicode), ["one two", "three"]);
    assert_eq!(wrap("first\nsecond", 20, Unicode), ["first\\nsecond"]);
    assert_eq!(wrap("abcdefghij", 4, Unicode), ["abcd", "efgh", "ij"]);
}

#[test]
fn guidance_is_folded_into_paragraphs() {
    assert_eq!(paragraphs("one\ntwo\n\n  three\n"), ["one two", "three"]);
    assert_eq!(paragraphs("a\n\n\nb"), ["a", "b"]);
}
