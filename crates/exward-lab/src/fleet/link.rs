//! The estate in another process: one JSON line a question, one an answer, over loopback.
//!
//! [`serve`] is the lab's side; [`Link`] is the executor's, and implements `Effects` and `Clock`.
//!
//! # Invariants
//! * **K1 loopback only.** Both sides refuse every other address.
//! * **K2 bounded.** A line has [`LINE_BYTES_MAX`] bytes at most.

mod wire;

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use exward_core::fleet::{DagName, ServerName};
use exward_drive::clock::{Clock, Waited};
use exward_drive::effects::{EffectError, Effects, Order};
use exward_drive::state::{DagState, ServerState};
use jiff::Timestamp;

use super::SharedFleet;
use wire::{Answer, Question, WireOrder};

/// Longest question or answer: a DAG of 16 members with 1600 copies has some 300 KB.
const LINE_BYTES_MAX: u64 = 4 << 20;

/// How long an answer may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// How often an executor that waits looks whether it is to stop.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Why the lab cannot be linked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LinkError {
    /// Not loopback (K1).
    #[error("{address} is not a loopback address: the lab is nowhere else")]
    NotLoopback {
        /// The address.
        address: SocketAddr,
    },
    /// It cannot be opened.
    #[error("the lab at {address} cannot be reached")]
    Open {
        /// Where.
        address: SocketAddr,
        /// What the system says.
        #[source]
        source: io::Error,
    },
}

/// Answers questions about an estate, in threads of their own, as long as the process lives. Gives the
/// address that it listens on.
///
/// # Errors
/// [`LinkError`].
pub fn serve(fleet: &SharedFleet, address: SocketAddr) -> Result<SocketAddr, LinkError> {
    if !address.ip().is_loopback() {
        return Err(LinkError::NotLoopback { address });
    }
    let open = |source| LinkError::Open { address, source };
    let listener = TcpListener::bind(address).map_err(open)?;
    let bound = listener.local_addr().map_err(open)?;
    let fleet = fleet.clone();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let fleet = fleet.clone();
            // Who goes away ends its own conversation alone.
            thread::spawn(move || converse(&stream, fleet));
        }
    });
    Ok(bound)
}

fn converse(stream: &TcpStream, mut fleet: SharedFleet) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    loop {
        let mut line = String::new();
        if reader.by_ref().take(LINE_BYTES_MAX).read_line(&mut line)? == 0 {
            return Ok(());
        }
        let question: Question = serde_json::from_str(&line)?;
        let mut answer = serde_json::to_vec(&answer(&mut fleet, question))?;
        answer.push(b'\n');
        (&*stream).write_all(&answer)?;
    }
}

fn answer(fleet: &mut SharedFleet, question: Question) -> Answer {
    match question {
        Question::Now => Answer::Now(fleet.now()),
        Question::Pass { until } => {
            fleet.wait_until(until);
            Answer::Now(fleet.now())
        }
        Question::Server { name } => match fleet.server(&ServerName::new(&name)) {
            Ok(state) => Answer::Server(state),
            Err(error) => Answer::of_error(&error),
        },
        Question::Dag { name } => match fleet.dag(&DagName::new(&name)) {
            Ok(state) => Answer::Dag(wire::WireDag::of(&state)),
            Err(error) => Answer::of_error(&error),
        },
        Question::Order(order) => match order.give(fleet) {
            Ok(()) => Answer::Taken,
            Err(error) => Answer::of_error(&error),
        },
        Question::Breaches => {
            let told = |it: &super::Breach| {
                format!("{} {} {}: {}", it.at, it.invariant, it.server, it.what)
            };
            Answer::Breaches(fleet.lock().breaches().iter().map(told).collect())
        }
    }
}

/// The executor's side.
pub struct Link {
    stream: BufReader<TcpStream>,
    address: SocketAddr,
    /// The last time that the lab told; its clock moves only when it is told to.
    now: Timestamp,
    minutes_per_second: u32,
    stop: fn() -> bool,
}

impl Link {
    /// Connects to a lab. Its clock lets so many minutes pass in a second; 0: as fast as can be. `stop` is
    /// asked while it waits.
    ///
    /// # Errors
    /// [`LinkError`].
    pub fn open(
        address: SocketAddr,
        minutes_per_second: u32,
        stop: fn() -> bool,
    ) -> Result<Self, LinkError> {
        if !address.ip().is_loopback() {
            return Err(LinkError::NotLoopback { address });
        }
        let open = |source| LinkError::Open { address, source };
        let stream = TcpStream::connect_timeout(&address, ANSWER_WITHIN).map_err(open)?;
        stream.set_nodelay(true).map_err(open)?;
        stream.set_read_timeout(Some(ANSWER_WITHIN)).map_err(open)?;
        let stream = BufReader::new(stream);
        let now = Timestamp::UNIX_EPOCH;
        let mut link = Self { stream, address, now, minutes_per_second, stop };
        match link.ask(&Question::Now) {
            Ok(_) => Ok(link),
            Err(error) => Err(open(io::Error::other(error.to_string()))),
        }
    }

    /// What the lab says was done that must not be.
    ///
    /// # Errors
    /// [`EffectError::Lost`] if it does not answer.
    pub fn breaches(&mut self) -> Result<Vec<String>, EffectError> {
        let answer = self.ask(&Question::Breaches)?;
        if let Answer::Breaches(breaches) = answer {
            Ok(breaches)
        } else {
            Err(answer.into_error())
        }
    }

    fn ask(&mut self, question: &Question) -> Result<Answer, EffectError> {
        let answer = self.exchange(question).map_err(|error| EffectError::Lost {
            why: format!("the lab at {} does not answer: {error}", self.address),
        })?;
        if let Answer::Now(now) = answer {
            self.now = now;
        }
        Ok(answer)
    }

    fn exchange(&mut self, question: &Question) -> io::Result<Answer> {
        let mut line = serde_json::to_vec(question)?;
        line.push(b'\n');
        self.stream.get_mut().write_all(&line)?;
        let mut answer = String::new();
        if self.stream.by_ref().take(LINE_BYTES_MAX).read_line(&mut answer)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(serde_json::from_str(&answer)?)
    }
}

impl Effects for Link {
    fn server(&mut self, server: &ServerName) -> Result<Arc<ServerState>, EffectError> {
        let answer = self.ask(&Question::Server { name: server.to_string() })?;
        if let Answer::Server(state) = answer { Ok(state) } else { Err(answer.into_error()) }
    }

    fn dag(&mut self, dag: &DagName) -> Result<Arc<DagState>, EffectError> {
        let answer = self.ask(&Question::Dag { name: dag.to_string() })?;
        if let Answer::Dag(state) = answer {
            Ok(Arc::new(state.state()))
        } else {
            Err(answer.into_error())
        }
    }

    fn order(&mut self, order: &Order<'_>) -> Result<(), EffectError> {
        let answer = self.ask(&Question::Order(Box::new(WireOrder::of(order))))?;
        if let Answer::Taken = answer { Ok(()) } else { Err(answer.into_error()) }
    }
}

impl Clock for Link {
    fn now(&self) -> Timestamp {
        self.now
    }

    fn wait_until(&mut self, until: Timestamp) -> Waited {
        let minutes = until.duration_since(self.now).as_secs_f64() / 60.0;
        let mut left = Duration::ZERO;
        if self.minutes_per_second > 0 {
            let seconds = minutes / f64::from(self.minutes_per_second);
            left = Duration::try_from_secs_f64(seconds).unwrap_or_default();
        }
        loop {
            if (self.stop)() {
                return Waited::Interrupted;
            }
            if left.is_zero() {
                break;
            }
            let pause = left.min(LOOK_EVERY);
            thread::sleep(pause);
            left = left.saturating_sub(pause);
        }
        // If the lab is gone, time stands still here and the next question says so.
        if self.ask(&Question::Pass { until }).is_err() {
            self.now = self.now.max(until);
        }
        Waited::Reached
    }
}
