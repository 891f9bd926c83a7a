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
                insta::assert_snapshot!(format!("{}_{suffix}", stringify!($name)), text(&make(size)));
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
