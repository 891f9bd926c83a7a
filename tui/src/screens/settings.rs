//! Settings as rows: each says what it is, what it is now, and what enter does to it.

use crate::app::State;
use crate::app::pane::{Browse, Keyed, Load};
use crate::keys::Action;
use crate::look::Tone;
use crate::text::time;
use crate::view::doc::Doc;
use crate::view::table::{Cell, Column, Width, column};
use chrono::{DateTime, Utc};
use trueconfig_common::interface::alerts::ChannelRow;
use trueconfig_common::interface::settings::Settings;
use trueconfig_common::interface::status::Status;
use trueconfig_common::role::Role;

/// How the name of a channel's row begins.
const ALERTS_TO: &str = "alerts to ";

/// A row of the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingRow {
    /// What it is.
    pub name: String,
    /// What it is now.
    pub value: String,
    /// How that sounds.
    pub tone: Tone,
    /// What enter does; none where it is set in the configuration.
    pub action: Option<Action>,
    /// Explained, or where it is set.
    pub explanation: String,
}

impl Keyed for SettingRow {
    fn key(&self) -> String {
        self.name.clone()
    }
}

/// The columns.
pub fn columns() -> Vec<Column> {
    vec![
        column("setting", Width::Fit(30)),
        column("value", Width::Rest(20)),
        Column { title: "about", width: Width::Rest(20), from: 100 },
    ]
}

/// A row drawn.
pub fn cells(row: &SettingRow) -> Vec<Cell> {
    let name = if row.action.is_some() { Tone::Accent } else { Tone::Plain };
    vec![
        Cell::toned(name, row.name.as_str()),
        Cell::toned(row.tone, row.value.as_str()),
        Cell::toned(Tone::Dim, row.explanation.as_str()),
    ]
}

/// A setting in full, for values that a row has no room for.
pub fn document(row: &SettingRow) -> Doc {
    let mut doc = Doc::new();
    doc.heading(row.name.as_str());
    doc.text(row.tone, row.value.as_str());
    doc.text(Tone::Dim, row.explanation.as_str());
    doc
}

/// Takes the settings in force.
pub fn take(state: &mut State, settings: Settings) {
    state.settings.rows = rows(&settings, state.status.as_ref(), state.now.wall);
    let selected = state.settings.selected;
    state.settings.select(selected);
    state.settings.load = Load::Done;
    state.settings_read = Some(settings);
}

/// What enter does on the selected row.
pub fn action(state: &State) -> Option<Action> {
    state.settings.row().and_then(|row| row.action)
}

/// The rows of these settings.
pub fn rows(settings: &Settings, status: Option<&Status>, now: DateTime<Utc>) -> Vec<SettingRow> {
    let mut rows = switches(settings, status, now);
    rows.extend(overrides(settings));
    rows.extend(settings.channels.iter().map(|channel| channel_row(channel, now)));
    rows.extend(configured(settings));
    rows.extend(advice(settings));
    rows.extend(permissions(settings));
    rows
}

fn row(
    name: &str,
    value: impl Into<String>,
    tone: Tone,
    action: Option<Action>,
    explanation: &str,
) -> SettingRow {
    SettingRow {
        name: name.to_owned(),
        value: value.into(),
        tone,
        action,
        explanation: explanation.to_owned(),
    }
}

fn switches(settings: &Settings, status: Option<&Status>, now: DateTime<Utc>) -> Vec<SettingRow> {
    let killed = status.and_then(|status| status.killed.as_ref());
    let (kill, kill_tone) = match killed {
        Some(killed) => (format!("PULLED by {} at {}", killed.by, time::minute(killed.at)), Tone::Danger),
        None => ("not pulled".to_owned(), Tone::Plain),
    };
    let (on, on_tone) = on_off(settings.auto_remediation_enabled);
    let test = settings.emergency_access_verified.as_ref();
    let tested = test.map_or_else(
        || "never: the emergency access gate fails".to_owned(),
        |test| format!("{} by {} ({})", time::minute(test.at), test.by, time::ago(test.at, now)),
    );
    let tested_tone = if test.is_some() { Tone::Plain } else { Tone::Warn };
    vec![
        row(
            "remediation",
            on,
            on_tone,
            Some(Action::Enable),
            "off means every control is advisory; switching off cancels all pending",
        ),
        row("kill switch", kill, kill_tone, Some(Action::Kill), "stops all remediation at once"),
        row(
            "default mode",
            settings.default_mode.as_str(),
            Tone::Plain,
            Some(Action::DefaultMode),
            "counts where a control has no mode of its own; manual is recommended",
        ),
        row(
            "automatic rollback",
            on_off(settings.auto_rollback).0,
            Tone::Plain,
            Some(Action::AutoRollback),
            "undo by itself when the verification fails; never for high impact",
        ),
        row(
            "break-glass test",
            tested,
            tested_tone,
            Some(Action::BreakGlass),
            "must not be older than 30 days; test monthly",
        ),
    ]
}

fn on_off(on: bool) -> (&'static str, Tone) {
    if on { ("on", Tone::Good) } else { ("off", Tone::Warn) }
}

fn overrides(settings: &Settings) -> Vec<SettingRow> {
    let own = settings.control_overrides.iter().map(|(id, own)| {
        let value = format!("{} since {}: {}", own.mode, own.since.format("%Y-%m-%d"), own.reason);
        row(&format!("mode of {id}"), value, Tone::Plain, None, "change it on the Controls screen with m")
    });
    let held = settings.holds.iter().map(|(id, why)| {
        row(
            &format!("hold on {id}"),
            why.as_str(),
            Tone::Warn,
            None,
            "release it on the Controls screen with u",
        )
    });
    own.chain(held).collect()
}

fn channel_row(channel: &ChannelRow, now: DateTime<Utc>) -> SettingRow {
    let last = channel.delivered_at.map_or_else(|| "never".to_owned(), |at| time::ago(at, now));
    let (value, tone) = match (channel.failing, channel.error.is_empty()) {
        (true, _) => (format!("FAILING, {} waiting: {}", channel.waiting, channel.error), Tone::Bad),
        (false, false) => {
            (format!("tried again, {} waiting: {}", channel.waiting, channel.error), Tone::Warn)
        }
        (false, true) => (format!("{} delivered, the last {last}", channel.delivered), Tone::Good),
    };
    let about = format!("{}, from {} on; enter or t sends a test", channel.kind, channel.severity);
    row(&format!("{ALERTS_TO}{}", channel.name), value, tone, Some(Action::TestChannel), &about)
}

/// The channel that the selected row is about.
pub fn selected_channel(state: &State) -> Option<String> {
    Some(state.settings.row()?.name.strip_prefix(ALERTS_TO)?.to_owned())
}

fn configured(settings: &Settings) -> Vec<SettingRow> {
    let from = "set in the daemon's configuration";
    let mut rows = vec![
        row("schedule", format!("{} ({})", settings.schedule, settings.time_zone), Tone::Plain, None, from),
        row("baseline", format!("level {}, {}", settings.level, settings.baseline), Tone::Plain, None, from),
        row("break-glass accounts", settings.break_glass.join(", "), Tone::Plain, None, from),
    ];
    for (role, names) in settings.roles.iter().rev() {
        rows.push(row(&format!("role {role}"), names.join(", "), Tone::Plain, None, from));
    }
    rows
}

fn advice(settings: &Settings) -> Vec<SettingRow> {
    let numbered = settings.advice.iter().enumerate();
    numbered
        .map(|(index, text)| row(&format!("advice {}", index + 1), text.as_str(), Tone::Warn, None, ""))
        .collect()
}

fn permissions(settings: &Settings) -> Vec<SettingRow> {
    let of = |role: Role| {
        let methods = settings.permissions.iter().filter(move |(_, needed)| **needed == role);
        methods.map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ")
    };
    let roles = Role::ALL.into_iter().map(|role| (role, of(role)));
    roles
        .filter(|(_, methods)| !methods.is_empty())
        .map(|(role, methods)| {
            row(&format!("{role} may also"), methods, Tone::Dim, None, "all that the roles before may, too")
        })
        .collect()
}
