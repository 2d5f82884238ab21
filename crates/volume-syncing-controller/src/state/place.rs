//! Where the state directory is, decided without touching anything.

use std::path::{Path, PathBuf};

/// What the decision depends on.
#[derive(Debug, Clone)]
pub(crate) struct Surroundings {
    pub(crate) user: u32,
    pub(crate) state_home: Option<PathBuf>,
    pub(crate) home: Option<PathBuf>,
    pub(crate) temporary: PathBuf,
}

/// A place for the state directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) path: PathBuf,
    /// In a directory where everybody writes, what is there already may be somebody else's trap.
    pub(super) must_be_private: bool,
}

impl Surroundings {
    /// Those of this process.
    pub(crate) fn of_this_process() -> Self {
        let directory = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        Self {
            user: rustix::process::geteuid().as_raw(),
            state_home: directory("XDG_STATE_HOME"),
            home: directory("HOME"),
            temporary: std::env::temp_dir(),
        }
    }

    /// The places to try, best first. A place that the user chose is the only one.
    pub(super) fn places(&self, chosen: Option<&Path>) -> Vec<Place> {
        let open = |path: PathBuf| Place { path, must_be_private: false };
        if let Some(path) = chosen {
            return vec![open(path.to_path_buf())];
        }
        let own = if self.user == 0 {
            Some(PathBuf::from("/var/lib/podfs"))
        } else {
            let state_home = self.state_home.clone();
            state_home
                .or_else(|| self.home.as_ref().map(|home| home.join(".local/state")))
                .map(|path| path.join("podfs"))
        };
        let last = Place { path: self.temporary.join(format!("podfs-{}", self.user)), must_be_private: true };
        own.map(open).into_iter().chain([last]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(user: u32, state_home: Option<&str>, home: Option<&str>, chosen: Option<&str>) -> Vec<String> {
        let surroundings = Surroundings {
            user,
            state_home: state_home.map(PathBuf::from),
            home: home.map(PathBuf::from),
            temporary: "/tmp".into(),
        };
        let places = surroundings.places(chosen.map(Path::new));
        places.into_iter().map(|place| place.path.display().to_string()).collect()
    }

    #[test]
    fn root_has_the_place_of_the_system() {
        assert_eq!(paths(0, Some("/x"), Some("/root"), None), ["/var/lib/podfs", "/tmp/podfs-0"]);
    }

    #[test]
    fn a_user_has_the_place_of_the_desktop_standard() {
        assert_eq!(paths(7, Some("/x"), Some("/home/a"), None), ["/x/podfs", "/tmp/podfs-7"]);
        assert_eq!(paths(7, None, Some("/home/a"), None), ["/home/a/.local/state/podfs", "/tmp/podfs-7"]);
        assert_eq!(paths(7, None, None, None), ["/tmp/podfs-7"]);
    }

    #[test]
    fn a_choice_is_final() {
        assert_eq!(paths(0, Some("/x"), Some("/root"), Some("/state")), ["/state"]);
    }
}
