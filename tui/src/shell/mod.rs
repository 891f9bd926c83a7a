//! The shell around the update function: terminal, clock, signals, connections. It turns what
//! happens into events, and effects into deeds.

pub mod hangup;
pub mod terminal;

use crate::app::State;
use crate::app::event::{Effect, Event, Now, Ticket};
use crate::app::update::update;
use crate::link::{Call, Connection, Endpoint, Failure, export, tasks};
use crate::look::Look;
use crate::preferences::Preferences;
use crate::view;
use chrono::Utc;
use crossterm::event::{Event as Terminal, EventStream};
use futures_util::StreamExt;
use std::io;
use std::sync::Arc;
use std::time::Instant;
use terminal::Screen;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;

/// Events taken in before the next frame: a burst costs one frame, an endless one does not hide it.
const BURST_LIMIT: usize = 64;

/// Longest wait for the first rows before something is drawn without them.
const FIRST_FRAME_WAIT: std::time::Duration = std::time::Duration::from_millis(80);

/// Why the screens ended badly.
#[derive(Debug, thiserror::Error)]
pub enum ShellError {
    /// The terminal does not do what is needed.
    #[error("the terminal cannot be used: {0}; the verbs work without one, see trueconfig --help")]
    Terminal(#[from] io::Error),
    /// No daemon.
    #[error(transparent)]
    Link(#[from] Failure),
}

/// Opens the screens and stays until the person leaves.
///
/// # Errors
/// The daemon is not reachable at the start, or the terminal fails.
pub async fn run(endpoint: Endpoint, look: Look, preferences: Preferences) -> Result<(), ShellError> {
    // A daemon that is not there is told on the command line, not on a screen.
    Connection::to(&endpoint).client().await?;
    let mut shell = Shell::start(endpoint, look, preferences)?;
    let outcome = shell.live().await;
    shell.screen.leave();
    Ok(outcome?)
}

struct Shell {
    state: State,
    screen: Screen,
    began: Instant,
    endpoint: Endpoint,
    link: Links,
    sender: mpsc::Sender<Event>,
    events: mpsc::Receiver<Event>,
    input: EventStream,
    signals: [Signal; 3],
    leaving: bool,
    other_tenant: Option<String>,
}

/// The tasks that hold the connections for one tenant.
struct Links {
    calls: mpsc::Sender<(Ticket, Call)>,
    reconnect: Arc<Notify>,
    tasks: [JoinHandle<()>; 2],
}

impl Links {
    fn open(endpoint: &Endpoint, events: &mpsc::Sender<Event>) -> Self {
        let (calls, queue) = mpsc::channel(tasks::CALL_QUEUE);
        let reconnect = Arc::new(Notify::new());
        let tasks = [
            tokio::spawn(tasks::calls(endpoint.clone(), queue, events.clone())),
            tokio::spawn(tasks::changes(endpoint.clone(), reconnect.clone(), events.clone())),
        ];
        Self { calls, reconnect, tasks }
    }

    /// Ends both; afterwards nothing comes from them any more.
    async fn close(&mut self) {
        for task in &mut self.tasks {
            task.abort();
            // It was aborted, and says so.
            let _ = task.await;
        }
    }
}

impl Shell {
    fn start(endpoint: Endpoint, look: Look, preferences: Preferences) -> Result<Self, ShellError> {
        let began = Instant::now();
        let (sender, events) = mpsc::channel(tasks::EVENT_QUEUE);
        let link = Links::open(&endpoint, &sender);
        let signals = [
            signal(SignalKind::terminate())?,
            signal(SignalKind::hangup())?,
            signal(SignalKind::interrupt())?,
        ];
        let screen = Screen::enter()?;
        hangup::watch(sender.clone());
        let now = Now { wall: Utc::now(), elapsed: began.elapsed() };
        let mut state = State::new(preferences.keys, look, endpoint.tenant.clone(), now, screen.size()?);
        state.accents = preferences.accents;
        let input = EventStream::new();
        Ok(Self {
            state,
            screen,
            began,
            endpoint,
            link,
            sender,
            events,
            input,
            signals,
            leaving: false,
            other_tenant: None,
        })
    }

    async fn live(&mut self) -> io::Result<()> {
        // Asking begins at once; a resize to the present size changes nothing else.
        let (columns, rows) = self.state.size;
        self.take(Event::Resize(columns, rows))?;
        self.first_rows().await?;
        while !self.leaving {
            if self.state.dirty {
                self.screen.draw(|frame| view::draw(frame, &self.state))?;
                self.state.drawn(self.began.elapsed());
            }
            let event = self.next().await;
            self.take(event)?;
            for _ in 0..BURST_LIMIT {
                match self.events.try_recv() {
                    Ok(event) => self.take(event)?,
                    Err(_) => break,
                }
            }
            if let Some(tenant) = self.other_tenant.take() {
                self.switch(tenant).await?;
            }
        }
        Ok(())
    }

    /// Shows another tenant, from the beginning. What was asked about the first one is not waited for.
    async fn switch(&mut self, tenant: String) -> io::Result<()> {
        self.link.close().await;
        while let Ok(event) = self.events.try_recv() {
            self.leaving |= event == Event::Hangup;
        }
        self.endpoint.tenant.clone_from(&tenant);
        self.state.begin_anew(tenant);
        self.link = Links::open(&self.endpoint, &self.sender);
        let (columns, rows) = self.state.size;
        self.take(Event::Resize(columns, rows))
    }

    /// Waits a moment for the list, so that the first frame shows it.
    async fn first_rows(&mut self) -> io::Result<()> {
        let deadline = tokio::time::Instant::now() + FIRST_FRAME_WAIT;
        while self.state.controls.rows.is_empty() || self.state.status.is_none() {
            match tokio::time::timeout_at(deadline, self.events.recv()).await {
                Ok(Some(event)) => self.take(event)?,
                Ok(None) | Err(_) => break,
            }
        }
        Ok(())
    }

    async fn next(&mut self) -> Event {
        let tick = self.state.next_tick();
        let [terminate, hangup, interrupt] = &mut self.signals;
        tokio::select! {
            input = self.input.next() => from_terminal(input),
            event = self.events.recv() => event.unwrap_or(Event::Hangup),
            () = tokio::time::sleep(tick.unwrap_or_default()), if tick.is_some() => Event::Tick,
            _ = terminate.recv() => Event::Hangup,
            _ = hangup.recv() => Event::Hangup,
            _ = interrupt.recv() => Event::Hangup,
        }
    }

    fn take(&mut self, event: Event) -> io::Result<()> {
        #[cfg(debug_assertions)]
        panic_if_asked(&event);
        let now = Now { wall: Utc::now(), elapsed: self.began.elapsed() };
        for effect in update(&mut self.state, event, now) {
            self.perform(effect)?;
        }
        Ok(())
    }

    fn perform(&mut self, effect: Effect) -> io::Result<()> {
        match effect {
            Effect::Call(ticket, call) => {
                if self.link.calls.try_send((ticket, call)).is_err() {
                    let busy = Failure::Busy(tasks::CALL_QUEUE);
                    self.take(Event::Answer(ticket, Box::new(Err(busy))))?;
                }
            }
            Effect::Export(path, what) => {
                tokio::spawn(export::run(self.endpoint.clone(), path, what, self.sender.clone()));
            }
            Effect::Tenant(name) => self.other_tenant = Some(name),
            Effect::Copy(text) => self.screen.copy(text)?,
            Effect::Suspend => {
                self.screen.suspend()?;
                let (columns, rows) = self.screen.size()?;
                self.take(Event::Resize(columns, rows))?;
            }
            Effect::Repaint => {
                self.screen.repaint()?;
                self.state.dirty = true;
            }
            Effect::Reconnect => self.link.reconnect.notify_one(),
            Effect::Leave => self.leaving = true,
        }
        Ok(())
    }
}

/// Lets tests see what a panic does, here or in a task, at the first key. It is not in the release.
#[cfg(debug_assertions)]
fn panic_if_asked(event: &Event) {
    #[expect(clippy::panic, reason = "that is what it is for")]
    fn now() {
        panic!("a test asked for this");
    }
    match (event, std::env::var("TRUECONFIG_TEST_PANIC").as_deref()) {
        (Event::Key(_), Ok("drawing")) => now(),
        (Event::Key(_), Ok("task")) => drop(tokio::spawn(async { now() })),
        _ => {}
    }
}

/// The end of the terminal's events, or an error in them, means that nobody is there any more.
fn from_terminal(input: Option<io::Result<Terminal>>) -> Event {
    match input {
        Some(Ok(Terminal::Key(key))) => Event::Key(key),
        Some(Ok(Terminal::Paste(text))) => Event::Paste(text),
        Some(Ok(Terminal::Resize(columns, rows))) => Event::Resize(columns, rows),
        // Nothing changes, and nothing will be drawn.
        Some(Ok(Terminal::FocusGained | Terminal::FocusLost | Terminal::Mouse(_))) => Event::Quiet,
        Some(Err(_)) | None => Event::Hangup,
    }
}
