//! What is wrong with a sealed file. Whoever knows the file's name puts it in front.

/// Why a file was not opened, or not to its end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContentError {
    /// Something else lies there.
    #[error("is not encrypted by rclone crypt: it does not begin with \"RCLONE\"")]
    BadMagic,
    /// No file is so short.
    #[error("is truncated: it has {size} bytes, and the header alone has 32")]
    NoHeader {
        /// Bytes that are there.
        size: u64,
    },
    /// The last block is no more than a tag, or less.
    #[error("is truncated: of {size} bytes the last block has no data")]
    TornBlock {
        /// Bytes that are there.
        size: u64,
    },
    /// Fewer bytes than there should be.
    #[error("is truncated: it ends after {size} bytes of {expected}")]
    Truncated {
        /// Bytes that are there.
        size: u64,
        /// Bytes that should be.
        expected: u64,
    },
    /// More bytes than there should be.
    #[error("is longer than the {expected} bytes that it should have")]
    TooLong {
        /// Bytes that should be.
        expected: u64,
    },
    /// The tag does not fit.
    #[error("does not open: block {index} was encrypted with another password, or is damaged")]
    BadBlock {
        /// Counted from 0, each of 64 KiB of plain data.
        index: u64,
    },
}
