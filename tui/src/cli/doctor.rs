//! `doctor`: looks at everything that must be so for the product to work, and says of each thing
//! that is not what to do. It goes as far as it gets: without a daemon it checks the socket only.

use super::Session;
use super::exit::{Exit, Trouble};
use super::print::Layout;
use crate::look::Tone;
use crate::text::time;
use crate::view::doc::Doc;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use trueconfig_common::interface::audit::{JournalReport, VerifyJournal};
use trueconfig_common::interface::controls::{ControlRow, ListControls};
use trueconfig_common::interface::status::{GetStatus, Status};
use trueconfig_common::interface::{ListQuery, Page};
use trueconfig_common::mode::Mode;
use trueconfig_common::role::Role;
use trueconfig_common::verdict::Verdict;

/// A scan older than this is a finding; the default schedule is daily.
const SCAN_OLD: TimeDelta = TimeDelta::hours(49);

/// A break-glass test older than this no longer counts (R45, D15).
const TEST_OLD: TimeDelta = TimeDelta::days(30);

/// How far the daemon's last scan may lie in the future before one of two clocks is wrong.
const CLOCK_SLACK: TimeDelta = TimeDelta::minutes(2);

/// How a check went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// As it should be.
    Ok,
    /// It works, but not for long or not for all.
    Warning,
    /// It does not work.
    Bad,
}

/// One thing looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What: `socket`, `role`, `daemon`, `credentials`, `permissions`, `licence`, `clock`, `scan`,
    /// `break_glass`, `remediation`, `store`, `chain`.
    pub check: &'static str,
    /// How it is.
    pub health: Health,
    /// What was seen: may hold untrusted text.
    pub seen: String,
    /// What to do; empty where nothing is to be done.
    pub advice: String,
}

impl Finding {
    fn ok(check: &'static str, seen: impl Into<String>) -> Self {
        Self { check, health: Health::Ok, seen: seen.into(), advice: String::new() }
    }

    fn warning(check: &'static str, seen: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { check, health: Health::Warning, seen: seen.into(), advice: advice.into() }
    }

    fn bad(check: &'static str, seen: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { check, health: Health::Bad, seen: seen.into(), advice: advice.into() }
    }
}

/// What `doctor --json` prints.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Whether nothing is bad.
    pub healthy: bool,
    /// Everything looked at.
    pub findings: Vec<Finding>,
}

/// Looks at everything.
///
/// # Errors
/// Nobody reads the report.
pub async fn doctor(session: &mut Session) -> Result<Exit, Trouble> {
    let findings = examine(session).await;
    let unreachable = findings.iter().any(|one| one.check == "socket" && one.health == Health::Bad);
    let healthy = findings.iter().all(|one| one.health != Health::Bad);
    let report = Report { healthy, findings };
    if session.printer.is_json() {
        session.printer.json(&report, Layout::Whole)?;
    } else {
        session.printer.document(&document(&report))?;
    }
    Ok(match (healthy, unreachable) {
        (true, _) => Exit::Done,
        (false, true) => Exit::Unreachable,
        (false, false) => Exit::Found,
    })
}

async fn examine(session: &mut Session) -> Vec<Finding> {
    let socket = session.endpoint.socket.display().to_string();
    if let Err(failure) = session.connection.client().await {
        let advice = "start the daemon, or name its socket with --socket";
        return vec![Finding::bad("socket", failure.headline(), advice)];
    }
    let mut findings = vec![Finding::ok("socket", format!("{socket} answers"))];
    let tenant = session.tenant.clone();
    let status = match session.connection.call(&GetStatus { tenant: tenant.clone() }).await {
        Ok(status) => status,
        Err(failure) => {
            let advice = "ask an owner for a role under [roles] in the daemon's configuration";
            findings.push(Finding::bad("role", failure.headline(), advice));
            return findings;
        }
    };
    findings.extend(of_status(&status, Utc::now()));
    let query = ListQuery::default();
    match session.connection.call(&ListControls { tenant: tenant.clone(), query, at: None }).await {
        Ok(controls) => findings.extend(of_controls(&controls)),
        Err(failure) => findings.push(Finding::bad("permissions", failure.headline(), "try again")),
    }
    match session.connection.call(&VerifyJournal { tenant }).await {
        Ok(report) => findings.push(chain(&report)),
        Err(failure) => findings.push(Finding::bad("chain", failure.headline(), "try again")),
    }
    findings
}

fn of_status(status: &Status, now: DateTime<Utc>) -> Vec<Finding> {
    let mut findings = vec![role(status), version(status), scan(status, now), clock(status, now)];
    findings.extend(credentials(status));
    findings.push(break_glass(status, now));
    findings.push(remediation(status));
    findings.extend(
        status.warnings.iter().map(|one| Finding::bad("daemon", one.code.clone(), one.sentence.clone())),
    );
    match &status.journal.damage {
        Some(damage) => findings.push(Finding::bad(
            "store",
            damage.clone(),
            "stop the daemon, keep the folder, and restore it from a backup; trueconfig verify tells more",
        )),
        None => findings.push(Finding::ok("store", format!("{} records", status.journal.records))),
    }
    findings
}

fn role(status: &Status) -> Finding {
    let seen = format!("{} is {}", status.you.name, status.you.role);
    match status.you.role {
        Role::Viewer | Role::Member => Finding::warning(
            "role",
            seen,
            "you may look but not decide; an owner gives roles in the configuration",
        ),
        _ => Finding::ok("role", seen),
    }
}

fn version(status: &Status) -> Finding {
    let own = env!("CARGO_PKG_VERSION");
    let seen = format!("the daemon is {}, this client is {own}", status.version);
    if status.version == own {
        Finding::ok("daemon", seen)
    } else {
        Finding::warning("daemon", seen, "install the same version of both")
    }
}

fn scan(status: &Status, now: DateTime<Utc>) -> Finding {
    let Some(last) = &status.last_scan else {
        return Finding::warning("scan", "there was none yet", "trueconfig scan");
    };
    let when = time::ago(last.finished_at, now);
    match last.error.as_str() {
        "" if now - last.finished_at > SCAN_OLD => Finding::warning(
            "scan",
            format!("the last one was {when}"),
            "look at the schedule, or run trueconfig scan",
        ),
        "" => Finding::ok("scan", format!("the last one was {when}, {} objects", last.objects)),
        error => Finding::bad(
            "scan",
            format!("the last one failed {when}: {error}"),
            "trueconfigd config check tries credentials; then run trueconfig scan",
        ),
    }
}

fn clock(status: &Status, now: DateTime<Utc>) -> Finding {
    match status.last_scan.as_ref().map(|scan| scan.finished_at - now) {
        Some(ahead) if ahead > CLOCK_SLACK => Finding::bad(
            "clock",
            format!("the last scan ended {} in the future", time::length(ahead)),
            "synchronise the clocks (timedatectl): tokens and windows depend on them",
        ),
        _ => Finding::ok("clock", format!("{} UTC", time::minute(now))),
    }
}

/// What could not be read, and why (R58).
fn credentials(status: &Status) -> Vec<Finding> {
    let unreadable = status.last_scan.iter().flat_map(|scan| &scan.unreadable);
    let findings: Vec<Finding> = unreadable
        .map(|(family, why)| {
            Finding::bad(
                "credentials",
                format!("{family}: {why}"),
                "give the reader's application that permission in Entra, and consent to it",
            )
        })
        .collect();
    match findings.is_empty() && status.last_scan.as_ref().is_some_and(|scan| scan.error.is_empty()) {
        true => vec![Finding::ok("credentials", "the reader reads everything asked for")],
        false => findings,
    }
}

fn break_glass(status: &Status, now: DateTime<Utc>) -> Finding {
    const ADVICE: &str = "sign in with every break-glass account, then trueconfig breakglass record";
    match status.emergency_access_verified {
        None => Finding::warning("break_glass", "never tested", ADVICE),
        Some(at) if now - at > TEST_OLD => {
            Finding::warning("break_glass", format!("tested {}", time::ago(at, now)), ADVICE)
        }
        Some(at) => Finding::ok("break_glass", format!("tested {}", time::ago(at, now))),
    }
}

fn remediation(status: &Status) -> Finding {
    match (&status.killed, status.auto_remediation_enabled) {
        (Some(killed), _) => Finding::warning(
            "remediation",
            format!("the kill switch was pulled by {}: {}", killed.by, killed.reason),
            "trueconfig resume, once the reason is gone",
        ),
        (None, false) => Finding::ok("remediation", "off: nothing is written"),
        (None, true) => Finding::ok("remediation", "on"),
    }
}

/// Controls that cannot be judged, by the word their reason begins with.
fn of_controls(controls: &Page<ControlRow>) -> Vec<Finding> {
    let of = |verdict: Verdict, word: &'static str| {
        let rows = controls.rows.iter();
        rows.filter(move |row| row.verdict == Some(verdict) && row.reason.starts_with(word))
    };
    let mut findings = Vec::new();
    for row in of(Verdict::Error, "permission") {
        let health = if row.mode == Mode::Advisory { Health::Warning } else { Health::Bad };
        let seen = format!("{}: {}", row.id, row.reason);
        let advice = format!("trueconfig show {} lists the permissions it needs", row.id);
        findings.push(Finding { check: "permissions", health, seen, advice });
    }
    if findings.is_empty() {
        findings.push(Finding::ok("permissions", "no control misses one"));
    }
    let licences: Vec<_> = of(Verdict::NotApplicable, "licence").map(|row| row.id.as_str()).collect();
    findings.push(match licences.as_slice() {
        [] => Finding::ok("licence", "every control of this level is licensed"),
        missing => Finding::warning(
            "licence",
            format!("not judged for want of one: {}", missing.join(", ")),
            "buy the licence, or choose a level without these controls",
        ),
    });
    findings
}

fn chain(report: &JournalReport) -> Finding {
    match report.damage.as_str() {
        "" => Finding::ok("chain", format!("whole, {} records", report.records)),
        damage => Finding::bad(
            "chain",
            format!("damaged after {} good records: {damage}", report.records),
            "keep the folder as it is and compare it with a backup: somebody or something changed it",
        ),
    }
}

fn document(report: &Report) -> Doc {
    let mut doc = Doc::new();
    for finding in &report.findings {
        let (mark, tone) = match finding.health {
            Health::Ok => ("ok       ", Tone::Good),
            Health::Warning => ("WARNING  ", Tone::Warn),
            Health::Bad => ("BAD      ", Tone::Bad),
        };
        doc.marked(tone, 0, mark, format!("{}: {}", finding.check.replace('_', "-"), finding.seen));
        if !finding.advice.is_empty() {
            doc.marked(Tone::Plain, 9, "-> ", finding.advice.as_str());
        }
    }
    doc
}

#[cfg(test)]
mod tests {
    use super::{Finding, Health, of_controls, of_status};
    use crate::fixtures;
    use chrono::TimeDelta;
    use trueconfig_common::interface::status::HealthWarning;
    use trueconfig_common::mode::Mode;
    use trueconfig_common::verdict::Verdict;

    fn health<'a>(findings: &'a [Finding], check: &str) -> &'a Finding {
        findings.iter().find(|one| one.check == check && one.health != Health::Ok).unwrap_or_else(|| {
            panic!("nothing about {check}: {findings:?}");
        })
    }

    #[test]
    fn a_healthy_daemon_has_nothing_bad() {
        let findings = of_status(&fixtures::status(), fixtures::noon());
        let bad: Vec<_> = findings.iter().filter(|one| one.health != Health::Ok).collect();
        assert!(bad.iter().all(|one| one.check == "daemon"), "{bad:?}");
    }

    /// Each thing that is wrong is found and says what to do.
    #[test]
    fn r58_what_is_wrong_says_what_to_do() {
        let mut status = fixtures::status();
        let scan = status.last_scan.as_mut().expect("a scan");
        scan.unreadable.insert("users".into(), "User.Read.All is missing".into());
        scan.finished_at = fixtures::noon() + TimeDelta::minutes(10);
        status.emergency_access_verified = None;
        status.journal.damage = Some("record 7".into());
        status.version = "9.9.9".into();
        let severity = trueconfig_common::control::Severity::Critical;
        status.warnings =
            vec![HealthWarning { code: "disk_full".into(), severity, sentence: "free some".into() }];
        let findings = of_status(&status, fixtures::noon());
        for (check, word) in [
            ("credentials", "User.Read.All"),
            ("clock", "future"),
            ("break_glass", "never"),
            ("store", "record 7"),
            ("daemon", "9.9.9"),
        ] {
            let found = health(&findings, check);
            assert!(found.seen.contains(word) && !found.advice.is_empty(), "{found:?}");
        }
        assert!(findings.iter().any(|one| one.seen == "disk_full" && one.advice == "free some"));
    }

    #[test]
    fn controls_without_permission_or_licence_are_named() {
        let mut rows = fixtures::controls();
        rows[0].verdict = Some(Verdict::Error);
        rows[0].reason = "permission: User.Read.All is missing".into();
        rows[1].verdict = Some(Verdict::NotApplicable);
        rows[1].reason = "licence: P2".into();
        let findings = of_controls(&fixtures::page(rows.clone()));
        assert_eq!(health(&findings, "permissions").health, Health::Bad);
        assert!(health(&findings, "licence").seen.contains("EXT-01"));
        rows[0].mode = Mode::Advisory;
        let findings = of_controls(&fixtures::page(rows));
        assert_eq!(health(&findings, "permissions").health, Health::Warning);
    }
}
