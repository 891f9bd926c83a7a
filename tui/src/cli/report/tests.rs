//! The report of the fixtures, and of a tenant whose names are an attack.

use super::{Point, Report, csv, html};
use crate::fixtures;
use chrono::{TimeDelta, Utc};
use trueconfig_common::interface::exceptions::ExceptionRow;
use trueconfig_common::personal::Personal;
use trueconfig_common::verdict::Verdict;

fn report() -> Report {
    let now = Utc::now();
    let exception = ExceptionRow {
        control: "PA-01".into(),
        object: Personal::new("ada@contoso.com"),
        reason: Personal::new("Leaves in spring"),
        owner: Personal::new("ciso@contoso.com"),
        expires: now + TimeDelta::days(90),
        value: serde_json::Value::Null,
        source: "journal".to_owned(),
        counts: true,
    };
    Report {
        made_at: now,
        status: fixtures::status(),
        settings: fixtures::settings(),
        trend: (0..10)
            .map(|day| Point { at: now - TimeDelta::days(10 - day), score: 40.0 + day as f64 })
            .collect(),
        controls: vec![fixtures::detail()],
        exceptions: vec![exception],
    }
}

/// Names as an attacker would choose them, in every place that takes text from elsewhere.
const HOSTILE: &str = "<script>alert(1)</script>\"'><img src=x onerror=y>&amp;\u{202e}gnp\u{1b}[2J";

fn hostile() -> Report {
    let mut report = report();
    report.status.tenant = HOSTILE.to_owned();
    let control = &mut report.controls[0];
    for text in [&mut control.row.title, &mut control.row.reason, &mut control.guidance.why] {
        *text = HOSTILE.to_owned();
    }
    control.exceptions = vec![HOSTILE.to_owned()];
    let judgement = control.judgement.as_mut().expect("judged");
    for text in [&mut judgement.reason, &mut judgement.expected, &mut judgement.actual] {
        *text = HOSTILE.to_owned();
    }
    for one in &mut judgement.evidence {
        for text in [&mut one.kind, &mut one.id, &mut one.name, &mut one.detail] {
            *text = HOSTILE.to_owned();
        }
    }
    report.exceptions[0].object = Personal::new(HOSTILE);
    report
}

#[test]
fn the_page_says_what_was_found_and_needs_nothing_else() {
    let page = html::page(&report());
    assert!(page.contains("default-src 'none'"));
    for outside in ["http://", "https://", "<script", "@import", "url("] {
        assert!(!page.contains(outside), "{outside}");
    }
    let control = fixtures::detail();
    for said in ["<polyline", "Leaves in spring", "What to do", control.row.id.as_str(), &control.row.title] {
        assert!(page.contains(said), "{said}");
    }
    let judgement = control.judgement.expect("judged");
    assert!(judgement.evidence.iter().all(|one| page.contains(&one.id)));
}

#[test]
fn nothing_in_a_name_is_markup() {
    let page = html::page(&hostile());
    for markup in ["<script", "<img", "\u{202e}", "\u{1b}"] {
        assert!(!page.contains(markup), "{markup:?}");
    }
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&gt;&lt;img"));
}

#[test]
fn nothing_in_a_table_is_a_formula() {
    let mut report = report();
    let judgement = report.controls[0].judgement.as_mut().expect("judged");
    for (one, name) in judgement.evidence.iter_mut().zip(["=1+1", "@SUM(A1)", "+1", "-1", " =1", "a\"b,c\nd"])
    {
        name.clone_into(&mut one.name);
    }
    let evidence = judgement.evidence.len();
    let table = csv::table(&report);
    assert_eq!(table.lines().count(), 1 + evidence, "one line per object");
    for line in table.lines() {
        for cell in line.trim_start_matches('"').split("\",\"") {
            assert!(!cell.starts_with(['=', '+', '-', '@']), "{cell}");
        }
    }
    assert!(table.contains("\"'=1+1\""));
}

#[test]
fn controls_that_pass_and_names_without_end_are_one_line_each() {
    let mut report = report();
    report.controls[0].row.verdict = Some(Verdict::Pass);
    report.controls[0].row.title = "x".repeat(100_000);
    let page = html::page(&report);
    assert!(page.len() < 40_000, "{} bytes", page.len());
}
