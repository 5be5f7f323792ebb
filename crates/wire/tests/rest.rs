//! restJson: paths, query strings and bodies.

use gatekey_model::sample_rest::{DeletePermissionVersionRequest, Operation, UnknownResourceException};
use gatekey_model::{ErrorInfo, Http, OperationInfo, Shape, sample_rest};
use gatekey_wire::{WireError, rest};

/// An operation at this path; only its binding matters to routing.
const fn bound(method: &'static str, path: &'static str) -> OperationInfo {
    const NONE: &[&ErrorInfo] = &[];
    static NOTHING: Shape = Shape::new("Nothing", gatekey_model::Kind::Structure(&[]));
    OperationInfo {
        name: path,
        service: &sample_rest::SERVICE,
        input: &NOTHING,
        output: None,
        result_wrapper: "",
        errors: NONE,
        http: Http { method, path, status: 200 },
        unsigned: false,
    }
}

static ONE: OperationInfo = bound("GET", "/keys/{id}");
static FIXED: OperationInfo = bound("GET", "/keys/all");
static NESTED: OperationInfo = bound("GET", "/keys/{id}/tags/{tag}");
static GREEDY: OperationInfo = bound("PUT", "/files/{path+}");

fn routed(method: &str, path: &str) -> Option<(&'static str, Vec<(&'static str, String)>)> {
    let (info, parameters) = rest::route([&ONE, &FIXED, &NESTED, &GREEDY], method, path)?;
    Some((info.name, parameters))
}

#[test]
fn a_fixed_path_goes_before_one_with_parameters() {
    assert_eq!(routed("GET", "/keys/all"), Some(("/keys/all", vec![])));
    assert_eq!(routed("GET", "/keys/a%2Fb"), Some(("/keys/{id}", vec![("id", "a/b".to_owned())])));
    let expected = vec![("id", "k".to_owned()), ("tag", "t".to_owned())];
    assert_eq!(routed("GET", "/keys/k/tags/t"), Some(("/keys/{id}/tags/{tag}", expected)));
    assert_eq!(routed("PUT", "/files/a/b/c"), Some(("/files/{path+}", vec![("path", "a/b/c".to_owned())])));
}

#[test]
fn other_methods_empty_parameters_and_longer_paths_are_unknown() {
    for (method, path) in
        [("POST", "/keys/all"), ("GET", "/keys/"), ("GET", "/keys/a/b"), ("GET", ""), ("GET", "keys/a")]
    {
        assert_eq!(routed(method, path), None, "{method} {path}");
    }
}

#[test]
fn members_of_the_query_string_are_read_by_their_type() {
    let info = Operation::DeletePermissionVersion.info();
    let request = rest::Request {
        method: "DELETE",
        path: "/deletepermissionversion",
        query: "permissionArn=arn%3Aaws%3Aram&permissionVersion=3",
        headers: &[],
        body: b"",
    };
    let input: DeletePermissionVersionRequest = rest::decode(info, &[], &request).unwrap();
    assert_eq!((input.permission_arn.as_str(), input.permission_version), ("arn:aws:ram", 3));
    let request = rest::Request { query: "permissionArn=a&permissionVersion=x", ..request };
    let refused = rest::decode::<DeletePermissionVersionRequest>(info, &[], &request).unwrap_err();
    assert_eq!(refused, WireError::Serialization(Some("'x' can not be converted to an Integer".to_owned())));
}

#[test]
fn what_belongs_in_the_query_string_is_not_taken_from_the_body() {
    let info = Operation::DeletePermissionVersion.info();
    let body = br#"{"permissionArn":"a","permissionVersion":1}"#;
    let request = rest::Request { method: "DELETE", path: "/", query: "", headers: &[], body };
    let refused = rest::decode::<DeletePermissionVersionRequest>(info, &[], &request);
    assert!(matches!(refused, Err(WireError::Validation { .. })));
}

#[test]
fn errors_name_their_type_in_a_header() {
    let answer = rest::error_answer(&UnknownResourceException::new("gone"));
    assert_eq!(answer.headers, [("x-amzn-ErrorType".to_owned(), "UnknownResourceException".to_owned())]);
    assert_eq!(answer.body, br#"{"message":"gone"}"#);
}
