/// The resource quotas of one account in one Region, as AWS publishes them; all can be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quotas {
    /// Customer managed keys (100,000).
    pub keys: usize,
    /// Aliases of one key (50).
    pub aliases_per_key: usize,
    /// Tags of one key (50).
    pub tags_per_key: usize,
    /// Bytes of one key policy (32,768); AWS does not raise this one.
    pub policy_bytes: usize,
    /// Grants of one key (50,000).
    pub grants_per_key: usize,
    /// Custom key stores (10).
    pub key_stores: usize,
    /// Rotations on demand of one key, over its whole life (25).
    pub on_demand_rotations: u16,
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            keys: 100_000,
            aliases_per_key: 50,
            tags_per_key: 50,
            policy_bytes: 32_768,
            grants_per_key: 50_000,
            key_stores: 10,
            on_demand_rotations: 25,
        }
    }
}
