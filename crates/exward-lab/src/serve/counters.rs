//! What reached each face.

use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::estate::Estate;

/// Paths, or mail commands, that are kept for each face: more than a polite client asks.
pub const PATHS_PER_FACE_MAX: usize = 64;

/// Characters of a path that are kept.
const PATH_CHARS_MAX: usize = 200;

/// Counts of all faces since they began to listen.
#[derive(Debug)]
pub struct Counters {
    faces: Vec<Counter>,
}

#[derive(Debug)]
struct Counter {
    address: Ipv4Addr,
    connections: AtomicU64,
    handshakes: AtomicU64,
    requests: AtomicU64,
    paths: Mutex<Vec<String>>,
}

/// Counts of one face.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FaceCounts {
    /// Connections taken.
    pub connections: u64,
    /// TLS handshakes that came to their end, STARTTLS included.
    pub handshakes: u64,
    /// Requests or mail commands, also bad ones.
    pub requests: u64,
    /// The first [`PATHS_PER_FACE_MAX`] of them: `GET /owa/`, `EHLO a`.
    pub paths: Vec<String>,
}

impl Counters {
    pub(super) fn new(estate: &Estate) -> Self {
        let counter = |address| Counter {
            address,
            connections: AtomicU64::new(0),
            handshakes: AtomicU64::new(0),
            requests: AtomicU64::new(0),
            paths: Mutex::new(Vec::new()),
        };
        Self { faces: estate.faces.iter().map(|face| counter(face.address)).collect() }
    }

    /// Connections to all faces.
    #[must_use]
    pub fn connections(&self) -> u64 {
        self.sum(|it| &it.connections)
    }

    /// Handshakes with all faces.
    #[must_use]
    pub fn handshakes(&self) -> u64 {
        self.sum(|it| &it.handshakes)
    }

    /// Requests and commands to all faces.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.sum(|it| &it.requests)
    }

    /// The counts of the face at this address; `None` if there is none.
    #[must_use]
    pub fn face(&self, address: Ipv4Addr) -> Option<FaceCounts> {
        let it = self.faces.iter().find(|it| it.address == address)?;
        Some(FaceCounts {
            connections: it.connections.load(Ordering::Relaxed),
            handshakes: it.handshakes.load(Ordering::Relaxed),
            requests: it.requests.load(Ordering::Relaxed),
            paths: it.paths.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        })
    }

    pub(super) fn connection(&self, face: usize) {
        if let Some(it) = self.faces.get(face) {
            it.connections.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn handshake(&self, face: usize) {
        if let Some(it) = self.faces.get(face) {
            it.handshakes.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Counts a request; gives its number on this face, from 0.
    pub(super) fn request(&self, face: usize, words: [&str; 2]) -> u64 {
        let Some(it) = self.faces.get(face) else { return 0 };
        let mut paths = it.paths.lock().unwrap_or_else(PoisonError::into_inner);
        if paths.len() < PATHS_PER_FACE_MAX {
            let path = words.join(" ");
            paths.push(path.trim_end().chars().take(PATH_CHARS_MAX).collect());
        }
        it.requests.fetch_add(1, Ordering::Relaxed)
    }

    fn sum(&self, count: impl Fn(&Counter) -> &AtomicU64) -> u64 {
        let each = self.faces.iter().map(|it| count(it).load(Ordering::Relaxed));
        each.fold(0, u64::saturating_add)
    }
}
