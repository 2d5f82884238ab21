//! The encryption of the scenarios that have one: the same for all, as rclone does it when nothing else is asked for.

use anyhow::Result;
use podfs_testkit::servers::{Params, obscure};

/// Opens nothing but what a benchmark makes and throws away.
const PASSWORD: &str = "kept out of arguments all the same";

/// What all encrypted remotes have in common.
#[derive(Debug)]
pub(crate) struct Encryption {
    password: String,
}

impl Encryption {
    /// Obscures the password, which is how rclone's configuration wants it.
    pub(crate) fn new() -> Result<Self> {
        Ok(Self { password: obscure(PASSWORD)? })
    }

    /// rclone's keys of an encrypted remote that lies in `remote`.
    pub(crate) fn params(&self, remote: String) -> Params {
        let keys = [
            ("type", "crypt".to_owned()),
            ("remote", remote),
            ("password", self.password.clone()),
            ("filename_encryption", "standard".to_owned()),
        ];
        keys.map(|(key, value)| (key.to_owned(), value)).into()
    }
}
