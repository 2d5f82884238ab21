//! Completions, manual pages and references that the program prints of itself.

use crate::program::{World, run};

#[test]
fn completions_know_the_commands() {
    for shell in ["bash", "zsh", "fish"] {
        let done = run(&mut World::new().command(&["completions", shell]));
        assert_eq!(done.code, Some(0));
        assert!(done.stdout.contains("remote-to-local-sync"), "{shell}");
    }
}

#[test]
fn the_manual_is_one_page_or_many() {
    let world = World::new();
    let page = run(&mut world.command(&["man"])).stdout;
    assert!(page.contains(".TH volume-syncing-controller 1"), "{page}");
    assert_eq!(run(&mut world.command(&["man", "--directory", "pages/man1"])).code, Some(0));
    for name in ["volume-syncing-controller.1", "volume-syncing-controller-sync-to-remote.1"] {
        assert!(world.path("pages/man1").join(name).exists(), "{name}");
    }
}

#[test]
fn references_are_the_same_in_every_environment() {
    let world = World::new();
    for document in ["cli", "environment", "resource", "resource-manifest"] {
        let plain = run(&mut world.command(&["reference", document]));
        let mut command = world.command(&["reference", document]);
        let other = run(command.env("CONFIG_PATH", "/x").env("COLUMNS", "40").env("LOG_LEVEL", "error"));
        assert_eq!((plain.code, &plain.stdout), (Some(0), &other.stdout));
    }
}
