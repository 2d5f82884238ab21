//! A real S3 server: SeaweedFS in one process, with its data in a folder of its own.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, Result, anyhow, bail};

use super::process::{Start, retry_on_taken_port};
use super::scratch::Scratch;
use super::sign::signed_headers;
use super::{Params, Port, ServerProcess, params, sockets};
use crate::http::{self, Response};
use crate::tools::WEED;

const ACCESS_KEY: &str = "podfs-test-access";
const SECRET_KEY: &str = "podfs-test-secret";
/// Made by the server itself while it starts; being able to write to it is what we call ready.
const FIRST_BUCKET: &str = "ready";

/// A running S3 server; gone when dropped.
#[derive(Debug)]
pub struct S3Server {
    // Dropped first: the process must be gone before its folder is.
    process: ServerProcess,
    ports: Ports,
    buckets: AtomicU32,
    _scratch: Scratch,
}

impl S3Server {
    /// Starts a server of the test's own.
    pub fn start() -> Result<Self> {
        Self::start_at(Ipv4Addr::LOCALHOST.into())
    }

    /// Starts one at another address of this machine, where Pods can reach it too.
    pub fn start_at(address: IpAddr) -> Result<Self> {
        sockets::sweep();
        retry_on_taken_port(|| Self::try_start(address))
    }

    /// The server that all tests of this process share: take it unless the test stops or breaks its server.
    pub fn shared() -> Result<&'static Self> {
        static SHARED: OnceLock<Result<S3Server>> = OnceLock::new();
        SHARED.get_or_init(Self::start).as_ref().map_err(|error| anyhow!("no shared S3 server: {error:#}"))
    }

    fn try_start(address: IpAddr) -> Result<Option<Self>> {
        let scratch = Scratch::new()?;
        let ports = Ports::lease(address)?;
        let mut command = WEED.command()?;
        command.env("AWS_ACCESS_KEY_ID", ACCESS_KEY).env("AWS_SECRET_ACCESS_KEY", SECRET_KEY);
        command.current_dir(scratch.folder("home")?).env("HOME", scratch.folder("home")?);
        command.args(["-logtostderr", "mini"]).arg(format!("-dir={}", scratch.folder("data")?.display()));
        ports.pass_to(&mut command);
        command.args(["-master.telemetry=false", "-webdav=false", "-admin.ui=false"]);
        command.arg(format!("-bucket={FIRST_BUCKET}"));
        let to = ports.s3_addr();
        Ok(match ServerProcess::start("weed mini", command, &scratch, || takes_an_object(to))? {
            Start::Ready(process) => {
                Some(Self { process, ports, buckets: AtomicU32::new(0), _scratch: scratch })
            }
            Start::PortTaken => None,
        })
    }

    /// Where the server listens, for a proxy in front of it.
    pub fn addr(&self) -> SocketAddr {
        self.ports.s3_addr()
    }

    /// The server's URL.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.addr())
    }

    /// The access key that the server accepts.
    pub fn access_key(&self) -> &'static str {
        ACCESS_KEY
    }

    /// The secret key that belongs to it.
    pub fn secret_key(&self) -> &'static str {
        SECRET_KEY
    }

    /// The server's process, for its log and for killing it.
    pub fn process(&mut self) -> &mut ServerProcess {
        &mut self.process
    }

    /// Makes a bucket that no other test has, and returns its name, which begins with `name`.
    pub fn create_bucket(&self, name: &str) -> Result<String> {
        let bucket = format!("{name}-{}", self.buckets.fetch_add(1, Ordering::Relaxed));
        let answer = self.request("PUT", &format!("/{bucket}"), b"")?;
        if answer.status != 200 {
            bail!("the bucket {bucket} was refused with {}: {}", answer.status, answer.text());
        }
        Ok(bucket)
    }

    /// Sends one signed request, so that a test can look behind the back of what it tests.
    ///
    /// `target` must be percent-encoded, with its query sorted by name and every name followed by `=`.
    pub fn request(&self, method: &str, target: &str, body: &[u8]) -> Result<Response> {
        s3_request(self.addr(), method, target, body)
    }

    /// The keys of an rclone section for this server.
    pub fn params(&self) -> Params {
        self.params_through(&self.endpoint())
    }

    /// The same for another way to the server, such as a proxy's endpoint.
    pub fn params_through(&self, endpoint: &str) -> Params {
        params([
            ("type", "s3".to_owned()),
            ("provider", "SeaweedFS".to_owned()),
            ("access_key_id", ACCESS_KEY.to_owned()),
            ("secret_access_key", SECRET_KEY.to_owned()),
            ("endpoint", endpoint.to_owned()),
            ("region", "us-east-1".to_owned()),
        ])
    }
}

/// Sends one signed request to an [`S3Server`] at this address, or to a proxy in front of one, as
/// [`request`](S3Server::request) does.
///
/// # Errors
/// When no answer comes. One that is a refusal is an answer.
pub fn s3_request(to: SocketAddr, method: &str, target: &str, body: &[u8]) -> Result<Response> {
    let headers = signed_headers((ACCESS_KEY, SECRET_KEY), &to.to_string(), method, target)?;
    http::send(to, method, target, &headers, body).with_context(|| format!("{method} {target}"))
}

/// The port answers before the volume behind it does, so only a stored object proves that all parts are up.
fn takes_an_object(to: SocketAddr) -> bool {
    let target = format!("/{FIRST_BUCKET}/probe");
    s3_request(to, "PUT", &target, b"probe").is_ok_and(|answer| answer.status == 200)
}

/// Every port that the server would otherwise choose by itself.
#[derive(Debug)]
struct Ports {
    address: IpAddr,
    s3: Port,
    others: Vec<(&'static str, Port)>,
}

impl Ports {
    fn lease(address: IpAddr) -> Result<Self> {
        const OTHERS: [&str; 9] = [
            "master.port",
            "master.port.grpc",
            "volume.port",
            "volume.port.grpc",
            "filer.port",
            "filer.port.grpc",
            "s3.port.grpc",
            "admin.port",
            "admin.port.grpc",
        ];
        let others = OTHERS.into_iter().map(|flag| Ok((flag, Port::lease()?))).collect::<Result<_>>()?;
        Ok(Self { address, s3: Port::lease()?, others })
    }

    fn s3_addr(&self) -> SocketAddr {
        (self.address, self.s3.number()).into()
    }

    fn pass_to(&self, command: &mut Command) {
        let address = self.address;
        command.arg(format!("-ip={address}")).arg(format!("-ip.bind={address}"));
        command.args(["-s3.port.iceberg=0", "-s3.port.lance=0"]);
        // By itself it takes as many as the free disk would hold if all were full, and answers 500 beyond.
        command.arg("-volume.max=2000");
        command.arg(format!("-s3.port={}", self.s3.number()));
        command.args(self.others.iter().map(|(flag, port)| format!("-{flag}={}", port.number())));
    }
}
