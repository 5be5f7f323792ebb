/// Why an attestation document is not believed. The text is for the client; the document is the client's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AttestationFault {
    /// It is longer than any document can be.
    #[error("it is too long")]
    TooLong,
    /// It is no COSE_Sign1 structure in CBOR, or deeper than one can be.
    #[error("it is not a COSE_Sign1 structure")]
    NotSigned,
    /// Its header names another algorithm than ES384, or anything else.
    #[error("its signature algorithm is not ES384")]
    WrongAlgorithm,
    /// Its payload is no CBOR map, or deeper than a payload can be.
    #[error("its payload is not a CBOR map")]
    NotAMap,
    /// A field that it must have is absent, or null.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// A field has another type, length or value than it may have.
    #[error("{0} is not valid")]
    Invalid(&'static str),
    /// A field appears twice, or is none that a document may have.
    #[error("it has a field that is unknown or repeated")]
    StrangeField,
    /// Its bundle does not begin with the root that is trusted here.
    #[error("its root certificate is not trusted")]
    UnknownRoot,
    /// A certificate is not well-formed, or may not be used for what it is used for.
    #[error("a certificate of its chain may not be used so")]
    BadCertificate,
    /// A certificate is not valid yet, or no more.
    #[error("a certificate of its chain is not valid at this time")]
    OutOfTime,
    /// The certificates do not lead from the root to the one that signed.
    #[error("its certificates do not chain to the root")]
    BrokenChain,
    /// The signature is not that of the certificate's key.
    #[error("its signature does not verify")]
    WrongSignature,
    /// It was made too long ago, or in the future.
    #[error("it has expired")]
    Stale,
}
