//! Custom key stores: their records, states and refusals.

use crate::{
    supposed::user,
    world::{A, B, Reply, World},
};
use serde_json::{Value, json};

const ONE: &str = include_str!("anchors/one.pem");
const TWO: &str = include_str!("anchors/two.pem");
const PASSWORD: &str = "kmsPswd-of-a-test";
const SECRET: &str = "MySecretThatNobodyMayRead0123456789abcdefghijkl";
const ACCESS_KEY: &str = "ABCDE2345672345EXAMPLE";

fn cluster(name: &str, id: &str, anchor: &str) -> Value {
    json!({"CustomKeyStoreName": name, "CloudHsmClusterId": id, "TrustAnchorCertificate": anchor,
        "KeyStorePassword": PASSWORD})
}

pub(crate) fn proxy(name: &str, endpoint: &str, path: &str) -> Value {
    json!({"CustomKeyStoreName": name, "CustomKeyStoreType": "EXTERNAL_KEY_STORE",
        "XksProxyConnectivity": "PUBLIC_ENDPOINT", "XksProxyUriEndpoint": endpoint, "XksProxyUriPath": path,
        "XksProxyAuthenticationCredential": {"AccessKeyId": ACCESS_KEY, "RawSecretAccessKey": SECRET}})
}

fn service(name: &str, endpoint: &str, path: &str, service: &str) -> Value {
    let mut input = proxy(name, endpoint, path);
    input["XksProxyConnectivity"] = "VPC_ENDPOINT_SERVICE".into();
    input["XksProxyVpcEndpointServiceName"] = service.into();
    input
}

async fn create(world: &World, input: Value) -> Reply {
    world.call("CreateCustomKeyStore", input).await
}

async fn made(world: &World, input: Value) -> String {
    let answer = create(world, input).await.ok();
    answer["CustomKeyStoreId"].as_str().unwrap().to_owned()
}

async fn on(world: &World, operation: &str, id: &str) -> Reply {
    world.call(operation, json!({"CustomKeyStoreId": id})).await
}

async fn described(world: &World, id: &str) -> Value {
    on(world, "DescribeCustomKeyStores", id).await.ok()["CustomKeyStores"][0].take()
}

fn without(mut input: Value, member: &str) -> Value {
    input.as_object_mut().unwrap().remove(member);
    input
}

fn with(mut input: Value, member: &str, value: &str) -> Value {
    input[member] = value.into();
    input
}

pub(crate) const PATH: &str = "/kms/xks/v1";

#[tokio::test]
async fn stores_are_described_as_they_were_made_without_their_secrets() {
    let world = World::new().await;
    let hsm = made(&world, cluster("hsm", "cluster-7a23b4cdefg", ONE)).await;
    let xks = made(
        &world,
        service("xks", "https://myproxy.xks.example.com", PATH, "com.amazonaws.vpce.us-east-1.vpce-svc-09b2"),
    )
    .await;
    let entry = described(&world, &hsm).await;
    assert_eq!(
        without(entry, "CreationDate"),
        json!({"CustomKeyStoreId": hsm, "CustomKeyStoreName": "hsm", "CloudHsmClusterId": "cluster-7a23b4cdefg",
            "TrustAnchorCertificate": ONE, "ConnectionState": "DISCONNECTED", "CustomKeyStoreType": "AWS_CLOUDHSM"})
    );
    let entry = described(&world, &xks).await;
    assert_eq!(entry["CustomKeyStoreType"], "EXTERNAL_KEY_STORE");
    assert_eq!(
        entry["XksProxyConfiguration"],
        json!({"Connectivity": "VPC_ENDPOINT_SERVICE", "AccessKeyId": ACCESS_KEY,
            "UriEndpoint": "https://myproxy.xks.example.com", "UriPath": PATH,
            "VpcEndpointServiceName": "com.amazonaws.vpce.us-east-1.vpce-svc-09b2", "VpcEndpointServiceOwner": A})
    );
    let all = world.call("DescribeCustomKeyStores", json!({})).await.ok();
    assert_eq!(all["CustomKeyStores"].as_array().unwrap().len(), 2);
    let by_name = world.call("DescribeCustomKeyStores", json!({"CustomKeyStoreName": "xks"})).await.ok();
    assert_eq!(by_name["CustomKeyStores"][0]["CustomKeyStoreId"], xks);
    let first = world.call("DescribeCustomKeyStores", json!({"Limit": 1})).await.ok();
    assert_eq!(first["Truncated"], true);
    let rest = json!({"Limit": 1, "Marker": first["NextMarker"]});
    let second = world.call("DescribeCustomKeyStores", rest).await.ok();
    assert_eq!(second["Truncated"], false);
    assert_ne!(first["CustomKeyStores"], second["CustomKeyStores"]);
    for (id, secret) in [(&hsm, PASSWORD), (&xks, SECRET)] {
        assert!(id.starts_with("cks-") && id.len() == 21, "{id}");
        let shown = format!("{all} {} {:?}", json!(world.events.all()), world.gate.snapshot());
        assert!(!shown.contains(secret), "a secret is shown");
    }
}

#[tokio::test]
async fn each_account_and_region_has_its_own_stores() {
    let world = World::new().await;
    let id = made(&world, cluster("a", "cluster-7a23b4cdefg", ONE)).await;
    for reply in [
        world.call_as(B, "DescribeCustomKeyStores", json!({"CustomKeyStoreId": id})).await,
        world.call_in("eu-west-1", "DescribeCustomKeyStores", json!({"CustomKeyStoreId": id})).await,
        world.call_as(B, "DeleteCustomKeyStore", json!({"CustomKeyStoreId": id})).await,
    ] {
        assert_eq!(reply.code(), "CustomKeyStoreNotFoundException");
    }
    world.call_in("eu-west-1", "CreateCustomKeyStore", cluster("a", "cluster-7a23b4cdefg", ONE)).await.ok();
}

#[tokio::test]
async fn what_must_be_one_stores_alone_is_refused_to_another() {
    let world = World::new().await;
    let (host, other) = ("https://one.example.com", "https://two.example.com");
    let (svc, svc2) =
        ("com.amazonaws.vpce.us-east-1.vpce-svc-0001", "com.amazonaws.vpce.us-east-1.vpce-svc-0002");
    made(&world, cluster("hsm", "cluster-7a23b4cdefg", ONE)).await;
    made(&world, proxy("public", host, PATH)).await;
    made(&world, service("vpc", "https://private.example.com", PATH, svc)).await;
    for (input, code) in [
        (cluster("hsm", "cluster-2a23b4cdefg", TWO), "CustomKeyStoreNameInUseException"),
        (proxy("hsm", other, PATH), "CustomKeyStoreNameInUseException"),
        (cluster("x", "cluster-7a23b4cdefg", TWO), "CloudHsmClusterInUseException"),
        (cluster("x", "cluster-2a23b4cdefg", ONE), "CloudHsmClusterInUseException"),
        (proxy("x", host, PATH), "XksProxyUriInUseException"),
        (service("x", host, "/a/kms/xks/v1", svc2), "XksProxyUriEndpointInUseException"),
        (
            service("x", "https://private.example.com", "/a/kms/xks/v1", svc2),
            "XksProxyUriEndpointInUseException",
        ),
        (service("x", other, PATH, svc), "XksProxyVpcEndpointServiceInUseException"),
        (proxy("x", host, "/a/kms/xks/v1"), "ok"),
    ] {
        assert_eq!(create(&world, input.clone()).await.code(), code, "{input}");
    }
}

#[tokio::test]
async fn members_that_do_not_go_together_are_refused() {
    let world = World::new().await;
    let hsm = || cluster("x", "cluster-7a23b4cdefg", ONE);
    let xks = || proxy("x", "https://one.example.com", PATH);
    let vpc = || service("x", "https://one.example.com", PATH, "com.amazonaws.vpce.us-east-1.vpce-svc-0001");
    let refused = "ValidationException";
    for (input, code) in [
        (without(hsm(), "CloudHsmClusterId"), refused),
        (without(hsm(), "TrustAnchorCertificate"), refused),
        (without(hsm(), "KeyStorePassword"), refused),
        (with(hsm(), "XksProxyUriPath", PATH), refused),
        (with(hsm(), "KeyStorePassword", "6chars"), refused),
        (with(hsm(), "KeyStorePassword", &"x".repeat(33)), refused),
        (with(hsm(), "TrustAnchorCertificate", "no certificate"), "IncorrectTrustAnchorException"),
        (with(hsm(), "TrustAnchorCertificate", &format!("{ONE}{TWO}")), "IncorrectTrustAnchorException"),
        (with(hsm(), "CloudHsmClusterId", "cluster-0000000000"), refused),
        (without(xks(), "XksProxyConnectivity"), refused),
        (without(xks(), "XksProxyUriEndpoint"), refused),
        (without(xks(), "XksProxyUriPath"), refused),
        (without(xks(), "XksProxyAuthenticationCredential"), refused),
        (with(xks(), "KeyStorePassword", PASSWORD), refused),
        (with(xks(), "XksProxyUriEndpoint", "http://one.example.com"), refused),
        (with(xks(), "XksProxyUriEndpoint", "https://one.example.com:8443"), refused),
        (with(xks(), "XksProxyUriEndpoint", "https://one.example.com/"), refused),
        (with(xks(), "XksProxyUriPath", "/kms/xks"), refused),
        (with(xks(), "XksProxyUriPath", "kms/xks/v1"), refused),
        (
            with(xks(), "XksProxyVpcEndpointServiceName", "com.amazonaws.vpce.us-east-1.vpce-svc-0001"),
            refused,
        ),
        (without(vpc(), "XksProxyVpcEndpointServiceName"), refused),
        (with(vpc(), "XksProxyVpcEndpointServiceName", "vpce-svc-00000000000000001"), refused),
    ] {
        assert_eq!(create(&world, input.clone()).await.code(), code, "{input}");
    }
    let all = world.call("DescribeCustomKeyStores", json!({})).await.ok();
    assert_eq!(all["CustomKeyStores"], json!([]));
}

/// Operation, and what comes of it when the store is disconnected and when its connection failed.
const STATES: &[(&str, [&str; 2])] = &[
    ("ConnectCustomKeyStore", ["ok", "CustomKeyStoreInvalidStateException"]),
    ("DeleteCustomKeyStore", ["ok", "CustomKeyStoreInvalidStateException"]),
    ("DescribeCustomKeyStores", ["ok", "ok"]),
    ("DisconnectCustomKeyStore", ["CustomKeyStoreInvalidStateException", "ok"]),
    ("UpdateCustomKeyStore", ["ok", "CustomKeyStoreInvalidStateException"]),
    ("CreateKey", ["CustomKeyStoreInvalidStateException", "CustomKeyStoreInvalidStateException"]),
    ("GenerateRandom", ["CustomKeyStoreInvalidStateException", "CustomKeyStoreInvalidStateException"]),
];

#[tokio::test]
async fn the_state_table_of_key_stores_holds() {
    let world = World::new().await;
    for (operation, codes) in STATES {
        for (failed, code) in [false, true].into_iter().zip(codes) {
            let id = made(&world, cluster("store", "cluster-7a23b4cdefg", ONE)).await;
            if failed {
                assert_eq!(on(&world, "ConnectCustomKeyStore", &id).await.ok(), json!({}));
            }
            let mut input = json!({"CustomKeyStoreId": id});
            match *operation {
                "UpdateCustomKeyStore" => input["NewCustomKeyStoreName"] = "other".into(),
                "CreateKey" => input["Origin"] = "AWS_CLOUDHSM".into(),
                "GenerateRandom" => input["NumberOfBytes"] = 1.into(),
                _ => {}
            }
            let reply = world.call(operation, input).await;
            assert_eq!(reply.code(), *code, "{operation}, failed: {failed}");
            if reply.status == 200 && operation.ends_with("Store") {
                assert_eq!(reply.body, json!({}), "{operation} answers nothing");
            }
            drop(on(&world, "DisconnectCustomKeyStore", &id).await);
            drop(on(&world, "DeleteCustomKeyStore", &id).await);
        }
    }
}

#[tokio::test]
async fn connecting_fails_as_long_as_nothing_stands_behind_a_store() {
    let world = World::new().await;
    for (input, code) in [
        (cluster("1", "cluster-7a23b4cdefg", ONE), "CLUSTER_NOT_FOUND"),
        (proxy("2", "https://one.example.com", PATH), "XKS_PROXY_NOT_REACHABLE"),
        (
            service("3", "https://two.example.com", PATH, "com.amazonaws.vpce.us-east-1.vpce-svc-0001"),
            "XKS_VPC_ENDPOINT_SERVICE_NOT_FOUND",
        ),
    ] {
        let id = made(&world, input).await;
        on(&world, "ConnectCustomKeyStore", &id).await.ok();
        let entry = described(&world, &id).await;
        assert_eq!(
            (&entry["ConnectionState"], &entry["ConnectionErrorCode"]),
            (&json!("FAILED"), &json!(code))
        );
        on(&world, "DisconnectCustomKeyStore", &id).await.ok();
        let entry = described(&world, &id).await;
        assert_eq!(entry["ConnectionState"], "DISCONNECTED");
        assert_eq!(entry.get("ConnectionErrorCode"), None);
    }
}

#[tokio::test]
async fn keys_and_random_bytes_of_a_store_are_refused_by_what_it_is() {
    let world = World::new().await;
    let hsm = made(&world, cluster("hsm", "cluster-7a23b4cdefg", ONE)).await;
    let xks = made(&world, proxy("xks", "https://one.example.com", PATH)).await;
    let none = "cks-00000000000000000".to_owned();
    let (hsm_key, xks_key) = ("AWS_CLOUDHSM", "EXTERNAL_KEY_STORE");
    for (id, origin, more, code) in [
        (&none, hsm_key, json!({}), "CustomKeyStoreNotFoundException"),
        (&hsm, hsm_key, json!({}), "CustomKeyStoreInvalidStateException"),
        (&xks, xks_key, json!({"XksKeyId": "key1"}), "CustomKeyStoreInvalidStateException"),
        (&xks, xks_key, json!({}), "ValidationException"),
        (&xks, hsm_key, json!({}), "ValidationException"),
        (&hsm, "AWS_KMS", json!({}), "ValidationException"),
        (&hsm, "EXTERNAL", json!({}), "ValidationException"),
        (&hsm, hsm_key, json!({"MultiRegion": true}), "UnsupportedOperationException"),
        (
            &hsm,
            hsm_key,
            json!({"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"}),
            "UnsupportedOperationException",
        ),
    ] {
        let mut input = json!({"CustomKeyStoreId": id, "Origin": origin});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        assert_eq!(world.call("CreateKey", input.clone()).await.code(), code, "{input}");
    }
    for (id, code) in [(&none, "CustomKeyStoreNotFoundException"), (&xks, "UnsupportedOperationException")] {
        let reply = world.call("GenerateRandom", json!({"CustomKeyStoreId": id, "NumberOfBytes": 8})).await;
        assert_eq!(reply.code(), code);
    }
}

#[tokio::test]
async fn updates_change_what_is_sent_and_leave_the_rest() {
    let world = World::new().await;
    let hsm = made(&world, cluster("hsm", "cluster-7a23b4cdefg", ONE)).await;
    let xks = made(&world, proxy("xks", "https://one.example.com", PATH)).await;
    made(&world, proxy("other", "https://two.example.com", PATH)).await;
    made(&world, cluster("second", "cluster-2a23b4cdefg", TWO)).await;
    let svc = "com.amazonaws.vpce.us-east-1.vpce-svc-0001";
    for (id, change, code) in [
        (&hsm, json!({"NewCustomKeyStoreName": "renamed", "CloudHsmClusterId": "cluster-3a23b4cdefg"}), "ok"),
        (&hsm, json!({"KeyStorePassword": "another-one"}), "ok"),
        (&hsm, json!({"NewCustomKeyStoreName": "xks"}), "CustomKeyStoreNameInUseException"),
        (&hsm, json!({"CloudHsmClusterId": "cluster-2a23b4cdefg"}), "CloudHsmClusterNotRelatedException"),
        (&hsm, json!({"XksProxyUriPath": PATH}), "ValidationException"),
        (&xks, json!({"KeyStorePassword": "another-one"}), "ValidationException"),
        (&xks, json!({"XksProxyUriPath": "/b/kms/xks/v1"}), "ok"),
        (
            &xks,
            json!({"XksProxyUriEndpoint": "https://two.example.com", "XksProxyUriPath": PATH}),
            "XksProxyUriInUseException",
        ),
        (&xks, json!({"XksProxyConnectivity": "VPC_ENDPOINT_SERVICE"}), "ValidationException"),
        (&xks, json!({"XksProxyVpcEndpointServiceName": svc}), "ValidationException"),
        (
            &xks,
            json!({"XksProxyConnectivity": "VPC_ENDPOINT_SERVICE", "XksProxyVpcEndpointServiceName": svc,
                "XksProxyUriEndpoint": "https://private.example.com"}),
            "ok",
        ),
        (&xks, json!({"XksProxyVpcEndpointServiceOwner": B}), "ok"),
    ] {
        let mut input = json!({"CustomKeyStoreId": id});
        input.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        assert_eq!(world.call("UpdateCustomKeyStore", input.clone()).await.code(), code, "{input}");
    }
    let entry = described(&world, &hsm).await;
    assert_eq!(entry["CustomKeyStoreName"], "renamed");
    assert_eq!(entry["CloudHsmClusterId"], "cluster-3a23b4cdefg");
    let proxy = described(&world, &xks).await["XksProxyConfiguration"].take();
    assert_eq!(proxy["UriPath"], "/b/kms/xks/v1");
    assert_eq!(proxy["VpcEndpointServiceOwner"], B);
    let back = json!({"CustomKeyStoreId": xks, "XksProxyConnectivity": "PUBLIC_ENDPOINT", "XksProxyUriEndpoint": "https://three.example.com"});
    world.call("UpdateCustomKeyStore", back).await.ok();
    let proxy = described(&world, &xks).await["XksProxyConfiguration"].take();
    assert_eq!(proxy.get("VpcEndpointServiceName"), None);
}

#[tokio::test]
async fn identity_policies_alone_decide_and_the_tenth_store_is_the_last() {
    let world = World::new().await;
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:Describe*","Resource":"*"}]}"#;
    let caller = user(&world, A, "reader", policy).await;
    world.call_by(&caller, "us-east-1", "DescribeCustomKeyStores", json!({})).await.ok();
    let operations =
        ["Connect", "Delete", "Disconnect", "Update"].map(|verb| format!("{verb}CustomKeyStore"));
    for operation in operations {
        let input = json!({"CustomKeyStoreId": "cks-00000000000000000"});
        let reply = world.call_by(&caller, "us-east-1", &operation, input).await;
        assert_eq!(reply.code(), "AccessDeniedException", "{operation}");
        assert!(!reply.message().contains("resource-based"), "{}", reply.message());
    }
    let hsm = cluster("x", "cluster-7a23b4cdefg", ONE);
    let reply = world.call_by(&caller, "us-east-1", "CreateCustomKeyStore", hsm).await;
    assert_eq!(reply.code(), "AccessDeniedException");
    for number in 0..10 {
        made(&world, proxy(&number.to_string(), &format!("https://p{number}.example.com"), PATH)).await;
    }
    let one_more = proxy("10", "https://p10.example.com", PATH);
    assert_eq!(create(&world, one_more).await.code(), "LimitExceededException");
}
