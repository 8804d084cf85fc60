//! Members, bombs and names.

use std::io::{Cursor, Write as _};

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut writer = GzEncoder::new(Vec::new(), Compression::fast());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

/// Names with what was read of each, or why reading ended; then what was skipped.
fn all(name: &str, bytes: &[u8]) -> Vec<String> {
    let mut seen = Vec::new();
    let skipped = members(name, Cursor::new(bytes), &mut |name, _, file| {
        let mut text = Vec::new();
        let end = file.read_to_end(&mut text).map_err(|error| error.to_string());
        let text = end.map_or_else(|why| why, |_| String::from_utf8_lossy(&text).into_owned());
        seen.push(format!("{name} = {text}"));
    });
    seen.into_iter().chain(skipped.iter().map(ToString::to_string)).collect()
}

#[test]
fn members_are_given_by_name() {
    let two = zip(&[("logs/a.log", b"one"), ("..\\..\\\u{1b}[2Jx\u{202e}", b"two")]);
    assert_eq!(all("x.zip", &two), ["logs/a.log = one", "..\\..\\\u{fffd}[2Jx\u{fffd} = two"]);
    let parts = [gzip(b"one"), gzip(b"two")].concat();
    assert_eq!(all("a.zip!logs/u_ex210303.log.GZ", &parts), ["u_ex210303.log = onetwo"]);
    assert_eq!(all("x", b"PK").len(), 1);
}

#[test]
fn a_member_that_is_damaged_does_not_hide_the_next() {
    let mut two = zip(&[("a", &[b'x'; 100]), ("b", b"two")]);
    // Compressed bytes follow the name.
    let name = two.windows(2).position(|it| it == b"ax" || it[0] == b'a').unwrap();
    two[name..].iter_mut().skip(1).take(1).for_each(|it| *it ^= 0xFF);
    let seen = all("x.zip", &two);
    assert_eq!(seen[1], "b = two", "{seen:?}");
    assert!(!seen[0].contains("xxxx"), "{seen:?}");
}

/// R1.
#[test]
fn a_bomb_ends_with_the_reason() {
    let mut zeros = io::repeat(0).take(4 << 20);
    let mut bomb = Bounded::new(&mut zeros, 10, ARCHIVE_BYTES_MAX);
    let mut sink = Vec::new();
    let why = bomb.read_to_end(&mut sink).unwrap_err().to_string();
    assert_eq!(why, "it unpacks to more than 250 times its size");
    assert_eq!(sink.len() as u64, 2_500 + (1 << 20));
    let mut zeros = io::repeat(0).take(101);
    let why = Bounded::new(&mut zeros, 10, 100).read_to_end(&mut sink).unwrap_err().to_string();
    assert_eq!(why, "the archive unpacks to more than 64 GiB");
    let mut zeros = io::repeat(0).take(100);
    assert_eq!(Bounded::new(&mut zeros, 10, 100).read_to_end(&mut sink).unwrap(), 100);
}

#[test]
fn encrypted_members_are_named() {
    let mut one = zip(&[("a", b"one")]);
    // The flag stands in the local header and in the central one.
    let central = one.windows(4).position(|it| it == b"PK\x01\x02").unwrap();
    one[6] |= 1;
    one[central..][8] |= 1;
    let want = "a: encrypted: unpack it with its password and hunt the folder";
    assert_eq!(all("x.zip", &one), [want]);
}

proptest! {
    #[test]
    fn any_bytes_end(at: prop::sample::Index, byte: u8, cut in 0_usize..400) {
        for whole in [zip(&[("a", b"one"), ("b/c", &[7; 300])]), gzip(b"some text")] {
            let mut bytes = whole.clone();
            *at.get_mut(&mut bytes) = byte;
            drop(all("x", &bytes));
            bytes.truncate(cut);
            drop(all("x", &bytes));
        }
    }
}
