//! Wires a hunt: rules, evidence, answer. `hunt` and `check --hunt` share it.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use exward_hunt::verdict::{Known, summary};
use exward_hunt::{
    Evidence as File, Examined, HuntSummary, Hunter, ReadSeek, RefusedRule, RuleFile,
};
use exward_read::Skipped;
use jiff::Timestamp;

use crate::error::CommandError;
use crate::evidence::{self, Evidence, Examine};
use crate::{input, interrupt};

/// Largest file of rules.
const RULES_BYTES_MAX: usize = 8 << 20;

/// Endings of rules.
const SIGMA: [&str; 2] = ["yml", "yaml"];
const YARA: [&str; 2] = ["yar", "yara"];

/// Files of rules whose reason stands in an error.
const REASONS_SHOWN_MAX: usize = 10;

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
    /// Files of rules that were given and cannot be used.
    rules_refused: usize,
    /// What was not read because of Ctrl-C; `None` if there was none.
    pub(crate) left: Option<Left>,
}

/// What Ctrl-C kept from being read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Left {
    /// Files that were not looked at.
    pub(crate) files: usize,
    /// Files that were looked at only in part.
    pub(crate) in_part: usize,
}

/// Reads these paths, looking for traces.
///
/// # Errors
/// A file of rules cannot be read.
pub(crate) fn hunt(args: &HuntingArgs, paths: &[PathBuf]) -> Result<Hunted, CommandError> {
    let (rules, yara) = (texts(&args.rules, &SIGMA)?, texts(&args.yara, &YARA)?);
    let (hunter, refused) = Hunter::new(&rules.concat(), &yara.concat());
    let given = args.rules.iter().zip(&rules).chain(args.yara.iter().zip(&yara));
    for (path, files) in given {
        some_usable(path, files, &refused)?;
    }
    let rules_refused = refused.iter().filter(|it| !it.unserved).count();
    let Evidence { mut examined, not_read, unread, left, in_part } =
        evidence::read(&hunter, paths, jobs(args));
    for RefusedRule { file, why, .. } in refused {
        let skipped = (file, Skipped::whole(format!("rule not used: {why}")));
        examined.absorb(Examined { skipped: vec![skipped], ..Examined::default() });
    }
    let nothing = examined.coverage.iter().all(|it| it.records == 0);
    let left = interrupt::asked().then_some(Left { files: left, in_part });
    Ok(Hunted { examined, not_read: not_read || nothing, unread, rules_refused, left })
}

impl Hunted {
    /// The answer, which begins with what was asked for and not done.
    pub(crate) fn answer(&mut self, known: &Known) -> HuntSummary {
        let mut answer = summary(std::mem::take(&mut self.examined), known);
        let warning = match self.rules_refused {
            0 => return answer,
            1 => "one of your rule files was not used; the reason stands under what was skipped"
                .to_owned(),
            some => format!(
                "{some} of your rule files were not used; the reasons stand under what was skipped"
            ),
        };
        answer.reasons.insert(0, warning);
        answer
    }
}

/// Refuses to write a result over the evidence, or into it.
///
/// # Errors
/// `out` is one of the paths, or lies below one.
pub(crate) fn keep_apart(out: Option<&Path>, evidence: &[PathBuf]) -> Result<(), CommandError> {
    let Some(out) = out else { return Ok(()) };
    let places = [fs::canonicalize(out).ok(), own_place(out)];
    let is_in = |path: &PathBuf| {
        let roots = [fs::canonicalize(path).ok(), own_place(path)];
        let mut roots = roots.iter().flatten();
        roots.any(|root| places.iter().flatten().any(|it| it.starts_with(root)))
    };
    let Some(path) = evidence.iter().find(|it| is_in(it)) else { return Ok(()) };
    let shown = |path: &Path| crate::plain::line(&path.display().to_string()).into_owned();
    Err(CommandError::Usage {
        what: format!("--out {} would change the evidence {}", shown(out), shown(path)),
        help: "write the result somewhere else: evidence must stay as it was found".to_owned(),
    })
}

/// Where the name itself lies, whatever it links to.
fn own_place(path: &Path) -> Option<PathBuf> {
    let dir = path.parent().filter(|it| *it != Path::new("")).unwrap_or(Path::new("."));
    Some(fs::canonicalize(dir).ok()?.join(path.file_name()?))
}

fn jobs(args: &HuntingArgs) -> usize {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    args.jobs.map_or(cores.min(JOBS_MAX), usize::from)
}

/// Name and text of every file of rules, path by path.
fn texts(paths: &[PathBuf], endings: &[&str]) -> Result<Vec<Vec<RuleFile>>, CommandError> {
    let mut all = Vec::new();
    for path in paths {
        let failed = |source| CommandError::Read { path: path.clone(), source };
        let files = evidence::rule_files(path, endings).map_err(failed)?;
        if files.is_empty() {
            return Err(no_rules(path, endings));
        }
        let mut texts = Vec::new();
        for file in files {
            texts.push((file.display().to_string(), input::whole(&file, RULES_BYTES_MAX)?));
        }
        all.push(texts);
    }
    Ok(all)
}

/// Rules that somebody gave and that look for nothing would make a hunt that only seems to be done.
fn some_usable(
    path: &Path,
    files: &[RuleFile],
    refused: &[RefusedRule],
) -> Result<(), CommandError> {
    let reason = |(file, _): &RuleFile| {
        let of_file = refused.iter().find(|it| !it.unserved && it.file == *file)?;
        Some(format!("\n  {}", crate::plain::line(&format!("{file}: {}", of_file.why))))
    };
    let reasons: Vec<String> = files.iter().filter_map(reason).collect();
    if reasons.len() < files.len() {
        return Ok(());
    }
    let shown = reasons.iter().take(REASONS_SHOWN_MAX).map(String::as_str).collect::<String>();
    Err(CommandError::Usage {
        what: format!(
            "no rule in {} can be used:{shown}",
            crate::plain::line(&path.display().to_string())
        ),
        help: "put them right, or hunt without them: the built-in rules are always used".to_owned(),
    })
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
        progress: &dyn Fn(u64) -> bool,
    ) -> Examined {
        let mut input = input;
        Self::examine(self, File { name, input: &mut input, modified }, progress)
    }
}
