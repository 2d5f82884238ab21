//! A certificate in files, as cert-manager's Secrets are mounted: served, and looked at again and again.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rustls::sign::CertifiedKey;
use tracing::{info, warn};
use zeroize::Zeroizing;

use super::generation::certified_key;
use super::{CertificateError, Served};

/// Serves what the files hold, now and whenever they change. It is asked for again because a kubelet changes files by
/// changing links to folders, of which watches of files learn nothing.
///
/// # Errors
/// When they hold no certificate with its key at the beginning; later, what was served goes on being served.
pub(crate) async fn follow_files(
    certificate: PathBuf,
    key: PathBuf,
    every: Duration,
    served: Served,
) -> Result<impl Future<Output = ()>, CertificateError> {
    let (mut last, first) = read(&certificate, &key).await?;
    served.set(first);
    Ok(async move {
        loop {
            tokio::time::sleep(every).await;
            match read(&certificate, &key).await {
                Ok((text, found)) if text != last => {
                    served.set(found);
                    last = text;
                    info!(certificate = %certificate.display(), "the certificate has changed and is served");
                }
                Ok(_) => {}
                // The two files may have been read between the writing of one and the other.
                Err(error) => {
                    warn!(%error, "the certificate cannot be served; the one before is, and it is looked at again");
                }
            }
        }
    })
}

type Text = (Vec<u8>, Zeroizing<Vec<u8>>);

async fn read(certificate: &Path, key: &Path) -> Result<(Text, CertifiedKey), CertificateError> {
    let chain = read_file(certificate).await?;
    let secret = Zeroizing::new(read_file(key).await?);
    let pair = certified_key(&chain, &secret)?;
    Ok(((chain, secret), pair))
}

async fn read_file(path: &Path) -> Result<Vec<u8>, CertificateError> {
    tokio::fs::read(path).await.map_err(|cause| CertificateError::File { path: path.to_path_buf(), cause })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::Arc;

    use rcgen::generate_simple_self_signed;
    use tokio::time::timeout;

    use super::*;

    const EVERY: Duration = Duration::from_secs(1);

    /// Writes a new certificate with its key.
    fn write(certificate: &Path, key: &Path) {
        let made = generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        fs::write(certificate, made.cert.pem()).unwrap();
        fs::write(key, made.signing_key.serialize_pem()).unwrap();
    }

    /// The clock moves only while nothing is being read: two looks end within two and a half times the pause.
    #[tokio::test(start_paused = true)]
    async fn a_key_that_is_half_written_changes_nothing_and_is_looked_at_again() {
        let folder = tempfile::tempdir().unwrap();
        let (certificate, key) = (folder.path().join("tls.crt"), folder.path().join("tls.key"));
        write(&certificate, &key);
        let served = Served::default();
        let following = follow_files(certificate.clone(), key.clone(), EVERY, served.clone());
        let mut following = Box::pin(following.await.unwrap());
        let first = served.get().unwrap();
        fs::write(&key, "half of a k").unwrap();
        assert!(timeout(EVERY * 5 / 2, &mut following).await.is_err());
        assert!(Arc::ptr_eq(&first, &served.get().unwrap()));
        write(&certificate, &key);
        assert!(timeout(EVERY, &mut following).await.is_err());
        assert!(!Arc::ptr_eq(&first, &served.get().unwrap()));
    }
}
