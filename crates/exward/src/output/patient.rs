//! A writer that goes on when nobody listens any more.

use std::io::{self, ErrorKind, Write};

/// Passes bytes on until the reader has closed its end, and drops the rest: `| head` must not end the work, nor
/// change what its exit code says.
pub(super) struct Patient<W> {
    to: W,
    is_closed: bool,
}

impl<W: Write> Patient<W> {
    pub(super) const fn new(to: W) -> Self {
        Self { to, is_closed: false }
    }

    /// What was asked of the writer, or `instead` once nobody reads.
    fn unless_closed<T>(
        &mut self,
        ask: impl FnOnce(&mut W) -> io::Result<T>,
        instead: T,
    ) -> io::Result<T> {
        if self.is_closed {
            return Ok(instead);
        }
        match ask(&mut self.to) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                self.is_closed = true;
                Ok(instead)
            }
            done => done,
        }
    }
}

impl<W: Write> Write for Patient<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.unless_closed(|to| to.write(bytes), bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.unless_closed(Write::flush, ())
    }
}
