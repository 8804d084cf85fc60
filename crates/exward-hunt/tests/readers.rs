//! Readers on the corpus: real logs of real servers, and real attacks.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::string_slice,
    reason = "a test may stop at what it does not expect"
)]

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use exward_hunt::kind::{self, HEAD_BYTES_MAX, Kind};
use exward_hunt::reader::{LineFormat, read_evtx, read_json_document};
use exward_hunt::{Channel, Record, Source, Values, archive};

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/hunt")
}

fn bytes(name: &str) -> Vec<u8> {
    fs::read(corpus().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn names(folder: &str) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(corpus().join(folder))
        .unwrap_or_else(|error| panic!("{folder}: {error}"))
        .map(|entry| format!("{folder}/{}", entry.unwrap().file_name().to_str().unwrap()))
        .collect();
    names.sort();
    assert!(!names.is_empty(), "{folder}");
    names
}

fn head(bytes: &[u8]) -> &[u8] {
    &bytes[..bytes.len().min(HEAD_BYTES_MAX)]
}

fn format_of(name: &str, bytes: &[u8]) -> Box<dyn LineFormat> {
    let kind = kind::detect(name, head(bytes));
    kind.lines(head(bytes)).unwrap_or_else(|| panic!("{name}: {kind:?}"))
}

/// Reads every line and gives each record; returns the lines that could not be read.
fn read(name: &str, bytes: &[u8], each: &mut dyn FnMut(usize, &dyn Record)) -> Vec<String> {
    let mut format = format_of(name, bytes);
    let mut refused = Vec::new();
    for (number, line) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.starts_with(b"#") {
            let lower = line.to_ascii_lowercase();
            if format.header_marks().iter().any(|mark| lower.starts_with(mark.as_bytes())) {
                format.header(line).unwrap();
            }
            continue;
        }
        match format.record(line) {
            Ok(record) => {
                assert_eq!(format.at(line), record.at(), "{name}:{number}");
                each(number, &*record);
            }
            Err(why) if why.is_empty() => {}
            Err(why) => refused.push(format!("{name}:{number}: {why}")),
        }
    }
    refused
}

fn values(record: &dyn Record, field: &str) -> Vec<String> {
    match record.values(field) {
        Values::These(values) => values.into_iter().map(|it| it.into_owned()).collect(),
        Values::Absent | Values::Unknown => Vec::new(),
    }
}

#[test]
#[ignore = "needs ../shared"]
fn every_labelled_request_is_read() {
    let labels = String::from_utf8(bytes("labels_iis.tsv")).unwrap();
    let mut wanted: BTreeMap<String, BTreeMap<usize, String>> = BTreeMap::new();
    for row in labels.lines().skip(1) {
        let cells: Vec<&str> = row.split('\t').collect();
        let place = wanted.entry(cells[0].to_owned()).or_default();
        place.insert(cells[1].parse().unwrap(), cells[3].to_owned());
    }
    let mut refused = Vec::new();
    let mut count = 0;
    for (name, lines) in &wanted {
        let log = bytes(name);
        refused.extend(read(name, &log, &mut |number, record| {
            let want = lines.get(&number).unwrap_or_else(|| panic!("{name}:{number} has no label"));
            let (stem, query) = (values(record, "cs-uri-stem"), values(record, "cs-uri-query"));
            let uri = format!("{}?{}", stem[0], query[0].trim_matches('-'));
            // The labels' makers cut long ones and decoded some.
            let is_same = |uri: &str| uri.to_lowercase().starts_with(want.trim_end_matches("..."));
            let any = query.iter().any(|it| is_same(it)) || is_same(&uri);
            assert!(any, "{name}:{number}: {want} is none of {uri} {query:?}");
            assert_eq!(record.source(), Source::Iis);
            assert!(record.at().is_some() || name.contains("ex031118"), "{name}:{number}");
            count += 1;
        }));
    }
    insta::assert_snapshot!(format!("{count} read\n{}", refused.join("\n")), @"");
}

#[test]
#[ignore = "needs ../shared"]
fn exchange_logs_give_records_with_time_and_source() {
    let mut seen = Vec::new();
    let folders = ["exchange-benign", "httpproxy", "ecp-server"];
    for name in folders.iter().flat_map(|folder| names(folder)) {
        let log = bytes(&name);
        let (mut count, mut first) = (0, String::new());
        let refused = read(&name, &log, &mut |number, record| {
            assert!(record.at().is_some(), "{name}:{number}");
            if count == 0 {
                first = format!(
                    "{} {:?} {:?} {:?} {:?} {:?}",
                    record.source().name(),
                    record.actor(),
                    record.user(),
                    record.server(),
                    record.path(),
                    record.cmdlet()
                );
            }
            count += 1;
        });
        seen.push(format!("{name}: {count} {first}"));
        seen.extend(refused);
    }
    insta::assert_snapshot!(seen.join("\n"), @"");
}

#[test]
#[ignore = "needs ../shared"]
fn exported_events_have_number_channel_and_time() {
    let mut channels: BTreeMap<String, usize> = BTreeMap::new();
    for name in
        ["evtx-json/otrf_proxylogon_key_events.jsonl", "evtx-json/otrf_background_events.jsonl"]
    {
        let log = bytes(name);
        assert_eq!(kind::detect(name, head(&log)), Kind::EventLines);
        let refused = read(name, &log, &mut |number, record| {
            for field in ["EventID", "Channel", "Provider_Name", "Computer"] {
                assert!(!values(record, field).is_empty(), "{name}:{number}: {field}");
            }
            assert!(record.at().is_some(), "{name}:{number}");
            *channels.entry(record.source().name().to_owned()).or_default() += 1;
        });
        assert_eq!(refused, [""; 0]);
    }
    insta::assert_snapshot!(format!("{channels:?}"), @"");
}

#[test]
#[ignore = "needs ../shared"]
fn event_logs_give_events() {
    let mut seen = Vec::new();
    for name in names("evtx") {
        assert_eq!(kind::detect(&name, head(&bytes(&name))), Kind::Evtx);
        let mut first = String::new();
        let (count, skipped) =
            read_evtx(File::open(corpus().join(&name)).unwrap(), &mut |number, record| {
                assert!(record.at().is_some() && record.server().is_some(), "{name}:{number}");
                assert!(!values(record, "Channel").is_empty(), "{name}:{number}");
                if first.is_empty() {
                    first = format!(
                        "{} {:?} {:?}",
                        record.source().name(),
                        record.user(),
                        record.cmdlet()
                    );
                }
            });
        assert!(count > 0, "{name}");
        assert_eq!(skipped, []);
        seen.push(format!("{name}: {count} {first}"));
    }
    insta::assert_snapshot!(seen.join("\n"), @"");
}

/// Trap 7: the message that the rules are written for is not in the file.
#[test]
#[ignore = "needs ../shared"]
fn a_failed_cmdlet_reads_like_its_message() {
    let name = "evtx/ID6-Failed_to_install_an_Exchange_transport_agent.evtx";
    let mut found = 0;
    read_evtx(File::open(corpus().join(name)).unwrap(), &mut |_, record| {
        let sentence = "Cmdlet failed. Cmdlet Install-TransportAgent, parameters -Name \"Evil\"";
        found += usize::from(values(record, "Data").iter().any(|it| it.starts_with(sentence)));
        assert_eq!(record.source(), Source::Events(Channel::MsExchangeManagement));
    });
    assert!(found > 0);
}

/// A log that was cut off, and one with damage, give what is there.
#[test]
#[ignore = "needs ../shared"]
fn damaged_event_logs_give_what_is_there() {
    let name = "evtx/LM_typical_IIS_webshell_sysmon_1_10_traces.evtx";
    let whole = bytes(name);
    let count = |bytes: Vec<u8>| read_evtx(std::io::Cursor::new(bytes), &mut |_, _| ());
    let (all, _) = count(whole.clone());
    let (some, skipped) = count(whole[..whole.len() / 2].to_vec());
    assert!(some <= all && (some == all || !skipped.is_empty()), "{some} of {all}: {skipped:?}");
    let mut state = 1_u64;
    for _ in 0..300 {
        let mut damaged = whole.clone();
        for _ in 0..20 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let place = usize::try_from(state >> 33).unwrap() % damaged.len();
            damaged[place] = (state >> 20) as u8;
        }
        let (some, skipped) = count(damaged);
        assert!(some <= all + 20 && skipped.len() <= 200);
    }
}

#[test]
#[ignore = "needs ../shared"]
fn archives_give_their_members() {
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    for name in ["aspx-benign.zip", "evtx-json/otrf_proxylogon_full.json.zip", "webshell.zip"] {
        let file = File::open(corpus().join(name)).unwrap();
        let skipped = archive::members(name, file, &mut |member, _, input| {
            let mut start = Vec::new();
            let mut input = std::io::Read::take(input, HEAD_BYTES_MAX as u64);
            std::io::Read::read_to_end(&mut input, &mut start).unwrap();
            *kinds.entry(format!("{name} {:?}", kind::detect(member, &start))).or_default() += 1;
        });
        *kinds.entry(format!("{name} skipped")).or_default() += skipped.len();
    }
    insta::assert_snapshot!(format!("{kinds:#?}"), @"");
}

#[test]
#[ignore = "needs ../shared"]
fn kinds_of_the_corpus_are_known() {
    let mut seen = Vec::new();
    for folder in ["iis", "iis-benign", "exchange-benign", "httpproxy", "ecp-server", "ioc"] {
        for name in names(folder) {
            let kind = kind::detect(&name, head(&bytes(&name)));
            let shown = format!("{kind:?}");
            seen.push(format!("{name}: {}", &shown[..shown.len().min(40)]));
        }
    }
    let lines = bytes("evtx-json/otrf_proxylogon_key_events.jsonl");
    let array = [
        b"[".as_slice(),
        &lines
            .trim_ascii()
            .to_vec()
            .split(|it| *it == b'\n')
            .collect::<Vec<_>>()
            .join(b",\n".as_slice()),
        b"]",
    ]
    .concat();
    assert_eq!(kind::detect("x.json", head(&array)), Kind::EventDocument);
    assert_eq!(read_json_document(&array, &mut |_, _| ()), (35, Vec::new()));
    insta::assert_snapshot!(seen.join("\n"), @"");
}
