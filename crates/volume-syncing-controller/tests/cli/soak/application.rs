//! Somebody who works on a tree and never rests.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use super::content::content;
use super::dice::Dice;

/// How names begin of files that are written beside their place and then renamed.
pub(super) const WHOLE: char = 'f';
/// And those of files that are written in place, as most programs do. For a moment such a file is empty, or half there: a sync
/// that looks at it just then takes it for what it is. Only what is whole gets a name of the first kind.
pub(super) const IN_PLACE: char = 'i';

pub(super) struct Application {
    root: PathBuf,
    written: u64,
    changes: u64,
}

impl Application {
    pub(super) fn new(root: PathBuf) -> Self {
        Self { root, written: 0, changes: 0 }
    }

    pub(super) fn changes(&self) -> u64 {
        self.changes
    }

    pub(super) fn work(&mut self, dice: &mut Dice, changes: u64) {
        for _ in 0..changes {
            // Most of what chance comes up with does not fit the tree.
            self.changes += u64::from(self.change(dice).is_ok());
        }
    }

    fn change(&mut self, dice: &mut Dice) -> io::Result<()> {
        let kind = if dice.one_in(3) { WHOLE } else { IN_PLACE };
        let (path, other) = (self.path(kind, dice), self.path(kind, dice));
        match dice.below(100) {
            0..55 => self.write(&path, kind, dice),
            55..65 if path.is_dir() || is_of(&path, kind) && is_of(&other, kind) => fs::rename(&path, &other),
            65..78 => fs::remove_file(&path).or_else(|_| fs::remove_dir(&path)),
            78..80 => fs::remove_dir_all(&path),
            80..88 if !path.is_symlink() => fs::set_permissions(
                &path,
                Permissions::from_mode(0o600 + u32::try_from(dice.below(0o100)).unwrap()),
            ),
            88..92 => symlink(format!("to {}", dice.below(100)), &path),
            92..96 => fs::create_dir(&path),
            96.. if is_of(&path, kind) && is_of(&other, kind) => fs::hard_link(&path, &other),
            _ => Err(io::ErrorKind::InvalidInput.into()),
        }
    }

    fn path(&self, kind: char, dice: &mut Dice) -> PathBuf {
        let mut path = self.root.clone();
        for _ in 0..dice.below(3) {
            path.push(format!("d{}", dice.below(6)));
        }
        match dice.one_in(20) {
            true => path.join(format!("d{}", dice.below(6))),
            false => path.join(format!("{kind}{}", dice.below(12))),
        }
    }

    fn write(&mut self, path: &Path, kind: char, dice: &mut Dice) -> io::Result<()> {
        if path.is_symlink() || path.is_dir() || !is_of(path, kind) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        fs::create_dir_all(path.parent().unwrap())?;
        self.written += 1;
        let most = match dice.below(200) {
            0 => 12 << 20,
            1..20 => 300_000,
            _ => 20_000,
        };
        let bytes = content(self.written, usize::try_from(dice.up_to(most)).unwrap());
        if kind == WHOLE {
            let beside = path.with_file_name(format!("{IN_PLACE} new"));
            fs::write(&beside, bytes)?;
            return fs::rename(beside, path);
        }
        fs::write(path, bytes)
    }
}

fn is_of(path: &Path, kind: char) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(kind))
}
