//! Sign-ins that the tenant writes down, judged by the Conditional Access policies in force at that moment,
//! so that the log, the policies and `signInActivity` tell one story.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::graph::GraphError;
use crate::tenant::{Object, Tenant, object, text_of};

mod judge;

use judge::Verdict;

/// Interactive sign-ins of users.
const SIGN_INS: &str = "/v1.0/auditLogs/signIns";
/// Those of service principals, which only the beta endpoint has.
const APP_SIGN_INS: &str = "/beta/auditLogs/signIns";
/// When service principals were last seen.
const APP_ACTIVITY: &str = "/beta/reports/servicePrincipalSignInActivities";
/// Most records of one log; older ones fall out.
const MAX_RECORDS: usize = 20_000;

/// What somebody shows when signing in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Proof {
    /// A guess that is wrong.
    WrongPassword,
    /// The password alone.
    Password,
    /// The password and a second factor that can be phished.
    Mfa,
    /// A passkey, Windows Hello or a certificate.
    PhishingResistant,
}

/// One attempt to sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIn {
    /// Id or name of a user, or the application id of a service principal.
    pub who: String,
    /// Application id of the resource.
    pub application: String,
    /// As Graph names it: `Browser`, `Mobile Apps and Desktop clients`, `Exchange ActiveSync`, `IMAP4`, …
    pub client: String,
    /// Two-letter country.
    pub country: String,
    /// Address it comes from.
    pub address: String,
    /// `windows`, `macOS`, `iOS`, `android`, `linux`.
    pub platform: String,
    /// What is shown.
    pub proof: Proof,
    /// Whether the device is compliant or joined.
    pub managed: bool,
    /// `deviceCodeFlow`, `authenticationTransfer`, or empty.
    pub flow: String,
    /// Risk of the sign-in: `none`, `low`, `medium`, `high`.
    pub risk: String,
    /// When; now if not given.
    pub time: Option<DateTime<Utc>>,
    /// Id of the record; a new one if not given.
    pub id: Option<String>,
}

impl SignIn {
    /// An everyday attempt: Exchange Online in a browser, with MFA, on an unmanaged Windows in Germany.
    #[must_use]
    pub fn new(who: &str) -> Self {
        Self {
            who: who.to_owned(),
            application: "00000002-0000-0ff1-ce00-000000000000".to_owned(),
            client: "Browser".to_owned(),
            country: "DE".to_owned(),
            address: "203.0.113.25".to_owned(),
            platform: "windows".to_owned(),
            proof: Proof::Mfa,
            managed: false,
            flow: String::new(),
            risk: "none".to_owned(),
            time: None,
            id: None,
        }
    }
}

/// Writes down an attempt; gives the record as Graph shows it.
pub(crate) fn record(tenant: &mut Tenant, attempt: &SignIn) -> Result<Value, GraphError> {
    let by_name = tenant.find_by("/v1.0/users", "userPrincipalName", &attempt.who);
    let user = by_name.or_else(|| tenant.find("/v1.0/users", &attempt.who)).map(std::borrow::Cow::into_owned);
    let principal = tenant.service_principal_of(&attempt.who).map(std::borrow::Cow::into_owned);
    match (user, principal) {
        (Some(user), _) => Ok(of_user(tenant, attempt, user)),
        (None, Some(principal)) => Ok(of_principal(tenant, attempt, &principal)),
        (None, None) => Err(GraphError::not_found(&attempt.who)),
    }
}

fn of_user(tenant: &mut Tenant, attempt: &SignIn, mut user: Object) -> Value {
    let verdict = judge::judge(tenant, attempt, &user);
    let mut row = common(tenant, attempt, &verdict, text_of(&user, "id"));
    row.extend(object(json!({
        "userId": text_of(&user, "id"),
        "userDisplayName": text_of(&user, "displayName"),
        "userPrincipalName": text_of(&user, "userPrincipalName"),
    })));
    let error = error_code(attempt, &verdict, &user);
    row.insert("status".into(), status(error));
    tenant.log_row(SIGN_INS, row.clone(), MAX_RECORDS);
    seen(&mut user, &row, error == 0);
    tenant.put("/v1.0/users", user);
    Value::Object(row)
}

fn of_principal(tenant: &mut Tenant, attempt: &SignIn, principal: &Object) -> Value {
    let verdict = judge::judge(tenant, attempt, principal);
    let mut row = common(tenant, attempt, &verdict, text_of(principal, "id"));
    row.extend(object(json!({
        "isInteractive": false,
        "signInEventTypes": ["servicePrincipal"],
        "appId": attempt.who,
        "appDisplayName": text_of(principal, "displayName"),
        "servicePrincipalId": text_of(principal, "id"),
        "servicePrincipalName": text_of(principal, "displayName"),
    })));
    row.insert("status".into(), status(verdict.error));
    tenant.log_row(APP_SIGN_INS, row.clone(), MAX_RECORDS);
    if verdict.error == 0 {
        let time =
            json!({"lastSignInDateTime": row.get("createdDateTime"), "lastSignInRequestId": row.get("id")});
        let activity = json!({
            "id": text_of(principal, "id"),
            "appId": attempt.who,
            "lastSignInActivity": time,
            "applicationAuthenticationClientSignInActivity": time,
        });
        tenant.put(APP_ACTIVITY, object(activity));
    }
    Value::Object(row)
}

fn common(tenant: &Tenant, attempt: &SignIn, verdict: &Verdict, subject: &str) -> Object {
    let time = attempt.time.unwrap_or_else(|| tenant.now());
    let id = attempt.id.clone().unwrap_or_else(|| Uuid::new_v4().to_string());
    let resource = tenant.service_principal_of(&attempt.application);
    let resource = resource.map_or_else(String::new, |row| text_of(&row, "displayName").to_owned());
    object(json!({
        "id": id,
        "createdDateTime": time.to_rfc3339_opts(SecondsFormat::AutoSi, true),
        "appId": attempt.application,
        "appDisplayName": resource,
        "resourceDisplayName": resource,
        "resourceId": attempt.application,
        "ipAddress": attempt.address,
        "clientAppUsed": attempt.client,
        // One sign-in has one correlation id of its own.
        "correlationId": Uuid::from_bytes(digest(&format!("{id}{subject}"))).to_string(),
        "isInteractive": true,
        "conditionalAccessStatus": verdict.status,
        "riskDetail": "none",
        "riskLevelAggregated": attempt.risk,
        "riskLevelDuringSignIn": attempt.risk,
        "riskState": if attempt.risk == "none" { "none" } else { "atRisk" },
        "riskEventTypes_v2": [],
        "deviceDetail": {
            "deviceId": "", "displayName": "", "operatingSystem": attempt.platform, "browser": "",
            "isCompliant": attempt.managed, "isManaged": attempt.managed, "trustType": "",
        },
        "location": {"city": "", "state": "", "countryOrRegion": attempt.country, "geoCoordinates": {}},
        "appliedConditionalAccessPolicies": verdict.applied,
    }))
}

fn digest(text: &str) -> [u8; 16] {
    let hash = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.as_ref()[..16]);
    bytes
}

/// Entra's code for how it ended; 0 is success.
fn error_code(attempt: &SignIn, verdict: &Verdict, user: &Object) -> u32 {
    match () {
        () if attempt.proof == Proof::WrongPassword => 50_126,
        () if user.get("accountEnabled") == Some(&Value::Bool(false)) => 50_057,
        () => verdict.error,
    }
}

fn status(code: u32) -> Value {
    let reason = match code {
        0 => "Other.",
        50_126 => "Error validating credentials due to invalid username or password.",
        50_057 => "User account is disabled.",
        50_076 => {
            "Due to a configuration change made by your administrator, you must use multi-factor authentication."
        }
        53_000 => "Device is not in required device state.",
        _ => "Access has been blocked by Conditional Access policies.",
    };
    json!({"errorCode": code, "failureReason": reason, "additionalDetails": null})
}

/// The user's activity: the attempt, and the success if it was one.
fn seen(user: &mut Object, row: &Object, success: bool) {
    let mut activity = user.get("signInActivity").and_then(Value::as_object).cloned().unwrap_or_default();
    let (time, id) = (row.get("createdDateTime").cloned(), row.get("id").cloned());
    let mut names = vec![("lastSignInDateTime", "lastSignInRequestId")];
    if success {
        names.push(("lastSuccessfulSignInDateTime", "lastSuccessfulSignInRequestId"));
    }
    for (when, request) in names {
        activity.insert(when.to_owned(), time.clone().unwrap_or_default());
        activity.insert(request.to_owned(), id.clone().unwrap_or_default());
    }
    user.insert("signInActivity".into(), Value::Object(activity));
}
