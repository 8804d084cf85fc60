//! Who looks on while a rollout runs.

use exward_core::fleet::ServerName;
use jiff::Timestamp;

use crate::journal::Entry;

/// What an update waits for.
#[derive(Clone, Copy, Debug)]
pub struct Waiting<'a> {
    /// Which server's.
    pub server: &'a ServerName,
    /// For what: `the installer to end`.
    pub what: &'a str,
    /// Since when.
    pub since: Timestamp,
    /// How long it mostly takes, in minutes; 0: not known.
    pub expected_minutes: u32,
    /// When it is looked at again.
    pub until: Timestamp,
}

/// Is told what happens. Must not fail and must be quick: the executor waits for it.
pub trait Watch {
    /// An entry was written.
    fn wrote(&mut self, at: Timestamp, entry: &Entry);

    /// An update waits.
    fn waits(&mut self, waiting: &Waiting<'_>);
}

/// Nobody looks on.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nobody;

impl Watch for Nobody {
    fn wrote(&mut self, _at: Timestamp, _entry: &Entry) {}

    fn waits(&mut self, _waiting: &Waiting<'_>) {}
}
