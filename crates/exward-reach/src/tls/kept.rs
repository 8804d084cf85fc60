//! The stream under TLS: it keeps the first bytes of the server and how the connection ended.
//!
//! A library tells of a failed handshake only that it failed. What the server said before lies in
//! these bytes, in the clear.
//!
//! # Invariants
//! * **T-K1 bounded.** At most [`KEPT_BYTES_MAX`] bytes are kept, and none after [`Kept::forget`].

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Bytes kept of a handshake. A hello and a chain of four certificates take about 6 KiB; with two
/// thousand connections at once this is 32 MiB at worst.
pub(super) const KEPT_BYTES_MAX: usize = 16 << 10;

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The server closed it.
    Closed,
    /// Reading or writing failed.
    Failed(io::ErrorKind),
}

/// A stream, what it gave first, and how it ended.
#[derive(Debug)]
pub(super) struct Kept<S> {
    inner: S,
    /// `None` once the handshake is done.
    bytes: Option<Vec<u8>>,
    end: Option<End>,
}

impl<S> Kept<S> {
    pub(super) const fn new(inner: S) -> Self {
        Self { inner, bytes: Some(Vec::new()), end: None }
    }

    /// The first bytes; empty if there were none, or after [`Kept::forget`].
    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.as_deref().unwrap_or_default()
    }

    /// The first end that was seen; `None` while the connection stands.
    pub(super) const fn end(&self) -> Option<End> {
        self.end
    }

    /// Frees the bytes and keeps no more.
    pub(super) fn forget(&mut self) {
        self.bytes = None;
    }

    pub(super) const fn inner(&self) -> &S {
        &self.inner
    }

    fn keep(&mut self, new: &[u8]) {
        let Some(bytes) = &mut self.bytes else { return };
        let room = KEPT_BYTES_MAX.saturating_sub(bytes.len());
        bytes.extend_from_slice(new.get(..room).unwrap_or(new));
    }

    fn note<T>(&mut self, result: io::Result<T>) -> Poll<io::Result<T>> {
        if let Err(error) = &result {
            self.end.get_or_insert(End::Failed(error.kind()));
        }
        Poll::Ready(result)
    }
}

impl<S: AsyncRead + Unpin> Kept<S> {
    /// Keeps what has arrived by now, without waiting: the library stops reading at the first byte it
    /// does not like, or as soon as it cannot write.
    pub(super) async fn gather(&mut self) {
        poll_fn(|context| {
            while self.bytes().len() < KEPT_BYTES_MAX {
                let mut room = [0; 1 << 10];
                let mut buffer = ReadBuf::new(&mut room);
                let read = Pin::new(&mut *self).poll_read(context, &mut buffer);
                if !matches!(read, Poll::Ready(Ok(()))) || buffer.filled().is_empty() {
                    break;
                }
            }
            Poll::Ready(())
        })
        .await;
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Kept<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let result = ready!(Pin::new(&mut self.inner).poll_read(context, buffer));
        let new = buffer.filled().get(before..).unwrap_or_default();
        self.keep(new);
        if result.is_ok() && new.is_empty() && buffer.remaining() > 0 {
            self.end.get_or_insert(End::Closed);
        }
        self.note(result)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Kept<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let result = ready!(Pin::new(&mut self.inner).poll_write(context, bytes));
        self.note(result)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let result = ready!(Pin::new(&mut self.inner).poll_flush(context));
        self.note(result)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let result = ready!(Pin::new(&mut self.inner).poll_shutdown(context));
        self.note(result)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tokio::io::AsyncReadExt;

    use super::*;

    proptest! {
        #[test]
        fn the_first_bytes_are_kept_and_no_more(size in 0_usize..40_000) {
            let sent: Vec<u8> = (0..=u8::MAX).cycle().take(size).collect();
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let mut kept = Kept::new(sent.as_slice());
            let mut read = Vec::new();
            runtime.block_on(kept.read_to_end(&mut read)).unwrap();
            prop_assert_eq!(&read, &sent);
            prop_assert_eq!(kept.bytes(), &sent[..size.min(KEPT_BYTES_MAX)], "T-K1");
            prop_assert_eq!(kept.end(), Some(End::Closed));
            kept.forget();
            kept.keep(b"more");
            prop_assert!(kept.bytes().is_empty(), "T-K1");
        }
    }
}
