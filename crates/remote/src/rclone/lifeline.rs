//! A connection whose end makes rclone end too, however this process dies.
//!
//! An rclone that outlived us could still finish an upload and overwrite what a later sync put there. Asking the
//! kernel for a signal at the parent's death needs unsafe code, and it means the parent *thread*. So rclone is left
//! with a request whose body never comes to its end. When this process dies, the kernel closes both the connection
//! and the pipe that takes rclone's error output; rclone reports the broken request on that pipe, and the Go runtime
//! ends a program whose standard error is gone (SIGPIPE, `os/signal`). Calls in flight are cancelled by rclone itself
//! when their connections break.

use std::io::{self, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;

/// Half a request: two bytes of body are announced, one is sent.
const UNFINISHED: &[u8] =
    b"POST /rc/noop HTTP/1.1\r\nHost: rclone\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{";

/// Held as long as rclone shall live.
#[derive(Debug)]
pub(super) struct Lifeline {
    _connection: UnixStream,
}

impl Lifeline {
    /// Ties the rclone behind `socket` to this process.
    pub(super) fn tie(socket: &Path) -> io::Result<Self> {
        let mut connection = UnixStream::connect(socket)?;
        connection.write_all(UNFINISHED)?;
        Ok(Self { _connection: connection })
    }
}
