//! A conversation over SMTP, IMAP or POP, with STARTTLS.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

use super::Site;
use crate::answer::slowness;
use crate::estate::Face;
use crate::mail::{MailThen, greeting, reply};

/// Longest command. RFC 5321 allows 512 bytes, RFC 3501 advises 8,000.
const COMMAND_BYTES_MAX: usize = 8192;

/// Greets and replies until either side ends it.
pub(super) async fn converse(mut stream: TcpStream, face: &Face, site: &Site) -> io::Result<()> {
    let wait = slowness(face.behaviour);
    if wait > Duration::ZERO {
        tokio::time::sleep(wait).await;
    }
    stream.write_all(greeting(face).as_bytes()).await?;
    let may_encrypt = site.acceptor.is_some();
    if commands(&mut stream, face, site, !may_encrypt).await? == MailThen::StartTls
        && let Some(acceptor) = &site.acceptor
    {
        let mut stream = acceptor.accept(stream).await?;
        site.counters.handshake(site.index);
        commands(&mut stream, face, site, true).await?;
        stream.shutdown().await?;
    }
    Ok(())
}

/// Replies to commands until TLS is to begin or the conversation is over. What came in behind the
/// command that begins TLS is thrown away: it was not encrypted (RFC 3207 section 6).
async fn commands<S>(
    stream: &mut S,
    face: &Face,
    site: &Site,
    encrypted: bool,
) -> io::Result<MailThen>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut input = Vec::new();
    loop {
        while let Some(end) = input.iter().position(|it| *it == b'\n') {
            let line: Vec<u8> = input.drain(..=end).collect();
            let command = String::from_utf8_lossy(&line);
            let command = command.trim_end();
            site.counters.request(site.index, [command, ""]);
            let (text, then) = reply(face, command, encrypted);
            stream.write_all(text.as_bytes()).await?;
            stream.flush().await?;
            if then != MailThen::Continue {
                return Ok(then);
            }
        }
        if input.len() >= COMMAND_BYTES_MAX || stream.read_buf(&mut input).await? == 0 {
            return Ok(MailThen::Close);
        }
    }
}
