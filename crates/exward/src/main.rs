//! `exward`: the command line. Loads, asks the core, shows. No decisions of its own.

mod cache;
mod cli;
mod driving;
mod error;
mod evidence;
mod hunting;
mod input;
mod interrupt;
mod item;
mod judging;
mod keeping;
mod news;
mod output;
mod page;
mod plain;
mod probing;
mod progress;
mod serve;
mod work;

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut env = cli::Env::of_process();
    match cli::run(&mut env) {
        Ok(code) => ExitCode::from(code),
        Err(error) => error.show(),
    }
}
