//! The one name of a place that may not exist yet: symbolic links and `..` resolved as far as there is something.

use std::io;
use std::path::{Component, Path, PathBuf};

/// The absolute path of `path` without symbolic links, `.` and `..`. What does not exist is taken as it is written.
pub(crate) fn real_path(path: &Path) -> io::Result<PathBuf> {
    let mut real =
        if path.is_absolute() { PathBuf::new() } else { std::env::current_dir()?.canonicalize()? };
    for component in path.components() {
        match component {
            Component::CurDir | Component::Prefix(_) => continue,
            Component::ParentDir => {
                real.pop();
                continue;
            }
            Component::RootDir | Component::Normal(_) => real.push(component),
        }
        match real.canonicalize() {
            Ok(resolved) => real = resolved,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(real)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_place_has_one_name() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        std::fs::create_dir(root.join("data")).unwrap();
        std::os::unix::fs::symlink("data", root.join("link")).unwrap();
        for name in ["data", "data/", "./data", "link", "link/.", "data/../link", "missing/../data"] {
            assert_eq!(real_path(&root.join(name)).unwrap(), root.join("data"), "{name}");
        }
        assert_eq!(real_path(&root.join("link/new/deep")).unwrap(), root.join("data/new/deep"));
    }

    #[test]
    fn a_relative_path_starts_at_the_working_directory() {
        let here = std::env::current_dir().unwrap().canonicalize().unwrap();
        assert_eq!(real_path(Path::new("./")).unwrap(), here);
        assert_eq!(real_path(Path::new("..")).unwrap(), here.parent().unwrap());
    }
}
