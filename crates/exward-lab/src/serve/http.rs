//! A conversation over HTTP/1.1: one request after the other, no bodies.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};

use super::Site;
use super::play::play;
use crate::answer::{answer, bad_request};
use crate::estate::Face;
use crate::request::{HEAD_BYTES_MAX, Request};
use crate::script::Script;

/// Room for a usual head.
const HEAD_BYTES: usize = 1024;

/// End of a head.
const END: &[u8] = b"\r\n\r\n";

/// Answers requests until either side ends it.
pub(super) async fn converse<S>(mut stream: S, face: &Face, site: &Site) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut input = Vec::with_capacity(HEAD_BYTES);
    loop {
        let script = match head_length(&input) {
            Some(length) => {
                let script = respond(face, site, input.get(..length).unwrap_or_default());
                input.drain(..length.saturating_add(END.len()).min(input.len()));
                script
            }
            None if input.len() >= HEAD_BYTES_MAX => bad_request(),
            None => {
                if stream.read_buf(&mut input).await? == 0 {
                    return Ok(());
                }
                continue;
            }
        };
        if !play(&mut stream, &script).await? {
            return Ok(());
        }
    }
}

fn head_length(input: &[u8]) -> Option<usize> {
    input.windows(END.len()).position(|it| it == END)
}

fn respond(face: &Face, site: &Site, head: &[u8]) -> Script {
    match Request::parse(head) {
        Some(request) => {
            let number = site.counters.request(site.index, [request.method, request.path]);
            answer(face, &request, number)
        }
        None => {
            site.counters.request(site.index, ["(bad request)", ""]);
            bad_request()
        }
    }
}
