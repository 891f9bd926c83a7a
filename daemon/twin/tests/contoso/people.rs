//! 300 users: two emergency accounts, three named administrators, a sync account, members, guests.

use serde_json::{Value, json};

use super::Graph;
use super::facts::{DOMAIN, days_ago, id, pick, tenant_id};

const FIRST: [&str; 24] = [
    "Amelia", "Bruno", "Chiara", "Dmitri", "Elena", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Katya",
    "Liam", "Mira", "Noor", "Oskar", "Paula", "Quentin", "Rosa", "Samir", "Tilda", "Umar", "Vera", "Wanda",
    "Yusuf",
];
const LAST: [&str; 23] = [
    "Abdallah",
    "Brandt",
    "Castillo",
    "Dubois",
    "Eriksen",
    "Fontaine",
    "Gruber",
    "Haddad",
    "Ivanov",
    "Jansen",
    "Kowalski",
    "Lindqvist",
    "Moreau",
    "Novak",
    "Okafor",
    "Petrov",
    "Quiroga",
    "Rossi",
    "Schneider",
    "Tanaka",
    "Ueda",
    "Virtanen",
    "Weber",
];
const DEPARTMENTS: [&str; 8] =
    ["Finance", "Human Resources", "Sales", "Engineering", "Operations", "Legal", "Marketing", "IT"];
const PARTNERS: [&str; 5] =
    ["fabrikam.com", "adatum.com", "northwindtraders.com", "tailspintoys.com", "litware.com"];
/// Service plan of the licence members hold.
const SKU: &str = "06ebc4ee-1bb5-47dd-8120-11324bc54e06";

/// What kind of account a person has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Emergency,
    Administrator,
    SyncAccount,
    Member,
    Stale,
    NeverSeen,
    Disabled,
    Guest,
}

/// One account.
pub struct Person {
    pub id: String,
    pub name: String,
    pub upn: String,
    pub kind: Kind,
    pub synchronised: bool,
    pub body: Value,
}

/// Everybody, in the order of the collection.
pub fn staff() -> Vec<Person> {
    let mut staff = vec![
        account("bg-admin-01", "Emergency Access 01", Kind::Emergency),
        account("bg-admin-02", "Emergency Access 02", Kind::Emergency),
        account("ingrid.halvorsen", "Ingrid Halvorsen", Kind::Administrator),
        account("tomas.ferreira", "Tomás Ferreira", Kind::Administrator),
        account("priya.raman", "Priya Raman", Kind::Administrator),
        account(
            "sync_aadc01_7f3a",
            "On-Premises Directory Synchronization Service Account",
            Kind::SyncAccount,
        ),
    ];
    for number in 0..294 {
        let kind = match number {
            0..14 => Kind::Stale,
            14..20 => Kind::NeverSeen,
            20..32 => Kind::Disabled,
            32..57 => Kind::Guest,
            _ => Kind::Member,
        };
        let name = format!("{} {}", FIRST[number % FIRST.len()], LAST[number % LAST.len()]);
        let login = name.to_lowercase().replace(' ', ".");
        staff.push(account(&login, &name, kind));
    }
    staff
}

fn account(login: &str, name: &str, kind: Kind) -> Person {
    let key = id(&format!("user {login}"));
    let synchronised =
        matches!(kind, Kind::Member | Kind::Stale | Kind::Disabled) && pick(&format!("sync {login}"), 4) == 0;
    let upn = match kind {
        Kind::Guest => {
            let home = PARTNERS[pick(login, PARTNERS.len())];
            format!("{login}_{home}#EXT#@{DOMAIN}")
        }
        _ => format!("{login}@{DOMAIN}"),
    };
    let body = body(&key, login, name, &upn, kind, synchronised);
    Person { id: key, name: name.to_owned(), upn, kind, synchronised, body }
}

fn body(key: &str, login: &str, name: &str, upn: &str, kind: Kind, synchronised: bool) -> Value {
    let (given, surname) = name.split_once(' ').unwrap_or((name, ""));
    let guest = kind == Kind::Guest;
    let service = matches!(kind, Kind::Emergency | Kind::SyncAccount);
    let mail = match kind {
        Kind::Guest => json!(upn.split("#EXT#").next().map(|mail| mail.replacen('_', "@", 1))),
        _ if service => Value::Null,
        _ => json!(upn),
    };
    let licences = if guest || service { json!([]) } else { json!([{"skuId": SKU, "disabledPlans": []}]) };
    json!({
        "id": key,
        "displayName": name,
        "givenName": if service { Value::Null } else { json!(given) },
        "surname": if service { Value::Null } else { json!(surname) },
        "userPrincipalName": upn,
        "mail": mail,
        "mailNickname": login.replace('.', ""),
        "userType": if guest { "Guest" } else { "Member" },
        "accountEnabled": kind != Kind::Disabled,
        "onPremisesSyncEnabled": if synchronised { json!(true) } else { Value::Null },
        "createdDateTime": created(login, kind),
        "externalUserState": if guest { json!("Accepted") } else { Value::Null },
        "department": if service || guest { Value::Null } else { json!(DEPARTMENTS[pick(&format!("department {login}"), 8)]) },
        "jobTitle": Value::Null,
        "businessPhones": [],
        "mobilePhone": Value::Null,
        "officeLocation": Value::Null,
        "preferredLanguage": Value::Null,
        "usageLocation": if guest { Value::Null } else { json!("DE") },
        "assignedLicenses": licences,
        "signInActivity": activity(login, kind),
    })
}

fn created(login: &str, kind: Kind) -> String {
    let young = kind == Kind::NeverSeen && pick(&format!("young {login}"), 2) == 0;
    let days = if young { 5 + pick(login, 20) } else { 200 + pick(login, 1_500) };
    days_ago(i64::try_from(days).expect("small"), &format!("created {login}"))
}

/// Last sign-ins; null means never or unknown.
fn activity(login: &str, kind: Kind) -> Value {
    let days = match kind {
        Kind::NeverSeen => return Value::Null,
        Kind::Stale => 95 + pick(&format!("stale {login}"), 200),
        Kind::Disabled => 120 + pick(&format!("left {login}"), 300),
        Kind::Emergency => 20,
        Kind::Guest => 3 + pick(&format!("guest {login}"), 70),
        _ => pick(&format!("seen {login}"), 25),
    };
    let days = i64::try_from(days).expect("small");
    let interactive = days_ago(days, &format!("interactive {login}"));
    let silent = days_ago(days + 1, &format!("silent {login}"));
    json!({
        "lastSignInDateTime": interactive,
        "lastSignInRequestId": id(&format!("request {login}")),
        "lastNonInteractiveSignInDateTime": silent,
        "lastNonInteractiveSignInRequestId": id(&format!("silent request {login}")),
        "lastSuccessfulSignInDateTime": interactive,
        "lastSuccessfulSignInRequestId": id(&format!("request {login}")),
    })
}

/// Users and what is known about them, groups, organisation, licences, domains.
pub fn bodies(graph: &mut Graph, staff: &[Person]) {
    let users: Vec<&Value> = staff.iter().map(|person| &person.body).collect();
    graph.insert("/v1.0/users".into(), json!({"value": users}));
    graph.insert(
        "/v1.0/reports/authenticationMethods/userRegistrationDetails".into(),
        json!({"value": registrations(staff)}),
    );
    for person in staff.iter().filter(|person| matches!(person.kind, Kind::Emergency | Kind::Administrator)) {
        graph.insert(
            format!("/v1.0/users/{}/authentication/methods", person.id),
            json!({"value": methods(person)}),
        );
    }
    groups(graph, staff);
    graph.insert("/v1.0/organization".into(), json!({"value": [organization()]}));
    graph.insert("/v1.0/subscribedSkus".into(), json!({"value": [subscription()]}));
    graph.insert("/v1.0/domains".into(), json!({"value": [domain()]}));
    graph.insert("/v1.0/devices".into(), json!({"value": []}));
    graph.insert("/v1.0/directory/administrativeUnits".into(), json!({"value": []}));
    graph.insert("/v1.0/groupSettings".into(), json!({"value": []}));
    graph.insert("/v1.0/identityProtection/riskyUsers".into(), json!({"value": []}));
}

/// Disabled users are absent, as in the real report.
fn registrations(staff: &[Person]) -> Vec<Value> {
    let mut missing = 9;
    let mut rows = Vec::new();
    for person in staff.iter().filter(|person| person.kind != Kind::Disabled) {
        let never = match person.kind {
            Kind::SyncAccount => true,
            Kind::NeverSeen | Kind::Stale if missing > 0 => {
                missing -= 1;
                true
            }
            Kind::Guest => pick(&format!("guest mfa {}", person.upn), 3) == 0,
            _ => false,
        };
        rows.push(registration(person, !never));
    }
    rows
}

fn registration(person: &Person, registered: bool) -> Value {
    let keyed = matches!(person.kind, Kind::Emergency | Kind::Administrator);
    let methods = match (registered, keyed) {
        (false, _) => json!([]),
        (true, true) => json!(["fido2SecurityKey"]),
        (true, false) => json!(["microsoftAuthenticatorPush", "softwareOneTimePasscode"]),
    };
    json!({
        "id": person.id,
        "userPrincipalName": person.upn,
        "userDisplayName": person.name,
        "userType": if person.kind == Kind::Guest { "guest" } else { "member" },
        "isAdmin": keyed,
        "isMfaRegistered": registered,
        "isMfaCapable": registered,
        "isPasswordlessCapable": keyed,
        "isSsprCapable": registered,
        "isSsprEnabled": true,
        "isSsprRegistered": registered,
        "isSystemPreferredAuthenticationMethodEnabled": true,
        "systemPreferredAuthenticationMethods": [],
        "methodsRegistered": methods,
        "userPreferredMethodForSecondaryAuthentication": "push",
        "lastUpdatedDateTime": days_ago(1, "registration report"),
    })
}

fn methods(person: &Person) -> Vec<Value> {
    vec![
        json!({
            "@odata.type": "#microsoft.graph.passwordAuthenticationMethod",
            "id": "28c10230-6103-485e-b985-444c60001490",
            "password": null,
            "createdDateTime": days_ago(400, &format!("password {}", person.upn)),
        }),
        json!({
            "@odata.type": "#microsoft.graph.fido2AuthenticationMethod",
            "id": id(&format!("fido2 {}", person.upn)).replace('-', ""),
            "displayName": "Security key in the safe",
            "createdDateTime": days_ago(390, &format!("key {}", person.upn)),
            "aaGuid": "2fc0579f-8113-47ea-b116-bb5a8db9202a",
            "model": "YubiKey 5 Series with NFC",
            "attestationCertificates": [],
            "attestationLevel": "attested",
        }),
    ]
}

fn groups(graph: &mut Graph, staff: &[Person]) {
    let names = [
        ("sg-finance", "Finance"),
        ("sg-hr", "Human Resources"),
        ("sg-sales", "Sales"),
        ("sg-engineering", "Engineering"),
        ("sg-legal", "Legal"),
        ("sg-helpdesk-operators", "IT"),
    ];
    let mut rows = Vec::new();
    for (name, department) in names {
        rows.push(group(name, department, name == "sg-helpdesk-operators", false));
        let members: Vec<Value> = staff
            .iter()
            .filter(|person| person.kind == Kind::Member && person.body["department"] == department)
            .take(if name == "sg-helpdesk-operators" { 4 } else { 40 })
            .map(reference)
            .collect();
        graph.insert(
            format!("/v1.0/groups/{}/members", id(&format!("group {name}"))),
            json!({"value": members}),
        );
    }
    for name in ["All Company", "Project Aurora"] {
        rows.push(group(name, "everybody", false, true));
        let members: Vec<Value> =
            staff.iter().filter(|person| person.kind == Kind::Member).take(25).map(reference).collect();
        graph.insert(
            format!("/v1.0/groups/{}/members", id(&format!("group {name}"))),
            json!({"value": members}),
        );
    }
    graph.insert("/v1.0/groups".into(), json!({"value": rows}));
    owned(graph, staff);
}

/// The group that holds a role has an owner who holds none: PA-31 names it.
fn owned(graph: &mut Graph, staff: &[Person]) {
    let owner =
        staff.iter().filter(|person| person.kind == Kind::Member && person.body["department"] == "IT");
    let owner: Vec<Value> = owner.skip(4).take(1).map(reference).collect();
    let group = id("group sg-helpdesk-operators");
    graph.insert(format!("/v1.0/groups/{group}/owners"), json!({"value": owner}));
}

fn group(name: &str, about: &str, assignable: bool, unified: bool) -> Value {
    json!({
        "id": id(&format!("group {name}")),
        "displayName": name,
        "description": format!("People of {about}"),
        "mailNickname": name.to_lowercase().replace(' ', ""),
        "mailEnabled": unified,
        "securityEnabled": !unified,
        "groupTypes": if unified { json!(["Unified"]) } else { json!([]) },
        "isAssignableToRole": if assignable { json!(true) } else { Value::Null },
        "visibility": if unified { json!("Private") } else { Value::Null },
        "membershipRule": null,
        "onPremisesSyncEnabled": null,
        "createdDateTime": days_ago(700, name),
        "deletedDateTime": null,
    })
}

/// A person as Graph shows it inside a reference list.
pub fn reference(person: &Person) -> Value {
    json!({
        "@odata.type": "#microsoft.graph.user",
        "id": person.id,
        "displayName": person.name,
        "userPrincipalName": person.upn,
    })
}

fn organization() -> Value {
    json!({
        "id": tenant_id(),
        "displayName": "Contoso",
        "countryLetterCode": "DE",
        "createdDateTime": days_ago(2_600, "organization"),
        "onPremisesSyncEnabled": true,
        "onPremisesLastSyncDateTime": super::facts::minutes_ago(25),
        "tenantType": "AAD",
        "technicalNotificationMails": ["it@contoso.onmicrosoft.com"],
        "securityComplianceNotificationMails": [],
        "verifiedDomains": [{
            "capabilities": "Email, OfficeCommunicationsOnline",
            "isDefault": true,
            "isInitial": true,
            "name": DOMAIN,
            "type": "Managed",
        }],
    })
}

fn subscription() -> Value {
    let plan = |name: &str, key: &str| json!({"servicePlanId": key, "servicePlanName": name, "provisioningStatus": "Success", "appliesTo": "User"});
    json!({
        "id": format!("{}_{SKU}", tenant_id()),
        "skuId": SKU,
        "skuPartNumber": "SPE_E5",
        "appliesTo": "User",
        "capabilityStatus": "Enabled",
        "consumedUnits": 274,
        "prepaidUnits": {"enabled": 320, "suspended": 0, "warning": 0, "lockedOut": 0},
        "servicePlans": [
            plan("AAD_PREMIUM", "41781fb2-bc02-4b7c-bd55-b576c07bb09d"),
            plan("AAD_PREMIUM_P2", "eec0eb4f-6444-4f95-aba0-50c24d67f998"),
            plan("EXCHANGE_S_ENTERPRISE", "efb87545-963c-4e0d-99df-69c6916d9eb0"),
            plan("INTUNE_A", "c1ec4a95-1f05-45b3-a911-aa3fa01094f5"),
        ],
    })
}

fn domain() -> Value {
    json!({
        "id": DOMAIN,
        "authenticationType": "Managed",
        "availabilityStatus": null,
        "isAdminManaged": true,
        "isDefault": true,
        "isInitial": true,
        "isRoot": true,
        "isVerified": true,
        "passwordNotificationWindowInDays": 14,
        "passwordValidityPeriodInDays": 2_147_483_647,
        "supportedServices": ["Email", "OfficeCommunicationsOnline"],
    })
}
