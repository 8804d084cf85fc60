//! One HTTP answer, headers and page: a status is never silent (W1), silence proves nothing (W1),
//! and a page alone is no server (W2).
//!
//! The first line is the endpoint, headers follow up to an empty line, the rest is the page.
#![no_main]

use libfuzzer_sys::fuzz_target;

use exward_core::identify::{Presence, identify};
use exward_fuzz::{CATALOG, evidence_is_bounded};
use exward_read::answer::{HttpAnswer, http};

fuzz_target!(|text: &str| {
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let mut lines = head.lines();
    let endpoint = lines.next();
    let header = |line: &str| line.split_once(':').map(|(a, b)| (a.to_owned(), b.to_owned()));
    let headers: Vec<_> = lines.filter_map(header).collect();
    let is_bare = headers.is_empty();
    let answer = HttpAnswer { endpoint, status: Some(200), headers, body };
    let evidence = http(&answer);
    assert!(!evidence.is_empty(), "W1");
    evidence_is_bounded(&evidence);
    if is_bare {
        let page_only: Vec<_> =
            evidence.iter().filter(|it| it.kind.name() == "owa-path").cloned().collect();
        assert!(identify(&CATALOG, &page_only).presence != Presence::Exchange, "W2");
    }
});
