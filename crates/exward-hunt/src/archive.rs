//! Archives, member by member, without writing anything anywhere.
//!
//! * **R1** No member gives more bytes than the limits allow; reading further is an error that says why.
//! * **R2** A name is only a name: nothing is opened or written by it, and nothing in it moves a terminal.
//! * **R3** A member that cannot be read is named, and the rest goes on.
//!
//! Sources: APPNOTE (PKWARE), RFC 1952.

use std::io::{self, Read, Seek, SeekFrom};

use exward_read::Skipped;
use flate2::read::MultiGzDecoder;
use zip::ZipArchive;

use crate::limits::{ARCHIVE_BYTES_MAX, ARCHIVE_MEMBERS_MAX, ARCHIVE_RATIO_MAX};
use crate::reader::skips::Skips;

/// Takes a member: its name, its size as the archive tells it (0 if it does not), and its bytes.
pub type EachMember<'e> = dyn FnMut(&str, u64, &mut dyn Read) + 'e;

/// Characters of a member's name that are kept.
const NAME_CHARS_MAX: usize = 1024;

/// A small member may unpack to so much more than the ratio allows.
const RATIO_SLACK_BYTES: u64 = 1 << 20;

/// Gives each file in a ZIP archive, or the one file in a gzip file, whose name is then the outer name without
/// its ending.
///
/// Returns the members that were not given, with the reason. A member that breaks a limit, or is damaged, is
/// given, and reading it ends with an error that says so.
pub fn members(name: &str, mut input: impl Read + Seek, each: &mut EachMember<'_>) -> Vec<Skipped> {
    let mut head = [0; 2];
    let is_gzip = input.read_exact(&mut head).is_ok() && head == [0x1F, 0x8B];
    let sought = input.seek(SeekFrom::End(0)).and_then(|len| input.rewind().map(|()| len));
    match sought {
        Ok(len) if is_gzip => {
            one_member(name, len, input, each);
            Vec::new()
        }
        Ok(_) => zip_members(input, each),
        Err(error) => vec![Skipped::whole(format!("cannot be read: {error}"))],
    }
}

fn one_member(name: &str, packed: u64, input: impl Read, each: &mut EachMember<'_>) {
    let name = plain(name.rsplit(['!', '/', '\\']).next().unwrap_or(name));
    let lower = name.to_ascii_lowercase();
    let bare = lower.strip_suffix(".gz").and_then(|it| name.get(..it.len())).unwrap_or(&name);
    let mut file = MultiGzDecoder::new(input);
    let mut bounded = Bounded::new(&mut file, packed, ARCHIVE_BYTES_MAX);
    each(bare, 0, &mut bounded);
}

fn zip_members(input: impl Read + Seek, each: &mut EachMember<'_>) -> Vec<Skipped> {
    let mut archive = match ZipArchive::new(input) {
        Ok(archive) => archive,
        Err(error) => {
            return vec![Skipped::whole(format!("no ZIP archive that can be read: {error}"))];
        }
    };
    let mut skipped = Skips::default();
    if archive.has_duplicate_names() {
        let why = "it holds several members of one name, of which only the last is read";
        skipped.add(Skipped::whole(why));
    }
    let mut left = ARCHIVE_BYTES_MAX;
    for index in 0..archive.len().min(ARCHIVE_MEMBERS_MAX) {
        if let Err(why) = zip_member(&mut archive, index, &mut left, each) {
            skipped.add(Skipped::whole(why));
        }
    }
    if archive.len() > ARCHIVE_MEMBERS_MAX {
        let why = format!("more than {ARCHIVE_MEMBERS_MAX} members: the others were not looked at");
        skipped.add(Skipped::whole(why));
    }
    skipped.all()
}

/// One member; `left` is what the archive may still unpack to.
fn zip_member(
    archive: &mut ZipArchive<impl Read + Seek>,
    index: usize,
    left: &mut u64,
    each: &mut EachMember<'_>,
) -> Result<(), String> {
    let raw = archive.by_index_raw(index).map_err(|error| format!("member {index}: {error}"))?;
    let lossy = || String::from_utf8_lossy(raw.name_raw()).into_owned();
    let name = plain(&raw.name().map_or_else(|_| lossy(), |name| name.into_owned()));
    let (packed, size, encrypted) = (raw.compressed_size(), raw.size(), raw.encrypted());
    let is_file = raw.is_file();
    drop(raw);
    if !is_file {
        return Ok(());
    }
    if encrypted {
        return Err(format!("{name}: encrypted: unpack it with its password and hunt the folder"));
    }
    if *left == 0 {
        return Err(format!("{name}: not unpacked: {}", too_much()));
    }
    let mut file = archive.by_index(index).map_err(|error| format!("{name}: {error}"))?;
    let mut bounded = Bounded::new(&mut file, packed, *left);
    each(&name, size, &mut bounded);
    *left = left.saturating_sub(bounded.given);
    Ok(())
}

fn too_much() -> String {
    format!("the archive unpacks to more than {} GiB", ARCHIVE_BYTES_MAX >> 30)
}

/// A name that can be shown: no control characters, none that turn the direction of text, not endless.
fn plain(name: &str) -> String {
    let turns = |it: char| matches!(it, '\u{200E}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    let shown =
        |it: char| if it.is_control() || turns(it) { char::REPLACEMENT_CHARACTER } else { it };
    name.chars().take(NAME_CHARS_MAX).map(shown).collect()
}

/// Reads up to a limit; at the limit there is an error if there is more.
struct Bounded<'r> {
    inner: &'r mut dyn Read,
    given: u64,
    by_ratio: u64,
    in_all: u64,
}

impl<'r> Bounded<'r> {
    fn new(inner: &'r mut dyn Read, packed: u64, in_all: u64) -> Self {
        let by_ratio = packed.saturating_mul(ARCHIVE_RATIO_MAX).saturating_add(RATIO_SLACK_BYTES);
        Self { inner, given: 0, by_ratio, in_all }
    }

    fn too_much(&self) -> io::Error {
        if self.by_ratio < self.in_all {
            return io::Error::other(format!(
                "it unpacks to more than {ARCHIVE_RATIO_MAX} times its size"
            ));
        }
        io::Error::other(too_much())
    }
}

impl Read for Bounded<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let room = self.by_ratio.min(self.in_all).saturating_sub(self.given);
        let len = usize::try_from(room).unwrap_or(usize::MAX).min(buffer.len());
        if len == 0 && !buffer.is_empty() {
            let ended = self.inner.read(&mut [0])? == 0;
            return if ended { Ok(0) } else { Err(self.too_much()) };
        }
        let read = self.inner.read(buffer.get_mut(..len).unwrap_or_default())?;
        self.given = self.given.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
        Ok(read)
    }
}

#[cfg(test)]
mod tests;
