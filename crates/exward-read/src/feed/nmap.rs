//! nmap's XML (`-oX`): one record for each open port that says something.
//!
//! # Invariants
//! * **N1 the key, not the guess.** Of a script about Exchange only the key of its table is taken.
//!   For a path of three parts the script's `build` is the newest update of that CU in its own list
//!   (trap T1), which makes an unpatched server look patched.
//! * **N2 no host vanishes.** A host without an open port, or without a port that says something,
//!   still gives a record.
//! * **N3 nothing is expanded or fetched.** A document type with a subset of its own is refused;
//!   only XML's own entities and character numbers are resolved.
//! * **N4 what was read stays.** A document that breaks off gives the hosts before the break.
//!
//! Sources: `nmap.dtd` of nmap 7.93; ms-exchange-version.nse and its output on loopback.

mod element;
mod port;

use exward_core::evidence::EvidenceKind;

use crate::limits::DOCUMENT_BYTES_MAX;
use crate::record::kept;
use crate::{Reading, Record, Skipped};

use super::row::Row;
use super::time::epoch_seconds;
use element::{Element, Elements};

/// Reads a whole document.
#[must_use]
pub fn read(bytes: &[u8]) -> Reading {
    let mut reading = Reading::default();
    if bytes.len() > DOCUMENT_BYTES_MAX {
        let why = format!("larger than {} MB", DOCUMENT_BYTES_MAX >> 20);
        reading.skipped.push(Skipped::whole(why));
        return reading;
    }
    // nmap writes ASCII; whatever else stands there is shown as unreadable, not refused.
    let text = String::from_utf8_lossy(bytes);
    let mut hosts = Elements::new(&text, "host");
    loop {
        match hosts.next() {
            Ok(Some((line, element))) => match host(&element, line) {
                Ok(records) => reading.records.extend(records),
                Err(why) => reading.skipped.push(Skipped::line(line, why)),
            },
            Ok(None) => break,
            Err(skipped) => {
                reading.skipped.push(skipped);
                break;
            }
        }
    }
    if !hosts.has_root("nmaprun") && reading.skipped.is_empty() {
        reading.skipped.push(Skipped::whole("no nmap result"));
    }
    reading
}

/// The records of one host: at least one.
fn host(host: &Element, line: u64) -> Result<Vec<Record>, String> {
    let (name, address) = names(host);
    // Each port's record has a copy of them.
    let (name, address) = (name.map(kept), address.map(kept));
    let name = name.as_ref().or(address.as_ref()).ok_or("a host without address")?;
    let at = host.attribute("starttime").and_then(epoch_seconds);
    let open: Vec<&Element> =
        host.children("ports").flat_map(|ports| ports.children("port")).filter(is_open).collect();
    let mut records = Vec::new();
    for port in &open {
        let mut row = Row::new(at);
        port::read(port, &mut row);
        if !row.is_empty() {
            let number = port.attribute("portid").and_then(|it| it.parse().ok());
            records.push((row, number));
        }
    }
    if records.is_empty() {
        let mut row = Row::new(at);
        row.show(EvidenceKind::ServerFact, silence(&open));
        records.push((row, None));
    }
    let record = |(mut row, number): (Row, Option<u16>)| {
        if let Some(address) = address.as_ref().filter(|address| *address != name) {
            row.show(EvidenceKind::ServerFact, format!("address {address}"));
        }
        let mut record = row.into_record(crate::record::host_and_port(name, number));
        record.line = Some(line);
        record
    };
    Ok(records.into_iter().map(record).collect())
}

/// The name that the user asked for, if it was a name, and the address.
fn names(host: &Element) -> (Option<&str>, Option<&str>) {
    let asked = host
        .children("hostnames")
        .flat_map(|it| it.children("hostname"))
        .find(|it| it.attribute("type") == Some("user"))
        .and_then(|it| it.attribute("name"));
    let address = host
        .children("address")
        .find(|it| it.attribute("addrtype") != Some("mac"))
        .and_then(|it| it.attribute("addr"));
    (asked, address)
}

fn is_open(port: &&Element) -> bool {
    port.children("state").any(|it| it.attribute("state") == Some("open"))
}

/// What is said of a host whose ports say nothing.
fn silence(open: &[&Element]) -> String {
    if open.is_empty() {
        return "no open port".to_owned();
    }
    let ports: Vec<_> = open.iter().filter_map(|it| it.attribute("portid")).collect();
    format!("nothing known of the open ports {}", ports.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(xml: &str, want: &[&str]) {
        let reading = read(xml.as_bytes());
        let records = reading.records.iter().map(|it| {
            let pieces: Vec<_> =
                it.evidence.iter().map(|piece| format!("{} {}", piece.kind, piece.value)).collect();
            format!("{}: {}", it.target, pieces.join(", "))
        });
        let skipped = reading.skipped.iter().map(ToString::to_string);
        assert_eq!(records.chain(skipped).collect::<Vec<_>>(), want, "{xml}");
    }

    fn document(hosts: &str) -> String {
        format!("<!DOCTYPE nmaprun>\n<nmaprun scanner=\"nmap\">\n{hosts}\n</nmaprun>")
    }

    const HOST: &str = r#"<host><address addr="192.0.2.1" addrtype="ipv4"/>"#;

    #[test]
    fn no_host_vanishes() {
        check(&document(&format!("{HOST}</host>")), &["192.0.2.1: server-fact no open port"]); // N2
        let open = r#"<ports><port portid="22"><state state="open"/></port>
            <port portid="25"><state state="closed"/></port></ports>"#;
        check(
            &document(&format!("{HOST}{open}</host>")),
            &["192.0.2.1: server-fact nothing known of the open ports 22"],
        );
        check(&document(""), &[]);
        check(&document("<host></host>"), &["line 3: a host without address"]);
    }

    #[test]
    fn a_name_that_was_asked_for_is_the_target() {
        let names = r#"<hostnames><hostname name="mail.example.org" type="user"/>
            <hostname name="x.example.net" type="PTR"/></hostnames>"#;
        let want = "mail.example.org: server-fact no open port, server-fact address 192.0.2.1";
        check(&document(&format!("{HOST}{names}</host>")), &[want]);
    }

    #[test]
    fn a_long_name_is_not_copied_for_each_port() {
        let port = r#"<port portid="25"><state state="open"/>
            <script id="banner" output="220 a"/></port>"#;
        let address = format!("<address addr=\"{}\" addrtype=\"ipv4\"/>", "1".repeat(100_000));
        let host = format!("<host>{address}<ports>{}</ports></host>", port.repeat(100));
        let reading = read(document(&host).as_bytes());
        assert_eq!(reading.records.len(), 100);
        assert!(reading.records.iter().all(|it| it.target.len() < 400));
    }

    #[test]
    fn document_types_with_a_subset_are_refused() {
        let bomb = "<!DOCTYPE nmaprun [<!ENTITY a \"b\">]><nmaprun/>";
        check(bomb, &["line 1: a document type with declarations of its own"]); // N3
        check("<!DOCTYPE nmaprun SYSTEM \"nmap.dtd\"><nmaprun/>", &[]);
        let entity = document("<host><address addr=\"&a;\" addrtype=\"ipv4\"/></host>");
        check(&entity, &["line 3: not well-formed XML: at 1..2: unrecognized entity `a`"]);
    }

    #[test]
    fn a_broken_document_keeps_what_was_read() {
        let broken = document(&format!("{HOST}</host>\n<host><ports></host>"));
        let reading = read(broken.as_bytes());
        assert_eq!((reading.records.len(), reading.skipped.len()), (1, 1), "N4");
        assert_eq!(reading.skipped[0].line, Some(4));
        let cut = format!("<nmaprun>{HOST}</host><host><ports>");
        assert_eq!(read(cut.as_bytes()).records.len(), 1);
        check(
            &cut,
            &["192.0.2.1: server-fact no open port", "line 1: breaks off inside an element"],
        );
    }

    #[test]
    fn other_documents_are_no_result() {
        check("<html><body/></html>", &["no nmap result"]);
        check("", &["no nmap result"]);
    }

    #[test]
    fn depth_is_limited() {
        let deep = format!("<nmaprun><host>{}", "<table>".repeat(100_000));
        check(&deep, &["line 1: nested deeper than 128"]);
    }

    proptest::proptest! {
        /// F4: any text, and any mixture of real tags, reads; never a panic.
        #[test]
        fn any_text_reads(text in "\\PC{0,200}", tags in "(<(host|/host|port|script|table|elem|\
            nmaprun|a b='&#x41;')/?>|&lt;|x){0,40}") {
            let _text = read(text.as_bytes());
            let _tags = read(format!("<nmaprun>{tags}").as_bytes());
        }
    }
}
