//! What organizations do to decisions about keys, and who may change an organization.

use crate::world::{A, B, Reply, World};
use gatekey_types::AccountId;
use serde_json::{Value, json};

fn number(account: &str) -> AccountId {
    account.parse().unwrap()
}

/// A world in which `A` manages an organization of both accounts.
async fn organized() -> (World, String) {
    let world = World::new().await;
    world.gate.found_organization(number(A), &[number(A), number(B)]).await.unwrap();
    let roots = world.organize(B, "ListRoots", json!({})).await;
    assert_eq!(roots.code(), "AccessDeniedException", "a member is no administrator");
    let roots = world.organize(A, "ListRoots", json!({})).await.ok();
    let root = roots["Roots"][0]["Id"].as_str().unwrap().to_owned();
    (world, root)
}

fn denying(action: &str, principal: bool) -> String {
    let mut statement = json!({"Effect": "Deny", "Action": action, "Resource": "*"});
    if principal {
        statement["Principal"] = "*".into();
    }
    json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
}

async fn policy(world: &World, name: &str, kind: &str, content: &str) -> String {
    let input = json!({"Name": name, "Description": "", "Type": kind, "Content": content});
    let made = world.organize(A, "CreatePolicy", input).await.ok();
    made["Policy"]["PolicySummary"]["Id"].as_str().unwrap().to_owned()
}

async fn attach(world: &World, policy: &str, target: &str) -> Reply {
    world.organize(A, "AttachPolicy", json!({"PolicyId": policy, "TargetId": target})).await
}

async fn detach(world: &World, policy: &str, target: &str) -> Reply {
    world.organize(A, "DetachPolicy", json!({"PolicyId": policy, "TargetId": target})).await
}

#[tokio::test]
async fn a_service_control_policy_binds_root_users_of_members_at_once_and_never_the_management_account() {
    let (world, root) = organized().await;
    let scp = policy(&world, "no keys", "SERVICE_CONTROL_POLICY", &denying("kms:CreateKey", false)).await;
    world.call_as(B, "CreateKey", json!({})).await.ok();
    attach(&world, &scp, &root).await.ok();
    let reply = world.call_as(B, "CreateKey", json!({})).await;
    assert_eq!(reply.code(), "AccessDeniedException");
    assert!(
        reply.message().contains("with an explicit deny in a service control policy"),
        "{}",
        reply.message()
    );
    world.call_as(A, "CreateKey", json!({})).await.ok();
    detach(&world, &scp, &root).await.ok();
    world.call_as(B, "CreateKey", json!({})).await.ok();
}

#[tokio::test]
async fn every_level_must_allow() {
    let (world, root) = organized().await;
    let unit =
        world.organize(A, "CreateOrganizationalUnit", json!({"ParentId": root, "Name": "u"})).await.ok();
    let unit = unit["OrganizationalUnit"]["Id"].as_str().unwrap().to_owned();
    let input = json!({"AccountId": B, "SourceParentId": root, "DestinationParentId": unit});
    world.organize(A, "MoveAccount", input).await.ok();
    world.call_as(B, "ListKeys", json!({})).await.ok();
    let allow = json!({"Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "kms:List*", "Resource": "*"}]});
    let scp = policy(&world, "lists", "SERVICE_CONTROL_POLICY", &allow.to_string()).await;
    let last = detach(&world, "p-FullAWSAccess", &unit).await;
    assert_eq!(
        (last.code(), last.body["Reason"].as_str()),
        ("ConstraintViolationException", Some("MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED"))
    );
    attach(&world, &scp, &unit).await.ok();
    world.call_as(B, "CreateKey", json!({})).await.ok();
    detach(&world, "p-FullAWSAccess", &unit).await.ok();
    world.call_as(B, "ListKeys", json!({})).await.ok();
    assert_eq!(world.call_as(B, "CreateKey", json!({})).await.code(), "AccessDeniedException");
    let input = json!({"RootId": root, "PolicyType": "SERVICE_CONTROL_POLICY"});
    world.organize(A, "DisablePolicyType", input).await.ok();
    world.call_as(B, "CreateKey", json!({})).await.ok();
}

#[tokio::test]
async fn a_resource_control_policy_binds_whoever_comes_to_a_members_key() {
    let (world, _) = organized().await;
    let open = |owner: &str, other: &str| {
        json!({"Policy": json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "kms:*",
            "Principal": {"AWS": [format!("arn:aws:iam::{owner}:root"), format!("arn:aws:iam::{other}:root")]},
            "Resource": "*"}]}).to_string()})
    };
    let arn = |made: Value| made["KeyMetadata"]["Arn"].as_str().unwrap().to_owned();
    let of_member = arn(world.call_as(B, "CreateKey", open(B, A)).await.ok());
    let of_management = arn(world.call_as(A, "CreateKey", open(A, B)).await.ok());
    let rcp = policy(&world, "still", "RESOURCE_CONTROL_POLICY", &denying("kms:DescribeKey", true)).await;
    let describe = |account, key: &String| world.call_as(account, "DescribeKey", json!({"KeyId": key}));
    describe(A, &of_member).await.ok();
    attach(&world, &rcp, B).await.ok();
    assert_eq!(describe(A, &of_member).await.code(), "AccessDeniedException");
    let own = describe(B, &of_member).await;
    assert!(
        own.message().contains("with an explicit deny in a resource control policy"),
        "{}",
        own.message()
    );
    describe(B, &of_management).await.ok();
    let all = policy(&world, "nothing", "RESOURCE_CONTROL_POLICY", &denying("*", true)).await;
    attach(&world, &all, B).await.ok();
    assert_eq!(describe(B, &of_member).await.code(), "AccessDeniedException");
    world.organize(B, "DescribeOrganization", json!({})).await.ok();
    let fixed = detach(&world, "p-RCPFullAWSAccess", B).await;
    assert_eq!(
        (fixed.code(), fixed.body["Reason"].as_str()),
        ("InvalidInputException", Some("NON_DETACHABLE_POLICY"))
    );
}

#[tokio::test]
async fn nobody_acts_in_a_closed_account() {
    let (world, _) = organized().await;
    world.organize(A, "CloseAccount", json!({"AccountId": B})).await.ok();
    let reply = world.call_as(B, "ListKeys", json!({})).await;
    assert_eq!(reply.code(), "UnrecognizedClientException");
    let shown = world.organize(A, "DescribeAccount", json!({"AccountId": B})).await.ok();
    assert_eq!(
        (&shown["Account"]["Status"], &shown["Account"]["State"]),
        (&json!("SUSPENDED"), &json!("CLOSED"))
    );
    let again = world.organize(A, "CloseAccount", json!({"AccountId": B})).await;
    assert_eq!(again.code(), "AccountAlreadyClosedException");
    assert_eq!(
        world.organize(A, "CloseAccount", json!({"AccountId": A})).await.body["Reason"],
        "CANNOT_CLOSE_MANAGEMENT_ACCOUNT"
    );
}

#[tokio::test]
async fn only_the_management_account_changes_an_organization_unless_it_delegates_that() {
    let (world, root) = organized().await;
    let create = |name: &str| {
        let content = denying("kms:*", false);
        json!({"Name": name, "Description": "", "Type": "SERVICE_CONTROL_POLICY", "Content": content})
    };
    let refused = world.organize(B, "CreatePolicy", create("b")).await;
    assert_eq!(
        (refused.code(), refused.message()),
        ("AccessDeniedException", "You don't have permissions to access this resource.")
    );
    let policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Principal": {"AWS": format!("arn:aws:iam::{B}:root")},
        "Action": ["organizations:CreatePolicy", "organizations:ListPolicies"], "Resource": "*"}]});
    world.organize(A, "PutResourcePolicy", json!({"Content": policy.to_string()})).await.ok();
    world.organize(B, "CreatePolicy", create("b")).await.ok();
    world.organize(B, "ListPolicies", json!({"Filter": "SERVICE_CONTROL_POLICY"})).await.ok();
    let input = json!({"ParentId": root, "Name": "u"});
    assert_eq!(world.organize(B, "CreateOrganizationalUnit", input).await.code(), "AccessDeniedException");
    world.organize(A, "DeleteResourcePolicy", json!({})).await.ok();
    assert_eq!(world.organize(B, "CreatePolicy", create("c")).await.code(), "AccessDeniedException");
}

#[tokio::test]
async fn a_delegated_administrator_reads_and_no_more() {
    let (world, root) = organized().await;
    let service = "tagpolicies.tag.amazonaws.com";
    let register = json!({"AccountId": B, "ServicePrincipal": service});
    let early = world.organize(A, "RegisterDelegatedAdministrator", register.clone()).await;
    assert_eq!(early.body["Reason"], "SERVICE_ACCESS_NOT_ENABLED");
    world.organize(A, "EnableAWSServiceAccess", json!({"ServicePrincipal": service})).await.ok();
    world.organize(A, "RegisterDelegatedAdministrator", register.clone()).await.ok();
    assert_eq!(
        world.organize(B, "ListAccounts", json!({})).await.ok()["Accounts"].as_array().unwrap().len(),
        2
    );
    let input = json!({"ParentId": root, "Name": "u"});
    assert_eq!(world.organize(B, "CreateOrganizationalUnit", input).await.code(), "AccessDeniedException");
    let gone = world.organize(A, "RemoveAccountFromOrganization", json!({"AccountId": B})).await;
    assert_eq!(gone.body["Reason"], "CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG");
    world.organize(A, "DeregisterDelegatedAdministrator", register).await.ok();
    assert_eq!(world.organize(B, "ListAccounts", json!({})).await.code(), "AccessDeniedException");
    world.organize(B, "LeaveOrganization", json!({})).await.ok();
    assert_eq!(
        world.organize(B, "DescribeOrganization", json!({})).await.code(),
        "AWSOrganizationsNotInUseException"
    );
}

#[tokio::test]
async fn an_account_that_an_organization_makes_is_there_with_its_role_and_the_policies_that_bind_it() {
    let (world, root) = organized().await;
    let create = |email: &str| json!({"Email": email, "AccountName": "Payroll"});
    let made = world.organize(A, "CreateAccount", create("payroll@example.org")).await.ok();
    let status = &made["CreateAccountStatus"];
    assert_eq!(status["State"], "SUCCEEDED");
    let account: AccountId = status["AccountId"].as_str().unwrap().parse().unwrap();
    let snapshot = world.gate.snapshot();
    let directory = &snapshot.directory;
    assert!(directory.has_account(account));
    let role = directory.roles.get(account, "OrganizationAccountAccessRole").unwrap();
    assert!(role.record.trust.text.contains(&format!("arn:aws:iam::{A}:root")));
    assert_eq!(directory.policies_of_role(role).len(), 1);
    let input = json!({"TargetId": account.to_string(), "Filter": "SERVICE_CONTROL_POLICY"});
    let bound = world.organize(A, "ListPoliciesForTarget", input).await.ok();
    assert_eq!(bound["Policies"][0]["Id"], "p-FullAWSAccess");
    let parents = world.organize(A, "ListParents", json!({"ChildId": account.to_string()})).await.ok();
    assert_eq!(parents["Parents"][0], json!({"Id": root, "Type": "ROOT"}));
    let again = world.organize(A, "CreateAccount", create("PAYROLL@example.org")).await.ok();
    let id = &again["CreateAccountStatus"]["Id"];
    let input = json!({"CreateAccountRequestId": id});
    let failed = world.organize(A, "DescribeCreateAccountStatus", input).await.ok();
    assert_eq!(failed["CreateAccountStatus"]["FailureReason"], "EMAIL_ALREADY_EXISTS");
    assert!(world.events.all().iter().all(|event| !event.to_string().contains("payroll@")));
}

#[tokio::test]
async fn an_organization_begins_and_ends() {
    let world = World::new().await;
    let none = world.organize(A, "DescribeOrganization", json!({})).await;
    assert_eq!(
        (none.code(), none.message()),
        ("AWSOrganizationsNotInUseException", "Your account is not a member of an organization.")
    );
    world.organize(A, "CreateOrganization", json!({"FeatureSet": "CONSOLIDATED_BILLING"})).await.ok();
    let again = world.organize(A, "CreateOrganization", json!({})).await;
    assert_eq!(again.code(), "AlreadyInOrganizationException");
    let roots = world.organize(A, "ListRoots", json!({})).await.ok();
    let root = roots["Roots"][0]["Id"].as_str().unwrap();
    let enable = json!({"RootId": root, "PolicyType": "SERVICE_CONTROL_POLICY"});
    assert_eq!(
        world.organize(A, "EnablePolicyType", enable.clone()).await.code(),
        "PolicyTypeNotAvailableForOrganizationException"
    );
    let handshake = world.organize(A, "EnableAllFeatures", json!({})).await.ok();
    assert_eq!(handshake["Handshake"]["State"], "ACCEPTED");
    world.organize(A, "EnablePolicyType", enable).await.ok();
    let mut parent = root.to_owned();
    for level in 1..=5 {
        let input = json!({"ParentId": parent, "Name": "u"});
        let made = world.organize(A, "CreateOrganizationalUnit", input.clone()).await.ok();
        let twice = world.organize(A, "CreateOrganizationalUnit", input).await;
        assert_eq!(twice.code(), "DuplicateOrganizationalUnitException", "level {level}");
        parent = made["OrganizationalUnit"]["Id"].as_str().unwrap().to_owned();
    }
    let deeper =
        world.organize(A, "CreateOrganizationalUnit", json!({"ParentId": parent, "Name": "u"})).await;
    assert_eq!(deeper.body["Reason"], "OU_DEPTH_LIMIT_EXCEEDED");
    let busy = world.organize(A, "DeleteOrganization", json!({})).await;
    assert_eq!(busy.code(), "OrganizationNotEmptyException");
    while parent != root {
        let above = world.organize(A, "ListParents", json!({"ChildId": parent})).await.ok();
        world.organize(A, "DeleteOrganizationalUnit", json!({"OrganizationalUnitId": parent})).await.ok();
        parent = above["Parents"][0]["Id"].as_str().unwrap().to_owned();
    }
    world.organize(A, "DeleteOrganization", json!({})).await.ok();
    assert_eq!(
        world.organize(A, "DescribeOrganization", json!({})).await.code(),
        "AWSOrganizationsNotInUseException"
    );
}

#[tokio::test]
async fn inferred_lockout_check_asks_every_layer_the_organizations_policies_too() {
    for kind in ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"] {
        let (world, root) = organized().await;
        let content = denying("kms:PutKeyPolicy", kind == "RESOURCE_CONTROL_POLICY");
        let denial = policy(&world, "no new policies", kind, &content).await;
        let open = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*",
            "Action": "kms:*", "Resource": "*"}]});
        let with_policy = json!({"Policy": open.to_string()});
        world.call_as(B, "CreateKey", with_policy.clone()).await.ok();
        attach(&world, &denial, &root).await.ok();
        let reply = world.call_as(B, "CreateKey", with_policy.clone()).await;
        assert_eq!(reply.code(), "MalformedPolicyDocumentException", "{kind}");
        let lost = "The new key policy will not allow you to update the key policy in the future.";
        assert_eq!(reply.message(), lost, "{kind}");
        world.call_as(B, "CreateKey", json!({})).await.ok();
        world.call_as(A, "CreateKey", with_policy).await.ok();
    }
}
