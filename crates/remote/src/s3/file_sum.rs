//! A local file, read and hashed off the async threads.

use bytes::{Bytes, BytesMut};
use podfs_sync::local::Source;
use podfs_sync::{ErrorKind, RemoteError};

use super::checksum::{Running, Sum};
use crate::transport::PIECE;

/// Bytes hashed before a cancelled upload is noticed.
const STRETCH: u64 = 64 << 20;

/// The MD5 of a whole file, read once before it is uploaded in parts, as rclone does it.
pub(super) async fn of(source: &Source) -> Result<Sum, RemoteError> {
    let size = source.size();
    let mut running = Running::default();
    let mut offset = 0;
    while offset < size {
        let end = (offset + STRETCH).min(size);
        running = blocking(source, move |source| stretch(source, running, offset, end)).await?;
        offset = end;
    }
    Ok(running.finish())
}

/// `length` bytes at `offset`, added to the sum.
pub(super) async fn read(
    source: &Source,
    mut running: Running,
    offset: u64,
    length: usize,
) -> Result<(Bytes, Running), RemoteError> {
    blocking(source, move |source| {
        let mut buffer = BytesMut::zeroed(length);
        source.fill(offset, &mut buffer)?;
        running.add(&buffer);
        Ok((buffer.freeze(), running))
    })
    .await
}

async fn blocking<T: Send + 'static>(
    source: &Source,
    work: impl FnOnce(&Source) -> Result<T, RemoteError> + Send + 'static,
) -> Result<T, RemoteError> {
    let here = source.clone();
    match tokio::task::spawn_blocking(move || work(&here)).await {
        Ok(result) => result,
        Err(cause) => Err(RemoteError::new(ErrorKind::Local, "read", source.shown(), cause)),
    }
}

fn stretch(source: &Source, mut running: Running, mut offset: u64, end: u64) -> Result<Running, RemoteError> {
    let mut buffer = vec![0; PIECE];
    while offset < end {
        let wanted = usize::try_from(end - offset).unwrap_or(PIECE).min(PIECE);
        let space = buffer.get_mut(..wanted).unwrap_or_default();
        source.fill(offset, space)?;
        running.add(space);
        offset += wanted as u64;
    }
    Ok(running)
}
