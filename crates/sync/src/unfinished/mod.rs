//! Large files that a restore did not finish, so that the next one goes on with them.
//!
//! While a large file comes in pieces, its beginning is hashed, brought to disk and noted in the state directory now and then.
//! A note is believed only for the very object that it was made for, and only when the temporary file that it names is that
//! very file and its beginning has that hash. Else the file begins anew.

mod notes;
mod progress;
mod written;

#[cfg(feature = "fuzzing")]
pub use notes::fuzz;
pub(crate) use notes::{Keeping, Note, Unfinished};
pub(crate) use progress::{Progress, hash_of_start};
