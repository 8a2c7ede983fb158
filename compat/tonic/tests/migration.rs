//! The example is run as its reader would.

use std::{env, process::Command};

#[test]
fn the_migration_example_runs_both_kinds_on_one_port() {
    let profile = env::current_exe().unwrap();
    let profile = profile.ancestors().nth(2).unwrap();
    let output = Command::new(profile.join("examples/migration")).output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success(),
        "{printed}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    for line in [
        "shop.v1.Orders is served on 127.0.0.1:",
        "shop.v1.Stock is served on 127.0.0.1:",
        "order 1 is sent",
        "refused: InvalidArgument, nothing to order",
        "books: 3",
        "books left: 0",
        "order 1 is placed",
    ] {
        assert!(printed.contains(line), "{line:?} is not in:\n{printed}");
    }
}
