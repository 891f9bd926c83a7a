//! GOV-01, GOV-02, EXT-26: enabled accounts sign in. An account that was never seen is a warning and is never
//! disabled: null in Graph means never or unknown, not "long ago".

use crate::{
    baseline::{Parameters, check::Rule},
    checks::{Context, Exceptions, Finding, Question, finding::evidence, index::Alongside},
    snapshot::{FamilyName, Id, SignInActivity, Unreadable, User},
};
use chrono::{DateTime, Duration, Utc};
use serde::Deserialize;
use serde_json::json;
use trueconfig_common::verdict::{Evidence, NearMiss, Verdict};

/// How long an account may be silent, in days.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Limits {
    stale_after_days: u32,
    never_seen_after_days: u32,
}

/// The same with a warning before anything is done, and accounts of services that are left alone.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Warned {
    stale_after_days: u32,
    never_seen_after_days: u32,
    warning_days: u32,
    service_accounts: Vec<String>,
}

/// Whose silence is looked at, and how much of it is too much.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Silence {
    /// Members, or guests.
    pub whose: Whose,
    /// Days without sign-in; exactly as many still pass.
    pub stale_after_days: u32,
    /// Days after creation from which an account that was never seen is told.
    pub never_seen_after_days: u32,
    /// Accounts by id or sign-in name that are left alone.
    pub service_accounts: Vec<String>,
}

/// Whose silence is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Accounts of this organisation.
    Members,
    /// Accounts of others.
    Guests,
}

impl Silence {
    /// From a control's parameters, once a warning has been given.
    ///
    /// # Errors
    /// A sentence if a parameter is missing.
    pub fn of(rule: Rule, parameters: &Parameters) -> Result<Self, String> {
        let whose = if rule == Rule::StaleGuests { Whose::Guests } else { Whose::Members };
        if rule == Rule::StaleUsersWarned {
            let limits: Warned = super::typed(parameters)?;
            return Ok(Self {
                whose,
                stale_after_days: limits.stale_after_days.saturating_add(limits.warning_days),
                never_seen_after_days: limits.never_seen_after_days,
                service_accounts: limits.service_accounts,
            });
        }
        let limits: Limits = super::typed(parameters)?;
        Ok(Self::after(whose, &limits))
    }

    fn after(whose: Whose, limits: &Limits) -> Self {
        Self {
            whose,
            stale_after_days: limits.stale_after_days,
            never_seen_after_days: limits.never_seen_after_days,
            service_accounts: Vec::new(),
        }
    }

    fn leaves_alone(&self, user: &User) -> bool {
        let written =
            |one: &String| user.id == Id::new(one) || user.user_principal_name.eq_ignore_ascii_case(one);
        let other = user.is_guest() != (self.whose == Whose::Guests) && !user.is_of_unknown_type();
        other || self.service_accounts.iter().any(written)
    }
}

/// An enabled member that has not signed in for too long.
#[derive(Clone, Debug)]
pub struct StaleUser<'a> {
    /// The account.
    pub user: &'a User,
    /// Its last sign-in.
    pub last_sign_in: DateTime<Utc>,
    /// Whether it is mastered on-premises, where alone it can be disabled.
    pub synchronised: bool,
    /// Whether it holds a directory role and is therefore not to be disabled; an error if that
    /// could not be read.
    pub holds_role: Result<bool, Unreadable>,
}

/// What was found about silent accounts.
#[derive(Clone, Debug, Default)]
pub struct StaleUsers<'a> {
    /// Those silent for too long.
    pub stale: Vec<StaleUser<'a>>,
    /// Those never seen although they have existed for a while.
    pub never_seen: Vec<&'a User>,
    /// The first account that could not be judged, and why.
    pub unjudged: Option<Unreadable>,
}

/// Enabled accounts that do not sign in; break-glass accounts and exceptions aside.
///
/// # Errors
/// [`Unreadable`] if users or their sign-in activity were not read.
pub fn stale_users<'a>(
    context: &Context<'a>,
    exceptions: &Exceptions,
    silence: &Silence,
) -> Result<StaleUsers<'a>, Unreadable> {
    let users = context.snapshot.users.rows()?;
    let rows = context.snapshot.sign_in_activity.rows()?;
    let stale_before = days_before(context.now(), silence.stale_after_days);
    let new_since = days_before(context.now(), silence.never_seen_after_days);
    let mut found = StaleUsers::default();
    let mut stale = Vec::new();
    let mut by_user = Alongside::new(rows, |row| &row.id);
    for user in users {
        let row = by_user.next(&user.id);
        if user.account_enabled == Some(false) || silence.leaves_alone(user) {
            continue;
        }
        let last = row.and_then(|row| row.sign_in_activity.as_ref()).and_then(last_sign_in);
        let silent = match (last, user.created_date_time) {
            (Some(last), _) if last >= stale_before => continue,
            (None, Some(created)) if created >= new_since => continue,
            (last, created) => (last, created),
        };
        if context.marks_user(user) || exceptions.has_user(user) {
            continue;
        }
        match silent {
            _ if user.is_of_unknown_type() => found.doubt(user, "a known userType"),
            _ if user.account_enabled.is_none() => found.doubt(user, "accountEnabled"),
            (Some(last), _) => stale.push((user, last)),
            (None, None) => found.doubt(user, "createdDateTime"),
            (None, Some(_)) => found.never_seen.push(user),
        }
    }
    found.stale = with_roles(context, stale);
    Ok(found)
}

/// A span beyond the calendar reaches back to its beginning.
pub(super) fn days_before(now: DateTime<Utc>, days: u32) -> DateTime<Utc> {
    now.checked_sub_signed(Duration::days(i64::from(days))).unwrap_or(DateTime::<Utc>::MIN_UTC)
}

impl StaleUsers<'_> {
    fn doubt(&mut self, user: &User, field: &str) {
        let detail = || format!("{field} of user {} is missing", user.id);
        self.unjudged.get_or_insert_with(|| Unreadable::inside(FamilyName::Users, detail()));
    }
}

/// The moment that counts: the last success; where none is recorded, the later attempt.
pub(super) fn last_sign_in(activity: &SignInActivity) -> Option<DateTime<Utc>> {
    let attempt = recorded(activity.last_sign_in_date_time)
        .max(recorded(activity.last_non_interactive_sign_in_date_time));
    recorded(activity.last_successful_sign_in_date_time).or(attempt)
}

/// Some services write "never" as the first day of the calendar; nobody signed in before 1970.
fn recorded(time: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    time.filter(|time| *time > DateTime::UNIX_EPOCH)
}

fn with_roles<'a>(context: &Context<'a>, stale: Vec<(&'a User, DateTime<Utc>)>) -> Vec<StaleUser<'a>> {
    if stale.is_empty() {
        return Vec::new();
    }
    let holders = context.role_principals(|_| true);
    let described = stale.into_iter().map(|(user, last_sign_in)| StaleUser {
        user,
        last_sign_in,
        synchronised: user.is_synchronised(),
        holds_role: holders.as_ref().map(|holders| holders.contains(&user.id)).map_err(Clone::clone),
    });
    described.collect()
}

/// GOV-01: enabled members sign in.
pub(super) fn members(question: &Question<'_, '_>, limits: &Limits) -> Result<Finding, Unreadable> {
    judge(question, &Silence::after(Whose::Members, limits))
}

/// EXT-26: enabled guests sign in.
pub(super) fn guests(question: &Question<'_, '_>, limits: &Limits) -> Result<Finding, Unreadable> {
    judge(question, &Silence::after(Whose::Guests, limits))
}

/// GOV-02: as GOV-01, with a warning first: an account silent for less than the days of warning
/// beyond the limit is told, and fails only after them.
pub(super) fn warned(question: &Question<'_, '_>, limits: &Warned) -> Result<Finding, Unreadable> {
    let silence = Silence {
        whose: Whose::Members,
        stale_after_days: limits.stale_after_days,
        never_seen_after_days: limits.never_seen_after_days,
        service_accounts: limits.service_accounts.clone(),
    };
    let later = Silence {
        stale_after_days: limits.stale_after_days.saturating_add(limits.warning_days),
        ..silence.clone()
    };
    let due = judge(question, &later)?;
    if due.verdict == Verdict::Fail {
        return Ok(due);
    }
    let soon = judge(question, &silence)?;
    if soon.verdict != Verdict::Fail {
        return Ok(due);
    }
    let reason = format!("{}; to be disabled within {} days", soon.reason, limits.warning_days);
    Ok(Finding { verdict: Verdict::Warning, reason, ..soon })
}

fn judge(question: &Question<'_, '_>, silence: &Silence) -> Result<Finding, Unreadable> {
    let stale_after_days = silence.stale_after_days;
    let found = stale_users(question.context, &question.exceptions, silence)?;
    let (stale, never) = (found.stale.len(), found.never_seen.len());
    if stale == 0
        && let Some(cause) = found.unjudged
    {
        return Err(cause);
    }
    let whose = if silence.whose == Whose::Guests { "guest" } else { "member" };
    let actual = format!("{stale} not seen for over {stale_after_days} days, {never} never seen");
    let (verdict, reason) = match (stale, never) {
        (0, 0) => (Verdict::Pass, format!("every enabled {whose} signed in within {stale_after_days} days")),
        (0, _) => (Verdict::Warning, format!("{} enabled but never seen", accounts(never))),
        _ => (
            Verdict::Fail,
            format!("{} enabled but not seen for over {stale_after_days} days", accounts(stale)),
        ),
    };
    let now = question.context.now();
    let silent = found.stale.iter().map(|one| describe_stale(one, now));
    let unseen = found.never_seen.iter().map(|user| {
        let values =
            json!({"userPrincipalName": user.user_principal_name, "createdDateTime": user.created_date_time});
        evidence("user", &user.id, &user.display_name, "never seen; not a reason to disable", values)
    });
    let near_miss = (verdict == Verdict::Fail).then(|| near_miss(&found.stale)).flatten();
    Ok(Finding::new(verdict, reason)
        .comparing(format!("enabled {whose}s signed in within {stale_after_days} days"), actual)
        .with_evidence(silent.chain(unseen))
        .with_near_miss(near_miss))
}

fn accounts(count: usize) -> String {
    if count == 1 { "1 account is".to_owned() } else { format!("{count} accounts are") }
}

fn describe_stale(one: &StaleUser<'_>, now: DateTime<Utc>) -> Evidence {
    let days = (now - one.last_sign_in).num_days();
    let note = match (one.synchronised, &one.holds_role) {
        (true, _) => "; synchronised, to be disabled on-premises",
        (false, Ok(true)) => "; holds a directory role",
        _ => "",
    };
    let values = json!({
        "userPrincipalName": one.user.user_principal_name,
        "lastSignIn": one.last_sign_in,
        "onPremisesSyncEnabled": one.synchronised,
    });
    let detail = format!("last seen {days} days ago{note}");
    evidence("user", &one.user.id, &one.user.display_name, detail, values)
}

fn near_miss(stale: &[StaleUser<'_>]) -> Option<NearMiss> {
    let first = stale.first()?;
    let sentence = match stale {
        [one] => format!("passes but for {}", crate::checks::shown(&one.user.display_name)),
        all => format!("passes when {} accounts are disabled or sign in again", all.len()),
    };
    Some(NearMiss {
        sentence,
        object: first.user.id.to_string(),
        field: "accountEnabled".to_owned(),
        actual: json!(true),
        wanted: json!(false),
        also: Vec::new(),
    })
}
