//! How arguments are read.

use super::args::{Arguments, BreakGlassAct, DriftAct, SettingsAct, Verb};
use super::exit::{Exit, Trouble};
use super::look;
use crate::link::Failure;
use crate::look::{Charset, Palette};
use crate::preferences::Preferences;
use clap::{CommandFactory, Parser};
use trueconfig_common::gate::Gate;
use trueconfig_common::interface::CallError;
use trueconfig_common::mode::Mode;
use trueconfig_common::role::Role;

fn parse(line: &str) -> Result<Arguments, clap::Error> {
    Arguments::try_parse_from(std::iter::once("trueconfig").chain(line.split_whitespace()))
}

fn verb(line: &str) -> Verb {
    parse(line).expect(line).verb.expect("a verb")
}

#[test]
fn the_command_line_is_sound() {
    Arguments::command().debug_assert();
}

#[test]
fn every_verb_of_the_product_is_there() {
    let command = Arguments::command();
    let verbs: Vec<&str> = command.get_subcommands().map(clap::Command::get_name).collect();
    let wanted = "status scan controls show plan approve reject withdraw rollback release history audit drift mode \
                  settings breakglass kill resume verify export evaluate demo close doctor completions schema";
    for name in wanted.split_whitespace() {
        assert!(verbs.contains(&name), "{name}");
    }
}

#[test]
fn no_verb_opens_the_screens() {
    let arguments = parse("--socket /tmp/s --tenant contoso").expect("fine");
    assert!(arguments.verb.is_none());
    assert_eq!(arguments.socket.as_deref(), Some(std::path::Path::new("/tmp/s")));
    assert_eq!(arguments.tenant.as_deref(), Some("contoso"));
}

#[test]
fn json_is_taken_everywhere() {
    for line in
        ["status --json", "--json status", "controls verdict:fail --json", "verify --json", "drift --json"]
    {
        assert!(parse(line).expect(line).json, "{line}");
    }
}

#[test]
fn yes_exists_only_with_a_digest() {
    let error = parse("approve R-1 --yes").expect_err("no digest");
    assert_eq!(error.kind(), clap::error::ErrorKind::MissingRequiredArgument);
    assert_eq!(error.exit_code(), i32::from(Exit::Usage.code()));
    parse("rollback R-1 --yes").expect_err("no digest");
    for line in ["reject R-1 --yes", "kill --yes", "plan PA-01 --yes", "resume --yes"] {
        parse(line).expect_err(line);
    }
    let Verb::Approve(approve) = verb("approve R-1 --digest 3fa94c17 --yes --acknowledge emergency-access")
    else {
        panic!("approve")
    };
    assert!(approve.yes);
    assert_eq!(approve.acknowledge, [Gate::EmergencyAccess]);
}

#[test]
fn modes_settings_and_the_rest_read_well() {
    let Verb::Mode(mode) = verb("mode PA-01 manual --reason frozen") else { panic!("mode") };
    assert_eq!((mode.control.as_deref(), mode.mode), (Some("PA-01"), Some(Mode::Manual)));
    let Verb::Mode(mode) = verb("mode --default advisory") else { panic!("mode") };
    assert_eq!((mode.control, mode.default), (None, Some(Mode::Advisory)));
    parse("mode PA-01 sometimes").expect_err("no such mode");
    assert!(
        matches!(verb("settings enable"), Verb::Settings(args) if matches!(args.act, Some(SettingsAct::Enable(_))))
    );
    assert!(
        matches!(verb("breakglass record --note x"), Verb::Breakglass(args) if matches!(args.act, Some(BreakGlassAct::Record { .. })))
    );
    assert!(
        matches!(verb("drift ack 12"), Verb::Drift(args) if matches!(args.act, Some(DriftAct::Ack { seq: 12, .. })))
    );
    assert!(
        matches!(verb("drift acknowledged:false"), Verb::Drift(args) if args.list.filter == ["acknowledged:false"])
    );
    assert!(
        matches!(verb("controls !guest verdict:fail"), Verb::Controls(args) if args.list.filter.len() == 2)
    );
    assert!(matches!(verb("verify --dir /var/lib/x"), Verb::Verify(args) if args.dir.is_some()));
    assert!(
        matches!(verb("demo --script --keep /tmp/d"), Verb::Demo(args) if args.script && args.keep.is_some())
    );
    assert!(matches!(
        verb("evaluate t.json --json --level 2 --as-of 2026-11-24T00:00:00Z --config c.toml"),
        Verb::Evaluate(args) if args.level == Some(2) && args.config.is_some()
    ));
}

#[test]
fn exit_codes_follow_the_trouble() {
    let exit = |failure: Failure| Trouble::from(failure).exit().code();
    assert_eq!(exit(Failure::Unreachable(String::new())), 3);
    assert_eq!(exit(Failure::Broken(String::new())), 3);
    assert_eq!(exit(Failure::Forbidden(String::new())), 4);
    let not_permitted = CallError::NotPermitted {
        method: "Approve".into(),
        needed: Role::SecurityAdmin,
        have: Some(Role::Viewer),
    };
    assert_eq!(exit(not_permitted.into()), 4);
    assert_eq!(exit(CallError::Invalid { message: String::new() }.into()), 2);
    assert_eq!(exit(CallError::Refused { reason: String::new(), differences: Vec::new() }.into()), 1);
}

#[test]
fn an_unreachable_daemon_says_where_to_look() {
    let text = Trouble::from(Failure::Unreachable("there is no socket \"/x\"".into())).to_string();
    assert!(text.contains("/x") && text.contains("trueconfig demo"), "{text}");
}

#[test]
fn no_color_means_mono_and_flags_come_first() {
    let plain = parse("").expect("fine");
    let standard = Preferences::standard().expect("sound");
    let utf8 = |name: &str| match name {
        "LANG" => Some("en_GB.UTF-8".to_owned()),
        "TERM" => Some("xterm-256color".to_owned()),
        _ => None,
    };
    assert_eq!(look(&plain, &standard, utf8).palette, Palette::Dark);
    let no_color = |name: &str| if name == "NO_COLOR" { Some("1".to_owned()) } else { utf8(name) };
    assert_eq!(look(&plain, &standard, no_color).palette, Palette::Mono);
    let ascii = parse("--ascii --theme light").expect("fine");
    let looks = look(&ascii, &standard, utf8);
    assert_eq!((looks.charset, looks.palette), (Charset::Ascii, Palette::Light));
    let chosen = Preferences::read("client.toml", "theme = \"high-contrast\"").expect("sound");
    assert_eq!(look(&plain, &chosen, utf8).palette, Palette::HighContrast);
    assert_eq!(look(&plain, &chosen, no_color).palette, Palette::Mono);
}
