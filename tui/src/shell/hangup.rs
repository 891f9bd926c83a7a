//! Notices when the terminal goes away. The event library reads on at the end of its input without
//! ever saying so, hence a thread of its own waits for the hang-up, without waking up before.

use crate::app::event::Event;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::io::stdin;
use std::os::fd::AsFd;
use std::time::Duration;
use tokio::sync::mpsc;

/// Time to leave in good order once the terminal is gone.
const GRACE: Duration = Duration::from_secs(5);

/// Tells once when standard input is gone, and ends the process if it does not leave then: whoever
/// asks the event library at that very moment is caught in its loop and hears nothing any more.
/// There is no terminal left to restore.
pub fn watch(events: mpsc::Sender<Event>) {
    // Where no thread can be made, SIGHUP still tells.
    let _ = std::thread::Builder::new().name("hangup".to_owned()).spawn(move || {
        wait();
        leave(&events, GRACE, || std::process::exit(0));
    });
}

/// Asks for leaving without waiting for room in the queue, and puts an end to it after `grace`.
fn leave(events: &mpsc::Sender<Event>, grace: Duration, end: impl FnOnce()) {
    let _ = events.try_send(Event::Hangup);
    std::thread::sleep(grace);
    end();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_that_hears_nothing_is_ended_all_the_same() {
        let (events, _nobody_reads) = mpsc::channel(1);
        events.try_send(Event::Tick).expect("there is room");
        let (sender, ended) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            leave(&events, Duration::from_millis(1), || sender.send(()).expect("the test waits"));
        });
        ended.recv_timeout(Duration::from_secs(10)).expect("the end came");
    }

    #[test]
    fn a_client_that_listens_is_asked_first() {
        let (events, mut heard) = mpsc::channel(1);
        leave(&events, Duration::ZERO, || assert!(matches!(heard.try_recv(), Ok(Event::Hangup))));
    }
}
