//! Twelve Conditional Access policies, named locations, authentication strengths.

use serde_json::{Value, json};

use super::Graph;
use super::facts::{days_ago, id};
use super::roles::role;

/// A policy in short; the builder below writes it out as Graph does.
struct Policy {
    name: &'static str,
    state: &'static str,
    users: Value,
    applications: Value,
    clients: &'static [&'static str],
    more: Value,
    grant: Value,
    session: Value,
}

const REPORT_ONLY: &str = "enabledForReportingButNotEnforced";

fn emergency(numbers: &[&str]) -> Vec<String> {
    numbers.iter().map(|number| id(&format!("user bg-admin-{number}"))).collect()
}

fn everybody(exclude: &[&str]) -> Value {
    json!({"includeUsers": ["All"], "excludeUsers": emergency(exclude)})
}

fn all_apps() -> Value {
    json!({"includeApplications": ["All"]})
}

fn grant(operator: &str, controls: &[&str]) -> Value {
    json!({
        "operator": operator,
        "builtInControls": controls,
        "customAuthenticationFactors": [],
        "termsOfUse": [],
        "authenticationStrength": null,
    })
}

impl Policy {
    fn new(name: &'static str, state: &'static str, users: Value, applications: Value, grant: Value) -> Self {
        Self {
            name,
            state,
            users,
            applications,
            clients: &["all"],
            more: json!({}),
            grant,
            session: Value::Null,
        }
    }

    fn body(&self) -> Value {
        let mut users = json!({
            "includeUsers": [], "excludeUsers": [], "includeGroups": [], "excludeGroups": [],
            "includeRoles": [], "excludeRoles": [],
            "includeGuestsOrExternalUsers": null, "excludeGuestsOrExternalUsers": null,
        });
        let mut applications = json!({
            "includeApplications": [], "excludeApplications": [], "includeUserActions": [],
            "includeAuthenticationContextClassReferences": [], "applicationFilter": null,
        });
        let mut conditions = json!({
            "userRiskLevels": [], "signInRiskLevels": [], "servicePrincipalRiskLevels": [],
            "clientAppTypes": self.clients, "platforms": null, "locations": null, "devices": null,
            "clientApplications": null, "authenticationFlows": null, "insiderRiskLevels": null,
        });
        lay_over(&mut users, &self.users);
        lay_over(&mut applications, &self.applications);
        lay_over(&mut conditions, &self.more);
        conditions["users"] = users;
        conditions["applications"] = applications;
        json!({
            "id": id(&format!("policy {}", self.name)),
            "displayName": self.name,
            "state": self.state,
            "templateId": null,
            "createdDateTime": days_ago(420, self.name),
            "modifiedDateTime": null,
            "deletedDateTime": null,
            "conditions": conditions,
            "grantControls": self.grant,
            "sessionControls": self.session,
        })
    }
}

fn lay_over(under: &mut Value, over: &Value) {
    for (name, value) in over.as_object().expect("an object") {
        under[name] = value.clone();
    }
}

fn policies() -> Vec<Policy> {
    [about_everybody(), about_risk(), about_some()].into_iter().flatten().collect()
}

fn about_everybody() -> Vec<Policy> {
    let country = json!({"locations": {"includeLocations": [id("location High-risk countries")], "excludeLocations": []}});
    let both = ["01", "02"];
    let block = || grant("OR", &["block"]);
    let mfa = || grant("OR", &["mfa"]);
    let registration = json!({"includeUserActions": ["urn:user:registerdevice"]});
    vec![
        Policy::new("CA001 Require MFA for all users", REPORT_ONLY, everybody(&both), all_apps(), mfa()),
        Policy {
            clients: &["exchangeActiveSync"],
            ..Policy::new("CA003 Block Exchange ActiveSync", "enabled", everybody(&both), all_apps(), block())
        },
        // The second emergency account is forgotten here: PA-03 names it.
        Policy {
            more: country,
            ..Policy::new(
                "CA004 Block high-risk countries",
                "enabled",
                everybody(&["01"]),
                all_apps(),
                block(),
            )
        },
        Policy {
            more: json!({"authenticationFlows": {"transferMethods": "deviceCodeFlow"}}),
            ..Policy::new("CA011 Block device code flow", REPORT_ONLY, everybody(&both), all_apps(), block())
        },
        Policy::new(
            "CA012 Require MFA to register devices",
            "enabled",
            everybody(&both),
            registration,
            mfa(),
        ),
    ]
}

fn about_risk() -> Vec<Policy> {
    let every_time = json!({"signInFrequency": {
        "isEnabled": true, "authenticationType": "primaryAndSecondaryAuthentication",
        "frequencyInterval": "everyTime", "type": null, "value": null,
    }});
    let both = ["01", "02"];
    let change = grant("AND", &["mfa", "passwordChange"]);
    vec![
        Policy {
            more: json!({"userRiskLevels": ["high"]}),
            session: every_time.clone(),
            ..Policy::new("CA006 Secure high-risk users", "enabled", everybody(&both), all_apps(), change)
        },
        Policy {
            more: json!({"signInRiskLevels": ["high", "medium"]}),
            session: every_time,
            ..Policy::new(
                "CA007 Require MFA for risky sign-ins",
                "enabled",
                everybody(&both),
                all_apps(),
                grant("OR", &["mfa"]),
            )
        },
    ]
}

fn about_some() -> Vec<Policy> {
    let guests = json!({"includeGuestsOrExternalUsers": {
        "guestOrExternalUserTypes": "internalGuest,b2bCollaborationGuest,b2bCollaborationMember,b2bDirectConnectUser,otherExternalUser,serviceProvider",
        "externalTenants": {"@odata.type": "#microsoft.graph.conditionalAccessAllExternalTenants", "membershipKind": "all"},
    }});
    let admins = json!({
        "includeRoles": [role("Global Administrator"), role("Security Administrator"), role("Exchange Administrator")],
        "excludeUsers": emergency(&["01", "02"]),
    });
    let office = json!({"includeApplications": ["Office365"]});
    let finance = json!({"includeGroups": [id("group sg-finance")]});
    let a_day = json!({
        "signInFrequency": {"isEnabled": true, "authenticationType": "primaryAndSecondaryAuthentication",
            "frequencyInterval": "timeBased", "type": "hours", "value": 24},
        "persistentBrowser": {"isEnabled": true, "mode": "never"},
    });
    vec![
        Policy::new(
            "CA002 Require MFA for administrators",
            "enabled",
            admins,
            all_apps(),
            grant("OR", &["mfa"]),
        ),
        Policy::new(
            "CA005 Require managed device for Finance",
            "enabled",
            finance,
            office.clone(),
            grant("OR", &["compliantDevice", "domainJoinedDevice"]),
        ),
        Policy::new(
            "CA008 Require MFA for guests",
            "enabled",
            guests.clone(),
            all_apps(),
            grant("OR", &["mfa"]),
        ),
        Policy {
            session: a_day,
            ..Policy::new("CA009 Limit guest sessions", "disabled", guests, all_apps(), Value::Null)
        },
        Policy {
            session: json!({"applicationEnforcedRestrictions": {"isEnabled": true}}),
            ..Policy::new(
                "CA010 Restrict unmanaged devices",
                REPORT_ONLY,
                everybody(&["01", "02"]),
                office,
                Value::Null,
            )
        },
    ]
}

/// Policies, locations, strengths.
pub fn bodies(graph: &mut Graph) {
    let mut policies: Vec<Value> = policies().iter().map(Policy::body).collect();
    policies.sort_by_key(|policy| policy["displayName"].to_string());
    graph.insert("/v1.0/identity/conditionalAccess/policies".into(), json!({"value": policies}));
    graph.insert("/v1.0/identity/conditionalAccess/namedLocations".into(), json!({"value": locations()}));
    graph.insert("/v1.0/policies/authenticationStrengthPolicies".into(), json!({"value": strengths()}));
}

fn locations() -> Vec<Value> {
    let ranges = |cidr: &str| json!([{"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": cidr}]);
    let base = |name: &str, kind: &str| {
        json!({
            "@odata.type": format!("#microsoft.graph.{kind}"),
            "id": id(&format!("location {name}")),
            "displayName": name,
            "createdDateTime": days_ago(500, name),
            "modifiedDateTime": days_ago(100, name),
            "deletedDateTime": null,
        })
    };
    let mut headquarters = base("Headquarters", "ipNamedLocation");
    headquarters["isTrusted"] = json!(true);
    headquarters["ipRanges"] = ranges("203.0.113.0/24");
    let mut branches = base("Branch offices", "ipNamedLocation");
    branches["isTrusted"] = json!(false);
    branches["ipRanges"] = ranges("198.51.100.0/25");
    let mut countries = base("High-risk countries", "countryNamedLocation");
    countries["countriesAndRegions"] = json!(["KP", "IR", "SY"]);
    countries["countryLookupMethod"] = json!("clientIpAddress");
    countries["includeUnknownCountriesAndRegions"] = json!(false);
    vec![headquarters, branches, countries]
}

fn strengths() -> Vec<Value> {
    let strength = |number: u8, name: &str, combinations: &[&str]| {
        json!({
            "id": format!("00000000-0000-0000-0000-00000000000{number}"),
            "displayName": name,
            "description": format!("Built-in strength {name}"),
            "policyType": "builtIn",
            "requirementsSatisfied": "mfa",
            "createdDateTime": "2021-12-01T00:00:00Z",
            "modifiedDateTime": "2021-12-01T00:00:00Z",
            "allowedCombinations": combinations,
        })
    };
    let resistant = ["windowsHelloForBusiness", "fido2", "x509CertificateMultiFactor"];
    let passwordless = [&resistant[..], &["deviceBasedPush"]].concat();
    let more = [
        "temporaryAccessPassOneTime",
        "temporaryAccessPassMultiUse",
        "password,microsoftAuthenticatorPush",
        "password,softwareOath",
        "password,hardwareOath",
        "password,sms",
        "password,voice",
        "federatedMultiFactor",
    ];
    vec![
        strength(2, "Multifactor authentication", &[&passwordless[..], &more].concat()),
        strength(3, "Passwordless MFA", &passwordless),
        strength(4, "Phishing-resistant MFA", &resistant),
    ]
}
