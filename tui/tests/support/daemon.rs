//! A daemon that answers with a small fixed tenant. It speaks to a real client over a real socket,
//! so that the client can be shown without the product behind it.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;
use trueconfig_common::control::Severity;
use trueconfig_common::id::ControlId;
use trueconfig_common::interface::Page;
use trueconfig_common::interface::audit::AuditRecord;
use trueconfig_common::interface::controls::ControlRow;
use trueconfig_common::interface::drift::DriftRow;
use trueconfig_common::interface::status::{JournalPosition, Status, You};
use trueconfig_common::interface::subscribe::{Notice, Topic};
use trueconfig_common::mode::{BlastRadius, Mode};
use trueconfig_common::remediation::Actor;
use trueconfig_common::role::Role;
use trueconfig_common::varlink::service::Info;
use trueconfig_common::verdict::Verdict;

/// How much there is to tell, and by whom.
#[derive(Clone, Copy, Debug, Default)]
pub struct Load {
    /// The daemon has another version and another revision of the interface.
    pub foreign: bool,
    /// Drifts.
    pub drifts: u64,
    /// Records of the journal.
    pub records: u64,
}

/// A running stand-in.
pub struct FakeDaemon {
    socket: PathBuf,
    open: Arc<Mutex<Vec<UnixStream>>>,
    listener: UnixListener,
    calls: Arc<Mutex<Vec<String>>>,
}

impl FakeDaemon {
    /// Listens at a path.
    pub fn listen(socket: &Path) -> Self {
        Self::listen_with(socket, Load::default())
    }

    /// The same, with so much to tell.
    pub fn listen_with(socket: &Path, load: Load) -> Self {
        let _ = std::fs::remove_file(socket);
        let listener = UnixListener::bind(socket).expect("the socket's folder is ours");
        let daemon = Self {
            socket: socket.to_owned(),
            open: Arc::default(),
            listener: listener.try_clone().expect("a second handle"),
            calls: Arc::default(),
        };
        let (open, calls) = (daemon.open.clone(), daemon.calls.clone());
        thread::spawn(move || {
            while let Ok((stream, _)) = listener.accept() {
                open.lock().expect("no panic").push(stream.try_clone().expect("a second handle"));
                let calls = calls.clone();
                thread::spawn(move || serve(&stream, &calls, load));
            }
        });
        daemon
    }

    /// The methods called so far.
    pub fn calls(&self) -> Vec<String> {
        self.calls.lock().expect("no panic").clone()
    }

    /// Goes away: closes every connection and the socket.
    pub fn stop(self) {
        let _ = std::fs::remove_file(&self.socket);
        // A listening socket is woken from its accept by shutting it down.
        let _ = nix::sys::socket::shutdown(
            std::os::fd::AsRawFd::as_raw_fd(&self.listener),
            nix::sys::socket::Shutdown::Both,
        );
        for stream in self.open.lock().expect("no panic").drain(..) {
            let _ = stream.shutdown(std::net::Shutdown::Both);
        }
    }
}

fn serve(stream: &UnixStream, calls: &Mutex<Vec<String>>, load: Load) {
    let mut reader = BufReader::new(stream.try_clone().expect("a second handle"));
    let mut frame = Vec::new();
    while reader.read_until(0, &mut frame).is_ok_and(|read| read > 0) {
        frame.pop();
        let call: Value = serde_json::from_slice(&frame).expect("a call");
        frame.clear();
        let method =
            call["method"].as_str().expect("a method").rsplit('.').next().unwrap_or_default().to_owned();
        let continues = method == "Subscribe";
        let reply = json!({"parameters": answer(&method, &call["parameters"], load), "continues": continues});
        calls.lock().expect("no panic").push(method);
        let mut bytes = serde_json::to_vec(&reply).expect("JSON");
        bytes.push(0);
        if (&*stream).write_all(&bytes).is_err() {
            return;
        }
    }
}

fn answer(method: &str, parameters: &Value, load: Load) -> Value {
    let page = |rows: u64, row: &dyn Fn(u64) -> Value| page(rows, &parameters["query"], row);
    match method {
        "GetInfo" if load.foreign => json!(Info { version: "9.9.9".into(), ..Info::of_daemon() }),
        "GetInfo" => json!(Info::of_daemon()),
        "GetInterfaceDescription" => json!({"description": "interface io.trueconfig.v1"}),
        "GetStatus" => json!(status()),
        "Subscribe" => json!(Notice { status: status(), changed: Topic::ALL.to_vec() }),
        "ListControls" => json!(Page { rows: vec![control()], total: Some(1), next: None }),
        "ListRemediations" => json!({"rows": [], "total": 0, "next": null}),
        "ListAudit" => page(load.records, &record),
        "ListDrift" => page(load.drifts, &drift),
        other => panic!("the stand-in does not know {other}"),
    }
}

/// Rows from the cursor on, the newest first.
fn page(rows: u64, query: &Value, row: &dyn Fn(u64) -> Value) -> Value {
    let from = query["cursor"].as_str().map_or(rows, |cursor| cursor.parse().expect("a cursor of ours"));
    let limit = query["limit"].as_u64().filter(|limit| *limit > 0).unwrap_or(500);
    let end = from.saturating_sub(limit);
    let page: Vec<Value> = (end..from).rev().map(|index| row(index + 1)).collect();
    json!({"rows": page, "total": rows, "next": (end > 0).then(|| end.to_string())})
}

fn record(seq: u64) -> Value {
    json!(AuditRecord {
        seq,
        time: at(),
        actor: Actor::system("scanner"),
        kind: "verdict_changed".into(),
        summary: format!("PA-01 is fail: {} permanent Global Administrators", seq % 7),
        body: json!({"control": "PA-01", "from": "pass", "to": "fail"}),
        prev: format!("{seq:064x}"),
    })
}

fn drift(seq: u64) -> Value {
    json!(DriftRow {
        seq,
        at: at(),
        control: ControlId::new("PA-01"),
        title: "Limit permanent Global Administrators".into(),
        from: Verdict::Pass,
        to: Verdict::Fail,
        reason: format!("{} permanent Global Administrators, at most 3 are allowed", seq % 900),
        actor: format!("person-{}@contoso.com", seq % 1_000),
        movers: Vec::new(),
        acknowledged: None,
    })
}

fn at() -> DateTime<Utc> {
    "2026-11-24T12:03:00Z".parse().expect("a time")
}

fn status() -> Status {
    Status {
        version: "0".into(),
        tenant: "contoso".into(),
        test_tenant: true,
        solo: false,
        tenants: vec!["contoso".into()],
        you: You { uid: 0, name: "tester".into(), role: Role::Owner },
        score: Some(50.0),
        score_history: vec![50.0],
        verdicts: [(Verdict::Fail, 1)].into(),
        failing: [("critical".to_owned(), 1)].into(),
        pending: 0,
        attention: 0,
        auto_remediation_enabled: true,
        killed: None,
        default_mode: Mode::Manual,
        emergency_access_verified: None,
        last_scan: None,
        next_scan: None,
        scan: None,
        warnings: Vec::new(),
        journal: JournalPosition::default(),
    }
}

fn control() -> ControlRow {
    ControlRow {
        id: ControlId::new("PA-01"),
        title: "Limit permanent Global Administrators".into(),
        category: "Privileged access".into(),
        severity: Severity::Critical,
        level: 1,
        verdict: Some(Verdict::Fail),
        reason: "5 permanent Global Administrators".into(),
        mode: Mode::Manual,
        overridden: false,
        held: String::new(),
        blast_radius: BlastRadius::ADMINISTRATORS,
        failing_since: Some(at()),
        remediation: None,
        history: vec![Verdict::Fail],
    }
}
