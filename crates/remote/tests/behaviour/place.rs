//! The kinds of remotes that the suite runs over, each on a real server of its own or a shared one.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};

use anyhow::Result;
use podfs_remote::config::{RcloneConfig, S3Settings, Section, save};
use podfs_remote::crypt::{CryptRemote, Keys, NameEncryption, NameScheme, Password};
use podfs_remote::local::LocalRemote;
use podfs_remote::rclone::{RcloneOptions, RcloneRemote};
use podfs_remote::s3::{S3Options, S3Remote};
use podfs_sync::Remote;
use podfs_testkit::servers::{RcloneServer, S3Server, SharedFolder, obscure};
use podfs_testkit::tools::RCLONE;

/// Makes a test of each of these functions on each place. A new place is one more line here, or in the list that this one adds to.
macro_rules! on_every_place {
    ($($behaviour:ident),+ $(,)?) => {
        on_every_kind_and! {
            (Place::Union, Place::Alias, Place::Combine, Place::Crypt, Place::S3CryptObfuscate)
            $($behaviour,)+
        }
    };
}

/// The same for what the engine does by itself, on one place of each kind that it can tell from others by what it is able to.
macro_rules! on_every_kind {
    ($($behaviour:ident),+ $(,)?) => {
        on_every_kind_and! { () $($behaviour,)+ }
    };
}

macro_rules! on_every_kind_and {
    (($($more:tt)*) $($behaviour:ident,)+) => {
        on_places! {
            (
                Place::Local,
                Place::LocalRclone,
                Place::S3,
                Place::S3Rclone,
                Place::Sftp,
                Place::Webdav,
                Place::Ftp,
                Place::LocalCrypt,
                Place::S3Crypt,
                $($more)*
            )
            $($behaviour,)+
        }
    };
}

macro_rules! on_places {
    ($places:tt $($behaviour:ident,)+) => {
        $(mod $behaviour {
            use crate::place::Place;

            #[rstest::rstest]
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on(#[values $places] place: Place) {
                super::$behaviour(place).await;
            }
        })+
    };
}

/// A kind of remote, and the way to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// A folder, natively.
    Local,
    /// A folder, through rclone.
    LocalRclone,
    /// A bucket, natively.
    S3,
    /// A bucket, through rclone.
    S3Rclone,
    /// rclone's own servers.
    Sftp,
    Webdav,
    Ftp,
    /// Kinds that stand on other remotes.
    Union,
    Alias,
    Combine,
    Crypt,
    /// Encrypted natively, names with rclone's default.
    LocalCrypt,
    S3Crypt,
    /// As the operator sets it up.
    S3CryptObfuscate,
}

/// A fresh remote of some kind.
pub(crate) struct Opened {
    pub(crate) remote: Arc<dyn Remote>,
    /// What lies below an encryption of ours.
    pub(crate) sealed: Option<Arc<dyn Remote>>,
    /// Where a native one lies: its folder, or a bucket and a folder in that.
    pub(crate) path: String,
}

/// Sections of an rclone.conf: name, then keys and values.
type Sections = Vec<(&'static str, Vec<(String, String)>)>;

impl Place {
    /// An empty remote that exists; `folder` is the test's own, in the [`SharedFolder`].
    pub(crate) async fn open(self, folder: &Path) -> Result<Opened> {
        let store = folder.join("store");
        std::fs::create_dir_all(store.join("root"))?;
        let below = store.join("root/some/where");
        if self == Self::Local {
            let opened = ready(Arc::new(LocalRemote::new(&below))).await?;
            return Ok(Opened { path: below.display().to_string(), ..opened });
        }
        if self == Self::S3 {
            let options = s3_options()?;
            let path = path_of(&options);
            return Ok(Opened { path, ..ready(Arc::new(S3Remote::new(options)?)).await? });
        }
        let store = store.join("root");
        if let Some(names) = self.native_encryption() {
            return encrypted(self, names, &store).await;
        }
        let (sections, place) = self.sections(&store)?;
        let config = configure(folder, &sections)?;
        let options = RcloneOptions { binary: Some(RCLONE.path()?), ..RcloneOptions::new(config, place) };
        let remote = RcloneRemote::start(options).await?;
        ready(Arc::new(remote)).await
    }

    /// Whether what lies behind the remote cannot hold this name, which only it can tell.
    pub(crate) fn cannot_hold(self, path: &[u8]) -> bool {
        let longest = path.split(|byte| *byte == b'/').map(<[u8]>::len).max().unwrap_or_default();
        match self {
            // Encryption makes names longer than the 255 bytes of a Linux file system, which is the limit of the test's
            // server too.
            Self::Crypt => longest > 200,
            Self::LocalCrypt | Self::S3Crypt => longest > 143,
            Self::S3CryptObfuscate => longest > 251,
            Self::S3Rclone => path.len() > 1_000,
            _ => false,
        }
    }

    /// Whether the test's server itself stores this name under another: SeaweedFS makes `a/b` of rclone's `a\b`.
    pub(crate) fn misspells(self, path: &[u8]) -> bool {
        self == Self::S3Rclone && path.contains(&b'\\')
    }

    /// What is done to names, where it is we who encrypt.
    pub(crate) fn native_encryption(self) -> Option<NameEncryption> {
        match self {
            Self::LocalCrypt | Self::S3Crypt => Some(NameEncryption::Standard),
            Self::S3CryptObfuscate => Some(NameEncryption::Obfuscate),
            _ => None,
        }
    }

    fn sections(self, store: &Path) -> Result<(Sections, String)> {
        let shared = SharedFolder::get()?;
        let served = |server: &RcloneServer| -> Result<(Sections, String)> {
            let below = store.strip_prefix(shared.path())?.display();
            Ok((vec![("remote", server.params()?)], format!("remote:/{below}/some/where")))
        };
        let on_disk = || ("disk", keys(&[("type", "local")]));
        let upstream = format!("disk:{}", store.display());
        Ok(match self {
            Self::LocalRclone => {
                (vec![("remote", keys(&[("type", "local")]))], format!("remote:{}/x/y", store.display()))
            }
            Self::S3Rclone => {
                let mut params = S3Server::shared()?.params();
                // Without it rclone's provider for this server loses control characters in listings.
                params.push(("list_url_encode".to_owned(), "true".to_owned()));
                (vec![("remote", params)], format!("remote:{}/{}", *BUCKET, fresh_prefix()))
            }
            Self::Sftp => served(shared.sftp()?)?,
            Self::Webdav => served(shared.webdav()?)?,
            Self::Ftp => served(shared.ftp()?)?,
            Self::Alias => {
                let alias = keys(&[("type", "alias"), ("remote", &upstream)]);
                (vec![on_disk(), ("remote", alias)], "remote:some/where".to_owned())
            }
            Self::Union => {
                let upstreams = format!("{upstream}/one {upstream}/two");
                let union = keys(&[("type", "union"), ("upstreams", &upstreams)]);
                (vec![on_disk(), ("remote", union)], "remote:some/where".to_owned())
            }
            Self::Combine => {
                let combine = keys(&[("type", "combine"), ("upstreams", &format!("here={upstream}"))]);
                (vec![on_disk(), ("remote", combine)], "remote:here/some/where".to_owned())
            }
            Self::Crypt => {
                let password = obscure("test password")?;
                let crypt = keys(&[
                    ("type", "crypt"),
                    ("remote", &format!("{upstream}/crypt")),
                    ("filename_encryption", "obfuscate"),
                    ("password", &password),
                ]);
                (vec![on_disk(), ("remote_encrypted", crypt)], "remote_encrypted:".to_owned())
            }
            Self::Local | Self::S3 | Self::LocalCrypt | Self::S3Crypt | Self::S3CryptObfuscate => {
                (Vec::new(), String::new())
            }
        })
    }
}

/// Of the encryption that is ours.
pub(crate) const PASSWORD: &str = "test password";

/// One for all tests: the server has room for some sixty buckets.
static BUCKET: LazyLock<String> =
    LazyLock::new(|| S3Server::shared().unwrap().create_bucket("suite").unwrap());

/// A folder in the bucket that no other test has.
fn fresh_prefix() -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    format!("{}/some/where", NEXT.fetch_add(1, Ordering::Relaxed))
}

fn s3_options() -> Result<S3Options> {
    let server = S3Server::shared()?;
    let mut section = Section::new("remote");
    for (key, value) in server.params() {
        section.set(key, value);
    }
    let settings = S3Settings::from_section(&section)?;
    Ok(S3Options::new(settings, BUCKET.clone(), fresh_prefix()))
}

/// Put together by hand: opening it as the program does would close this process to the rclone of other places.
async fn encrypted(place: Place, encryption: NameEncryption, store: &Path) -> Result<Opened> {
    let (sealed, longest, path): (Arc<dyn Remote>, _, _) = match place {
        Place::LocalCrypt => {
            let below = store.join("some/where");
            (Arc::new(LocalRemote::new(&below)), Some(255), below.display().to_string())
        }
        _ => {
            let mut options = S3Options { names_of_files: false, ..s3_options()? };
            // So that parts end within blocks, without tests of hundreds of megabytes.
            options.settings.upload_cutoff = 20 << 20;
            let path = path_of(&options);
            (Arc::new(S3Remote::new(options)?), None, path)
        }
    };
    let keys = Arc::new(Keys::derive(&Password::new(PASSWORD), &Password::default()));
    let scheme = NameScheme { encryption, ..NameScheme::default() };
    let remote = CryptRemote::new(Arc::clone(&sealed), keys, &scheme, longest);
    Ok(Opened { sealed: Some(sealed), path, ..ready(Arc::new(remote)).await? })
}

async fn ready(remote: Arc<dyn Remote>) -> Result<Opened> {
    remote.prepare().await?;
    Ok(Opened { remote, sealed: None, path: String::new() })
}

fn path_of(options: &S3Options) -> String {
    format!("{}/{}", options.bucket, options.path)
}

fn keys(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn configure(folder: &Path, sections: &Sections) -> Result<std::path::PathBuf> {
    let mut config = RcloneConfig::default();
    for (name, keys) in sections {
        let section = config.section_mut(name);
        for (key, value) in keys {
            section.set(key, value);
        }
    }
    let path = folder.join("rclone.conf");
    save(&path, &config)?;
    Ok(path)
}
