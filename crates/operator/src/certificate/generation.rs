//! An authority with the one certificate that it ever signed.
//!
//! The authority's own key is thrown away as soon as it has signed: nobody can make another certificate that the API
//! server would trust. A renewal is therefore always a new authority.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose,
};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer as _, X509Certificate};
use zeroize::Zeroizing;

use super::{CertificateError, Validity};

/// Longer than clocks of one cluster differ.
const BACKDATED: Duration = Duration::from_secs(60 * 60);

/// What is served, and what it is trusted by.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Generation {
    /// The authority's certificate, as PEM.
    pub(super) authority: String,
    /// The serving certificate, as PEM.
    pub(super) certificate: String,
    /// Its key, as PEM.
    pub(super) key: Zeroizing<String>,
    /// When it was made.
    pub(super) made: SystemTime,
    /// When it ends.
    pub(super) ends: SystemTime,
    /// Whom it names.
    pub(super) names: BTreeSet<String>,
}

impl Generation {
    /// Makes a new one for these host names and addresses.
    pub(super) fn make(
        names: &[String],
        validity: &Validity,
        now: SystemTime,
    ) -> Result<Self, CertificateError> {
        let made = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        // Two authorities of one name would be told apart by their keys alone.
        let mut authority = parameters(&[], &format!("podfs webhook authority {made}"), validity, now)?;
        authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let mut certificate = parameters(names, "podfs webhook", validity, now)?;
        certificate.use_authority_key_identifier_extension = true;
        certificate.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        certificate.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let (authority_key, key) = (KeyPair::generate()?, KeyPair::generate()?);
        let signed = authority.self_signed(&authority_key)?;
        let certificate = certificate.signed_by(&key, &Issuer::new(authority, authority_key))?;
        Self::read(signed.pem(), certificate.pem(), Zeroizing::new(key.serialize_pem()))
    }

    /// Reads one that was made before.
    ///
    /// # Errors
    /// When a part is not what it should be, or the key belongs to another certificate.
    pub(super) fn read(
        authority: String,
        certificate: String,
        key: Zeroizing<String>,
    ) -> Result<Self, CertificateError> {
        certified_key(certificate.as_bytes(), key.as_bytes())?;
        let (_, trusted_until, _) = facts(&authority)?;
        let (from, until, names) = facts(&certificate)?;
        let (made, ends) = (from + BACKDATED, until.min(trusted_until));
        Ok(Self { authority, certificate, key, made, ends, names })
    }

    /// As the server takes it.
    pub(super) fn certified_key(&self) -> Result<CertifiedKey, CertificateError> {
        certified_key(self.certificate.as_bytes(), self.key.as_bytes())
    }
}

/// The key is nobody's business.
impl std::fmt::Debug for Generation {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = formatter.debug_struct("Generation");
        shown.field("made", &self.made).field("ends", &self.ends).field("names", &self.names);
        shown.finish_non_exhaustive()
    }
}

fn parameters(
    names: &[String],
    common_name: &str,
    validity: &Validity,
    now: SystemTime,
) -> Result<CertificateParams, CertificateError> {
    let mut parameters = CertificateParams::new(names)?;
    parameters.distinguished_name = DistinguishedName::new();
    parameters.distinguished_name.push(DnType::CommonName, common_name);
    parameters.not_before = (now - BACKDATED).into();
    parameters.not_after = (now + validity.lifetime).into();
    Ok(parameters)
}

/// A chain and its key, as the server takes them.
pub(super) fn certified_key(chain: &[u8], key: &[u8]) -> Result<CertifiedKey, CertificateError> {
    let chain = CertificateDer::pem_slice_iter(chain).collect::<Result<Vec<_>, _>>()?;
    if chain.is_empty() {
        return Err(CertificateError::Empty);
    }
    let key = PrivateKeyDer::from_pem_slice(key)?;
    Ok(CertifiedKey::from_der(chain, key, &default_provider())?)
}

/// From when, until when, and for whom a certificate is valid.
fn facts(pem: &str) -> Result<(SystemTime, SystemTime, BTreeSet<String>), CertificateError> {
    let der = CertificateDer::from_pem_slice(pem.as_bytes())?;
    let (_, certificate) =
        X509Certificate::from_der(&der).map_err(|error| CertificateError::Unreadable(error.to_string()))?;
    let time = |seconds: i64| UNIX_EPOCH + Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
    let validity = certificate.validity();
    let alternatives = certificate
        .subject_alternative_name()
        .map_err(|error| CertificateError::Unreadable(error.to_string()))?;
    let names = alternatives.into_iter().flat_map(|names| &names.value.general_names).filter_map(name);
    Ok((time(validity.not_before.timestamp()), time(validity.not_after.timestamp()), names.collect()))
}

fn name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => match bytes.len() {
            4 => <[u8; 4]>::try_from(*bytes).ok().map(|bytes| std::net::Ipv4Addr::from(bytes).to_string()),
            _ => <[u8; 16]>::try_from(*bytes).ok().map(|bytes| std::net::Ipv6Addr::from(bytes).to_string()),
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Vec<String> {
        ["webhook.podfs.svc", "127.0.0.1", "::1"].map(str::to_owned).to_vec()
    }

    #[test]
    fn what_was_made_is_read_again() {
        let now = SystemTime::now();
        let validity = Validity { lifetime: Duration::from_secs(600), ..Validity::default() };
        let made = Generation::make(&names(), &validity, now).unwrap();
        assert_eq!(made.names, names().into_iter().collect());
        let seconds = |time: SystemTime| time.duration_since(UNIX_EPOCH).unwrap().as_secs();
        assert_eq!((seconds(made.made), seconds(made.ends)), (seconds(now), seconds(now) + 600));
        let again =
            Generation::read(made.authority.clone(), made.certificate.clone(), made.key.clone()).unwrap();
        assert_eq!(again, made);
    }

    #[test]
    fn a_key_of_another_certificate_is_refused() {
        let make = || Generation::make(&names(), &Validity::default(), SystemTime::now()).unwrap();
        let (one, other) = (make(), make());
        assert!(Generation::read(one.authority, one.certificate, other.key).is_err());
    }

    #[test]
    fn a_key_is_never_shown() {
        let made = Generation::make(&names(), &Validity::default(), SystemTime::now()).unwrap();
        assert!(!format!("{made:?}").contains("PRIVATE"), "{made:?}");
    }
}
