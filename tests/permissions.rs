//! `trueconfig permissions` against a real daemon, held against what the twin put into its tokens.

use serde_json::Value;
use std::collections::BTreeSet;
use trueconfig_tests::support::Stage;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_granted_missing_and_in_excess_is_what_the_token_says() {
    let daemon = Stage::contoso().start().await;
    let explained = daemon.client_command(&["permissions", "explain", "--json"]).output().unwrap();
    let report: Value = serde_json::from_slice(&explained.stdout).unwrap();
    let roles: Vec<BTreeSet<String>> =
        daemon.twin().credentials().iter().map(|one| one.roles.iter().cloned().collect()).collect();
    for registration in report["registrations"].as_array().unwrap() {
        assert_eq!((&registration["configured"], &registration["error"]), (&true.into(), &"".into()));
        let rows = registration["permissions"].as_array().unwrap();
        let of = |standings: &[&str]| -> BTreeSet<String> {
            let wanted = rows.iter().filter(|row| standings.contains(&row["standing"].as_str().unwrap()));
            wanted.map(|row| row["permission"].as_str().unwrap().to_owned()).collect()
        };
        let named = of(&["granted", "excess"]);
        assert!(roles.contains(&named), "{named:?} is in no token: {roles:?}");
        assert!(of(&["missing", "covered"]).is_disjoint(&named) && of(&["unknown"]).is_empty());
        assert!(!of(&["granted"]).is_empty(), "{registration}");
    }
    let wrong = report.to_string().contains("\"missing\"") || report.to_string().contains("\"excess\"");
    assert_eq!(explained.status.code(), Some(i32::from(wrong)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_for_one_control_needs_no_daemon_and_asks_for_no_more() {
    let daemon = Stage::contoso().prepare().await;
    let script = daemon.client_command(&["permissions", "script", "--control", "pa-01"]).output().unwrap();
    let text = String::from_utf8(script.stdout).unwrap();
    assert!(text.contains("'RoleManagement.ReadWrite.Directory' # PA-01"), "{text}");
    let asked = text.lines().filter(|line| line.starts_with("    '") && line.contains("ReadWrite"));
    assert_eq!(asked.count(), 1, "{text}");
    let unknown = daemon.client_command(&["permissions", "script", "--control", "XX-1"]).output().unwrap();
    assert_eq!(unknown.status.code(), Some(2));
}
