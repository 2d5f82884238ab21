//! The parts that faults are made of: made-up answers, cut streams, resets.

use std::io::{self, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::http::Head;

/// An answer with a text body.
pub(super) fn canned_answer(status: u16, text: &str, to: &Head) -> Vec<u8> {
    answer(&format!("{status} Fault"), "text/plain", text, to)
}

/// What S3 says to a client that asks too much.
pub(super) fn slow_down(to: &Head) -> Vec<u8> {
    let xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>SlowDown</Code>\
        <Message>Please reduce your request rate.</Message><RequestId>fault</RequestId></Error>";
    answer("503 Slow Down", "application/xml", xml, to)
}

fn answer(status: &str, kind: &str, text: &str, to: &Head) -> Vec<u8> {
    let length = text.len();
    let body = if to.word(0) == "HEAD" { "" } else { text };
    format!("HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n{body}")
        .into_bytes()
}

/// Makes the connection end with a reset, not in good order, when its last copy is closed.
pub(super) fn reset(stream: &TcpStream) -> Result<()> {
    rustix::net::sockopt::set_socket_linger(stream, Some(Duration::ZERO)).context("cannot set up a reset")
}

/// A writer that fails once it has passed so many bytes on.
pub(super) struct Limited<W> {
    inner: W,
    left: u64,
}

impl<W: Write> Limited<W> {
    pub(super) fn new(inner: W, left: u64) -> Self {
        Self { inner, left }
    }
}

impl<W: Write> Write for Limited<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = usize::try_from(self.left).unwrap_or(usize::MAX).min(bytes.len());
        if room == 0 && !bytes.is_empty() {
            return Err(io::Error::other("cut off"));
        }
        let count = self.inner.write(bytes.get(..room).unwrap_or_default())?;
        self.left -= count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
