//! Readers on the corpus: real logs of real servers, and real attacks.

#![expect(
    clippy::string_slice,
    clippy::cast_possible_truncation,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a test reads files, and may stop at what it does not expect"
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
            let query = if query[0] == stem[0] { "" } else { &query[0] };
            let uri = format!("{}?{query}", stem[0]).to_lowercase();
            // Long ones are cut there.
            assert!(
                uri == *want || (want.len() > 70 && uri.starts_with(want)),
                "{name}:{number}: {uri}"
            );
            assert_eq!(record.source(), Source::Iis);
            assert!(record.at().is_some() || name.contains("ex031118"), "{name}:{number}");
            count += 1;
        }));
    }
    insta::assert_snapshot!(format!("{count} read\n{}", refused.join("\n")), @r#"
    84 read
    iis-benign/brianary_ex031118.log:7: 3 columns where `#Fields:` names 4: a line cut off
    "#);
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
    insta::assert_snapshot!(seen.join("\n"), @r#"
    exchange-benign/AgentLog20220913-1.LOG: 2 exchange-other None None None None None
    exchange-benign/Autodiscover_HttpProxy_2023010919-1.LOG: 1 httpproxy Some("95.1.2.3") Some("DOMAIN\\username") Some("SERVER-HOSTNAME") Some("/autodiscover/autodiscover.xml") None
    exchange-benign/ECPServer20230111-1.LOG: 1 ecp-server None None Some("SERVER-HOSTNAME") None Some("Get-InboxRule")
    exchange-benign/Ecp_HttpProxy_2023010611-1.LOG: 1 httpproxy Some("95.5.6.8") None Some("SERVER-HOSTNAME") Some("/ecp/Current/exporttool/microsoft.exchange.ediscovery.exporttool.application") None
    exchange-benign/Ews_HttpProxy_2023010601-1.LOG: 1 httpproxy Some("127.0.0.1") Some("DOMAIN\\HealthMailboxXXX") Some("SERVER_HOSTNAME") None None
    exchange-benign/PowerShell_HttpProxy_2023011116-1.LOG: 2 httpproxy Some("95.1.2.3") Some("DOMAIN\\HealthMailboxXXX") Some("server_hostname") None None
    exchange-benign/Rps_Cmdlet_2023011116-1.LOG: 1 cmdlet None Some("HealthMailboxXXX") Some("domain-MAIL") None Some("Get-Mailbox")
    exchange-benign/audit20230111-1.LOG: 1 audit None Some("AUTORITE NT\\Système (MSExchangeHMHost)") Some("SERVER-HOSTNAME") None Some("Set-Mailbox")
    httpproxy/helsecert_ecp_26855.csv: 11 httpproxy Some("130.255.189.21") None None Some("/ecp/y.js") None
    httpproxy/helsecert_owa_scan_selected.csv: 74 httpproxy Some("139.162.202.236") None None Some("/owa/auth/RedirSuiteServerProxy.aspx") None
    ecp-server/helsecert_ECPServer20210303-1.selected.txt: 17 ecp-server None None None None Some("Get-OabVirtualDirectory")
    "#);
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
    let counts: Vec<String> =
        channels.iter().map(|(name, count)| format!("{name}: {count}")).collect();
    insta::assert_snapshot!(counts.join("\n"), @r"
    events-application: 3
    events-msexchange-management: 3
    events-security: 14
    events-sysmon: 415
    ");
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
    insta::assert_snapshot!(seen.join("\n"), @r#"
    evtx/ID4756-Exchange_admin_group_change.evtx: 15 events-security Some("admmig") None
    evtx/ID6-Failed_to_install_an_Exchange_transport_agent.evtx: 4 events-msexchange-management Some("offsec.lan/OFFSEC-COMPANY/Administrators/admmig") Some("Install-TransportAgent")
    evtx/LM_typical_IIS_webshell_sysmon_1_10_traces.evtx: 4 events-sysmon Some("IIS APPPOOL\\DefaultAppPool") None
    evtx/privesc_rotten_potato_from_webshell_metasploit_sysmon_1_8_3.evtx: 13 events-sysmon Some("IIS APPPOOL\\DefaultAppPool") None
    evtx/privexchange_dirkjan.evtx: 8 events-security Some("helpdesk") None
    "#);
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
    insta::assert_snapshot!(format!("{kinds:#?}"), @r#"
    {
        "aspx-benign.zip WebFile": 249,
        "aspx-benign.zip skipped": 0,
        "evtx-json/otrf_proxylogon_full.json.zip EventLines": 1,
        "evtx-json/otrf_proxylogon_full.json.zip skipped": 0,
        "webshell.zip skipped": 101,
    }
    "#);
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
        &lines.trim_ascii().split(|it| *it == b'\n').collect::<Vec<_>>().join(b",\n".as_slice()),
        b"]",
    ]
    .concat();
    assert_eq!(kind::detect("x.json", head(&array)), Kind::EventDocument);
    assert_eq!(read_json_document(&array, &mut |_, _| ()), (35, Vec::new()));
    insta::assert_snapshot!(seen.join("\n"), @r#"
    iis/debugpriv_proxyshell_w3wp_requests.log: W3c
    iis/hamad_proxyshell_u_ex210303.log: W3c
    iis/helsecert_webshell_access_u_ex210305.log: W3c
    iis-benign/brianary_ex010320.log: Refused("the comma-separated IIS log for
    iis-benign/brianary_ex031118.log: W3c
    iis-benign/brianary_u_ex160110.log: W3c
    iis-benign/plaso_iis10.log: W3c
    iis-benign/plaso_iis10_edge_cases.log: W3c
    iis-benign/plaso_iis6.log: W3c
    exchange-benign/AgentLog20220913-1.LOG: Exchange(ExchangeOther)
    exchange-benign/Autodiscover_HttpProxy_2023010919-1.LOG: Exchange(HttpProxy)
    exchange-benign/ECPServer20230111-1.LOG: Exchange(EcpServer)
    exchange-benign/Ecp_HttpProxy_2023010611-1.LOG: Exchange(HttpProxy)
    exchange-benign/Ews_HttpProxy_2023010601-1.LOG: Exchange(HttpProxy)
    exchange-benign/PowerShell_HttpProxy_2023011116-1.LOG: Exchange(HttpProxy)
    exchange-benign/Rps_Cmdlet_2023011116-1.LOG: Exchange(Cmdlet)
    exchange-benign/audit20230111-1.LOG: Exchange(Audit)
    httpproxy/helsecert_ecp_26855.csv: Exchange(HttpProxy)
    httpproxy/helsecert_owa_scan_selected.csv: Exchange(HttpProxy)
    ecp-server/helsecert_ECPServer20210303-1.selected.txt: Exchange(EcpServer)
    ioc/cisa_chirp_AA21-062A.yaml: WebFile
    ioc/prodaft_fin7_README.md: Other
    ioc/volexity_marauder.csv: Other
    "#);
}
