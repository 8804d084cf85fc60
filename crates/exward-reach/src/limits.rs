//! Every limit of a probe, with its reason (A12).

use std::time::Duration;

/// Most hosts that are asked at once. A slow one keeps its place for [`Patience::total`] and no longer.
pub const IN_FLIGHT_MAX: usize = 2000;

/// Most names that are looked up at once: a list of names must not be a burst for the name server.
pub const LOOKUPS_MAX: usize = 200;

/// Most bytes of an answer's head. IIS itself sends no more than 16 KiB.
pub const HEAD_BYTES_MAX: usize = 64 << 10;

/// Most headers of one answer. Exchange sends about 20.
pub const HEADERS_MAX: usize = 100;

/// Most characters of one header's value that are kept. Tokens of load balancers have up to 4 KiB, and no
/// reader looks at them.
pub const HEADER_CHARS_MAX: usize = 1024;

/// Most bytes of a page that are read to find a version in it. Exchange names it in the first 600.
pub const PAGE_BYTES_MAX: usize = 16 << 10;

/// Most bytes of all answers of a web server on one connection. A head and a page for every question there is are
/// below half of it; who sends more wants to keep the probe busy.
pub const CONNECTION_BYTES_MAX: usize = 1 << 20;

/// Lengths to which a page is cut for the journal if it then says as much as the whole.
pub const BODIES_KEPT: [usize; 3] = [0, 1 << 10, 4 << 10];

/// Most bytes of the manifest that are read. It has 16,487, and its signature comes last.
pub const MANIFEST_BYTES_MAX: usize = 24 << 10;

/// Most bytes of a line of a mail server. RFC 5321 allows 512; some greetings are longer.
pub const MAIL_LINE_BYTES_MAX: usize = 2048;

/// Most lines of one answer of a mail server. Exchange names about 20 verbs.
pub const MAIL_LINES_MAX: usize = 100;

/// Longest wait that `Retry-After` may ask for; whoever asks for more is left alone.
pub const RETRY_AFTER_MAX: Duration = Duration::from_secs(120);

/// Most later turns that a server gets because it asked for them.
pub const RETRY_AFTERS_MAX: u8 = 3;

/// Pause before the one later retry of a host that gave no answer.
pub const RETRY_PAUSE: Duration = Duration::from_secs(5);

/// Most hosts that wait for their turn because their network or address is being asked.
pub const WAITING_MAX: usize = 4096;

/// How long a probe waits, phase by phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// For the connection.
    pub connect: Duration,
    /// For the TLS handshake.
    pub tls: Duration,
    /// For the first byte of each answer.
    pub first_byte: Duration,
    /// For everything that one address is asked.
    pub total: Duration,
}

impl Patience {
    /// The usual patience for so long a time in all: 20 seconds give 3 to connect, 6 for TLS, 10 for the
    /// first byte.
    #[must_use]
    pub fn within(total: Duration) -> Self {
        let share =
            |twentieths: u32| total.saturating_mul(twentieths).checked_div(20).unwrap_or(total);
        Self { connect: share(3), tls: share(6), first_byte: share(10), total }
    }
}

/// Longest time for one message out of the house, from the name to the end of the answer. Receivers that take
/// longer do their work before they answer, and are asked again.
pub const OUTBOUND_TIMEOUT_MAX: Duration = Duration::from_secs(60);

/// Shortest such time: below it, healthy receivers on the other side of the world would be missed.
pub const OUTBOUND_TIMEOUT_MIN: Duration = Duration::from_millis(100);

/// Most bytes of a message out of the house. An event of ours has some KiB.
pub const OUTBOUND_BODY_BYTES_MAX: usize = 256 << 10;

/// Most bytes that may be kept of the answer to one. A receiver says yes, or why not.
pub const OUTBOUND_ANSWER_BYTES_MAX: usize = 64 << 10;

/// Most addresses of one name that are tried.
pub const OUTBOUND_ADDRESSES_MAX: usize = 4;

/// Most bytes of the address of a receiver. Those of chat services have about 300.
pub const OUTBOUND_URL_BYTES_MAX: usize = 2048;
