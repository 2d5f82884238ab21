//! The parts of a large file by bare requests: what the server takes for them, with nothing of a sync around them.
//!
//! The file is read once and nothing is hashed, remembered or compared. So this is no way to sync, but the floor of all ways.

use std::env;
use std::fs::File;
use std::net::SocketAddr;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use anyhow::{Context, Result, anyhow, bail};
use podfs_testkit::Response;
use podfs_testkit::servers::s3_request;

use super::isolated;
use crate::input::LARGE;
use crate::job::Job;

/// The first argument that makes this program the uploader.
const UPLOAD: &str = "__bare-puts";
/// Bytes of a part, as they are by default with us and rclone.
const PART: u64 = 5 << 20;
/// Parts under way at once, likewise.
const AT_ONCE: usize = 4;

/// One upload of the large file.
pub(super) fn command(job: &Job<'_>) -> Result<Command> {
    let mut command = isolated(Command::new(env::current_exe()?), job);
    let address = job.param("endpoint").trim_start_matches("http://");
    command.args([UPLOAD, address, &format!("/{}/{LARGE}", job.remote)]).arg(job.local.join(LARGE));
    Ok(command)
}

/// One file on its way to one object.
#[derive(Debug)]
pub(crate) struct Upload {
    server: SocketAddr,
    target: String,
    file: PathBuf,
}

/// A part that the server has: its number, from 1, and its tag.
type Part = (u64, String);

/// The upload that this process was started for; none when a person started it.
pub(crate) fn upload() -> Option<Upload> {
    let mut args = env::args().skip(1);
    if args.next()? != UPLOAD {
        return None;
    }
    Some(Upload { server: args.next()?.parse().ok()?, target: args.next()?, file: args.next()?.into() })
}

impl Upload {
    /// Sends all parts and makes the object of them.
    pub(crate) fn run(&self) -> Result<()> {
        let file = File::open(&self.file).with_context(|| format!("cannot read {}", self.file.display()))?;
        let size = file.metadata()?.len();
        let begun = self.ask("POST", "uploads=", b"")?.text();
        let id = upload_id(&begun).with_context(|| format!("no upload in {begun}"))?;
        let next = AtomicU64::new(1);
        let mut parts: Vec<Part> = thread::scope(|scope| {
            let senders: Vec<_> =
                (0..AT_ONCE).map(|_| scope.spawn(|| self.send_parts(&file, size, id, &next))).collect();
            let sent =
                senders.into_iter().map(|sender| sender.join().map_err(|_| anyhow!("a sender failed"))?);
            sent.collect::<Result<Vec<_>>>()
        })?
        .concat();
        parts.sort_unstable();
        self.ask("POST", &format!("uploadId={id}"), list(&parts).as_bytes()).map(drop)
    }

    /// Sends parts until none is left.
    fn send_parts(&self, file: &File, size: u64, id: &str, next: &AtomicU64) -> Result<Vec<Part>> {
        let (mut parts, mut content) = (Vec::new(), Vec::new());
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let offset = (number - 1) * PART;
            if offset >= size {
                return Ok(parts);
            }
            content.resize(PART.min(size - offset) as usize, 0);
            file.read_exact_at(&mut content, offset).context("cannot read a part")?;
            let answer = self.ask("PUT", &format!("partNumber={number}&uploadId={id}"), &content)?;
            parts.push((number, answer.header("etag").context("a part without a tag")?.to_owned()));
        }
    }

    fn ask(&self, method: &str, query: &str, body: &[u8]) -> Result<Response> {
        let answer = s3_request(self.server, method, &format!("{}?{query}", self.target), body)?;
        if answer.status != 200 {
            bail!("{method} {query} was refused with {}: {}", answer.status, answer.text());
        }
        Ok(answer)
    }
}

fn upload_id(begun: &str) -> Option<&str> {
    Some(begun.split_once("<UploadId>")?.1.split_once("</UploadId>")?.0)
}

fn list(parts: &[Part]) -> String {
    let part =
        |(number, tag): &Part| format!("<Part><PartNumber>{number}</PartNumber><ETag>{tag}</ETag></Part>");
    let parts: String = parts.iter().map(part).collect();
    format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>")
}

#[cfg(test)]
mod tests {
    use podfs_testkit::servers::S3Server;

    use super::*;
    use crate::input::Input;

    #[test]
    fn the_object_is_the_file() {
        let server = S3Server::shared().unwrap();
        let bucket = server.create_bucket("bare").unwrap();
        let dir = tempfile::tempdir().unwrap();
        let input = Input::large(dir.path().join("large"), 12).unwrap();
        let (target, file) = (format!("/{bucket}/files/{LARGE}"), input.dir.join(LARGE));
        Upload { server: server.addr(), target: target.clone(), file: file.clone() }.run().unwrap();
        let stored = server.request("GET", &target, b"").unwrap();
        assert!(stored.body == std::fs::read(file).unwrap(), "{} bytes are on the server", stored.body.len());
    }
}
