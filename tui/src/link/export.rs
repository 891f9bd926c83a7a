//! Exports: the whole journal, or the rows of a list as it is filtered, as JSON lines in a new file
//! that only its owner can read. Each runs on a connection of its own.

use super::{Answer, Call, Connection, Endpoint};
use crate::app::event::Event;
use serde::Serialize;
use std::io;
use std::path::{Path, PathBuf};
use tokio::fs::{File, OpenOptions};
use tokio::io::{AsyncWriteExt, BufWriter};
use tokio::sync::mpsc;
use trueconfig_common::interface::audit::ExportAudit;
use trueconfig_common::interface::{PAGE_LIMIT, Page};

/// Most rows of a list that are exported; the journal has no limit.
const ROW_LIMIT: u64 = 1_000_000;

/// What is exported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Export {
    /// The whole journal, as it is stored.
    Journal,
    /// What a list shows, all pages of it.
    Rows(Call),
}

/// Writes an export and tells how it ended.
pub async fn run(endpoint: Endpoint, path: PathBuf, what: Export, events: mpsc::Sender<Event>) {
    let outcome = write(&endpoint, &path, what).await.map(|lines| (path, lines));
    // Nobody listens any more only when the client leaves.
    let _ = events.send(Event::Exported(outcome)).await;
}

struct Output<'a> {
    path: &'a Path,
    file: BufWriter<File>,
    lines: u64,
}

impl Output<'_> {
    fn wrong(path: &Path) -> impl Fn(io::Error) -> String {
        move |error| format!("cannot write {}: {error}", path.display())
    }

    async fn line(&mut self, line: &str) -> Result<(), String> {
        let wrong = Self::wrong(self.path);
        self.file.write_all(line.as_bytes()).await.map_err(&wrong)?;
        self.file.write_all(b"\n").await.map_err(&wrong)?;
        self.lines += 1;
        Ok(())
    }

    async fn end(mut self) -> Result<u64, String> {
        let wrong = Self::wrong(self.path);
        self.file.flush().await.map_err(&wrong)?;
        self.file.into_inner().sync_all().await.map_err(&wrong)?;
        Ok(self.lines)
    }
}

async fn write(endpoint: &Endpoint, path: &Path, what: Export) -> Result<u64, String> {
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).await;
    let file = BufWriter::new(file.map_err(Output::wrong(path))?);
    let mut output = Output { path, file, lines: 0 };
    let mut connection = Connection::to(endpoint);
    match what {
        Export::Journal => journal(&mut connection, endpoint, &mut output).await?,
        Export::Rows(call) => rows(&mut connection, call, &mut output).await?,
    }
    output.end().await
}

async fn journal(
    connection: &mut Connection,
    endpoint: &Endpoint,
    output: &mut Output<'_>,
) -> Result<(), String> {
    let client = connection.client().await.map_err(|failure| failure.headline())?;
    let export = ExportAudit { tenant: endpoint.tenant.clone() };
    let mut pages = client.stream(export).await.map_err(|error| error.to_string())?;
    while let Some(page) = pages.next().await {
        let stopped = |error| format!("the export stopped after {} lines: {error}", output.lines);
        for line in page.map_err(stopped)?.lines {
            output.line(&line).await?;
        }
    }
    Ok(())
}

async fn rows(connection: &mut Connection, mut call: Call, output: &mut Output<'_>) -> Result<(), String> {
    let mut cursor = None;
    while output.lines < ROW_LIMIT {
        if let Some(query) = call.query_mut() {
            query.cursor = cursor;
            query.limit = PAGE_LIMIT;
        }
        let answer = call.perform(connection).await;
        let stopped = |why: String| format!("the export stopped after {} lines: {why}", output.lines);
        let (lines, next) = of_answer(answer.map_err(|failure| stopped(failure.headline()))?)?;
        for line in &lines {
            output.line(line).await?;
        }
        match next {
            Some(next) if !lines.is_empty() => cursor = Some(next),
            _ => return Ok(()),
        }
    }
    Err(format!("the export stopped after {ROW_LIMIT} lines: filter the list"))
}

type Lines = (Vec<String>, Option<String>);

fn of_answer(answer: Answer) -> Result<Lines, String> {
    match answer {
        Answer::Controls(page) => of_page(page),
        Answer::Remediations(page) => of_page(page),
        Answer::Audit(page) => of_page(page),
        Answer::Drift(page) => of_page(page),
        Answer::Settings(settings) => Ok((vec![json(&settings)?], None)),
        _ => Ok((Vec::new(), None)),
    }
}

fn of_page<R: Serialize>(page: Page<R>) -> Result<Lines, String> {
    let lines = page.rows.iter().map(json).collect::<Result<_, _>>()?;
    Ok((lines, page.next))
}

fn json(value: &impl Serialize) -> Result<String, String> {
    serde_json::to_string(value).map_err(|error| format!("cannot write this as JSON: {error}"))
}
