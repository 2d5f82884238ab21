//! The two syncs: prepares the process and runs the order.

use super::process;
use crate::cli::Format;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Console, Record, print_failure};
use crate::run::{self, Order};

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
    process::block_on(run::start(order, console))
}
