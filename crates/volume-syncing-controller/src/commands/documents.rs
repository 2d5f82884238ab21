//! Commands that only print what is known already.

use std::io::{self, Write as _};

use crate::cli::Man;
use crate::exit::Exit;
use crate::failure::Failure;

/// Prints to standard output. Who reads with `| head` has read enough.
pub(super) fn print(bytes: &[u8]) -> Result<Exit, Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::unexpected(format!("cannot write to standard output: {error}")))
        }
        _ => Ok(Exit::Done),
    }
}

/// Prints the manual page or writes all of them.
pub(super) fn man(command: &Man) -> Result<Exit, Failure> {
    let page = command.render();
    print(&page.map_err(|error| Failure::unexpected(format!("cannot write the manual pages: {error}")))?)
}
