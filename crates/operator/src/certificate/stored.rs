//! What the Secret holds: the generation that is served, the next one, and whom to trust.

use std::collections::BTreeMap;

use k8s_openapi::ByteString;
use zeroize::Zeroizing;

use super::CertificateError;
use super::generation::Generation;

/// The keys of the Secret. The first three are those that cert-manager and ingress controllers use too.
const AUTHORITIES: &str = "ca.crt";
const CERTIFICATE: &str = "tls.crt";
const KEY: &str = "tls.key";
const AUTHORITY: &str = "current-ca.crt";
const PREVIOUS: &str = "previous-ca.crt";
const NEXT_AUTHORITY: &str = "next-ca.crt";
const NEXT_CERTIFICATE: &str = "next-tls.crt";
const NEXT_KEY: &str = "next-tls.key";

/// The state of the certificates, the same for all replicas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stored {
    /// What is served.
    pub(super) current: Generation,
    /// What will be served once the API server trusts it.
    pub(super) next: Option<Generation>,
    /// The authority of what was served before, which a slow replica may serve still.
    pub(super) previous: Option<String>,
}

impl Stored {
    /// A first generation.
    pub(super) fn first(current: Generation) -> Self {
        Self { current, next: None, previous: None }
    }

    /// All authorities that the API server has to trust, as PEM.
    pub(super) fn authorities(&self) -> String {
        let next = self.next.as_ref().map(|next| next.authority.as_str());
        let all = [Some(self.current.authority.as_str()), next, self.previous.as_deref()];
        all.into_iter().flatten().collect()
    }

    /// As the Secret's data.
    pub(super) fn data(&self) -> BTreeMap<String, ByteString> {
        let authorities = self.authorities();
        let mut data: Vec<(&str, &str)> = vec![
            (AUTHORITIES, &authorities),
            (AUTHORITY, &self.current.authority),
            (CERTIFICATE, &self.current.certificate),
            (KEY, &self.current.key),
        ];
        if let Some(next) = &self.next {
            data.extend([
                (NEXT_AUTHORITY, next.authority.as_str()),
                (NEXT_CERTIFICATE, &next.certificate),
                (NEXT_KEY, &next.key),
            ]);
        }
        data.extend(self.previous.as_deref().map(|previous| (PREVIOUS, previous)));
        data.into_iter().map(|(key, text)| (key.to_owned(), ByteString(text.into()))).collect()
    }

    /// From the Secret's data.
    pub(super) fn read(data: &BTreeMap<String, ByteString>) -> Result<Self, CertificateError> {
        let current = Generation::read(
            required(data, AUTHORITY)?,
            required(data, CERTIFICATE)?,
            Zeroizing::new(required(data, KEY)?),
        )?;
        let next = match text(data, NEXT_AUTHORITY) {
            Some(authority) => {
                let key = Zeroizing::new(required(data, NEXT_KEY)?);
                Some(Generation::read(authority, required(data, NEXT_CERTIFICATE)?, key)?)
            }
            None => None,
        };
        Ok(Self { current, next, previous: text(data, PREVIOUS) })
    }
}

fn required(data: &BTreeMap<String, ByteString>, key: &'static str) -> Result<String, CertificateError> {
    text(data, key).ok_or(CertificateError::Missing(key))
}

fn text(data: &BTreeMap<String, ByteString>, key: &str) -> Option<String> {
    String::from_utf8(data.get(key)?.0.clone()).ok()
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::super::Validity;
    use super::*;

    fn generation() -> Generation {
        Generation::make(&["localhost".to_owned()], &Validity::default(), SystemTime::now()).unwrap()
    }

    #[test]
    fn what_is_stored_is_read_again() {
        let first = Stored::first(generation());
        assert_eq!(Stored::read(&first.data()).unwrap(), first);
        let all =
            Stored { next: Some(generation()), previous: Some(generation().authority), ..first.clone() };
        assert_eq!(Stored::read(&all.data()).unwrap(), all);
        assert_eq!(all.authorities().matches("BEGIN CERTIFICATE").count(), 3);
    }

    #[test]
    fn a_part_that_is_missing_is_named() {
        let mut data = Stored::first(generation()).data();
        data.remove(KEY);
        assert!(Stored::read(&data).unwrap_err().to_string().contains("tls.key"));
        assert!(Stored::read(&BTreeMap::new()).is_err());
    }
}
