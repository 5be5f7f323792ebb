//! The operations, and the way from an operation's name to its handler.

mod simulate_decision;

gatekey_gate::serve! {
    gatekey_model::gatekey::Operation;
    simulate_decision::SimulateDecision,
}
