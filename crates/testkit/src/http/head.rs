//! The head of an HTTP message, kept byte for byte so that it can be passed on untouched.

use std::io::BufRead;

use anyhow::{Context, Result, bail};

/// A head longer than this is an error, not a reason to use up memory.
const LONGEST: usize = 256 * 1024;

/// First line and headers of a request or a response.
#[derive(Debug, Clone)]
pub(crate) struct Head {
    /// Everything up to and including the empty line, as it came.
    pub(crate) raw: Vec<u8>,
    /// The first line, without its line end.
    pub(crate) first_line: String,
    headers: Vec<(String, String)>,
}

impl Head {
    /// Reads one head; `None` when the stream ends before its first byte.
    pub(crate) fn read(from: &mut impl BufRead) -> Result<Option<Self>> {
        let mut raw = Vec::new();
        let mut lines = Vec::new();
        loop {
            let start = raw.len();
            let count = from.read_until(b'\n', &mut raw).context("cannot read an HTTP head")?;
            if count == 0 && raw.is_empty() {
                return Ok(None);
            }
            if count == 0 || raw.len() > LONGEST {
                bail!("an HTTP head ended too early or is longer than {LONGEST} bytes");
            }
            let line = String::from_utf8_lossy(raw.get(start..).unwrap_or_default()).trim_end().to_owned();
            if line.is_empty() {
                break;
            }
            lines.push(line);
        }
        let mut lines = lines.into_iter();
        let first_line = lines.next().context("an HTTP head has no first line")?;
        let headers = lines.filter_map(|line| split_header(&line)).collect();
        Ok(Some(Self { raw, first_line, headers }))
    }

    /// A word of the first line: method, target, version or version, status.
    pub(crate) fn word(&self, index: usize) -> &str {
        self.first_line.split(' ').nth(index).unwrap_or_default()
    }

    /// The status of a response.
    pub(crate) fn status(&self) -> Result<u16> {
        self.word(1).parse().with_context(|| format!("no HTTP status in {:?}", self.first_line))
    }

    /// The value of a header, by its name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Whether a header holds a word, in any case: `connection: Close`.
    pub(crate) fn says(&self, name: &str, word: &str) -> bool {
        self.header(name).is_some_and(|value| value.to_ascii_lowercase().contains(word))
    }

    /// Whether the sender will not use the connection again.
    pub(crate) fn closes(&self) -> bool {
        self.says("connection", "close") || self.first_line.contains("HTTP/1.0")
    }
}

fn split_header(line: &str) -> Option<(String, String)> {
    let (name, value) = line.split_once(':')?;
    Some((name.trim().to_ascii_lowercase(), value.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_kept_byte_for_byte() {
        let text = b"PUT /a%20b?x=1 HTTP/1.1\r\nHost:  here\r\nX-Odd:a:b\r\n\r\nbody";
        let mut from = &text[..];
        let head = Head::read(&mut from).unwrap().unwrap();
        assert_eq!(head.raw, text[..text.len() - 4]);
        assert_eq!(from, b"body");
        assert_eq!((head.word(0), head.word(1)), ("PUT", "/a%20b?x=1"));
        assert_eq!((head.header("host"), head.header("x-odd")), (Some("here"), Some("a:b")));
    }

    #[test]
    fn the_end_of_a_stream_is_not_a_head() {
        assert!(Head::read(&mut &b""[..]).unwrap().is_none());
        assert!(Head::read(&mut &b"GET / HTTP/1.1\r\nHos"[..]).is_err());
    }
}
