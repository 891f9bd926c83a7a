//! Request bodies against Microsoft's own description of Graph.

use super::*;
use std::path::PathBuf;

/// Every body that a fix of a failing case sends, and that takes it back, is one of its type.
#[test]
#[ignore = "needs ../shared/graph"]
fn bodies_of_all_fixes_fit_microsofts_schema() {
    let default = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/graph");
    let folder = std::env::var_os("TRUECONFIG_GRAPH_ORACLE").map_or(default, PathBuf::from);
    let text = std::fs::read_to_string(folder.join("jsonschema/graph-v1.0-slice.schema.json")).unwrap();
    let schema: Value = serde_json::from_str(&text).unwrap();
    let mut judged = 0;
    for control in served() {
        for case in control.cases.iter().filter(|case| case.verdict == Verdict::Fail) {
            let config = organisation(&control.id, &case.config);
            let drafts = drafts(&control.id, &Model::of(&case.graph), case, &config).unwrap_or_default();
            for change in drafts.iter().flat_map(|draft| &draft.changes) {
                let view = change.view();
                for request in [Some(view.request), view.inverse].into_iter().flatten() {
                    let Some(name) = type_of(&request.path, &request.body) else { continue };
                    let problems = problems(&schema, &schema["$defs"][&name], &request.body, "$");
                    assert!(problems.is_empty(), "{} {}: {problems:?}\n{:#}", control.id, name, request.body);
                    judged += 1;
                }
            }
        }
    }
    assert!(judged > 60, "{judged} bodies were judged");
}

/// The type of a body; none for what Microsoft's slice lacks.
fn type_of(path: &str, body: &Value) -> Option<String> {
    if body.is_null() {
        return None;
    }
    if let Some(named) = body["@odata.type"].as_str() {
        return Some(named.trim_start_matches('#').to_owned());
    }
    let steps: Vec<&str> = path.trim_start_matches("/v1.0/").split('/').collect();
    let name = match steps.as_slice() {
        ["policies", "crossTenantAccessPolicy", "default"] => "crossTenantAccessPolicyConfigurationDefault",
        ["policies", "defaultAppManagementPolicy"] => "tenantAppManagementPolicy",
        ["policies", "activityBasedTimeoutPolicies", ..] | ["policies", "deviceRegistrationPolicy"] => {
            return None;
        }
        ["policies", "roleManagementPolicies", ..] => return None,
        ["policies", one] => one,
        ["groupSettings", ..] => "groupSetting",
        ["users", _] => "user",
        ["groups", ..] => "group",
        ["domains", _] => "domain",
        ["devices", _] => return None,
        [.., "messageRules", _] => return None,
        ["servicePrincipals", _] => "servicePrincipal",
        [.., "appRoleAssignedTo"] => "appRoleAssignment",
        ["oauth2PermissionGrants", ..] => "oAuth2PermissionGrant",
        ["identity", "conditionalAccess", "policies", ..] => "conditionalAccessPolicy",
        [.., "roleEligibilityScheduleRequests"] => "unifiedRoleEligibilityScheduleRequest",
        [.., "roleAssignments"] => "unifiedRoleAssignment",
        _ => return None,
    };
    Some(format!("microsoft.graph.{name}"))
}

/// As much of JSON Schema as Microsoft's slice uses.
fn problems(root: &Value, schema: &Value, value: &Value, place: &str) -> Vec<String> {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = reference.trim_start_matches("#/$defs/");
        return problems(root, &root["$defs"][name], value, place);
    }
    if let Some(any) = schema["anyOf"].as_array() {
        let found: Vec<Vec<String>> = any.iter().map(|one| problems(root, one, value, place)).collect();
        return match found.iter().any(Vec::is_empty) {
            true => Vec::new(),
            false => found.into_iter().flatten().collect(),
        };
    }
    let mut found = Vec::new();
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let takes = |wanted: &Value| wanted == kind || (kind == "integer" && wanted == "number");
    let fits = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().any(takes),
        Value::Null => true,
        one => takes(one),
    };
    if !fits {
        found.push(format!("{place} is {kind}, {} expected", schema["type"]));
    }
    if let Some(known) = schema["enum"].as_array()
        && !known.contains(value)
    {
        found.push(format!("{place} is {value}, none of {}", schema["enum"]));
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        found.extend(problems(root, &schema["items"], item, &format!("{place}[{index}]")));
    }
    for (name, inner) in value.as_object().into_iter().flatten() {
        match schema["properties"].get(name) {
            Some(schema) => found.extend(problems(root, schema, inner, &format!("{place}.{name}"))),
            None if name.contains('@') || schema["additionalProperties"] != false => {}
            None => found.push(format!("{place}.{name} is not known")),
        }
    }
    found
}
