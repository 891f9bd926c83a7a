//! Wrong files are refused with file, line and caret; operators' statements are checked.

mod catalogue;
mod page;
mod schema;
mod upgrade;

use super::{Baseline, Control, FileError, Level, TenantConfig};
use trueconfig_common::mode::Mode;

const EXT_01: &str = include_str!("../../../../../baselines/controls/external-access/EXT-01.toml");
const APP_02: &str = include_str!("../../../../../baselines/controls/applications/APP-02.toml");
const PA_01: &str = include_str!("../../../../../baselines/controls/privileged-access/PA-01.toml");

/// A control file with one edit; the edit must hit something.
fn edited(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "nothing to replace: {from}");
    text.replacen(from, to, 1)
}

fn refused(text: &str) -> FileError {
    Control::parse("custom/X.toml", text).unwrap_err()
}

#[test]
fn r22_wrong_files_are_refused_with_line_and_caret() {
    let wrong = [
        ("an unknown key", edited(EXT_01, "severity =", "severty =")),
        ("an unknown key in a table", edited(EXT_01, "path = ", "paths = ")),
        ("a misplaced key", edited(EXT_01, "[permissions]", "[permissions]\nlevel = 2")),
        ("broken TOML", edited(EXT_01, "level = 1", "level = ")),
        ("a wrong level", edited(EXT_01, "level = 1", "level = 4")),
        ("an unknown check kind", EXT_01.replace("check.setting", "check.settings")),
        (
            "an unknown value of a policy",
            edited(EXT_01, "\"allowInvitesFrom\"\nlabel", "\"allowInvites\"\nlabel"),
        ),
        ("an unknown remedy", edited(EXT_01, "remedy = \"setting\"", "remedy = \"delete_user\"")),
        ("an unknown rule", edited(PA_01, "limit_global_administrators", "limit_admins")),
        (
            "auto for a control that is never auto",
            edited(PA_01, "highest_mode = \"manual\"", "highest_mode = \"auto\""),
        ),
        ("a parameter a rule does not have", edited(PA_01, "maximum = 3", "maximun = 3")),
        (
            "an unknown field in a predicate",
            edited(APP_02, "item.endDateTime != null", "item.endDate != null"),
        ),
        ("an unknown root in a predicate", edited(APP_02, "item.endDateTime != null", "tenant.name != null")),
        ("an unknown function in a predicate", edited(APP_02, "months_after(", "sleep(")),
        ("a predicate that does not parse", edited(APP_02, "!= null &&", "!= null && &&")),
        ("a loop in a loop", edited(APP_02, "item.endDateTime != null", "[1].all(x, [2].all(y, x == y))")),
        (
            "a case that is no JSON",
            edited(EXT_01, "\"allowInvitesFrom\": \"none\"", "\"allowInvitesFrom\": none"),
        ),
        ("an id that is none", edited(EXT_01, "id = \"EXT-01\"", "id = \"ext 01\"")),
    ];
    let shown: Vec<String> =
        wrong.iter().map(|(name, text)| format!("# {name}\n{}\n", refused(text))).collect();
    let golden = include_str!("golden/refusals.txt");
    let actual = shown.join("\n");
    if actual != golden {
        eprintln!("{actual}");
    }
    assert!(actual == golden, "the text of refusals has changed");
}

#[test]
fn d10_controls_that_are_never_auto_are_named_in_code() {
    let never: Vec<String> = Baseline::embedded(Level::MAXIMUM)
        .unwrap()
        .members
        .iter()
        .filter(|member| member.control.never_auto())
        .map(|member| member.control.id.to_string())
        .collect();
    assert_eq!(never, ["CA-01", "CA-02", "PA-01", "PA-03"]);
    let all = Baseline::embedded(Level::MAXIMUM).unwrap();
    let capped = all.members.iter().filter(|member| member.control.never_auto());
    assert!(capped.into_iter().all(|member| member.control.effective_highest_mode() <= Mode::Manual));
}

#[test]
fn the_digest_is_of_the_meaning_and_not_of_the_text() {
    let with = |text: String| {
        let level = "level = 1\nversion = \"1\"\ncontrols = [{ id = \"EXT-01\" }]";
        Baseline::load(Level::MAXIMUM, &[("level1.toml", level), ("controls/EXT-01.toml", &text)], &[])
            .unwrap()
            .digest
    };
    let digest = with(EXT_01.to_owned());
    assert_eq!(digest.len(), 64);
    assert_eq!(digest, with(format!("# a comment\n{EXT_01}")));
    assert_ne!(digest, with(edited(EXT_01, "\"none\"]", "\"everyone\"]")));
}

#[test]
fn operators_controls_are_in_force_from_their_level_on() {
    let custom = edited(EXT_01, "id = \"EXT-01\"", "id = \"ORG-01\"");
    let custom = edited(&custom, "level = 1", "level = 2");
    let load = |level| Baseline::with_operators(level, &[("org.toml", &custom)]).unwrap();
    assert!(load(Level::RECOMMENDED).member(&"ORG-01".into()).is_none());
    assert!(load(Level::ENHANCED).member(&"ORG-01".into()).unwrap().scored);
}

#[test]
fn an_id_that_is_there_twice_is_refused() {
    let own = edited(EXT_01, "id = \"EXT-01\"", "id = \"ORG-01\"");
    let twice =
        Baseline::load(Level::MAXIMUM, Baseline::embedded_files(), &[("a.toml", &own), ("b.toml", &own)])
            .unwrap_err();
    assert_eq!((twice.file.as_str(), twice.line), ("b.toml", 1));
    assert!(twice.message.contains("ORG-01 is defined already, in a.toml"), "{}", twice.message);
}

#[test]
fn shipped_ids_cannot_be_taken_by_an_operator() {
    let taken = Baseline::with_operators(Level::MAXIMUM, &[("mine.toml", EXT_01)]).unwrap_err();
    assert_eq!((taken.file.as_str(), taken.line, taken.column), ("mine.toml", 1, 6));
    assert_eq!(taken.message, "the id of a control of yours begins with ORG-");
}

/// What is never automatic is said by id (D10); the same fix under another id is not either.
#[test]
fn d10_an_operators_control_cannot_make_a_dangerous_fix_automatic() {
    let own = edited(PA_01, "id = \"PA-01\"", "id = \"ORG-01\"");
    assert!(Control::parse_operators("mine.toml", &own).is_ok());
    let own = edited(&own, "highest_mode = \"manual\"", "highest_mode = \"auto\"");
    let refused = Control::parse_operators("mine.toml", &own).unwrap_err();
    assert!(refused.message.contains("never runs by itself"), "{refused}");
}

#[test]
fn controls_that_wait_for_themselves_are_refused() {
    let own = |id: &str, on: &str| {
        let named = edited(EXT_01, "id = \"EXT-01\"", &format!("id = \"{id}\""));
        edited(&named, "severity", &format!("depends_on = [\"{on}\"]\nseverity"))
    };
    let (one, other) = (own("ORG-01", "ORG-02"), own("ORG-02", "ORG-01"));
    let files = [("one.toml", one.as_str()), ("other.toml", other.as_str())];
    let refused = Baseline::with_operators(Level::RECOMMENDED, &files).unwrap_err();
    assert_eq!(refused.message, "ORG-01 depends on itself, by what it depends on");
    let own = own("ORG-01", "EXT-01");
    assert!(Baseline::with_operators(Level::RECOMMENDED, &[("one.toml", &own)]).is_ok());
}

#[test]
fn the_template_is_a_control_that_holds() {
    let text = Control::template(&"ORG-42".into());
    let control = Control::parse_operators("ORG-42.toml", &text).unwrap();
    assert_eq!(control.id.as_str(), "ORG-42");
    assert_eq!(crate::evaluate::run_cases(&control).len(), control.cases.len());
    for run in crate::evaluate::run_cases(&control) {
        assert_eq!(run.failure, None, "{}", run.case);
    }
}

#[test]
fn a_level_that_names_an_unknown_control_is_refused() {
    let level = "level = 1\nversion = \"1\"\ncontrols = [{ id = \"EXT-99\" }]";
    let error = Baseline::load(Level::MAXIMUM, &[("level1.toml", level)], &[]).unwrap_err();
    assert_eq!((error.line, error.message.as_str()), (3, "there is no control \"EXT-99\""));
}

#[test]
fn statements_about_unknown_controls_and_parameters_are_problems() {
    let config: TenantConfig = toml::from_str(
        r#"
        break_glass = ["bg1"]
        [disabled]
        GOV-01 = ""
        [parameters.PA-01]
        maximum = "three"
        [parameters.PA-99]
        x = 1
        [[exceptions]]
        control = "CA-99"
        object = "x"
        reason = "r"
        owner = "o"
        expires = 2027-01-01
        "#,
    )
    .unwrap();
    let problems = Baseline::embedded(Level::RECOMMENDED).unwrap().problems(&config);
    assert_eq!(
        problems,
        [
            "there is no control \"CA-99\"",
            "there is no control \"PA-99\"",
            "parameters.PA-01: \"maximum\" must be a number, not a text",
            "disabled.GOV-01: a reason is needed",
        ]
    );
}

#[test]
fn statements_go_through_json_as_through_toml() {
    let config: TenantConfig = toml::from_str(
        "[[exceptions]]\ncontrol = \"CA-01\"\nobject = \"x\"\nreason = \"r\"\nowner = \"o\"\nexpires = 2027-01-01T10:00:00+01:00",
    )
    .unwrap();
    let json = serde_json::to_string(&config).unwrap();
    assert!(json.contains("2027-01-01T09:00:00Z"), "{json}");
    assert_eq!(serde_json::from_str::<TenantConfig>(&json).unwrap(), config);
    assert!(toml::from_str::<TenantConfig>("break_glas = []").is_err());
}
