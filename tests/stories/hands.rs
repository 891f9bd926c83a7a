//! A person's hands and eyes: keys with pauses where a person makes them, and waiting for what is seen.

use trueconfig_common::interface::scan::StartScan;
use trueconfig_common::interface::settings::{RecordBreakGlassTest, SetMode, SetRemediation};
use trueconfig_common::mode::Mode;
use trueconfig_tests::support::{Daemon, Stage, Terminal, binaries};

pub const TAB: &str = "\t";
pub const ENTER: &str = "\r";
pub const ESCAPE: &str = "\u{1b}";
pub const DOWN: &str = "j";

/// Most fields of a dialog, links of a detail, and pages of a document stepped through.
const STEPS: usize = 60;

/// A daemon on that stage.
pub async fn stage(stage: Stage) -> Daemon {
    stage.start().await
}

/// The same, as an operator begins: a break-glass test, remediation on, everything in manual mode, plans made.
pub async fn ready(stage: Stage) -> Daemon {
    let daemon = stage.start().await;
    let mut client = daemon.client().await;
    let (tenant, reason) = (String::new, "story".to_owned());
    let test = RecordBreakGlassTest { tenant: tenant(), note: "tested".into() };
    client.call(test).await.expect("a test is recorded");
    let on = SetRemediation { tenant: tenant(), enabled: true, reason: reason.clone() };
    client.call(on).await.expect("remediation is on");
    let manual = SetMode { tenant: tenant(), control: None, mode: Some(Mode::Manual), reason };
    client.call(manual).await.expect("manual mode");
    let mut scan = client.stream(StartScan { tenant: tenant() }).await.expect("a scan");
    while let Some(progress) = scan.next().await {
        progress.expect("a scan that succeeds");
    }
    daemon
}

/// A client in a terminal of 80×24.
pub struct Hands(Terminal);

impl Hands {
    /// Starts the client.
    pub fn on(daemon: &Daemon) -> Self {
        let mut hands = Self(Terminal::start(&binaries().trueconfig, &daemon.socket(), 24, 80));
        hands.sees("╭ Controls");
        hands
    }

    /// A client that somebody else started.
    pub fn of(terminal: Terminal) -> Self {
        Self(terminal)
    }

    pub fn keys(&mut self, keys: &str) {
        self.0.keys(keys);
    }

    /// Single keys, each taken in before the next.
    pub fn press(&mut self, keys: &[&str]) {
        for key in keys {
            self.keys(key);
            self.moment();
        }
    }

    pub fn sees(&mut self, wanted: &str) -> String {
        self.0.sees(wanted)
    }

    pub fn sees_that(&mut self, what: &str, wanted: impl Fn(&str) -> bool) -> String {
        self.0.sees_that(what, wanted)
    }

    pub fn sees_no(&mut self, unwanted: &str) {
        self.sees_that(&format!("no {unwanted}"), |text| !text.contains(unwanted));
    }

    /// Some looks at the screen, longer together than the client's quiet time.
    pub fn moment(&mut self) {
        let looks = std::cell::Cell::new(0);
        self.sees_that("a moment", |_| looks.replace(looks.get() + 1) > 5);
    }

    /// Opens a control by its id.
    pub fn open_control(&mut self, id: &str) {
        self.keys(&format!(":{id}"));
        self.press(&[ENTER]);
        self.sees(&format!("Controls › {id}"));
        self.sees("The issue");
    }

    /// Opens the plan that waits for a control.
    pub fn open_plan(&mut self, control: &str) {
        self.keys("3");
        self.sees("╭ Approvals");
        // Ids begin alike: PA-01 is not PA-01-L2.
        self.keys(&format!(":approvals control:{control} !control:{control}-"));
        self.press(&[ENTER]);
        let others = |text: &str| text.matches("pending_approval").count();
        self.sees_that(control, |text| text.contains(control) && others(text) == 1);
        self.press(&[ENTER]);
        self.sees("waits for an approver");
    }

    /// Goes from field to field until a button has the focus.
    pub fn reach_button(&mut self, label: &str) {
        let wanted = format!("> [ {label} ]");
        for _ in 0..STEPS {
            self.press(&[TAB]);
            if self.0.text().contains(&wanted) {
                return;
            }
        }
        panic!("{wanted} does not get the focus:\n{}", self.0.text());
    }

    /// Presses enter as a person does, a moment after the last key; once more where a crowded machine handed the
    /// client both together.
    pub fn confirm(&mut self, done: &str) {
        const TOO_FAST: &str = "too fast to be typed by hand";
        let mut seen = String::from(TOO_FAST);
        while seen.contains(TOO_FAST) && !seen.contains(done) {
            self.moment();
            self.keys(ENTER);
            self.moment();
            seen = self.sees_that(done, |text| text.contains(TOO_FAST) || text.contains(done));
        }
    }

    /// Selects the line that leads to something.
    pub fn step_to(&mut self, line: &str) {
        for _ in 0..STEPS {
            self.press(&["n"]);
            if self.0.reversed().contains(line) {
                return;
            }
        }
        panic!("{line} is not selected:\n{}", self.0.text());
    }

    /// Reads a document from its top until something is seen.
    pub fn find(&mut self, wanted: &str) {
        self.press(&["g"]);
        for _ in 0..STEPS {
            if self.0.text().contains(wanted) {
                return;
            }
            self.press(&[" "]);
        }
        panic!("{wanted} is not in the document:\n{}", self.0.text());
    }

    /// Leaves from wherever it is.
    pub fn leave(&mut self) {
        self.press(&["q", "q"]);
        assert_eq!(self.0.left(), 0);
    }
}
