//! Real servers as guards: started on free ports, gone when the guard or the test process goes.

mod ports;
pub(crate) mod process;
mod rclone;
mod s3;
pub(crate) mod scratch;
mod shared;
mod sign;
mod sockets;
pub(crate) mod spawner;

pub use ports::Port;
pub use process::ServerProcess;
pub use rclone::{RcloneServer, obscure, rclone};
pub use s3::{S3Server, s3_request};
pub use shared::SharedFolder;
pub use sockets::sweep as sweep_sockets;
pub use spawner::spawn;

/// The keys of an rclone section that describes a server.
pub type Params = Vec<(String, String)>;

/// The same keys as the environment variables `PREFIX_<KEY>`, for example with `REMOTE` as the prefix.
pub fn as_env(prefix: &str, params: &Params) -> Params {
    params.iter().map(|(key, value)| (format!("{prefix}_{}", key.to_uppercase()), value.clone())).collect()
}

fn params<const N: usize>(pairs: [(&str, String); N]) -> Params {
    pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}
