//! `exward explain --setup-log`: why a setup or an update failed, and what to do.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use exward_read::limits::DOCUMENT_BYTES_MAX;
use exward_read::setup_log::{Kind, Outcome, SetupLog, read};
use serde::Serialize;

use crate::error::CommandError;
use crate::output::Sink;
use crate::plain;

/// What `--setup-log` brings to the command line.
#[derive(Args, Debug)]
pub(super) struct SetupLogArgs {
    /// Say why a setup failed: ExchangeSetup.log, or a log of `msiexec /l*v`; `-` for standard input
    #[arg(long, value_name = "FILE", conflicts_with = "what")]
    setup_log: Option<PathBuf>,
    /// Shape of the answer about a setup log
    #[arg(long, value_enum, default_value_t = Shape::Text, conflicts_with = "what")]
    format: Shape,
}

/// How the answer is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Shape {
    /// For people
    Text,
    /// One JSON object
    Json,
}

/// Answers about a setup log, if one was given; gives the exit code then.
///
/// # Errors
/// The file cannot be read, or the answer not written.
pub(super) fn run(args: &SetupLogArgs) -> Result<Option<u8>, CommandError> {
    let Some(path) = &args.setup_log else { return Ok(None) };
    let bytes = bytes(path).map_err(|source| CommandError::Read { path: path.clone(), source })?;
    let log = read(&bytes);
    let file = path.display().to_string();
    let answer = match args.format {
        Shape::Text => text(&file, &log),
        Shape::Json => json(&file, &log),
    };
    let mut sink = Sink::open(None)?;
    let written = sink.writer().write_all(answer.as_bytes());
    written.map_err(|source| sink.error(source))?;
    sink.close()?;
    Ok(Some(exit_code(&log)))
}

/// The whole file, or standard input for `-`.
fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    let input: Box<dyn Read> =
        if path == Path::new("-") { Box::new(io::stdin()) } else { Box::new(File::open(path)?) };
    let most = u64::try_from(DOCUMENT_BYTES_MAX).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    input.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() > DOCUMENT_BYTES_MAX {
        let why = format!("larger than {} MiB; give its end", DOCUMENT_BYTES_MAX >> 20);
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, why));
    }
    Ok(bytes)
}

/// 0 for a run that says it is done, 1 for a failure whose cause is known, 3 for all else.
fn exit_code(log: &SetupLog) -> u8 {
    match log.outcome {
        Outcome::Completed if !log.is_idle() => 0,
        Outcome::Failed if log.cause.is_some() => 1,
        Outcome::Completed | Outcome::Failed | Outcome::Unfinished => 3,
    }
}

/// The answer for people; every line of it is plain.
fn text(file: &str, log: &SetupLog) -> String {
    let mut lines = vec![format!("{file}: {}", log.title())];
    if log.kind != Kind::Other {
        lines.push(format!("  {}", run_line(log)));
    }
    if let Some(cause) = &log.cause {
        lines.push(format!("  {file}:{}: {}", cause.line, cause.excerpt));
        if let Some(detail) = &cause.detail {
            lines.push(format!("  {}: {detail}", cause.cause.detail_name()));
        }
        lines.push(format!("  cause: {}", cause.cause.name()));
    } else if let (Outcome::Failed, Some((line, error))) = (log.outcome, &log.last_error) {
        lines.push(format!("  {file}:{line}: {error}"));
    }
    match &log.cause {
        Some(it) => lines.push(format!("  What to do: {}", it.cause.remedy())),
        None => lines.push(format!("  What to do: {}", log.remedy())),
    }
    if !log.others.is_empty() {
        lines.push("  Also seen:".to_owned());
    }
    for other in &log.others {
        let (name, title) = (other.cause.name(), other.cause.title());
        lines.push(format!("    line {}: {title} ({name})", other.line));
    }
    lines.iter().fold(String::new(), |mut text, line| {
        let _infallible = writeln!(text, "{}", plain::line(line));
        text
    })
}

/// `failed: Exchange 2019 setup, build 15.2.1748.10, from … to … (the server's own time)`.
fn run_line(log: &SetupLog) -> String {
    let what = if log.kind == Kind::Installer { "Windows Installer" } else { "setup" };
    let mut line = match log.product {
        Some(product) => format!("{}: Exchange {product} {what}", log.outcome.name()),
        None => format!("{}: {what}", log.outcome.name()),
    };
    if let Some(build) = log.build {
        let _infallible = write!(line, ", build {build}");
    }
    if let (Some(from), Some(to)) = (log.from, log.to) {
        let _infallible = write!(line, ", from {from} to {to} (the server's own time)");
    }
    line
}

/// `exward.setuplog/1`; see docs/json.md.
#[derive(Serialize)]
struct Answer<'a> {
    schema: &'static str,
    file: String,
    cause: Option<String>,
    title: &'static str,
    remedy: String,
    line: Option<u64>,
    outcome: Option<&'static str>,
    product: Option<&'static str>,
    build: Option<String>,
    from: Option<String>,
    to: Option<String>,
    excerpt: Option<String>,
    others: Vec<Other<'a>>,
}

/// Something else that the run shows.
#[derive(Serialize)]
struct Other<'a> {
    cause: std::borrow::Cow<'a, str>,
    line: u64,
}

fn json(file: &str, log: &SetupLog) -> String {
    let seen = match &log.cause {
        Some(it) => Some((it.line, it.excerpt.as_str())),
        None => log.last_error.as_ref().map(|(line, text)| (*line, text.as_str())),
    };
    // A run that says it is done has no line that would explain a failure.
    let seen = seen.filter(|_| log.outcome != Outcome::Completed);
    let answer = Answer {
        schema: "exward.setuplog/1",
        file: plain::line(file).into_owned(),
        cause: log.cause_name().map(std::borrow::Cow::into_owned),
        title: log.title(),
        remedy: plain::line(&log.remedy()).into_owned(),
        line: seen.map(|(line, _)| line),
        outcome: (log.kind != Kind::Other).then(|| log.outcome.name()),
        product: log.product.map(exward_core::product::Product::name),
        build: log.build.map(|it| it.to_string()),
        from: log.from.map(|it| it.to_string()),
        to: log.to.map(|it| it.to_string()),
        excerpt: seen.map(|(_, text)| plain::line(text).into_owned()),
        others: log
            .others
            .iter()
            .map(|it| Other { cause: it.cause.name(), line: it.line })
            .collect(),
    };
    // Text and numbers always become JSON.
    let mut line = serde_json::to_string(&answer).unwrap_or_default();
    line.push('\n');
    line
}
