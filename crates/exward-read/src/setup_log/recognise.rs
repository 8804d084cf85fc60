//! The errors that are known: from the message of an error, and what setup was doing, to a cause.
//!
//! # Invariants
//! * **G1 the message, not the script.** An error quotes the script that failed, and scripts hold
//!   the messages that they might write; only what was really said counts.
//! * **G2 no cause is better than a wrong one.** A phrase that can mean two things needs the
//!   surroundings to decide, or gives nothing.

mod directory;
mod server;

use super::cause::Cause;

/// What setup was doing when an error came.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Scene<'a> {
    /// The cmdlet that began last.
    pub(super) cmdlet: &'a str,
    /// The program that was started last, with its arguments.
    pub(super) program: &'a str,
    /// The directory object that was worked on last.
    pub(super) object: Option<&'a str>,
    /// Forest and site in which no domain controller was found.
    pub(super) site: Option<&'a str>,
    /// The package or product that Windows Installer is working on.
    pub(super) package: Option<&'a str>,
}

/// An error and its surroundings.
struct Seen<'a> {
    /// What was said.
    message: &'a str,
    /// The same in small letters, byte for byte at the same places.
    lower: String,
    /// The script that failed, in small letters, if the error quotes it.
    script: String,
    scene: Scene<'a>,
}

/// A cause, and the name of the thing it is about.
pub(super) type Found = (Cause, Option<String>);

/// What the error means, if it is known.
pub(super) fn recognise(error: &str, scene: Scene<'_>) -> Option<Found> {
    let (script, message) = parts(error)?;
    let seen = Seen {
        message,
        lower: message.to_ascii_lowercase(),
        script: script.to_ascii_lowercase(),
        scene,
    };
    let known = directory::KNOWN.iter().chain(server::KNOWN);
    known.into_iter().find_map(|it| it(&seen))
}

/// The message of an error, without the script that it quotes; `None` if it was cut before it.
pub(super) fn message(error: &str) -> Option<&str> {
    parts(error).map(|(_, message)| message)
}

/// `The following error was generated when "SCRIPT" was run: "MESSAGE".`, or a message alone.
fn parts(error: &str) -> Option<(&str, &str)> {
    if !error.starts_with("The following error was generated when ") {
        return Some(("", error));
    }
    let (script, message) = error.rsplit_once("\" was run: \"")?;
    Some((script, message.strip_suffix("\".").unwrap_or(message)))
}

impl Seen<'_> {
    fn says(&self, phrase: &str) -> bool {
        self.lower.contains(phrase)
    }

    fn says_all(&self, phrases: &[&str]) -> bool {
        phrases.iter().all(|it| self.says(it))
    }

    fn says_any(&self, phrases: &[&str]) -> bool {
        phrases.iter().any(|it| self.says(it))
    }

    /// What stands between two phrases of the message, the first of them in small letters.
    fn between(&self, before: &str, after: &str) -> Option<String> {
        let begin = self.lower.find(before)?.saturating_add(before.len());
        let rest = self.message.get(begin..)?;
        let found = rest.get(..rest.find(after)?)?.trim();
        (!found.is_empty()).then(|| crate::record::kept(found))
    }
}
