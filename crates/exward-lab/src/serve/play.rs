//! Plays a [`Script`] on a stream.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::script::{Script, Then};

/// Most bytes that an endless answer sends: a client that reads on is not to fill the machine.
const ENDLESS_BYTES_MAX: usize = 64 << 20;

/// Bytes of one write of an endless answer.
const WRITE_BYTES: usize = 16 << 10;

/// How long a closed connection waits for the client to go.
const LINGER: Duration = Duration::from_secs(1);

/// Most bytes that are read off meanwhile.
const LINGER_BYTES_MAX: usize = 1 << 20;

/// Bytes of a client's hello that are read before nonsense is sent.
const HELLO_BYTES: usize = 4096;

/// Plays `script`; true if the next request may come.
pub(super) async fn play<S>(stream: &mut S, script: &Script) -> io::Result<bool>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    if !script.wait.is_zero() {
        tokio::time::sleep(script.wait).await;
    }
    stream.write_all(&script.bytes).await?;
    stream.flush().await?;
    match script.then {
        Then::KeepAlive => return Ok(true),
        Then::Close | Then::Reset => {}
        Then::Repeat { chunk, every } => repeat(stream, chunk, every).await?,
    }
    stream.shutdown().await?;
    // The time limit ends a client that neither reads nor goes.
    let _out_of_time = tokio::time::timeout(LINGER, read_off(stream)).await;
    Ok(false)
}

/// Reads what still comes in. A socket that is closed with something unread resets, and takes with
/// it what was sent but not yet read.
async fn read_off<S>(stream: &mut S) -> io::Result<()>
where
    S: AsyncRead + Unpin,
{
    let mut block = [0; HELLO_BYTES];
    let mut left = LINGER_BYTES_MAX;
    while left > 0 {
        match stream.read(&mut block).await? {
            0 => break,
            read => left = left.saturating_sub(read),
        }
    }
    Ok(())
}

/// Plays a script where the client expects TLS: after its hello, as a server would.
pub(super) async fn instead_of_tls<S>(mut stream: S, script: &Script) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut hello = [0; HELLO_BYTES];
    let _read = stream.read(&mut hello).await?;
    play(&mut stream, script).await.map(|_| ())
}

async fn repeat<S>(stream: &mut S, chunk: &[u8], every: Duration) -> io::Result<()>
where
    S: AsyncWrite + Unpin,
{
    let times = WRITE_BYTES.checked_div(chunk.len()).unwrap_or(1);
    let block = if every.is_zero() { chunk.repeat(times) } else { chunk.to_vec() };
    let mut sent = 0_usize;
    while sent < ENDLESS_BYTES_MAX {
        if !every.is_zero() {
            tokio::time::sleep(every).await;
        }
        stream.write_all(&block).await?;
        stream.flush().await?;
        sent = sent.saturating_add(block.len().max(1));
    }
    Ok(())
}
