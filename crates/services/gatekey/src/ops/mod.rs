//! The operations, and the way from an operation's name to its handler.

mod explain_decision;
mod simulate_decision;

gatekey_gate::serve! {
    gatekey_model::gatekey::Operation;
    explain_decision::ExplainDecision,
    simulate_decision::SimulateDecision,
}
