//! Exchange's setup log (`C:\ExchangeSetupLogs\ExchangeSetup.log`) and the verbose log of Windows
//! Installer: why a setup or an update failed.
//!
//! # Invariants
//! * **S1 the last run only.** The file grows with every attempt; what an earlier one said changes
//!   nothing but the line numbers.
//! * **S2 no wrong cause.** What is not known is an unknown failure, with its last error shown.
//! * **S3 success is a claim.** The log says what setup thinks; the file version of `ExSetup.exe`
//!   is the proof.
//! * **S4 never fails whole, always bounded** (R1, R2): a file of any other kind is
//!   [`Kind::Other`].
//!
//! Sources: "Fix failed Exchange Server updates", Microsoft Learn; the behaviour of logs that
//! administrators published, of which no text is kept here.

mod cause;
mod code;
mod entries;
mod installer;
mod origin;
mod prerequisite;
mod recognise;
mod remedy;
mod run;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use exward_core::build::Build;
use exward_core::product::Product;
use jiff::civil::DateTime;

pub use cause::Cause;
pub use code::{Again, CodeMeaning, installer_code};
pub use prerequisite::Rule;

use crate::text;

/// What a file turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The log of Exchange's setup.
    Setup,
    /// A log of Windows Installer (`msiexec /l*v`), as updates write it.
    Installer,
    /// Something else.
    Other,
}

/// How the last run ended, as far as the log tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It says that it is done; a claim, no proof (S3).
    Completed,
    /// It says that it failed.
    Failed,
    /// Neither: it still runs, was ended from outside, or the file was cut.
    Unfinished,
}

/// One thing that the log shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What it means.
    pub cause: Cause,
    /// Line where it stands, from 1.
    pub line: u64,
    /// The text there, cut to 300 characters.
    pub excerpt: String,
    /// The service, group, product or file that is meant, if the log names it.
    pub detail: Option<String>,
}

/// The last run in a setup log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetupLog {
    /// What the file is; everything else is empty for [`Kind::Other`].
    pub kind: Kind,
    /// Product that was to be installed.
    pub product: Option<Product>,
    /// Build that the setup brings, if it says so.
    pub build: Option<Build>,
    /// When the run began, in the server's own time; the log names no zone that can be computed with.
    pub from: Option<DateTime>,
    /// When it wrote its last entry.
    pub to: Option<DateTime>,
    /// How it ended.
    pub outcome: Outcome,
    /// Why it failed; `None` if it did not fail or nothing here knows why (S2).
    pub cause: Option<Finding>,
    /// What else the run shows, in the order of the lines, each cause once.
    pub others: Vec<Finding>,
    /// Line and text of the last error: where to read on if the cause is not known.
    pub last_error: Option<(u64, String)>,
}

/// Reads a log in UTF-8 or UTF-16. Only the last run counts (S1).
#[must_use]
pub fn read(bytes: &[u8]) -> SetupLog {
    let decoded = text::decode(bytes);
    if let Some(log) = run::read(&decoded.text) {
        return log;
    }
    installer::read(&decoded.text).unwrap_or_else(|| SetupLog::empty(Kind::Other))
}

impl Outcome {
    /// The name in machine output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Unfinished => "unfinished",
        }
    }
}

impl Finding {
    /// What to do, with the thing that it is about if the log names it.
    #[must_use]
    pub fn remedy(&self) -> String {
        let remedy = self.cause.remedy();
        match &self.detail {
            Some(detail) => format!("({}: {detail}) {remedy}", self.cause.detail_name()),
            None => remedy.to_owned(),
        }
    }
}

impl SetupLog {
    const fn empty(kind: Kind) -> Self {
        Self {
            kind,
            product: None,
            build: None,
            from: None,
            to: None,
            outcome: Outcome::Unfinished,
            cause: None,
            others: Vec::new(),
            last_error: None,
        }
    }

    /// The name of the cause in machine output; `None` if nothing failed or it is not known why.
    #[must_use]
    pub fn cause_name(&self) -> Option<Cow<'static, str>> {
        match (self.kind, &self.cause) {
            (Kind::Other, _) => Some("not-a-setup-log".into()),
            (_, cause) => cause.as_ref().map(|it| it.cause.name()),
        }
    }

    /// True if a run that says it is done changed nothing, because the wrong setup ran.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        let idle = |it: &Finding| matches!(it.cause, Cause::SameBuild | Cause::SetupRunFromBin);
        self.outcome == Outcome::Completed && self.others.iter().any(idle)
    }

    /// What came of it, in a few words.
    #[must_use]
    pub fn title(&self) -> &'static str {
        match (self.kind, &self.cause, self.outcome) {
            (Kind::Other, _, _) => "not a setup log",
            (_, Some(it), _) => it.cause.title(),
            (_, None, Outcome::Completed) if self.is_idle() => {
                "setup says it is done, but it ran for the build that was installed already"
            }
            (_, None, Outcome::Completed) => "setup says it is done",
            (_, None, Outcome::Failed) => "unknown failure",
            (_, None, Outcome::Unfinished) => "the log does not say how setup ended",
        }
    }

    /// What to do now. Never empty.
    #[must_use]
    pub fn remedy(&self) -> String {
        match (self.kind, &self.cause, self.outcome) {
            (Kind::Other, _, _) => {
                "Give C:\\ExchangeSetupLogs\\ExchangeSetup.log, or the log that msiexec wrote with \
                 /l*v; both as they are."
                    .to_owned()
            }
            (_, Some(it), _) => it.remedy(),
            (_, None, Outcome::Completed) if self.is_idle() => Cause::SameBuild.remedy().to_owned(),
            (_, None, Outcome::Completed) => CodeMeaning::Success.remedy().to_owned(),
            (_, None, Outcome::Failed) => {
                "Read the log upwards from the line of the last error; the first error of the same \
                 task is usually the reason. Do not start setup again before it is understood."
                    .to_owned()
            }
            (_, None, Outcome::Unfinished) => {
                "See whether ExSetup.exe or msiexec.exe still runs. If not, compare the file version \
                 of bin\\ExSetup.exe with the build; if it is the old one, setup was ended from \
                 outside: restart the server, see which services are disabled, and start the same \
                 setup again; it goes on where it stopped."
                    .to_owned()
            }
        }
    }
}
