//! Where an HTTP body ends, and copying it without changing a byte.

use std::io::{BufRead, Read, Write};

use anyhow::{Context, Result, bail};

use super::Head;

/// How the end of a body is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// There is no body.
    Empty,
    /// So many bytes.
    Length(u64),
    /// Chunks, the last one empty, then trailers.
    Chunked,
    /// All until the connection closes.
    UntilClose,
}

impl Framing {
    /// The framing of a request's body.
    pub(crate) fn of_request(head: &Head) -> Result<Self> {
        Ok(Self::declared(head)?.unwrap_or(Self::Empty))
    }

    /// The framing of a response's body; some responses have none whatever their head says.
    pub(crate) fn of_response(head: &Head, method: &str) -> Result<Self> {
        let status = head.status()?;
        if method == "HEAD" || status < 200 || status == 204 || status == 304 {
            return Ok(Self::Empty);
        }
        Ok(Self::declared(head)?.unwrap_or(Self::UntilClose))
    }

    fn declared(head: &Head) -> Result<Option<Self>> {
        if head.says("transfer-encoding", "chunked") {
            return Ok(Some(Self::Chunked));
        }
        let Some(length) = head.header("content-length") else { return Ok(None) };
        let length = length.parse().with_context(|| format!("content-length is {length:?}"))?;
        Ok(Some(Self::Length(length)))
    }
}

/// Copies one body as it is on the wire, chunk sizes and trailers included.
pub(crate) fn copy_body(framing: Framing, from: &mut impl BufRead, to: &mut impl Write) -> Result<()> {
    match framing {
        Framing::Empty => Ok(()),
        Framing::Length(length) => copy_exactly(length, from, to),
        Framing::UntilClose => std::io::copy(from, to).map(drop).context("cannot copy a body"),
        Framing::Chunked => copy_chunks(from, to),
    }
}

fn copy_chunks(from: &mut impl BufRead, to: &mut impl Write) -> Result<()> {
    loop {
        let line = copy_line(from, to)?;
        let size = line.split(';').next().unwrap_or_default().trim();
        let size = u64::from_str_radix(size, 16).with_context(|| format!("a chunk's size is {line:?}"))?;
        if size == 0 {
            // Trailers end as a head does: with an empty line.
            while !copy_line(from, to)?.is_empty() {}
            return Ok(());
        }
        copy_exactly(size, from, to)?;
        copy_line(from, to)?;
    }
}

fn copy_line(from: &mut impl BufRead, to: &mut impl Write) -> Result<String> {
    let mut line = Vec::new();
    from.read_until(b'\n', &mut line).context("cannot read a chunk's line")?;
    if line.last() != Some(&b'\n') {
        bail!("a chunked body ended too early");
    }
    to.write_all(&line).context("cannot pass a chunk on")?;
    Ok(String::from_utf8_lossy(&line).trim_end().to_owned())
}

fn copy_exactly(length: u64, from: &mut impl BufRead, to: &mut impl Write) -> Result<()> {
    let copied = std::io::copy(&mut from.take(length), to).context("cannot copy a body")?;
    if copied < length {
        bail!("a body of {length} bytes ended after {copied}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copied(framing: Framing, text: &[u8]) -> Result<(Vec<u8>, Vec<u8>)> {
        let (mut from, mut to) = (text, Vec::new());
        copy_body(framing, &mut from, &mut to)?;
        Ok((to, from.to_vec()))
    }

    #[test]
    fn a_body_is_copied_up_to_its_end_and_no_further() {
        let (body, rest) = copied(Framing::Length(3), b"abcNEXT").unwrap();
        assert_eq!((body.as_slice(), rest.as_slice()), (&b"abc"[..], &b"NEXT"[..]));
        let chunks = b"3;x=y\r\nabc\r\n0\r\nTrailer: t\r\n\r\nNEXT";
        let (body, rest) = copied(Framing::Chunked, chunks).unwrap();
        assert_eq!((body.as_slice(), rest.as_slice()), (&chunks[..chunks.len() - 4], &b"NEXT"[..]));
    }

    #[test]
    fn a_body_that_ends_early_is_an_error() {
        assert!(copied(Framing::Length(9), b"abc").is_err());
        assert!(copied(Framing::Chunked, b"9\r\nabc").is_err());
        assert!(copied(Framing::Chunked, b"0\r\n").is_err());
    }

    #[test]
    fn some_responses_never_have_a_body() {
        let text = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
        let head = Head::read(&mut &text[..]).unwrap().unwrap();
        assert_eq!(Framing::of_response(&head, "HEAD").unwrap(), Framing::Empty);
        assert_eq!(Framing::of_response(&head, "GET").unwrap(), Framing::Length(5));
    }
}
