//! Figures on lines of real cases and of harmless servers.

#![expect(clippy::disallowed_methods, reason = "a test reads its data")]

use std::collections::BTreeMap;
use std::path::Path;

use super::*;

/// Stages and confidences, counted, of all lines of a W3C log.
fn counted(file: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/hunt");
    let bytes = std::fs::read(folder.join(file)).unwrap();
    let facts = bundled::facts();
    let mut log = Kind::W3c.lines().unwrap();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for line in bytes.split(|it| *it == b'\n') {
        if line.first() == Some(&b'#') {
            let _no_matter = log.header(line);
            continue;
        }
        let Ok(record) = log.record(line) else { continue };
        let mut hits = Vec::new();
        look(&*record, &facts, &mut hits);
        for hit in hits {
            let key = format!("{} {} {}", hit.rule.id, hit.stage, hit.confidence);
            let count = counts.entry(key).or_default();
            *count = count.saturating_add(1);
        }
    }
    counts.iter().map(|(key, count)| format!("{key}: {count}")).collect::<Vec<_>>().join(", ")
}

#[test]
#[ignore = "needs ../shared"]
fn real_lines_are_judged_as_labelled() {
    let helsecert = counted("iis/helsecert_webshell_access_u_ex210305.log");
    assert_eq!(
        helsecert,
        "exward-known-shell-name scan low: 3, exward-known-shell-name webshell high: 5"
    );
    let hamad = counted("iis/hamad_proxyshell_u_ex210303.log");
    assert_eq!(hamad, "exward-access-token success high: 1");
    let lab = counted("iis/debugpriv_proxyshell_w3wp_requests.log");
    assert_eq!(
        lab,
        "exward-access-token success high: 1, exward-stranger-page webshell high: 5, \
         exward-stranger-page webshell medium: 1"
    );
    for benign in [
        "plaso_iis10.log",
        "plaso_iis10_edge_cases.log",
        "plaso_iis6.log",
        "brianary_u_ex160110.log",
        "brianary_ex031118.log",
    ] {
        assert_eq!(counted(&format!("iis-benign/{benign}")), "", "{benign}");
    }
}
