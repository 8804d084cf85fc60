//! Standard output written by a thread of its own: a feed becomes a gigabyte of JSON, and copying that
//! into a pipe takes about as long as making it.

use std::io::{self, Write};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use super::patient::Patient;

/// Bytes handed over at once. Larger blocks cost a trip to the system's memory each.
const BLOCK_BYTES: usize = 64 << 10;

/// Blocks on their way; then the maker of them waits.
const BLOCKS_MAX: usize = 8;

/// A writer in the background. What it could not write shows at the next write, or at the end.
pub(super) struct Background {
    block: Vec<u8>,
    blocks: Option<SyncSender<Vec<u8>>>,
    /// Written blocks come back: memory that is passed from thread to thread and freed there costs
    /// more than the writing.
    spare: Receiver<Vec<u8>>,
    thread: Option<JoinHandle<io::Result<()>>>,
}

impl Background {
    /// Starts the thread.
    pub(super) fn stdout() -> Self {
        let (blocks, received) = sync_channel::<Vec<u8>>(BLOCKS_MAX);
        let (written, spare) = sync_channel(BLOCKS_MAX.saturating_mul(2));
        let thread = thread::spawn(move || {
            let mut stdout = Patient::new(io::stdout().lock());
            for mut block in received {
                stdout.write_all(&block)?;
                block.clear();
                // At the end nobody takes it back.
                let _dropped = written.try_send(block);
            }
            stdout.flush()
        });
        let block = Vec::with_capacity(BLOCK_BYTES);
        Self { block, blocks: Some(blocks), spare, thread: Some(thread) }
    }

    /// Hands the block over, or gives the reason why the thread has ended.
    fn hand_over(&mut self) -> io::Result<()> {
        let next = self.spare.try_recv().unwrap_or_else(|_| Vec::with_capacity(BLOCK_BYTES));
        let block = std::mem::replace(&mut self.block, next);
        match &self.blocks {
            Some(blocks) if blocks.send(block).is_ok() => Ok(()),
            _ => self.finish(),
        }
    }

    /// Waits until everything is written.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        if let Some(blocks) = self.blocks.take()
            && !self.block.is_empty()
        {
            // If the thread has ended, joining it gives the reason.
            let _ended = blocks.send(std::mem::take(&mut self.block));
        }
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(written)) => written,
            Some(Err(_)) | None => Err(io::Error::other("the writing thread has ended")),
        }
    }
}

impl Drop for Background {
    /// What was made before an error or Ctrl-C is still written.
    fn drop(&mut self) {
        let _nobody_listens = self.finish();
    }
}

impl Write for Background {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.block.len().saturating_add(bytes.len()) > BLOCK_BYTES && !self.block.is_empty() {
            self.hand_over()?;
        }
        self.block.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    /// Nothing to do: a block goes out when it is full, and at the end.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
