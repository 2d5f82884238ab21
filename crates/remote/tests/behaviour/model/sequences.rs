//! The sequences themselves.
//!
//! `PODFS_MODEL_CASES` says how many of them, for long runs by hand.

use proptest::prelude::*;
use proptest::test_runner::{Config, FileFailurePersistence};

use super::operation::{Operation, operation};
use super::world::World;
use crate::place::Place;

/// Longest sequence.
const OPERATIONS: usize = 30;
/// Milliseconds after which the shortest failing sequence so far will do.
const SHRINKING: u32 = 120_000;

fn config(cases: u32) -> Config {
    let wanted = std::env::var("PODFS_MODEL_CASES").ok().and_then(|text| text.parse().ok());
    Config {
        cases: wanted.unwrap_or(cases),
        max_shrink_time: SHRINKING,
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("proptest-regressions"))),
        ..Config::default()
    }
}

fn sequence() -> impl Strategy<Value = Vec<Operation>> {
    prop::collection::vec(operation(), 1..OPERATIONS)
}

fn check(place: Place, operations: &[Operation]) -> Result<(), TestCaseError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let outcome: Result<(), String> = runtime.block_on(async {
        let mut world = World::new(place).await;
        for (at, operation) in operations.iter().enumerate() {
            world.run(operation).await.map_err(|wrong| format!("operation {at}, {operation:?}: {wrong}"))?;
        }
        world.settle().await.map_err(|wrong| format!("in the end: {wrong}"))
    });
    outcome.map_err(TestCaseError::fail)
}

proptest! {
    #![proptest_config(config(40))]

    #[test]
    fn whatever_happens_a_folder_is_what_the_model_says(operations in sequence()) {
        check(Place::Local, &operations)?;
    }
}

proptest! {
    #![proptest_config(config(15))]

    #[test]
    fn whatever_happens_a_bucket_is_what_the_model_says(operations in sequence()) {
        check(Place::S3, &operations)?;
    }
}

proptest! {
    #![proptest_config(config(20))]

    #[test]
    fn whatever_happens_an_encrypted_folder_is_what_the_model_says(operations in sequence()) {
        check(Place::LocalCrypt, &operations)?;
    }
}
