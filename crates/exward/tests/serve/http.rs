//! As much of HTTP as a test needs: one request per connection, a cookie, a form.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn read(from: &mut impl Read) -> Self {
        let mut bytes = Vec::new();
        // A server that closes without a farewell of TLS has said everything.
        let _ended = from.read_to_end(&mut bytes);
        let text = String::from_utf8(bytes).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = head.split(' ').nth(1).and_then(|it| it.parse().ok()).unwrap_or(0);
        Self { status, head: head.to_owned(), body: body.to_owned() }
    }

    /// A header, or nothing.
    pub(crate) fn header(&self, name: &str) -> &str {
        let mut lines = self.head.lines().skip(1).filter_map(|it| it.split_once(": "));
        lines.find(|(key, _)| key.eq_ignore_ascii_case(name)).map_or("", |(_, value)| value)
    }

    /// What stands between two texts of the body.
    pub(crate) fn between(&self, begin: &str, end: &str) -> String {
        let (_, rest) = self.body.split_once(begin).unwrap_or_else(|| panic!("{}", self.body));
        rest.split_once(end).unwrap().0.to_owned()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("{}", self.body))
    }
}

/// Keeps a cookie, and carries the key of its forms.
pub(crate) struct Browser {
    pub(crate) address: String,
    pub(crate) host: String,
    pub(crate) cookie: String,
}

impl Browser {
    pub(crate) fn new(address: &str) -> Self {
        Self { address: address.to_owned(), host: address.to_owned(), cookie: String::new() }
    }

    /// A request with these further header lines.
    pub(crate) fn ask(&mut self, method: &str, path: &str, more: &str, body: &str) -> Answer {
        let mut stream = connect(&self.address);
        let text = self.request(method, path, more, body);
        // It may answer and close before it has read everything.
        let _closed_early = stream.write_all(text.as_bytes());
        let answer = Answer::read(&mut stream);
        let set = answer.header("set-cookie");
        if let Some(value) = set.split(';').next().and_then(|it| it.strip_prefix("exward_session="))
        {
            self.cookie = value.to_owned();
        }
        answer
    }

    pub(crate) fn request(&self, method: &str, path: &str, more: &str, body: &str) -> String {
        let mut text =
            format!("{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n", self.host);
        if !self.cookie.is_empty() {
            write!(text, "cookie: other=1; exward_session={}\r\n", self.cookie).unwrap();
        }
        let kind = "content-type: application/x-www-form-urlencoded\r\n";
        write!(text, "{more}{kind}content-length: {}\r\n\r\n{body}", body.len()).unwrap();
        text
    }

    pub(crate) fn get(&mut self, path: &str) -> Answer {
        self.ask("GET", path, "", "")
    }

    /// Sends a form as it stands.
    pub(crate) fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let pairs = fields.iter().map(|(key, value)| format!("{key}={}", escaped(value)));
        let body = pairs.collect::<Vec<_>>().join("&");
        self.ask("POST", path, "", &body)
    }

    /// Sends a form of a page, with the key that stands there.
    pub(crate) fn submit(&mut self, page: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
        let key = self.get(page).between("name=\"form_key\" value=\"", "\"");
        let mut fields = fields.to_vec();
        fields.push(("form_key", &key));
        self.post(path, &fields)
    }
}

/// A connection that does not wait for ever.
pub(crate) fn connect(address: &str) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    stream
}

fn escaped(text: &str) -> String {
    let safe = |it: u8| it.is_ascii_alphanumeric();
    text.bytes()
        .map(|it| if safe(it) { char::from(it).to_string() } else { format!("%{it:02X}") })
        .collect()
}
