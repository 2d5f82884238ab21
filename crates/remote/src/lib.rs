//! Remotes behind the engine's `Remote` trait: local directories, S3, and every other kind through rclone.

pub mod config;
pub mod crypt;
pub mod local;
pub mod naming;
pub mod open;
pub mod rclone;
pub mod s3;
pub mod transport;

pub use transport::install_tls;
