//! The audit log as events of the Open Cybersecurity Schema Framework, version 1.3.0, one a line.
//!
//! All are of the class Entity Management (`class_uid` 3004, category Identity & Access Management):
//! <https://schema.ocsf.io/1.3.0/classes/entity_management>. The managed entity is the remediation, the control or
//! the tenant that the record is about. What the schema has no word for is activity 99 with the record's kind as its
//! name. `raw_data` holds the record as it is chained, so that nothing is lost.

use super::{actor, control, text, words};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

const CATEGORY: u32 = 3;
const CLASS: u32 = 3004;
const OTHER: u32 = 99;

/// Kinds of records that are one of the class's activities.
const ACTIVITIES: [(&str, u32, &str); 14] = [
    ("remediation_planned", 1, "Create"),
    ("exception_added", 1, "Create"),
    ("mode_set", 3, "Update"),
    ("auto_rollback_set", 3, "Update"),
    ("baseline_taken", 3, "Update"),
    ("write_done", 3, "Update"),
    ("exception_removed", 4, "Delete"),
    ("remediation_approved", 8, "Enable"),
    ("approval_withdrawn", 9, "Disable"),
    ("remediation_rejected", 9, "Disable"),
    ("execution_started", 10, "Activate"),
    ("hold_placed", 12, "Suspend"),
    ("kill_switch_pulled", 12, "Suspend"),
    ("kill_switch_released", 13, "Resume"),
];

/// Kinds that tell of something that did not succeed.
const FAILURES: [&str; 6] = [
    "scan_failed",
    "verification_failed",
    "write_refused",
    "rollback_refused",
    "remediation_blocked",
    "journal_repaired",
];

/// One event; `line` is the record as the journal has it.
pub(super) fn event(record: &Value, line: &str) -> Value {
    let (kind, body) = (text(&record["kind"]), &record["body"]);
    let (activity, name) = activity(&kind, body);
    let (severity, severity_name, status, status_name) = weight(&kind);
    let seq = record["seq"].as_u64().unwrap_or_default();
    let tenant = text(&record["tenant"]);
    json!({
        "activity_id": activity,
        "activity_name": name,
        "actor": who(&record["actor"]),
        "category_name": "Identity & Access Management",
        "category_uid": CATEGORY,
        "class_name": "Entity Management",
        "class_uid": CLASS,
        "comment": words(body),
        "entity": entity(body, &tenant),
        "message": format!("{} by {}", kind.replace('_', " "), actor(&record["actor"])),
        "metadata": {
            "event_code": kind,
            "log_name": "journal",
            "original_time": text(&record["time"]),
            "product": {
                "name": "TrueConfig", "vendor_name": "TrueConfig", "version": env!("CARGO_PKG_VERSION"),
            },
            "sequence": seq,
            "tenant_uid": tenant,
            "uid": format!("{tenant}:{seq}"),
            "version": "1.3.0",
        },
        "raw_data": line,
        "severity": severity_name,
        "severity_id": severity,
        "status": status_name,
        "status_id": status,
        "time": milliseconds(&record["time"]),
        "type_name": format!("Entity Management: {}", if activity == OTHER { "Other" } else { name.as_str() }),
        "type_uid": CLASS * 100 + activity,
    })
}

fn activity(kind: &str, body: &Value) -> (u32, String) {
    if kind == "remediation_switched" {
        let on = body["auto_remediation_enabled"] == true;
        return if on { (8, "Enable".to_owned()) } else { (9, "Disable".to_owned()) };
    }
    let known = ACTIVITIES.iter().find(|(name, ..)| *name == kind);
    known.map_or_else(|| (OTHER, kind.to_owned()), |(_, number, name)| (*number, (*name).to_owned()))
}

/// Severity and status, each as number and word.
fn weight(kind: &str) -> (u32, &'static str, u32, &'static str) {
    match kind {
        "alerted" => (4, "High", 1, "Success"),
        "write_unknown" => (3, "Medium", 0, "Unknown"),
        kind if FAILURES.contains(&kind) => (3, "Medium", 2, "Failure"),
        _ => (1, "Informational", 1, "Success"),
    }
}

fn who(actor: &Value) -> Value {
    match actor["type"].as_str() {
        Some("system") => json!({"app_name": format!("trueconfigd {}", text(&actor["part"]))}),
        _ => json!({"user": {"name": text(&actor["name"]), "uid": actor["uid"].to_string()}}),
    }
}

/// What the record is about; the class wants a name or an id.
fn entity(body: &Value, tenant: &str) -> Value {
    let (id, control) = (text(&body["id"]), control(body));
    match (id.is_empty(), control.is_empty()) {
        (false, _) => json!({"type": "Remediation", "uid": id, "name": id}),
        (true, false) => json!({"type": "Control", "uid": control, "name": control}),
        (true, true) => json!({"type": "Tenant", "uid": tenant, "name": tenant}),
    }
}

/// `timestamp_t`: milliseconds since 1970.
fn milliseconds(time: &Value) -> i64 {
    let time = time.as_str().and_then(|text| text.parse::<DateTime<Utc>>().ok());
    time.map_or(0, |time| time.timestamp_millis())
}
