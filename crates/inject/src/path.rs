//! Paths in a container and on a remote, as text: Kubernetes has no others.

use crate::Refusal;

/// A path without empty parts and `.`, absolute.
pub(crate) fn local(written: &str) -> Result<String, Refusal> {
    let refused = |problem| Refusal::LocalPath { path: written.to_owned(), problem };
    if !written.starts_with('/') {
        return Err(refused("is not absolute"));
    }
    if written.chars().any(char::is_control) {
        return Err(refused("has a control character in it"));
    }
    if parts(written).any(|part| part == "..") {
        return Err(refused("has .. as a part"));
    }
    match normal(written) {
        path if path == "/" => Err(refused("is the container's own file system")),
        path => Ok(path),
    }
}

/// The same place, spelled in one way.
pub(crate) fn normal(path: &str) -> String {
    let parts: Vec<&str> = parts(path).collect();
    format!("/{}", parts.join("/"))
}

/// Whether `path` is `folder` or lies in it. Both are normal.
pub(crate) fn holds(folder: &str, path: &str) -> bool {
    below(folder, path).is_some()
}

/// The way from `folder` to `path`, which is empty when they are the same. Both are normal.
pub(crate) fn below<'a>(folder: &str, path: &'a str) -> Option<&'a str> {
    if folder == "/" {
        return Some(path);
    }
    let rest = path.strip_prefix(folder)?;
    (rest.is_empty() || rest.starts_with('/')).then_some(rest)
}

/// A path on a remote, out of a template that was `written` so. A part that came out empty is refused where the
/// template has one to fill: what is left would be another directory, perhaps everybody's.
pub(crate) fn remote(written: &str, rendered: &str) -> Result<String, Refusal> {
    let refused = |problem| Err(Refusal::RemotePath { path: rendered.to_owned(), problem });
    if rendered.chars().any(char::is_control) {
        return refused("has a control character in it");
    }
    let path = rendered.trim();
    if path.split('/').any(|part| part == ".." || part == ".") {
        return refused("has . or .. as a part");
    }
    if path.split('/').any(|part| !part.is_empty() && part.trim().is_empty()) {
        return refused("has a part of white space alone");
    }
    if parts(path).next().is_none() {
        return refused("is empty, that is, the whole remote");
    }
    if rendered != written && lost_a_part(written.trim(), path) {
        return refused("has an empty part");
    }
    Ok(normal(path))
}

fn lost_a_part(written: &str, path: &str) -> bool {
    path.contains("//") || (path.ends_with('/') && !written.ends_with('/'))
}

fn parts(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|part| !part.is_empty() && *part != ".")
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[test]
    fn only_whole_parts_of_a_path_count() {
        assert!(holds("/data", "/data") && holds("/data", "/data/x") && holds("/", "/data"));
        assert!(!holds("/data", "/database") && !holds("/data/x", "/data"));
        assert_eq!(below("/data", "/data/x/y"), Some("/x/y"));
    }

    #[rstest]
    #[case("/data", Some("/data"))]
    #[case("/data/", Some("/data"))]
    #[case("//data/./x//", Some("/data/x"))]
    #[case("/da..ta/..x", Some("/da..ta/..x"))]
    #[case("data", None)]
    #[case("", None)]
    #[case("/", None)]
    #[case("/.", None)]
    #[case("/data/../etc", None)]
    #[case("/data/..", None)]
    #[case("/data\n", None)]
    fn local_paths_are_absolute_and_mean_one_place(#[case] written: &str, #[case] expected: Option<&str>) {
        assert_eq!(local(written).ok().as_deref(), expected);
    }

    #[rstest]
    #[case("/b/{{x}}", "/b/site", Some("/b/site"))]
    #[case("b/{{x}}/", "b/site/", Some("/b/site"))]
    #[case("//b//c/", "//b//c/", Some("/b/c"))]
    #[case("/b/{{x}}", "/b/", None)]
    #[case("/b/{{x}}/", "/b//", None)]
    #[case("/{{x}}/c", "//c", None)]
    #[case("/b/{{x}}", "/b/../c", None)]
    #[case("/b/{{x}}", "/b/.", None)]
    #[case("/b/{{x}}", "/b/ ", None)]
    #[case("/b/{{x}}/c", "/b/ /c", None)]
    #[case("{{x}}", "", None)]
    #[case("{{x}}", " / ", None)]
    #[case("/b/{{x}}", "/b/a\nremote = x", None)]
    fn a_remote_path_is_what_was_meant_or_refused(
        #[case] written: &str,
        #[case] rendered: &str,
        #[case] expected: Option<&str>,
    ) {
        assert_eq!(remote(written, rendered).ok().as_deref(), expected);
    }
}
