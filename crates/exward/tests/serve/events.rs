//! Server-sent events, as a browser reads them.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;

use crate::http::{Browser, connect};

/// A stream of events.
pub(crate) struct Events(BufReader<TcpStream>);

impl Events {
    /// Follows what is sent at this address.
    pub(crate) fn follow(browser: &Browser, path: &str) -> Self {
        let mut stream = connect(&browser.address);
        let text = browser.request("GET", path, "", "");
        stream.write_all(text.as_bytes()).unwrap();
        let mut events = Self(BufReader::new(stream));
        assert_eq!(events.line().as_deref(), Some("HTTP/1.1 200 OK"));
        let mut head = Vec::new();
        while let Some(line) = events.line().filter(|it| !it.is_empty()) {
            head.push(line.to_ascii_lowercase());
        }
        for want in ["content-type: text/event-stream", "cache-control: no-store"] {
            assert!(head.iter().any(|it| it == want), "{want}: {head:?}");
        }
        events
    }

    /// Reads until an event says this. The connection waits a minute for each line at most.
    pub(crate) fn until(&mut self, want: &str) {
        loop {
            let line = self.line().unwrap_or_else(|| panic!("it ended without `{want}`"));
            if line.starts_with("data:") && line.contains(want) {
                return;
            }
        }
    }

    /// Reads to the end, which comes by itself.
    pub(crate) fn ended(mut self) {
        while self.line().is_some() {}
    }

    fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let read = self.0.read_line(&mut line).unwrap();
        (read > 0).then(|| line.trim_end().to_owned())
    }
}
