//! Parameter Store: values, versions, rights, and what it asks KMS for the caller.

use crate::{
    supposed::user,
    world::{A, Reply, World},
};
use serde_json::{Value, json};

const CANARY: &str = "canary-7c1f-value";

fn told(reply: &Reply) -> (&str, &str) {
    (reply.code(), reply.message())
}

fn arn(name: &str) -> String {
    format!("arn:aws:ssm:us-east-1:{A}:parameter/{}", name.trim_start_matches('/'))
}

fn allowing(actions: &Value, resource: &str, condition: Value) -> String {
    let statement =
        json!({"Effect": "Allow", "Action": actions, "Resource": resource, "Condition": condition});
    json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
}

async fn put(world: &World, name: &str, kind: &str, more: Value) -> Reply {
    let mut input = json!({"Name": name, "Value": CANARY, "Type": kind});
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    world.ssm("PutParameter", input).await
}

async fn value(world: &World, name: &str) -> String {
    let answer = world.ssm("GetParameter", json!({"Name": name, "WithDecryption": true})).await.ok();
    answer["Parameter"]["Value"].as_str().unwrap().to_owned()
}

async fn delete(world: &World, name: &str) -> Reply {
    world.ssm("DeleteParameter", json!({"Name": name})).await
}

/// Versions that the store has, of whatever parameter.
fn kept(world: &World) -> usize {
    world.gate.snapshot().parameters.remains().count()
}

#[tokio::test]
async fn what_is_put_is_got_and_what_is_deleted_is_gone() {
    let world = World::new().await;
    let made = put(&world, "/prod/db", "String", json!({"Description": "d"})).await.ok();
    assert_eq!(made, json!({"Version": 1, "Tier": "Standard"}));
    let got = world.ssm("GetParameter", json!({"Name": "/prod/db"})).await.ok();
    let expected = json!({"Parameter": {
        "Name": "/prod/db", "Type": "String", "Value": CANARY, "Version": 1, "ARN": arn("prod/db"),
        "DataType": "text", "LastModifiedDate": 1_800_000_000.0,
    }});
    assert_eq!(got, expected);
    assert_eq!(value(&world, &arn("prod/db")).await, CANARY);
    let again = put(&world, "/prod/db", "String", json!({})).await;
    let text = "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.";
    assert_eq!(told(&again), ("ParameterAlreadyExists", text));
    delete(&world, "/prod/db").await.ok();
    for operation in ["GetParameter", "DeleteParameter", "GetParameterHistory"] {
        let reply = world.ssm(operation, json!({"Name": "/prod/db"})).await;
        assert_eq!(told(&reply), ("ParameterNotFound", ""), "{operation}");
    }
}

#[tokio::test]
async fn a_secure_string_is_encrypted_by_kms_for_the_caller_and_no_event_has_its_value() {
    let world = World::new().await;
    let key = world.key().await;
    let long = "L".repeat(5000);
    for (name, more, operation, asks) in [
        ("/s/default", json!({}), "Encrypt", "alias/aws/ssm"),
        ("/s/own", json!({"KeyId": key}), "Encrypt", key.as_str()),
        ("/s/advanced", json!({"KeyId": key, "Tier": "Advanced"}), "GenerateDataKey", key.as_str()),
    ] {
        let made = put(&world, name, "SecureString", more).await.ok();
        assert_eq!(made["Version"], 1);
        let events = world.events.all();
        let asked = events.iter().rev().find(|event| event["eventName"] == operation).unwrap();
        assert_eq!(asked["requestParameters"]["keyId"], asks, "{name}");
        let context = json!({"PARAMETER_ARN": arn(name)});
        assert_eq!(asked["requestParameters"]["encryptionContext"], context);
        assert_eq!(asked["sourceIPAddress"], "ssm.amazonaws.com");
        assert_eq!(value(&world, name).await, CANARY);
        let asked =
            world.events.all().into_iter().rev().find(|event| event["eventName"] == "Decrypt").unwrap();
        assert_eq!(asked["requestParameters"]["encryptionContext"], context);
        let closed = world.ssm("GetParameter", json!({"Name": name})).await.ok();
        let closed = closed["Parameter"]["Value"].as_str().unwrap();
        assert!(closed.len() > 100 && !closed.contains(CANARY));
    }
    put(&world, "/s/advanced", "SecureString", json!({"Value": long, "Overwrite": true})).await.ok();
    assert_eq!(value(&world, "/s/advanced").await, long);
    for event in world.events.all() {
        assert!(!event.to_string().contains(CANARY), "{event}");
    }
}

#[tokio::test]
async fn what_kms_refuses_is_told_as_aws_wraps_it() {
    let world = World::new().await;
    let key = world.key().await;
    put(&world, "/k", "SecureString", json!({"KeyId": key})).await.ok();
    let get = || world.ssm("GetParameter", json!({"Name": "/k", "WithDecryption": true}));
    world.call("DisableKey", json!({"KeyId": key})).await.ok();
    let refused = get().await;
    assert_eq!(refused.code(), "InvalidKeyId");
    let text = format!(
        "arn:aws:kms:us-east-1:{A}:key/{key} is disabled. (Service: AWSKMS; Status Code: 400; Error Code: \
         DisabledException; Request ID: "
    );
    assert!(refused.message().starts_with(&text), "{}", refused.message());
    let asked = world.events.all().into_iter().rev().find(|event| event["eventName"] == "Decrypt").unwrap();
    assert!(refused.message().contains(asked["requestID"].as_str().unwrap()));
    let nobody = put(&world, "/n", "SecureString", json!({"KeyId": "alias/none"})).await;
    assert_eq!(nobody.code(), "InvalidKeyId");
    assert!(nobody.message().contains("Error Code: NotFoundException"), "{}", nobody.message());
    assert_eq!(world.ssm("GetParameter", json!({"Name": "/n"})).await.code(), "ParameterNotFound");
}

#[tokio::test]
async fn the_callers_own_rights_at_kms_decide_and_the_key_policy_sees_through_whom() {
    let world = World::new().await;
    let key = world.key().await;
    let own = user(&world, A, "own", &allowing(&json!(["ssm:*"]), "*", json!({}))).await;
    let via = json!({"StringEquals": {"kms:ViaService": "ssm.us-east-1.amazonaws.com"}});
    let both = allowing(&json!(["ssm:*", "kms:Decrypt"]), "*", json!({}));
    let both = user(&world, A, "both", &both).await;
    let through = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "ssm:*", "Resource": "*"},
        {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*", "Condition": via},
    ]});
    let through = user(&world, A, "through", &through.to_string()).await;
    put(&world, "/x", "SecureString", json!({"KeyId": key})).await.ok();
    let input = json!({"Name": "/x", "WithDecryption": true});
    for signer in [&both, &through] {
        world.ssm_by(signer, "GetParameter", input.clone()).await.ok();
    }
    let denied = world.ssm_by(&own, "GetParameter", input.clone()).await;
    assert_eq!(denied.code(), "AccessDeniedException");
    let text = format!(
        "User: arn:aws:iam::{A}:user/own is not authorized to perform: kms:Decrypt on resource: \
         arn:aws:kms:us-east-1:{A}:key/{key} because no identity-based policy allows the kms:Decrypt action (Service: \
         AWSKMS; Status Code: 400; Error Code: AccessDeniedException; Request ID: "
    );
    assert!(denied.message().starts_with(&text), "{}", denied.message());
    // Without decryption KMS is not asked.
    world.ssm_by(&own, "GetParameter", json!({"Name": "/x"})).await.ok();
    for operation in ["GetParameters", "GetParametersByPath", "GetParameterHistory"] {
        let mut input = json!({"WithDecryption": true});
        match operation {
            "GetParameters" => input["Names"] = json!(["/x"]),
            "GetParametersByPath" => input["Path"] = json!("/"),
            _ => input["Name"] = json!("/x"),
        }
        input
            .as_object_mut()
            .unwrap()
            .extend((operation == "GetParametersByPath").then(|| ("Recursive".to_owned(), json!(true))));
        let reply = world.ssm_by(&own, operation, input.clone()).await;
        assert_eq!(reply.code(), "AccessDeniedException", "{operation}");
        world.ssm_by(&both, operation, input).await.ok();
    }
}

#[tokio::test]
async fn rights_are_asked_before_anything_is_told() {
    let world = World::new().await;
    put(&world, "/there", "String", json!({})).await.ok();
    let none = user(&world, A, "none", &allowing(&json!("sts:*"), "*", json!({}))).await;
    for (operation, member) in [
        ("GetParameter", "Name"),
        ("GetParameterHistory", "Name"),
        ("DeleteParameter", "Name"),
        ("GetParameters", "Names"),
        ("DeleteParameters", "Names"),
        ("GetParametersByPath", "Path"),
    ] {
        let mut told = Vec::new();
        for name in ["/there", "/gone"] {
            let value = if member == "Names" { json!([name]) } else { json!(name) };
            let reply = world.ssm_by(&none, operation, json!({ member: value })).await;
            let text = format!(
                "User: arn:aws:iam::{A}:user/none is not authorized to perform: ssm:{operation} on resource: {} because \
                 no identity-based policy allows the ssm:{operation} action",
                arn(name)
            );
            assert_eq!((reply.code(), reply.message()), ("AccessDeniedException", text.as_str()));
            told.push(reply.message().replace(name.trim_start_matches('/'), "NAME"));
        }
        assert_eq!(told[0], told[1], "{operation}");
    }
}

#[tokio::test]
async fn condition_keys_of_parameters_decide() {
    let world = World::new().await;
    let tags = json!([{"Key": "team", "Value": "red"}]);
    put(&world, "/t", "String", json!({"Tags": tags})).await.ok();
    put(&world, "/u", "String", json!({})).await.ok();
    for key in ["aws:ResourceTag/team", "ssm:resourceTag/team"] {
        let document = allowing(&json!("ssm:GetParameter"), "*", json!({"StringEquals": {key: "red"}}));
        let red = user(&world, A, &key.replace([':', '/'], "-"), &document).await;
        world.ssm_by(&red, "GetParameter", json!({"Name": "/t"})).await.ok();
        let other = world.ssm_by(&red, "GetParameter", json!({"Name": "/u"})).await;
        assert_eq!(other.code(), "AccessDeniedException", "{key}");
    }
    let document = allowing(&json!("ssm:*"), "*", json!({"StringEquals": {"ssm:Overwrite": "false"}}));
    let fresh = user(&world, A, "fresh", &document).await;
    let input =
        |overwrite: bool| json!({"Name": "/f", "Value": "v", "Type": "String", "Overwrite": overwrite});
    world.ssm_by(&fresh, "PutParameter", input(false)).await.ok();
    assert_eq!(world.ssm_by(&fresh, "PutParameter", input(true)).await.code(), "AccessDeniedException");
    let condition = json!({"StringEquals": {"ssm:Recursive": "false"}});
    let flat = allowing(&json!("ssm:GetParametersByPath"), &arn("a"), condition);
    let flat = user(&world, A, "flat", &flat).await;
    let by_path = |path: &str, recursive: bool| json!({"Path": path, "Recursive": recursive});
    world.ssm_by(&flat, "GetParametersByPath", by_path("/a", false)).await.ok();
    for (path, recursive) in [("/a", true), ("/", false), ("/a/b", false)] {
        let reply = world.ssm_by(&flat, "GetParametersByPath", by_path(path, recursive)).await;
        assert_eq!(reply.code(), "AccessDeniedException", "{path}");
    }
    let untagging = user(&world, A, "putter", &allowing(&json!("ssm:PutParameter"), "*", json!({}))).await;
    let tagged = json!({"Name": "/p", "Value": "v", "Type": "String", "Tags": tags});
    let denied = world.ssm_by(&untagging, "PutParameter", tagged).await;
    assert!(denied.message().contains("ssm:AddTagsToResource"), "{}", denied.message());
}

#[tokio::test]
async fn versions_and_labels_select_what_is_read() {
    let world = World::new().await;
    for number in 1..=3 {
        let more = json!({"Value": format!("v{number}"), "Overwrite": true});
        assert_eq!(put(&world, "/v", "String", more).await.ok()["Version"], number);
    }
    let label = async |version: Value, labels: Value| {
        let input = json!({"Name": "/v", "ParameterVersion": version, "Labels": labels});
        world.ssm("LabelParameterVersion", input).await
    };
    let answer = label(json!(1), json!(["prod", "1st"])).await.ok();
    assert_eq!(answer, json!({"InvalidLabels": ["1st"], "ParameterVersion": 1}));
    assert_eq!(value(&world, "/v:prod").await, "v1");
    label(json!(2), json!(["prod"])).await.ok();
    assert_eq!(value(&world, "/v:prod").await, "v2");
    assert_eq!(value(&world, &format!("{}:1", arn("v"))).await, "v1");
    let got = world.ssm("GetParameter", json!({"Name": "/v:2"})).await.ok();
    assert_eq!((&got["Parameter"]["Selector"], &got["Parameter"]["Name"]), (&json!(":2"), &json!("/v")));
    for (selector, text) in [
        ("9", "Systems Manager could not find version 9 of /v. Verify the version and try again."),
        ("x", "Systems Manager could not find label x for parameter /v. Verify the label and try again."),
    ] {
        let reply = world.ssm("GetParameter", json!({"Name": format!("/v:{selector}")})).await;
        assert_eq!(told(&reply), ("ParameterVersionNotFound", text));
    }
    let eleven: Vec<String> = (0..10).map(|number| format!("l{number}")).collect();
    assert_eq!(label(json!(2), json!(eleven)).await.code(), "ParameterVersionLabelLimitExceeded");
    let history = world.ssm("GetParameterHistory", json!({"Name": "/v", "MaxResults": 2})).await.ok();
    assert_eq!(history["Parameters"][1]["Labels"], json!(["prod"]));
    let rest = json!({"Name": "/v", "MaxResults": 2, "NextToken": history["NextToken"]});
    let rest = world.ssm("GetParameterHistory", rest).await.ok();
    assert_eq!(rest["Parameters"][0]["Value"], "v3");
    assert!(rest.get("NextToken").is_none());
    let input = json!({"Name": "/v", "ParameterVersion": 2, "Labels": ["prod", "none"]});
    let answer = world.ssm("UnlabelParameterVersion", input).await.ok();
    assert_eq!(answer, json!({"RemovedLabels": ["prod"], "InvalidLabels": ["none"]}));
}

#[tokio::test]
async fn a_hundred_versions_are_kept_and_the_values_of_the_others_and_of_the_deleted_go() {
    let world = World::new().await;
    for number in 1..=101 {
        put(&world, "/many", "String", json!({"Value": format!("v{number}"), "Overwrite": true})).await.ok();
    }
    let gone = world.ssm("GetParameter", json!({"Name": "/many:1"})).await;
    assert_eq!(gone.code(), "ParameterVersionNotFound");
    assert_eq!(value(&world, "/many:2").await, "v2");
    let label = json!({"Name": "/many", "ParameterVersion": 2, "Labels": ["old"]});
    world.ssm("LabelParameterVersion", label).await.ok();
    let refused = put(&world, "/many", "String", json!({"Overwrite": true})).await;
    assert_eq!(refused.code(), "ParameterMaxVersionLimitExceeded");
    delete(&world, "/many").await.ok();
    assert_eq!(kept(&world), 1);
    for _ in 0..2 {
        world.gate.delete_due_parameters().await.unwrap();
    }
    assert_eq!(kept(&world), 0);
    put(&world, "/many", "String", json!({"Value": "new"})).await.ok();
    assert_eq!(value(&world, "/many").await, "new");
}

#[tokio::test]
async fn inferred_name_of_expiry_is_that_of_the_operation_and_the_parameter_is_gone_at_once() {
    let world = World::new().await;
    let policy =
        r#"[{"Type":"Expiration","Version":"1.0","Attributes":{"Timestamp":"2027-01-15T08:01:00.000Z"}}]"#;
    let standard = put(&world, "/e", "String", json!({"Policies": policy, "Tier": "Standard"})).await;
    assert_eq!(standard.code(), "ValidationException");
    put(&world, "/e", "String", json!({"Policies": policy, "Tier": "Advanced"})).await.ok();
    let described = world.ssm("DescribeParameters", json!({})).await.ok();
    assert_eq!(described["Parameters"][0]["Policies"][0]["PolicyType"], "Expiration");
    world.clock.advance_millis(59_000);
    assert_eq!(value(&world, "/e").await, CANARY);
    assert_eq!(world.gate.delete_due_parameters().await.unwrap(), 0);
    world.clock.advance_millis(1_000);
    assert_eq!(world.ssm("GetParameter", json!({"Name": "/e"})).await.code(), "ParameterNotFound");
    assert_eq!(world.gate.delete_due_parameters().await.unwrap(), 1);
    let event = world.events.last();
    assert_eq!(
        (&event["eventName"], &event["eventType"]),
        (&json!("DeleteParameter"), &json!("AwsServiceEvent"))
    );
    assert_eq!(event["resources"][0]["ARN"], arn("e"));
    put(&world, "/e", "String", json!({})).await.ok();
}

#[tokio::test]
async fn overwriting_keeps_to_awss_rules() {
    let world = World::new().await;
    let tags = json!([{"Key": "a", "Value": "b"}]);
    put(&world, "/o", "String", json!({"Tier": "Advanced", "Description": "kept"})).await.ok();
    for (more, code) in [
        (json!({"Type": "SecureString", "Overwrite": true}), "HierarchyTypeMismatchException"),
        (json!({"Tier": "Standard", "Overwrite": true}), "ValidationException"),
        (json!({"Tags": tags, "Overwrite": true}), "ValidationException"),
        (json!({"AllowedPattern": "^x", "Overwrite": true}), "ParameterPatternMismatchException"),
        (json!({"AllowedPattern": "[", "Overwrite": true}), "InvalidAllowedPatternException"),
        (json!({"Value": "", "Overwrite": true}), "ValidationException"),
        (json!({"Value": "{{x}}", "Overwrite": true}), "ValidationException"),
        (json!({"Value": "x".repeat(8193), "Overwrite": true}), "ValidationException"),
        (json!({"DataType": "Nonsense", "Overwrite": true}), "ValidationException"),
        (json!({"DataType": "integer", "Overwrite": true}), "ValidationException"),
        (json!({"Value": "x".repeat(8192), "Overwrite": true}), "ok"),
    ] {
        assert_eq!(put(&world, "/o", "String", more.clone()).await.code(), code, "{more}");
    }
    let described = world.ssm("DescribeParameters", json!({})).await.ok();
    let shown = &described["Parameters"][0];
    assert_eq!(
        (&shown["Description"], &shown["Version"]),
        (&json!("kept"), &json!(2)),
        "inferred_kept_description"
    );
    let untyped = world.ssm("PutParameter", json!({"Name": "/new", "Value": "v"})).await;
    assert_eq!(
        told(&untyped),
        ("ValidationException", "A parameter type is required when you create a parameter.")
    );
    for (name, code) in [
        ("aws-x", "ValidationException"),
        ("/aws/x", "AccessDeniedException"),
        ("/a b", "ValidationException"),
        ("a/b", "ValidationException"),
        (&"/a".repeat(16), "HierarchyLevelLimitExceededException"),
    ] {
        assert_eq!(put(&world, name, "String", json!({})).await.code(), code, "{name}");
    }
}

#[tokio::test]
async fn hierarchies_are_listed_level_by_level_and_page_by_page() {
    let world = World::new().await;
    for name in ["/a/1", "/a/2", "/a/b/3", "/ab/4", "/a/5", "top"] {
        put(&world, name, "String", json!({})).await.ok();
    }
    let names = async |input: Value| -> Vec<String> {
        let (mut found, mut input) = (Vec::new(), input);
        loop {
            let page = world.ssm("GetParametersByPath", input.clone()).await.ok();
            let parameters = page["Parameters"].as_array().unwrap();
            found.extend(parameters.iter().map(|one| one["Name"].as_str().unwrap().to_owned()));
            match page.get("NextToken") {
                Some(token) => input["NextToken"] = token.clone(),
                None => return found,
            }
        }
    };
    assert_eq!(names(json!({"Path": "/a", "MaxResults": 1})).await, ["/a/1", "/a/2", "/a/5"]);
    let all = json!({"Path": "/a/", "Recursive": true, "MaxResults": 2});
    assert_eq!(names(all).await, ["/a/1", "/a/2", "/a/5", "/a/b/3"]);
    assert_eq!(names(json!({"Path": "/"})).await, ["top"]);
    assert_eq!(names(json!({"Path": "/", "Recursive": true})).await.len(), 6);
    let first = world.ssm("GetParametersByPath", json!({"Path": "/a", "MaxResults": 1})).await.ok();
    let other = json!({"Path": "/ab", "NextToken": first["NextToken"]});
    assert_eq!(world.ssm("GetParametersByPath", other).await.code(), "InvalidNextToken");
    let got = world.ssm("GetParameters", json!({"Names": ["top", "/a/1", "/no", "/a/1:9"]})).await.ok();
    assert_eq!(got["InvalidParameters"], json!(["/no", "/a/1:9"]));
    assert_eq!(got["Parameters"].as_array().unwrap().len(), 2);
    let gone = world.ssm("DeleteParameters", json!({"Names": ["top", "/no", "top"]})).await.ok();
    assert_eq!(gone, json!({"DeletedParameters": ["top"], "InvalidParameters": ["/no"]}));
}

#[tokio::test]
async fn tags_are_added_listed_and_removed() {
    let world = World::new().await;
    put(&world, "/t", "String", json!({})).await.ok();
    let on = |id: &str, more: Value| {
        let mut input = json!({"ResourceType": "Parameter", "ResourceId": id});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    };
    let tags = json!({"Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]});
    world.ssm("AddTagsToResource", on("/t", tags.clone())).await.ok();
    world.ssm("RemoveTagsFromResource", on("/t", json!({"TagKeys": ["a", "z"]}))).await.ok();
    let listed = world.ssm("ListTagsForResource", on("/t", json!({}))).await.ok();
    assert_eq!(listed, json!({"TagList": [{"Key": "b", "Value": "2"}]}));
    assert_eq!(world.ssm("AddTagsToResource", on("/no", tags)).await.code(), "InvalidResourceId");
    let other = json!({"ResourceType": "Document", "ResourceId": "/t"});
    assert_eq!(world.ssm("ListTagsForResource", other).await.code(), "InvalidResourceType");
    let many: Vec<Value> = (0..50).map(|n| json!({"Key": format!("k{n}"), "Value": ""})).collect();
    assert_eq!(
        world.ssm("AddTagsToResource", on("/t", json!({"Tags": many}))).await.code(),
        "TooManyTagsError"
    );
    let filter = json!({"ParameterFilters": [{"Key": "tag:b", "Values": ["2"]}]});
    let found = world.ssm("DescribeParameters", filter).await.ok();
    assert_eq!(found["Parameters"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn inferred_kept_description_stays_until_another_one_is_sent() {
    let world = World::new().await;
    let description = async || {
        let described = world.ssm("DescribeParameters", json!({})).await.ok();
        described["Parameters"][0]["Description"].clone()
    };
    put(&world, "/d", "String", json!({"Description": "one"})).await.ok();
    put(&world, "/d", "String", json!({"Overwrite": true})).await.ok();
    assert_eq!(description().await, "one");
    put(&world, "/d", "String", json!({"Description": "two", "Overwrite": true})).await.ok();
    assert_eq!(description().await, "two");
}

#[tokio::test]
async fn inferred_name_of_arn_is_the_one_without_slash_where_both_exist() {
    let world = World::new().await;
    put(&world, "/both", "String", json!({"Value": "with"})).await.ok();
    assert_eq!(value(&world, &arn("both")).await, "with");
    put(&world, "both", "String", json!({"Value": "without"})).await.ok();
    assert_eq!(value(&world, &arn("both")).await, "without");
    assert_eq!(value(&world, "/both").await, "with");
}

#[tokio::test]
async fn inferred_arn_of_path_is_that_of_the_path_as_it_is_written() {
    let world = World::new().await;
    let document = allowing(&json!("ssm:GetParametersByPath"), &arn("a/*"), json!({}));
    let below = user(&world, A, "below", &document).await;
    world.ssm_by(&below, "GetParametersByPath", json!({"Path": "/a/"})).await.ok();
    let denied = world.ssm_by(&below, "GetParametersByPath", json!({"Path": "/a"})).await;
    assert_eq!(denied.code(), "AccessDeniedException");
}

#[tokio::test]
async fn inferred_kept_key_encrypts_the_next_version_until_another_one_is_named() {
    let world = World::new().await;
    let (one, two) = (world.key().await, world.key().await);
    for (more, key) in [
        (json!({"KeyId": one}), one.as_str()),
        (json!({"Overwrite": true}), one.as_str()),
        (json!({"Overwrite": true, "KeyId": two}), two.as_str()),
        (json!({"Overwrite": true}), two.as_str()),
    ] {
        put(&world, "/k", "SecureString", more).await.ok();
        let described = world.ssm("DescribeParameters", json!({})).await.ok();
        assert_eq!(described["Parameters"][0]["KeyId"], key);
    }
}
