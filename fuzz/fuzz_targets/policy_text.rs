//! Any text as a policy of any kind: an answer, never a panic; what is accepted is laid out as AWS does and read again
//! alike; a decision on it always comes, and the lenient reading of an accepted document decides as the strict one.
#![no_main]

use gatekey_policy::{
    Action, Context, Kind, KmsAction, Mode, Pins, Policies, Policy, Principal, Request, Resource, decide,
    decide_traced,
};
use gatekey_types::Arn;
use libfuzzer_sys::fuzz_target;

const KINDS: [Kind; 8] = [
    Kind::Key,
    Kind::Identity,
    Kind::Session,
    Kind::ServiceControl,
    Kind::ResourceControl,
    Kind::Trust,
    Kind::Endpoint,
    Kind::Resource,
];

fuzz_target!(|data: &[u8]| {
    let Some((kind, text)) = data.split_first() else { return };
    let kind = KINDS[usize::from(*kind) % KINDS.len()];
    let text = String::from_utf8_lossy(text);
    let stored = Policy::read_stored(&text, kind, Pins::new());
    let outcome = outcome(&stored);
    match Policy::parse(&text, kind) {
        Ok(policy) => {
            let shown = policy.render(&|_| None);
            let again = Policy::parse(&shown, kind);
            // White space counts for some limits, and the layout adds some.
            assert!(again.is_ok() || shown.len() > kind.limit().0, "{shown}");
            if let Ok(again) = again {
                assert_eq!(again.render(&|_| None), shown);
                assert_eq!(self::outcome(&again), outcome);
            }
        }
        Err(error) => assert!(!error.message.is_empty() && error.at.line > 0),
    }
});

fn outcome(policy: &Policy) -> gatekey_policy::Outcome {
    let principal = Principal::root("arn:aws:iam::111122223333:root".parse().unwrap());
    let key: Arn =
        "arn:aws:kms:us-east-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000001".parse().unwrap();
    let (action, context) = (Action::Kms(KmsAction::Decrypt), Context::new());
    let request = Request::new(Mode::Kms, &principal, &action, Resource::Named(&key), &context);
    let policies = Policies { resource: Some(policy), ..Policies::default() };
    let (verdict, _) = decide_traced(&request, &policies);
    assert_eq!(verdict, decide(&request, &policies));
    verdict.outcome
}
