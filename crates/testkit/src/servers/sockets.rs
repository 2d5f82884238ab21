//! Removing the Unix sockets that killed S3 servers leave behind.
//!
//! SeaweedFS puts several beside each port, always under `/tmp`, and a killed server cannot clean up.

use std::ffi::OsStr;
use std::fs;

use super::Port;

/// Removes the sockets of all our ports that nobody leases. Failing to do so is no reason to fail a test.
pub fn sweep() {
    for entry in fs::read_dir("/tmp").into_iter().flatten().flatten() {
        let Some(number) = port_of(&entry.file_name()) else { continue };
        // While we hold the lease, no server can come up on that port.
        if let Ok(Some(_held)) = Port::try_lease(number) {
            drop(fs::remove_file(entry.path()));
        }
    }
}

fn port_of(name: &OsStr) -> Option<u16> {
    let middle = name.to_str()?.strip_prefix("seaweedfs-")?.strip_suffix(".sock")?;
    let number = middle.rsplit('-').next()?.parse().ok()?;
    Port::is_ours(number).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;
    use std::time::{Duration, Instant};

    #[test]
    fn only_sockets_of_our_ports_are_named() {
        assert_eq!(port_of(OsStr::new("seaweedfs-volume-grpc-19545.sock")), Some(19_545));
        assert_eq!(port_of(OsStr::new("seaweedfs-s3-8333.sock")), None);
        assert_eq!(port_of(OsStr::new("other-19545.sock")), None);
    }

    #[test]
    fn a_socket_stays_as_long_as_its_port_is_leased() {
        let port = Port::lease().unwrap();
        let socket = PathBuf::from(format!("/tmp/seaweedfs-test-{}.sock", port.number()));
        fs::write(&socket, "").unwrap();
        sweep();
        assert!(socket.exists());
        drop(port);
        // A process that another thread starts just now holds all locks of this one until it runs its own program, and a sweep
        // passes over what is held. Another sweep may be on it too.
        let begin = Instant::now();
        while socket.exists() && begin.elapsed() < Duration::from_secs(60) {
            sweep();
        }
        assert!(!socket.exists());
    }
}
