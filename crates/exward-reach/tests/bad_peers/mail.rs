//! Mail servers that break the rules of SMTP.

use exward_reach::probe::Wishes;

use super::script::Step::{Drip, Endless, Hear, Hold, Reset};
use super::script::{Peer, Step, ask, say};

const HELLO: &str = "220 mail.example.org Microsoft ESMTP MAIL Service ready\r\n";

const VERBS: &str = "250-mail.example.org\r\n250-STARTTLS\r\n250-XRDST\r\n250 AUTH NTLM\r\n";

fn peer(name: &'static str, steps: Vec<Step>) -> Peer {
    Peer { name, scheme: "smtp", steps }
}

#[test]
fn no_greeting_is_too_strange() {
    let peers = vec![
        peer("closes", vec![]),
        peer("is silent", vec![Hold]),
        peer("a line without end", vec![Endless(b"2")]),
        peer("lines of a greeting without end", vec![Endless(b"220-again\r\n")]),
        peer("a greeting that drips", vec![Drip(b"2")]),
        peer("bytes that are no text", vec![say([0xff, 0xfe, b'\n']), Hold]),
        peer("an empty line", vec![say("\r\n"), Hold]),
        peer("another protocol", vec![say("SSH-2.0-OpenSSH_9.6\r\n"), Hold]),
        peer("turns everybody away", vec![say("554 no\r\n")]),
        Peer { name: "IMAP without end", scheme: "imap", steps: vec![Endless(b"* ")] },
        Peer { name: "POP of no text", scheme: "pop3", steps: vec![say([0x80, b'\n']), Hold] },
        Peer { name: "plain text for TLS", scheme: "smtps", steps: vec![say(HELLO), Hold] },
    ];
    insta::assert_snapshot!(ask(5, Wishes::default(), peers), @r#"
    closes
      no-answer: connected, but it closed the connection without a word
    is silent
      no-answer: connected, but no greeting within 1 s
    a line without end
      no-answer: a line of more than 2048 bytes: no mail server
    lines of a greeting without end
      no-answer: an answer of more than 100 lines
    a greeting that drips
      no-answer: connected, but no greeting within 1 s
    bytes that are no text
      other-service: ��
    an empty line
      other-service: an empty greeting
    another protocol
      other-service: SSH-2.0-OpenSSH_9.6
    turns everybody away
      other-service: 554 no
    IMAP without end
      no-answer: a line of more than 2048 bytes: no mail server
    POP of no text
      other-service: �
    plain text for TLS
      tls: no handshake
      no-answer: no TLS: not TLS: it answered "220 mail.example.org Microsoft ESMTP MAI"
    "#);
}

#[test]
fn what_was_said_before_the_break_stays() {
    let tls = |then: Step| vec![say(HELLO), Hear, say(VERBS), Hear, say("220 go\r\n"), Hear, then];
    let peers = vec![
        peer("verbs without end", vec![say(HELLO), Hear, Endless(b"250-AGAIN\r\n")]),
        peer("a verb without end", vec![say(HELLO), Hear, say("250-"), Endless(b"A")]),
        peer("closes instead of verbs", vec![say(HELLO), Hear]),
        peer("no code before its verbs", vec![say(HELLO), Hear, say("X\r\n"), Hold]),
        peer("text across the code", vec![say(HELLO), Hear, say("25\u{fc}-A\r\n250 B\r\n"), Hold]),
        peer("garbage for TLS", tls(say("garbage, not a handshake at all\r\n"))),
        peer("silence for TLS", tls(Hold)),
        peer("a reset for TLS", tls(Reset)),
        peer("no end for TLS", tls(Endless(&[22, 3, 1, 0x40, 0, 2, 0, 0x3f, 0xfc]))),
    ];
    insta::assert_snapshot!(ask(6, Wishes::default(), peers), @r#"
    verbs without end
      smtp-greeting: 220 mail.example.org Microsoft ESMTP MAIL Service ready
    a verb without end
      smtp-greeting: 220 mail.example.org Microsoft ESMTP MAIL Service ready
    closes instead of verbs
      smtp-greeting: 220 mail.example.org Microsoft ESMTP MAIL Service ready
    no code before its verbs
      smtp-greeting: 220 mail.example.org Microsoft ESMTP MAIL Service ready
    text across the code
      smtp-greeting: 220 mail.example.org Microsoft ESMTP MAIL Service ready
      smtp-ehlo: -A
    garbage for TLS
      smtp-greeting: 220 mail.example.org Microsoft ESMTP MAIL Service ready
      smtp-ehlo: mail.example.org, STARTTLS, XRDST, AUTH NTLM
      tls: no handshake
      no-answer: no TLS: not TLS: it answered "garbage, not a handshake at all"
    silence for TLS
      smtp-greeting: 220 mail.example.org Microsoft ESMTP MAIL Service ready
      smtp-ehlo: mail.example.org, STARTTLS, XRDST, AUTH NTLM
      tls: no handshake
      no-answer: no TLS: no end of the handshake within 0.6 s
    a reset for TLS
      smtp-greeting: 220 mail.example.org Microsoft ESMTP MAIL Service ready
      smtp-ehlo: mail.example.org, STARTTLS, XRDST, AUTH NTLM
      tls: no handshake
      no-answer: no TLS: connection reset during the handshake
    no end for TLS
      smtp-greeting: 220 mail.example.org Microsoft ESMTP MAIL Service ready
      smtp-ehlo: mail.example.org, STARTTLS, XRDST, AUTH NTLM
      tls: no handshake
      no-answer: no TLS: we ended it: ssl3 session id too long
    "#);
}

#[test]
fn a_challenge_that_is_none_is_left_out() {
    let ntlm = Wishes { ntlm: true, ..Wishes::default() };
    let challenged = |with: Step| vec![say(HELLO), Hear, say(VERBS), Hear, with];
    let peers = vec![
        peer("no text", challenged(say([b'3', b'3', b'4', b' ', 0xff, b'\n']))),
        peer("a challenge without end", challenged(Endless(b"334 A"))),
        peer("silence", challenged(Hold)),
    ];
    insta::assert_snapshot!(ask(7, ntlm, peers), @r#"
    no text
      smtp-greeting: 220 mail.example.org Microsoft ESMTP MAIL Service ready
      smtp-ehlo: mail.example.org, STARTTLS, XRDST, AUTH NTLM
    a challenge without end
      smtp-greeting: 220 mail.example.org Microsoft ESMTP MAIL Service ready
      smtp-ehlo: mail.example.org, STARTTLS, XRDST, AUTH NTLM
    silence
      smtp-greeting: 220 mail.example.org Microsoft ESMTP MAIL Service ready
      smtp-ehlo: mail.example.org, STARTTLS, XRDST, AUTH NTLM
      no-answer: not finished within 2 s
    "#);
}
