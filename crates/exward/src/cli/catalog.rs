//! `exward catalog`: show, verify, import.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use exward_core::assess::SupportState;
use exward_core::catalog::{CATALOG_AGE_WARNING_DAYS, Catalog};
use exward_core::product::PRODUCTS;
use exward_read::catalog::{CveRecord, FILES, built_in_texts, import, write};
use jiff::civil::Date;

use crate::error::CommandError;
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
    /// Exit code 1 if something was refused.
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
    let mut facts = catalog.facts().clone();
    let mut text = String::new();
    let mut refused = false;
    for path in &args.files {
        let bytes =
            fs::read(path).map_err(|source| CommandError::Read { path: path.clone(), source })?;
        match CveRecord::read(&bytes) {
            Ok(record) => {
                let outcome = import(&mut facts, &record);
                refused |= !outcome.refused.is_empty();
                for line in outcome.to_string().lines() {
                    let _infallible = writeln!(text, "{}", plain::line(line));
                }
            }
            Err(error) => {
                refused = true;
                let line = format!("{}: {error}", path.display());
                let _infallible = writeln!(text, "{}", plain::line(&line));
            }
        }
    }
    if let Some(out) = &args.out {
        write_catalog(dir, &facts, out)?;
        let _infallible = writeln!(text, "written to {}", plain::line(&out.display().to_string()));
    }
    print(&text)?;
    if refused {
        output::warn(
            "something was refused: the catalog may call a CU fixed that is not; review it",
        );
    }
    Ok(u8::from(refused))
}

/// Writes every file of the catalog; `catalog.toml` keeps its comments and sources.
fn write_catalog(
    dir: Option<&Path>,
    facts: &exward_core::catalog::Facts,
    out: &Path,
) -> Result<(), CommandError> {
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
