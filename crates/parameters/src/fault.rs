/// A record that cannot be read by this version; the text says which one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ParameterFault(pub String);
