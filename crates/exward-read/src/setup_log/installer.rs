//! The verbose log of Windows Installer, as `msiexec /l*v` writes it for an update.
//!
//! Its dates are in the order of the server's region, so no time is drawn from it.

use exward_core::product::Product;

use super::cause::Cause;
use super::code::{CodeMeaning, installer_code};
use super::{Finding, Kind, Outcome, SetupLog};
use crate::record::kept;

/// Longest part of a line that is looked at.
const LINE_BYTES_MAX: usize = 16 << 10;

/// The last run of the text; `None` if it is no log of Windows Installer.
pub(super) fn read(text: &str) -> Option<SetupLog> {
    let mut log: Option<SetupLog> = None;
    let mut run = Run::default();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.get(..line.floor_char_boundary(LINE_BYTES_MAX)).unwrap_or(line);
        if line.starts_with("=== ") && line.contains("ogging started:") {
            log = Some(SetupLog::empty(Kind::Installer));
            run = Run::default();
        } else if log.is_none() && (line.starts_with("MSI (s) (") || line.starts_with("MSI (c) ("))
        {
            log = Some(SetupLog::empty(Kind::Installer));
        }
        if let Some(log) = &mut log {
            run.take(log, number, line);
        }
    }
    log.map(|log| run.finish(log))
}

/// What was said in a run so far.
#[derive(Default)]
struct Run {
    code: Option<(i64, u64, String)>,
    /// The first reason that is more than a code.
    reason: Option<Finding>,
    /// The step that failed, by name.
    step: Option<(String, u64, String)>,
}

impl Run {
    fn take(&mut self, log: &mut SetupLog, number: u64, line: &str) {
        if let Some(code) = exit_code(line) {
            self.code = Some((code, number, kept(line)));
        } else if let Some(cause) = reason(line) {
            let (excerpt, detail) = (kept(line), None);
            log.last_error = Some((number, excerpt.clone()));
            self.reason.get_or_insert(Finding { cause, line: number, excerpt, detail });
        } else if let Some(step) = failed_step(line) {
            log.last_error = Some((number, kept(line)));
            self.step.get_or_insert((kept(step), number, kept(line)));
        } else if log.product.is_none()
            && let Some((_, name)) = line.split_once("Microsoft Exchange Server ")
        {
            log.product = product(name);
        }
    }

    fn finish(self, mut log: SetupLog) -> SetupLog {
        let Some((code, line, excerpt)) = self.code else { return log };
        let meaning = installer_code(code);
        if meaning.claims_success() {
            log.outcome = Outcome::Completed;
            log.others.extend(self.reason);
            return log;
        }
        log.outcome = Outcome::Failed;
        let of_code = Finding { cause: Cause::of_code(meaning), line, excerpt, detail: None };
        log.cause = match (self.reason, self.step) {
            // A code that says what is wrong is the installer's last word.
            _ if !of_code.cause.is_general() => Some(of_code),
            (Some(reason), _) => Some(reason),
            (None, Some((step, line, excerpt))) if meaning == CodeMeaning::Fatal => {
                Some(Finding { cause: of_code.cause, line, excerpt, detail: Some(step) })
            }
            (None, _) if meaning == CodeMeaning::Fatal => Some(of_code),
            (None, _) => None,
        };
        log
    }
}

/// `MainEngineThread is returning 1603`, `…success or error status: 1603.`
fn exit_code(line: &str) -> Option<i64> {
    let marks = ["MainEngineThread is returning ", "uccess or error status: "];
    let rest = marks.iter().find_map(|mark| line.rsplit_once(mark)).map(|(_, rest)| rest)?;
    rest.trim().trim_end_matches('.').parse().ok()
}

/// A reason that the log names in words.
fn reason(line: &str) -> Option<Cause> {
    let lower = line.to_ascii_lowercase();
    let says = |phrase: &str| lower.contains(phrase);
    // `Failed to resolve source` alone stands in logs of good installations as well.
    if says("error 1706.") {
        Some(Cause::MsiSourceMissing)
    } else if says("error 1935.") {
        Some(Cause::Installer(CodeMeaning::AssemblyFailed))
    } else if says("upgrade patch cannot be installed") {
        Some(Cause::Installer(CodeMeaning::WrongCu))
    } else if says("not enough space on the disk") || says("error 1601.") {
        Some(Cause::DiskFull)
    } else {
        None
    }
}

/// The custom action that ended with an error.
fn failed_step(line: &str) -> Option<&str> {
    let (_, rest) = line.split_once("CustomAction ")?;
    rest.split_once(" returned actual error code ").map(|(name, _)| name)
}

fn product(name: &str) -> Option<Product> {
    if name.starts_with("Subscription Edition") {
        return Some(Product::Se);
    }
    name.get(..4)?.parse().ok()
}
