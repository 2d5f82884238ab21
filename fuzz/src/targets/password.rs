//! Passwords as rclone obscures them.

use podfs_remote::crypt::{Password, obscure};

use super::texts;
use crate::Target;

pub(super) const TARGET: Target = Target { name: "password", run, samples };

fn run(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let Ok(password) = Password::reveal(text) else { return };
    let again = obscure(&password).expect("there is randomness");
    assert_eq!(again.len(), text.len(), "the form has one length for each password");
    assert!(Password::reveal(&again) == Ok(password), "it is another password now");
}

fn samples() -> Vec<Vec<u8>> {
    texts(&["AAAAAAAAAAAAAAAAAAAAAAAAAAA", "TJDvWTAFOsSxCXGlNrZ0sRTcoHKt6y4", ""])
}
