//! The configuration file: the predecessor's keys, and ours in the same spelling.

use std::path::{Path, PathBuf};

use podfs_vcluster::Layout;
use serde::Deserialize;

use super::SettingsError;

/// What the file may hold. A key that is not known is an error, because it may be one that was misspelled.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct File {
    /// `fromPath`, a key of the predecessor.
    pub(crate) from_path: Option<PathBuf>,
    /// `toPath`, a key of the predecessor.
    pub(crate) to_path: Option<PathBuf>,
    /// `ListenHost`, a key of the predecessor.
    #[serde(rename = "ListenHost", alias = "listenHost")]
    pub(crate) listen_host: Option<String>,
    /// `HTTPPort`, a key of the predecessor.
    #[serde(rename = "HTTPPort", alias = "httpPort")]
    pub(crate) http_port: Option<u16>,
    /// `nodeName`
    pub(crate) node_name: Option<String>,
    /// `layout`
    pub(crate) layout: Option<LayoutName>,
    /// `readOnly`
    pub(crate) read_only: Option<bool>,
    /// `logs`
    pub(crate) logs: Option<bool>,
    /// `logsPath`
    pub(crate) logs_path: Option<PathBuf>,
    /// `allowVclusters`
    pub(crate) allow_vclusters: Option<Vec<String>>,
    /// `resyncSeconds`
    pub(crate) resync_seconds: Option<u64>,
    /// `lingerSeconds`
    pub(crate) linger_seconds: Option<u64>,
}

/// Names of the layouts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum LayoutName {
    /// `<vcluster>/pods/<uid>`
    Pods,
    /// `<vcluster>/kubelet/pods/<uid>`, where the predecessor's code had them
    KubeletPods,
}

impl From<LayoutName> for Layout {
    fn from(name: LayoutName) -> Self {
        match name {
            LayoutName::Pods => Self::Pods,
            LayoutName::KubeletPods => Self::KubeletPods,
        }
    }
}

impl File {
    /// Reads it. A file that nobody named may be missing.
    pub(super) fn read(path: &Path, named: bool) -> Result<Self, SettingsError> {
        match std::fs::read_to_string(path) {
            Ok(text) => {
                Self::parse(&text).map_err(|cause| SettingsError::Invalid { path: path.to_path_buf(), cause })
            }
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound && !named => Ok(Self::default()),
            Err(cause) => Err(SettingsError::Unreadable { path: path.to_path_buf(), cause }),
        }
    }

    fn parse(text: &str) -> Result<Self, String> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        serde_saphyr::from_str(text).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_predecessors_file_is_read() {
        let text = "ListenHost: 127.0.0.1\nHTTPPort: 8000\nfromPath: /host_mnt/kubelet/pods\ntoPath: /host_mnt/loft\n";
        let file = File::parse(text).unwrap();
        assert_eq!(file.from_path, Some("/host_mnt/kubelet/pods".into()));
        assert_eq!(file.to_path, Some("/host_mnt/loft".into()));
        assert_eq!((file.listen_host.as_deref(), file.http_port), (Some("127.0.0.1"), Some(8000)));
    }

    #[test]
    fn our_keys_have_the_same_spelling() {
        let text = "layout: kubelet-pods\nreadOnly: true\nlogs: true\nallowVclusters: [team/blue]\nresyncSeconds: 5\n";
        let file = File::parse(text).unwrap();
        assert_eq!(
            (file.layout, file.read_only, file.logs),
            (Some(LayoutName::KubeletPods), Some(true), Some(true))
        );
        assert_eq!(
            (file.allow_vclusters, file.resync_seconds),
            (Some(vec!["team/blue".to_owned()]), Some(5))
        );
        assert_eq!(File::parse("{}").unwrap(), File::default());
        assert_eq!(File::parse("\n").unwrap(), File::default());
    }

    #[test]
    fn a_key_that_is_misspelled_is_named() {
        let error = File::parse("formPath: /x\n").unwrap_err();
        assert!(error.contains("formPath"), "{error}");
    }

    #[test]
    fn a_file_that_was_named_must_be_there() {
        let missing = Path::new("/nowhere/at/all.yaml");
        assert_eq!(File::read(missing, false).unwrap(), File::default());
        assert!(File::read(missing, true).unwrap_err().to_string().contains("/nowhere/at/all.yaml"));
    }
}
