//! Authentication methods: which are allowed, how they are set up, and whether people are asked
//! to register better ones (ID-06, ID-20, ID-21, ID-27, ID-28, ID-31, ID-32).

use super::expectation::{Expectation, Expected, flag_at, number_at, value_at, word_at};
use crate::{
    checks::Context,
    snapshot::{FamilyName, MethodConfiguration, Unreadable},
};
use serde_json::{Map, Value, json};
use trueconfig_common::verdict::Verdict;

/// States of a method.
const STATES: [&str; 2] = ["enabled", "disabled"];

/// States of a part that Microsoft can decide on.
const PART_STATES: [&str; 3] = ["default", "enabled", "disabled"];

/// Methods that are easily phished or taken over.
const WEAK: [(&str, &str); 3] =
    [("Sms", "text messages"), ("Voice", "voice calls"), ("Email", "one-time passcodes by e-mail")];

/// What a registration campaign may be for.
const CAMPAIGN_METHODS: [&str; 3] = ["microsoftAuthenticator", "fido2", "passkey"];

/// The longest life of a Temporary Access Pass, in minutes.
const PASS_MINUTES: i64 = 480;

/// Stands for "no group" in an excluded target.
const NOBODY: &str = "00000000-0000-0000-0000-000000000000";

const METHODS: FamilyName = FamilyName::AuthenticationMethodConfigurations;
const POLICY: FamilyName = FamilyName::AuthenticationMethodsPolicy;

/// ID-06: methods are managed in one place.
pub(super) fn migration(context: &Context<'_>) -> Result<Expected, Unreadable> {
    let policy = &context.snapshot.authentication_methods_policy.single()?.raw;
    let path = "policyMigrationState";
    let state = word_at(policy, path, &["preMigration", "migrationInProgress", "migrationComplete"]);
    let value = state.map(|state| Expectation {
        path: path.to_owned(),
        label: "the migration of authentication methods",
        actual: json!(state),
        expected: "migrationComplete".to_owned(),
        wanted: json!("migrationComplete"),
        met: state == "migrationComplete",
    });
    Ok(Expected::Values(POLICY, vec![value]))
}

/// ID-20: weak methods are off.
pub(super) fn weak_methods(context: &Context<'_>) -> Result<Expected, Unreadable> {
    let rows = context.snapshot.authentication_method_configurations.rows()?;
    let value = |(id, label): (&str, &'static str)| {
        let state =
            word_at(&method(rows, id)?.raw, "state", &STATES).map_err(|detail| inside(id, &detail))?;
        Ok(Expectation {
            path: format!("{id}.state"),
            label,
            actual: json!(state),
            expected: "disabled".to_owned(),
            wanted: json!("disabled"),
            met: state == "disabled",
        })
    };
    Ok(Expected::Values(METHODS, WEAK.into_iter().map(value).collect()))
}

/// ID-21: Authenticator shows which application asks, and from where.
pub(super) fn authenticator_context(context: &Context<'_>) -> Result<Expected, Unreadable> {
    let rows = context.snapshot.authentication_method_configurations.rows()?;
    let id = "MicrosoftAuthenticator";
    let Some(configuration) = enabled(rows, id)? else {
        return Ok(Expected::settled(Verdict::NotApplicable, "scope: Microsoft Authenticator is off"));
    };
    let parts = [
        ("displayAppInformationRequiredState", "the application's name in Authenticator"),
        ("displayLocationInformationRequiredState", "the place of the sign-in in Authenticator"),
    ];
    let values = parts.map(|(part, label)| {
        shown_to_all(&configuration.raw, part, label).map_err(|detail| inside(id, &detail))
    });
    Ok(Expected::Values(METHODS, values.into_iter().collect()))
}

/// ID-27: a Temporary Access Pass works once and not for long, or there is none.
pub(super) fn temporary_access_pass(context: &Context<'_>) -> Result<Expected, Unreadable> {
    let rows = context.snapshot.authentication_method_configurations.rows()?;
    let id = "TemporaryAccessPass";
    let Some(configuration) = enabled(rows, id)? else {
        return Ok(Expected::settled(Verdict::Pass, "Temporary Access Pass is disabled"));
    };
    let fields = &configuration.raw;
    let once = flag(fields, id, "isUsableOnce", "one-time use of Temporary Access Passes", true);
    let lifetime = |part: &str, label: &'static str| {
        let path = format!("{id}.{part}");
        let minutes = number_at(fields, part).map_err(|detail| inside(id, &detail))?;
        if minutes <= 0 {
            return Err(format!("{path} is {minutes}, which is no length of time"));
        }
        Ok(Expectation {
            path,
            label,
            actual: json!(minutes),
            expected: format!("at most {PASS_MINUTES} minutes"),
            wanted: json!(PASS_MINUTES),
            met: minutes <= PASS_MINUTES,
        })
    };
    let longest = lifetime("maximumLifetimeInMinutes", "the longest life of a Temporary Access Pass");
    Ok(Expected::Values(METHODS, vec![once, longest]))
}

/// ID-28: keys prove their make, and people register them.
pub(super) fn fido2_attestation(context: &Context<'_>) -> Result<Expected, Unreadable> {
    let rows = context.snapshot.authentication_method_configurations.rows()?;
    let id = "Fido2";
    let fields = method(rows, id).map(|one| &one.raw);
    let value = |part, label| flag(fields.clone()?, id, part, label, true);
    let values = vec![
        value("isAttestationEnforced", "attestation of FIDO2 keys"),
        value("isSelfServiceRegistrationAllowed", "self-service registration of FIDO2 keys"),
    ];
    Ok(Expected::Values(METHODS, values))
}

/// ID-31: people are asked to register Authenticator or a passkey.
pub(super) fn registration_campaign(context: &Context<'_>) -> Result<Expected, Unreadable> {
    let policy = &context.snapshot.authentication_methods_policy.single()?.raw;
    let root = "registrationEnforcement.authenticationMethodsRegistrationCampaign";
    let path = format!("{root}.state");
    let state = word_at(policy, &path, &PART_STATES).map(|state| Expectation {
        path: path.clone(),
        label: "the registration campaign",
        actual: json!(state),
        expected: "enabled".to_owned(),
        wanted: json!("enabled"),
        met: state == "enabled",
    });
    Ok(Expected::Values(POLICY, vec![state, campaign_target(policy, &format!("{root}.includeTargets"))]))
}

/// ID-32: a certificate counts as two factors by the tenant's own policy, or there are none.
pub(super) fn certificates(context: &Context<'_>) -> Result<Expected, Unreadable> {
    let rows = context.snapshot.authentication_method_configurations.rows()?;
    let id = "X509Certificate";
    let Some(configuration) = enabled(rows, id)? else {
        return Ok(Expected::settled(Verdict::Pass, "certificate-based authentication is disabled"));
    };
    let modes = ["x509CertificateSingleFactor", "x509CertificateMultiFactor"];
    let path = "authenticationModeConfiguration.x509CertificateAuthenticationDefaultMode";
    let mode = word_at(&configuration.raw, path, &modes).map_err(|detail| inside(id, &detail));
    let mode = mode.map(|mode| Expectation {
        path: format!("{id}.{path}"),
        label: "the default mode of certificates",
        actual: json!(mode),
        expected: "x509CertificateMultiFactor".to_owned(),
        wanted: json!("x509CertificateMultiFactor"),
        met: mode == "x509CertificateMultiFactor",
    });
    let rules = weak_rules(&configuration.raw, &modes).map_err(|detail| inside(id, &detail));
    Ok(Expected::Values(METHODS, vec![mode, rules]))
}

/// Rules by issuer or policy take precedence over the default mode: none may ask for one factor only.
fn weak_rules(fields: &Map<String, Value>, modes: &[&str]) -> Result<Expectation, String> {
    let path = "authenticationModeConfiguration.rules";
    let rules = match value_at(fields, path) {
        Ok(rules) => rules.as_array().ok_or_else(|| format!("{path} is no list"))?.as_slice(),
        // Absent or null: there are none.
        Err(_) => &[],
    };
    let mut weak = 0_usize;
    for (index, rule) in rules.iter().enumerate() {
        let rule = rule.as_object().ok_or_else(|| format!("{path}[{index}] is no object"))?;
        let mode = word_at(rule, "x509CertificateAuthenticationMode", modes)
            .map_err(|detail| format!("{path}[{index}].{detail}"))?;
        weak += usize::from(mode.eq_ignore_ascii_case("x509CertificateSingleFactor"));
    }
    Ok(Expectation {
        path: format!("X509Certificate.{path}"),
        label: "the number of rules by which a certificate is one factor",
        actual: json!(weak),
        expected: "0".to_owned(),
        wanted: Value::Null,
        met: weak == 0,
    })
}

/// EXT-23: nobody from outside gets in with a code sent by e-mail. `default` is on.
pub(super) fn email_passcode(context: &Context<'_>) -> Result<Expected, Unreadable> {
    let rows = context.snapshot.authentication_method_configurations.rows()?;
    let (id, part) = ("Email", "allowExternalIdToUseEmailOtp");
    let state = method(rows, id)
        .and_then(|one| word_at(&one.raw, part, &PART_STATES).map_err(|detail| inside(id, &detail)));
    let state = state.map(|state| Expectation {
        path: format!("{id}.{part}"),
        label: "one-time passcodes by e-mail for people from outside",
        actual: json!(state),
        expected: "disabled".to_owned(),
        wanted: json!("disabled"),
        met: state == "disabled",
    });
    Ok(Expected::Values(METHODS, vec![state]))
}

/// A method's configuration, by its id or by its type.
pub fn method<'r>(rows: &'r [MethodConfiguration], id: &str) -> Result<&'r MethodConfiguration, String> {
    let kind = format!("#microsoft.graph.{id}AuthenticationMethodConfiguration");
    let is_it = |row: &&MethodConfiguration| {
        let typed = row.raw.get("@odata.type").and_then(Value::as_str);
        row.id.eq_ignore_ascii_case(id) || typed.is_some_and(|typed| typed.eq_ignore_ascii_case(&kind))
    };
    rows.iter().find(is_it).ok_or_else(|| format!("the configuration of {id} is missing"))
}

/// A method's configuration, if the method is on.
fn enabled<'r>(
    rows: &'r [MethodConfiguration],
    id: &str,
) -> Result<Option<&'r MethodConfiguration>, Unreadable> {
    let found = method(rows, id).and_then(|row| {
        let state = word_at(&row.raw, "state", &STATES).map_err(|detail| inside(id, &detail))?;
        Ok((state == "enabled").then_some(row))
    });
    found.map_err(|detail| Unreadable::inside(METHODS, detail))
}

fn inside(id: &str, detail: &str) -> String {
    format!("{id}.{detail}")
}

fn flag(
    fields: &Map<String, Value>,
    id: &str,
    part: &str,
    label: &'static str,
    wanted: bool,
) -> Result<Expectation, String> {
    let actual = flag_at(fields, part).map_err(|detail| inside(id, &detail))?;
    Ok(Expectation {
        path: format!("{id}.{part}"),
        label,
        actual: json!(actual),
        expected: wanted.to_string(),
        wanted: json!(wanted),
        met: actual == wanted,
    })
}

/// A part of Authenticator is on for all, and nobody is left out.
fn shown_to_all(fields: &Map<String, Value>, part: &str, label: &'static str) -> Result<Expectation, String> {
    let root = format!("featureSettings.{part}");
    let state = word_at(fields, &format!("{root}.state"), &PART_STATES)?;
    let included = value_at(fields, &format!("{root}.includeTarget.id")).map(Value::as_str);
    let included = match included {
        // Whom it would be for matters only where it is on.
        Err(detail) if state == "enabled" => return Err(detail),
        found => found.ok().flatten().unwrap_or_default(),
    };
    let excluded = match value_at(fields, &format!("{root}.excludeTarget")) {
        // Absent or null: nobody is left out.
        Err(_) => None,
        Ok(target) => {
            let id = target.get("id").and_then(Value::as_str).filter(|id| !id.is_empty());
            Some(id.ok_or_else(|| format!("{root}.excludeTarget.id is missing"))?)
        }
    };
    let leaves_out = excluded.is_some_and(|id| id != NOBODY);
    let all = included.eq_ignore_ascii_case("all_users");
    Ok(Expectation {
        path: format!("MicrosoftAuthenticator.{root}"),
        label,
        actual: json!({"state": state, "includeTarget": included, "excludeTarget": excluded}),
        expected: "enabled for all users, none left out".to_owned(),
        wanted: json!({"state": "enabled", "includeTarget": "all_users", "excludeTarget": NOBODY}),
        met: state == "enabled" && all && !leaves_out,
    })
}

fn campaign_target(policy: &Map<String, Value>, path: &str) -> Result<Expectation, String> {
    let targets = value_at(policy, path)?.as_array().ok_or_else(|| format!("{path} is no list"))?;
    let methods: Vec<&str> = targets
        .iter()
        .map(|target| target.get("targetedAuthenticationMethod").and_then(Value::as_str).unwrap_or_default())
        .collect();
    let strong = |method: &&str| CAMPAIGN_METHODS.iter().any(|one| one.eq_ignore_ascii_case(method));
    Ok(Expectation {
        path: path.to_owned(),
        label: "what the campaign is for",
        actual: json!(methods),
        expected: "Microsoft Authenticator or a passkey, for somebody".to_owned(),
        wanted: json!(["microsoftAuthenticator"]),
        met: methods.iter().any(strong),
    })
}
