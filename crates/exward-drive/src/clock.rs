//! Time, from outside.

use jiff::Timestamp;

/// How a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waited {
    /// The time has come.
    Reached,
    /// Somebody wants the executor to stop; it will not begin anything.
    Interrupted,
}

/// The time of day, and a way to let it pass.
pub trait Clock {
    /// Now. May jump; the executor notices when it jumps back.
    fn now(&self) -> Timestamp;

    /// Waits until this time, or until somebody interrupts.
    fn wait_until(&mut self, until: Timestamp) -> Waited;
}
