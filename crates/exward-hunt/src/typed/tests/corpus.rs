//! Figures on lines of real cases and of harmless servers.

#![expect(clippy::disallowed_methods, reason = "a test reads its data")]

use std::collections::BTreeMap;
use std::path::Path;

use super::*;
use crate::kind;
use crate::reader::read_evtx;

/// Rules, stages and confidences, counted, of a log of any kind.
fn counted(file: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/hunt");
    let bytes = std::fs::read(folder.join(file)).unwrap();
    let facts = bundled::facts();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut seen = |record: &dyn Record| {
        let mut hits = Vec::new();
        look(record, &facts, &mut hits);
        let text = record.text().to_ascii_lowercase();
        let needles = needles(&facts, record.source(), Alphabet::Plain);
        assert!(hits.is_empty() || needles.iter().any(|it| text.contains(it)), "T2: {text}");
        for hit in hits {
            let id = hit.rule.id.replace("exward-", "");
            let count = counts.entry(format!("{id} {} {}", hit.stage, hit.confidence)).or_default();
            *count = count.saturating_add(1);
        }
    };
    if kind::detect(file, &bytes) == Kind::Evtx {
        read_evtx(std::io::Cursor::new(&bytes), &mut |_, record| seen(record));
    } else {
        let mut log = kind::detect(file, &bytes).lines(&bytes).unwrap();
        for line in bytes.split(|it| *it == b'\n') {
            if line.first() == Some(&b'#') {
                let _what_cannot_be_read = log.header(line);
            } else if let Ok(record) = log.record(line) {
                seen(&*record);
            }
        }
    }
    counts.iter().map(|(key, count)| format!("{key}: {count}")).collect::<Vec<_>>().join(", ")
}

#[test]
#[ignore = "needs ../shared"]
fn real_cases_are_judged_as_labelled() {
    assert_eq!(
        counted("iis/helsecert_webshell_access_u_ex210305.log"),
        "known-shell-name scan low: 3, known-shell-name webshell high: 5"
    );
    assert_eq!(counted("iis/hamad_proxyshell_u_ex210303.log"), "access-token success high: 1");
    assert_eq!(
        counted("iis/debugpriv_proxyshell_w3wp_requests.log"),
        "access-token success high: 1, stranger-page webshell high: 5, stranger-page webshell medium: 1"
    );
    assert_eq!(
        counted("httpproxy/helsecert_owa_scan_selected.csv"),
        "known-shell-name scan low: 63, known-shell-name webshell high: 5, stranger-page scan low: 6"
    );
    assert_eq!(
        counted("evtx-json/otrf_proxylogon_key_events.jsonl"),
        "stranger-page webshell medium: 3"
    );
}

#[test]
#[ignore = "needs ../shared"]
fn harmless_servers_are_left_in_peace() {
    for file in [
        "iis-benign/plaso_iis10.log",
        "iis-benign/plaso_iis10_edge_cases.log",
        "iis-benign/plaso_iis6.log",
        "iis-benign/brianary_u_ex160110.log",
        "iis-benign/brianary_ex031118.log",
        "exchange-benign/Autodiscover_HttpProxy_2023010919-1.LOG",
        "exchange-benign/Ecp_HttpProxy_2023010611-1.LOG",
        "exchange-benign/Ews_HttpProxy_2023010601-1.LOG",
        "exchange-benign/PowerShell_HttpProxy_2023011116-1.LOG",
        "exchange-benign/Rps_Cmdlet_2023011116-1.LOG",
        "evtx-json/otrf_background_events.jsonl",
        "evtx/ID4756-Exchange_admin_group_change.evtx",
        "evtx/privexchange_dirkjan.evtx",
        "evtx/LM_typical_IIS_webshell_sysmon_1_10_traces.evtx",
    ] {
        assert_eq!(counted(file), "", "{file}");
    }
}
