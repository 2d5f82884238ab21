//! The file itself: read for `--no-template`, or written so that no secret and no half file is ever seen.

use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::error::ConfigError;
use super::leftovers;
use super::parse::{line_of_lone_key, parse};
use super::section::{ENCRYPTED, REMOTE, RcloneConfig};
use super::text::{is_ours, to_text};

/// For the owner only: the file holds secrets.
const MODE: u32 = 0o600;

/// Reads a configuration as it is.
///
/// # Errors
/// [`ConfigError`] when the file cannot be read or parsed, or has neither `[remote]` nor `[remote_encrypted]`.
pub fn load(path: &Path) -> Result<RcloneConfig, ConfigError> {
    let text = fs::read(path).map_err(|source| failed("read", path, source))?;
    let config = parse(path, &text)?;
    if config.section(REMOTE).is_none() && config.section(ENCRYPTED).is_none() {
        if let Some(line) = line_of_lone_key(&text) {
            let reason = "a key before any [section]; write [remote] above it";
            return Err(ConfigError::Syntax { path: path.to_owned(), line, reason });
        }
        return Err(ConfigError::SectionMissing { path: path.to_owned() });
    }
    Ok(config)
}

/// Writes a rendered configuration: to a new file in the same folder, mode 0600, synced, then renamed over the old one.
///
/// What a save that was killed has left beside it goes away. Two processes may save at once; each reader sees one
/// whole file. A file that already is what it should be is left alone, so that a folder without write permission is
/// enough for it.
///
/// # Errors
/// [`ConfigError::Foreign`] when a file is there that we did not write and that holds sections beside ours (or is no
/// configuration at all); [`ConfigError::Io`]; [`ConfigError::BadKey`] and [`ConfigError::BadValue`].
pub fn save(path: &Path, config: &RcloneConfig) -> Result<(), ConfigError> {
    let text = to_text(config)?;
    if let Some(existing) = existing(path)? {
        if existing.text == text.as_bytes() && existing.mode == MODE {
            return Ok(());
        }
        refuse_foreign(path, &existing.text)?;
    }
    replace(path, text.as_bytes())
}

struct Existing {
    text: Vec<u8>,
    mode: u32,
}

fn existing(path: &Path) -> Result<Option<Existing>, ConfigError> {
    // Not following a link: the rename replaces the link, whose target stays as it is and is not ours to judge by mode.
    let metadata = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other.map_err(|source| failed("look at", path, source))?,
    };
    let foreign = |found: &str| ConfigError::Foreign { path: path.to_owned(), found: found.to_owned() };
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(foreign("a link to nowhere")),
        Err(source) => return Err(failed("look at", path, source)),
        // Reading a pipe or a device would hang or do harm.
        Ok(target) if !target.is_file() => return Err(foreign("something that is not a file")),
        Ok(_) => {}
    }
    let text = fs::read(path).map_err(|source| failed("read", path, source))?;
    Ok(Some(Existing { text, mode: metadata.permissions().mode() & 0o7777 }))
}

fn refuse_foreign(path: &Path, text: &[u8]) -> Result<(), ConfigError> {
    if is_ours(text) {
        return Ok(());
    }
    let foreign = |found: String| ConfigError::Foreign { path: path.to_owned(), found };
    let config = parse(path, text).map_err(|_| foreign("text that we do not understand".to_owned()))?;
    let other = config.sections().iter().find(|section| ![REMOTE, ENCRYPTED].contains(&section.name()));
    other.map_or(Ok(()), |section| Err(foreign(format!("[{}]", section.name()))))
}

fn replace(path: &Path, text: &[u8]) -> Result<(), ConfigError> {
    let folder = folder_of(path);
    leftovers::remove(&folder);
    let write = || -> io::Result<()> {
        let mut file = tempfile::Builder::new()
            .prefix(leftovers::PREFIX)
            .permissions(Permissions::from_mode(MODE))
            .tempfile_in(&folder)?;
        // The mode at creation passes through the umask.
        file.as_file().set_permissions(Permissions::from_mode(MODE))?;
        leftovers::claim(file.as_file())?;
        file.write_all(text)?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        File::open(&folder)?.sync_all()
    };
    write().map_err(|source| failed("write", path, source))
}

fn folder_of(path: &Path) -> PathBuf {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned()
}

fn failed(action: &'static str, path: &Path, source: io::Error) -> ConfigError {
    ConfigError::Io { action, path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use std::os::unix::fs::symlink;

    fn config(region: &str) -> RcloneConfig {
        let mut config = RcloneConfig::default();
        config.section_mut(REMOTE).set("type", "s3");
        config.section_mut(REMOTE).set("region", region);
        config
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    #[rstest]
    #[case(0o755)]
    #[case(0o644)]
    fn an_old_open_file_becomes_private(#[case] old: u32) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rclone.conf");
        fs::write(&path, "[remote]\ntype = local\n").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(old)).unwrap();
        save(&path, &config("a")).unwrap();
        assert_eq!(mode(&path), 0o600);
        assert_eq!(load(&path).unwrap(), config("a"));
        fs::set_permissions(&path, Permissions::from_mode(old)).unwrap();
        save(&path, &config("a")).unwrap();
        assert_eq!(mode(&path), 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[rstest]
    #[case("[backup]\ntype = s3\n", "[backup]")]
    #[case("[remote]\ntype=s3\n[other]\n", "[other]")]
    #[case("lone = 1\n[remote]\n", "[DEFAULT]")]
    #[case("# Written by podfs\nroot:x:0:0\nno config", "text that we do not understand")]
    fn a_foreign_file_stays(#[case] text: &str, #[case] found: &str) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rclone.conf");
        fs::write(&path, text).unwrap();
        let error = save(&path, &config("a")).unwrap_err().to_string();
        for part in [found, "--no-template", "-c", "rclone.conf"] {
            assert!(error.contains(part), "{error}");
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }

    #[test]
    fn a_file_of_ours_is_overwritten_and_a_link_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("a"), folder.path().join("b"));
        save(&path, &config("a")).unwrap();
        symlink(&path, &link).unwrap();
        save(&link, &config("b")).unwrap();
        assert_eq!(load(&path).unwrap(), config("a"));
        assert_eq!(load(&link).unwrap(), config("b"));
        symlink("nowhere", folder.path().join("c")).unwrap();
        assert!(matches!(save(&folder.path().join("c"), &config("c")), Err(ConfigError::Foreign { .. })));
        assert!(matches!(save(folder.path(), &config("c")), Err(ConfigError::Foreign { .. })));
    }

    #[test]
    fn what_is_missing_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("none/rclone.conf");
        assert!(load(&path).unwrap_err().to_string().contains("cannot read"));
        assert!(save(&path, &config("a")).unwrap_err().to_string().contains("none/rclone.conf"));
        let path = folder.path().join("rclone.conf");
        fs::write(&path, "[backup]\n").unwrap();
        assert!(load(&path).unwrap_err().to_string().contains("has no [remote]"));
        for (text, line) in [("type = s3\n", 1), ("\u{feff}# mine\n\n; x\n \ntype = s3\n[other]\n", 5)] {
            fs::write(&path, text).unwrap();
            let error = load(&path).unwrap_err().to_string();
            assert!(error.contains(&format!("line {line}: a key before any [section]")), "{error}");
        }
        fs::write(&path, "lone = 1\n[remote]\ntype = local\n").unwrap();
        assert!(load(&path).is_ok());
    }

    #[test]
    fn what_a_killed_save_left_goes_away_and_nothing_else_does() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rclone.conf");
        let text = to_text(&config("secret")).unwrap();
        let at = |name: &str| folder.path().join(format!(".rclone.conf-{name}"));
        for (name, text) in [
            ("whole", text.as_str()),
            ("half", &text[..text.len() - 5]),
            ("foreign", "mine"),
            ("live", &text),
            ("empty", ""),
            ("empty for long", ""),
        ] {
            fs::write(at(name), text).unwrap();
        }
        let long_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(120);
        File::open(at("empty for long")).unwrap().set_modified(long_ago).unwrap();
        symlink(at("foreign"), at("link")).unwrap();
        fs::create_dir(at("folder")).unwrap();
        let live = File::open(at("live")).unwrap();
        leftovers::claim(&live).unwrap();
        save(&path, &config("a")).unwrap();
        let left = |name: &str| fs::symlink_metadata(at(name)).is_ok();
        assert!(!left("whole") && !left("half") && !left("empty for long"));
        assert!(left("foreign") && left("link") && left("folder") && left("live") && left("empty"));
        drop(live);
        save(&path, &config("b")).unwrap();
        assert!(!left("live"));
    }

    #[test]
    fn many_writers_leave_one_whole_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rclone.conf");
        let regions: Vec<String> = (0..8).map(|index| index.to_string().repeat(2000)).collect();
        std::thread::scope(|scope| {
            for region in &regions {
                let path = &path;
                scope.spawn(move || {
                    for _ in 0..20 {
                        save(path, &config(region)).unwrap();
                        load(path).unwrap();
                    }
                });
            }
        });
        let read = load(&path).unwrap();
        assert!(regions.iter().any(|region| read == config(region)));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
