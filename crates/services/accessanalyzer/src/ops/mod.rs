//! The operations, and the way from an operation's name to its handler.

mod check_access_not_granted;
mod check_no_new_access;
mod check_no_public_access;
mod validate_policy;

gatekey_gate::serve! {
    gatekey_model::accessanalyzer::Operation;
    check_access_not_granted::CheckAccessNotGranted,
    check_no_new_access::CheckNoNewAccess,
    check_no_public_access::CheckNoPublicAccess,
    validate_policy::ValidatePolicy,
}
