//! `metrics`: figures in the text format of Prometheus, printed or written for the node exporter. Names, units and
//! types follow Prometheus' conventions; every series has the label `tenant`.

use super::Session;
use super::args::List;
use super::exit::{Exit, Trouble};
use super::read::pages;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use trueconfig_common::interface::remediations::ListRemediations;
use trueconfig_common::interface::status::{GetStatus, Status};
use trueconfig_common::remediation::{RemediationRow, RemediationState};

/// Remediations counted, the newest first; of more, the oldest are left out.
const COUNTED: usize = 10_000;

/// What figures are asked for.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Write this file, whole or not at all, such as /var/lib/prometheus/node-exporter/trueconfig.prom
    #[arg(long, value_name = "FILE")]
    pub textfile: Option<PathBuf>,
}

/// Figures of one tenant, or with no tenant named, of all.
///
/// # Errors
/// The file cannot be written. A daemon that cannot be reached is `trueconfig_up 0` in the file, and an error too.
pub async fn metrics(session: &mut Session, args: Arguments) -> Result<Exit, Trouble> {
    let gathered = gather(session).await;
    let Some(file) = args.textfile else {
        session.printer.line(gathered?.trim_end())?;
        return Ok(Exit::Done);
    };
    let down = || Exposition::default().up(false);
    let text = gathered.as_ref().map_or_else(|_| down(), Clone::clone);
    replace(&file, &text)
        .map_err(|error| Trouble::Local(format!("cannot write {}: {error}", file.display())))?;
    gathered.map(|_| Exit::Done)
}

async fn gather(session: &mut Session) -> Result<String, Trouble> {
    let first = session.connection.call(&GetStatus { tenant: session.tenant.clone() }).await?;
    let names = if session.tenant.is_empty() { first.tenants } else { vec![session.tenant.clone()] };
    let mut exposition = Exposition::default();
    for tenant in names {
        let status = session.connection.call(&GetStatus { tenant: tenant.clone() }).await?;
        let all = List { filter: Vec::new(), sort: String::new(), limit: COUNTED };
        let list = |query| ListRemediations { tenant: tenant.clone(), query };
        let rows = pages(session, &all, list).await?.rows;
        exposition.tenant(&status, &rows, Utc::now());
    }
    Ok(exposition.up(true))
}

/// Beside and renamed: the exporter never reads half a file. Others may read it; figures are no secret.
fn replace(file: &Path, text: &str) -> std::io::Result<()> {
    let mut name = file.as_os_str().to_owned();
    name.push(".new");
    let mut new = std::fs::File::create(&name)?;
    new.write_all(text.as_bytes())?;
    new.set_permissions(std::fs::Permissions::from_mode(0o644))?;
    std::fs::rename(&name, file)
}

/// Samples by metric: all of one metric stand together, as the format wants it.
#[derive(Default)]
struct Exposition {
    metrics: BTreeMap<&'static str, Metric>,
}

struct Metric {
    help: &'static str,
    samples: Vec<String>,
}

impl Exposition {
    fn gauge(&mut self, name: &'static str, help: &'static str, labels: &[(&str, &str)], value: f64) {
        let labels: Vec<_> =
            labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        let metric = self.metrics.entry(name).or_insert(Metric { help, samples: Vec::new() });
        metric.samples.push(format!("{name}{labels} {value}"));
    }

    fn tenant(&mut self, status: &Status, rows: &[RemediationRow], now: DateTime<Utc>) {
        self.standing(status);
        self.scans(status);
        self.remediations(&status.tenant, rows);
        self.upkeep(status, now);
    }

    fn standing(&mut self, status: &Status) {
        let tenant = ("tenant", status.tenant.as_str());
        if let Some(score) = status.score {
            self.gauge("trueconfig_score", "Score of the tenant, 0 to 100.", &[tenant], score);
        }
        for (verdict, count) in &status.verdicts {
            let labels = [tenant, ("verdict", verdict.as_str())];
            self.gauge("trueconfig_controls", "Controls by verdict.", &labels, number(*count));
        }
        for (severity, count) in &status.failing {
            let labels = [tenant, ("severity", severity.as_str())];
            self.gauge(
                "trueconfig_controls_failing",
                "Failing controls by severity.",
                &labels,
                number(*count),
            );
        }
        let enabled = f64::from(u8::from(status.auto_remediation_enabled));
        self.gauge("trueconfig_remediation_enabled", "Whether remediation is on.", &[tenant], enabled);
        let killed = f64::from(u8::from(status.killed.is_some()));
        self.gauge("trueconfig_kill_switch_pulled", "Whether the kill switch is pulled.", &[tenant], killed);
    }

    fn scans(&mut self, status: &Status) {
        let Some(scan) = &status.last_scan else { return };
        let tenant = ("tenant", status.tenant.as_str());
        let failed = f64::from(u8::from(!scan.error.is_empty()));
        let help = "When the last scan ended, in seconds since 1970.";
        self.gauge("trueconfig_scan_end_timestamp_seconds", help, &[tenant], seconds_of(scan.finished_at));
        let took = seconds(scan.finished_at - scan.started_at);
        self.gauge("trueconfig_scan_duration_seconds", "How long the last scan took.", &[tenant], took);
        self.gauge("trueconfig_scan_failed", "Whether the last scan failed.", &[tenant], failed);
        let help = "Requests to Graph of the last scan.";
        self.gauge("trueconfig_scan_requests", help, &[tenant], scan.requests as f64);
        self.gauge("trueconfig_scan_objects", "Objects the last scan read.", &[tenant], scan.objects as f64);
        let help = "Kinds of objects the last scan could not read.";
        self.gauge("trueconfig_scan_unreadable_families", help, &[tenant], number(scan.unreadable.len()));
    }

    /// R86: success rate and rollback frequency follow from the states, time to remediation from the last two.
    fn remediations(&mut self, tenant: &str, rows: &[RemediationRow]) {
        let tenant = ("tenant", tenant);
        let mut states = BTreeMap::new();
        for row in rows {
            *states.entry(row.state.as_str()).or_insert(0) += 1;
        }
        for (state, count) in states {
            let labels = [tenant, ("state", state)];
            self.gauge("trueconfig_remediations", "Remediations by state.", &labels, number(count));
        }
        let verified = rows.iter().filter(|row| row.state == RemediationState::Verified);
        let took = verified.clone().map(|row| seconds(row.changed_at - row.created_at)).sum();
        let help = "Sum of the seconds from plan to verification, of remediations that are verified.";
        self.gauge("trueconfig_time_to_remediation_seconds_sum", help, &[tenant], took);
        let help = "Remediations that are verified.";
        self.gauge("trueconfig_time_to_remediation_seconds_count", help, &[tenant], number(verified.count()));
    }

    fn upkeep(&mut self, status: &Status, now: DateTime<Utc>) {
        let tenant = ("tenant", status.tenant.as_str());
        let help = "Remediations that wait for an approver.";
        self.gauge("trueconfig_remediations_pending", help, &[tenant], number(status.pending));
        let help = "Remediations that a person must close.";
        self.gauge("trueconfig_remediations_attention", help, &[tenant], number(status.attention));
        let records = status.journal.records as f64;
        self.gauge("trueconfig_journal_records", "Records in the audit log.", &[tenant], records);
        if let Some(tested) = status.emergency_access_verified {
            let help = "Seconds since the break-glass accounts were tested.";
            self.gauge("trueconfig_break_glass_test_age_seconds", help, &[tenant], seconds(now - tested));
        }
        for warning in &status.warnings {
            let labels = [tenant, ("code", warning.code.as_str()), ("severity", warning.severity.as_str())];
            self.gauge(
                "trueconfig_warning",
                "Something is wrong with the daemon: 1 for each code.",
                &labels,
                1.0,
            );
        }
    }

    fn up(mut self, up: bool) -> String {
        let help = "Whether the daemon answered.";
        self.gauge("trueconfig_up", help, &[], f64::from(u8::from(up)));
        let mut text = String::new();
        for (name, metric) in &self.metrics {
            // Writing to a string cannot fail.
            let _ = write!(text, "# HELP {name} {}\n# TYPE {name} gauge\n", metric.help);
            let _ = writeln!(text, "{}", metric.samples.join("\n"));
        }
        text
    }
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

fn number(count: usize) -> f64 {
    count as f64
}

fn seconds(length: TimeDelta) -> f64 {
    length.num_milliseconds() as f64 / 1000.0
}

fn seconds_of(time: DateTime<Utc>) -> f64 {
    time.timestamp() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use std::collections::BTreeSet;
    use trueconfig_common::control::Severity;
    use trueconfig_common::interface::status::HealthWarning;

    fn exposed() -> String {
        let mut exposition = Exposition::default();
        let mut other = fixtures::status();
        other.tenant = "a \"b\"\\".to_owned();
        let (code, severity) = ("disk_full".to_owned(), Severity::Critical);
        other.warnings = vec![HealthWarning { code, severity, sentence: String::new() }];
        let rows = [fixtures::pending_row(), fixtures::verified_row()];
        exposition.tenant(&fixtures::status(), &rows, fixtures::noon());
        exposition.tenant(&other, &rows, fixtures::noon());
        exposition.up(true)
    }

    fn names(text: &str) -> BTreeSet<&str> {
        text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.strip_suffix(" gauge")).collect()
    }

    /// The text format: help and type once, then the samples of that metric and of no other; no series twice.
    #[test]
    fn r86_the_format_is_that_of_prometheus() {
        let text = exposed();
        let (mut seen, mut current) = (BTreeSet::new(), "");
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("# ") {
                current = rest.split(' ').nth(1).expect("a name");
                continue;
            }
            let (series, value) = line.rsplit_once(' ').expect("a value");
            assert_eq!(series.split('{').next(), Some(current), "{line}");
            assert!(value.parse::<f64>().is_ok() && seen.insert(series), "{line}");
        }
        assert!(text.contains(r#"trueconfig_remediations{tenant="a \"b\"\\",state="verified"} 1"#), "{text}");
        assert!(text.contains("\ntrueconfig_up 1\n") && text.ends_with('\n'));
    }

    /// What the examples ask for exists, and every figure is shown or alerted on somewhere.
    #[test]
    fn examples_name_the_metrics_there_are() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../packaging/monitoring");
        let read = |name: &str| std::fs::read_to_string(folder.join(name)).expect(name);
        let examples = read("alerts.yml") + &read("grafana-dashboard.json");
        let (text, word) = (exposed(), |sign: char| !sign.is_ascii_alphanumeric() && sign != '_');
        let asked: BTreeSet<_> =
            examples.split(word).filter(|word| word.starts_with("trueconfig_")).collect();
        assert_eq!(asked, names(&text));
    }

    #[test]
    fn the_file_is_replaced_whole_and_readable() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("trueconfig.prom");
        for text in ["first\n", "second\n"] {
            replace(&file, text).expect("written");
            assert_eq!(std::fs::read_to_string(&file).expect("read"), text);
        }
        assert_eq!(std::fs::read_dir(folder.path()).expect("listed").count(), 1);
        assert_eq!(std::fs::metadata(&file).expect("there").permissions().mode() & 0o777, 0o644);
    }
}
