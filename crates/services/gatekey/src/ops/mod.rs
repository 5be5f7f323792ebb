//! The operations, and the way from an operation's name to its handler.

mod access_matrix;
mod diff_policy;
mod escalations;
mod explain_decision;
mod forecast_change;
mod key_health;
mod prove;
mod simulate_decision;
mod simulate_service;
mod what_can;
mod who_can;

gatekey_gate::serve! {
    gatekey_model::gatekey::Operation;
    access_matrix::AccessMatrix,
    diff_policy::DiffPolicy,
    escalations::Escalations,
    explain_decision::ExplainDecision,
    forecast_change::ForecastChange,
    key_health::KeyHealth,
    prove::Prove,
    simulate_decision::SimulateDecision,
    simulate_service::SimulateService,
    what_can::WhatCan,
    who_can::WhoCan,
}
