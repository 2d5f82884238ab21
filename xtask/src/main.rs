//! Generated files, test set-up and other chores of the project.

fn main() {}
