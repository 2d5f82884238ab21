//! As much HTTP as tests need.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

/// Status and body; 0 when nobody answers.
pub(crate) fn get(address: SocketAddr, path: &str) -> (u16, String) {
    ask(address, path).unwrap_or_default()
}

fn ask(address: SocketAddr, path: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(address).ok()?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
}
