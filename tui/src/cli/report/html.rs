//! The report as one HTML page: no script, no font, no picture from elsewhere, and a policy that forbids them. Every
//! text that is not ours goes through [`escape`].

use super::{Point, Report};
use crate::cli::print::safe;
use crate::text::time;
use std::fmt::Write as _;
use trueconfig_common::control::Frameworks;
use trueconfig_common::interface::controls::ControlDetail;
use trueconfig_common::interface::exceptions::ExceptionRow;
use trueconfig_common::verdict::{Evidence, Judgement, Verdict};

/// Objects shown per control; the CSV and JSON reports have all that the daemon keeps.
const SHOWN_OBJECTS: usize = 50;

/// The trend's picture, in its own units.
const WIDTH: f64 = 600.0;
const HEIGHT: f64 = 100.0;

/// Longest text shown in one place, in characters.
const LONGEST: usize = 4_000;

/// The whole page.
pub(super) fn page(report: &Report) -> String {
    let status = &report.status;
    let title = format!("TrueConfig report: {}", status.tenant);
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; \
         base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{}</title>\n<style>\n{}</style>\n</head>\n<body>\n",
        escape(&title),
        include_str!("page.css"),
    );
    head(&mut page, report);
    contents(&mut page, report);
    for verdict in [Verdict::Fail, Verdict::Error, Verdict::Warning] {
        section(&mut page, report, verdict);
    }
    exceptions(&mut page, &report.exceptions);
    for verdict in [Verdict::Pass, Verdict::NotApplicable] {
        brief(&mut page, report, verdict);
    }
    let (version, head) = (escape(&status.version), escape(&status.journal.head));
    add(&mut page, format_args!("<footer>Made {} by TrueConfig {version}. ", time::exact(report.made_at)));
    add(
        &mut page,
        format_args!("Journal: {} records, head <code>{head}</code>.</footer>\n", status.journal.records),
    );
    page.push_str("</body>\n</html>\n");
    page
}

fn add(page: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing into a text cannot fail.
    let _ = page.write_fmt(text);
}

fn head(page: &mut String, report: &Report) {
    let (status, settings) = (&report.status, &report.settings);
    let score = status.score.map_or_else(|| "–".to_owned(), |score| format!("{score:.0}"));
    let scanned = status.last_scan.as_ref().map(|scan| time::exact(scan.finished_at));
    let test = if status.test_tenant { " <span class=\"tag\">test tenant</span>" } else { "" };
    let digest: String = settings.baseline.chars().take(12).collect();
    add(page, format_args!("<header>\n<div>\n<h1>{}{test}</h1>\n<p>", escape(&status.tenant)));
    add(page, format_args!("Last scan {}<br>", scanned.as_deref().unwrap_or("none yet")));
    add(
        page,
        format_args!("Level {}, baseline <code>{}</code></p>\n</div>\n", settings.level, escape(&digest)),
    );
    add(page, format_args!("<div class=\"score\"><b>{score}</b><span>of 100</span></div>\n</header>\n"));
    page.push_str("<ul class=\"counts\">\n");
    for verdict in Verdict::ALL {
        let count = report.controls.iter().filter(|one| one.row.verdict == Some(verdict)).count();
        let (class, words) = (verdict.as_str(), words(verdict));
        add(page, format_args!("<li class=\"{class}\"><b>{count}</b> {words}</li>\n"));
    }
    page.push_str("</ul>\n");
    trend(page, &report.trend);
}

/// The scores of the last scans as a line; fewer than two make none.
fn trend(page: &mut String, points: &[Point]) {
    let [first, .., last] = points else { return };
    let step = WIDTH / (points.len() - 1) as f64;
    let place = |(at, point): (usize, &Point)| {
        let height = HEIGHT - point.score.clamp(0.0, 100.0) / 100.0 * HEIGHT;
        format!("{:.1},{height:.1}", at as f64 * step)
    };
    let line: Vec<String> = points.iter().enumerate().map(place).collect();
    let (from, to) = (time::minute(first.at), time::minute(last.at));
    add(
        page,
        format_args!("<figure>\n<svg viewBox=\"-6 -6 {} {}\" role=\"img\" ", WIDTH + 12.0, HEIGHT + 12.0),
    );
    add(page, format_args!("aria-label=\"Score from {:.0} to {:.0}\">\n", first.score, last.score));
    for grid in [0.0, HEIGHT / 2.0, HEIGHT] {
        add(
            page,
            format_args!("<line class=\"grid\" x1=\"0\" x2=\"{WIDTH}\" y1=\"{grid}\" y2=\"{grid}\"/>\n"),
        );
    }
    add(page, format_args!("<polyline points=\"{}\"/>\n", line.join(" ")));
    let end = HEIGHT - last.score.clamp(0.0, 100.0) / 100.0 * HEIGHT;
    add(page, format_args!("<circle cx=\"{WIDTH}\" cy=\"{end:.1}\" r=\"4\"/>\n</svg>\n"));
    add(page, format_args!("<figcaption>Score of {} scans, {from} to {to}: ", points.len()));
    add(page, format_args!("{:.0} then, {:.0} now</figcaption>\n</figure>\n", first.score, last.score));
}

/// What needs somebody, each a link to its section.
fn contents(page: &mut String, report: &Report) {
    let bad = |one: &&ControlDetail| {
        matches!(one.row.verdict, Some(Verdict::Fail | Verdict::Error | Verdict::Warning))
    };
    let rows: Vec<&ControlDetail> = report.controls.iter().filter(bad).collect();
    if rows.is_empty() {
        page.push_str("<p>Nothing needs anybody's attention.</p>\n");
        return;
    }
    page.push_str("<h2>What needs attention</h2>\n<table class=\"list\">\n<thead><tr><th>Control<th>Title<th>Severity<th>Verdict<th>Since</tr></thead>\n<tbody>\n");
    for control in rows {
        let row = &control.row;
        let (id, title) = (escape(row.id.as_str()), escape(&row.title));
        let since = row.failing_since.map(time::minute).unwrap_or_default();
        add(page, format_args!("<tr><td><a href=\"#{id}\">{id}</a><td>{title}<td>{}", row.severity));
        add(page, format_args!("<td>{}<td>{since}</tr>\n", badge(row.verdict)));
    }
    page.push_str("</tbody>\n</table>\n");
}

/// Controls of a verdict, each whole.
fn section(page: &mut String, report: &Report, verdict: Verdict) {
    let mut of = report.controls.iter().filter(|one| one.row.verdict == Some(verdict)).peekable();
    if of.peek().is_some() {
        add(page, format_args!("<h2>{}</h2>\n", words(verdict)));
    }
    for control in of {
        article(page, control);
    }
}

fn article(page: &mut String, control: &ControlDetail) {
    let row = &control.row;
    let (id, title) = (escape(row.id.as_str()), escape(&row.title));
    add(page, format_args!("<article id=\"{id}\">\n<h3>{} {id} {title}</h3>\n", badge(row.verdict)));
    add(page, format_args!("<p class=\"meta\">{} severity, level {}", row.severity, row.level));
    add(page, format_args!("{}</p>\n<p>{}</p>\n", references(&control.frameworks), escape(&row.reason)));
    if let Some(judgement) = &control.judgement {
        findings(page, judgement);
    }
    add(page, format_args!("<h4>Why it matters</h4>\n<p>{}</p>\n", escape(&control.guidance.why)));
    list(page, "What to do", &control.guidance.actions);
    list(page, "In the portal", &control.guidance.steps);
    list(page, "Exceptions", &control.exceptions);
    page.push_str("</article>\n");
}

fn references(frameworks: &Frameworks) -> String {
    let lists = [("CIS", &frameworks.cis), ("SCuBA", &frameworks.scuba), ("NIST 800-53", &frameworks.nist)];
    let named = lists.into_iter().filter(|(_, list)| !list.is_empty());
    named.map(|(name, list)| format!(" · {name} {}", escape(&list.join(", ")))).collect()
}

fn findings(page: &mut String, judgement: &Judgement) {
    if let Some(near) = &judgement.near_miss {
        add(page, format_args!("<p class=\"near\">{}</p>\n", escape(&near.sentence)));
    }
    if !judgement.expected.is_empty() {
        add(page, format_args!("<dl><dt>Expected<dd>{}", escape(&judgement.expected)));
        add(page, format_args!("<dt>Found<dd>{}</dl>\n", escape(&judgement.actual)));
    }
    if judgement.evidence.is_empty() {
        return;
    }
    page.push_str("<table>\n<thead><tr><th>Object<th>Id<th>Finding</tr></thead>\n<tbody>\n");
    for Evidence { kind, id, name, detail, .. } in judgement.evidence.iter().take(SHOWN_OBJECTS) {
        let name = if name.is_empty() { String::new() } else { format!("{} ", escape(name)) };
        add(page, format_args!("<tr><td>{name}<small>{}</small>", escape(kind)));
        add(page, format_args!("<td><code>{}</code><td>{}</tr>\n", escape(id), escape(detail)));
    }
    page.push_str("</tbody>\n</table>\n");
    if let more @ 1.. = judgement.evidence_total.saturating_sub(SHOWN_OBJECTS) {
        add(page, format_args!("<p class=\"meta\">and {more} more</p>\n"));
    }
}

fn list(page: &mut String, heading: &str, entries: &[String]) {
    if entries.is_empty() {
        return;
    }
    add(page, format_args!("<h4>{heading}</h4>\n<ol>\n"));
    for entry in entries {
        add(page, format_args!("<li>{}</li>\n", escape(entry)));
    }
    page.push_str("</ol>\n");
}

fn exceptions(page: &mut String, rows: &[ExceptionRow]) {
    if rows.is_empty() {
        return;
    }
    page.push_str("<h2>Exceptions</h2>\n<table class=\"list\">\n<thead><tr><th>Control<th>Object<th>Why<th>Owner<th>Until</tr></thead>\n<tbody>\n");
    for row in rows {
        let ended = if row.counts { "" } else { " (ended)" };
        let [object, reason, owner] =
            [&row.object, &row.reason, &row.owner].map(|text| escape(text.as_str()));
        let (control, until) = (escape(row.control.as_str()), row.expires.format("%Y-%m-%d"));
        add(
            page,
            format_args!("<tr><td>{control}<td>{object}<td>{reason}<td>{owner}<td>{until}{ended}</tr>\n"),
        );
    }
    page.push_str("</tbody>\n</table>\n");
}

/// Controls of a verdict, a line each.
fn brief(page: &mut String, report: &Report, verdict: Verdict) {
    let of: Vec<&ControlDetail> =
        report.controls.iter().filter(|one| one.row.verdict == Some(verdict)).collect();
    if of.is_empty() {
        return;
    }
    add(page, format_args!("<h2>{}</h2>\n<table class=\"list\">\n", words(verdict)));
    page.push_str("<thead><tr><th>Control<th>Title<th>Severity<th>Why</tr></thead>\n<tbody>\n");
    for control in of {
        let row = &control.row;
        let (id, title, reason) = (escape(row.id.as_str()), escape(&row.title), escape(&row.reason));
        add(page, format_args!("<tr><td id=\"{id}\">{id}<td>{title}<td>{}<td>{reason}</tr>\n", row.severity));
    }
    page.push_str("</tbody>\n</table>\n");
}

fn words(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Fail => "Failing",
        Verdict::Error => "Could not be judged",
        Verdict::Warning => "Warnings",
        Verdict::Pass => "Passing",
        Verdict::NotApplicable => "Not applicable",
    }
}

fn badge(verdict: Option<Verdict>) -> String {
    let verdict = verdict.map_or("none", Verdict::as_str);
    format!("<span class=\"badge {verdict}\">{}</span>", verdict.replace('_', " "))
}

/// A text that is not ours: nothing in it is markup, controls a terminal or turns the direction of writing around.
fn escape(text: &str) -> String {
    let cut: String = text.chars().take(LONGEST).collect();
    let mut out = String::with_capacity(cut.len());
    for sign in safe(&cut).chars() {
        match sign {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}
