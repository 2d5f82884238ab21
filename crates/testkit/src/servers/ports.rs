//! Ports that belong to one test process at a time.
//!
//! Asking the kernel for a free port and passing its number on loses races: another test may get the same number,
//! or an outgoing connection may take it. So ports come from below the range of outgoing connections, and each is
//! held by a file lock for as long as its lease lives. A process that dies gives its locks back.

use std::fs::{self, File, TryLockError};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process;
use std::sync::atomic::{AtomicU16, Ordering};

use anyhow::{Context, Result, bail};

const FIRST: u16 = 12_000;
/// Below 30,000, where rclone's FTP server begins to take ports for its data connections.
const COUNT: u16 = 17_000;

/// Where the next search begins, so that threads do not all try the same ports.
static NEXT: AtomicU16 = AtomicU16::new(0);

/// A port on the loopback interface that no other test uses while this lives.
#[derive(Debug)]
pub struct Port {
    number: u16,
    _lock: File,
}

impl Port {
    /// Leases a port that is free now.
    pub fn lease() -> Result<Self> {
        let start = process::id() % u32::from(COUNT);
        for _ in 0..COUNT {
            let step = u32::from(NEXT.fetch_add(1, Ordering::Relaxed));
            let offset = u16::try_from((start + step) % u32::from(COUNT))?;
            if let Some(port) = Self::try_lease(FIRST + offset)? {
                return Ok(port);
            }
        }
        bail!("no port from {FIRST} to {} is free", FIRST + COUNT - 1)
    }

    /// Leases this port, unless someone has it.
    pub(super) fn try_lease(number: u16) -> Result<Option<Self>> {
        let path = lock_folder()?.join(number.to_string());
        let lock = File::create(&path).with_context(|| format!("cannot open {}", path.display()))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error).context("cannot lock a port"),
        }
        // A program that knows nothing of these locks may have it.
        let free = TcpListener::bind((Ipv4Addr::UNSPECIFIED, number)).is_ok();
        Ok(free.then_some(Self { number, _lock: lock }))
    }

    /// Whether a port is one of those that are leased here.
    pub(super) fn is_ours(number: u16) -> bool {
        (FIRST..FIRST + COUNT).contains(&number)
    }

    /// The port's number.
    pub fn number(&self) -> u16 {
        self.number
    }

    /// The port's address on the loopback interface.
    pub fn addr(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.number).into()
    }
}

/// One folder for all checkouts of this user, since all share the machine's ports.
fn lock_folder() -> Result<PathBuf> {
    let user = rustix::process::getuid().as_raw();
    let folder = std::env::temp_dir().join(format!("podfs-test-ports-{user}"));
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(folder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn leases_never_share_a_port() {
        let ports: Vec<Port> = (0..50).map(|_| Port::lease().unwrap()).collect();
        let numbers: BTreeSet<u16> = ports.iter().map(Port::number).collect();
        assert_eq!(numbers.len(), 50);
        assert!(Port::try_lease(ports[0].number()).unwrap().is_none());
    }

    #[test]
    fn a_port_in_use_is_passed_over() {
        let port = Port::lease().unwrap();
        let number = port.number();
        let _taken = TcpListener::bind(port.addr()).unwrap();
        drop(port);
        assert!(Port::try_lease(number).unwrap().is_none());
    }
}
