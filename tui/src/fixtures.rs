//! What a daemon would say about a small tenant, for tests.

use crate::app::State;
use crate::app::event::{Event, Now};
use crate::app::update::update;
use crate::keys::KeyTable;
use crate::look::{Charset, Look, Palette};
use chrono::{DateTime, TimeDelta, Utc};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;
use trueconfig_common::change::{ChangeView, GraphRequest, Method, Target};
use trueconfig_common::control::{Frameworks, Guidance, Licence, Severity};
use trueconfig_common::gate::{Gate, GateOutcome, GateResult};
use trueconfig_common::guard::{Counterexample, Guard, GuardResult};
use trueconfig_common::id::{ControlId, PlanDigest, RemediationId};
use trueconfig_common::interface::Page;
use trueconfig_common::interface::alerts::ChannelRow;
use trueconfig_common::interface::audit::AuditRecord;
use trueconfig_common::interface::controls::{ControlDetail, ControlRow, VerdictChange};
use trueconfig_common::interface::drift::{Acknowledged, DriftRow};
use trueconfig_common::interface::objects::{ObjectDetail, ObjectFinding, Relation};
use trueconfig_common::interface::settings::{BreakGlassTest, Override, Settings};
use trueconfig_common::interface::status::{JournalPosition, LastScan, Status, You};
use trueconfig_common::interface::subscribe::{Notice, Topic};
use trueconfig_common::mode::{BlastRadius, Mode, Reversibility};
use trueconfig_common::personal::Personal;
use trueconfig_common::remediation::{
    Act, Actor, Agreed, Agreement, CallRecord, Choice, RemediationDetail, RemediationRow, RemediationState,
    StepView, Transition,
};
use trueconfig_common::role::Role;
use trueconfig_common::verdict::{Evidence, Judgement, NearMiss, Verdict};
use trueconfig_common::window::{Tz, Window};

pub const DIGEST: &str = "3fa94c17b2d05e6688aa01cde4f7392b5c6d7e8f90123456789abcdef0123456";

pub fn noon() -> DateTime<Utc> {
    "2026-11-24T12:05:00Z".parse().expect("a time")
}

pub fn at(milliseconds: u64) -> Now {
    let span = TimeDelta::milliseconds(i64::try_from(milliseconds).expect("small"));
    Now { wall: noon() + span, elapsed: Duration::from_millis(milliseconds) }
}

pub fn look() -> Look {
    Look::new(Charset::Unicode, Palette::Mono)
}

/// A client that just began.
pub fn fresh(size: (u16, u16)) -> State {
    let keys = KeyTable::standard().expect("a sound table");
    State::new(keys, look(), String::new(), at(0), size)
}

/// A client that heard everything.
pub fn filled(size: (u16, u16)) -> State {
    let mut state = fresh(size);
    let notice = Notice { status: status(), changed: Topic::ALL.to_vec() };
    update(&mut state, Event::Notice(Box::new(notice)), at(1));
    state.waiting.clear();
    state.controls.take_page(page(controls()), false);
    state.approvals.take_page(page(vec![pending_row()]), false);
    state.history.take_page(page(vec![verified_row(), pending_row()]), false);
    state.audit.take_page(page(records()), false);
    state.drift.take_page(page(drifts()), false);
    crate::screens::settings::take(&mut state, settings());
    for stale in [
        &mut state.controls.stale,
        &mut state.approvals.stale,
        &mut state.history.stale,
        &mut state.audit.stale,
        &mut state.drift.stale,
        &mut state.settings.stale,
    ] {
        *stale = false;
    }
    state
}

pub fn page<T>(rows: Vec<T>) -> Page<T> {
    Page { total: Some(rows.len()), rows, next: None }
}

pub fn key(name: &str) -> Event {
    let code = match name {
        "enter" => KeyCode::Enter,
        "esc" => KeyCode::Esc,
        "tab" => KeyCode::Tab,
        "up" => KeyCode::Up,
        "down" => KeyCode::Down,
        "pgdn" => KeyCode::PageDown,
        single => KeyCode::Char(single.chars().next().expect("a key")),
    };
    Event::Key(KeyEvent::new(code, KeyModifiers::NONE))
}

pub fn status() -> Status {
    Status {
        version: "0.1.0".into(),
        tenant: "contoso".into(),
        test_tenant: true,
        solo: false,
        tenants: vec!["contoso".into()],
        you: You { uid: 1000, name: "alice".into(), role: Role::SecurityAdmin },
        score: Some(62.4),
        score_history: vec![40.0, 44.0, 50.0, 48.0, 55.0, 62.4],
        verdicts: BTreeMap::from([(Verdict::Fail, 4), (Verdict::Warning, 1), (Verdict::Pass, 7)]),
        failing: BTreeMap::from([("critical".into(), 2), ("high".into(), 1), ("medium".into(), 1)]),
        pending: 1,
        attention: 0,
        auto_remediation_enabled: true,
        killed: None,
        default_mode: Mode::Manual,
        emergency_access_verified: Some(noon() - TimeDelta::days(12)),
        last_scan: Some(LastScan {
            started_at: noon() - TimeDelta::seconds(130),
            finished_at: noon() - TimeDelta::seconds(120),
            snapshot: "s-1".into(),
            error: String::new(),
            unreadable: BTreeMap::new(),
            requests: 41,
            objects: 512,
        }),
        next_scan: Some(noon() + TimeDelta::minutes(58)),
        scan: None,
        warnings: Vec::new(),
        journal: JournalPosition { records: 118, head: "ab".repeat(32), damage: None },
    }
}

pub fn control(id: &str, title: &str, severity: Severity, verdict: Verdict) -> ControlRow {
    ControlRow {
        id: ControlId::new(id),
        title: title.into(),
        category: "Privileged access".into(),
        severity,
        level: 1,
        verdict: Some(verdict),
        reason: "5 permanent Global Administrators, at most 3 are allowed".into(),
        mode: Mode::Manual,
        overridden: false,
        held: String::new(),
        blast_radius: BlastRadius::ADMINISTRATORS,
        failing_since: (verdict == Verdict::Fail).then(|| noon() - TimeDelta::days(3)),
        remediation: None,
        history: vec![Verdict::Pass, Verdict::Pass, Verdict::Fail, verdict],
    }
}

pub fn controls() -> Vec<ControlRow> {
    let mut first =
        control("PA-01", "Limit permanent Global Administrators", Severity::Critical, Verdict::Fail);
    first.remediation = Some(RemediationId::new("R-0007"));
    let mut held = control("EXT-01", "Restrict who may invite guests", Severity::Medium, Verdict::Fail);
    held.held = "rolled back on 2026-11-20".into();
    held.blast_radius = BlastRadius::SETTING;
    let mut own = control("CA-01", "Require MFA for administrators", Severity::Critical, Verdict::Warning);
    own.overridden = true;
    vec![
        first,
        held,
        own,
        control("APP-08", "Restrict user consent to applications", Severity::High, Verdict::Pass),
        control("GOV-01", "Disable stale users", Severity::Low, Verdict::NotApplicable),
    ]
}

pub fn detail() -> ControlDetail {
    ControlDetail {
        row: controls().remove(0),
        judgement: Some(judgement()),
        guidance: Guidance {
            why: "Each permanent Global Administrator is a standing way to take the whole tenant over."
                .into(),
            actions: vec!["Remove the 2 in excess.".into(), "Make them eligible through PIM.".into()],
            steps: vec![
                "Open Entra admin center.".into(),
                "Roles, Global Administrator, Assignments.".into(),
            ],
        },
        frameworks: Frameworks {
            cis: vec!["1.1.3".into()],
            scuba: vec!["MS.AAD.7.1".into()],
            nist: vec!["AC-6".into()],
        },
        licence: Some(Licence::P2),
        permissions: vec!["RoleManagement.ReadWrite.Directory".into()],
        depends_on: vec![ControlId::new("PA-03")],
        highest_mode: Mode::Manual,
        never_auto: true,
        fix: "Remove the role assignments in excess.".into(),
        mode_reason: Personal::new("default of the tenant"),
        timeline: vec![VerdictChange {
            at: noon() - TimeDelta::days(3),
            from: Some(Verdict::Pass),
            to: Verdict::Fail,
            reason: "5 permanent Global Administrators".into(),
            movers: Vec::new(),
        }],
        remediations: vec![pending_row()],
        exceptions: Vec::new(),
    }
}

/// Ada, whom PA-01 names.
pub fn object() -> ObjectDetail {
    let relation = |relation: &str, kind: &str, id: &str, name: &str| Relation {
        relation: relation.into(),
        kind: kind.into(),
        id: id.into(),
        name: name.into(),
    };
    ObjectDetail {
        id: "u-1".into(),
        kind: "user".into(),
        name: "Ada Admin".into(),
        read_at: Some(noon() - TimeDelta::seconds(125)),
        values: json!({"displayName": "Ada Admin", "accountEnabled": true}),
        relations: vec![
            relation("excluded from policy", "policy", "p-1", "MFA for all users"),
            relation("holds role", "role", "62e90394", "Global Administrator"),
        ],
        relation_total: 2,
        findings: vec![ObjectFinding {
            control: ControlId::new("PA-01"),
            title: "Limit permanent Global Administrators".into(),
            verdict: Verdict::Fail,
            detail: "permanent, assigned directly".into(),
        }],
        remediations: vec![pending_row()],
        drift: drifts(),
    }
}

fn judgement() -> Judgement {
    let person = |id: &str, name: &str| Evidence {
        kind: "user".into(),
        id: id.into(),
        name: name.into(),
        detail: "permanent, assigned directly".into(),
        values: serde_json::Value::Null,
    };
    Judgement {
        control: ControlId::new("PA-01"),
        verdict: Verdict::Fail,
        reason: "5 permanent Global Administrators, at most 3 are allowed".into(),
        expected: "between 2 and 3 permanent Global Administrators".into(),
        actual: "5 permanent Global Administrators".into(),
        evidence: vec![
            person("u-1", "Ada Admin"),
            person("u-2", "Bob Builder"),
            person("u-3", "Break Glass 1"),
        ],
        evidence_total: 5,
        near_miss: Some(NearMiss {
            sentence: "It passes with 2 fewer.".into(),
            object: "role Global Administrator".into(),
            field: "assignments".into(),
            actual: json!(5),
            wanted: json!(3),
            also: Vec::new(),
        }),
    }
}

pub fn pending_row() -> RemediationRow {
    RemediationRow {
        id: RemediationId::new("R-0007"),
        control: ControlId::new("PA-01"),
        title: "Limit permanent Global Administrators".into(),
        state: RemediationState::PendingApproval,
        summary: "Remove Global Administrator from Ada Admin and Bob Builder".into(),
        blast_radius: BlastRadius::ADMINISTRATORS,
        reversibility: Reversibility::B,
        created_at: noon() - TimeDelta::minutes(2),
        expires_at: noon() + TimeDelta::days(7) - TimeDelta::minutes(2),
        window: None,
        rollback_until: None,
        changed_at: noon() - TimeDelta::minutes(2),
    }
}

/// Approved for a night.
pub fn waiting_row() -> RemediationRow {
    let window = Window::parse("Sun 02:00-04:00 Europe/Berlin", noon(), Tz::UTC).expect("a window");
    RemediationRow { state: RemediationState::Approved, window: Some(window), ..pending_row() }
}

pub fn verified_row() -> RemediationRow {
    RemediationRow {
        id: RemediationId::new("R-0006"),
        control: ControlId::new("EXT-01"),
        title: "Restrict who may invite guests".into(),
        state: RemediationState::Verified,
        summary: "Let only administrators and guest inviters invite guests".into(),
        blast_radius: BlastRadius::SETTING,
        reversibility: Reversibility::A,
        created_at: noon() - TimeDelta::hours(3),
        expires_at: noon() + TimeDelta::days(6),
        window: None,
        rollback_until: Some(noon() + TimeDelta::hours(21)),
        changed_at: noon() - TimeDelta::hours(2),
    }
}

fn target(id: &str, name: &str) -> Target {
    Target { kind: "user".into(), id: id.into(), name: Personal::new(name) }
}

fn removal(id: &str, name: &str) -> ChangeView {
    let assignment = json!({"principalId": id, "roleDefinitionId": "62e90394", "directoryScopeId": "/"});
    ChangeView {
        summary: format!("Remove Global Administrator from {name}"),
        targets: vec![target(id, name)],
        before: assignment.clone(),
        after: serde_json::Value::Null,
        request: GraphRequest {
            method: Method::Delete,
            path: format!("/v1.0/roleManagement/directory/roleAssignments/ra-{id}"),
            body: serde_json::Value::Null,
        },
        inverse: Some(GraphRequest {
            method: Method::Post,
            path: "/v1.0/roleManagement/directory/roleAssignments".into(),
            body: assignment,
        }),
        reversibility: Reversibility::B,
        residue: String::new(),
        blast_radius: BlastRadius::ADMINISTRATORS,
    }
}

fn gates() -> Vec<GateResult> {
    let result = |gate, outcome, reason: &str| GateResult { gate, outcome, reasons: vec![reason.into()] };
    vec![
        result(Gate::Reversibility, GateOutcome::RequiresApproval, "Blast radius 5 is 4 or more."),
        result(Gate::Dependency, GateOutcome::Pass, "PA-03 passes; no licence is missing."),
        result(Gate::EmergencyAccess, GateOutcome::Pass, "Tested 12 days ago."),
        result(Gate::Observability, GateOutcome::Pass, "The next scan reads roleAssignments."),
        result(Gate::Enablement, GateOutcome::Pass, "Remediation is on."),
    ]
}

/// PA-01 waiting for approval.
pub fn pending() -> RemediationDetail {
    let choice = |id: &str, name: &str, chosen, refused: &str| Choice {
        target: target(id, name),
        chosen,
        refused: refused.into(),
    };
    RemediationDetail {
        row: pending_row(),
        digest: PlanDigest::new(DIGEST),
        reason: "5 permanent Global Administrators, at most 3 are allowed".into(),
        mode: Mode::Manual,
        expected: Verdict::Pass,
        parent: None,
        changes: vec![removal("u-1", "Ada Admin"), removal("u-2", "Bob Builder")],
        steps: vec![StepView::default(), StepView::default()],
        gates: gates(),
        guards: Vec::new(),
        to_acknowledge: vec![Gate::Reversibility],
        note_needed: String::new(),
        choices: vec![
            choice("u-1", "Ada Admin", true, ""),
            choice("u-2", "Bob Builder", true, ""),
            choice("u-4", "Carol Cloud", false, ""),
            choice("u-3", "Break Glass 1", false, "a break-glass account"),
        ],
        timeline: vec![Transition {
            at: noon() - TimeDelta::minutes(2),
            state: RemediationState::PendingApproval,
            actor: Actor::system("planner"),
            note: Personal::new("manual mode"),
            seq: 110,
        }],
        differences: Vec::new(),
        agreement: agreement(1, &[], "one more person must approve"),
        approve_refused: String::new(),
        rollback_refused: "It was not executed.".into(),
    }
}

/// An agreement of so many people, of whom these have.
pub fn agreement(people: usize, given: &[&str], missing: &str) -> Agreement {
    let agreed = |name: &&str| Agreed {
        actor: Actor::Person {
            uid: 1000,
            name: Personal::new(*name),
            role: Role::SecurityAdmin,
            login_uid: None,
        },
        at: noon() - TimeDelta::minutes(1),
        note: Personal::new("checked with the desk"),
        window: None,
    };
    let groups = if people > 1 { vec!["security".to_owned(), "platform".to_owned()] } else { Vec::new() };
    Agreement { people, groups, given: given.iter().map(agreed).collect(), missing: missing.to_owned() }
}

/// EXT-01 done two hours ago.
/// A plan after which a break-glass account could not get in.
pub fn locked_out() -> RemediationDetail {
    let sign_in = Counterexample {
        who: "u-9".into(),
        name: Personal::new("Break Glass 1"),
        policy: "Block other countries".into(),
        conditions: vec!["from DE with a browser on windows".into(), "at high sign-in risk".into()],
        why: "the policy blocks".into(),
    };
    let reasons = vec![sign_in.to_string()];
    let mut detail = pending();
    detail.row.state = RemediationState::Blocked;
    if let Some(gate) = detail.gates.iter_mut().find(|one| one.gate == Gate::EmergencyAccess) {
        (gate.outcome, gate.reasons) = (GateOutcome::Blocked, reasons.clone());
    }
    let (guard, outcome) = (Guard::LockOut, GateOutcome::Blocked);
    detail.guards = vec![GuardResult { guard, outcome, reasons, counterexample: Some(sign_in) }];
    detail
}

pub fn verified() -> RemediationDetail {
    let before = json!({"allowInvitesFrom": "everyone"});
    let after = json!({"allowInvitesFrom": "adminsAndGuestInviters"});
    let patch = |body: &serde_json::Value| GraphRequest {
        method: Method::Patch,
        path: "/v1.0/policies/authorizationPolicy".into(),
        body: body.clone(),
    };
    let mut detail = pending();
    detail.row = verified_row();
    detail.changes = vec![ChangeView {
        summary: "Set allowInvitesFrom".into(),
        targets: vec![Target {
            kind: "setting".into(),
            id: "authorizationPolicy".into(),
            name: Personal::new("Authorization policy"),
        }],
        request: patch(&after),
        inverse: Some(patch(&before)),
        before,
        after,
        reversibility: Reversibility::A,
        residue: String::new(),
        blast_radius: BlastRadius::SETTING,
    }];
    let sent = noon() - TimeDelta::hours(2);
    detail.steps = vec![StepView {
        forward: Act::Done { at: sent, produced: None },
        undo: Act::Idle,
        calls: vec![CallRecord {
            sent_at: sent,
            call: "PATCH /v1.0/policies/authorizationPolicy".into(),
            status: Some(204),
            client_request_id: "11111111-2222-4333-8444-555555555555".into(),
            request_id: Some("66666666-7777-4888-9999-aaaaaaaaaaaa".into()),
            error: String::new(),
        }],
        tries: 1,
        ..StepView::default()
    }];
    detail.choices = Vec::new();
    detail.to_acknowledge = Vec::new();
    detail.rollback_refused = String::new();
    detail.timeline.push(Transition {
        at: sent,
        state: RemediationState::Approved,
        actor: alice(),
        note: Personal::new("agreed with the helpdesk"),
        seq: 98,
    });
    detail
}

fn alice() -> Actor {
    Actor::Person { uid: 1000, name: Personal::new("alice"), role: Role::SecurityAdmin, login_uid: None }
}

pub fn records() -> Vec<AuditRecord> {
    let record = |seq: u64, actor, kind: &str, summary: &str, body| AuditRecord {
        seq,
        time: noon() - TimeDelta::seconds(i64::try_from(200 - seq).expect("small")),
        actor,
        kind: kind.into(),
        summary: summary.into(),
        body,
        prev: "cd".repeat(32),
    };
    let change = json!({
        "remediation": "R-0006",
        "before_snapshot": {"allowInvitesFrom": "everyone"},
        "after": {"allowInvitesFrom": "adminsAndGuestInviters"},
    });
    vec![
        record(
            118,
            Actor::system("scheduler"),
            "scan_finished",
            "Scan 12 found 4 failing controls",
            json!({"scan": 12}),
        ),
        record(
            117,
            alice(),
            "approved",
            "R-0006 approved: agreed with the helpdesk",
            json!({"remediation": "R-0006"}),
        ),
        record(116, Actor::system("executor"), "change_done", "R-0006 changed authorizationPolicy", change),
    ]
}

pub fn drifts() -> Vec<DriftRow> {
    let drift = |seq, control: &str, title: &str, actor: &str, acknowledged| DriftRow {
        seq,
        at: noon() - TimeDelta::hours(5),
        control: ControlId::new(control),
        title: title.into(),
        from: Verdict::Pass,
        to: Verdict::Fail,
        reason: "5 permanent Global Administrators, at most 3 are allowed".into(),
        actor: actor.into(),
        movers: Vec::new(),
        acknowledged,
    };
    let noted = Acknowledged { at: noon() - TimeDelta::hours(1), by: "alice".into() };
    vec![
        drift(90, "PA-01", "Limit permanent Global Administrators", "eve@contoso.com", None),
        drift(70, "EXT-01", "Restrict who may invite guests", "unknown", Some(noted)),
    ]
}

pub fn settings() -> Settings {
    let own = Override {
        mode: Mode::Advisory,
        reason: Personal::new("change freeze"),
        since: noon() - TimeDelta::days(9),
    };
    Settings {
        auto_remediation_enabled: true,
        default_mode: Mode::Manual,
        control_overrides: BTreeMap::from([(ControlId::new("CA-01"), own)]),
        holds: BTreeMap::from([(ControlId::new("EXT-01"), "rolled back on 2026-11-20".into())]),
        emergency_access_verified: Some(BreakGlassTest {
            at: noon() - TimeDelta::days(12),
            by: "alice".into(),
            note: Personal::new("both signed in with their keys"),
        }),
        auto_rollback: false,
        schedule: "0 * * * *".into(),
        time_zone: "Europe/Berlin".into(),
        level: 2,
        baseline: "sha256:0123".into(),
        break_glass: vec!["bg1@contoso.com".into(), "bg2@contoso.com".into()],
        roles: BTreeMap::from([
            (Role::Owner, vec!["root".into()]),
            (Role::SecurityAdmin, vec!["alice".into()]),
        ]),
        advice: vec!["Test the break-glass accounts monthly.".into()],
        permissions: BTreeMap::from([
            ("GetStatus".into(), Role::Viewer),
            ("Approve".into(), Role::SecurityAdmin),
        ]),
        channels: vec![channel("journald", ""), channel("soc", "it answered 500")],
    }
}

/// A channel of alerts, failing if there is an error.
fn channel(name: &str, error: &str) -> ChannelRow {
    ChannelRow {
        name: name.into(),
        kind: if name == "journald" { "journald".into() } else { "webhook".into() },
        severity: "medium".into(),
        failing: !error.is_empty(),
        error: error.into(),
        waiting: error.len().min(2),
        delivered: 12,
        delivered_at: Some(noon() - TimeDelta::hours(3)),
        next_try: None,
    }
}
