//! The operations, and the way from an operation's name to its handler.

mod access_matrix;
mod explain_decision;
mod simulate_decision;
mod what_can;
mod who_can;

gatekey_gate::serve! {
    gatekey_model::gatekey::Operation;
    access_matrix::AccessMatrix,
    explain_decision::ExplainDecision,
    simulate_decision::SimulateDecision,
    what_can::WhatCan,
    who_can::WhoCan,
}
