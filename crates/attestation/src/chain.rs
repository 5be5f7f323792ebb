//! The certificates, from the root that is trusted to the one that signed.

use crate::AttestationFault as Fault;
use aws_lc_rs::signature::{ECDSA_P384_SHA384_FIXED, UnparsedPublicKey};
use core::time::Duration;
use gatekey_types::Timestamp;
use rustls_pki_types::{CertificateDer, UnixTime, pem::PemObject as _};
use webpki::{
    EndEntityCert, Error, ExtendedKeyUsageValidator, KeyPurposeIdIter, VerifiedPath,
    anchor_from_trusted_cert, aws_lc_rs::ECDSA_P384_SHA384,
};
use x509_parser::{
    certificate::X509Certificate,
    oid_registry::{OID_KEY_TYPE_EC_PUBLIC_KEY, OID_NIST_EC_P384},
    prelude::FromDer,
    time::ASN1Time,
};

/// The certificate that every chain must begin with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root(CertificateDer<'static>);

/// This is no certificate of an authority that can be the root of a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is not the certificate of an authority that may sign certificates")]
pub struct NoRoot;

impl Root {
    /// AWS's own, "aws.nitro-enclaves", good from 2019 to 2049: the G1 root of the Nitro Attestation PKI.
    pub fn aws() -> Self {
        Self(CertificateDer::from(include_bytes!("aws_nitro_root_g1.der").as_slice()))
    }

    /// Another one, in PEM, alone in its file. Whether it is valid at some moment is checked with each document.
    ///
    /// # Errors
    /// [`NoRoot`]
    pub fn from_pem(pem: &[u8]) -> Result<Self, NoRoot> {
        let mut certificates = CertificateDer::pem_slice_iter(pem);
        match (certificates.next(), certificates.next()) {
            (Some(Ok(root)), None) => Self::from_der(&root),
            _ => Err(NoRoot),
        }
    }

    /// The same in DER.
    ///
    /// # Errors
    /// [`NoRoot`]
    pub fn from_der(der: &[u8]) -> Result<Self, NoRoot> {
        let root = parse(der).map_err(|_| NoRoot)?;
        root.signs_certificates(0).map_err(|_| NoRoot)?;
        let der = CertificateDer::from(der.to_vec());
        if anchor_from_trusted_cert(&der).is_err() { Err(NoRoot) } else { Ok(Self(der)) }
    }
}

/// Verifies that `bundle`, root first, leads to `leaf`, each certificate valid now and used for what it is for; gives the
/// leaf's key.
///
/// The path itself (signatures, names, critical extensions, path lengths) is webpki's to verify. It trusts a root as it is
/// and does not look at key usages, which AWS wants checked for each certificate: that is done here.
pub(crate) fn verify(
    leaf: &[u8],
    bundle: &[Vec<u8>],
    root: &Root,
    now: Timestamp,
) -> Result<UnparsedPublicKey<Vec<u8>>, Fault> {
    let Some((first, between)) = bundle.split_first().filter(|(first, _)| first.as_slice() == &*root.0)
    else {
        return Err(Fault::UnknownRoot);
    };
    for (place, der) in bundle.iter().enumerate() {
        let certificate = parse(der)?;
        certificate.is_in_time(now)?;
        certificate.signs_certificates(between.len().saturating_sub(place))?;
    }
    let signer = parse(leaf)?;
    signer.is_in_time(now)?;
    signer.signs_documents()?;
    path(leaf, first, between, now)?;
    signer.key()
}

/// The path, which must be all of the bundle in its order.
fn path(leaf: &[u8], root: &[u8], between: &[Vec<u8>], now: Timestamp) -> Result<(), Fault> {
    let root = CertificateDer::from(root);
    let leaf = CertificateDer::from(leaf);
    let anchors = [anchor_from_trusted_cert(&root).map_err(fault)?];
    let between: Vec<CertificateDer<'_>> = between.iter().map(|der| CertificateDer::from(&**der)).collect();
    let seconds = u64::try_from(now.seconds()).map_err(|_| Fault::OutOfTime)?;
    let time = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
    let leaf = EndEntityCert::try_from(&leaf).map_err(fault)?;
    let all = |path: &VerifiedPath<'_>| {
        let used = path.intermediate_certificates().map(|certificate| certificate.der());
        if used.eq(between.iter().rev().cloned()) { Ok(()) } else { Err(Error::UnknownIssuer) }
    };
    leaf.verify_for_usage(&[ECDSA_P384_SHA384], &anchors, &between, time, AnyPurpose, None, Some(&all))
        .map(drop)
        .map_err(fault)
}

fn fault(error: Error) -> Fault {
    match error {
        Error::CertExpired { .. } | Error::CertNotValidYet { .. } => Fault::OutOfTime,
        _ => Fault::BrokenChain,
    }
}

/// AWS says nothing of extended key usages, and its certificates have none.
struct AnyPurpose;

impl ExtendedKeyUsageValidator for AnyPurpose {
    fn validate(&self, _: KeyPurposeIdIter<'_, '_>) -> Result<(), Error> {
        Ok(())
    }
}

/// A certificate that is well-formed.
struct Certificate<'a>(X509Certificate<'a>);

fn parse(der: &[u8]) -> Result<Certificate<'_>, Fault> {
    match X509Certificate::from_der(der) {
        Ok(([], certificate)) => Ok(Certificate(certificate)),
        _ => Err(Fault::BadCertificate),
    }
}

impl Certificate<'_> {
    fn is_in_time(&self, now: Timestamp) -> Result<(), Fault> {
        let moment = ASN1Time::from_timestamp(now.seconds()).map_err(|_| Fault::OutOfTime)?;
        if self.0.validity().is_valid_at(moment) { Ok(()) } else { Err(Fault::OutOfTime) }
    }

    /// An authority's: it may sign certificates, and `below` others of authorities may follow it.
    fn signs_certificates(&self, below: usize) -> Result<(), Fault> {
        let limits = self.0.basic_constraints().ok().flatten().map(|extension| extension.value);
        let usage = self.0.key_usage().ok().flatten().map(|extension| extension.value);
        let is_authority = limits.is_some_and(|limits| {
            let longest = limits.path_len_constraint.and_then(|longest| usize::try_from(longest).ok());
            limits.ca && longest.is_none_or(|longest| longest >= below)
        });
        if is_authority && usage.is_some_and(|usage| usage.key_cert_sign()) {
            Ok(())
        } else {
            Err(Fault::BadCertificate)
        }
    }

    /// A signer's: it may sign, and is no authority's.
    fn signs_documents(&self) -> Result<(), Fault> {
        let limits = self.0.basic_constraints().map_err(|_| Fault::BadCertificate)?;
        let usage = self.0.key_usage().ok().flatten().map(|extension| extension.value);
        let is_authority =
            limits.is_some_and(|limits| limits.value.ca || limits.value.path_len_constraint.is_some());
        if !is_authority && usage.is_some_and(|usage| usage.digital_signature()) {
            Ok(())
        } else {
            Err(Fault::BadCertificate)
        }
    }

    /// The key, which must be on P-384: ES384 says no curve.
    fn key(&self) -> Result<UnparsedPublicKey<Vec<u8>>, Fault> {
        let info = self.0.public_key();
        let curve = info.algorithm.parameters.as_ref().and_then(|parameters| parameters.as_oid().ok());
        if info.algorithm.algorithm != OID_KEY_TYPE_EC_PUBLIC_KEY || curve != Some(OID_NIST_EC_P384) {
            return Err(Fault::BadCertificate);
        }
        Ok(UnparsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, info.subject_public_key.data.to_vec()))
    }
}
