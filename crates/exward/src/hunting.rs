//! Wires a hunt: rules, evidence, answer. `hunt` and `check --hunt` share it.

use std::path::{Path, PathBuf};

use clap::Args;
use exward_hunt::{Evidence as File, Examined, Hunter, ReadSeek, RefusedRule};
use exward_read::Skipped;
use jiff::Timestamp;

use crate::error::CommandError;
use crate::evidence::{self, Evidence, Examine};
use crate::{input, interrupt};

/// Largest file of rules.
const RULES_BYTES_MAX: usize = 8 << 20;

/// Threads, unless asked for more.
const JOBS_MAX: usize = 8;

/// What `hunt` and `check --hunt` both take.
#[derive(Args, Debug)]
pub(crate) struct HuntingArgs {
    /// Also use the Sigma rules (.yml, .yaml) in this file or folder
    #[arg(long, value_name = "DIR")]
    pub(crate) rules: Vec<PathBuf>,
    /// Also use the YARA rules (.yar, .yara) in this file or folder, on web files
    #[arg(long, value_name = "DIR")]
    pub(crate) yara: Vec<PathBuf>,
    /// Read so many files at a time (default: one per core, at most 8)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) jobs: Option<u16>,
}

/// What reading for a hunt gave.
pub(crate) struct Hunted {
    pub(crate) examined: Examined,
    /// True if a path could not be read, or nothing in them.
    pub(crate) not_read: bool,
    /// Files and folders that were there and could not be read.
    pub(crate) unread: u64,
    /// Files that were not looked at, because of Ctrl-C; `None` if there was none.
    pub(crate) left: Option<usize>,
}

/// Reads these paths, looking for traces.
///
/// # Errors
/// A file of rules cannot be read.
pub(crate) fn hunt(args: &HuntingArgs, paths: &[PathBuf]) -> Result<Hunted, CommandError> {
    let rules = texts(&args.rules, &["yml", "yaml"])?;
    let yara = texts(&args.yara, &["yar", "yara"])?;
    let (hunter, refused) = Hunter::new(&rules, &yara);
    let Evidence { mut examined, not_read, unread, left } =
        evidence::read(&hunter, paths, jobs(args));
    for RefusedRule { file, why, .. } in refused {
        let skipped = (file, Skipped::whole(format!("rule not used: {why}")));
        examined.absorb(Examined { skipped: vec![skipped], ..Examined::default() });
    }
    let nothing = examined.coverage.iter().all(|it| it.records == 0);
    let left = interrupt::asked().then_some(left);
    Ok(Hunted { examined, not_read: not_read || nothing, unread, left })
}

fn jobs(args: &HuntingArgs) -> usize {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    args.jobs.map_or(cores.min(JOBS_MAX), usize::from)
}

/// Name and text of every file of rules.
fn texts(paths: &[PathBuf], endings: &[&str]) -> Result<Vec<(String, String)>, CommandError> {
    let mut texts = Vec::new();
    for path in paths {
        let failed = |source| CommandError::Read { path: path.clone(), source };
        let files = evidence::rule_files(path, endings).map_err(failed)?;
        if files.is_empty() {
            return Err(no_rules(path, endings));
        }
        for file in files {
            texts.push((file.display().to_string(), input::whole(&file, RULES_BYTES_MAX)?));
        }
    }
    Ok(texts)
}

fn no_rules(path: &Path, endings: &[&str]) -> CommandError {
    CommandError::Usage {
        what: format!("no rules in {}", crate::plain::line(&path.display().to_string())),
        help: format!("rules are files that end in .{}", endings.join(" or .")),
    }
}

impl Examine for Hunter {
    fn examine(
        &self,
        name: &str,
        input: &mut dyn ReadSeek,
        modified: Option<Timestamp>,
        progress: &dyn Fn(u64),
    ) -> Examined {
        let mut input = input;
        Self::examine(self, File { name, input: &mut input, modified }, &|bytes| {
            progress(bytes);
            !interrupt::asked()
        })
    }
}
