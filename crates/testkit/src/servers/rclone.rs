//! The servers that rclone brings along: a folder behind SFTP, WebDAV, FTP or S3.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::process::{Start, retry_on_taken_port};
use super::scratch::Scratch;
use super::{Params, Port, ServerProcess, params};
use crate::tools::RCLONE;

const USER: &str = "podfs-test-user";
const PASSWORD: &str = "podfs-test-password";

/// A folder behind a network protocol; gone when dropped, the folder stays.
#[derive(Debug)]
pub struct RcloneServer {
    // Dropped first: the process must be gone before its folder is.
    process: ServerProcess,
    address: SocketAddr,
    _port: Port,
    protocol: Protocol,
    _scratch: Scratch,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Protocol {
    Sftp,
    WebDav,
    Ftp,
    S3,
}

impl RcloneServer {
    /// Serves a folder over SFTP.
    pub fn sftp(dir: &Path) -> Result<Self> {
        Self::start(Protocol::Sftp, dir)
    }

    /// Serves a folder over WebDAV.
    pub fn webdav(dir: &Path) -> Result<Self> {
        Self::start(Protocol::WebDav, dir)
    }

    /// The same at another address of this machine, where Pods can reach it too.
    pub fn webdav_at(address: IpAddr, dir: &Path) -> Result<Self> {
        retry_on_taken_port(|| Self::try_start(Protocol::WebDav, address, dir))
    }

    /// Serves a folder over FTP.
    pub fn ftp(dir: &Path) -> Result<Self> {
        Self::start(Protocol::Ftp, dir)
    }

    /// Serves a folder over S3; each folder directly inside is a bucket.
    pub fn s3(dir: &Path) -> Result<Self> {
        Self::start(Protocol::S3, dir)
    }

    fn start(protocol: Protocol, dir: &Path) -> Result<Self> {
        retry_on_taken_port(|| Self::try_start(protocol, Ipv4Addr::LOCALHOST.into(), dir))
    }

    fn try_start(protocol: Protocol, address: IpAddr, dir: &Path) -> Result<Option<Self>> {
        let (scratch, port) = (Scratch::new()?, Port::lease()?);
        let to = SocketAddr::new(address, port.number());
        let mut command = rclone()?;
        command.env("HOME", scratch.folder("home")?).env("RCLONE_CACHE_DIR", scratch.folder("cache")?);
        command.args(["serve", protocol.name()]).arg(dir).arg(format!("--addr={to}"));
        // What a test changes in the folder behind the server's back shows at once.
        // Short, so that the served folder is nearly always current; not 0, with which rclone spins.
        command.arg("--dir-cache-time=10ms");
        protocol.pass_credentials(&mut command);
        Ok(match ServerProcess::start("rclone serve", command, &scratch, || protocol.answers(to))? {
            Start::Ready(process) => {
                Some(Self { process, address: to, _port: port, protocol, _scratch: scratch })
            }
            Start::PortTaken => None,
        })
    }

    /// Where the server listens.
    pub fn addr(&self) -> SocketAddr {
        self.address
    }

    /// The user, or access key, that the server lets in.
    pub fn user(&self) -> &'static str {
        USER
    }

    /// The password, or secret key, that belongs to it.
    pub fn password(&self) -> &'static str {
        PASSWORD
    }

    /// The server's process, for its log and for killing it.
    pub fn process(&mut self) -> &mut ServerProcess {
        &mut self.process
    }

    /// The keys of an rclone section for this server.
    pub fn params(&self) -> Result<Params> {
        let url = format!("http://{}", self.addr());
        Ok(match self.protocol {
            Protocol::Sftp | Protocol::Ftp => params([
                ("type", self.protocol.name().to_owned()),
                ("host", self.addr().ip().to_string()),
                ("port", self.addr().port().to_string()),
                ("user", USER.to_owned()),
                ("pass", obscure(PASSWORD)?),
            ]),
            Protocol::WebDav => params([
                ("type", "webdav".to_owned()),
                ("url", url),
                ("vendor", "rclone".to_owned()),
                ("user", USER.to_owned()),
                ("pass", obscure(PASSWORD)?),
            ]),
            Protocol::S3 => params([
                ("type", "s3".to_owned()),
                ("provider", "Rclone".to_owned()),
                ("access_key_id", USER.to_owned()),
                ("secret_access_key", PASSWORD.to_owned()),
                ("endpoint", url),
            ]),
        })
    }
}

impl Protocol {
    fn name(self) -> &'static str {
        match self {
            Self::Sftp => "sftp",
            Self::WebDav => "webdav",
            Self::Ftp => "ftp",
            Self::S3 => "s3",
        }
    }

    /// By environment, so that no process list shows them.
    fn pass_credentials(self, command: &mut Command) {
        if self == Self::S3 {
            // rclone reads this one as CSV, and the pair itself holds the comma.
            command.env("RCLONE_AUTH_KEY", format!("\"{USER},{PASSWORD}\""));
        } else {
            command.env("RCLONE_USER", USER).env("RCLONE_PASS", PASSWORD);
        }
    }

    fn answers(self, to: SocketAddr) -> bool {
        let Ok(stream) = TcpStream::connect(to) else { return false };
        // SFTP and FTP servers greet first; the HTTP ones are up once they accept.
        matches!(self, Self::WebDav | Self::S3) || greets(&stream).unwrap_or(false)
    }
}

fn greets(stream: &TcpStream) -> Result<bool> {
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut line = Vec::new();
    Ok(BufReader::new(stream).read_until(b'\n', &mut line)? > 0)
}

/// A password in the form that rclone's config files hold. Each is asked for once.
pub fn obscure(password: &str) -> Result<String> {
    static OBSCURED: Mutex<BTreeMap<String, String>> = Mutex::new(BTreeMap::new());
    let mut obscured = OBSCURED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = obscured.get(password) {
        return Ok(known.clone());
    }
    let new = obscure_anew(password)?;
    obscured.insert(password.to_owned(), new.clone());
    Ok(new)
}

fn obscure_anew(password: &str) -> Result<String> {
    let mut command = rclone()?;
    command.args(["obscure", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().context("cannot run rclone")?;
    child.stdin.take().context("rclone takes no input")?.write_all(password.as_bytes())?;
    let output = child.wait_with_output()?;
    if !output.status.success() {
        bail!("rclone obscure failed with {}", output.status);
    }
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

/// rclone without this machine's settings: no config file, none of its variables.
pub fn rclone() -> Result<Command> {
    let mut command = RCLONE.command()?;
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("RCLONE_")) {
        command.env_remove(name);
    }
    command.env("RCLONE_CONFIG", "/dev/null");
    Ok(command)
}
