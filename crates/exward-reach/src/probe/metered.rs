//! A stream that ends once its peer has sent more than any answer has.
//!
//! # Invariants
//! * **B1 bounded.** At most [`CONNECTION_BYTES_MAX`] and one buffer more are read, whatever the protocol above
//!   makes of them: interim answers, for one, may come without end and are never shown.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::limits::CONNECTION_BYTES_MAX;

/// A stream whose reading is counted.
pub(crate) struct Metered<S> {
    stream: S,
    read: usize,
}

impl<S> Metered<S> {
    pub(crate) const fn new(stream: S) -> Self {
        Self { stream, read: 0 }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Metered<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.read > CONNECTION_BYTES_MAX {
            let kib = CONNECTION_BYTES_MAX >> 10;
            let why = format!("it sent more than {kib} KiB for a few questions");
            return Poll::Ready(Err(io::Error::other(why)));
        }
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        let new = buffer.filled().len().saturating_sub(before);
        self.read = self.read.saturating_add(new);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Metered<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
