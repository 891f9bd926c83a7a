//! Every screen and the main dialogs as text, and the proof that hostile text stays in its cell.

use super::draw;
use super::table::{Cell, Table, Width, column};
use crate::app::State;
use crate::app::event::Event;
use crate::app::place::ScreenId;
use crate::app::update::update;
use crate::fixtures::{self, at, filled, key};
use crate::look::{Charset, Look, Palette};
use crate::text::tests::hostile;
use proptest::prelude::{prop_assert_eq, proptest};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use std::collections::BTreeSet;

const SMALL: (u16, u16) = (80, 24);
const LARGE: (u16, u16) = (120, 40);

fn buffer(state: &State) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(state.size.0, state.size.1)).expect("a test terminal");
    terminal.draw(|frame| draw(frame, state)).expect("drawn");
    terminal.backend().buffer().clone()
}

fn text(state: &State) -> String {
    let buffer = buffer(state);
    let row = |y: u16| {
        (0..buffer.area.width).map(|x| buffer[(x, y)].symbol()).collect::<String>().trim_end().to_owned()
    };
    (0..buffer.area.height).map(|y| row(y) + "\n").collect()
}

/// What is not plain, row by row: the text and its style.
fn styles(state: &State) -> String {
    let buffer = buffer(state);
    let mut out = String::new();
    for y in 0..buffer.area.height {
        let mut runs: Vec<(ratatui::style::Style, String)> = Vec::new();
        for x in 0..buffer.area.width {
            let cell = &buffer[(x, y)];
            match runs.last_mut() {
                Some((style, text)) if *style == cell.style() => text.push_str(cell.symbol()),
                _ => runs.push((cell.style(), cell.symbol().to_owned())),
            }
        }
        let plain = ratatui::buffer::Cell::default().style();
        let told = runs.iter().filter(|(style, text)| *style != plain && !text.trim().is_empty());
        for (style, text) in told {
            let (fg, bg, with) = (style.fg, style.bg, style.add_modifier);
            let colour = |colour: Option<ratatui::style::Color>| {
                colour
                    .filter(|colour| *colour != ratatui::style::Color::Reset)
                    .map(|colour| colour.to_string())
            };
            let (fg, bg) = (colour(fg).unwrap_or_default(), colour(bg).unwrap_or_default());
            let with = if with.is_empty() { String::new() } else { format!("{with:?}") };
            out.push_str(&format!("{y:>2} {fg:>8} {bg:>5} {with:<18} {}\n", text.trim()));
        }
    }
    out
}

fn on(screen: ScreenId, size: (u16, u16)) -> State {
    let mut state = filled(size);
    update(&mut state, key(&screen.number().to_string()), at(1_000));
    state.toast = None;
    state
}

/// A screen with what is selected opened and read.
fn opened(screen: ScreenId, size: (u16, u16)) -> State {
    let mut state = on(screen, size);
    update(&mut state, key("enter"), at(1_100));
    let id = state.detail_key().expect("something is open");
    match screen {
        ScreenId::Controls => state.controls.take_detail(&id, fixtures::detail()),
        ScreenId::Approvals => state.approvals.take_detail(&id, fixtures::pending()),
        ScreenId::History => state.history.take_detail(&id, fixtures::verified()),
        _ => {}
    }
    state
}

fn press(state: &mut State, keys: &[&str]) {
    for (index, name) in keys.iter().enumerate() {
        update(state, key(name), at(5_000 + 1_000 * u64::try_from(index).expect("few keys")));
        state.drawn(state.now.elapsed);
    }
}

macro_rules! golden {
    ($($name:ident: $make:expr;)*) => {
        $(#[test]
        fn $name() {
            for (size, suffix) in [(SMALL, "80x24"), (LARGE, "120x40")] {
                let make: fn((u16, u16)) -> State = $make;
                let mut state = make(size);
                insta::assert_snapshot!(format!("{}_{suffix}", stringify!($name)), text(&state));
                state.look.palette = Palette::Dark;
                insta::assert_snapshot!(format!("{}_{suffix}_dark", stringify!($name)), styles(&state));
            }
        })*
    };
}

golden! {
    overview: |size| on(ScreenId::Overview, size);
    controls: |size| on(ScreenId::Controls, size);
    control_detail: |size| opened(ScreenId::Controls, size);
    object: |size| {
        let mut state = opened(ScreenId::Controls, size);
        press(&mut state, &["n", "n", "enter"]);
        state.objects.take_detail("u-1", fixtures::object());
        press(&mut state, &["n"]);
        state
    };
    filtering: |size| {
        let mut state = on(ScreenId::Controls, size);
        press(&mut state, &["/", "!", "v", "e", "r"]);
        state
    };
    approvals: |size| on(ScreenId::Approvals, size);
    plan: |size| opened(ScreenId::Approvals, size);
    history: |size| on(ScreenId::History, size);
    remediation: |size| opened(ScreenId::History, size);
    audit: |size| on(ScreenId::Audit, size);
    record: |size| {
        let mut state = on(ScreenId::Audit, size);
        press(&mut state, &["G", "enter"]);
        state
    };
    drift: |size| on(ScreenId::Drift, size);
    drift_detail: |size| opened(ScreenId::Drift, size);
    settings: |size| on(ScreenId::Settings, size);
    approve: |size| {
        let mut state = opened(ScreenId::Approvals, size);
        press(&mut state, &["a", "o", "k"]);
        state
    };
    approve_for_a_window: |size| {
        let mut state = opened(ScreenId::Approvals, size);
        press(&mut state, &["a", "up"]);
        let text = "Sun 02:00-04:00 Asia/Tokyo";
        press(&mut state, &text.split("").filter(|key| !key.is_empty()).collect::<Vec<_>>());
        state
    };
    waits_for_its_window: |size| {
        let mut state = on(ScreenId::Approvals, size);
        press(&mut state, &["enter"]);
        let mut detail = fixtures::pending();
        detail.row = fixtures::waiting_row();
        state.approvals.take_page(fixtures::page(vec![detail.row.clone()]), false);
        state.approvals.take_detail("R-0007", detail);
        state
    };
    locked_out: |size| {
        let mut state = on(ScreenId::Approvals, size);
        press(&mut state, &["enter"]);
        state.approvals.take_detail("R-0007", fixtures::locked_out());
        press(&mut state, &["G"]);
        state
    };
    one_of_two_agreed: |size| {
        let mut state = on(ScreenId::Approvals, size);
        press(&mut state, &["enter"]);
        let mut detail = fixtures::pending();
        detail.agreement =
            fixtures::agreement(2, &["bob"], "one more person must approve, of platform");
        state.approvals.take_detail("R-0007", detail);
        state
    };
    choose_targets: |size| {
        let mut state = opened(ScreenId::Approvals, size);
        press(&mut state, &["t", "down", "down", " "]);
        state
    };
    roll_back: |size| {
        let mut state = opened(ScreenId::History, size);
        press(&mut state, &["b"]);
        state
    };
    kill_switch: |size| {
        let mut state = on(ScreenId::Drift, size);
        press(&mut state, &["K", "tab", "tab"]);
        state
    };
    pick_mode: |size| {
        let mut state = on(ScreenId::Controls, size);
        press(&mut state, &["m"]);
        state
    };
    help: |size| {
        let mut state = on(ScreenId::Approvals, size);
        press(&mut state, &["?"]);
        state
    };
    command: |size| {
        let mut state = on(ScreenId::Controls, size);
        press(&mut state, &[":", "a"]);
        state
    };
    nothing_fails: |size| {
        let mut state = on(ScreenId::Controls, size);
        press(&mut state, &["f"]);
        state.controls.take_page(fixtures::page(Vec::new()), false);
        state
    };
    read_only: |size| {
        let mut state = on(ScreenId::Controls, size);
        update(&mut state, Event::Joined { read_only: Some("9.9.9".into()) }, at(2_000));
        press(&mut state, &["s"]);
        press(&mut state, &["j"]);
        state
    };
    link_lost: |size| {
        let mut state = on(ScreenId::Controls, size);
        let lost = Event::Lost { cause: "the daemon closed the connection".into(), attempt: 3, gave_up: false };
        update(&mut state, lost, at(2_000));
        update(&mut state, Event::Tick, at(9_000));
        state
    };
}

/// 200 columns show list and detail side by side.
#[test]
fn wide_screens_show_list_and_detail() {
    let mut state = on(ScreenId::Approvals, (200, 60));
    state.approvals.take_detail("R-0007", fixtures::pending());
    insta::assert_snapshot!("approvals_200x60", text(&state));
}

#[test]
fn ascii_draws_nothing_else() {
    for screen in ScreenId::ALL {
        let mut state = on(screen, SMALL);
        state.look = Look::new(Charset::Ascii, Palette::Mono);
        state.controls.rows[0].title = "Zoë 漢字 \u{202e}x".into();
        assert!(text(&state).is_ascii(), "{screen:?}:\n{}", text(&state));
    }
}

/// Colour is never all there is: mono and colour draw the same characters.
#[test]
fn colours_carry_no_meaning_alone() {
    for screen in ScreenId::ALL {
        let mono = text(&on(screen, SMALL));
        for palette in [Palette::Dark, Palette::Light, Palette::HighContrast, Palette::Basic] {
            let mut state = on(screen, SMALL);
            state.look.palette = palette;
            assert_eq!(text(&state), mono, "{screen:?}");
            let colours =
                buffer(&state).content.iter().filter(|cell| cell.fg != ratatui::style::Color::Reset).count();
            assert!(colours > 0, "{screen:?} has colours in {palette:?}");
        }
    }
}

#[test]
fn a_tiny_terminal_says_so() {
    assert!(text(&filled((20, 4))).starts_with("needs 40x10, has\n20x4"));
}

proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    /// A hostile name changes its own cell and no other one, whatever it is.
    #[test]
    fn hostile_names_stay_in_their_cell(name in hostile()) {
        let draw_with = |name: &str| {
            let mut terminal = Terminal::new(TestBackend::new(40, 4)).expect("a test terminal");
            let row = |text: &str| vec![Cell::plain("left"), Cell::plain(text), Cell::plain("right")];
            let columns = vec![column("a", Width::Fit(5)), column("b", Width::Rest(5)), column("c", Width::Fit(5))];
            let table = Table { columns, rows: vec![row("above"), row(name), row("below")], selected: Some(1), marked: BTreeSet::new() };
            terminal.draw(|frame| table.draw(frame, frame.area(), fixtures::look())).expect("drawn");
            terminal.backend().buffer().clone()
        };
        let (benign, hostile) = (draw_with("benign"), draw_with(&name));
        for y in 0..4 {
            for x in (0..40).filter(|x| y != 2 || !(7..34).contains(x)) {
                prop_assert_eq!(&benign[(x, y)], &hostile[(x, y)], "cell {},{}", x, y);
            }
        }
    }

    /// The same on a whole screen, in lists, details and dialogs.
    #[test]
    fn hostile_names_keep_the_frame_whole(name in hostile()) {
        let mut state = opened(ScreenId::Approvals, SMALL);
        if let Some((_, detail)) = &mut state.approvals.detail {
            detail.row.summary = name.clone();
            detail.changes[0].targets[0].name = trueconfig_common::personal::Personal::new(name.clone());
            detail.choices[0].target.name = trueconfig_common::personal::Personal::new(name);
        }
        for keys in [&[][..], &["a"][..], &["esc", "t"][..]] {
            press(&mut state, keys);
            let drawn = buffer(&state);
            for y in 2..22 {
                let (left, right) = (drawn[(0, y)].symbol(), drawn[(79, y)].symbol());
                proptest::prop_assert!(["╭", "│", "╰"].contains(&left), "row {}: {}", y, left);
                proptest::prop_assert!(["╮", "│", "╯"].contains(&right), "row {}: {}", y, right);
            }
            let dangerous = drawn.content.iter().any(|cell| cell.symbol().chars().any(char::is_control));
            proptest::prop_assert!(!dangerous);
        }
    }
}

/// Replaces free text, wherever it stands in what the daemon says, by a hostile name.
fn poisoned<T: serde::Serialize + serde::de::DeserializeOwned>(value: &T, name: &str) -> T {
    const FREE: [&str; 19] = [
        "title",
        "reason",
        "summary",
        "name",
        "category",
        "held",
        "detail",
        "expected",
        "actual",
        "sentence",
        "@personal",
        "kind",
        "by",
        "why",
        "fix",
        "object",
        "field",
        "residue",
        "relation",
    ];
    fn spread(value: &mut serde_json::Value, name: &str) {
        match value {
            serde_json::Value::Array(items) => items.iter_mut().for_each(|item| spread(item, name)),
            serde_json::Value::Object(fields) => {
                for (key, field) in fields.iter_mut() {
                    match field {
                        serde_json::Value::String(text) if FREE.contains(&key.as_str()) => {
                            name.clone_into(text)
                        }
                        other => spread(other, name),
                    }
                }
            }
            _ => {}
        }
    }
    let mut json = serde_json::to_value(value).expect("JSON");
    spread(&mut json, name);
    // `expected` of a remediation is a verdict.
    serde_json::from_value(json.clone()).unwrap_or_else(|_| {
        json["expected"] = serde_json::json!("pass");
        serde_json::from_value(json).expect("the same shape")
    })
}

/// A client to which the daemon said the same name everywhere.
fn hostile_state(name: &str, size: (u16, u16)) -> State {
    let mut state = filled(size);
    state.controls.rows.iter_mut().for_each(|row| *row = poisoned(row, name));
    for pane in [&mut state.approvals, &mut state.history] {
        pane.rows.iter_mut().for_each(|row| *row = poisoned(row, name));
    }
    state.audit.rows.iter_mut().for_each(|row| *row = poisoned(row, name));
    state.drift.rows.iter_mut().for_each(|row| {
        *row = poisoned(row, name);
        row.actor = name.to_owned();
    });
    state.status = state.status.as_ref().map(|status| poisoned(status, name));
    let settings = poisoned(&fixtures::settings(), name);
    crate::screens::settings::take(&mut state, settings);
    state
}

/// Opens what is selected, with the same name everywhere in it.
fn open_hostile(state: &mut State, screen: ScreenId, name: &str) {
    press(state, &["enter"]);
    match screen {
        ScreenId::Controls => state.controls.take_detail("PA-01", poisoned(&fixtures::detail(), name)),
        ScreenId::Approvals => state.approvals.take_detail("R-0007", poisoned(&fixtures::pending(), name)),
        ScreenId::History => state.history.take_detail("R-0006", poisoned(&fixtures::verified(), name)),
        _ => {}
    }
}

/// The frame is whole: titles at the top, lines of boxes at both sides, nothing that moves or hides.
fn assert_whole(state: &State) -> Result<(), proptest::test_runner::TestCaseError> {
    let drawn = buffer(state);
    let right = state.size.0 - 1;
    for y in 2..state.size.1 - 2 {
        let (left, right) = (drawn[(0, y)].symbol(), drawn[(right, y)].symbol());
        proptest::prop_assert!(["╭", "│", "╰"].contains(&left), "row {}: {}", y, left);
        proptest::prop_assert!(["╮", "│", "╯"].contains(&right), "row {}: {}", y, right);
    }
    let hides_or_moves = |character: &char| {
        character.is_control()
            || matches!(u32::from(*character), 0x200b..=0x200f | 0x202a..=0x202e | 0x2060..=0x206f | 0xfeff | 0xe_0000..=0xe_0fff)
    };
    let dangerous = drawn.content.iter().flat_map(|cell| cell.symbol().chars()).find(hides_or_moves);
    prop_assert_eq!(dangerous, None);
    let rows = text(state);
    let mut rows = rows.lines();
    proptest::prop_assert!(rows.next().is_some_and(|row| row.starts_with(" TrueConfig ")));
    proptest::prop_assert!(rows.next().is_some_and(|row| row.starts_with(" 1 Overview 2 Controls")));
    Ok(())
}

proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(12))]

    /// R22: whatever an object in the tenant is called, every screen, detail and dialog stays whole.
    #[test]
    fn hostile_names_keep_every_screen_whole(name in hostile()) {
        for size in [SMALL, (200, 50)] {
            for screen in ScreenId::ALL {
                let mut state = hostile_state(&name, size);
                press(&mut state, &[&screen.number().to_string()]);
                assert_whole(&state)?;
                open_hostile(&mut state, screen, &name);
                assert_whole(&state)?;
                for keys in [&["G"][..], &["a"], &["esc", "x"], &["esc", "b"], &["esc", "K"], &["esc", "?"]] {
                    press(&mut state, keys);
                    assert_whole(&state)?;
                }
            }
            let mut state = hostile_state(&name, size);
            state.screen = ScreenId::Object;
            state.objects.open = Some("u-1".to_owned());
            state.objects.take_detail("u-1", poisoned(&fixtures::object(), &name));
            assert_whole(&state)?;
        }
    }

    /// So does a name of 100,000 characters.
    #[test]
    fn names_without_end_keep_every_screen_whole(letter in proptest::sample::select(vec!['a', '漢', '\u{202e}', '\n'])) {
        let name: String = std::iter::repeat_n(letter, 100_000).collect();
        for screen in [ScreenId::Overview, ScreenId::Controls, ScreenId::Approvals, ScreenId::Drift] {
            let mut state = hostile_state(&name, SMALL);
            press(&mut state, &[&screen.number().to_string()]);
            assert_whole(&state)?;
        }
    }
}
