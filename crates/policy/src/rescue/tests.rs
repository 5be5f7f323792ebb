use crate::principal::RootTask;
use crate::testing::*;
use crate::verdict::{Layer, MatchClass};
use crate::{KmsAction, Mode};

const RESCUE: [&str; 3] = ["kms:DescribeKey", "kms:GetKeyPolicy", "kms:PutKeyPolicy"];

fn rescuing(caller: &str, action: &str) -> Case {
    Case::new(caller, action).with(|case| case.root_rescue = true)
}

/// A key whose policy names somebody else alone.
fn lost(case: Case) -> Case {
    case.key_allows(&["A:user/gone"], &["kms:*"], "")
}

#[test]
fn without_the_setting_a_root_user_has_no_right_that_the_policy_does_not_give() {
    for action in RESCUE {
        lost(Case::new("A:root", action)).denied(Layer::Resource);
    }
}

#[test]
fn with_the_setting_the_root_user_reads_and_replaces_a_policy_and_does_nothing_else() {
    for action in KmsAction::all().map(|action| format!("kms:{}", action.name)) {
        let verdict = lost(rescuing("A:root", &action)).decide();
        let is_rescued = verdict.class == Some(MatchClass::RootRescue);
        assert_eq!(is_rescued, RESCUE.contains(&&*action), "{action}");
        assert!(verdict.is_allowed() || !is_rescued, "{action}");
    }
}

#[test]
fn what_the_policy_allows_by_itself_is_no_rescue() {
    for action in RESCUE {
        let verdict = rescuing("A:root", action).key_allows(&["A:root"], &["kms:*"], "").decide();
        assert_eq!(verdict.class, Some(MatchClass::RootUser), "{action}");
    }
}

#[test]
fn a_deny_of_any_layer_and_a_guard_that_keeps_silent_stay() {
    let put = || lost(rescuing("A:root", "kms:PutKeyPolicy"));
    let deny = statement("Deny", &["A:root"], &["kms:PutKeyPolicy"], "");
    rescuing("A:root", "kms:PutKeyPolicy").key(&[deny]).explicitly_denied(Layer::Resource);
    put()
        .scp(vec![vec![allows(&["*"]), denies(&["kms:PutKeyPolicy"])]])
        .explicitly_denied(Layer::ServiceControl);
    put().scp(vec![vec![]]).explicitly_denied(Layer::ServiceControl);
    put().rcp(vec![vec![]]).denied(Layer::ResourceControl);
    put().scp(vec![vec![allows(&["*"])]]).allowed(Layer::Identity);
}

#[test]
fn nobody_but_the_root_user_of_the_keys_own_account_is_rescued() {
    for action in RESCUE {
        for caller in [
            "A:user/u",
            "A:assumed-role/r/s",
            "A:federated-user/f",
            "B:root",
            "anonymous",
            "logs.amazonaws.com",
        ] {
            let case = rescuing(caller, action).identity(vec![allows(&["*"])]);
            assert!(!lost(case).decide().is_allowed(), "{caller} {action}");
        }
        for task in [RootTask::Other, RootTask::UnlockKeyPolicy] {
            let case = rescuing("A:root", action).with(|case| case.principal.root_task = Some(task));
            assert_ne!(lost(case).decide().class, Some(MatchClass::RootRescue), "{action}");
        }
        let of_b = KEY.replace(A, B);
        assert!(!rescuing("A:root", action).on(&of_b).decide().is_allowed());
        let claimed = rescuing("A:root", action).on(&of_b).with(|case| case.account = A.parse().ok());
        assert!(!claimed.decide().is_allowed(), "{action}");
        assert!(!lost(rescuing("A:root", action)).with(|case| case.aws_managed = true).decide().is_allowed());
        let elsewhere = lost(rescuing("A:root", action)).context("aws:RequestedRegion", "eu-west-1");
        assert!(!elsewhere.decide().is_allowed(), "{action}");
        assert!(!rescuing("A:root", action).mode(Mode::Trust).decide().is_allowed());
    }
}
