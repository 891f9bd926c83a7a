//! Verbs that go on: scans, changes, and waiting for a remediation to end.

use super::Session;
use super::args::Scan;
use super::exit::{Exit, Trouble};
use super::print::{Layout, safe};
use crate::link::{Connection, Failure};
use crate::look::Look;
use crate::screens::overview;
use chrono::Utc;
use std::fs::OpenOptions;
use std::io::{self, BufWriter, Write, stdout};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::time::Duration;
use tokio::time::timeout;
use trueconfig_common::id::RemediationId;
use trueconfig_common::interface::remediations::GetRemediation;
use trueconfig_common::interface::scan::{ScanProgress, ScanSummary, StartScan};
use trueconfig_common::interface::subscribe::Subscribe;
use trueconfig_common::remediation::{RemediationDetail, RemediationState};
use trueconfig_common::verdict::Verdict;

/// Longest wait for a remediation's end; the daemon has deadlines of its own, much shorter ones.
const WAIT_LIMIT: Duration = Duration::from_secs(30 * 60);

/// Status again on every change.
pub async fn status(session: &mut Session) -> Result<Exit, Trouble> {
    let printer = session.printer;
    let subscribe = Subscribe { tenant: session.tenant.clone() };
    let client = session.connection.client().await?;
    let mut notices = client.stream(subscribe).await.map_err(Failure::from)?;
    while let Some(notice) = notices.next().await {
        let status = notice.map_err(Failure::from)?.status;
        if printer.is_json() {
            printer.json(&status, Layout::Line)?;
        } else {
            printer.document(&overview::summary(&status, printer.look(), Utc::now()))?;
            printer.line("")?;
        }
    }
    Ok(Exit::Done)
}

/// A scan, to its end.
pub async fn scan(session: &mut Session, args: Scan) -> Result<Exit, Trouble> {
    let printer = session.printer;
    let start = StartScan { tenant: session.tenant.clone() };
    if args.no_wait {
        let progress = session.connection.call(&start).await?;
        if printer.is_json() {
            printer.json(&progress, Layout::Whole)?;
        } else {
            printer.line(&format!("Scan {} is under way.", progress.scan))?;
        }
        return Ok(Exit::Done);
    }
    let client = session.connection.client().await?;
    let mut answers = client.stream(start).await.map_err(Failure::from)?;
    let mut last: Option<ScanProgress> = None;
    while let Some(answer) = answers.next().await {
        let progress = answer.map_err(Failure::from)?;
        if args.watch && printer.is_json() {
            printer.json(&progress, Layout::Line)?;
        } else if args.watch {
            printer.line(&safe(&overview::scan_words(&progress, Utc::now(), printer.look())))?;
        }
        last = Some(progress);
    }
    let last = last.ok_or_else(|| Trouble::Local("the daemon said nothing about the scan".to_owned()))?;
    if printer.is_json() && !args.watch {
        printer.json(&last, Layout::Whole)?;
    }
    scan_end(session, &last)
}

fn scan_end(session: &Session, last: &ScanProgress) -> Result<Exit, Trouble> {
    let Some(summary) = &last.summary else {
        return Err(Trouble::Refused(format!("the scan failed: {}", safe(&last.error))));
    };
    if !session.printer.is_json() {
        session.printer.document(&overview::scan_summary(summary, session.printer.look()))?;
    }
    Ok(scan_exit(summary))
}

/// Deviations are certain even where something else could not be read.
fn scan_exit(summary: &ScanSummary) -> Exit {
    let failing = summary.verdicts.get(&Verdict::Fail).copied().unwrap_or_default();
    match (failing, summary.unreadable.is_empty()) {
        (0, true) => Exit::Done,
        (0, false) => Exit::Partial,
        _ => Exit::Found,
    }
}

/// Where an export goes.
pub struct Output {
    writer: Box<dyn Write>,
    name: String,
}

impl Output {
    /// A file must not be there yet: an export never takes the place of another one.
    pub fn open(path: Option<PathBuf>) -> Result<Self, Trouble> {
        let Some(path) = path else {
            return Ok(Self {
                writer: Box::new(BufWriter::new(stdout())),
                name: "standard output".to_owned(),
            });
        };
        let name = path.display().to_string();
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        let file =
            file.map_err(|error| Trouble::Local(format!("cannot create {name}: {error}; give a new file")))?;
        Ok(Self { writer: Box::new(BufWriter::new(file)), name })
    }

    /// Text as it is.
    pub fn text(&mut self, text: &str) -> Result<(), Trouble> {
        self.writer.write_all(text.as_bytes()).map_err(|error| self.trouble(&error))
    }

    /// Everything is written.
    pub fn finish(mut self) -> Result<(), Trouble> {
        let flushed = self.writer.flush();
        flushed.map_err(|error| self.trouble(&error))
    }

    fn trouble(&self, error: &io::Error) -> Trouble {
        Trouble::Local(format!("cannot write to {}: {error}", self.name))
    }
}

/// Waits until a remediation ends, told by the daemon's own notices, and says each state.
pub async fn until_end(
    session: &mut Session,
    before: &RemediationDetail,
    now: RemediationDetail,
) -> Result<Exit, Trouble> {
    let waited = timeout(WAIT_LIMIT, wait(session, before, now)).await;
    let Ok(end) = waited else {
        eprintln!("It goes on; trueconfig show {} tells how it ends.", before.row.id);
        return Ok(Exit::Partial);
    };
    let detail = end?;
    if session.printer.is_json() {
        session.printer.json(&detail, Layout::Whole)?;
    }
    Ok(end_exit(detail.row.state))
}

async fn wait(
    session: &mut Session,
    before: &RemediationDetail,
    mut detail: RemediationDetail,
) -> Result<RemediationDetail, Failure> {
    // Subscribing before the first look: no change in between can be missed.
    let mut own = Connection::to(&session.endpoint);
    let client = own.client().await?;
    let mut notices = client.stream(Subscribe { tenant: session.tenant.clone() }).await?;
    let mut said = None;
    loop {
        if said != Some(detail.row.state) {
            said = Some(detail.row.state);
            say(session, &detail, session.printer.look());
        }
        let moved = detail.row.changed_at != before.row.changed_at || detail.row.state != before.row.state;
        if moved && !detail.row.state.is_running() && !detail.row.state.is_pending() {
            return Ok(detail);
        }
        match notices.next().await {
            Some(notice) => notice.map(|_| ())?,
            None => return Err(Failure::Broken("the daemon ended the subscription".to_owned())),
        }
        detail = look(session, &before.row.id).await?;
    }
}

async fn look(session: &mut Session, id: &RemediationId) -> Result<RemediationDetail, Failure> {
    session.connection.call(&GetRemediation { tenant: session.tenant.clone(), id: id.clone() }).await
}

/// Progress goes to standard error, so that standard output holds the result alone.
fn say(session: &Session, detail: &RemediationDetail, look: Look) {
    let glyph = crate::look::words::state_glyph(detail.row.state, look.charset);
    let note = detail.timeline.last().map(|moment| safe(moment.note.as_str())).unwrap_or_default();
    let line = format!("{glyph} {} {} {note}", detail.row.id, detail.row.state);
    if session.printer.is_json() {
        eprintln!("{}", line.trim_end());
    } else {
        // A reader that went away does not end the remediation.
        let _ = session.printer.line(line.trim_end());
    }
}

fn end_exit(state: RemediationState) -> Exit {
    match state {
        RemediationState::Verified | RemediationState::RolledBack => Exit::Done,
        RemediationState::Partial => Exit::Partial,
        _ => Exit::Found,
    }
}

#[cfg(test)]
mod tests {
    use super::{end_exit, scan_exit};
    use crate::cli::exit::Exit;
    use std::collections::BTreeMap;
    use trueconfig_common::interface::scan::ScanSummary;
    use trueconfig_common::remediation::RemediationState;
    use trueconfig_common::verdict::Verdict;

    fn summary(failing: usize, unreadable: &[(&str, &str)]) -> ScanSummary {
        let text = |(name, why): &(&str, &str)| ((*name).to_owned(), (*why).to_owned());
        ScanSummary {
            snapshot: "s".into(),
            requests: 1,
            objects: BTreeMap::new(),
            seconds: BTreeMap::new(),
            unreadable: unreadable.iter().map(text).collect(),
            verdicts: BTreeMap::from([(Verdict::Fail, failing)]),
            score: None,
        }
    }

    #[test]
    fn a_scan_ends_by_what_it_found() {
        assert_eq!(scan_exit(&summary(0, &[])), Exit::Done);
        assert_eq!(scan_exit(&summary(2, &[])), Exit::Found);
        assert_eq!(scan_exit(&summary(0, &[("users", "403")])), Exit::Partial);
        assert_eq!(scan_exit(&summary(2, &[("users", "403")])), Exit::Found);
    }

    #[test]
    fn only_verified_and_rolled_back_are_done() {
        let done: Vec<_> =
            RemediationState::ALL.into_iter().filter(|state| end_exit(*state) == Exit::Done).collect();
        assert_eq!(done, [RemediationState::Verified, RemediationState::RolledBack]);
        assert_eq!(end_exit(RemediationState::Partial), Exit::Partial);
    }
}
