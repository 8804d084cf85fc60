//! Web servers that break the rules of HTTP.

use exward_reach::probe::Wishes;

use super::script::Step::{Drip, Endless, Hear, Hold, Reset};
use super::script::{Peer, Step, ask, say};

const OK: &str = "HTTP/1.1 200 OK\r\n";

/// A head that says what it is, and what follows it.
fn exchange(rest: &str) -> Step {
    say(format!("{OK}X-OWA-Version: 15.2.2562.43\r\n{rest}"))
}

fn peer(name: &'static str, answer: Vec<Step>) -> Peer {
    Peer { name, scheme: "http", steps: [vec![Hear], answer].concat() }
}

#[test]
fn no_head_is_too_strange() {
    let many: String = (0..101).map(|it| format!("X-{it}: 1\r\n")).collect();
    let peers = vec![
        peer("closes", vec![]),
        peer("resets", vec![Reset]),
        peer("is silent", vec![Hold]),
        peer("a status line without end", vec![say("HTTP/1.1 200 "), Endless(b"O")]),
        peer("empty lines without end", vec![Endless(b"\r\n")]),
        peer("interim answers without end", vec![Endless(b"HTTP/1.1 100 Continue\r\n\r\n")]),
        peer("a header's name without end", vec![say(OK), Endless(b"X")]),
        peer("a head that drips", vec![say(OK), Drip(b"X: 1\r\n")]),
        peer("101 headers", vec![say(format!("{OK}{many}\r\n"))]),
        peer("a status of no number", vec![say("HTTP/1.1 abc OK\r\n\r\n")]),
        peer("a status of 1000", vec![say("HTTP/1.1 1000 OK\r\n\r\n")]),
        peer("a version of its own", vec![say("HTTP/9.9 200 OK\r\n\r\n")]),
        peer("HTTP/2 at once", vec![say(b"\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0d")]),
        peer("NUL in a header", vec![say(format!("{OK}Server: a\0b\r\n\r\n"))]),
        peer("another protocol", vec![say("SSH-2.0-OpenSSH_9.6\r\n"), Hold]),
        peer("switches protocols", vec![say("HTTP/1.1 101 Go\r\nUpgrade: x\r\n\r\n"), Hold]),
        peer("two answers at once", vec![say(format!("{OK}\r\n{OK}\r\n"))]),
    ];
    insta::assert_snapshot!(ask(2, Wishes::default(), peers), @r#"
    closes
      no-answer: connected, but it closed the connection without an answer
    resets
      no-answer: the connection broke: Connection reset by peer (os error 104)
    is silent
      no-answer: connected, but no answer within 1 s
    a status line without end
      no-answer: headers without end: more than 64 KiB or 100 of them
    empty lines without end
      no-answer: headers without end: more than 64 KiB or 100 of them
    interim answers without end
      no-answer: the connection broke: it sent more than 1024 KiB for a few questions
    a header's name without end
      no-answer: headers without end: more than 64 KiB or 100 of them
    a head that drips
      no-answer: connected, but no answer within 1 s
    101 headers
      no-answer: headers without end: more than 64 KiB or 100 of them
    a status of no number
      no-answer: not HTTP/1.1: invalid HTTP status-code parsed
    a status of 1000
      no-answer: not HTTP/1.1: invalid HTTP status-code parsed
    a version of its own
      no-answer: not HTTP/1.1: invalid HTTP version parsed
    HTTP/2 at once
      no-answer: not HTTP/1.1: invalid HTTP version parsed
    NUL in a header
      no-answer: not HTTP/1.1: invalid HTTP header parsed
    another protocol
      no-answer: not HTTP/1.1: invalid HTTP version parsed
    switches protocols
      http-status: 101
    two answers at once
      http-status: 200
    "#);
}

#[test]
fn a_broken_body_costs_no_header() {
    let peers = vec![
        peer("a body that drips", vec![exchange("Content-Length: 9000\r\n\r\n"), Drip(b"-")]),
        peer("a body that never comes", vec![exchange("Content-Length: 9000\r\n\r\n"), Hold]),
        peer("a body that is reset", vec![exchange("Content-Length: 9000\r\n\r\nab"), Reset]),
        peer("a body without end", vec![exchange("\r\n"), Endless(b"-")]),
        peer(
            "chunks of nothing",
            vec![exchange("Transfer-Encoding: chunked\r\n\r\n"), Endless(b"1;a=b\r\n-\r\n")],
        ),
        peer(
            "a chunk's extension without end",
            vec![exchange("Transfer-Encoding: chunked\r\n\r\n1;"), Endless(b"x")],
        ),
        peer(
            "trailers without end",
            vec![exchange("Transfer-Encoding: chunked\r\n\r\n0\r\n"), Endless(b"X-Again: 1\r\n")],
        ),
        peer(
            "bytes that are no text",
            vec![exchange("Server: \u{fc}\r\n\r\n"), say([0xff; 90_000])],
        ),
        peer(
            "a header of 60 KB",
            vec![exchange(&format!("Server: {}\r\n\r\n", "s".repeat(60_000)))],
        ),
    ];
    insta::assert_snapshot!(ask(3, Wishes::default(), peers), @r"
    a body that drips
      owa-header: 15.2.2562.43
    a body that never comes
      owa-header: 15.2.2562.43
    a body that is reset
      owa-header: 15.2.2562.43
    a body without end
      owa-header: 15.2.2562.43
    chunks of nothing
      owa-header: 15.2.2562.43
    a chunk's extension without end
      owa-header: 15.2.2562.43
    trailers without end
      owa-header: 15.2.2562.43
    bytes that are no text
      owa-header: 15.2.2562.43
      server-header: ü
      owa-header: 15.2.2562.43
      server-header: ü
    a header of 60 KB
      owa-header: 15.2.2562.43
      server-header: sssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssss…
      owa-header: 15.2.2562.43
      server-header: sssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssss…
    ");
}

#[test]
fn lengths_and_pauses_that_nobody_can_mean() {
    let peers = vec![
        peer("a length of 2^64", vec![exchange("Content-Length: 18446744073709551616\r\n\r\n")]),
        peer("a length below zero", vec![exchange("Content-Length: -1\r\n\r\n")]),
        peer("two lengths", vec![exchange("Content-Length: 1\r\nContent-Length: 2\r\n\r\nab")]),
        peer(
            "a pause without end",
            vec![say(
                "HTTP/1.1 503 Later\r\nRetry-After: 18446744073709551615\r\nContent-Length: 0\r\n\r\n",
            )],
        ),
        peer(
            "a pause of 2^64",
            vec![say(
                "HTTP/1.1 429 Later\r\nRetry-After: 18446744073709551616\r\nContent-Length: 0\r\n\r\n",
            )],
        ),
    ];
    insta::assert_snapshot!(ask(4, Wishes::default(), peers), @r#"
    a length of 2^64
      no-answer: not HTTP/1.1: invalid content-length parsed
    a length below zero
      no-answer: not HTTP/1.1: invalid content-length parsed
    two lengths
      no-answer: not HTTP/1.1: invalid content-length parsed
    a pause without end
      http-status: 503
      no-answer: it asks to be left alone for 18446744073709551615 s (status 503)
    a pause of 2^64
      http-status: 429
      no-answer: it asks to be left alone for 18446744073709551615 s (status 429)
    "#);
}
