//! Alerts as they are derived, chosen, gathered and worded.

use super::{Alert, Batch, KINDS, LARGEST_BATCH, Least, Memory, Outbox, Rules, harmless};
use crate::journal::event::{Entry, Event};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;
use trueconfig_common::control::Severity;
use trueconfig_common::id::{ControlId, RemediationId};
use trueconfig_common::personal::Personal;
use trueconfig_common::remediation::Actor;
use trueconfig_common::verdict::Verdict;

const HOUR: TimeDelta = TimeDelta::hours(1);

fn at(minutes: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap() + TimeDelta::minutes(minutes)
}

fn entry(seq: u64, minutes: i64, event: Event) -> Entry {
    Entry { seq, time: at(minutes), actor: Actor::system("test"), event }
}

fn of(event: Event) -> Option<Alert> {
    Alert::of(&entry(1, 0, event), |_| Some(Severity::Critical))
}

fn verdict(from: Option<Verdict>, to: Verdict) -> Event {
    let (control, reason) = (ControlId::from("PA-01"), Personal::new("5 of at most 3"));
    Event::VerdictChanged { control, from, to, reason, movers: Vec::new() }
}

fn told(code: &str, message: &str) -> Event {
    let id = Some(RemediationId::from("R-0001"));
    Event::Alerted { code: code.to_owned(), control: None, id, message: Personal::new(message) }
}

fn alert(seq: u64, minutes: i64, code: &str, message: &str) -> Alert {
    Alert::of(&entry(seq, minutes, told(code, message)), |_| None).unwrap()
}

#[test]
fn drift_is_as_bad_as_its_control_and_a_first_verdict_is_none() {
    let drift = of(verdict(Some(Verdict::Pass), Verdict::Fail)).unwrap();
    assert_eq!((drift.kind.as_str(), drift.severity), ("drift", Severity::Critical));
    assert_eq!(drift.control, Some(ControlId::from("PA-01")));
    assert!(of(verdict(Some(Verdict::Error), Verdict::Fail)).is_some(), "it may have drifted unseen");
    assert_eq!(of(verdict(None, Verdict::Fail)), None);
    assert_eq!(of(verdict(Some(Verdict::Fail), Verdict::Pass)), None);
}

/// R14, R70, D9: whatever the life of a remediation alerts of is an alert, by its own word.
#[test]
fn r14_every_alert_of_a_remediation_is_one_and_names_it() {
    for code in ["verification_failed", "rollback_failed", "needs_operator", "fix_not_effective"] {
        let alert = of(told(code, "it is not as planned")).unwrap();
        assert_eq!(alert.kind, code);
        assert!(alert.severity <= Severity::High && KINDS.contains(&code), "{code}");
        assert_eq!(alert.remediation, Some(RemediationId::from("R-0001")));
    }
}

#[test]
fn rules_go_by_kind_and_severity() {
    let kinds = BTreeMap::from([("executed".to_owned(), Least::Never), ("drift".to_owned(), Least::Low)]);
    let rules = Rules { least: Least::High, kinds };
    let of_kind = |kind: &str, severity| Alert { kind: kind.into(), severity, ..alert(1, 0, "x", "y") };
    assert!(rules.want(&of_kind("drift", Severity::Low)));
    assert!(rules.want(&of_kind("scan_failed", Severity::High)));
    assert!(!rules.want(&of_kind("scan_failed", Severity::Medium)));
    assert!(!rules.want(&of_kind("executed", Severity::Critical)));
}

#[test]
fn a_repeat_is_counted_and_told_with_the_next() {
    let mut memory = Memory::default();
    let mut take = |seq, minutes| memory.take(&alert(seq, minutes, "scan_failed", "no answer"), HOUR);
    assert_eq!(
        [take(1, 0), take(2, 10), take(3, 59), take(4, 60), take(5, 61)],
        [Some(0), None, None, Some(2), None]
    );
    assert_eq!(memory.take(&alert(6, 62, "scan_failed", "another reason"), HOUR), Some(0));
    for seq in 7..9 {
        let pulled = Event::KillSwitchPulled { reason: Personal::new("again") };
        let pulled = Alert::of(&entry(seq, 63, pulled), |_| None).unwrap();
        assert_eq!(memory.take(&pulled, HOUR), Some(0), "what people do is no repeat");
    }
}

#[test]
fn memory_is_bounded() {
    let mut memory = Memory::default();
    for seq in 0..3_000 {
        memory.take(&alert(seq, 0, "scan_failed", &format!("reason {seq}")), HOUR);
    }
    assert!(serde_json::to_value(&memory).unwrap()["told"].as_object().unwrap().len() <= 1_000);
}

fn read(batch: &mut Batch, seqs: std::ops::RangeInclusive<u64>) {
    for seq in seqs {
        if batch.is_full() {
            return;
        }
        let found = seq.is_multiple_of(2).then(|| alert(seq, 0, "scan_failed", &format!("number {seq}")));
        batch.take(seq, found, HOUR);
    }
}

/// After a crash between sending and its note, the same records make the same delivery, and it says so.
#[test]
fn a_batch_that_was_begun_comes_again_as_it_was() {
    let mut outbox = Outbox::after(4);
    let mut first = outbox.next();
    read(&mut first, 5..=9);
    assert!(!first.again);
    outbox.seal(&mut first);
    let durable: Outbox = serde_json::from_str(&serde_json::to_string(&outbox).unwrap()).unwrap();
    let mut second = durable.next();
    read(&mut second, 5..=40);
    assert_eq!((second.items.clone(), second.end), (first.items.clone(), first.end));
    assert_eq!(second.id("contoso"), first.id("contoso"));
    assert!(second.again && second.due(HOUR) <= Some(at(0)));
    let mut outbox = durable;
    outbox.done(&second, at(1));
    assert_eq!((outbox.position, outbox.sending, outbox.delivered), (9, None, 2));
    assert!(!outbox.next().again);
}

#[test]
fn a_digest_waits_unless_something_is_critical_or_it_is_full() {
    let mut batch = Outbox::after(0).next();
    assert_eq!(batch.due(HOUR), None);
    batch.take(1, Some(alert(1, 5, "scan_failed", "x")), HOUR);
    assert_eq!(batch.due(HOUR), Some(at(65)));
    let mut urgent = batch.clone();
    urgent.take(2, Some(alert(2, 6, "needs_operator", "y")), HOUR);
    assert_eq!(urgent.due(HOUR), Some(at(5)));
    for seq in 2..200 {
        if !batch.is_full() {
            batch.take(seq, Some(alert(seq, 6, "scan_failed", &format!("{seq}"))), HOUR);
        }
    }
    assert_eq!((batch.items.len(), batch.due(HOUR)), (LARGEST_BATCH, Some(at(5))));
}

#[test]
fn secrets_and_hostile_names_do_not_leave() {
    let secret = "abc8Q~0123456789abcdefghijklmnopqrstuvwx";
    for (said, shown) in [
        ("client_secret=hush failed", "client_secret=[hidden] failed"),
        ("Authorization: Bearer abc.def end", "Authorization: Bearer [hidden] end"),
        ("see https://x.example/a?sig=1&skip=2", "see https://x.example/a?[hidden]"),
        ("ann\u{202e}nna\u{200b}\n\rBcc: evil@x.example", "annnna Bcc: evil@x.example"),
        ("\u{1b}]0;title\u{7}name", "]0;title name"),
    ] {
        assert_eq!(harmless(said), shown);
    }
    assert_eq!(harmless(&format!("the value \"{secret}\" was refused")), "the value [hidden] was refused");
    assert_eq!(harmless("PA-01: pass → fail: 5 of 3"), "PA-01: pass → fail: 5 of 3");
    assert!(harmless(&"long ".repeat(1_000)).chars().count() <= 601);
}

proptest::proptest! {
    #[test]
    fn no_text_breaks_a_line_or_grows(text in "\\PC{0,300}|.{0,300}") {
        let shown = harmless(&text);
        proptest::prop_assert!(!shown.contains(|sign: char| sign.is_control()));
        proptest::prop_assert!(shown.chars().count() <= 601);
    }
}
