//! Notices when the terminal goes away. The event library reads on at the end of its input without
//! ever saying so, hence a thread of its own waits for the hang-up, without waking up before.

use crate::app::event::Event;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::io::stdin;
use std::os::fd::AsFd;
use tokio::sync::mpsc;

/// Tells once when standard input is gone.
pub fn watch(events: mpsc::Sender<Event>) {
    // Where no thread can be made, SIGHUP still tells.
    let _ = std::thread::Builder::new().name("hangup".to_owned()).spawn(move || {
        wait();
        let _ = events.blocking_send(Event::Hangup);
    });
}

fn wait() {
    let stdin = stdin();
    loop {
        // No events asked for: only hang-up and errors are reported.
        let mut watched = [PollFd::new(stdin.as_fd(), PollFlags::empty())];
        match poll(&mut watched, PollTimeout::NONE) {
            Err(Errno::EINTR) => {}
            _ => return,
        }
    }
}
