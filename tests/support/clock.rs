//! A daemon's time of day, set forward by a test: what happens after days is seen in seconds.

use super::Stage;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// Where Debian puts the library that answers for the clock.
const FAKETIME: &str = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";

/// The time of day of one daemon; what runs by itself, such as timers, is left alone.
pub struct Clock(TempDir);

impl Clock {
    /// The true time, for now.
    ///
    /// # Panics
    /// If the library is not installed.
    pub fn right() -> Self {
        assert!(Path::new(FAKETIME).exists(), "the Debian package faketime is not installed");
        let clock = Self(TempDir::with_prefix("trueconfig-clock-").expect("a temporary folder"));
        clock.forward("0");
        clock
    }

    /// Forward by so much from the true time, such as `8d`.
    ///
    /// # Panics
    /// If the temporary folder is gone.
    pub fn forward(&self, by: &str) {
        // Put in place at once, for the daemon reads it at every look at the clock.
        let (new, file) = (self.0.path().join("new"), self.0.path().join("offset"));
        fs::write(&new, format!("+{by}\n")).expect("the offset can be written");
        fs::rename(new, file).expect("the offset can be put in place");
    }

    /// Has the daemon on that stage ask this clock.
    ///
    /// # Panics
    /// If the temporary folder has a name that is no text.
    #[must_use]
    pub fn on(&self, stage: Stage) -> Stage {
        let offset = self.0.path().join("offset");
        stage
            .with_environment("LD_PRELOAD", FAKETIME)
            .with_environment("FAKETIME_TIMESTAMP_FILE", offset.to_str().expect("a plain path"))
            .with_environment("FAKETIME_NO_CACHE", "1")
            .with_environment("FAKETIME_DONT_FAKE_MONOTONIC", "1")
    }
}
