//! libFuzzer around one target: `cargo xtask fuzz` builds and runs it.
//!
//! `PODFS_FUZZ_TARGET` names the target. With `PODFS_FUZZ_SAMPLES` it only writes the samples of all targets into that
//! folder, and ends. All other arguments are libFuzzer's.

#![no_main]
#![allow(clippy::expect_used, clippy::panic, reason = "a program for developers")]

use std::path::Path;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use podfs_fuzz::{TARGETS, Target};
use rustix::process::{Resource, Rlimit, setrlimit};

/// More address space than any parser needs: a length in the input is not to be believed.
const ADDRESS_SPACE: u64 = 2 << 30;

static TARGET: LazyLock<&Target> = LazyLock::new(|| {
    let name = std::env::var("PODFS_FUZZ_TARGET").expect("PODFS_FUZZ_TARGET is not set");
    TARGETS.iter().find(|target| target.name == name).unwrap_or_else(|| panic!("there is no target {name}"))
});

fuzz_target!(init: prepare(), |data: &[u8]| (TARGET.run)(data));

fn prepare() {
    if let Some(folder) = std::env::var_os("PODFS_FUZZ_SAMPLES") {
        write_samples(folder.as_ref()).expect("the samples can be written");
        std::process::exit(0);
    }
    let limit = Rlimit { current: Some(ADDRESS_SPACE), maximum: Some(ADDRESS_SPACE) };
    setrlimit(Resource::As, limit).expect("a process may limit itself");
}

fn write_samples(folder: &Path) -> std::io::Result<()> {
    for target in TARGETS {
        let folder = folder.join(target.name);
        std::fs::create_dir_all(&folder)?;
        for (number, sample) in (target.samples)().iter().enumerate() {
            std::fs::write(folder.join(number.to_string()), sample)?;
        }
    }
    Ok(())
}
