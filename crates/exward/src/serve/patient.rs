//! A connection whose patience ends: with one that sends no request, and with one that takes no answer.
//!
//! # Invariants
//! * **W1 no free place.** A connection without a request at work ends [`HEADERS_MAX`] after the last byte that was
//!   written to it, whatever it sends in the meantime; one that does not read its answer after [`WRITE_STALL_MAX`].

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

use super::limits::{HEADERS_MAX, WRITE_STALL_MAX};

/// What the two ends of a connection know of each other: whether a request is at work. Odd: one is. Each
/// begin and each end counts one further.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pulse(Arc<AtomicU64>);

impl Pulse {
    /// A request has come with all its headers. It is at work until what this gives is dropped.
    pub(crate) fn begin(&self) -> Beat {
        self.0.fetch_add(1, Ordering::SeqCst);
        Beat(self.clone())
    }

    fn now(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// A request at work.
#[derive(Debug)]
pub(crate) struct Beat(Pulse);

impl Drop for Beat {
    fn drop(&mut self) {
        (self.0).0.fetch_add(1, Ordering::SeqCst);
    }
}

/// A stream with an end to its patience (W1).
#[derive(Debug)]
pub(crate) struct Patient<S> {
    stream: S,
    pulse: Pulse,
    /// What the pulse was when the time for headers began.
    seen: u64,
    headers: Pin<Box<Sleep>>,
    headers_max: Duration,
    /// Runs while a write waits.
    stalled: Option<Pin<Box<Sleep>>>,
    stall_max: Duration,
}

impl<S> Patient<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self::with(stream, HEADERS_MAX, WRITE_STALL_MAX)
    }

    fn with(stream: S, headers_max: Duration, stall_max: Duration) -> Self {
        let pulse = Pulse::default();
        let headers = Box::pin(sleep(headers_max));
        Self { stream, pulse, seen: 0, headers, headers_max, stalled: None, stall_max }
    }

    /// Whether a request is at work on it.
    pub(crate) fn pulse(&self) -> Pulse {
        self.pulse.clone()
    }

    /// True once the time for the next request is over.
    fn is_silent(&mut self, cx: &mut Context<'_>) -> bool {
        let now = self.pulse.now();
        if now != self.seen {
            self.seen = now;
            self.wait_anew();
        }
        // Polled also while a request is at work: so that the reader wakes up afterwards.
        self.headers.as_mut().poll(cx).is_ready() && now.is_multiple_of(2)
    }

    /// An error once a write has waited too long.
    fn stall(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        let max = self.stall_max;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(max)));
        if stalled.as_mut().poll(cx).is_ready() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        Ok(())
    }

    /// The time for the next request begins again.
    fn wait_anew(&mut self) {
        let until = Instant::now().checked_add(self.headers_max);
        self.headers.as_mut().reset(until.unwrap_or_else(Instant::now));
    }

    fn written<T>(
        &mut self,
        cx: &mut Context<'_>,
        now: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if now.is_ready() {
            self.stalled = None;
            self.wait_anew();
            return now;
        }
        match self.stall(cx) {
            Ok(()) => Poll::Pending,
            Err(error) => Poll::Ready(Err(error)),
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.is_silent(cx) {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let now = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.written(cx, now)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // TLS writes what it has kept while it is flushed.
        match Pin::new(&mut self.stream).poll_flush(cx) {
            Poll::Pending => self.written(cx, Poll::Pending),
            ready @ Poll::Ready(_) => {
                self.stalled = None;
                ready
            }
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.stream).poll_shutdown(cx) {
            Poll::Pending => self.written(cx, Poll::Pending),
            ready @ Poll::Ready(_) => ready,
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};
    use tokio::time::timeout;

    use super::*;

    const SHORT: Duration = Duration::from_millis(50);
    const LONG: Duration = Duration::from_secs(20);

    #[tokio::test]
    async fn a_connection_that_drips_bytes_ends() {
        let (mut client, server) = duplex(64);
        let mut patient = Patient::with(server, SHORT, LONG);
        // W1: every byte is in time, the request never is.
        let drips = tokio::spawn(async move {
            while client.write_all(b"x").await.is_ok() {
                sleep(SHORT / 10).await;
            }
        });
        let mut all = Vec::new();
        let ended = timeout(LONG, patient.read_to_end(&mut all)).await.unwrap();
        assert_eq!(ended.unwrap_err().kind(), io::ErrorKind::TimedOut, "W1");
        drop(patient);
        drips.await.unwrap();
    }

    #[tokio::test]
    async fn a_request_at_work_is_waited_for() {
        let (client, server) = duplex(64);
        let mut patient = Patient::with(server, SHORT, LONG);
        let beat = patient.pulse().begin();
        let mut byte = [0];
        let early = timeout(SHORT * 4, patient.read(&mut byte)).await;
        assert!(early.is_err(), "it ended while a request was at work: {early:?}");
        drop(beat);
        let ended = timeout(LONG, patient.read(&mut byte)).await.unwrap();
        assert_eq!(ended.unwrap_err().kind(), io::ErrorKind::TimedOut, "W1");
        drop(client);
    }

    #[tokio::test]
    async fn a_client_that_takes_no_answer_is_left() {
        let (_client, server) = duplex(8);
        let mut patient = Patient::with(server, LONG, SHORT);
        let ended = timeout(LONG, patient.write_all(&[0; 64])).await.unwrap();
        assert_eq!(ended.unwrap_err().kind(), io::ErrorKind::TimedOut, "W1");
    }
}
