//! The journal as somebody else reads it: lines of JSON, nothing of the product.
//!
//! It follows what is durable, which may shrink: after a failed sync the writer takes back what it was not told
//! about. Everything a judge needs is worked out anew from the records.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// A record and where its line ends.
#[derive(Clone, Debug)]
struct Line {
    end: usize,
    json: Vec<u8>,
    record: Value,
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    lines: Vec<Line>,
}

/// One remediation as its records tell it.
#[derive(Clone, Debug, Default)]
pub struct Case {
    pub plan: Value,
    pub digest: String,
    /// The last state its records lead to.
    pub state: &'static str,
    /// The digest that was approved and not taken back.
    pub approved: Option<String>,
    /// Uids of the people who agreed to it and did not take it back.
    pub agreed: BTreeSet<u64>,
    /// The windows of those approvals: from, until before.
    pub windows: Vec<(String, String)>,
    pub expires: Option<String>,
    /// Position of the record that began its rollback.
    pub rollback_began: u64,
    /// The write that is open, if one is.
    pub intent: Option<Value>,
    /// Writes begun so far, by client request id.
    pub intents: BTreeMap<String, Value>,
    /// Whether remediation was on when the open write was intended, and since when it is off.
    pub on_when_intended: bool,
    pub off_when_intended: u64,
}

/// Everything a judge asks of a journal.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    pub cases: BTreeMap<String, Case>,
    pub on: bool,
    pub switched_off: u64,
    /// What contradicts the rules, found while reading.
    pub faults: Vec<String>,
}

impl Ledger {
    /// Reads on in what is durable now.
    ///
    /// # Panics
    /// If a line is not what the format says, or the chain is broken.
    pub fn follow(&mut self, durable: &[u8]) {
        while self.lines.last().is_some_and(|last| !ends_here(durable, last)) {
            self.lines.pop();
        }
        let mut at = self.lines.last().map_or(0, |last| last.end);
        while let Some(length) = durable[at..].iter().position(|byte| *byte == b'\n') {
            let line = &durable[at..at + length];
            if line.contains(&0) {
                break;
            }
            at += length + 1;
            let json = line.splitn(3, |byte| *byte == b' ').nth(2).expect("LENGTH CRC32C JSON").to_vec();
            let record: Value = serde_json::from_slice(&json).expect("a record is JSON");
            let before = self.lines.last().map_or_else(|| "0".repeat(64), |last| hash(&last.json));
            assert_eq!(record["prev"], before.as_str(), "the chain is broken at record {}", record["seq"]);
            assert_eq!(record["seq"], self.lines.len() as u64 + 1, "records have gaps");
            self.lines.push(Line { end: at, json, record });
        }
    }

    pub fn records(&self) -> impl Iterator<Item = &Value> {
        self.lines.iter().map(|line| &line.record)
    }

    /// The records as they are hashed.
    pub fn texts(&self) -> Vec<String> {
        self.lines.iter().map(|line| String::from_utf8_lossy(&line.json).into_owned()).collect()
    }

    /// What the records say.
    pub fn read(&self) -> Reading {
        let mut reading = Reading::default();
        self.records().for_each(|record| reading.take(record));
        reading
    }
}

fn ends_here(durable: &[u8], line: &Line) -> bool {
    let start = (line.end - 1).checked_sub(line.json.len());
    start.and_then(|start| durable.get(start..line.end - 1)) == Some(&line.json[..])
}

fn hash(json: &[u8]) -> String {
    Sha256::digest(json).iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Reading {
    fn take(&mut self, record: &Value) {
        let (kind, body) = (record["kind"].as_str().unwrap_or_default(), &record["body"]);
        let seq = record["seq"].as_u64().unwrap_or_default();
        match kind {
            "remediation_switched" => self.switch(seq, body["auto_remediation_enabled"] == true),
            "kill_switch_pulled" => self.switch(seq, false),
            "kill_switch_released" => self.switch(seq, true),
            _ => {}
        }
        let Some(id) = body["id"].as_str() else { return };
        let (on, off) = (self.on, self.switched_off);
        let case = self.cases.entry(id.to_owned()).or_default();
        if let Some(fault) = case.take(kind, seq, record, (on, off)) {
            self.faults.push(format!("record {seq}, {id}: {fault}"));
        }
        let running: Vec<&String> =
            self.cases.iter().filter(|(_, one)| one.is_writing()).map(|(id, _)| id).collect();
        if running.len() > 1 {
            self.faults.push(format!("record {seq}: {running:?} are under way together"));
        }
    }

    fn switch(&mut self, seq: u64, on: bool) {
        self.on = on;
        if !on {
            self.switched_off = seq;
        }
    }
}

impl Case {
    pub fn is_writing(&self) -> bool {
        matches!(self.state, "executing" | "rolling_back")
    }

    /// Whether it is to go on by itself.
    pub fn is_moving(&self) -> bool {
        let waits = self.state == "approved" && !self.windows.is_empty();
        !waits && (self.is_writing() || matches!(self.state, "approved" | "due" | "executed" | "verifying"))
    }

    /// The kind of one of its changes.
    pub fn change_kind(&self, step: &Value) -> String {
        let step = step.as_u64().unwrap_or_default() as usize;
        self.plan["changes"][step]["change"]["type"].as_str().unwrap_or("?").to_owned()
    }

    /// People who must agree: two where many sign-ins or the administrators' are at stake.
    fn people(&self) -> usize {
        let changes = self.plan["changes"].as_array().map(Vec::as_slice).unwrap_or_default();
        let radius = changes.iter().filter_map(|change| change["blast_radius"].as_u64()).max();
        if radius.is_none_or(|radius| radius >= 4) { 2 } else { 1 }
    }

    fn agree(&mut self, record: &Value) -> Option<String> {
        let (who, window) = (&record["actor"]["uid"], &record["body"]["window"]);
        if let (Some(from), Some(until)) = (window["from"].as_str(), window["until"].as_str()) {
            self.windows.push((from.to_owned(), until.to_owned()));
        }
        let again = who.as_u64().is_some_and(|uid| !self.agreed.insert(uid));
        again.then(|| format!("{who} approved twice"))
    }

    /// A write towards the baseline at a time that one of the approvals does not allow.
    fn outside(&self, record: &Value) -> Option<String> {
        let at = moment(record["time"].as_str()?);
        let closed = |(from, until): &&(String, String)| at < moment(from) || at >= moment(until);
        let closed = self.windows.iter().find(closed).filter(|_| record["body"]["direction"] == "forward")?;
        Some(format!("a write was intended outside the window {closed:?}"))
    }

    fn take(&mut self, kind: &str, seq: u64, record: &Value, (on, off): (bool, u64)) -> Option<String> {
        let body = &record["body"];
        let text = |name: &str| body[name].as_str().map(str::to_owned);
        match kind {
            "remediation_planned" => {
                self.plan = body["plan"].clone();
                self.digest = text("digest")?;
                self.state = "planned";
            }
            "approval_requested" => {
                self.expires = text("expires_at");
                (self.state, self.approved) = ("pending", None);
            }
            "approval_withdrawn" => {
                (self.state, self.approved) = ("pending", None);
                self.windows.clear();
                self.agreed.clear();
            }
            "approval_given" => return self.agree(record),
            "remediation_approved" => {
                let fault = self.agree(record);
                let enough = body["assent"]["by"] == "automatic" || self.agreed.len() >= self.people();
                if fault.is_some() || !enough {
                    return fault.or_else(|| Some(format!("approved by {:?} only", self.agreed)));
                }
                (self.state, self.approved) = ("approved", text("digest"));
                return (self.approved.as_ref() != Some(&self.digest))
                    .then(|| "another plan was approved".to_owned());
            }
            "window_opened" => {
                let was = std::mem::replace(&mut self.state, "due");
                return (was != "approved").then(|| format!("a window opened for what is {was}"));
            }
            "execution_started" => {
                let was = std::mem::replace(&mut self.state, "executing");
                let due = was == "due" || was == "approved" && self.windows.is_empty();
                return (!due).then(|| format!("execution began from {was}"));
            }
            "write_intended" => {
                let id = text("client_request_id")?;
                self.intent = Some(body.clone());
                if let Some(fault) = self.outside(record) {
                    return Some(fault);
                }
                (self.on_when_intended, self.off_when_intended) = (on, off);
                let again = self.intents.insert(id, body.clone()).is_some();
                return again.then(|| "a client request id was used twice".to_owned());
            }
            "write_done" | "write_refused" | "write_unknown" => self.intent = None,
            "write_resolved" => self.intent = None,
            "execution_finished" => {
                self.state = match body["outcome"].as_str()? {
                    "executed" => "executed",
                    _ => "ended",
                }
            }
            "verification_started" => self.state = "verifying",
            "verification_passed" | "verification_failed" => self.state = "ended",
            "rollback_started" => (self.state, self.rollback_began) = ("rolling_back", seq),
            "rollback_finished" => {
                self.state = if body["outcome"] == "rolled_back" { "rolled_back" } else { "ended" };
            }
            "remediation_rejected"
            | "remediation_expired"
            | "remediation_cancelled"
            | "remediation_superseded"
            | "remediation_blocked" => self.state = "ended",
            _ => {}
        }
        None
    }
}

fn moment(text: &str) -> DateTime<Utc> {
    text.parse().expect("a time")
}
