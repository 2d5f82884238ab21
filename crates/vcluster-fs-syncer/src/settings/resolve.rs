//! From what was given in three places to settings that make sense.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use podfs_vcluster::desired::Grants;
use podfs_vcluster::mount::Directories;
use podfs_vcluster::name::DnsLabel;

use super::{
    CONFIG_PATH, FROM_PATH, File, HTTP_PORT, LINGER_SECONDS, LOGS_PATH, OwnPod, RESYNC_SECONDS, Settings,
    SettingsError, TO_PATH,
};
use crate::cli::SettingsArguments;

const A_DAY: u64 = 86_400;

/// Puts flags and variables over the file, and the file over the defaults.
pub(crate) fn resolve(arguments: SettingsArguments) -> Result<Settings, SettingsError> {
    let (path, named) = match &arguments.config {
        Some(path) => (path.as_path(), true),
        None => (Path::new(CONFIG_PATH), false),
    };
    let file = File::read(path, named)?;
    merge(arguments, file)
}

fn merge(arguments: SettingsArguments, file: File) -> Result<Settings, SettingsError> {
    let logs = arguments.logs.or(file.logs).unwrap_or_default();
    let logs_path = absolute("logsPath", arguments.logs_path.or(file.logs_path), LOGS_PATH)?;
    Ok(Settings {
        node: node_name([arguments.node_name, arguments.other_node_name, file.node_name])?,
        own_pod: own_pod(arguments.own_name, arguments.own_namespace),
        directories: Directories {
            to: absolute("toPath", arguments.to_path.or(file.to_path), TO_PATH)?,
            pods: absolute("fromPath", arguments.from_path.or(file.from_path), FROM_PATH)?,
            // What was mapped once is known by it, also when logs are not wanted any more.
            logs: (logs || logs_path.exists()).then_some(logs_path),
        },
        mapping: podfs_vcluster::Settings {
            layout: arguments.layout.or(file.layout).map(Into::into).unwrap_or_default(),
            read_only: arguments.read_only.or(file.read_only).unwrap_or_default(),
            logs,
            grants: grants(arguments.allow_vclusters.or(file.allow_vclusters))?,
        },
        listen_host: arguments.listen_host.or(file.listen_host).unwrap_or_default(),
        http_port: arguments.http_port.or(file.http_port).unwrap_or(HTTP_PORT),
        resync: seconds("resyncSeconds", arguments.resync_seconds.or(file.resync_seconds), RESYNC_SECONDS)?,
        linger: seconds("lingerSeconds", arguments.linger_seconds.or(file.linger_seconds), LINGER_SECONDS)?,
    })
}

/// The first that is not empty. It becomes part of a selector, so it must be a name and no more.
fn node_name(candidates: [Option<String>; 3]) -> Result<String, SettingsError> {
    let given = candidates.into_iter().flatten().find(|name| !name.is_empty());
    let name = given.ok_or(SettingsError::NoNodeName)?;
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
    if name.bytes().all(is_name) { Ok(name) } else { Err(SettingsError::NodeName(name)) }
}

fn own_pod(name: Option<String>, namespace: Option<String>) -> Option<OwnPod> {
    let given = |text: Option<String>| text.filter(|text| !text.is_empty());
    Some(OwnPod { namespace: given(namespace)?, name: given(name)? })
}

fn absolute(setting: &'static str, path: Option<PathBuf>, default: &str) -> Result<PathBuf, SettingsError> {
    let path = path.unwrap_or_else(|| default.into());
    if path.is_absolute() { Ok(path) } else { Err(SettingsError::NotAbsolute { setting, path }) }
}

fn seconds(setting: &'static str, given: Option<u64>, default: u64) -> Result<Duration, SettingsError> {
    match given.unwrap_or(default) {
        number @ 1..=A_DAY => Ok(Duration::from_secs(number)),
        number => Err(SettingsError::Seconds { setting, number }),
    }
}

/// Nothing given means all; an empty list is none.
fn grants(entries: Option<Vec<String>>) -> Result<Grants, SettingsError> {
    let Some(entries) = entries else { return Ok(Grants::All) };
    let mut granted: BTreeMap<DnsLabel, BTreeSet<DnsLabel>> = BTreeMap::new();
    for entry in entries.iter().map(|entry| entry.trim()) {
        let failed = |cause| SettingsError::Grant { entry: entry.to_owned(), cause };
        let (namespace, vcluster) = entry.split_once('/').unwrap_or((entry, ""));
        let vcluster = DnsLabel::parse(vcluster).map_err(failed)?;
        granted.entry(vcluster).or_default().insert(DnsLabel::parse(namespace).map_err(failed)?);
    }
    Ok(Grants::Only(granted))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn arguments() -> SettingsArguments {
        SettingsArguments { node_name: Some("node-1".to_owned()), ..SettingsArguments::default() }
    }

    #[test]
    fn without_more_than_a_node_name_the_contract_holds() {
        let settings = merge(arguments(), File::default()).unwrap();
        assert_eq!(settings.directories.pods, Path::new("/var/lib/kubelet/pods"));
        assert_eq!(settings.directories.to, Path::new("/var/lib/loft"));
        assert_eq!((settings.http_port, settings.mapping), (8000, podfs_vcluster::Settings::default()));
    }

    #[test]
    fn a_flag_wins_over_the_file() {
        let file =
            || File { to_path: Some("/file".into()), from_path: Some("/from".into()), ..File::default() };
        let given = SettingsArguments { to_path: Some("/flag".into()), ..arguments() };
        let directories = merge(given, file()).unwrap().directories;
        assert_eq!((directories.to, directories.pods), ("/flag".into(), "/from".into()));
        assert_eq!(merge(arguments(), file()).unwrap().directories.to, Path::new("/file"));
    }

    #[test]
    fn the_node_name_comes_from_either_variable() {
        let name = |mine: &str, other: &str| {
            let text = |text: &str| Some(text.to_owned());
            let given =
                SettingsArguments { node_name: text(mine), other_node_name: text(other), ..arguments() };
            merge(given, File::default()).map(|settings| settings.node)
        };
        assert_eq!(name("mine", "other").unwrap(), "mine");
        assert_eq!(name("", "other").unwrap(), "other");
        assert!(matches!(name("", ""), Err(SettingsError::NoNodeName)));
    }

    #[rstest]
    fn a_node_name_is_never_more_than_a_name(#[values("a,b=c", "a b", "a=b", "../x", "a\n")] name: &str) {
        let given = SettingsArguments { node_name: Some(name.to_owned()), ..arguments() };
        assert!(matches!(merge(given, File::default()), Err(SettingsError::NodeName(_))));
    }

    #[test]
    fn relative_paths_and_idle_numbers_are_refused() {
        let given = SettingsArguments { from_path: Some("pods".into()), ..arguments() };
        assert!(merge(given, File::default()).unwrap_err().to_string().contains("fromPath"));
        let given = SettingsArguments { resync_seconds: Some(0), ..arguments() };
        assert!(merge(given, File::default()).is_err());
    }

    #[test]
    fn vclusters_are_allowed_by_namespace_and_name() {
        let allow = |entries: &[&str]| grants(Some(entries.iter().map(|&entry| entry.to_owned()).collect()));
        let granted = allow(&["team/blue", " other/blue", "team/green"]).unwrap();
        let label = |text| DnsLabel::parse(text).unwrap();
        assert!(
            granted.allow(&label("blue"), &label("other")) && granted.allow(&label("green"), &label("team"))
        );
        assert!(!granted.allow(&label("green"), &label("other")));
        for bad in ["", "blue", "team/", "/blue", "a/b/c", "Team/blue"] {
            assert!(matches!(allow(&[bad]), Err(SettingsError::Grant { .. })), "{bad}");
        }
        assert_eq!(grants(None).unwrap(), Grants::All);
        assert_eq!(allow(&[]).unwrap(), Grants::Only(BTreeMap::new()));
    }
}
