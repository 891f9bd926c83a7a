//! The terminal, taken over and given back: on every way out it is as it was before.

use crossterm::clipboard::CopyToClipboard;
use crossterm::cursor::{MoveTo, Show};
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::execute;
use crossterm::terminal::{
    Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use nix::sys::signal::{Signal, raise};
use ratatui::Frame;
use ratatui::backend::CrosstermBackend;
use ratatui::layout::{Position, Rect};
use std::cell::Cell;
use std::io::{self, BufWriter, IsTerminal, Stdout, stdout};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, Once, PoisonError};

/// Bytes gathered before they are written: one frame is one write in nearly all cases.
const FRAME_BUFFER: usize = 64 * 1024;

/// Exit code after a panic, as the runtime gives it.
const PANICKED: i32 = 101;

/// Whether the terminal is ours now; the panic hook asks from any thread.
static OURS: AtomicBool = AtomicBool::new(false);

/// Held while a frame is written: what a panicking task gives back must not be drawn upon afterwards.
static FRAME: Mutex<()> = Mutex::new(());

thread_local! {
    /// Whether this very thread is drawing, and so holds [`FRAME`].
    static DRAWING: Cell<bool> = const { Cell::new(false) };
}

type Backend = CrosstermBackend<BufWriter<Stdout>>;

/// The terminal while it is ours. Dropping it gives it back.
pub struct Screen {
    terminal: ratatui::Terminal<Backend>,
}

impl Screen {
    /// Takes the terminal over.
    ///
    /// # Errors
    /// There is no terminal, or it refuses.
    pub fn enter() -> io::Result<Self> {
        if !stdout().is_terminal() || !io::stdin().is_terminal() {
            return Err(io::Error::other("standard input or output is none"));
        }
        restore_on_panic();
        take_over()?;
        let backend = CrosstermBackend::new(BufWriter::with_capacity(FRAME_BUFFER, stdout()));
        let terminal = ratatui::Terminal::new(backend).inspect_err(|_| give_back())?;
        Ok(Self { terminal })
    }

    /// Columns and rows.
    ///
    /// # Errors
    /// The terminal does not say.
    pub fn size(&self) -> io::Result<(u16, u16)> {
        let size = self.terminal.size()?;
        Ok((size.width, size.height))
    }

    /// Draws a frame; only what differs is sent.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn draw(&mut self, view: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        let _frame = FRAME.lock().unwrap_or_else(PoisonError::into_inner);
        if !OURS.load(Ordering::SeqCst) {
            return Ok(());
        }
        DRAWING.set(true);
        let drawn = self.terminal.draw(view).map(|_| ());
        DRAWING.set(false);
        drawn
    }

    /// Copies to the clipboard of the terminal, which may be on another machine (OSC 52).
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn copy(&mut self, text: String) -> io::Result<()> {
        execute!(stdout(), CopyToClipboard::to_clipboard_from(text))
    }

    /// Forgets what is on the screen, so that all of it is drawn again.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn repaint(&mut self) -> io::Result<()> {
        // `Terminal::clear` asks the terminal for its cursor and waits for an answer, which over a
        // slow line, or from a terminal that keeps silent, never comes. Resizing does not ask.
        let size = self.terminal.size()?;
        self.terminal.resize(Rect::from((Position::ORIGIN, size)))
    }

    /// Stops until the shell continues us.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn suspend(&mut self) -> io::Result<()> {
        give_back();
        raise(Signal::SIGTSTP)?;
        take_over()?;
        self.repaint()
    }

    /// Gives the terminal back.
    pub fn leave(&mut self) {
        give_back();
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

fn take_over() -> io::Result<()> {
    OURS.store(true, Ordering::SeqCst);
    enable_raw_mode().inspect_err(|_| give_back())?;
    execute!(stdout(), EnterAlternateScreen, EnableBracketedPaste).inspect_err(|_| give_back())
}

/// Gives the terminal back if it is ours. What fails here cannot be helped: it may be gone.
fn give_back() {
    if !OURS.swap(false, Ordering::SeqCst) {
        return;
    }
    let frame = (!DRAWING.get()).then(|| FRAME.lock().unwrap_or_else(PoisonError::into_inner));
    // A terminal that grew meanwhile may move rows of this screen to the one below it (tmux 3.3 does), so none stay.
    let _ = execute!(stdout(), DisableBracketedPaste, MoveTo(0, 0), Clear(ClearType::All));
    let _ = execute!(stdout(), LeaveAlternateScreen, Show);
    let _ = disable_raw_mode();
    drop(frame);
}

fn restore_on_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            give_back();
            before(panic);
            // A task that panicked would leave screens behind that no longer tell the truth.
            std::process::exit(PANICKED);
        }));
    });
}
