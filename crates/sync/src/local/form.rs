//! Other forms of a file's content, such as an encrypted one: what a remote holds is not always what the file holds.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};

use crate::manifest::Nonce;
use crate::remote::RemoteError;

/// Reads all of a buffer from the file itself, at an offset.
pub type ReadPlain<'a> = dyn FnMut(u64, &mut [u8]) -> Result<(), RemoteError> + 'a;
/// Writes to the file itself, at an offset.
pub type WritePlain<'a> = dyn FnMut(u64, &[u8]) -> Result<(), RemoteError> + 'a;

/// The form in which one file goes out.
pub trait Encoding: fmt::Debug + Send + Sync {
    /// Bytes of the whole in this form.
    fn size(&self) -> u64;

    /// Fills all of `buffer` with the bytes from `offset` on. Asked for the same bytes again, it gives the same, as long
    /// as the file does. Takes CPU time and blocks.
    ///
    /// # Errors
    /// Those of `read`.
    fn read(&self, offset: u64, buffer: &mut [u8], read: &mut ReadPlain<'_>) -> Result<(), RemoteError>;

    /// The random bytes that tell this form from every other of the same content, where it has any.
    fn nonce(&self) -> Option<Nonce> {
        None
    }

    /// The form under other random bytes. Only the content that already went out under them may go out under them again:
    /// with encryption, who saw two would see what differs. Whoever asks for it compares before he sends.
    fn under(&self, nonce: Nonce) -> Option<Arc<dyn Encoding>> {
        let _ = nonce;
        None
    }
}

/// The way back of one file. Stretches of it may come side by side; each in order from its beginning to its end.
#[async_trait]
pub trait Decoding: fmt::Debug + Send + Sync {
    /// Waits until what lies at `offset` can be decoded, where that needs what lies before.
    async fn ready(&self, offset: u64);

    /// What is needed when the first bytes of the file, so many, are there already: stretches in this form. Nothing else
    /// comes then, and they come all. `None`: it cannot go on there.
    fn behind(&self, plain: u64) -> Option<Vec<Range<u64>>> {
        let _ = plain;
        None
    }

    /// Takes the bytes at `offset`, and gives `write` what can be given now. Takes CPU time and blocks.
    ///
    /// # Errors
    /// What is wrong with the bytes, of which nothing is given then; and those of `write`.
    fn decode(&self, offset: u64, content: BytesMut, write: &mut WritePlain<'_>) -> Result<(), RemoteError>;

    /// Decodes a whole file in memory.
    ///
    /// # Errors
    /// What is wrong with it.
    fn decode_whole(&self, content: Bytes) -> Result<Bytes, RemoteError> {
        let content = content.try_into_mut().unwrap_or_else(|shared| BytesMut::from(&*shared));
        let mut whole = BytesMut::with_capacity(content.len());
        self.decode(0, content, &mut |_, plain| {
            whole.extend_from_slice(plain);
            Ok(())
        })?;
        Ok(whole.freeze())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::{LocalRoot, Source, Target};
    use crate::path::RelativePath;
    use crate::remote::ErrorKind;

    /// Each byte turned, with one in front.
    #[derive(Debug)]
    struct Turned(u64);

    impl Encoding for Turned {
        fn size(&self) -> u64 {
            self.0 + 1
        }

        fn read(&self, offset: u64, buffer: &mut [u8], read: &mut ReadPlain<'_>) -> Result<(), RemoteError> {
            let first = usize::from(offset == 0);
            read(offset.saturating_sub(1), &mut buffer[first..])?;
            buffer.iter_mut().for_each(|byte| *byte = !*byte);
            Ok(())
        }
    }

    #[async_trait]
    impl Decoding for Turned {
        async fn ready(&self, _offset: u64) {}

        fn decode(
            &self,
            offset: u64,
            mut content: BytesMut,
            write: &mut WritePlain<'_>,
        ) -> Result<(), RemoteError> {
            content.iter_mut().for_each(|byte| *byte = !*byte);
            write(offset.saturating_sub(1), &content[usize::from(offset == 0)..])
        }
    }

    fn folder() -> (tempfile::TempDir, Arc<LocalRoot>) {
        let folder = tempfile::tempdir().unwrap();
        let root = Arc::new(LocalRoot::open(folder.path()).unwrap());
        (folder, root)
    }

    fn path(name: &str) -> RelativePath {
        RelativePath::parse(name).unwrap()
    }

    #[tokio::test]
    async fn what_goes_out_in_another_form_comes_back_from_it() {
        let (folder, root) = folder();
        for size in [0, 5, 70_000, 300_000] {
            let plain: Vec<u8> = (0..size).map(|at| (at % 251) as u8).collect();
            std::fs::write(folder.path().join("file"), &plain).unwrap();
            let source = Source::open(&root, &path("file")).unwrap();
            let encoded = source.encoded(Arc::new(Turned(size)));
            assert!(encoded.file().is_none() && source.file().is_some());
            let sent = encoded.read_all().await.unwrap();
            assert_eq!(sent.len() as u64, encoded.size());
            assert_eq!(encoded.hash().await.unwrap(), *blake3::hash(&plain).as_bytes());
            let tail = encoded.read(1, sent.len() - 1).await.unwrap();
            assert_eq!(tail, sent[1..]);

            let target = Target::new(&root, &path("back"));
            let decoded = target.decoded(Arc::new(Turned(size)));
            assert!(decoded.file().is_err(), "nobody writes to the file past the decoding");
            decoded.write_whole(sent).await.unwrap();
            assert_eq!(target.size().unwrap(), size);
            assert_eq!(target.hash().await.unwrap(), *blake3::hash(&plain).as_bytes());
        }
    }

    #[tokio::test]
    async fn a_file_that_changes_between_two_reads_of_a_part_is_never_encoded_twice() {
        let (folder, root) = folder();
        let at = folder.path().join("file");
        std::fs::write(&at, vec![1; 200_000]).unwrap();
        let source = Source::open(&root, &path("file")).unwrap().encoded(Arc::new(Turned(200_000)));
        let first = source.read(0, 1000).await.unwrap();
        assert_eq!(source.read(0, 1000).await.unwrap(), first);
        std::fs::write(&at, vec![2; 200_000]).unwrap();
        assert_eq!(source.read(0, 1000).await.unwrap_err().kind, ErrorKind::SourceChanged);
    }
}
