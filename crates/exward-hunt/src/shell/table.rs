//! The words that shells are made of, by what they do: loaded from `facts/webshell_traits.csv` once.
//!
//! A row is `group,text,weight,note`. The text stands as normalised code has it: lower case, no needless
//! blanks, texts joined; a blank at its end is `%20`. It begins where a word begins; behind `~` it may
//! begin anywhere, behind `!` only where a statement or an expression begins (`.execute(` is no
//! `execute(`).

use std::collections::BTreeMap;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use exward_read::{Skipped, table::Cells};

use super::normal::{Normal, is_word};

/// What a word does. One word, one group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Group {
    Source,
    Control,
    Header,
    Body,
    Direct,
    Script,
    Compile,
    Process,
    Output,
    Command,
    Load,
    Decode,
    Write,
    Stream,
    WriteInput,
    Read,
    List,
    Drive,
    Change,
    Stamp,
    Socket,
    Relay,
    Fetch,
    Target,
    Sql,
    SqlShell,
    SqlInput,
    Recon,
    Hidden,
    Words,
}

const GROUPS: [(&str, Group); 30] = [
    ("source", Group::Source),
    ("control", Group::Control),
    ("header", Group::Header),
    ("body", Group::Body),
    ("direct", Group::Direct),
    ("script", Group::Script),
    ("compile", Group::Compile),
    ("process", Group::Process),
    ("output", Group::Output),
    ("command", Group::Command),
    ("load", Group::Load),
    ("decode", Group::Decode),
    ("write", Group::Write),
    ("stream", Group::Stream),
    ("writeinput", Group::WriteInput),
    ("read", Group::Read),
    ("list", Group::List),
    ("drive", Group::Drive),
    ("change", Group::Change),
    ("stamp", Group::Stamp),
    ("socket", Group::Socket),
    ("relay", Group::Relay),
    ("fetch", Group::Fetch),
    ("target", Group::Target),
    ("sql", Group::Sql),
    ("sqlshell", Group::SqlShell),
    ("sqlinput", Group::SqlInput),
    ("recon", Group::Recon),
    ("hidden", Group::Hidden),
    ("words", Group::Words),
];

/// Where a text may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Begins {
    Anywhere,
    Word,
    Statement,
}

#[derive(Clone, Debug)]
struct Word {
    group: Group,
    weight: u32,
    begins: Begins,
}

/// The trait table, ready to look with. Made once; holds no state.
#[derive(Clone, Debug)]
pub struct ShellTable {
    words: Vec<Word>,
    /// `None` finds nothing: the texts were refused.
    finder: Option<AhoCorasick>,
}

/// What was found of a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// The sum of the weights of the different texts.
    pub(super) weight: u32,
    /// The greatest of the weights.
    pub(super) most: u32,
    /// Where in the code the first stands; `None` if it stands in the markup.
    pub(super) first: Option<usize>,
}

/// What was found in a page.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    groups: BTreeMap<Group, Found>,
    /// Where a word of what shells do had been put together from pieces.
    pub(super) pieces: Option<usize>,
}

impl Seen {
    pub(super) fn of(&self, group: Group) -> Found {
        self.groups.get(&group).copied().unwrap_or_default()
    }

    pub(super) fn weight(&self, group: Group) -> u32 {
        self.of(group).weight
    }
}

impl ShellTable {
    /// Loads a table. A row that cannot be read is named, and the others still work.
    #[must_use]
    pub fn load(text: &str) -> (Self, Vec<Skipped>) {
        let (mut words, mut texts, mut skipped) = (Vec::new(), Vec::new(), Vec::new());
        let mut cells = Cells::default();
        for (line, row) in (1..).zip(text.lines()).skip(1) {
            let read = cells.split(row).map_err(|why| why.to_string());
            match read.and_then(|()| word(&cells)) {
                Ok((word, text)) => {
                    words.push(word);
                    texts.push(text);
                }
                Err(why) => skipped.push(Skipped::line(line, why)),
            }
        }
        let built = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::DFA))
            .build(&texts)
            .or_else(|_| AhoCorasick::new(&texts));
        if let Err(why) = &built {
            skipped.push(Skipped::whole(format!("the table cannot be searched with: {why}")));
        }
        (Self { words, finder: built.ok() }, skipped)
    }

    /// The table that exward ships.
    #[must_use]
    pub fn shipped() -> Self {
        crate::bundled::shell_table()
    }

    pub(super) fn look(&self, normal: &Normal) -> Seen {
        let mut seen = Seen::default();
        let mut hit = vec![false; self.words.len()];
        self.look_in(&normal.code, true, normal, &mut hit, &mut seen);
        self.look_in(&normal.markup, false, normal, &mut hit, &mut seen);
        seen
    }

    fn look_in(&self, text: &[u8], code: bool, normal: &Normal, hit: &mut [bool], seen: &mut Seen) {
        let Some(finder) = &self.finder else { return };
        for found in finder.find_overlapping_iter(text) {
            let index = found.pattern().as_usize();
            let (Some(word), Some(was_hit)) = (self.words.get(index), hit.get_mut(index)) else {
                continue;
            };
            if *was_hit || !word.may_stand(code) || !word.fits(text, found.start(), found.end()) {
                continue;
            }
            *was_hit = true;
            let group = seen.groups.entry(word.group).or_default();
            group.weight = group.weight.saturating_add(word.weight);
            group.most = group.most.max(word.weight);
            if code {
                group.first = Some(group.first.map_or(found.start(), |it| it.min(found.start())));
                if word.is_deed() && was_joined(&normal.joins, found.start(), found.end()) {
                    seen.pieces = seen.pieces.or(Some(found.start()));
                }
            }
        }
    }
}

/// Whether texts were joined within a part of the code.
fn was_joined(joins: &[usize], start: usize, end: usize) -> bool {
    let after = joins.partition_point(|at| *at <= start);
    joins.get(after).is_some_and(|at| *at < end)
}

impl Word {
    /// Control tags stand in markup; everything else is told by code alone, except classes of objects.
    fn may_stand(&self, code: bool) -> bool {
        let is_class =
            matches!(self.group, Group::Process | Group::Stream) && self.begins == Begins::Anywhere;
        code || is_class || self.group == Group::Control
    }

    /// What only someone who hides it puts together from pieces.
    fn is_deed(&self) -> bool {
        matches!(
            self.group,
            Group::Script
                | Group::Direct
                | Group::Compile
                | Group::Process
                | Group::Stream
                | Group::Command
                | Group::Load
                | Group::SqlShell
        )
    }

    /// Whether the text may stand here, by what stands around it.
    fn fits(&self, text: &[u8], start: usize, end: usize) -> bool {
        let before = text.get(..start).unwrap_or_default();
        let Some(last) = before.last() else { return true };
        match self.begins {
            Begins::Anywhere => true,
            Begins::Word => !is_word(*last),
            // A call of a literal is a text of its own: libraries do `eval("(" + …)`.
            Begins::Statement if text.get(..end).is_some_and(|it| it.ends_with(b"(")) => {
                text.get(end) != Some(&b'"') && may_be_called(before, *last)
            }
            Begins::Statement if text.get(start..end).is_some_and(|it| it.contains(&b'(')) => {
                may_be_called(before, *last)
            }
            Begins::Statement if *last == b' ' => ends_with_word(before, &STATEMENT_FOLLOWS),
            Begins::Statement => {
                matches!(
                    last,
                    b'\n' | b':' | b';' | b'{' | b'}' | b'=' | b'(' | b',' | b')' | b'%' | b'>'
                )
            }
        }
    }
}

/// Words that a statement may follow in its line.
const STATEMENT_FOLLOWS: [&[u8]; 5] = [b"then", b"else", b"return", b"do", b"call"];
/// Words behind which a name is not called but defined.
const DEFINITION_FOLLOWS: [&[u8]; 12] = [
    b"sub",
    b"function",
    b"void",
    b"string",
    b"object",
    b"int",
    b"bool",
    b"boolean",
    b"static",
    b"new",
    b"override",
    b"task",
];

fn ends_with_word(before: &[u8], words: &[&[u8]]) -> bool {
    let before = before.trim_ascii_end();
    words.iter().any(|word| before.ends_with(word))
}

/// Whether a name with its bracket is a call: no method of something, no definition, no part of a text.
fn may_be_called(before: &[u8], last: u8) -> bool {
    match last {
        b' ' => !ends_with_word(before, &DEFINITION_FOLLOWS),
        b'.' | b'"' | b'\'' | b'#' | b'/' | b'\\' | b'-' => false,
        _ => !is_word(last),
    }
}

fn word(cells: &Cells) -> Result<(Word, String), String> {
    let name = cells.get(0);
    let group = GROUPS.iter().find(|(known, _)| *known == name).map(|(_, group)| *group);
    let group = group.ok_or_else(|| format!("`{name}` is no group of traits"))?;
    let weight = cells.get(2);
    let weight = weight.parse().map_err(|_| format!("the weight `{weight}` is no number"))?;
    let text = cells.get(1).replace("%20", " ");
    let (begins, text) = match text.split_at_checked(1) {
        Some(("~", rest)) => (Begins::Anywhere, rest),
        Some(("!", rest)) => (Begins::Statement, rest),
        _ if text.starts_with(|it: char| it.is_ascii_alphanumeric()) => (Begins::Word, &*text),
        _ => (Begins::Anywhere, &*text),
    };
    if text.is_empty() {
        return Err("the text is empty".to_owned());
    }
    Ok((Word { group, weight, begins }, text.to_owned()))
}
