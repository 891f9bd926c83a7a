//! What a policy asks for during the session, held against what a requirement wants.

use super::defect::Defect;
use crate::{
    baseline::check::Session,
    snapshot::{ConditionalAccessPolicy, FamilyName, SignInFrequency, Switch, Unreadable},
};
use serde_json::{Value, json};

/// What a policy lacks of one session control.
///
/// # Errors
/// [`Unreadable`] if the control is there and says something that is missing or not known.
pub(super) fn defect(
    policy: &ConditionalAccessPolicy,
    wanted: Session,
) -> Result<Option<Defect>, Unreadable> {
    let controls = &policy.session_controls;
    let unclear = |what: &str| {
        let field = format!("policy {}: sessionControls.{}.{what}", policy.id, field(wanted));
        Unreadable::inside(FamilyName::ConditionalAccessPolicies, field)
    };
    let (met, words) = match wanted {
        Session::EveryTime | Session::Hours(_) => {
            let frequency = controls.sign_in_frequency.as_ref();
            let found = frequency.map_or(Ok(Frequency::NotAsked), frequency_of).map_err(unclear)?;
            (found.meets(wanted), found.words())
        }
        Session::NotPersistent => {
            let browser = controls.persistent_browser.as_ref();
            let on = browser.map_or(Ok(false), |one| is_on(one.is_enabled)).map_err(unclear)?;
            let mode = browser.and_then(|one| one.mode.as_deref()).filter(|_| on);
            match mode {
                None if on => return Err(unclear("mode is missing")),
                None => (false, "not set".to_owned()),
                Some("never") => (true, String::new()),
                Some("always") => (false, "always".to_owned()),
                Some(_) => return Err(unclear("mode is not known")),
            }
        }
        Session::ApplicationEnforced => {
            switch(controls.application_enforced_restrictions.as_ref()).map_err(unclear)?
        }
        Session::TokenProtection => switch(controls.secure_sign_in_session.as_ref()).map_err(unclear)?,
    };
    Ok((!met).then(|| Defect {
        words: format!("its {}, {words}", name(wanted)),
        field: format!("sessionControls.{}", field(wanted)),
        actual: policy
            .raw
            .pointer(&format!("/sessionControls/{}", field(wanted)))
            .cloned()
            .unwrap_or_default(),
        wanted: block(wanted),
    }))
}

/// The control as Graph takes it.
pub(super) fn block(wanted: Session) -> Value {
    match wanted {
        Session::EveryTime => json!({
            "isEnabled": true,
            "frequencyInterval": "everyTime",
            "authenticationType": "primaryAndSecondaryAuthentication",
        }),
        Session::Hours(hours) => json!({
            "isEnabled": true,
            "frequencyInterval": "timeBased",
            "authenticationType": "primaryAndSecondaryAuthentication",
            "type": "hours",
            "value": hours,
        }),
        Session::NotPersistent => json!({"isEnabled": true, "mode": "never"}),
        Session::ApplicationEnforced | Session::TokenProtection => json!({"isEnabled": true}),
    }
}

/// Graph's field below `sessionControls`.
pub(super) fn field(session: Session) -> &'static str {
    match session {
        Session::EveryTime | Session::Hours(_) => "signInFrequency",
        Session::NotPersistent => "persistentBrowser",
        Session::ApplicationEnforced => "applicationEnforcedRestrictions",
        Session::TokenProtection => "secureSignInSession",
    }
}

/// What is asked for, in words.
pub(super) fn words(session: Session) -> String {
    match session {
        Session::EveryTime => "a fresh sign-in every time".to_owned(),
        Session::Hours(hours) => format!("a fresh sign-in after {hours} hours at most"),
        Session::NotPersistent => "no persistent browser session".to_owned(),
        Session::ApplicationEnforced => "restrictions enforced by the application".to_owned(),
        Session::TokenProtection => "token protection".to_owned(),
    }
}

fn name(session: Session) -> &'static str {
    match session {
        Session::EveryTime | Session::Hours(_) => "sign-in frequency",
        Session::NotPersistent => "persistent browser session",
        Session::ApplicationEnforced => "application-enforced restrictions",
        Session::TokenProtection => "token protection",
    }
}

/// How often a policy wants a fresh sign-in.
enum Frequency {
    NotAsked,
    EveryTime,
    Hours(i64),
}

impl Frequency {
    fn meets(&self, wanted: Session) -> bool {
        match (self, wanted) {
            (Self::EveryTime, _) => true,
            (Self::Hours(hours), Session::Hours(most)) => *hours <= i64::from(most),
            _ => false,
        }
    }

    fn words(&self) -> String {
        match self {
            Self::NotAsked => "not set".to_owned(),
            Self::EveryTime => "every time".to_owned(),
            Self::Hours(hours) => format!("{hours} hours"),
        }
    }
}

fn frequency_of(frequency: &SignInFrequency) -> Result<Frequency, &'static str> {
    if !is_on(frequency.is_enabled)? {
        return Ok(Frequency::NotAsked);
    }
    // Policies made before the interval existed have none and are based on time.
    match frequency.frequency_interval.as_deref() {
        Some("everyTime") => return Ok(Frequency::EveryTime),
        None | Some("timeBased") => {}
        Some(_) => return Err("frequencyInterval is not known"),
    }
    let value = frequency.value.filter(|value| *value > 0).ok_or("value is missing or not positive")?;
    match frequency.unit.as_deref() {
        Some("hours") => Ok(Frequency::Hours(value)),
        Some("days") => Ok(Frequency::Hours(value.saturating_mul(24))),
        None => Err("type is missing"),
        Some(_) => Err("type is not known"),
    }
}

fn switch(switch: Option<&Switch>) -> Result<(bool, String), &'static str> {
    let on = switch.map_or(Ok(false), |one| is_on(one.is_enabled))?;
    Ok((on, "off".to_owned()))
}

fn is_on(enabled: Option<bool>) -> Result<bool, &'static str> {
    enabled.ok_or("isEnabled is missing")
}
