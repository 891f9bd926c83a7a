//! Records as other programs get them, and records whose text is an attack.

use super::{head, record};
use crate::cli::args::ExportFormat;
use serde_json::{Value, json};

fn line(kind: &str, actor: Value, body: Value) -> String {
    json!({
        "seq": 7, "time": "2026-11-24T09:00:00.123456Z", "tenant": "contoso", "actor": actor, "kind": kind,
        "version": 1, "prev": "ab".repeat(32), "body": body,
    })
    .to_string()
}

fn ada() -> Value {
    json!({"type": "person", "uid": 1000, "name": "ada", "role": "security_admin"})
}

fn written(format: ExportFormat, line: &str) -> String {
    record(format, line).expect("a record")
}

fn ocsf(line: &str) -> Value {
    serde_json::from_str(&written(ExportFormat::Ocsf, line)).expect("JSON")
}

/// The cells of one line of CSV, read by the rules of RFC 4180.
fn cells(line: &str) -> Vec<String> {
    let (mut cells, mut quoted) = (vec![String::new()], false);
    let mut signs = line.strip_suffix("\r\n").expect("a whole line").chars().peekable();
    while let Some(sign) = signs.next() {
        let last = cells.last_mut().expect("a cell");
        match sign {
            '"' if quoted && signs.peek() == Some(&'"') => last.extend(signs.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            other => last.push(other),
        }
    }
    assert!(!quoted, "every quote is closed: {line}");
    cells
}

#[test]
fn r82_json_lines_are_the_records_as_they_are() {
    let line = line("mode_set", ada(), json!({"control": "PA-01"}));
    assert_eq!(written(ExportFormat::Jsonl, &line), format!("{line}\n"));
    assert!(record(ExportFormat::Csv, "no record").is_err());
}

#[test]
fn r82_a_spreadsheet_runs_nothing_and_shows_who_did_what() {
    let names = cells(&head(ExportFormat::Csv));
    let hostile = "=HYPERLINK(\"http://evil\",\"click\")\u{202e}\r\n@SUM(1)";
    let body = json!({"id": "R-00007", "note": hostile, "control": "+PA-01"});
    let written = written(ExportFormat::Csv, &line("remediation_approved", ada(), body));
    assert_eq!(written.matches('\n').count(), 1, "one record is one line: {written:?}");
    assert!(written.chars().all(|sign| sign != '\u{202e}'), "{written:?}");
    let cells = cells(&written);
    assert_eq!(cells.len(), names.len());
    let cell = |name: &str| cells[names.iter().position(|one| one == name).expect("a column")].as_str();
    assert_eq!((cell("seq"), cell("actor"), cell("actor_uid")), ("7", "ada", "1000"));
    assert_eq!((cell("kind"), cell("remediation")), ("remediation_approved", "R-00007"));
    assert!(cell("note").starts_with("'=HYPERLINK"), "{}", cell("note"));
    assert_eq!(cell("control"), "'+PA-01");
    let runs = |cell: &String| cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    assert!(!cells.iter().any(runs), "{cells:?}");
    let body: Value = serde_json::from_str(cell("body")).expect("the body is JSON");
    assert_eq!(body["note"], hostile, "and whole");
}

/// Required by the class Entity Management of OCSF 1.3.0, and by its base event.
#[test]
fn r82_an_event_has_all_that_its_class_requires() {
    let event = ocsf(&line("kill_switch_pulled", ada(), json!({"reason": "stop"})));
    for name in ["activity_id", "category_uid", "class_uid", "type_uid", "severity_id", "time"] {
        assert!(event[name].is_i64(), "{name}: {event}");
    }
    assert_eq!((&event["class_uid"], &event["activity_id"]), (&json!(3004), &json!(12)));
    assert_eq!(event["type_uid"], 300_412, "class_uid * 100 + activity_id");
    assert_eq!(event["time"], 1_795_510_800_123_i64);
    assert_eq!(event["entity"], json!({"type": "Tenant", "uid": "contoso", "name": "contoso"}));
    assert_eq!(event["actor"], json!({"user": {"name": "ada", "uid": "1000"}}));
    assert_eq!((&event["comment"], &event["metadata"]["version"]), (&json!("stop"), &json!("1.3.0")));
    assert!(event["metadata"]["product"]["name"].is_string());
}

#[test]
fn what_ocsf_has_no_word_for_is_named_by_its_kind_and_nothing_is_lost() {
    let scheduler = json!({"type": "system", "part": "scheduler"});
    let line = line("verdict_changed", scheduler, json!({"control": "PA-01", "reason": "\u{1b}[2J"}));
    let event = ocsf(&line);
    assert_eq!((&event["activity_id"], &event["type_uid"]), (&json!(99), &json!(300_499)));
    assert_eq!(event["activity_name"], "verdict_changed");
    assert_eq!(event["actor"], json!({"app_name": "trueconfigd scheduler"}));
    assert_eq!(event["entity"]["type"], "Control");
    assert_eq!(event["raw_data"], line);
    let failed = ocsf(&self::line("write_refused", ada(), json!({"id": "R-00001", "error": "403"})));
    assert_eq!((&failed["status_id"], &failed["entity"]["uid"]), (&json!(2), &json!("R-00001")));
    let written = written(ExportFormat::Ocsf, &line);
    assert!(!written.contains('\u{1b}') && written.ends_with('\n') && written.matches('\n').count() == 1);
}
