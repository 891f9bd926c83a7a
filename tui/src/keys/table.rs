//! The key table itself.

use super::{Action, Binding, Chord, KeyTableError};
use crate::app::place::{Focus, ScreenId};

/// A line as written here, before its keys are read.
pub(super) struct Row {
    keys: &'static [&'static str],
    action: Action,
    screens: &'static [ScreenId],
    focus: Option<Focus>,
    hint: &'static str,
    help: &'static str,
}

impl Row {
    pub(super) fn binding(&self) -> Result<Binding, KeyTableError> {
        let chord =
            |name: &&str| Chord::parse(name).ok_or_else(|| KeyTableError::UnknownKey((*name).to_owned()));
        Ok(Binding {
            chords: self.keys.iter().map(chord).collect::<Result<_, _>>()?,
            names: self.keys.iter().map(|name| (*name).to_owned()).collect(),
            action: self.action,
            screens: self.screens,
            focus: self.focus,
            hint: self.hint,
            help: self.help,
        })
    }

    const fn new(
        keys: &'static [&'static str],
        action: Action,
        screens: &'static [ScreenId],
        hint: &'static str,
        help: &'static str,
    ) -> Self {
        Self { keys, action, screens, focus: None, hint, help }
    }

    const fn within(mut self, focus: Focus) -> Self {
        self.focus = Some(focus);
        self
    }
}

const ALL: &[ScreenId] = &[];
const LISTS: &[ScreenId] =
    &[ScreenId::Controls, ScreenId::Approvals, ScreenId::History, ScreenId::Audit, ScreenId::Drift];
const CONTROLS: &[ScreenId] = &[ScreenId::Controls];
const APPROVALS: &[ScreenId] = &[ScreenId::Approvals];
const REMEDIATIONS: &[ScreenId] = &[ScreenId::Approvals, ScreenId::History];
const AUDIT: &[ScreenId] = &[ScreenId::Audit];
const DRIFT: &[ScreenId] = &[ScreenId::Drift];
const MARKABLE: &[ScreenId] = &[ScreenId::Approvals, ScreenId::Drift];
const EXPORTABLE: &[ScreenId] = &[
    ScreenId::Controls,
    ScreenId::Approvals,
    ScreenId::History,
    ScreenId::Audit,
    ScreenId::Drift,
    ScreenId::Settings,
];
const SETTINGS: &[ScreenId] = &[ScreenId::Settings];
/// What is done most stands first: the hint bar shows as many from the top as there is room for.
pub(super) const ROWS: &[Row] = &[
    Row::new(&["enter", "l", "right"], Action::Open, ALL, "open", "open what is selected")
        .within(Focus::List),
    Row::new(&["enter", "l", "right"], Action::Follow, ALL, "follow", "go where the selected line leads")
        .within(Focus::Detail),
    Row::new(&["n"], Action::NextLink, ALL, "next", "select the next line that leads somewhere")
        .within(Focus::Detail),
    Row::new(&["N"], Action::PreviousLink, ALL, "", "select the line before that leads somewhere")
        .within(Focus::Detail),
    Row::new(&["a"], Action::Approve, REMEDIATIONS, "approve", "approve and execute the plan"),
    Row::new(&["b"], Action::RollBack, REMEDIATIONS, "roll back", "roll back an executed remediation"),
    Row::new(&["x"], Action::Reject, REMEDIATIONS, "reject", "reject the plan"),
    Row::new(&["t"], Action::Targets, APPROVALS, "targets", "choose other targets: makes a new plan"),
    Row::new(
        &["u"],
        Action::Withdraw,
        REMEDIATIONS,
        "withdraw",
        "take an approval back before it is executed",
    ),
    Row::new(&["c"], Action::Close, REMEDIATIONS, "close", "close a remediation that waits for a person"),
    Row::new(&["p"], Action::Plan, CONTROLS, "plan fix", "plan the fix of the control"),
    Row::new(&["o"], Action::Remediation, CONTROLS, "remediation", "go to the control's open remediation"),
    Row::new(&["m"], Action::Mode, CONTROLS, "mode", "choose the control's mode"),
    Row::new(&["u"], Action::Release, CONTROLS, "release", "release the control from its hold in manual"),
    Row::new(&["a"], Action::Acknowledge, DRIFT, "acknowledge", "take note of the drift"),
    Row::new(&["v"], Action::Verify, AUDIT, "verify", "check the chain of the whole journal"),
    Row::new(&["e"], Action::Enable, SETTINGS, "on/off", "switch remediation on or off"),
    Row::new(&["d"], Action::DefaultMode, SETTINGS, "default mode", "choose the tenant's default mode"),
    Row::new(&["b"], Action::BreakGlass, SETTINGS, "break-glass", "record a break-glass test"),
    Row::new(&["a"], Action::AutoRollback, SETTINGS, "auto rollback", "switch automatic rollback on or off"),
    Row::new(&["t"], Action::TestChannel, SETTINGS, "test", "send a test to the selected channel of alerts"),
    Row::new(&["/"], Action::Filter, LISTS, "filter", "filter: text, !text, key:value").within(Focus::List),
    Row::new(&["f"], Action::OnlyFailing, CONTROLS, "failing", "show only failing controls")
        .within(Focus::List),
    Row::new(&["w"], Action::OnlyWaiting, LISTS, "waiting", "show only what waits for a person")
        .within(Focus::List),
    Row::new(
        &["space"],
        Action::Mark,
        MARKABLE,
        "mark",
        "mark the row, to do one thing to all that are marked",
    )
    .within(Focus::List),
    Row::new(
        &["E"],
        Action::Export,
        EXPORTABLE,
        "",
        "write the list as it is filtered to a file of JSON lines",
    )
    .within(Focus::List),
    Row::new(&["O"], Action::Order, CONTROLS, "", "change the order of the list").within(Focus::List),
    Row::new(
        &["d"],
        Action::Columns,
        REMEDIATIONS,
        "",
        "show old and new beside each other, or one after the other",
    )
    .within(Focus::Detail),
    Row::new(&["z"], Action::Fold, REMEDIATIONS, "", "show or fold fields that stay as they are")
        .within(Focus::Detail),
    Row::new(&["esc", "h", "left"], Action::Back, ALL, "back", "one step back").within(Focus::Detail),
    Row::new(&["s"], Action::Scan, ALL, "scan", "scan the tenant now"),
    Row::new(&["esc", "h", "left"], Action::Back, ALL, "", "one step back").within(Focus::List),
    Row::new(&["?"], Action::Help, ALL, "help", "list what is possible now"),
    Row::new(&["q"], Action::Leave, ALL, "leave", "leave; in a detail, go back"),
    Row::new(&[":"], Action::Command, ALL, "", "type a command, tab completes it"),
    Row::new(&["K"], Action::Kill, ALL, "kill switch", "pull or release the kill switch"),
    Row::new(&["y"], Action::Copy, ALL, "", "copy what is selected to the clipboard (OSC 52)"),
    Row::new(&["T"], Action::Tenants, ALL, "tenants", "show another tenant of the same daemon"),
    Row::new(&["C"], Action::Theme, ALL, "", "choose other colours"),
    Row::new(&["r"], Action::Reload, ALL, "", "ask the daemon again; connect again when the link is lost"),
    Row::new(&["1"], Action::Go(ScreenId::Overview), ALL, "", "go to Overview"),
    Row::new(&["2"], Action::Go(ScreenId::Controls), ALL, "", "go to Controls"),
    Row::new(&["3"], Action::Go(ScreenId::Approvals), ALL, "", "go to Approvals"),
    Row::new(&["4"], Action::Go(ScreenId::History), ALL, "", "go to History"),
    Row::new(&["5"], Action::Go(ScreenId::Audit), ALL, "", "go to Audit"),
    Row::new(&["6"], Action::Go(ScreenId::Drift), ALL, "", "go to Drift"),
    Row::new(&["7"], Action::Go(ScreenId::Settings), ALL, "", "go to Settings"),
    Row::new(&["tab"], Action::NextScreen, ALL, "", "go to the next screen"),
    Row::new(&["backtab"], Action::PreviousScreen, ALL, "", "go to the screen before"),
    Row::new(&["up", "k"], Action::Up, ALL, "", "one row or line up"),
    Row::new(&["down", "j"], Action::Down, ALL, "", "one row or line down"),
    Row::new(&["pgup", "ctrl-u", "ctrl-b"], Action::PageUp, ALL, "", "one page up"),
    Row::new(&["pgdn", "ctrl-d", "ctrl-f"], Action::PageDown, ALL, "", "one page down").within(Focus::List),
    Row::new(&["pgdn", "ctrl-d", "ctrl-f", "space"], Action::PageDown, ALL, "", "one page down")
        .within(Focus::Detail),
    Row::new(&["g", "home"], Action::Top, ALL, "", "to the top"),
    Row::new(&["G", "end"], Action::Bottom, ALL, "", "to the bottom of what is loaded"),
    Row::new(&["ctrl-z"], Action::Suspend, ALL, "", "suspend; the shell's fg comes back"),
    Row::new(&["ctrl-l"], Action::Repaint, ALL, "", "draw the screen again"),
    Row::new(&["ctrl-c"], Action::Leave, ALL, "", "leave"),
];

#[cfg(test)]
pub(super) fn row(keys: &'static [&'static str], action: Action, screens: &'static [ScreenId]) -> Row {
    Row::new(keys, action, screens, "", "")
}
