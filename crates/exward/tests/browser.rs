//! The pages of `exward serve` in a real Chromium, on a lab: `tests/browser/run.mjs` tells the story. Needs Node
//! and Chromium, and fetches playwright-core and axe-core as its lock file says.

use std::path::Path;
use std::process::Command;

#[test]
#[ignore = "needs Node and Chromium"]
fn pages_are_as_told_in_a_browser() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser");
    let run = |program: &str, args: &[&str]| {
        let ran = Command::new(program).args(args).current_dir(&dir).output().unwrap();
        let said = [ran.stdout, ran.stderr].concat();
        assert!(ran.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&said));
    };
    run("npm", &["ci", "--no-audit", "--no-fund"]);
    run("node", &["run.mjs", env!("CARGO_BIN_EXE_exward")]);
}
