//! What only the organisation knows is not guessed; what would hurt is refused.

use super::*;

/// The first failing case of a control.
fn failing(id: &str) -> (Control, Case) {
    let control = BASELINE.member(&id.into()).unwrap().control.clone();
    let case = control.cases.iter().find(|case| case.verdict == Verdict::Fail).unwrap().clone();
    (control, case)
}

fn refusal(id: &str, edit: impl Fn(&mut Model, &mut TenantConfig)) -> String {
    let (control, case) = failing(id);
    let mut tenant = Model::of(&case.graph);
    let mut config = organisation(&control.id, &case.config);
    edit(&mut tenant, &mut config);
    drafts(&control.id, &tenant, &case, &config).unwrap_err().0
}

fn with_parameter(id: &str, name: &str, value: Value) -> Result<Vec<Draft>, NoFix> {
    let (control, mut case) = failing(id);
    let user = json!({"id": "u1", "displayName": "Ann", "userPrincipalName": "a@x", "accountEnabled": true});
    case.graph.insert("/v1.0/users".to_owned(), json!({"value": [user]}));
    case.graph.insert("/v1.0/groups".to_owned(), json!({"value": [{"id": "g1", "displayName": "Joiners"}]}));
    let mut config = case.config.clone();
    config.parameters.entry(control.id.clone()).or_default().insert(name.to_owned(), value);
    let drafts = drafts(&control.id, &Model::of(&case.graph), &case, &config)?;
    for draft in &drafts {
        carried_out(&control, &case, &config, draft);
    }
    Ok(drafts)
}

/// APP-04, GOV-24: without the parameter there is guidance only; with it the named are set, if they are there.
#[test]
fn what_only_the_organisation_knows_comes_from_parameters() {
    assert!(refusal("GOV-24", |_, _| {}).contains("set `groups`"));
    let one = with_parameter("GOV-24", "groups", json!(["g1"])).unwrap();
    let body = one[0].changes[0].view().request.body;
    assert_eq!(body["azureADJoin"]["allowedToJoin"]["groups"], json!(["g1"]));
    assert!(with_parameter("GOV-24", "groups", json!(["g2"])).unwrap_err().0.contains("none of this tenant"));
    let (_, mut case) = failing("APP-04");
    let policy = case.graph.get_mut("/v1.0/policies/adminConsentRequestPolicy").unwrap();
    policy["reviewers"] = json!([]);
    assert!(refusal("APP-04", |tenant, _| tenant.responses = case.graph.clone()).contains("set `reviewers`"));
}

/// ID-23: words are words of 4 to 16 characters.
#[test]
fn id_23_words_that_entra_refuses_are_refused_before() {
    let empty = |tenant: &mut Model, config: &mut TenantConfig, words: Value| {
        tenant.responses.insert("/v1.0/groupSettings".to_owned(), json!({"value": []}));
        let parameters = config.parameters.entry("ID-23".into()).or_default();
        parameters.insert("banned_words".to_owned(), words);
    };
    assert!(
        refusal("ID-23", |tenant, config| empty(tenant, config, json!([]))).contains("set `banned_words`")
    );
    assert!(refusal("ID-23", |tenant, config| empty(tenant, config, json!(["abc"]))).contains("4 to 16"));
    assert!(refusal("ID-23", |tenant, config| empty(tenant, config, json!(["a\tbcd"]))).contains("4 to 16"));
}

/// ID-20: nobody outside of declared exceptions may lose the only way in.
#[test]
fn id_20_is_refused_while_somebody_has_no_other_method() {
    let stage = |methods: Value, enabled: Value| {
        move |tenant: &mut Model, _: &mut TenantConfig| {
            let user = json!({"id": "u1", "displayName": "Ann", "userPrincipalName": "a@x", "accountEnabled": enabled});
            let row = json!({"id": "u1", "methodsRegistered": methods});
            tenant.responses.insert("/v1.0/users".to_owned(), json!({"value": [user]}));
            let report = "/v1.0/reports/authenticationMethods/userRegistrationDetails";
            tenant.responses.insert(report.to_owned(), json!({"value": [row]}));
        }
    };
    for methods in
        [json!(["mobilePhone"]), json!([]), json!(["email", "securityQuestion", "temporaryAccessPass"])]
    {
        let told = refusal("ID-20", stage(methods.clone(), json!(true)));
        assert!(told.contains("1 enabled users have no other method"), "{methods}: {told}");
    }
    let except = |tenant: &mut Model, config: &mut TenantConfig| {
        stage(json!(["mobilePhone"]), json!(true))(tenant, config);
        *config = toml::from_str(
            "exceptions = [{ control = \"ID-20\", object = \"u1\", reason = \"r\", owner = \"o\", expires = 2026-12-31 }]",
        )
        .unwrap();
    };
    let (control, case) = failing("ID-20");
    for edit in [
        &stage(json!(["mobilePhone", "fido2SecurityKey"]), json!(true))
            as &dyn Fn(&mut Model, &mut TenantConfig),
        &stage(json!(["mobilePhone"]), json!(false)),
        &except,
    ] {
        let (mut tenant, mut config) = (Model::of(&case.graph), case.config.clone());
        edit(&mut tenant, &mut config);
        let changes = drafts(&control.id, &tenant, &case, &config).unwrap().remove(0).changes;
        assert!(!changes.is_empty());
        let sent = |change: &Change| {
            change.view().request.body.as_object().unwrap().keys().cloned().collect::<Vec<_>>()
        };
        assert!(
            changes.iter().all(|change| sent(change) == ["@odata.type", "state"]),
            "EXT-23's setting stays"
        );
    }
}

/// D23: what an exception accepts is not set, though the control fails for another reason.
#[test]
fn d23_an_accepted_value_is_left_as_it_is() {
    let (control, mut case) = failing("EXT-22");
    let policy = case.graph.get_mut("/v1.0/policies/crossTenantAccessPolicy/default").unwrap();
    *part(policy, "/inboundTrust/isMfaAccepted") = json!(true);
    *part(policy, "/inboundTrust/isCompliantDeviceAccepted") = json!(true);
    let config: TenantConfig = toml::from_str(
        "exceptions = [{ control = \"EXT-22\", object = \"inboundTrust.isMfaAccepted\", value = true, reason = \"r\", \
         owner = \"o\", expires = 2026-12-31 }]",
    )
    .unwrap();
    let draft = drafts(&control.id, &Model::of(&case.graph), &case, &config).unwrap().remove(0);
    let body = draft.changes[0].view().request.body;
    assert_eq!(body["inboundTrust"]["isMfaAccepted"], true);
    assert_eq!(body["inboundTrust"]["isCompliantDeviceAccepted"], false);
}

/// APP-21: a policy that is off and holds other rules is not switched on as a side effect.
#[test]
fn app_21_brings_no_other_rule_into_force() {
    let told = refusal("APP-21", |tenant, _| {
        let policy = tenant.responses.get_mut("/v1.0/policies/defaultAppManagementPolicy").unwrap();
        policy["isEnabled"] = json!(false);
        policy["applicationRestrictions"] = json!({"keyCredentials": [], "passwordCredentials": [{"restrictionType": "symmetricKeyAddition"}]});
    });
    assert!(told.contains("1 other rules"), "{told}");
}
