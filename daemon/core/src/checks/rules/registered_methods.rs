//! What members have registered, by the report on registered methods: self-service password
//! reset that works (ID-03), and passkeys (ID-07).

use crate::{
    checks::{Finding, Question, finding::evidence, index::Alongside},
    snapshot::{FamilyName, RegistrationDetails, Unreadable, User},
};
use serde::Deserialize;
use serde_json::json;
use trueconfig_common::verdict::{NearMiss, Verdict};

/// How many must have a passkey.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Limits {
    minimum_percent: u64,
}

/// How names of passkeys in the report begin.
const PASSKEY: &str = "passKey";

/// Names in the report that stand for a passkey or Windows Hello, beside those that begin with
/// `passKey`.
const PASSKEYS: [&str; 3] = ["fido2SecurityKey", "fido2", "windowsHelloForBusiness"];

/// Whether a member has what is asked for; none if the report does not say.
type Has = fn(&RegistrationDetails) -> Option<bool>;

/// Enabled members by whether they have something.
struct Count<'a> {
    members: u64,
    without: Vec<&'a User>,
    unknown: u64,
}

/// ID-03.
pub(super) fn self_service_reset(question: &Question<'_, '_>) -> Result<Finding, Unreadable> {
    let has: Has = |row| match (row.is_sspr_capable, row.is_sspr_enabled) {
        (_, Some(false)) => Some(false),
        (capable, _) => capable,
    };
    // Nobody stands behind these accounts who could reset a password.
    let nobodys = |user: &User| {
        question.context.marks_user(user) || question.context.is_sync_account(user).unwrap_or(false)
    };
    let found = count(question, has, nobodys)?;
    if found.unknown > 0 && found.without.len() as u64 == found.unknown {
        return Err(missing("isSsprCapable", found.unknown));
    }
    let without = found.without.len();
    let verdict = if without == 0 { Verdict::Pass } else { Verdict::Fail };
    let actual =
        format!("it works for {} of {} enabled members", found.members - without as u64, found.members);
    let near_miss = found.without.first().map(|user| NearMiss {
        sentence: match without {
            1 => format!("passes but for {}", crate::checks::shown(&user.display_name)),
            more => format!(
                "passes but for {more} members, {} the first",
                crate::checks::shown(&user.display_name)
            ),
        },
        object: user.id.to_string(),
        field: "isSsprCapable".to_owned(),
        actual: json!(false),
        wanted: json!(true),
        also: Vec::new(),
    });
    Ok(finding(verdict, "self-service password reset works for every member", actual, &found.without)
        .with_near_miss(near_miss))
}

/// ID-07.
pub(super) fn passkeys(question: &Question<'_, '_>, limits: &Limits) -> Result<Finding, Unreadable> {
    let has: Has = |row| {
        Some(row.methods_registered.iter().any(|method| {
            method.get(..PASSKEY.len()).is_some_and(|head| head.eq_ignore_ascii_case(PASSKEY))
                || PASSKEYS.iter().any(|one| one.eq_ignore_ascii_case(method))
        }))
    };
    let found = count(question, has, |_| false)?;
    let with = found.members - found.without.len() as u64;
    let needed = limits.minimum_percent.saturating_mul(found.members).div_ceil(100);
    let verdict = if with >= needed { Verdict::Pass } else { Verdict::Fail };
    let share = with * 100 / found.members.max(1);
    let actual = format!("{with} of {} enabled members have one ({share} %)", found.members);
    let more = needed.saturating_sub(with);
    let people = if more == 1 {
        "1 more member registers one".to_owned()
    } else {
        format!("{more} more members register one")
    };
    let near_miss = (verdict == Verdict::Fail).then(|| NearMiss {
        sentence: format!("passes when {people}"),
        object: "userRegistrationDetails".to_owned(),
        field: "methodsRegistered".to_owned(),
        actual: json!(with),
        wanted: json!(needed),
        also: Vec::new(),
    });
    let expected = format!("at least {} % have a passkey or Windows Hello", limits.minimum_percent);
    Ok(finding(verdict, &expected, actual, &found.without).with_near_miss(near_miss))
}

/// Members who are absent from the report have nothing registered.
fn count<'a>(
    question: &Question<'_, 'a>,
    has: Has,
    is_left_out: impl Fn(&User) -> bool,
) -> Result<Count<'a>, Unreadable> {
    let snapshot = question.context.snapshot;
    let users = snapshot.users.rows()?;
    let mut report = Alongside::new(snapshot.registration_details.rows()?, |row| &row.id);
    let mut found = Count { members: 0, without: Vec::new(), unknown: 0 };
    for user in users {
        let row: Option<&RegistrationDetails> = report.next(&user.id);
        if user.is_guest() || user.account_enabled == Some(false) || question.exceptions.has_user(user) {
            continue;
        }
        if user.account_enabled.is_none() {
            let detail = format!("accountEnabled of user {} is missing", user.id);
            return Err(Unreadable::inside(FamilyName::Users, detail));
        }
        let has = row.map_or(Some(false), has);
        // Who is left out takes looking up: only where it matters.
        if has != Some(true) && is_left_out(user) {
            continue;
        }
        found.members += 1;
        found.unknown += u64::from(has.is_none());
        if has != Some(true) {
            found.without.push(user);
        }
    }
    Ok(found)
}

fn missing(field: &str, count: u64) -> Unreadable {
    Unreadable::inside(FamilyName::RegistrationDetails, format!("{field} is missing for {count} users"))
}

fn finding(verdict: Verdict, expected: &str, actual: String, without: &[&User]) -> Finding {
    let described = without.iter().map(|user| {
        let values = json!({"userPrincipalName": user.user_principal_name});
        evidence("user", &user.id, &user.display_name, "has none", values)
    });
    Finding::new(verdict, format!("{actual}; {expected}"))
        .comparing(expected, actual)
        .with_evidence(described)
}
