//! The two syncs: prepares the process and runs the order.

use std::time::Duration;

use crate::cli::Format;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::limits;
use crate::output::{Console, Record, print_failure};
use crate::run::{self, Order};

/// A call of the system that hangs (a network file system that is away) must not keep the process.
const PATIENCE_AT_EXIT: Duration = Duration::from_secs(2);

/// Runs an order, if there is one, and tells what went wrong in `format`.
pub(super) fn order_and_run(order: Result<Order, Failure>, format: Format) -> Exit {
    order.map_or_else(
        |failure| {
            let outcome = Record::early(format).finish(Err(failure));
            outcome.unwrap_or_else(|failure| {
                print_failure(&failure);
                failure.exit
            })
        },
        run,
    )
}

/// Runs an order and tells what went wrong.
fn run(order: Order) -> Exit {
    let console = Console::new(&order);
    run_with(order, console.clone()).unwrap_or_else(|failure| {
        console.failure(&failure);
        failure.exit
    })
}

fn run_with(order: Order, console: Console) -> Result<Exit, Failure> {
    limits::raise_open_files();
    // A provider that is installed already is just as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    // One thread: work that blocks or computes long is done off it, and passing small files from thread to thread
    // costs more than a second one brings.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::unexpected(format!("cannot start the runtime: {error}")))?;
    let outcome = runtime.block_on(Box::pin(run::start(order, console)));
    runtime.shutdown_timeout(PATIENCE_AT_EXIT);
    outcome
}
