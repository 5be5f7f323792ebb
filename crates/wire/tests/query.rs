//! awsQuery: forms, XML, and the names that query services give errors.

use gatekey_model::sample_query::{
    CreateRoleRequest, NoSuchEntityException, Operation, SERVICE, SimulateCustomPolicyRequest, shapes,
};
use gatekey_model::{ApiError, CommonError, common, iam, sts};
use gatekey_wire::WireError;
use gatekey_wire::query::{self, Form};

fn create_role(form: &str) -> Result<CreateRoleRequest, WireError> {
    Form::parse(form.as_bytes())?.decode(&shapes::CREATE_ROLE_REQUEST)
}

#[test]
fn the_action_chooses_the_operation() {
    let form = Form::parse(b"Action=CreateRole&Version=2010-05-08").unwrap();
    assert_eq!(query::operation(&form, Operation::from_name), Ok(Operation::CreateRole));
    let form = Form::parse(b"Action=Fly&Version=2010-05-08").unwrap();
    let error: CommonError = query::operation(&form, Operation::from_name).unwrap_err().into();
    assert_eq!((error.info().query.code, error.info().query.status), ("InvalidAction", 400));
    assert_eq!(error.message(), Some("Could not find operation Fly for version 2010-05-08"));
}

#[test]
fn elements_are_taken_in_the_order_of_their_numbers() {
    let input = create_role(
        "RoleName=r&AssumeRolePolicyDocument=%7B%7D&Tags.member.10.Key=j&Tags.member.10.Value=&Tags.member.2.Key=b&Tags.member.2.Value=x+y",
    )
    .unwrap();
    let tags: Vec<(String, String)> =
        input.tags.unwrap().into_iter().map(|tag| (tag.key, tag.value)).collect();
    assert_eq!(tags, [("b".to_owned(), "x y".to_owned()), ("j".to_owned(), String::new())]);
}

#[test]
fn an_empty_list_is_not_an_absent_one() {
    let input = create_role("RoleName=r&AssumeRolePolicyDocument=%7B%7D&Tags=").unwrap();
    assert_eq!(input.tags, Some(Vec::new()));
    assert_eq!(create_role("RoleName=r&AssumeRolePolicyDocument=%7B%7D").unwrap().tags, None);
}

#[test]
fn constraints_are_reported_as_in_json_under_the_query_services_code() {
    let error = create_role("RoleName=a%20b&Tags.member.1.Key=k").unwrap_err();
    let text = "3 validation errors detected: Value 'a b' at 'roleName' failed to satisfy constraint: \
                Member must satisfy regular expression pattern: [\\w+=,.@-]+; \
                Value null at 'assumeRolePolicyDocument' failed to satisfy constraint: Member must not be null; \
                Value null at 'tags.1.member.value' failed to satisfy constraint: Member must not be null";
    assert_eq!(error, WireError::Validation { text: text.to_owned(), kept: text.to_owned() });
    assert_eq!(CommonError::from(error).info().query.code, "ValidationError");
}

#[test]
fn numbers_booleans_and_secrets_that_cannot_be_read_are_refused() {
    let error = create_role("RoleName=r&AssumeRolePolicyDocument=x&MaxSessionDuration=soon").unwrap_err();
    assert_eq!(error, WireError::Serialization(Some("'soon' can not be converted to an Integer".to_owned())));
    let form = Form::parse(b"MaxItems=1.5").unwrap();
    assert!(form.decode::<SimulateCustomPolicyRequest>(&shapes::SIMULATE_CUSTOM_POLICY_REQUEST).is_err());
}

#[test]
fn hostile_forms_are_refused() {
    let deep = format!("Tags{}=1", ".member.1".repeat(100));
    assert!(Form::parse(deep.as_bytes()).is_err());
    let many = "a=1&".repeat(200_000);
    assert!(Form::parse(many.as_bytes()).is_err());
    let gap = create_role(
        "RoleName=r&AssumeRolePolicyDocument=x&Tags.member.4294967295.Key=k&Tags.member.4294967295.Value=v",
    );
    assert_eq!(gap.unwrap().tags.unwrap().len(), 1, "a large number makes no large list");
}

#[test]
fn errors_are_answered_in_xml_with_their_own_status() {
    let answer = query::error_answer(&SERVICE, &NoSuchEntityException::new("no role <r>"), "id-1");
    assert_eq!((answer.status, answer.content_type), (404, "text/xml"));
    assert_eq!(
        String::from_utf8(answer.body).unwrap(),
        "<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><Error><Type>Sender</Type>\
         <Code>NoSuchEntity</Code><Message>no role &lt;r&gt;</Message></Error><RequestId>id-1</RequestId></ErrorResponse>"
    );
    let denied = CommonError::from(common::AccessDeniedException::new("no"));
    let answer = query::error_answer(&SERVICE, &denied, "id-2");
    assert_eq!(answer.status, 403);
    assert!(String::from_utf8(answer.body).unwrap().contains("<Code>AccessDenied</Code>"));
}

#[test]
fn a_malformed_one_time_code_is_answered_but_not_kept() {
    let form = b"UserName=u&SerialNumber=123456789&AuthenticationCode1=12345x&AuthenticationCode2=x54321";
    let decoded = Form::parse(form)
        .unwrap()
        .decode::<iam::EnableMFADeviceRequest>(&iam::shapes::ENABLE_MFA_DEVICE_REQUEST);
    let error = decoded.unwrap_err();
    let (kept, shown) = (error.kept().unwrap().to_owned(), error.to_string());
    assert_eq!(
        kept,
        "2 validation errors detected: Value at 'authenticationCode1' failed to satisfy constraint: \
         Member must satisfy regular expression pattern: [\\d]+; Value at 'authenticationCode2' failed to satisfy \
         constraint: Member must satisfy regular expression pattern: [\\d]+"
    );
    assert_eq!(shown, kept);
    let told = CommonError::from(error).message().unwrap().to_owned();
    assert!(told.contains("Value '12345x' at 'authenticationCode1'") && told.contains("'x54321'"), "{told}");
    for (member, name) in [("TokenCode", "tokenCode"), ("SerialNumber", "serialNumber")] {
        let form = format!("{member}=hush");
        let decoded = Form::parse(form.as_bytes())
            .unwrap()
            .decode::<sts::GetSessionTokenRequest>(&sts::shapes::GET_SESSION_TOKEN_REQUEST);
        let error = decoded.unwrap_err();
        let kept = error.kept().unwrap();
        assert!(kept.contains(&format!("at '{name}'")), "{kept}");
        assert_eq!(kept.contains("hush"), member != "TokenCode", "{kept}");
    }
}
