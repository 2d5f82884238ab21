//! Ports that belong to one test process at a time.
//!
//! Asking the kernel for a free port and passing its number on loses races: another test may get the same number,
//! or an outgoing connection may take it. So ports come from below the range of outgoing connections, and each is
//! held by a file lock for as long as its lease lives. A process that dies gives its locks back.

use std::fs::{self, File, TryLockError};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::path::PathBuf;
use std::process;
use std::sync::atomic::{AtomicU16, Ordering};

use anyhow::{Context, Result, bail};
use rustix::io::Errno;
use rustix::net::{self, AddressFamily, SocketFlags, SocketType};

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
        Ok(is_free(number)?.then_some(Self { number, _lock: lock }))
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

/// Whether nobody listens on this port.
///
/// Asked without listening: a process that another thread starts just now holds a copy of every socket of ours until it runs its own
/// program, and as long as a listener lives anywhere nobody else can have its port. A socket that is only bound stands in
/// nobody's way (socket(7), `SO_REUSEADDR`).
fn is_free(number: u16) -> Result<bool> {
    let socket = net::socket_with(AddressFamily::INET, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
    net::sockopt::set_socket_reuseaddr(&socket, true)?;
    match net::bind(&socket, &SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, number)) {
        Ok(()) => Ok(true),
        Err(Errno::ADDRINUSE) => Ok(false),
        Err(error) => Err(error).with_context(|| format!("cannot ask for port {number}")),
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
    use std::net::TcpListener;
    use std::process::Command;
    use std::sync::atomic::AtomicBool;
    use std::thread;

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

    #[test]
    fn a_leased_port_can_be_listened_on_while_other_threads_start_programs() {
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    Command::new("true").status().unwrap();
                }
            });
            let refused: Vec<u16> = (0..2_000)
                .map(|_| Port::lease().unwrap())
                .filter(|port| TcpListener::bind(port.addr()).is_err())
                .map(|port| port.number())
                .collect();
            done.store(true, Ordering::Relaxed);
            assert_eq!(refused, []);
        });
    }
}
