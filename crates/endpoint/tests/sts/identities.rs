//! Quotas of identities, and what denials by IAM tell.

use crate::{
    MAY_DO_ALL, assume, role, trust_of,
    world::{A, B, World},
};
use gatekey_directory::Quotas;

type Call<'a> = (&'a str, &'a [(&'a str, &'a str)]);

const POWER: &str = "arn:aws:iam::aws:policy/AWSKeyManagementServicePowerUser";
const ISSUER: &str = "https://issuer.example.com";

/// Every quota so small that one more is too many.
fn small() -> Quotas {
    Quotas {
        users: 1,
        groups: 1,
        roles: 1,
        policies: 1,
        instance_profiles: 1,
        saml_providers: 1,
        oidc_providers: 1,
        mfa_devices: 1,
        groups_per_user: 0,
        access_keys_per_user: 1,
        mfa_devices_per_user: 0,
        policies_per_user: 0,
        policies_per_group: 0,
        policies_per_role: 0,
        versions_per_policy: 1,
        clients_per_provider: 1,
        tags: 1,
        policy_size: MAY_DO_ALL.len(),
        user_policy_size: MAY_DO_ALL.len(),
        group_policy_size: MAY_DO_ALL.len(),
        role_policy_size: MAY_DO_ALL.len(),
        trust_policy_size: trust_of(A, "").len(),
    }
}

#[tokio::test]
async fn every_quota_holds_and_says_which_it_is() {
    let world = World::with_quotas(small()).await;
    let trust = trust_of(A, "");
    let long_trust = trust_of(A, r#","Condition":{"Bool":{"aws:SecureTransport":"true"}}"#);
    let longer = MAY_DO_ALL.replace("\"*\"", "[\"*\"]");
    let (policy, provider) =
        (format!("arn:aws:iam::{A}:policy/p"), format!("arn:aws:iam::{A}:oidc-provider/issuer.example.com"));
    let fitting: &[Call<'_>] = &[
        ("CreateUser", &[("UserName", "u")]),
        ("CreateGroup", &[("GroupName", "g")]),
        ("CreateRole", &[("RoleName", "r"), ("AssumeRolePolicyDocument", &trust)]),
        ("CreatePolicy", &[("PolicyName", "p"), ("PolicyDocument", MAY_DO_ALL)]),
        ("CreateInstanceProfile", &[("InstanceProfileName", "i")]),
        ("CreateVirtualMFADevice", &[("VirtualMFADeviceName", "m")]),
        ("CreateOpenIDConnectProvider", &[("Url", ISSUER), ("ClientIDList.member.1", "a")]),
        ("CreateAccessKey", &[("UserName", "u")]),
        ("PutUserPolicy", &[("UserName", "u"), ("PolicyName", "p"), ("PolicyDocument", MAY_DO_ALL)]),
        ("TagUser", &[("UserName", "u"), ("Tags.member.1.Key", "a"), ("Tags.member.1.Value", "1")]),
        // A role that is linked to a service does not count.
        ("CreateServiceLinkedRole", &[("AWSServiceName", "cks.kms.amazonaws.com")]),
    ];
    for (operation, parameters) in fitting {
        let reply = world.iam(&world.root, operation, parameters).await;
        assert_eq!(reply.status, 200, "{operation}: {}", reply.body);
    }
    let size = MAY_DO_ALL.len();
    let inline =
        |kind: &str, name: &str| format!("Maximum policy size of {size} bytes exceeded for {kind} {name}");
    let trust_size = format!("ACLSizePerRole: {}", trust.len());
    let too_many: &[(Call<'_>, &str)] = &[
        (("CreateUser", &[("UserName", "u2")]), "UsersPerAccount: 1"),
        (("CreateGroup", &[("GroupName", "g2")]), "GroupsPerAccount: 1"),
        (("CreateRole", &[("RoleName", "r2"), ("AssumeRolePolicyDocument", &trust)]), "RolesPerAccount: 1"),
        (("CreatePolicy", &[("PolicyName", "p2"), ("PolicyDocument", MAY_DO_ALL)]), "PoliciesPerAccount: 1"),
        (("CreateInstanceProfile", &[("InstanceProfileName", "i2")]), "InstanceProfilesPerAccount: 1"),
        (("CreateVirtualMFADevice", &[("VirtualMFADeviceName", "m2")]), "VirtualMFADevicesPerAccount: 1"),
        (
            ("CreateOpenIDConnectProvider", &[("Url", "https://b.example.com")]),
            "OpenIdConnectProvidersPerAccount: 1",
        ),
        (
            (
                "AddClientIDToOpenIDConnectProvider",
                &[("OpenIDConnectProviderArn", &provider), ("ClientID", "b")],
            ),
            "ClientIdsPerOpenIdConnectProvider: 1",
        ),
        (("AddUserToGroup", &[("GroupName", "g"), ("UserName", "u")]), "GroupsPerUser: 0"),
        (("CreateAccessKey", &[("UserName", "u")]), "AccessKeysPerUser: 1"),
        (("AttachUserPolicy", &[("UserName", "u"), ("PolicyArn", POWER)]), "PoliciesPerUser: 0"),
        (("AttachGroupPolicy", &[("GroupName", "g"), ("PolicyArn", POWER)]), "PoliciesPerGroup: 0"),
        (("AttachRolePolicy", &[("RoleName", "r"), ("PolicyArn", POWER)]), "PoliciesPerRole: 0"),
        (("UpdateAssumeRolePolicy", &[("RoleName", "r"), ("PolicyDocument", &long_trust)]), &trust_size),
    ];
    for ((operation, parameters), quota) in too_many {
        let reply = world.iam(&world.root, operation, parameters).await;
        let told = (reply.status, reply.code(), reply.message());
        assert_eq!(
            told,
            (409, "LimitExceeded".into(), format!("Cannot exceed quota for {quota}")),
            "{operation}"
        );
    }
    let in_other_words: &[(Call<'_>, String)] = &[
        (
            ("PutUserPolicy", &[("UserName", "u"), ("PolicyName", "q"), ("PolicyDocument", MAY_DO_ALL)]),
            inline("user", "u"),
        ),
        (
            ("PutGroupPolicy", &[("GroupName", "g"), ("PolicyName", "q"), ("PolicyDocument", &longer)]),
            inline("group", "g"),
        ),
        (
            ("PutRolePolicy", &[("RoleName", "r"), ("PolicyName", "q"), ("PolicyDocument", &longer)]),
            inline("role", "r"),
        ),
        (
            ("TagUser", &[("UserName", "u"), ("Tags.member.1.Key", "b"), ("Tags.member.1.Value", "1")]),
            "The number of tags has reached the maximum limit.".into(),
        ),
        (
            ("CreatePolicyVersion", &[("PolicyArn", &policy), ("PolicyDocument", MAY_DO_ALL)]),
            "A managed policy can have up to 1 versions. Before you create a new version, you must delete an \
             existing version."
                .into(),
        ),
        (
            ("CreatePolicyVersion", &[("PolicyArn", &policy), ("PolicyDocument", &longer)]),
            format!("Cannot exceed quota for PolicySize: {size}"),
        ),
    ];
    for ((operation, parameters), text) in in_other_words {
        let reply = world.iam(&world.root, operation, parameters).await;
        assert_eq!(
            (reply.status, reply.code(), &reply.message()),
            (409, "LimitExceeded".into(), text),
            "{operation}"
        );
    }
}

#[tokio::test]
async fn a_deleted_entity_makes_room_again() {
    let world = World::with_quotas(Quotas { users: 1, ..Quotas::default() }).await;
    let call = async |operation: &str, name: &str| {
        world.iam(&world.root, operation, &[("UserName", name)]).await.code()
    };
    assert_eq!(call("CreateUser", "a").await, "ok");
    assert_eq!(call("CreateUser", "b").await, "LimitExceeded");
    assert_eq!(call("DeleteUser", "a").await, "ok");
    assert_eq!(call("CreateUser", "b").await, "ok");
}

#[tokio::test]
async fn the_account_summary_shows_the_quotas_in_force() {
    let world = World::with_quotas(Quotas { users: 7, ..Quotas::default() }).await;
    let reply = world.iam(&world.root, "GetAccountSummary", &[]).await;
    for (key, value) in [("UsersQuota", 7), ("RolesQuota", 1000), ("AttachedPoliciesPerRoleQuota", 10)] {
        let (_, rest) = reply.body.split_once(&format!("<key>{key}</key>")).unwrap();
        assert!(rest.trim_start().starts_with(&format!("<value>{value}</value>")), "{key}: {}", reply.body);
    }
}

/// Nobody who may not read learns from a denial whether there is such a thing, under which path, or how it is written.
#[tokio::test]
async fn a_denial_repeats_the_request_and_tells_nothing_of_what_exists() {
    let world = World::new().await;
    let nobody = world.user(A, "nobody", "").await;
    let trust = trust_of(A, "");
    let path = ("Path", "/hidden/");
    let made: &[Call<'_>] = &[
        ("CreateUser", &[("UserName", "Thing"), path]),
        ("CreateGroup", &[("GroupName", "Thing"), path]),
        ("CreateRole", &[("RoleName", "Thing"), path, ("AssumeRolePolicyDocument", &trust)]),
        ("CreateInstanceProfile", &[("InstanceProfileName", "Thing"), path]),
    ];
    for (operation, parameters) in made {
        let reply = world.iam(&world.root, operation, parameters).await;
        assert_eq!(reply.status, 200, "{operation}: {}", reply.body);
    }
    for name in ["thing", "nothing"] {
        let asked: &[(Call<'_>, &str)] = &[
            (("GetUser", &[("UserName", name)]), "user"),
            (("UpdateUser", &[("UserName", name), ("NewUserName", "x")]), "user"),
            (("ListAccessKeys", &[("UserName", name)]), "user"),
            (("GetGroup", &[("GroupName", name)]), "group"),
            (("GetRole", &[("RoleName", name)]), "role"),
            (("AttachRolePolicy", &[("RoleName", name), ("PolicyArn", POWER)]), "role"),
            (("GetInstanceProfile", &[("InstanceProfileName", name)]), "instance profile"),
            (("GetAccessKeyLastUsed", &[("AccessKeyId", &world.root.id)]), "access key"),
        ];
        for ((operation, parameters), noun) in asked {
            let reply = world.iam(&nobody, operation, parameters).await;
            let word = parameters[0].1;
            let text = format!(
                "User: arn:aws:iam::{A}:user/nobody is not authorized to perform: iam:{operation} on resource: {noun} \
                 {word} because no identity-based policy allows the iam:{operation} action"
            );
            assert_eq!((reply.status, reply.code(), reply.message()), (403, "AccessDenied".into(), text));
        }
    }
}

/// Whoever may change an instance profile, but not pass the role, is told an ARN, as by AWS: the one without a path.
#[tokio::test]
async fn a_role_that_may_not_be_passed_is_named_without_its_path() {
    let world = World::new().await;
    let may = MAY_DO_ALL.replace(r#""Action":"*""#, r#""Action":"iam:AddRoleToInstanceProfile""#);
    let user = world.user(A, "u", &may).await;
    let trust = trust_of(A, "");
    let role = [("RoleName", "Thing"), ("Path", "/hidden/"), ("AssumeRolePolicyDocument", trust.as_str())];
    assert_eq!(world.iam(&world.root, "CreateRole", &role).await.status, 200);
    for name in ["thing", "nothing"] {
        let call = [("InstanceProfileName", "i"), ("RoleName", name)];
        let reply = world.iam(&user, "AddRoleToInstanceProfile", &call).await;
        let text = format!(
            "User: arn:aws:iam::{A}:user/u is not authorized to perform: iam:PassRole on resource: \
             arn:aws:iam::{A}:role/{name} because no identity-based policy allows the iam:PassRole action"
        );
        assert_eq!((reply.code(), reply.message()), ("AccessDenied".into(), text));
    }
}

/// RoleLastUsed: by a session's request, not by making the session; kept over a restart; forgotten with the role.
#[tokio::test]
async fn the_last_use_of_a_role_is_that_of_its_sessions() {
    let world = World::new().await;
    let user = world.user(A, "u", MAY_DO_ALL).await;
    world.role(A, "r", &trust_of(A, ""), "").await;
    let used = async || world.iam(&world.root, "GetRole", &[("RoleName", "r")]).await;
    let session = assume(&world, &user, &role(A, "r"), &[]).await.credentials();
    let before = used().await;
    assert!(before.body.contains("<RoleLastUsed") && before.get("LastUsedDate").is_none(), "{}", before.body);
    assert_eq!(world.sts(&session, "GetCallerIdentity", &[]).await.status, 200);
    let shown = used().await;
    assert_eq!(shown.get("Region").as_deref(), Some("us-east-1"));
    assert_eq!(shown.get("LastUsedDate").as_deref(), Some("2027-01-15T08:00:00Z"));
    assert_eq!(world.last_uses_written().await, 3, "the root user's key, the user's and the role");
    assert_eq!(used().await.get("Region"), shown.get("Region"));
    world.clock.advance_millis(400 * 24 * 3_600_000 + 1);
    assert_eq!(used().await.get("LastUsedDate"), None, "AWS tells of 400 days");
    world.role_is_forgotten("r").await;
}

#[tokio::test]
async fn a_role_is_found_by_its_own_arn_alone() {
    let world = World::new().await;
    let user = world.user(A, "u", MAY_DO_ALL).await;
    let trust = trust_of(A, "");
    let made = [("RoleName", "Thing"), ("Path", "/p/q/"), ("AssumeRolePolicyDocument", trust.as_str())];
    assert_eq!(world.iam(&world.root, "CreateRole", &made).await.status, 200);
    assert_eq!(assume(&world, &user, &role(A, "p/q/Thing"), &[]).await.status, 200);
    let others = [
        role(A, "Thing"),
        role(A, "p/Thing"),
        role(A, "q/Thing"),
        role(A, "p/q/thing"),
        role(A, "p/q//Thing"),
        role(B, "p/q/Thing"),
        format!("arn:aws-cn:iam::{A}:role/p/q/Thing"),
        format!("arn:aws:iam:us-east-1:{A}:role/p/q/Thing"),
        format!("arn:aws:sts::{A}:role/p/q/Thing"),
        format!("arn:aws:iam::{A}:user/p/q/Thing"),
    ];
    for arn in others {
        let reply = assume(&world, &user, &arn, &[]).await;
        assert!(
            ["AccessDenied", "ValidationError"].contains(&reply.code().as_str()),
            "{arn}: {}",
            reply.body
        );
    }
}

#[tokio::test]
async fn the_event_of_a_malformed_one_time_code_does_not_hold_the_code() {
    let world = World::new().await;
    let user = world.user(A, "ann", MAY_DO_ALL).await;
    let serial = format!("arn:aws:iam::{A}:mfa/m");
    let codes = [("AuthenticationCode1", "12345x"), ("AuthenticationCode2", "x54321")];
    let device = [("UserName", "ann"), ("SerialNumber", &*serial), codes[0], codes[1]];
    for operation in ["EnableMFADevice", "ResyncMFADevice"] {
        let reply = world.iam(&user, operation, &device).await;
        // Whoever sent them reads what AWS tells.
        assert!(reply.message().contains("Value '12345x' at 'authenticationCode1'"), "{}", reply.body);
        let event = world.events.last();
        assert_eq!(
            (event["eventName"].as_str(), event["errorCode"].as_str()),
            (Some(operation), Some("ValidationException"))
        );
        assert!(
            event["errorMessage"].as_str().unwrap().contains("Value at 'authenticationCode1'"),
            "{event}"
        );
        let event = event.to_string();
        assert!(codes.iter().all(|(_, code)| !event.contains(code)), "{event}");
    }
    for operation in ["GetSessionToken", "AssumeRole"] {
        let role = format!("arn:aws:iam::{A}:role/r");
        let mut parameters = vec![("SerialNumber", &*serial), ("TokenCode", "12345x")];
        if operation == "AssumeRole" {
            parameters.extend([("RoleArn", &*role), ("RoleSessionName", "s")]);
        }
        let reply = world.sts(&user, operation, &parameters).await;
        assert!(reply.message().contains("Value '12345x' at 'tokenCode'"), "{}", reply.body);
        let event = world.events.last();
        assert_eq!(event["eventName"], operation);
        assert!(!event.to_string().contains("12345x"), "{event}");
    }
}
