//! The MD5 of a large local file, read once before it is uploaded in parts, as rclone does it.

use podfs_sync::local::Source;
use podfs_sync::{ErrorKind, RemoteError};

use super::checksum::{Running, Sum};

/// Bytes read at a time.
const PIECE: usize = 256 * 1024;
/// Bytes hashed before a cancelled upload is noticed.
const STRETCH: u64 = 64 << 20;

/// The sum of the whole file, off the async threads.
pub(super) async fn of(source: &Source) -> Result<Sum, RemoteError> {
    let size = source.state().size;
    let mut running = Running::default();
    let mut offset = 0;
    while offset < size {
        let end = (offset + STRETCH).min(size);
        let here = source.clone();
        let hashed = tokio::task::spawn_blocking(move || stretch(&here, running, offset, end)).await;
        running =
            hashed.map_err(|cause| RemoteError::new(ErrorKind::Local, "read", source.shown(), cause))??;
        offset = end;
    }
    Ok(running.finish())
}

fn stretch(source: &Source, mut running: Running, mut offset: u64, end: u64) -> Result<Running, RemoteError> {
    let failed =
        |cause: &dyn std::fmt::Display| RemoteError::new(ErrorKind::Local, "read", source.shown(), cause);
    let mut buffer = vec![0; PIECE];
    while offset < end {
        let wanted = usize::try_from(end - offset).unwrap_or(PIECE).min(PIECE);
        let space = buffer.get_mut(..wanted).unwrap_or_default();
        let count = match rustix::io::pread(source, &mut *space, offset) {
            Ok(0) => {
                source.check_unchanged()?;
                return Err(failed(&"it ends too early"));
            }
            Ok(count) => count,
            Err(rustix::io::Errno::INTR) => continue,
            Err(errno) => return Err(failed(&errno)),
        };
        running.add(space.get(..count).unwrap_or_default());
        offset += count as u64;
    }
    Ok(running)
}
