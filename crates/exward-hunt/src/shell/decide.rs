//! From words to an answer: a page is a shell for what comes together in it, never for one word.
//!
//! The question is always the same: does what the client sends reach something that runs code, starts
//! a process, loads an assembly, opens a socket, or does as it likes with files or databases?
//!
//! Sources: NSA and ASD, "Detect and Prevent Web Shell Malware" (2020); ATT&CK T1505.003; Microsoft,
//! "Web shell attacks continue to rise" (2021-02-11); CISA AA21-062A.

use crate::Confidence;

use super::ShellTrait;
use super::table::{Found, Group, Seen};

/// Code up to this size does one thing only.
const SMALL_CODE_BYTES: usize = 4096;
/// Letters written as numbers that no ordinary page has.
const SPELLED_MANY: usize = 8;

/// What the rules look at.
pub(super) struct Page<'a> {
    pub(super) seen: &'a Seen,
    /// Size of the server code.
    pub(super) code_bytes: usize,
    /// Letters that stood as numbers.
    pub(super) spelled: usize,
    /// Whether `eval` and `Execute` are words of the page's language (VBScript, JScript).
    pub(super) is_scripted: bool,
}

/// A trait with its confidence and where in the code it shows first.
pub(super) type Told = (ShellTrait, Confidence, Option<usize>);

impl Page<'_> {
    /// Everything that the page tells.
    pub(super) fn told(&self) -> Vec<Told> {
        let rules = [
            self.direct(),
            self.script(),
            self.compile(),
            self.process(),
            self.load(),
            self.tunnel(),
            self.writer(),
            self.fetcher(),
            self.file_manager(),
            self.sql(),
            self.encoded(),
            self.pieces(),
            self.recon(),
            self.words(),
        ];
        rules.into_iter().flatten().collect()
    }

    fn of(&self, group: Group) -> Found {
        self.seen.of(group)
    }

    fn has(&self, group: Group, weight: u32) -> bool {
        self.seen.weight(group) >= weight
    }

    /// Whether the page takes anything from the client.
    fn has_input(&self) -> bool {
        self.has(Group::Source, 1) || self.has(Group::Control, 2)
    }

    fn is_small(&self) -> bool {
        self.code_bytes <= SMALL_CODE_BYTES
    }

    fn direct(&self) -> Option<Told> {
        let found = self.of(Group::Direct);
        (found.weight > 0).then_some((ShellTrait::RequestRuns, Confidence::High, found.first))
    }

    fn script(&self) -> Option<Told> {
        let found = self.of(Group::Script);
        if found.weight == 0 || !self.is_scripted {
            return None;
        }
        if found.most == 1 {
            // A literal is run, as libraries do to read JSON.
            let is_client = self.has_input() && self.is_small();
            let confidence = if is_client { Confidence::Medium } else { Confidence::Low };
            return Some((ShellTrait::TextRuns, confidence, found.first));
        }
        let hidden = self.seen.weight(Group::Hidden);
        let is_hidden =
            hidden >= 2 || self.has(Group::Decode, 1) || (hidden > 0 && self.is_small());
        let confidence = match (self.has_input(), self.is_small()) {
            (true, true) => Confidence::High,
            _ if is_hidden => Confidence::High,
            (true, false) | (false, true) => Confidence::Medium,
            (false, false) if hidden > 0 => Confidence::Medium,
            (false, false) => Confidence::Low,
        };
        let what = if is_hidden { ShellTrait::HiddenTextRuns } else { ShellTrait::TextRuns };
        Some((what, confidence, found.first))
    }

    fn compile(&self) -> Option<Told> {
        let found = self.of(Group::Compile);
        let reached = self.has_input() || self.has(Group::Process, 2);
        let confidence = if reached { Confidence::High } else { Confidence::Medium };
        (found.most >= 3).then_some((ShellTrait::Compiles, confidence, found.first))
    }

    fn process(&self) -> Option<Told> {
        let found = self.of(Group::Process);
        let shows = self.has(Group::Output, 1) || self.has(Group::Command, 1);
        if found.most == 2 && shows && self.has_input() {
            return Some((ShellTrait::StartsProcess, Confidence::Medium, found.first));
        }
        if found.most < 3 {
            return None;
        }
        let confidence = match (self.has_input(), shows) {
            (true, true) => Confidence::High,
            (true, false) => Confidence::Medium,
            (false, true) if self.has(Group::Write, 1) || self.has(Group::Stream, 1) => {
                Confidence::Medium
            }
            (false, _) if self.has(Group::Stream, 2) && self.has(Group::Fetch, 1) => {
                Confidence::Medium
            }
            (false, _) => Confidence::Low,
        };
        Some((ShellTrait::StartsProcess, confidence, found.first))
    }

    fn load(&self) -> Option<Told> {
        let found = self.of(Group::Load);
        let decodes = self.has(Group::Decode, 2) || self.has(Group::Body, 2);
        let confidence = match (found.most, self.has_input()) {
            (3.., true) => Confidence::High,
            (2, true) if decodes => Confidence::High,
            (3.., false) => Confidence::Medium,
            (1.., true) if found.weight >= 2 && decodes => Confidence::Medium,
            _ => return None,
        };
        Some((ShellTrait::LoadsCode, confidence, found.first))
    }

    fn tunnel(&self) -> Option<Told> {
        let found = self.of(Group::Socket);
        if found.weight < 2 || !self.has_input() {
            return None;
        }
        let relays = self.has(Group::Relay, 2) && found.most >= 3;
        let confidence = if relays { Confidence::High } else { Confidence::Medium };
        Some((ShellTrait::Tunnel, confidence, found.first))
    }

    fn writer(&self) -> Option<Told> {
        let (write, stream) = (self.of(Group::Write), self.of(Group::Stream));
        if write.weight == 0 || !self.has_input() {
            return None;
        }
        let straight = self.has(Group::WriteInput, 1);
        let confidence = match (straight, self.is_small()) {
            (true, true) => Confidence::High,
            (true, false) => Confidence::Medium,
            (false, true) if write.most >= 2 || stream.most >= 2 => Confidence::Medium,
            (false, _) => Confidence::Low,
        };
        Some((ShellTrait::WritesFiles, confidence, write.first))
    }

    fn fetcher(&self) -> Option<Told> {
        let found = self.of(Group::Fetch);
        let keeps = self.has(Group::Write, 2) && self.is_small();
        let confidence = match (keeps, self.has_input()) {
            (true, _) if self.has(Group::Target, 1) => Confidence::High,
            (true, _) => Confidence::Medium,
            (false, true) => Confidence::Low,
            (false, false) => return None,
        };
        (found.weight > 0).then_some((ShellTrait::Fetches, confidence, found.first))
    }

    fn file_manager(&self) -> Option<Told> {
        let deeds = [
            (Group::List, 1),
            (Group::Drive, 2),
            (Group::Change, 1),
            (Group::Write, 2),
            (Group::Read, 1),
            (Group::Stamp, 2),
        ];
        let kinds = deeds.iter().filter(|(group, weight)| self.has(*group, *weight)).count();
        // Arguments of a web service are no sign by themselves: services manage files for their client.
        let has_input = self.has(Group::Source, 2) || self.has(Group::Control, 2);
        let browses = self.has(Group::List, 2) && self.is_small();
        let confidence = match kinds {
            5.. if has_input => Confidence::High,
            4 if has_input && self.has(Group::Drive, 2) => Confidence::High,
            3.. if has_input => Confidence::Medium,
            2 if has_input && browses => Confidence::Medium,
            4.. => Confidence::Low,
            _ => return None,
        };
        let first = deeds.iter().filter_map(|(group, _)| self.of(*group).first).min();
        Some((ShellTrait::FileManager, confidence, first))
    }

    fn sql(&self) -> Option<Told> {
        let (shell, input) = (self.of(Group::SqlShell), self.of(Group::SqlInput));
        let reached = self.has(Group::Sql, 1) || self.has_input();
        let confidence = match (shell.most, input.most) {
            (3.., _) | (_, 3..) if reached => Confidence::High,
            (_, 2) if self.has(Group::Sql, 1) && self.has_input() => Confidence::Medium,
            _ => return None,
        };
        Some((ShellTrait::SqlShell, confidence, shell.first.or(input.first)))
    }

    fn encoded(&self) -> Option<Told> {
        let found = self.of(Group::Hidden);
        if found.most >= 3 {
            return Some((ShellTrait::EncodedPage, Confidence::Medium, found.first));
        }
        let many = self.spelled >= SPELLED_MANY;
        many.then_some((ShellTrait::SpelledOut, Confidence::Low, None))
    }

    fn pieces(&self) -> Option<Told> {
        let first = self.seen.pieces?;
        let confidence = if self.has_input() { Confidence::High } else { Confidence::Medium };
        Some((ShellTrait::FromPieces, confidence, Some(first)))
    }

    fn recon(&self) -> Option<Told> {
        let found = self.of(Group::Recon);
        let acts = self.has(Group::Process, 2) || self.has(Group::List, 1);
        let tries = self.has(Group::Write, 2) && self.has(Group::Change, 1);
        match (found.weight, self.has_input()) {
            (3.., false) if tries || found.weight >= 6 => {
                Some((ShellTrait::LooksAround, Confidence::Medium, found.first))
            }
            (4.., true) if acts => Some((ShellTrait::LooksAround, Confidence::Medium, found.first)),
            (2.., true) => Some((ShellTrait::LooksAround, Confidence::Low, found.first)),
            _ => None,
        }
    }

    fn words(&self) -> Option<Told> {
        let found = self.of(Group::Words);
        let acts = [Group::Script, Group::Process, Group::Load, Group::List, Group::Write];
        let acts = acts.into_iter().any(|group| self.has(group, 1));
        (found.weight >= 2 && acts).then_some((
            ShellTrait::NamesItself,
            Confidence::Medium,
            found.first,
        ))
    }
}
