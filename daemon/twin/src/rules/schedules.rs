//! Requests of Privileged Identity Management: assign and remove, active and eligible.

use chrono::{DateTime, SecondsFormat, TimeDelta};
use serde_json::{Value, json};

use super::roles::{ASSIGNMENTS, INSTANCES, SCHEDULES, principal_and_role, refuse_last_global};
use super::{Rules, default_to, required, timestamp};
use crate::graph::GraphError;
use crate::resources::Place;
use crate::tenant::audit::Told;
use crate::tenant::{Object, Tenant, object, text_of};

/// Eligible schedule instances.
pub(crate) const ELIGIBLE: &str = "/v1.0/roleManagement/directory/roleEligibilityScheduleInstances";
/// Eligible schedules.
const ELIGIBLE_SCHEDULES: &str = "/v1.0/roleManagement/directory/roleEligibilitySchedules";
/// Minutes in which an assignment may not be removed.
const YOUNG_MINUTES: i64 = 5;

/// `roleAssignmentScheduleRequests`.
pub(crate) struct ActiveRequests;

/// `roleEligibilityScheduleRequests`.
pub(crate) struct EligibleRequests;

impl Rules for ActiveRequests {
    fn create(&self, tenant: &Tenant, _place: &Place, row: &mut Object) -> Result<(), GraphError> {
        complete(tenant, row, ASSIGNMENTS)?;
        if text_of(row, "action") == "adminRemove" {
            refuse_last_global(tenant, row)?;
            refuse_young(tenant, row)?;
        }
        Ok(())
    }

    fn told(&self, tenant: &Tenant, _before: Option<&Object>, after: Option<&Object>) -> Option<Told> {
        Some(told(tenant, after?, "member"))
    }

    fn written(&self, tenant: &mut Tenant, _before: Option<&Object>, after: Option<&Object>) {
        let Some(request) = after.filter(|request| is_real(request)) else { return };
        if text_of(request, "action") == "adminRemove" {
            [INSTANCES, SCHEDULES, ASSIGNMENTS].iter().for_each(|path| remove(tenant, path, request));
            return;
        }
        let id = text_of(request, "targetScheduleId").to_owned();
        let mut assignment = parts(request);
        assignment.extend(object(json!({"principalOrganizationId": tenant.id, "condition": null})));
        tenant.put(ASSIGNMENTS, assignment);
        let held = object(json!({"assignmentType": "Assigned", "memberType": "Direct"}));
        let mut instance = parts(request);
        instance.extend(held.clone());
        instance.extend(object(json!({"roleAssignmentOriginId": id, "roleAssignmentScheduleId": id})));
        instance.extend(times(tenant, request));
        tenant.put(INSTANCES, instance);
        let mut schedule = schedule(tenant, request);
        schedule.extend(held);
        tenant.put(SCHEDULES, schedule);
    }
}

impl Rules for EligibleRequests {
    fn create(&self, tenant: &Tenant, _place: &Place, row: &mut Object) -> Result<(), GraphError> {
        complete(tenant, row, ELIGIBLE)
    }

    fn told(&self, tenant: &Tenant, _before: Option<&Object>, after: Option<&Object>) -> Option<Told> {
        Some(told(tenant, after?, "eligible member"))
    }

    fn written(&self, tenant: &mut Tenant, _before: Option<&Object>, after: Option<&Object>) {
        let Some(request) = after.filter(|request| is_real(request)) else { return };
        if text_of(request, "action") == "adminRemove" {
            [ELIGIBLE, ELIGIBLE_SCHEDULES].iter().for_each(|path| remove(tenant, path, request));
            return;
        }
        let mut instance = parts(request);
        instance.insert("memberType".into(), json!("Direct"));
        instance.insert("roleEligibilityScheduleId".into(), json!(text_of(request, "targetScheduleId")));
        instance.extend(times(tenant, request));
        tenant.put(ELIGIBLE, instance);
        let mut schedule = schedule(tenant, request);
        schedule.insert("memberType".into(), json!("Direct"));
        tenant.put(ELIGIBLE_SCHEDULES, schedule);
    }
}

/// A request as the service tells it that carries it out.
fn told(tenant: &Tenant, request: &Object, what: &str) -> Told {
    let given = text_of(request, "action") == "adminAssign";
    let expiration = request.get("scheduleInfo").and_then(|info| info.get("expiration"));
    let kind = expiration.and_then(|expiration| expiration.get("type")).and_then(Value::as_str);
    let span = if kind.is_none_or(|kind| kind == "noExpiration") { "permanent" } else { "timebound" };
    let (verb, side) = if given { ("Add", "to") } else { ("Remove", "from") };
    Told {
        name: format!("{verb} {what} {side} role in PIM completed ({span})"),
        service: "PIM",
        targets: principal_and_role(tenant, request, given),
    }
}

/// Public tools have seen that an assignment cannot be removed in its first minutes; a switch, for it is
/// certain of activated ones only.
fn refuse_young(tenant: &Tenant, request: &Object) -> Result<(), GraphError> {
    let young = |row: &Object| {
        let start = DateTime::parse_from_rfc3339(text_of(row, "startDateTime"));
        start.is_ok_and(|start| tenant.now() - start.to_utc() < TimeDelta::minutes(YOUNG_MINUTES))
    };
    let stays = tenant.twin.switches.young_assignments_stay;
    if stays && tenant.each(INSTANCES).any(|row| same_parts(&row, request) && young(&row)) {
        return Err(state(
            "ActiveDurationTooShort",
            "The active duration is too short. Miniumum Required is 5 minutes.",
        ));
    }
    Ok(())
}

/// A dry run changes nothing.
fn is_real(request: &Object) -> bool {
    request.get("isValidationOnly") != Some(&Value::Bool(true))
}

fn complete(tenant: &Tenant, row: &mut Object, collection: &str) -> Result<(), GraphError> {
    for name in ["principalId", "roleDefinitionId", "directoryScopeId"] {
        required(row, name)?;
    }
    let held = tenant.each(collection).find(|held| same_parts(held, row));
    let (status, target) = match (required(row, "action")?, held) {
        ("adminRemove", None) => {
            return Err(state("RoleAssignmentDoesNotExist", "The Role assignment does not exist."));
        }
        ("adminRemove", Some(held)) => ("Revoked", text_of(&held, "id").to_owned()),
        ("adminAssign", Some(_)) => {
            return Err(state("RoleAssignmentExists", "The Role assignment already exists."));
        }
        ("adminAssign", None) => ("Provisioned", tenant.new_id().to_string()),
        (action, _) => {
            return Err(state(
                "InvalidAction",
                &format!("The action '{action}' is not supported with an application token."),
            ));
        }
    };
    let schedule = super::roles::assignment_id(
        text_of(row, "roleDefinitionId"),
        text_of(row, "principalId"),
        text_of(row, "directoryScopeId"),
    );
    let target = if collection == ASSIGNMENTS { schedule? } else { target };
    row.insert("status".into(), json!(status));
    row.insert("targetScheduleId".into(), json!(target));
    row.insert("createdDateTime".into(), timestamp(tenant));
    row.insert("completedDateTime".into(), timestamp(tenant));
    for name in ["approvalId", "customData", "justification", "scheduleInfo", "ticketInfo", "appScopeId"] {
        default_to(row, name, Value::Null);
    }
    default_to(row, "isValidationOnly", json!(false));
    Ok(())
}

fn state(code: &str, message: &str) -> GraphError {
    GraphError::new(400, code, message)
}

fn same_parts(left: &Object, right: &Object) -> bool {
    ["principalId", "roleDefinitionId", "directoryScopeId"]
        .iter()
        .all(|name| text_of(left, name).eq_ignore_ascii_case(text_of(right, name)))
}

/// What a request says about who holds what where, under the id of its outcome.
fn parts(request: &Object) -> Object {
    object(json!({
        "id": text_of(request, "targetScheduleId"),
        "principalId": text_of(request, "principalId"),
        "roleDefinitionId": text_of(request, "roleDefinitionId"),
        "directoryScopeId": text_of(request, "directoryScopeId"),
        "appScopeId": null,
    }))
}

/// The schedule that a request made.
fn schedule(tenant: &Tenant, request: &Object) -> Object {
    let times = times(tenant, request);
    let end = times.get("endDateTime").cloned().unwrap_or_default();
    let kind = if end.is_null() { "noExpiration" } else { "afterDateTime" };
    let mut schedule = parts(request);
    schedule.extend(object(json!({
        "createdUsing": text_of(request, "id"),
        "createdDateTime": timestamp(tenant),
        "modifiedDateTime": null,
        "status": "Provisioned",
        "scheduleInfo": {
            "startDateTime": times.get("startDateTime"),
            "recurrence": null,
            "expiration": {"type": kind, "endDateTime": end, "duration": null},
        },
    })));
    schedule
}

/// Start and end of an assignment; without an expiration it is permanent.
fn times(tenant: &Tenant, request: &Object) -> Object {
    let schedule = request.get("scheduleInfo").cloned().unwrap_or_default();
    let start = schedule.get("startDateTime").filter(|start| !start.is_null()).cloned();
    let start = start.unwrap_or_else(|| timestamp(tenant));
    let expiration = schedule.get("expiration").cloned().unwrap_or_default();
    let named = expiration.get("endDateTime").filter(|end| !end.is_null()).cloned();
    let after = || {
        let duration = duration(expiration.get("duration")?.as_str()?)?;
        let start = DateTime::parse_from_rfc3339(start.as_str()?).ok()?;
        let end = start.to_utc().checked_add_signed(duration)?;
        Some(json!(end.to_rfc3339_opts(SecondsFormat::AutoSi, true)))
    };
    let end = named.or_else(after).unwrap_or_default();
    object(json!({"startDateTime": start, "endDateTime": end}))
}

/// Durations as PIM writes them: days, or hours, or minutes, as in `P365D`, `PT8H`, `PT30M`.
fn duration(text: &str) -> Option<TimeDelta> {
    let rest = text.strip_prefix('P')?;
    let unit = rest.chars().last().filter(char::is_ascii_alphabetic)?;
    let number: i64 = rest.trim_start_matches('T').trim_end_matches(unit).parse().ok()?;
    match (rest.starts_with('T'), unit) {
        (false, 'D') => TimeDelta::try_days(number),
        (true, 'H') => TimeDelta::try_hours(number),
        (true, 'M') => TimeDelta::try_minutes(number),
        _ => None,
    }
}

fn remove(tenant: &mut Tenant, path: &str, request: &Object) {
    let ids: Vec<String> = tenant
        .each(path)
        .filter(|row| same_parts(row, request))
        .map(|row| text_of(&row, "id").to_owned())
        .collect();
    for id in ids {
        tenant.take(path, &id);
    }
}

#[cfg(test)]
mod tests {
    use super::duration;
    use chrono::TimeDelta;

    #[test]
    fn durations_of_pim_are_read_and_others_are_not() {
        assert_eq!(duration("P365D"), Some(TimeDelta::days(365)));
        assert_eq!(duration("PT8H"), Some(TimeDelta::hours(8)));
        assert_eq!(duration("PT30M"), Some(TimeDelta::minutes(30)));
        for text in ["", "P", "PT", "8H", "P9223372036854775807D", "P1D2H", "PTéH", "P1é"] {
            assert_eq!(duration(text), None, "{text}");
        }
    }
}
