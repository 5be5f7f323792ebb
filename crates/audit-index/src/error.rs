use gatekey_audit::Tampering;

/// Why the index cannot be used, or not be brought up to date. The texts are for operators.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// The database fails. The index can be made anew.
    #[error("the index of the audit trail cannot be used: {0}; make it anew with: gatekey audit index")]
    Database(#[from] rusqlite::Error),
    /// Its folder cannot be used.
    #[error("the index of the audit trail cannot be kept: {0}")]
    Folder(#[from] std::io::Error),
    /// The log is not what was recorded.
    #[error("the audit trail is damaged: {0}; look closer with: gatekey audit verify")]
    Damaged(#[from] Tampering),
}
