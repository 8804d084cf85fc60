//! The checks that setup makes before it changes anything, and what to do when one fails.
//!
//! # Invariants
//! * **P1 an unknown rule is named, not guessed at.** Its remedy says to read its message.
//! * **P2 what explains most comes first.** Without Active Directory most rules fail; they are no
//!   causes of their own then ([`Reach`] is the order).
//!
//! Source: the rule names in Microsoft's list of "setup readiness" errors, Microsoft Learn.

use std::fmt;

mod directory;
mod server;

/// Longest name of a rule that is kept. Microsoft's longest has 51 letters.
const NAME_CHARS_MAX: usize = 80;

/// The name of a prerequisite rule: ASCII letters, digits and `_`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rule(Box<str>);

/// How much a failed rule explains, most first (P2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reach {
    /// Active Directory cannot be reached: every other answer about it is worthless.
    NoDirectory,
    /// This computer is in the wrong place of it.
    Place,
    /// The domain controller that was chosen is.
    Controller,
    /// The account may not.
    Account,
    /// The forest or the organization is not ready.
    Forest,
    /// What is installed does not allow it.
    Version,
    /// Something must be installed first.
    Software,
    /// A restart is due.
    Restart,
    /// A service or process is in the way.
    Running,
    /// A rule that is not in the table.
    Unknown,
}

/// One row of the table.
struct Row {
    name: &'static str,
    reach: Reach,
    title: &'static str,
    remedy: &'static str,
}

/// What holds for a rule that is not in the table (P1).
const UNKNOWN: Row = Row {
    name: "",
    reach: Reach::Unknown,
    title: "a check before the installation failed",
    remedy: "Read the rule's message in the log, cure what it names, and start setup again. Nothing \
             was changed yet.",
};

impl Rule {
    /// A rule by its name; `None` if the text is no name.
    #[must_use]
    pub fn new(name: &str) -> Option<Self> {
        let is_name = !name.is_empty()
            && name.len() <= NAME_CHARS_MAX
            && name.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_');
        is_name.then(|| Self(name.into()))
    }

    /// The name as the log has it: `RebootPending`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0
    }

    /// What the rule found, in a few words.
    #[must_use]
    pub fn title(&self) -> &'static str {
        self.row().title
    }

    /// What an administrator does about it; for an unknown rule, where to read on (P1).
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        self.row().remedy
    }

    pub(super) fn reach(&self) -> Reach {
        self.row().reach
    }

    fn row(&self) -> &'static Row {
        let rows = directory::ROWS.iter().chain(server::ROWS);
        rows.into_iter().find(|it| it.name == self.name()).unwrap_or(&UNKNOWN)
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}
