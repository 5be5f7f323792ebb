use crate::ParameterFault;
use gatekey_policy::Interner;
use gatekey_store::Revision;

/// Every one of the server at one revision: immutable, cheap to clone, read without a lock.
#[derive(Clone, Default, Debug)]
pub struct Parameters {}

impl Parameters {
    /// The tables whose records are shown.
    pub const TABLES: &[&'static str] = &[];

    /// Takes over one record as it was committed; `None` deletes it.
    ///
    /// # Errors
    /// The record cannot be read by this version.
    pub fn apply(
        &mut self,
        table: &str,
        key: &str,
        _record: Option<&[u8]>,
        _revision: Revision,
        _interner: &Interner,
    ) -> Result<(), ParameterFault> {
        Err(ParameterFault(format!("{table}/{key}")))
    }
}
