//! The operations, and the way from an operation's name to its handler.

mod get_caller_identity;

gatekey_gate::serve! {
    gatekey_model::sts::Operation;
    get_caller_identity::GetCallerIdentity,
}
