//! Looking into a thread that stands still before a system call: what its descriptors and paths are.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use nix::libc;
use nix::unistd::Pid;

use super::call::Object;

/// Longest path of a system call, with its end (`PATH_MAX`).
const LONGEST: usize = 4096;

/// What a call is about, as far as it can be told.
pub(super) enum Place {
    At(PathBuf),
    Connection,
}

/// What `object` is in that thread.
pub(super) fn place(thread: Pid, object: Object) -> Option<Place> {
    match object {
        Object::Descriptor(number) => described(thread, number),
        Object::Path(folder, address) => {
            let path = string(thread, address)?;
            if path.is_absolute() {
                return Some(Place::At(path));
            }
            match described(thread, folder)? {
                Place::At(folder) => Some(Place::At(folder.join(path))),
                Place::Connection => None,
            }
        }
    }
}

fn described(thread: Pid, number: u64) -> Option<Place> {
    // The kernel takes the lower half of the register alone.
    let number = number as libc::c_int;
    let link = match number {
        libc::AT_FDCWD => format!("/proc/{thread}/cwd"),
        _ => format!("/proc/{thread}/fd/{number}"),
    };
    let target = fs::read_link(link).ok()?;
    match target.is_absolute() {
        true => Some(Place::At(target)),
        false => target.as_os_str().as_bytes().starts_with(b"socket:").then_some(Place::Connection),
    }
}

fn string(thread: Pid, address: u64) -> Option<PathBuf> {
    let memory = File::open(format!("/proc/{thread}/mem")).ok()?;
    let mut bytes = [0; LONGEST];
    let mut length = 0;
    // By small pieces: what follows a short string may be no memory.
    while length < LONGEST {
        let piece = bytes.get_mut(length..(length + 64).min(LONGEST))?;
        let read = memory.read_at(piece, address + length as u64).ok()?;
        let end = piece.iter().take(read).position(|byte| *byte == 0);
        if let Some(end) = end {
            let path = bytes.get(..length + end)?;
            return Some(PathBuf::from(OsStr::from_bytes(path)));
        }
        if read == 0 {
            return None;
        }
        length += read;
    }
    None
}
