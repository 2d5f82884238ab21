//! What a person, a script or a log sees.

mod console;
mod json;
mod logging;
mod progress;
mod record;
mod steps;
mod summary;
mod text;
mod verification;

pub(crate) use console::{Console, print_failure};
pub(crate) use logging::{start_logging, start_service_logging};
pub(crate) use progress::Progress;
pub(crate) use record::Record;
pub(crate) use verification::{print_verification, print_verification_failure};
