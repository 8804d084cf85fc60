//! `exward completions` and `exward man`: made from the same definitions as the help.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::Cli;
use crate::error::CommandError;

/// Print shell completions
///
/// For example: exward completions bash > /etc/bash_completion.d/exward
#[derive(Args, Debug)]
pub(crate) struct CompletionsArgs {
    /// The shell to complete for
    shell: Shell,
}

/// Print the manual page, or write one page per command
#[derive(Args, Debug)]
pub(crate) struct ManArgs {
    /// Write exward.1, exward-check.1, … into this directory
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub(super) fn completions(args: &CompletionsArgs) -> Result<u8, CommandError> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "exward", &mut text);
    to_stdout(&text)
}

pub(super) fn man(args: &ManArgs) -> Result<u8, CommandError> {
    match &args.out {
        None => {
            let mut text = Vec::new();
            let render = clap_mangen::Man::new(Cli::command()).render(&mut text);
            render.map_err(|source| writing("the manual page", source))?;
            to_stdout(&text)
        }
        Some(dir) => {
            let pages = clap_mangen::generate_to(Cli::command(), dir);
            pages.map_err(|source| writing(&dir.display().to_string(), source))?;
            Ok(0)
        }
    }
}

fn to_stdout(text: &[u8]) -> Result<u8, CommandError> {
    io::stdout().write_all(text).map_err(|source| writing("standard output", source))?;
    Ok(0)
}

fn writing(what: &str, source: io::Error) -> CommandError {
    CommandError::Write { what: what.to_owned(), source }
}
