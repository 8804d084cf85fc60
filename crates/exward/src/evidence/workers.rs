//! Several threads over one list of files, results in the order of the list.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Read as _, Seek as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;

use exward_hunt::{Examined, Noted};
use exward_read::Skipped;

use super::opened::{Changed, Opened};
use super::walk::Found;
use super::{Evidence, Examine, own};
use crate::interrupt;
use crate::progress::Bytes;

/// Files that may be read before the one whose turn it is: results that wait take memory.
const AHEAD_MAX: usize = 256;

/// The list, and how far it is.
struct Work<'a> {
    hunter: &'a dyn Examine,
    files: &'a [Found],
    next: AtomicUsize,
    /// The file whose result is taken next.
    turn: Mutex<usize>,
    moved: Condvar,
    /// Files that could not be read.
    unread: AtomicU64,
    /// Files whose reading Ctrl-C ended.
    in_part: AtomicUsize,
    bytes: Bytes,
}

/// Looks at every file, and adds what it says in the order of the list (Z1).
pub(super) fn examine(hunter: &dyn Examine, files: &[Found], jobs: usize, evidence: &mut Evidence) {
    let total = files.iter().fold(0_u64, |sum, it| sum.saturating_add(it.size));
    let work = Work {
        hunter,
        files,
        next: AtomicUsize::new(0),
        turn: Mutex::new(0),
        moved: Condvar::new(),
        unread: AtomicU64::new(0),
        in_part: AtomicUsize::new(0),
        bytes: Bytes::new(total),
    };
    let (sender, results) = sync_channel(jobs.max(1));
    let examined = thread::scope(|scope| {
        for _ in 0..jobs.max(1) {
            let (work, sender) = (&work, sender.clone());
            scope.spawn(move || work.run(&sender));
        }
        drop(sender);
        work.collect(&results, evidence)
    });
    work.bytes.finish();
    evidence.unread = evidence.unread.saturating_add(work.unread.load(Ordering::Relaxed));
    evidence.in_part = work.in_part.load(Ordering::Relaxed);
    evidence.left = files.len().saturating_sub(examined);
}

impl Work<'_> {
    /// One thread.
    fn run(&self, results: &SyncSender<(usize, Examined)>) {
        loop {
            if interrupt::asked() {
                return;
            }
            let at = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(file) = self.files.get(at) else { return };
            self.wait(at);
            let examined = self.one(file);
            if results.send((at, examined)).is_err() {
                return;
            }
        }
    }

    /// Waits until not too many results would wait for an earlier one.
    fn wait(&self, at: usize) {
        let mut turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        while at >= turn.saturating_add(AHEAD_MAX) {
            turn = self.moved.wait(turn).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Takes the results in order; gives how many there were. After Ctrl-C what comes late is still taken.
    fn collect(&self, results: &Receiver<(usize, Examined)>, evidence: &mut Evidence) -> usize {
        let mut waiting: BTreeMap<usize, Examined> = BTreeMap::new();
        let mut turn = 0_usize;
        for (at, examined) in results {
            waiting.insert(at, examined);
            while let Some(examined) = waiting.remove(&turn) {
                evidence.examined.absorb(examined);
                turn = turn.saturating_add(1);
            }
            *self.turn.lock().unwrap_or_else(PoisonError::into_inner) = turn;
            self.moved.notify_all();
        }
        let late = waiting.len();
        waiting.into_values().for_each(|it| evidence.examined.absorb(it));
        turn.saturating_add(late)
    }

    fn one(&self, file: &Found) -> Examined {
        let name = file.path.display().to_string();
        let mut told = 0_u64;
        let examined = self
            .read(file, &name, &mut told)
            .unwrap_or_else(|error| self.unread(&name, &error.to_string()));
        self.bytes.add(file.size.saturating_sub(told));
        examined
    }

    fn unread(&self, name: &str, why: &str) -> Examined {
        self.unread.fetch_add(1, Ordering::Relaxed);
        skipped(name, why)
    }

    fn read(&self, file: &Found, name: &str, told: &mut u64) -> io::Result<Examined> {
        let mut opened = Opened::new(File::open(&file.path)?)?;
        if let Some(noted) = own::noted(Path::new(name), &head(&mut opened)?) {
            return Ok(Examined { noted: vec![noted], ..Examined::default() });
        }
        opened.rewind()?;
        let (count, is_ended) = (Cell::new(0_u64), Cell::new(false));
        let progress = |bytes: u64| {
            // A file may be read twice; the bar must not run ahead.
            let more = bytes.min(file.size.saturating_sub(count.get()));
            count.set(count.get().saturating_add(more));
            self.bytes.add(more);
            is_ended.set(interrupt::asked());
            !is_ended.get()
        };
        let modified = opened.modified();
        // A defect in a reader must cost one file, not the hunt.
        let examine =
            AssertUnwindSafe(|| self.hunter.examine(name, &mut opened, modified, &progress));
        let mut examined = catch_unwind(examine).unwrap_or_else(|_| {
            self.unread(name, "exward failed on this file: a bug; please report it")
        });
        *told = count.get();
        self.in_part.fetch_add(usize::from(is_ended.get()), Ordering::Relaxed);
        match opened.changed() {
            None => {}
            Some(Changed::Grew) => examined.note(growing()),
            Some(Changed::Shrank) => {
                examined.absorb(skipped(name, "it shrank while it was read; its end is missing"));
            }
        }
        Ok(examined)
    }
}

fn head(opened: &mut Opened) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    let most = u64::try_from(own::HEAD_BYTES).unwrap_or(u64::MAX);
    opened.by_ref().take(most).read_to_end(&mut head)?;
    Ok(head)
}

fn skipped(name: &str, why: impl Into<String>) -> Examined {
    Examined { skipped: vec![(name.to_owned(), Skipped::whole(why))], ..Examined::default() }
}

fn growing() -> Noted {
    Noted {
        what: "growing-file".to_owned(),
        sentence: "a file grew while it was read; what came later is not in the answer".to_owned(),
        count: 1,
        from: None,
        to: None,
        actors: BTreeSet::new(),
    }
}
