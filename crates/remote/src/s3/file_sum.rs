//! A local file, read and hashed off the async threads.

use podfs_crypto::md5::Running;
use podfs_sync::local::Source;
use podfs_sync::{ErrorKind, RemoteError};

use super::checksum::Sum;
use super::file_body::READ;

/// What [`of`] holds in memory, in bytes: what is hashed, and what is read meanwhile.
pub(super) const MEMORY: u64 = 2 * READ as u64;

/// The MD5 sums of a file that is to be uploaded in parts.
#[derive(Debug)]
pub(super) struct FileSums {
    /// That of all of it, as rclone keeps it.
    pub(super) whole: Sum,
    /// Those of its parts.
    pub(super) parts: Vec<Sum>,
}

/// Reads a file once, and computes the sums of all of it and of its parts, each of so many bytes.
pub(super) async fn of(source: &Source, part_size: u64) -> Result<FileSums, RemoteError> {
    let mut sums = Sums::new(part_size);
    let mut content = Vec::new();
    let mut spare = Vec::new();
    let mut offset = 0;
    loop {
        // Encryption on one core, MD5 on another.
        let reading = read(source, offset, spare);
        let hashing = blocking(source, move |_| {
            sums.add(&content);
            Ok((sums, content))
        });
        let (next, hashed) = futures::try_join!(reading, hashing)?;
        (content, (sums, spare)) = (next, hashed);
        if content.is_empty() {
            return Ok(sums.finish());
        }
        offset += content.len() as u64;
    }
}

/// Sums that grow.
struct Sums {
    whole: Running,
    part: Running,
    parts: Vec<Sum>,
    part_size: u64,
    /// Bytes that are still to come in this part.
    missing: u64,
}

impl Sums {
    fn new(part_size: u64) -> Self {
        let (whole, part) = (Running::default(), Running::default());
        Self { whole, part, parts: Vec::new(), part_size, missing: part_size }
    }

    fn add(&mut self, mut content: &[u8]) {
        while !content.is_empty() {
            let length = usize::try_from(self.missing).unwrap_or(usize::MAX).min(content.len());
            let (now, later) = content.split_at(length);
            Running::add_to_both(&mut self.whole, &mut self.part, now);
            self.missing -= length as u64;
            if self.missing == 0 {
                self.end_part();
            }
            content = later;
        }
    }

    fn end_part(&mut self) {
        self.parts.push(std::mem::take(&mut self.part).finish());
        self.missing = self.part_size;
    }

    fn finish(mut self) -> FileSums {
        if self.missing < self.part_size {
            self.end_part();
        }
        FileSums { whole: self.whole.finish(), parts: self.parts }
    }
}

/// The bytes from `offset` on, as many as are read at once or as there are, in `buffer`.
async fn read(source: &Source, offset: u64, mut buffer: Vec<u8>) -> Result<Vec<u8>, RemoteError> {
    let length = usize::try_from(source.size() - offset).unwrap_or(READ).min(READ);
    blocking(source, move |source| {
        buffer.resize(length, 0);
        source.fill(offset, &mut buffer)?;
        Ok(buffer)
    })
    .await
}

/// Runs work on a file off the async threads.
pub(super) async fn blocking<T: Send + 'static>(
    source: &Source,
    work: impl FnOnce(&Source) -> Result<T, RemoteError> + Send + 'static,
) -> Result<T, RemoteError> {
    let here = source.clone();
    match tokio::task::spawn_blocking(move || work(&here)).await {
        Ok(result) => result,
        Err(cause) => Err(RemoteError::new(ErrorKind::Local, "read", source.shown(), cause)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::checksum::sum;
    use super::*;

    #[test]
    fn parts_are_summed_beside_the_whole_however_the_file_is_read() {
        let content: Vec<u8> = (0..10_000u32).map(|at| (at.wrapping_mul(0x9e37_79b9) >> 21) as u8).collect();
        for (part_size, read) in [(2_500, 1_000), (4_096, 1_024), (1_000, 4_096), (3_001, 777), (20_000, 64)]
        {
            let mut sums = Sums::new(part_size);
            content.chunks(read).for_each(|piece| sums.add(piece));
            let FileSums { whole, parts } = sums.finish();
            assert_eq!(whole, sum(&content));
            let expected: Vec<Sum> = content.chunks(part_size as usize).map(sum).collect();
            assert_eq!(parts, expected, "parts of {part_size}, read by {read}");
        }
    }
}
