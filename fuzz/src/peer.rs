//! Peers in memory, and what every answer of theirs must hold.

use std::time::Duration;

use exward_reach::limits::{
    HEADER_CHARS_MAX, HEADERS_MAX, MAIL_LINE_BYTES_MAX, MAIL_LINES_MAX, MANIFEST_BYTES_MAX,
    PAGE_BYTES_MAX,
};
use exward_reach::visit::{Answer, Failure, Front, Visit};
use jiff::Timestamp;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::runtime::Builder;

use crate::evidence_is_bounded;

/// A peer in memory answers at once: whoever waits as long as this has a fault.
pub const PATIENCE: Duration = Duration::from_secs(15);

/// Longest reason that a person is shown.
const WHY_CHARS_MAX: usize = 600;

/// When a peer begins to speak.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Speaks {
    /// At once, as a mail server does.
    First,
    /// After it was asked, as a web server does: what comes before that is no answer.
    Second,
}

/// Gives a conversation a peer that says this, hears all, and closes.
pub fn from_peer<T, F: Future<Output = T>>(
    said: &[u8],
    speaks: Speaks,
    talk: impl FnOnce(DuplexStream) -> F,
) -> T {
    let (near, mut far) = tokio::io::duplex(1 << 12);
    let said = said.to_vec();
    // One for each input: what a task still held at its end would look like a leak.
    let runtime = Builder::new_current_thread().enable_time().build().expect("a runtime");
    runtime.block_on(async {
        let peer = tokio::spawn(async move {
            let mut heard = [0; 1 << 10];
            if speaks == Speaks::Second && !far.read(&mut heard).await.is_ok_and(|read| read > 0) {
                return;
            }
            let (mut hearing, mut saying) = tokio::io::split(far);
            let hear = async { while hearing.read(&mut heard).await.is_ok_and(|read| read > 0) {} };
            let say = async {
                // The other side may go at any time.
                let _gone = saying.write_all(&said).await;
                let _gone = saying.shutdown().await;
            };
            tokio::join!(hear, say);
        });
        let told = talk(near).await;
        peer.abort();
        told
    })
}

/// What is kept of an answer is within its limits, and so is the evidence drawn from it as the program does.
pub fn answer_is_bounded(answer: Answer) {
    match &answer {
        Answer::Web { headers, body, .. } => {
            assert!(headers.len() <= HEADERS_MAX, "A12");
            assert!(headers.iter().all(|it| it.1.chars().count() <= HEADER_CHARS_MAX), "A12");
            assert!(body.chars().count() <= PAGE_BYTES_MAX.max(MANIFEST_BYTES_MAX), "A12");
        }
        Answer::Mail { greeting, verbs, challenge } => {
            assert!(verbs.len() <= MAIL_LINES_MAX, "A12");
            for line in verbs.iter().chain([greeting]).chain(challenge) {
                assert!(line.chars().count() <= MAIL_LINE_BYTES_MAX, "A12");
            }
        }
    }
    let visit = Visit {
        at: Timestamp::UNIX_EPOCH,
        fronts: vec![front(answer)],
        not_asked: None,
        may_pass: false,
    };
    let front_ends = visit.front_ends();
    assert!(!front_ends.is_empty());
    for (_, evidence) in &front_ends {
        assert!(!evidence.is_empty(), "an answer says nothing at all");
        evidence_is_bounded(evidence);
        let is_mail = visit.fronts.iter().any(|it| matches!(it.answers[..], [Answer::Mail { .. }]));
        // A header without a value is a fact, too; a line of mail without a word says nothing.
        assert!(!is_mail || evidence.iter().all(|it| !it.value.is_empty()), "evidence of nothing");
    }
    let kept = serde_json::to_string(&visit).expect("kept");
    let again: Visit = serde_json::from_str(&kept).expect("V2: read back");
    assert_eq!(again.front_ends(), front_ends, "V2");
}

/// A reason is there, and is one that a person can read.
pub fn reason_for_nothing_is_readable(failure: &Failure) {
    assert!((1..=WHY_CHARS_MAX).contains(&failure.why.chars().count()), "R2: {}", failure.why);
    assert!(!failure.why.contains("no answer within"), "it waits for a peer that has gone");
}

/// A front with this answer alone, made as the journal makes it.
fn front(answer: Answer) -> Front {
    let mut front: Front = serde_json::from_value(json!({
        "address": "192.0.2.1", "port": 443, "asked_as": null, "tls": null, "answers": [], "failures": [],
    }))
    .expect("a front");
    front.answers.push(answer);
    front
}
