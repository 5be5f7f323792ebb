use crate::principal::RootTask;
use crate::testing::*;
use crate::verdict::{Decider, Layer, MatchClass, Outcome};
use crate::{Constraints, Mode, decide_traced};

const TASK: [&str; 3] = ["kms:DescribeKey", "kms:GetKeyPolicy", "kms:PutKeyPolicy"];

/// The session policies as AssumeRoot's sessions have them: everything but the task is denied, and the rest allowed.
fn of_the_task() -> Vec<Vec<String>> {
    let rest = r#"{"Effect":"Deny","NotAction":["kms:DescribeKey","kms:GetKeyPolicy","kms:PutKeyPolicy"],"Resource":"*"}"#;
    vec![vec![rest.to_owned()], allows(&["*"])]
}

fn unlocker(action: &str) -> Case {
    Case::new("A:root", action)
        .with(|case| case.principal.root_task = Some(RootTask::UnlockKeyPolicy))
        .session(of_the_task())
}

/// A key whose policy denies everybody everything.
fn locked(case: Case) -> Case {
    case.key(&[statement("Deny", &["*"], &["kms:*"], "")])
}

#[test]
fn it_reads_and_replaces_the_policy_of_a_key_whatever_that_says() {
    for action in TASK {
        let silent = unlocker(action).key_allows(&["A:user/u"], &["kms:*"], "");
        let naming = unlocker(action).key(&[statement("Deny", &["A:root"], &["kms:*"], "")]);
        for case in [unlocker(action), silent, naming, locked(unlocker(action))] {
            case.allowed(Layer::Identity);
            let verdict = case.decide();
            assert_eq!(
                (verdict.by, verdict.class),
                (Decider::Rule, Some(MatchClass::UnlockTask)),
                "{action}"
            );
            assert_eq!(verdict.permit().unwrap().action().to_string(), action);
        }
    }
}

#[test]
fn a_key_policy_that_opens_the_key_to_it_adds_nothing() {
    for action in crate::action::KmsAction::all().map(|action| format!("kms:{}", action.name)) {
        let verdict = unlocker(&action).key_allows(&["*"], &["kms:*"], "").decide();
        assert_eq!(verdict.is_allowed(), TASK.contains(&&*action), "{action}");
    }
}

#[test]
fn it_may_do_nothing_else_even_where_its_session_would_allow_everything() {
    for action in crate::action::KmsAction::all().map(|action| format!("kms:{}", action.name)) {
        for on in [KEY, "*", "arn:aws:kms:us-east-1:111122223333:alias/app"] {
            let case = unlocker(&action).session(vec![allows(&["*"])]).on(on);
            let is_task = TASK.contains(&&*action) && on == KEY;
            assert_eq!(case.decide().is_allowed(), is_task, "{action} on {on}");
            let opened = case.key_allows(&["*"], &["kms:*"], "").decide();
            assert_eq!(opened.is_allowed(), is_task, "{action} on {on}");
        }
    }
    let secret = "arn:aws:secretsmanager:us-east-1:111122223333:secret:s-AbCdEf";
    for (mode, action, on) in [
        (Mode::Generic, "secretsmanager:GetSecretValue", secret),
        (Mode::Generic, "iam:CreateUser", "arn:aws:iam::111122223333:user/x"),
        (Mode::Generic, "kms:PutKeyPolicy", KEY),
        (Mode::Trust, "sts:AssumeRole", "arn:aws:iam::111122223333:role/r"),
    ] {
        unlocker(action).session(vec![allows(&["*"])]).mode(mode).on(on).denied(Layer::Session);
    }
}

#[test]
fn it_is_held_to_keys_of_its_own_account() {
    let of_b = KEY.replace(A, B);
    for action in TASK {
        unlocker(action).on(&of_b).denied(Layer::Resource);
        unlocker(action).on(&of_b).key_allows(&["*"], &["kms:*"], "").denied(Layer::Resource);
        // What says whose the key is must agree with the key's own name.
        let claimed = unlocker(action).on(&of_b).with(|case| case.account = A.parse().ok());
        assert!(!claimed.decide().is_allowed(), "{action}");
        let claimed = unlocker(action).with(|case| case.account = B.parse().ok());
        assert!(!claimed.decide().is_allowed(), "{action}");
        let unsaid = unlocker(action).with(|case| case.account = None);
        assert!(!unsaid.decide().is_allowed(), "{action}");
    }
}

#[test]
fn it_is_held_to_the_region_of_the_request_to_customer_keys_and_to_keys() {
    for action in TASK {
        assert!(unlocker(action).context("aws:RequestedRegion", "us-east-1").decide().is_allowed());
        locked(unlocker(action))
            .context("aws:RequestedRegion", "eu-west-1")
            .explicitly_denied(Layer::Resource);
        unlocker(action).context("aws:RequestedRegion", "eu-west-1").denied(Layer::Session);
        unlocker(action).with(|case| case.aws_managed = true).denied(Layer::Session);
        unlocker(action).on("arn:aws:kms:us-east-1:111122223333:alias/app").denied(Layer::Session);
        unlocker(action).on("arn:aws:iam::111122223333:key/x").denied(Layer::Session);
        unlocker(action).on("*").denied(Layer::Session);
    }
}

#[test]
fn no_other_caller_has_the_right() {
    for action in TASK {
        for caller in
            ["A:root", "A:user/u", "A:assumed-role/r/s", "A:federated-user/f", "B:root", "anonymous"]
        {
            for task in [None, Some(RootTask::Other)] {
                let case = locked(Case::new(caller, action)).with(|case| case.principal.root_task = task);
                case.explicitly_denied(Layer::Resource);
            }
        }
        // A task is a root user's: on anybody else it is nothing.
        for caller in ["A:user/u", "A:assumed-role/r/s", "A:federated-user/f", "logs.us-east-1.amazonaws.com"]
        {
            let case = Case::new(caller, action)
                .with(|case| case.principal.root_task = Some(RootTask::UnlockKeyPolicy))
                .identity(vec![allows(&["*"])]);
            case.clone().denied(Layer::Resource);
            locked(case).explicitly_denied(Layer::Resource);
        }
    }
}

#[test]
fn inferred_unlocking_leaves_only_the_key_policy_aside() {
    let all = || vec![vec![allows(&["*"])]];
    let with_deny = || vec![vec![allows(&["*"]), denies(&["kms:PutKeyPolicy"])]];
    let put = || locked(unlocker("kms:PutKeyPolicy"));
    put().scp(all()).rcp(vec![vec![vec![statement("Allow", &["*"], &["*"], "")]]]).allowed(Layer::Identity);
    put().scp(with_deny()).explicitly_denied(Layer::ServiceControl);
    put().scp(vec![vec![]]).explicitly_denied(Layer::ServiceControl);
    let denying = statement("Deny", &["*"], &["kms:PutKeyPolicy"], "");
    let rcp = vec![vec![vec![statement("Allow", &["*"], &["*"], "")], vec![denying.clone()]]];
    put().rcp(rcp).explicitly_denied(Layer::ResourceControl);
    put().endpoint(vec![denying]).explicitly_denied(Layer::Endpoint);
    put().session(vec![denies(&["kms:PutKeyPolicy"]), allows(&["*"])]).explicitly_denied(Layer::Session);
}

#[test]
fn policies_of_the_session_that_keep_silent_limit_it() {
    locked(unlocker("kms:PutKeyPolicy")).session(vec![allows(&["kms:DescribeKey"])]).denied(Layer::Session);
}

#[test]
fn no_grant_helps_it() {
    use crate::KmsAction::{CreateGrant, Decrypt, DescribeKey, RetireGrant};
    let granted = |action| {
        unlocker(action).session(vec![allows(&["*"])]).grant(
            "A:root",
            &[Decrypt, CreateGrant, DescribeKey, RetireGrant],
            Constraints::default(),
        )
    };
    for action in ["kms:Decrypt", "kms:CreateGrant"] {
        granted(action).denied(Layer::Session);
    }
    let own = grant(0, "A:root", &[RetireGrant], Constraints::default());
    granted("kms:RetireGrant").with(|case| case.retiring = Some(own)).denied(Layer::Session);
    assert_eq!(granted("kms:DescribeKey").decide().class, Some(MatchClass::UnlockTask));
}

#[test]
fn a_root_session_can_be_told_from_the_root_user() {
    let only = r#""Condition":{"Null":{"aws:AssumedRoot":"true"}}"#;
    let scp = |case: Case| {
        let deny = statement("Deny", &[], &["*"], only);
        case.scp(vec![vec![allows(&["*"]), vec![deny]]])
    };
    scp(unlocker("kms:PutKeyPolicy")).allowed(Layer::Identity);
    let root = |task| {
        Case::new("A:root", "kms:PutKeyPolicy")
            .key_allows(&["A:root"], &["kms:*"], "")
            .with(move |case| case.principal.root_task = task)
    };
    scp(root(Some(RootTask::Other))).allowed(Layer::Resource);
    scp(root(None)).explicitly_denied(Layer::ServiceControl);
    let user = Case::new("A:user/u", "kms:PutKeyPolicy").key_allows(&["A:user/u"], &["kms:*"], "");
    scp(user.with(|case| case.principal.root_task = Some(RootTask::Other)))
        .explicitly_denied(Layer::ServiceControl);
}

#[test]
fn a_trace_says_why_the_key_policy_was_not_asked() {
    let (verdict, trace) = locked(unlocker("kms:PutKeyPolicy")).ask(decide_traced);
    assert_eq!(verdict.outcome, Outcome::Allow);
    let resource = trace.layers.iter().find(|layer| layer.layer == Layer::Resource).unwrap();
    assert_eq!(resource.not_asked, Some("a root session for unlocking key policies is not bound by it"));
    assert!(resource.policies.is_empty());
}
