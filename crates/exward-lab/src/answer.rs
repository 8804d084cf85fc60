//! What a face answers: a pure function of the face, the request, and how many came before.
//!
//! # Invariants
//! * **N1 pure.** The same face, request and number give the same bytes: no clock, no chance.
//! * **N2 labelled.** Every well-formed answer says `X-Simulated: exward lab`.
//! * **N3 one write.** An answer is made whole, so that it leaves in one piece.
//!
//! Source of every voice: the project's fingerprint research and its recorded answers. Bodies are our
//! own words around the short fragments by which a page is recognised.

use std::time::Duration;

use crate::behaviour::{Behaviour, Kind};
use crate::decoy;
use crate::estate::Face;
use crate::fault;
use crate::middlebox;
use crate::request::Request;
use crate::script::{Answer, Script, Then};
use crate::voice;

/// How long a slow face thinks: longer than a hurried client waits, shorter than a patient one.
const SLOW: Duration = Duration::from_millis(1500);

/// What `face` does about its request number `number`, counted from 0 over all its connections.
#[must_use]
pub fn answer(face: &Face, request: &Request<'_>, number: u64) -> Script {
    if let Some(script) = fault::after_request(face.behaviour) {
        return script;
    }
    let answer = if face.behaviour.kind() == Kind::Exchange {
        exchange(face, request, number)
    } else {
        decoy::answer(face, request)
    };
    let wait = slowness(face.behaviour);
    let then = if request.last { Then::Close } else { Then::KeepAlive };
    Script { wait, bytes: answer.bytes(request), then }
}

/// How long such a face thinks before each answer or greeting.
pub(crate) fn slowness(behaviour: Behaviour) -> Duration {
    if behaviour == Behaviour::Slow { SLOW } else { Duration::ZERO }
}

/// The answer to something that is no request (Q1).
#[must_use]
pub fn bad_request() -> Script {
    let request = Request { last: true, ..Request::default() };
    Script::send(Answer::new(400).bytes(&request), Then::Close)
}

fn exchange(face: &Face, request: &Request<'_>, number: u64) -> Answer {
    if let Some(answer) = middlebox::before(face, request, number) {
        return answer;
    }
    // Balanced front ends take turns; everybody else has one.
    let count = u64::try_from(face.servers.len()).unwrap_or(1);
    let turn = number.checked_rem(count).and_then(|it| usize::try_from(it).ok());
    match turn.and_then(|it| face.servers.get(it)) {
        Some(server) => middlebox::after(face, voice::answer(face, server, request, number)),
        None => Answer::new(503).with("Server", "Microsoft-HTTPAPI/2.0"),
    }
}

#[cfg(test)]
pub(crate) mod tests;
