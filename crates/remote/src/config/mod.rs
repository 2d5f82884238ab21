//! rclone.conf: read as rclone reads it, rendered from the environment and flags, and taken apart for the S3 engine.

mod environment;
mod error;
mod file;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod kubernetes;
mod leftovers;
mod parse;
mod s3_keys;
mod s3_providers;
mod s3_reader;
mod s3_rules;
mod secret;
mod section;
mod target;
mod text;
mod values;

pub use environment::{Rendered, overrides_of_rclone, render};
pub use error::ConfigError;
pub use file::{load, save};
pub use kubernetes::is_service_variable;
pub use parse::parse;
pub use s3_keys::S3Settings;
pub use s3_providers::{Provider, Quirks};
pub use s3_reader::NativeRefusal;
pub use secret::Secret;
pub use section::{ENCRYPTED, REMOTE, RcloneConfig, Section};
pub use target::Target;
pub use values::{ValueError, parse_bool, parse_size, parse_tristate};
