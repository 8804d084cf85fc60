//! What was left out of one file, up to a limit.

use exward_read::Skipped;

use crate::limits::SKIPPED_PER_FILE_MAX;

/// Keeps reasons up to [`SKIPPED_PER_FILE_MAX`], and counts the rest.
#[derive(Default)]
pub(crate) struct Skips {
    named: Vec<Skipped>,
    more: u64,
}

impl Skips {
    pub(crate) fn add(&mut self, skipped: Skipped) {
        if self.named.len() < SKIPPED_PER_FILE_MAX {
            self.named.push(skipped);
        } else {
            self.more = self.more.saturating_add(1);
        }
    }

    /// The reasons; the last says how many more there were.
    pub(crate) fn all(mut self) -> Vec<Skipped> {
        if self.more > 0 {
            let why = format!("{} more could not be read, for reasons like these", self.more);
            self.named.push(Skipped::whole(why));
        }
        self.named
    }
}
