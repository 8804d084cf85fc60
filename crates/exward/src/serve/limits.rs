//! Every limit of the server, with its reason (A12). What is beyond one is refused, not queued without end.

use std::num::NonZeroU32;
use std::time::Duration;

/// Connections at once. Each has two buffers and a TLS state, about 60 KiB: 64 MB at most.
pub(crate) const CONNECTIONS_MAX: usize = 1_024;

/// How long a TLS handshake may take. Two round trips over a bad line take less than a second.
pub(crate) const HANDSHAKE_MAX: Duration = Duration::from_secs(10);

/// How long a connection may take until its next request is here with all its headers, counted from the end
/// of the answer before. A connection that says nothing costs a place, and so does one that says a byte a minute.
pub(crate) const HEADERS_MAX: Duration = Duration::from_secs(30);

/// How long a client may not take any byte of an answer.
pub(crate) const WRITE_STALL_MAX: Duration = Duration::from_secs(30);

/// How long the body of a request may take to come.
pub(crate) const BODY_TIME_MAX: Duration = Duration::from_secs(30);

/// How long a request may be worked at until its answer begins. The slowest question, a page of servers of a
/// tenant of a million, takes less than a second.
pub(crate) const REQUEST_MAX: Duration = Duration::from_secs(30);

/// How long requests may go on once the server was told to stop.
pub(crate) const FINISH_MAX: Duration = Duration::from_secs(10);

/// Bytes of a form, or of a JSON body of the API. The largest form is a reason with a few names.
pub(crate) const BODY_MAX: usize = 64 * 1_024;

/// Bytes of certificate or key file. A chain of five certificates has about 10 KiB.
pub(crate) const PEM_MAX: u64 = 1_024 * 1_024;

/// How long somebody stays signed in, from signing in: a working day.
pub(crate) const SESSION_HOURS: i64 = 12;

/// How long the link of the first start is good for.
pub(crate) const SETUP_HOURS: i64 = 24;

/// Days a token lasts at most; it has to be renewed before.
pub(crate) const TOKEN_DAYS_MAX: i64 = 366;

/// Characters of a password: at least. NIST SP 800-63B-4 (3.1.1.2): 15 where it is the only factor.
pub(crate) const PASSWORD_MIN: usize = 15;

/// Bytes of a password: at most. Hashing reads all of it.
pub(crate) const PASSWORD_MAX: usize = 1_024;

/// Characters of the name of a token.
pub(crate) const NAME_MAX: usize = 64;

/// Passwords hashed at once. Each takes 19 MiB and a processor for some 30 ms.
pub(crate) const HASHES_MAX: usize = 4;

/// How long a sign-in waits for a free place to be hashed.
pub(crate) const HASH_WAIT_MAX: Duration = Duration::from_secs(5);

/// Sign-ins from one address: so many at once …
pub(crate) const SIGN_INS_PER_ADDRESS: NonZeroU32 = NonZeroU32::new(10).unwrap();

/// … and one more after each of these.
pub(crate) const SIGN_IN_ADDRESS_EVERY: Duration = Duration::from_secs(6);

/// Sign-ins with one name, wherever they come from: so many at once …
pub(crate) const SIGN_INS_PER_NAME: NonZeroU32 = NonZeroU32::new(5).unwrap();

/// … and one more after each of these: 120 guesses in an hour.
pub(crate) const SIGN_IN_NAME_EVERY: Duration = Duration::from_secs(30);

/// Requests to the API of one caller: so many at once …
pub(crate) const API_BURST: NonZeroU32 = NonZeroU32::new(100).unwrap();

/// … and one more after each of these: 20 in a second.
pub(crate) const API_EVERY: Duration = Duration::from_millis(50);

/// Callers that a rate limit remembers. Beyond, those at rest are forgotten; if none is, all wait.
pub(crate) const CALLERS_MAX: usize = 20_000;

/// How long somebody is told to wait while the store is away.
pub(crate) const AWAY_SECONDS: u64 = 5;

/// Days for which an ended job is remembered.
pub(crate) const JOB_DAYS: u16 = 90;

/// Rows of a list of the API: without being asked for another number.
pub(crate) const LIST_ROWS: u32 = 100;

/// Rows of a list of the API: at most.
pub(crate) const LIST_ROWS_MAX: u32 = 1_000;

/// Bytes of the form of a blueprint. One of 4,000 servers has about 4 MB, and a form has up to three for each.
pub(crate) const BLUEPRINT_FORM_MAX: usize = 16 * 1_024 * 1_024;

/// How often it is asked what is new where somebody follows.
pub(crate) const LIVE_LOOK: Duration = Duration::from_secs(1);

/// How many times as long as a look has taken the next one waits: at most a tenth of the time is spent on it.
pub(crate) const LIVE_REST: u32 = 9;

/// How often somebody who follows hears that the connection lives; well within [`HEADERS_MAX`].
pub(crate) const LIVE_BEAT: Duration = Duration::from_secs(10);

/// How often it is looked whether who follows is signed in still.
pub(crate) const LIVE_SESSION_LOOK: Duration = Duration::from_secs(60);

/// Pages that a person follows at once. A browser has six connections to a server, and needs some for pages.
pub(crate) const LIVE_PER_PERSON: usize = 4;

/// The same of all people: half of the connections are left for pages.
pub(crate) const LIVE_MAX: usize = 512;

/// How long somebody is told to wait who follows too many.
pub(crate) const LIVE_AGAIN_SECONDS: u64 = 60;

/// Bytes of the target of a schedule: a host name has at most 253.
pub(crate) const TARGET_MAX: usize = 300;

/// How often a target is asked: not so often that its owner wonders, and once a year at least.
pub(crate) const SCHEDULE_MINUTES: std::ops::RangeInclusive<u32> = 5..=525_600;
