//! The operations, and the way from an operation's name to its handler.

mod access_matrix;
mod diff_policy;
mod escalations;
mod explain_decision;
mod forecast_change;
mod get_key_policy_version;
mod key_health;
mod list_key_policy_versions;
mod list_orphans;
mod prove;
mod rebind_principal;
mod rollback_key_policy;
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
    get_key_policy_version::GetKeyPolicyVersion,
    key_health::KeyHealth,
    list_key_policy_versions::ListKeyPolicyVersions,
    list_orphans::ListOrphans,
    prove::Prove,
    rebind_principal::RebindPrincipal,
    rollback_key_policy::RollbackKeyPolicy,
    simulate_decision::SimulateDecision,
    simulate_service::SimulateService,
    what_can::WhatCan,
    who_can::WhoCan,
}
