//! The commands behind `:`, as data: completion, checking and running are made from one table.

use super::event::Effect;
use super::jump;
use super::place::ScreenId;
use super::{State, perform};
use crate::keys::Action;
use crate::look::Tone;

/// What a command takes behind its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Takes {
    /// Nothing.
    Nothing,
    /// Words of a filter, or nothing.
    Filter,
    /// A control, or nothing for the selected one.
    Control,
    /// A remediation, or nothing for the selected one.
    Remediation,
    /// An object's id.
    Object,
    /// A tenant, or nothing to pick one.
    Tenant,
}

struct Command {
    name: &'static str,
    action: Action,
    takes: Takes,
}

const fn command(name: &'static str, action: Action, takes: Takes) -> Command {
    Command { name, action, takes }
}

/// Every command, screens first.
const COMMANDS: &[Command] = &[
    command("overview", Action::Go(ScreenId::Overview), Takes::Nothing),
    command("controls", Action::Go(ScreenId::Controls), Takes::Filter),
    command("approvals", Action::Go(ScreenId::Approvals), Takes::Filter),
    command("history", Action::Go(ScreenId::History), Takes::Filter),
    command("audit", Action::Go(ScreenId::Audit), Takes::Filter),
    command("drift", Action::Go(ScreenId::Drift), Takes::Filter),
    command("settings", Action::Go(ScreenId::Settings), Takes::Nothing),
    command("object", Action::Open, Takes::Object),
    command("plan", Action::Plan, Takes::Control),
    command("mode", Action::Mode, Takes::Control),
    command("release", Action::Release, Takes::Control),
    command("approve", Action::Approve, Takes::Remediation),
    command("reject", Action::Reject, Takes::Remediation),
    command("targets", Action::Targets, Takes::Remediation),
    command("withdraw", Action::Withdraw, Takes::Remediation),
    command("rollback", Action::RollBack, Takes::Remediation),
    command("close", Action::Close, Takes::Remediation),
    command("failing", Action::OnlyFailing, Takes::Nothing),
    command("waiting", Action::OnlyWaiting, Takes::Nothing),
    command("scan", Action::Scan, Takes::Nothing),
    command("kill", Action::Kill, Takes::Nothing),
    command("verify", Action::Verify, Takes::Nothing),
    command("export", Action::Export, Takes::Nothing),
    command("tenant", Action::Tenants, Takes::Tenant),
    command("theme", Action::Theme, Takes::Nothing),
    command("copy", Action::Copy, Takes::Nothing),
    command("reload", Action::Reload, Takes::Nothing),
    command("help", Action::Help, Takes::Nothing),
    command("quit", Action::Leave, Takes::Nothing),
    command("q", Action::Leave, Takes::Nothing),
];

/// Runs a line: a command, the only beginning of one, or an id to show.
pub fn run(state: &mut State, line: &str) -> Vec<Effect> {
    let (name, argument) = line.split_once(' ').map_or((line, ""), |(name, rest)| (name, rest.trim()));
    if let Some(command) = find(name) {
        return perform(state, command, argument);
    }
    match screen_of(line) {
        Some(screen) => {
            jump::forget(state);
            perform::show(state, screen, line.to_ascii_uppercase());
        }
        None => {
            let text = format!("There is no command {line:?}. Press : then tab to see them all.");
            state.say(Tone::Warn, text);
        }
    }
    Vec::new()
}

fn find(name: &str) -> Option<&'static Command> {
    let beginning = || {
        let mut begun = COMMANDS.iter().filter(|command| command.name.starts_with(name));
        begun.next().filter(|_| begun.next().is_none() && !name.is_empty())
    };
    COMMANDS.iter().find(|command| command.name == name).or_else(beginning)
}

fn perform(state: &mut State, command: &Command, argument: &str) -> Vec<Effect> {
    match (command.takes, argument) {
        (Takes::Object, "") => {
            state.say(Tone::Warn, format!(":{} needs an object's id.", command.name));
            Vec::new()
        }
        (_, "") => perform::run(state, command.action),
        (Takes::Nothing, _) => {
            state.say(Tone::Warn, format!(":{} takes nothing behind its name.", command.name));
            Vec::new()
        }
        (Takes::Filter, words) => {
            let effects = perform::run(state, command.action);
            if let Some(pane) = state.pane_mut(state.screen) {
                pane.set_open(None);
                pane.set_filter(words.to_owned());
            }
            effects
        }
        (Takes::Control, id) => on(state, ScreenId::Controls, id, command.action),
        (Takes::Remediation, id) => on(state, ScreenId::Approvals, id, command.action),
        (Takes::Tenant, name) => tenant(state, name),
        (Takes::Object, id) => {
            jump::forget(state);
            perform::show(state, ScreenId::Object, id.to_owned());
            Vec::new()
        }
    }
}

fn tenant(state: &mut State, name: &str) -> Vec<Effect> {
    let served = state.status.as_ref().map(|status| status.tenants.clone()).unwrap_or_default();
    if served.iter().any(|tenant| tenant == name) {
        return vec![Effect::Tenant(name.to_owned())];
    }
    state.say(Tone::Warn, format!("This daemon serves {}.", served.join(", ")));
    Vec::new()
}

/// Does an action on what has that id. What is not listed is shown instead, for nobody decides about
/// something they have not before their eyes.
fn on(state: &mut State, screen: ScreenId, id: &str, action: Action) -> Vec<Effect> {
    let id = id.to_ascii_uppercase();
    if screen_of(&id).is_none() {
        state.say(Tone::Warn, format!("{id:?} is neither a control nor a remediation."));
        return Vec::new();
    }
    jump::forget(state);
    let Some(listed) = index_of(state, screen, &id) else {
        let screen = screen_of(&id).unwrap_or(screen);
        perform::show(state, screen, id);
        state.say(Tone::Plain, "Read it first, then give the command again without the id.");
        return Vec::new();
    };
    state.screen = screen;
    if let Some(pane) = state.pane_mut(screen) {
        pane.set_open(None);
        pane.select(listed);
    }
    perform::run(state, action)
}

fn index_of(state: &State, screen: ScreenId, id: &str) -> Option<usize> {
    match screen {
        ScreenId::Controls => state.controls.rows.iter().position(|row| row.id.as_str() == id),
        ScreenId::Approvals => state.approvals.rows.iter().position(|row| row.id.as_str() == id),
        _ => None,
    }
}

/// Where something with that id is shown: `R-0007`, `PA-01` or `PA-01-L2`, in any case.
fn screen_of(id: &str) -> Option<ScreenId> {
    let (category, number) = id.split_once('-')?;
    let numbered = number.bytes().next().is_some_and(|byte| byte.is_ascii_digit())
        && number.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let named = !category.is_empty() && category.bytes().all(|byte| byte.is_ascii_alphabetic());
    match (numbered && named, category.eq_ignore_ascii_case("r")) {
        (false, _) => None,
        (true, true) => Some(ScreenId::History),
        (true, false) => Some(ScreenId::Controls),
    }
}

/// What the line may become: whole lines that begin with what is typed, in the table's order.
pub fn completions(state: &State, typed: &str) -> Vec<String> {
    let Some((name, argument)) = typed.split_once(' ') else {
        let commands = COMMANDS.iter().filter(|one| one.name.len() > 1).map(|one| one.name.to_owned());
        let ids = state.controls.rows.iter().map(|row| row.id.to_string());
        return beginning(commands.chain(ids), typed);
    };
    let Some(command) = find(name) else { return Vec::new() };
    let arguments = match command.takes {
        Takes::Nothing | Takes::Object => Vec::new(),
        Takes::Tenant => state.status.as_ref().map(|status| status.tenants.clone()).unwrap_or_default(),
        Takes::Control => state.controls.rows.iter().map(|row| row.id.to_string()).collect(),
        Takes::Remediation => state.approvals.rows.iter().map(|row| row.id.to_string()).collect(),
        Takes::Filter => match command.action {
            Action::Go(screen) => filter_completions(screen, argument),
            _ => Vec::new(),
        },
    };
    beginning(arguments.into_iter(), argument)
        .into_iter()
        .map(|one| format!("{} {one}", command.name))
        .collect()
}

fn beginning(names: impl Iterator<Item = String>, typed: &str) -> Vec<String> {
    let typed = typed.to_ascii_lowercase();
    names.filter(|name| name.to_ascii_lowercase().starts_with(&typed)).collect()
}

/// Words of a filter that the list of a screen knows.
const fn words(screen: ScreenId) -> &'static [&'static str] {
    match screen {
        ScreenId::Controls => &[
            "verdict:fail",
            "verdict:warning",
            "verdict:error",
            "verdict:pass",
            "verdict:not_applicable",
            "severity:critical",
            "severity:high",
            "severity:medium",
            "severity:low",
            "mode:advisory",
            "mode:manual",
            "mode:auto",
            "category:",
            "id:",
        ],
        ScreenId::Approvals | ScreenId::History => &[
            "state:pending_approval",
            "state:approved",
            "state:verified",
            "state:rolled_back",
            "state:rejected",
            "state:expired",
            "state:superseded",
            "state:failed",
            "state:needs_operator",
            "open:true",
            "open:false",
            "control:",
            "id:",
        ],
        ScreenId::Audit => &["kind:", "actor:", "control:", "remediation:", "seq:"],
        ScreenId::Drift => &["acknowledged:false", "acknowledged:true", "control:", "actor:"],
        ScreenId::Overview | ScreenId::Settings | ScreenId::Object => &[],
    }
}

/// What a filter may become: its last word completed, inverse or not.
pub fn filter_completions(screen: ScreenId, typed: &str) -> Vec<String> {
    let (before, last) = typed.rsplit_once(' ').map_or(("", typed), |(before, last)| (before, last));
    let (mark, last) = last.strip_prefix('!').map_or(("", last), |last| ("!", last));
    let lead = if before.is_empty() { mark.to_owned() } else { format!("{before} {mark}") };
    let words = words(screen).iter().map(|word| (*word).to_owned());
    beginning(words, last).into_iter().map(|word| format!("{lead}{word}")).collect()
}
