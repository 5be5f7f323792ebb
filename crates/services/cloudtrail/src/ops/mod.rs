//! The operations, and the way from an operation's name to its handler.

gatekey_gate::serve! {
    gatekey_model::cloudtrail::Operation;
}
