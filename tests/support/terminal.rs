//! The client in a pseudo terminal: keys are typed, the screen is read as a person reads it.

use super::eventually_blocking;
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::io::{Read, Write};
use std::path::Path;
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// Longest wait for something to be seen.
const PATIENCE: Duration = Duration::from_secs(60);

/// Bytes read from the terminal at once.
const READ_SIZE: usize = 8 * 1024;

/// A terminal with a client in it. Dropped, the client is killed.
pub struct Terminal {
    screen: vt100::Parser,
    output: Receiver<Vec<u8>>,
    input: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    _master: Box<dyn MasterPty + Send>,
}

impl Terminal {
    /// Starts the client on a socket, in a window of 80×24 or any other size.
    ///
    /// # Panics
    /// If there is no pseudo terminal, or the client cannot be started.
    pub fn start(client: &Path, socket: &Path, rows: u16, cols: u16) -> Self {
        let mut command = Command::new(client);
        command.arg("--socket").arg(socket);
        Self::running(&command, rows, cols)
    }

    /// Starts any command in a window, such as a login that starts the client.
    ///
    /// # Panics
    /// As [`Terminal::start`].
    pub fn running(command: &Command, rows: u16, cols: u16) -> Self {
        let size = PtySize { rows, cols, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a pseudo terminal");
        let arguments = std::iter::once(command.get_program()).chain(command.get_args());
        let mut command = CommandBuilder::from_argv(arguments.map(ToOwned::to_owned).collect());
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        let child = pair.slave.spawn_command(command).expect("the client starts");
        let mut reader = pair.master.try_clone_reader().expect("a terminal can be read");
        let input = pair.master.take_writer().expect("a terminal can be written");
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let mut bytes = [0; READ_SIZE];
            while let Ok(count @ 1..) = reader.read(&mut bytes) {
                if sender.send(bytes[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        let screen = vt100::Parser::new(rows, cols, 0);
        Self { screen, output, input, child, _master: pair.master }
    }

    /// Types.
    ///
    /// # Panics
    /// If the client is gone.
    pub fn keys(&mut self, keys: &str) {
        self.input.write_all(keys.as_bytes()).and_then(|()| self.input.flush()).expect("keys can be typed");
    }

    /// What the screen shows now.
    pub fn text(&mut self) -> String {
        while let Ok(bytes) = self.output.try_recv() {
            self.screen.process(&bytes);
        }
        self.screen.screen().contents()
    }

    /// What stands on it in reverse: the selected row or line.
    pub fn reversed(&mut self) -> String {
        self.text();
        let screen = self.screen.screen();
        let (rows, columns) = screen.size();
        let cells = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
        let cells = cells.filter_map(|(row, column)| screen.cell(row, column));
        cells.filter(|cell| cell.inverse()).map(vt100::Cell::contents).collect()
    }

    /// Waits until the screen shows something, and gives the whole screen.
    ///
    /// # Panics
    /// With the screen as it is, if it does not come.
    pub fn sees(&mut self, wanted: &str) -> String {
        self.sees_that(wanted, |text| text.contains(wanted))
    }

    /// Waits until the screen is as wanted.
    ///
    /// # Panics
    /// As [`Terminal::sees`].
    pub fn sees_that(&mut self, what: &str, wanted: impl Fn(&str) -> bool) -> String {
        let mut last = String::new();
        let seen = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            eventually_blocking(what, PATIENCE, || {
                last = self.text();
                wanted(&last).then(|| last.clone())
            })
        }));
        seen.unwrap_or_else(|_| panic!("{what:?} was not seen; the screen is\n{last}"))
    }

    /// Waits until the client has left, and gives its exit code.
    ///
    /// # Panics
    /// If it does not leave.
    pub fn left(&mut self) -> u32 {
        eventually_blocking("the client to leave", PATIENCE, || {
            self.child.try_wait().expect("a child can be asked")
        })
        .exit_code()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}
