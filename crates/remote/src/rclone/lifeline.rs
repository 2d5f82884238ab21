//! A connection whose end makes rclone end too, however this process dies.
//!
//! An rclone that outlived us could still finish an upload and overwrite what a later sync put there. Asking the
//! kernel for a signal at the parent's death needs unsafe code, and it means the parent *thread*. So rclone is left
//! with a request whose body never comes to its end. When this process dies, the kernel closes both the connection
//! and the pipe that takes rclone's error output; rclone reports the broken request on that pipe, and the Go runtime
//! ends a program whose standard error is gone (SIGPIPE, `os/signal`). Calls in flight are cancelled by rclone itself
//! when their connections break.
//!
//! The pipe must be closed first, but the kernel closes the descriptors of a dying process in no promised order, and
//! rclone may be quick. So the connection is not a descriptor of ours: it is a message under way in a socket pair
//! (`SCM_RIGHTS`). Only when the pair is being closed, together with the pipe, does the kernel come to it.

use std::io::{self, IoSlice, Write};
use std::mem::MaybeUninit;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::path::Path;

use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};

/// Half a request: two bytes of body are announced, one is sent.
const UNFINISHED: &[u8] =
    b"POST /rc/noop HTTP/1.1\r\nHost: rclone\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{";

/// Held as long as rclone shall live.
#[derive(Debug)]
pub(super) struct Lifeline {
    _pair: (UnixStream, UnixStream),
}

impl Lifeline {
    /// Ties the rclone behind `socket` to this process.
    pub(super) fn tie(socket: &Path) -> io::Result<Self> {
        let mut connection = UnixStream::connect(socket)?;
        connection.write_all(UNFINISHED)?;
        let pair = UnixStream::pair()?;
        post(&pair.0, &connection)?;
        Ok(Self { _pair: pair })
    }
}

/// Puts a descriptor into a message that nobody takes out.
fn post(way: &UnixStream, connection: &UnixStream) -> io::Result<()> {
    let descriptors = [connection.as_fd()];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    if !ancillary.push(SendAncillaryMessage::ScmRights(&descriptors)) {
        return Err(io::Error::other("no room for a descriptor"));
    }
    sendmsg(way, &[IoSlice::new(b"-")], &mut ancillary, SendFlags::empty())?;
    Ok(())
}
