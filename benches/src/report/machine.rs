//! When and on what kind of machine a report was made; nothing that tells whose.

use std::fs;
use std::thread;

use anyhow::Result;

/// One line: day, kernel, processors and memory.
pub(super) fn describe() -> Result<String> {
    let day = jiff::Timestamp::now().strftime("%Y-%m-%d");
    let system = rustix::system::uname();
    let kernel = system.release().to_string_lossy();
    let cores = thread::available_parallelism()?;
    let model = field("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown model".to_owned());
    let memory = field("/proc/meminfo", "MemTotal").and_then(|text| gib(&text)).unwrap_or_default();
    Ok(format!("- {day} (UTC), Linux {kernel}, {cores} cores ({model}), {memory:.0} GiB of memory"))
}

/// The first value of a name in one of the kernel's files of lines like `name : value`.
fn field(path: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let mut pairs = text.lines().filter_map(|line| line.split_once(':'));
    pairs.find_map(|(key, value)| (key.trim() == name).then(|| value.trim().to_owned()))
}

/// `1048576 kB` as 1.
fn gib(text: &str) -> Option<f64> {
    let number: f64 = text.split(' ').next()?.parse().ok()?;
    Some(number / f64::from(1 << 20))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_is_described_without_its_name() {
        let line = describe().unwrap();
        assert!(line.contains(", Linux ") && line.contains(" GiB of memory"), "{line}");
        let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
        assert!(name.len() < 4 || !line.contains(&name), "{line}");
        assert_eq!(gib("2097152 kB"), Some(2.0));
    }
}
