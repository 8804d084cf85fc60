//! Recorded answers: what `curl -i`, `curl -v`, nmap, a mail client or a recon tool printed.
//!
//! A file holds the answers of one server, unless every line of it is a greeting or a challenge of
//! its own: then each line is a server.

mod parts;

use exward_core::evidence::Evidence;

use crate::answer::{greeting, http, ntlm};
use crate::limits::ANSWER_LINES_MAX;
use crate::record::{Reading, Record};
use crate::skipped::Skipped;
use crate::text;
use parts::Parts;

/// Reads a recording. Its records have no target: the recording does not name one.
#[must_use]
pub fn read(bytes: &[u8]) -> Reading {
    let text = text::decode(bytes).text;
    let lines: Vec<&str> = text.lines().take(ANSWER_LINES_MAX).collect();
    let mut skipped = Vec::new();
    if text.lines().nth(ANSWER_LINES_MAX).is_some() {
        skipped.push(Skipped::whole(format!("only the first {ANSWER_LINES_MAX} lines were read")));
    }
    let records = match one_a_line(&lines) {
        Some(records) => records,
        None => vec![Record { evidence: together(&lines), ..Record::default() }],
    };
    Reading { records, skipped }
}

/// One record a line, if there are several lines and each stands for itself.
fn one_a_line(lines: &[&str]) -> Option<Vec<Record>> {
    let mut records = Vec::new();
    for (number, line) in (1..).zip(lines) {
        // Collections of greetings carry remarks after a tab.
        let line = line.split_once("\t#").map_or(*line, |(before, _)| before).trim();
        if line.is_empty() {
            continue;
        }
        let evidence = single(line)?;
        records.push(Record { target: String::new(), line: Some(number), evidence });
    }
    (records.len() > 1).then_some(records)
}

/// The evidence of a line that is a greeting or a challenge; `None` for any other.
fn single(line: &str) -> Option<Vec<Evidence>> {
    if let Some(challenge) = parts::challenge(line) {
        return ntlm(challenge).ok();
    }
    Some(greeting(line)).filter(|evidence| !evidence.is_empty())
}

fn together(lines: &[&str]) -> Vec<Evidence> {
    let parts = Parts::of(lines);
    let mut evidence: Vec<Evidence> = Vec::new();
    for part in &parts.answers {
        evidence.extend(http(&part.answer()));
    }
    evidence.extend(parts.other);
    evidence.extend(crate::answer::ehlo(&parts.verbs));
    evidence
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want: &str) {
        let reading = read(text.as_bytes());
        let line = |it: &Record| {
            let pairs: Vec<String> =
                it.evidence.iter().map(|it| format!("{} {}", it.kind, it.value)).collect();
            pairs.join("; ")
        };
        let got: Vec<String> = reading.records.iter().map(line).collect();
        assert_eq!(got.join("\n"), want, "{text}");
    }

    #[test]
    fn recordings_of_every_shape_are_read() {
        check(
            "HTTP/1.1 401 Unauthorized\nX-OWA-Version: 15.2.2562.49\n\n",
            "owa-header 15.2.2562.49",
        );
        check("< x-owa-version: 15.1.2242.12", "owa-header 15.1.2242.12");
        check("> GET /owa/ HTTP/1.1\n< HTTP/1.1 302 Found\n< X-FEServer: A\n", "front-end A");
        check("OWA path version: 15.0.847\nX-FEServer: E", "front-end E; owa-path 15.0.847");
        check(
            "220 a Microsoft ESMTP MAIL Service ready\n250-a Hello\n250 XRDST",
            "smtp-greeting 220 a Microsoft ESMTP MAIL Service ready; smtp-ehlo a Hello, XRDST",
        );
        check(
            "| smtp-commands: A Hello [b], SIZE 1, XRDST, \n|_  Product_Version: 10.0.14393",
            "ntlm Windows 10.0.14393; smtp-ehlo A Hello [b], SIZE 1, XRDST",
        );
        check(
            "+OK The Microsoft Exchange POP3 service is ready.\n* OK The Microsoft Exchange IMAP4 service is ready.\t# 2010+",
            "pop-greeting +OK The Microsoft Exchange POP3 service is ready.\nimap-greeting * OK The Microsoft Exchange IMAP4 service is ready.",
        );
        check(
            "HTTP/1.1 302 Found\nX-OWA-Version: 15.2.1748.10\n\n\nHTTP/1.1 200 OK\n\n<a href=\"/owa/auth/15.2.1748/x\">",
            "owa-header 15.2.1748.10; owa-path 15.2.1748",
        );
    }

    proptest::proptest! {
        /// Any bytes are read; never a panic.
        #[test]
        fn any_recording_is_read(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
            let _reading = read(&bytes);
        }
    }
}
