//! A file that was cut off, filled up with zeros to its last whole chunk: the `evtx` crate passes over a chunk
//! that is not whole, and says nothing.

use std::io::{self, Read, Seek, SeekFrom};

/// Before the first chunk.
const HEADER_BYTES: u64 = 4096;

const CHUNK_BYTES: u64 = 65536;

/// The file, and zeros after its end.
pub(super) struct Padded<R> {
    inner: R,
    len: u64,
    padded_len: u64,
    at: u64,
}

impl<R: Read + Seek> Padded<R> {
    pub(super) fn new(mut inner: R) -> io::Result<Self> {
        let len = inner.seek(SeekFrom::End(0))?;
        inner.rewind()?;
        let chunks = len.saturating_sub(HEADER_BYTES).div_ceil(CHUNK_BYTES);
        let padded_len = chunks.saturating_mul(CHUNK_BYTES).saturating_add(HEADER_BYTES);
        Ok(Self { inner, len, padded_len, at: 0 })
    }

    /// Chunks that are there, whole or not.
    pub(super) fn chunks(&self) -> u64 {
        self.padded_len.saturating_sub(HEADER_BYTES).checked_div(CHUNK_BYTES).unwrap_or(0)
    }

    /// Whether the last chunk is not whole.
    pub(super) fn is_cut(&self) -> bool {
        self.len < self.padded_len
    }
}

impl<R: Read + Seek> Read for Padded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let ends = if self.at < self.len { self.len } else { self.padded_len };
        let left = usize::try_from(ends.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let len = left.min(buffer.len());
        let room = buffer.get_mut(..len).unwrap_or_default();
        let read = if self.at < self.len {
            self.inner.read(room)?
        } else {
            room.fill(0);
            len
        };
        self.at = self.at.saturating_add(u64::try_from(read).unwrap_or(0));
        Ok(read)
    }
}

impl<R: Read + Seek> Seek for Padded<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.padded_len.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        let at = at.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        self.inner.seek(SeekFrom::Start(at.min(self.len)))?;
        self.at = at;
        Ok(at)
    }
}
