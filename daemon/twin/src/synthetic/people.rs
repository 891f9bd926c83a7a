//! Users, with the shares of deviations that large tenants have.

use chrono::NaiveTime;
use uuid::Uuid;

use super::Synthetic;
use super::identity::{Ids, Kind};
use super::made::Generator;
use super::names::{COUNTRIES, DEPARTMENTS, GIVEN, PARTNERS, SURNAMES, TITLES, pick};
use super::row::{Cell, Sink, Stamp};

/// Domain of the demo tenant.
pub(super) const DOMAIN: &str = "contoso.onmicrosoft.com";
/// Licence of the demo tenant.
const SKU: &str = "06ebc4ee-1bb5-47dd-8120-11324bc54e06";
/// Break-glass accounts: the first users.
pub(super) const BREAK_GLASS: u32 = 2;
/// Most users with a role; they follow the break-glass accounts.
const MAX_ADMINISTRATORS: u32 = 60;
const DAY: i64 = 86_400;

// Of a thousand users, so many are guests, disabled, synchronised, without a sign-in for more than 90 days,
// without any sign-in, and without a second factor.
const GUESTS: u64 = 120;
const DISABLED: u64 = 50;
const SYNCHRONISED: u64 = 600;
const STALE: u64 = 60;
const NEVER: u64 = 20;
const WITHOUT_MFA: u64 = 110;

/// Everybody of one synthetic tenant.
#[derive(Debug, Clone, Copy)]
pub(super) struct People {
    pub(super) ids: Ids,
    pub(super) count: u32,
    /// The instant the dates lead up to, in seconds since 1970.
    pub(super) now: i64,
}

/// What is decided about one user.
pub(super) struct Person {
    pub(super) index: u32,
    pub(super) id: Uuid,
    pub(super) guest: bool,
    pub(super) administrator: bool,
    pub(super) multifactor: bool,
    given: (&'static str, &'static str),
    surname: (&'static str, &'static str),
    created: i64,
    seen: Option<i64>,
}

impl People {
    pub(super) fn new(wanted: Synthetic) -> Self {
        let now = wanted.day.and_time(NaiveTime::MIN).and_utc().timestamp();
        Self { ids: Ids::new(wanted.seed), count: wanted.users, now }
    }

    /// The number of users with a role, break-glass accounts included.
    pub(super) fn administrators(self) -> u32 {
        (BREAK_GLASS + self.count / 50).min(MAX_ADMINISTRATORS)
    }

    pub(super) fn id(self, index: u32) -> Uuid {
        self.ids.id(Kind::User, index)
    }

    fn chance(self, index: u32, purpose: u64, share: u64) -> bool {
        self.ids.chance(Kind::User, index, purpose, share)
    }

    fn draw(self, index: u32, purpose: u64) -> u64 {
        self.ids.draw(Kind::User, index, purpose)
    }

    fn days(self, index: u32, purpose: u64, least: u64, most: u64) -> i64 {
        let seconds = self.draw(index, purpose) % ((most - least) * 86_400);
        self.now - i64::try_from(least * 86_400 + seconds).unwrap_or_default()
    }

    pub(super) fn person(self, index: u32) -> Person {
        let administrator = index < self.administrators();
        let seen = if self.chance(index, 1, NEVER) && !administrator {
            None
        } else if self.chance(index, 2, STALE) {
            Some(self.days(index, 3, 91, 400))
        } else {
            Some(self.days(index, 3, 0, 30))
        };
        Person {
            index,
            id: self.id(index),
            guest: !administrator && self.chance(index, 4, GUESTS),
            administrator,
            multifactor: index < BREAK_GLASS || !self.chance(index, 5, WITHOUT_MFA),
            given: pick(&GIVEN, self.draw(index, 6)),
            surname: pick(&SURNAMES, self.draw(index, 7)),
            created: self.days(index, 8, 400, 2_500),
            seen,
        }
    }
}

impl Person {
    pub(super) fn break_glass(&self) -> bool {
        self.index < BREAK_GLASS
    }

    /// Writes what a user is called.
    pub(super) fn display(&self, name: &'static str, sink: &mut dyn Sink) {
        if self.break_glass() {
            return sink.put(name, Cell::Text(format_args!("Emergency Access {:02}", self.index + 1)));
        }
        sink.put(name, Cell::Text(format_args!("{} {}", self.given.0, self.surname.0)));
    }

    /// Writes the sign-in name; its number is what makes it unique and leads back to the user.
    pub(super) fn principal_name(&self, name: &'static str, sink: &mut dyn Sink) {
        let (given, surname, index) = (self.given.1, self.surname.1, self.index);
        if self.break_glass() {
            sink.put(name, Cell::Text(format_args!("bg-admin-{:02}@{DOMAIN}", index + 1)));
        } else if self.guest {
            let home = pick(&PARTNERS, u64::from(index));
            sink.put(name, Cell::Text(format_args!("{given}.{surname}{index}_{home}#EXT#@{DOMAIN}")));
        } else {
            sink.put(name, Cell::Text(format_args!("{given}.{surname}{index}@{DOMAIN}")));
        }
    }

    fn mail(&self, sink: &mut dyn Sink) {
        let (given, surname, index) = (self.given.1, self.surname.1, self.index);
        if self.break_glass() {
            return sink.put("mail", Cell::Null);
        }
        let home = if self.guest { pick(&PARTNERS, u64::from(index)) } else { DOMAIN };
        sink.put("mail", Cell::Text(format_args!("{given}.{surname}{index}@{home}")));
    }

    fn nickname(&self, sink: &mut dyn Sink) {
        let (given, surname, index) = (self.given.1, self.surname.1, self.index);
        if self.break_glass() {
            return sink.put("mailNickname", Cell::Text(format_args!("bg-admin-{:02}", index + 1)));
        }
        sink.put("mailNickname", Cell::Text(format_args!("{given}.{surname}{index}")));
    }

    fn own_name(&self, name: &'static str, value: &str, sink: &mut dyn Sink) {
        if self.break_glass() {
            return sink.put(name, Cell::Null);
        }
        sink.put(name, Cell::Text(format_args!("{value}")));
    }

    fn activity(&self, people: People, sink: &mut dyn Sink) {
        let Some(seen) = self.seen else { return sink.put("signInActivity", Cell::Null) };
        let (last, request) = (Stamp(seen), people.ids.id(Kind::SignIn, self.index));
        let silent = Stamp(seen - DAY / 3);
        sink.put(
            "signInActivity",
            Cell::Json(format_args!(
                "{{\"lastNonInteractiveSignInDateTime\":\"{silent}\",\
                 \"lastNonInteractiveSignInRequestId\":\"{request}\",\
                 \"lastSignInDateTime\":\"{last}\",\"lastSignInRequestId\":\"{request}\",\
                 \"lastSuccessfulSignInDateTime\":\"{last}\",\"lastSuccessfulSignInRequestId\":\"{request}\"}}"
            )),
        );
    }

    fn work(&self, people: People, name: &'static str, list: &[&'static str], sink: &mut dyn Sink) {
        if self.guest || self.break_glass() {
            return sink.put(name, Cell::Null);
        }
        let value = pick(list, people.draw(self.index, name.len() as u64));
        sink.put(name, Cell::Text(format_args!("{value}")));
    }
}

impl Generator for People {
    fn count(&self) -> usize {
        self.count as usize
    }

    fn position(&self, key: &str) -> Option<usize> {
        self.ids.position(Kind::User, key, self.count)
    }

    fn indexed(&self) -> &'static [&'static str] {
        &["userPrincipalName"]
    }

    fn position_by(&self, _property: &str, value: &str) -> Option<usize> {
        let value = value.to_ascii_lowercase();
        let index = match value.strip_prefix("bg-admin-") {
            Some(rest) => rest.split('@').next()?.parse::<u32>().ok()?.checked_sub(1)?,
            None => {
                let local = value.split(['@', '_']).next()?;
                local.trim_start_matches(|c: char| !c.is_ascii_digit()).parse().ok()?
            }
        };
        let mut row = super::row::Whole::default();
        self.person(index).principal_name("userPrincipalName", &mut row);
        let same = crate::tenant::text_of(&row.0, "userPrincipalName").eq_ignore_ascii_case(&value);
        (index < self.count && same).then_some(index as usize)
    }

    fn make(&self, position: usize, sink: &mut dyn Sink) {
        let index = u32::try_from(position).unwrap_or_default();
        let person = self.person(index);
        let member = !person.guest && !person.break_glass();
        let null_or = |set: bool, value: &'static str| if set { value } else { "null" };
        let enabled = person.administrator || !self.chance(index, 9, DISABLED);
        sink.put("accountEnabled", Cell::Flag(enabled));
        licences(member, sink);
        sink.put("businessPhones", Cell::Json(format_args!("[]")));
        sink.put("createdDateTime", Cell::Text(format_args!("{}", Stamp(person.created))));
        sink.put("deletedDateTime", Cell::Null);
        person.work(*self, "department", &DEPARTMENTS, sink);
        person.display("displayName", sink);
        let state = null_or(person.guest, "\"Accepted\"");
        sink.put("externalUserState", Cell::Json(format_args!("{state}")));
        person.own_name("givenName", person.given.0, sink);
        sink.put("id", Cell::Text(format_args!("{}", person.id)));
        person.work(*self, "jobTitle", &TITLES, sink);
        person.mail(sink);
        person.nickname(sink);
        sink.put("mobilePhone", Cell::Null);
        sink.put("officeLocation", Cell::Null);
        let synced = null_or(member && self.chance(index, 10, SYNCHRONISED), "true");
        sink.put("onPremisesSyncEnabled", Cell::Json(format_args!("{synced}")));
        sink.put("preferredLanguage", Cell::Null);
        person.activity(*self, sink);
        person.own_name("surname", person.surname.0, sink);
        person.work(*self, "usageLocation", &COUNTRIES, sink);
        person.principal_name("userPrincipalName", sink);
        let kind = if person.guest { "Guest" } else { "Member" };
        sink.put("userType", Cell::Text(format_args!("{kind}")));
    }
}

fn licences(member: bool, sink: &mut dyn Sink) {
    if !member {
        return sink.put("assignedLicenses", Cell::Json(format_args!("[]")));
    }
    let licence = format_args!("[{{\"disabledPlans\":[],\"skuId\":\"{SKU}\"}}]");
    sink.put("assignedLicenses", Cell::Json(licence));
}
