//! The report as CSV: one line per control and object that bears its verdict out.

use super::Report;
use crate::cli::csv::line;
use trueconfig_common::interface::controls::ControlDetail;
use trueconfig_common::verdict::{Evidence, Verdict};

const HEAD: [&str; 15] = [
    "control",
    "title",
    "category",
    "severity",
    "level",
    "verdict",
    "reason",
    "expected",
    "actual",
    "near_miss",
    "failing_since",
    "object_kind",
    "object_id",
    "object_name",
    "object_detail",
];

/// The whole table.
pub(super) fn table(report: &Report) -> String {
    let mut text = line(HEAD.iter().map(|name| (*name).to_owned()));
    for control in &report.controls {
        let own = own(control);
        let evidence = control.judgement.as_ref().map(|one| one.evidence.as_slice()).unwrap_or_default();
        if evidence.is_empty() {
            text.push_str(&line(own.iter().cloned().chain(std::iter::repeat_n(String::new(), 4))));
        }
        for one in evidence {
            text.push_str(&line(own.iter().cloned().chain(object(one))));
        }
    }
    text
}

fn own(control: &ControlDetail) -> [String; 11] {
    let row = &control.row;
    let judged = control.judgement.as_ref();
    let near = judged.and_then(|one| one.near_miss.as_ref()).map(|near| near.sentence.clone());
    [
        row.id.to_string(),
        row.title.clone(),
        row.category.clone(),
        row.severity.as_str().to_owned(),
        row.level.to_string(),
        row.verdict.map_or("", Verdict::as_str).to_owned(),
        row.reason.clone(),
        judged.map(|one| one.expected.clone()).unwrap_or_default(),
        judged.map(|one| one.actual.clone()).unwrap_or_default(),
        near.unwrap_or_default(),
        row.failing_since.map(|since| since.to_rfc3339()).unwrap_or_default(),
    ]
}

fn object(one: &Evidence) -> [String; 4] {
    [one.kind.clone(), one.id.clone(), one.name.clone(), one.detail.clone()]
}
