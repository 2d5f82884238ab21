//! A client that sends one request on a connection of its own and keeps the whole answer.

use std::io::{BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result};

use super::{Framing, Head, copy_body};

/// A test that waits longer than this for an answer has failed.
const PATIENCE: Duration = Duration::from_secs(30);

/// The answer to a request that a test sent by itself.
#[derive(Debug)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The body; in chunks when the server sent it so.
    pub body: Vec<u8>,
    head: Head,
}

impl Response {
    /// The value of a header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.header(name)
    }

    /// The body as text, for messages and for looking into listings.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Sends one request and reads the answer to its end.
pub(crate) fn send(
    to: SocketAddr,
    method: &str,
    target: &str,
    headers: &[(String, String)],
    body: &[u8],
) -> Result<Response> {
    let mut stream = TcpStream::connect(to).with_context(|| format!("cannot connect to {to}"))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(request_head(method, target, headers, body.len()).as_bytes())?;
    stream.write_all(body)?;
    let mut from = BufReader::new(stream);
    let head = Head::read(&mut from)?.with_context(|| format!("{to} closed without an answer"))?;
    let mut body = Vec::new();
    copy_body(Framing::of_response(&head, method)?, &mut from, &mut body)?;
    Ok(Response { status: head.status()?, body, head })
}

fn request_head(method: &str, target: &str, headers: &[(String, String)], length: usize) -> String {
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    format!("{method} {target} HTTP/1.1\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n")
}
