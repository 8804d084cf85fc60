//! `exward catalog`: show, verify, import.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use exward_core::assess::SupportState;
use exward_core::catalog::{CATALOG_AGE_WARNING_DAYS, Catalog, Facts};
use exward_core::product::PRODUCTS;
use exward_read::catalog::{CveRecord, FILES, built_in_texts, import, write};
use jiff::civil::Date;

use crate::error::{CommandError, INPUT_NOT_READ};
use crate::output::{self, Sink};
use crate::plain;

/// Show, check and extend what exward knows about Exchange builds and CVEs
#[derive(Args, Debug)]
pub(crate) struct CatalogArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Show what the catalog holds and as of when
    Show,
    /// Check the whole catalog and name every problem with file and line
    Verify,
    /// Merge CVE List v5 records and write the extended catalog into a directory
    ///
    /// A `lessThan` counts within its own CU only; what contradicts the table of builds is refused
    /// with the reason. Review the result with a diff, move `as_of`, then use it with --catalog.
    /// Exit code 1 if something was refused, 4 if a file could not be read.
    Import(ImportArgs),
}

#[derive(Args, Debug)]
struct ImportArgs {
    /// CVE records (JSON)
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Write the extended catalog here; without it nothing is written
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Runs the command; gives the exit code.
pub(super) fn run(dir: Option<&Path>, today: Date, args: &CatalogArgs) -> Result<u8, CommandError> {
    let catalog = super::load(dir)?;
    match &args.action {
        Action::Show => show(&catalog, today),
        Action::Verify => print(&format!("no problem found; {}\n", counts(&catalog))).map(|()| 0),
        Action::Import(args) => import_records(dir, &catalog, args),
    }
}

fn print(text: &str) -> Result<(), CommandError> {
    let mut sink = Sink::open(None)?;
    let written = sink.writer().write_all(text.as_bytes());
    written.map_err(|source| sink.error(source))?;
    sink.close()
}

fn counts(catalog: &Catalog) -> String {
    let facts = catalog.facts();
    let fixes: usize = facts.advisories.iter().map(|it| it.fixes.len()).sum();
    let kev = facts.advisories.iter().filter(|it| it.kev.is_some()).count();
    format!(
        "{} builds, {} CVEs and advisories with {fixes} fixes, {kev} known exploited",
        facts.releases.len(),
        facts.advisories.len()
    )
}

fn show(catalog: &Catalog, today: Date) -> Result<u8, CommandError> {
    let mut text = format!("Catalog as of {}: {}\n", catalog.as_of(), counts(catalog));
    for product in PRODUCTS.into_iter().filter(|it| !it.is_legacy()) {
        let Some(newest) = catalog.newest_line(product).and_then(|it| catalog.release(it.newest()))
        else {
            continue;
        };
        let support = exward_core::assess::support(catalog, product, Some(newest.cu), today);
        let until = support.until.map_or_else(String::new, |until| format!(" ({until})"));
        let state = match support.state {
            SupportState::Supported => "supported",
            SupportState::Esu => "updates for ESU customers only",
            SupportState::Ended => "out of support",
        };
        let _infallible = writeln!(
            text,
            "  {product:<5} newest {} {} {}, {}{until}",
            newest.cu,
            newest.level(),
            newest.build,
            state
        );
    }
    let age = catalog.age_days(today);
    if age > CATALOG_AGE_WARNING_DAYS {
        let _infallible =
            writeln!(text, "It is {age} days old: newer updates and CVEs are missing.");
    }
    print(&text)?;
    Ok(0)
}

fn import_records(
    dir: Option<&Path>,
    catalog: &Catalog,
    args: &ImportArgs,
) -> Result<u8, CommandError> {
    let mut import = Import::into(catalog.facts().clone());
    for path in &args.files {
        import.file(path);
    }
    match &args.out {
        Some(_) if import.records == 0 => import.say("nothing written: no record could be read"),
        Some(out) => {
            write_catalog(dir, &import.facts, out)?;
            import.say(&format!("written to {}", out.display()));
        }
        None => {}
    }
    print(&import.text)?;
    if import.refused {
        output::warn(
            "something was refused: the catalog may call a CU fixed that is not; review it",
        );
    }
    Ok(if import.not_read { INPUT_NOT_READ } else { u8::from(import.refused) })
}

/// The catalog as records are merged into it, and what there is to say about them.
struct Import {
    facts: Facts,
    text: String,
    records: usize,
    refused: bool,
    not_read: bool,
}

impl Import {
    const fn into(facts: Facts) -> Self {
        Self { facts, text: String::new(), records: 0, refused: false, not_read: false }
    }

    /// Merges one record. A file that cannot be read is named, and the rest goes on.
    fn file(&mut self, path: &Path) {
        let bytes = fs::read(path).map_err(|error| error.to_string());
        match bytes.and_then(|it| CveRecord::read(&it).map_err(|error| error.to_string())) {
            Ok(record) => {
                let outcome = import(&mut self.facts, &record);
                self.records = self.records.saturating_add(1);
                self.refused |= !outcome.refused.is_empty();
                outcome.to_string().lines().for_each(|line| self.say(line));
            }
            Err(why) => {
                self.not_read = true;
                self.say(&format!("{}: not read: {why}", path.display()));
            }
        }
    }

    fn say(&mut self, line: &str) {
        let _infallible = writeln!(self.text, "{}", plain::line(line));
    }
}

/// Writes every file of the catalog; `catalog.toml` keeps its comments and sources.
fn write_catalog(dir: Option<&Path>, facts: &Facts, out: &Path) -> Result<(), CommandError> {
    let failed =
        |path: &Path, source| CommandError::Write { what: path.display().to_string(), source };
    fs::create_dir_all(out).map_err(|source| failed(out, source))?;
    for (name, text) in write(facts) {
        let text = if FILES.first() == Some(&name) { head(dir, name)? } else { text };
        let path = out.join(name);
        fs::write(&path, text).map_err(|source| failed(&path, source))?;
    }
    Ok(())
}

/// `catalog.toml` as it stands: an import moves no date.
fn head(dir: Option<&Path>, name: &str) -> Result<String, CommandError> {
    match dir {
        None => Ok(built_in_texts().first().copied().unwrap_or_default().to_owned()),
        Some(dir) => {
            let path = dir.join(name);
            fs::read_to_string(&path).map_err(|source| CommandError::Read { path, source })
        }
    }
}
