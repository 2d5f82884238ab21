//! The stores behind a union, looked at one by one.
//!
//! A union whose upstream is away lists what the others hold and calls that a success (rclone 1.75.2; nothing in its
//! answer, and no setting, tells the difference). A restore would then delete what only that upstream has. So when a
//! listing has come to its end, each upstream is listed by itself, at the same place. `combine` tells by itself.

use podfs_sync::{ErrorKind, RemoteError};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;

use super::form::Form;
use super::session::{Session, Subject};

/// Remotes around remotes; more than anybody has.
const STEPS: usize = 256;

/// What of a section says which other remotes it stands for.
#[derive(Debug, Default, Deserialize)]
struct Section {
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    remote: String,
    #[serde(default)]
    upstreams: String,
}

/// A remote that is still to be looked into, and whether a union stands above it.
struct Waiting {
    fs: String,
    in_union: bool,
}

/// The stores whose absence rclone would hide, as rclone names them.
pub(super) async fn hidden(session: &Session) -> Vec<String> {
    let mut waiting = vec![Waiting { fs: session.options.fs.clone(), in_union: false }];
    let mut found = Vec::new();
    for _ in 0..STEPS {
        let Some(Waiting { fs, in_union }) = waiting.pop() else { break };
        let below = section_of(session, &fs).await.below(&fs);
        match below {
            Some((remotes, is_union)) => {
                let in_union = in_union || is_union;
                waiting.extend(remotes.into_iter().map(|fs| Waiting { fs, in_union }));
            }
            None if in_union => found.push(fs),
            None => {}
        }
    }
    found
}

/// Lists the place of each store by itself.
///
/// # Errors
/// When one of them cannot be listed. One that has no such folder is empty.
pub(super) async fn check(session: &Session, stores: &[String]) -> Result<(), RemoteError> {
    let checks = stores.iter().map(async |fs| {
        let shown = format!("{}, an upstream of {}", show(fs), session.options.fs);
        let about = Subject { operation: "list", object: &shown };
        let options = json!({"filesOnly": true, "noModTime": true, "noMimeType": true});
        let input = Form::new().with("fs", fs).with("remote", "").with_json("opt", &options);
        match session.run_soon::<IgnoredAny>(about, "operations/list", &input).await {
            Err(error) if error.kind != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    });
    futures::future::try_join_all(checks).await.map(drop)
}

async fn section_of(session: &Session, fs: &str) -> Section {
    let Some((name, _)) = fs.split_once(':') else { return Section::default() };
    let about = Subject { operation: "look at", object: &"the configuration" };
    let name = name.split(',').next().unwrap_or(name);
    session.run_soon(about, "config/get", &Form::new().with("name", name)).await.unwrap_or_default()
}

impl Section {
    /// The remotes that `fs` stands for, and whether it is a union of them; `None` for a store.
    fn below(&self, fs: &str) -> Option<(Vec<String>, bool)> {
        let path = fs.split_once(':').map_or("", |(_, path)| path);
        match self.kind.as_str() {
            "union" => {
                let upstreams = words(&self.upstreams);
                Some((upstreams.iter().map(|upstream| join(without_mode(upstream), path)).collect(), true))
            }
            "combine" => {
                let upstreams = words(&self.upstreams);
                let remotes = upstreams.iter().filter_map(|upstream| upstream.split_once('='));
                Some((remotes.map(|(_, remote)| remote.to_owned()).collect(), false))
            }
            "alias" => Some((vec![join(&self.remote, path)], false)),
            // What wraps a remote to encrypt or cut its files has names of its own below it.
            _ if !self.remote.is_empty() => Some((vec![self.remote.clone()], false)),
            _ => None,
        }
    }
}

/// An upstream without `:ro`, `:nc` or `:writeback`.
fn without_mode(upstream: &str) -> &str {
    [":ro", ":nc", ":writeback"].iter().find_map(|mode| upstream.strip_suffix(mode)).unwrap_or(upstream)
}

fn join(remote: &str, path: &str) -> String {
    let path = path.trim_matches('/');
    if path.is_empty() || remote.ends_with([':', '/']) {
        return format!("{remote}{path}");
    }
    format!("{remote}/{path}")
}

/// rclone's lists with spaces between: a word in double quotes may hold spaces, and `""` in it stands for one.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let (mut quoted, mut letters) = (false, text.chars().peekable());
    while let Some(letter) = letters.next() {
        match (letter, words.last_mut()) {
            ('"', Some(word)) if quoted && letters.next_if_eq(&'"').is_some() => word.push('"'),
            ('"', _) => quoted = !quoted,
            (' ', _) if !quoted => words.push(String::new()),
            (letter, Some(word)) => word.push(letter),
            (_, None) => {}
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Without the options of a remote that is configured on the spot: they may be secret.
fn show(fs: &str) -> &str {
    fs.split(',').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("a: b:dir", &["a:", "b:dir"])]
    #[case("  a:   b: ", &["a:", "b:"])]
    #[case("\"a:with space\" \"say \"\"hi\"\"\"", &["a:with space", "say \"hi\""])]
    #[case("", &[])]
    fn lists_are_read_as_rclone_does(#[case] text: &str, #[case] expected: &[&str]) {
        assert_eq!(words(text), expected);
    }

    #[rstest]
    #[case("union", "", "a: b:dir:ro /disk:nc", "u:/tree", Some((&["a:tree", "b:dir/tree", "/disk/tree"][..], true)))]
    #[case("combine", "", "x=a: \"y=b:some dir\"", "c:/x", Some((&["a:", "b:some dir"][..], false)))]
    #[case("alias", "u:/", "", "al:/t", Some((&["u:/t"][..], false)))]
    #[case("crypt", "u:secret", "", "cr:/tree", Some((&["u:secret"][..], false)))]
    #[case("sftp", "", "", "s:/tree", None)]
    fn what_stands_behind_a_remote(
        #[case] kind: &str,
        #[case] remote: &str,
        #[case] upstreams: &str,
        #[case] fs: &str,
        #[case] expected: Option<(&[&str], bool)>,
    ) {
        let [kind, remote, upstreams] = [kind, remote, upstreams].map(str::to_owned);
        let below = Section { kind, remote, upstreams }.below(fs);
        let expected =
            expected.map(|(all, union)| (all.iter().map(|&fs| fs.to_owned()).collect::<Vec<_>>(), union));
        assert_eq!(below, expected);
    }

    #[test]
    fn options_of_a_remote_on_the_spot_are_not_shown() {
        assert_eq!(show(":sftp,host=x,pass=hidden:dir"), ":sftp");
    }
}
