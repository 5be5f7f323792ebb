//! The operations, and the way from an operation's name to its handler.

mod access_matrix;
mod approve_recovery_case;
mod complete_recovery_case;
mod describe_recovery;
mod describe_recovery_case;
mod diff_policy;
mod escalations;
mod explain_decision;
mod forecast_change;
mod get_key_policy_version;
mod init_recovery;
mod key_health;
mod list_key_policy_versions;
mod list_orphans;
mod list_recovery_cases;
mod open_recovery_case;
mod plan_recovery;
mod prove;
mod rebind_principal;
mod replay_policy;
mod rollback_key_policy;
mod simulate_decision;
mod simulate_service;
mod veto_recovery_case;
mod what_can;
mod who_can;

gatekey_gate::serve! {
    gatekey_model::gatekey::Operation;
    access_matrix::AccessMatrix,
    approve_recovery_case::ApproveRecoveryCase,
    complete_recovery_case::CompleteRecoveryCase,
    describe_recovery::DescribeRecovery,
    describe_recovery_case::DescribeRecoveryCase,
    diff_policy::DiffPolicy,
    escalations::Escalations,
    explain_decision::ExplainDecision,
    forecast_change::ForecastChange,
    get_key_policy_version::GetKeyPolicyVersion,
    init_recovery::InitRecovery,
    key_health::KeyHealth,
    list_key_policy_versions::ListKeyPolicyVersions,
    list_orphans::ListOrphans,
    list_recovery_cases::ListRecoveryCases,
    open_recovery_case::OpenRecoveryCase,
    plan_recovery::PlanRecovery,
    prove::Prove,
    rebind_principal::RebindPrincipal,
    replay_policy::ReplayPolicy,
    rollback_key_policy::RollbackKeyPolicy,
    simulate_decision::SimulateDecision,
    simulate_service::SimulateService,
    veto_recovery_case::VetoRecoveryCase,
    what_can::WhatCan,
    who_can::WhoCan,
}
