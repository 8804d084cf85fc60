//! Small made-up records against a small made-up catalog.

use exward_core::catalog::{
    Advisory, Cvss, Entitlement, Facts, Fix, GradeOfEvidence, Kind, Release,
};
use exward_core::product::{Cu, Product};
use jiff::civil::date;
use serde_json::{Value, json};

use super::{CveRecord, import};

fn release(product: Product, cu: &str, update: Option<&str>, build: &str) -> Release {
    let base = if cu == "RTM" { Kind::Rtm } else { Kind::Cu };
    Release {
        product,
        cu: cu.parse().unwrap(),
        update: update.map(str::to_owned),
        kind: update.map_or(base, |_| Kind::Su),
        released: "2024-01".parse().ok(),
        build: build.parse().unwrap(),
        kb: None,
        cumulative: true,
        entitlement: Entitlement::Public,
        note: String::new(),
        source: "test".to_owned(),
    }
}

fn fix(cu: &str, fixed: Option<&str>) -> Fix {
    Fix {
        product: Product::E2019,
        cu: Some(cu.parse().unwrap()),
        fixed: fixed.map(|it| it.parse().unwrap()),
        fixed_msrc: None,
        config: None,
        msrc_affected: Some(true),
        evidence: GradeOfEvidence::Css,
        note: "test".to_owned(),
        source: "test".to_owned(),
    }
}

/// 2013 CU4, 2019 CU13 and CU14, SE RTM; CVE-2024-0002 fixed in the second update of CU14.
fn facts() -> Facts {
    let known = Advisory {
        id: "CVE-2024-0002".to_owned(),
        kind: "EoP".to_owned(),
        cvss: Some(Cvss { tenths: 50, version: "2.0".to_owned() }),
        published: "2024-02-13".parse().unwrap(),
        kev: None,
        listed: true,
        fixes: vec![fix("CU14", Some("15.2.1544.9"))],
        note: String::new(),
        source: "test".to_owned(),
    };
    let se = |update, build| release(Product::Se, "RTM", update, build);
    let e2019 = |cu, update, build| release(Product::E2019, cu, update, build);
    Facts {
        as_of: date(2024, 5, 1),
        releases: vec![
            release(Product::E2013, "CU4", None, "15.0.847.32"),
            release(Product::E2013, "CU4", Some("Mar24SU"), "15.0.847.64"),
            e2019("CU13", None, "15.2.1258.12"),
            e2019("CU13", Some("Apr24SU"), "15.2.1258.34"),
            e2019("CU14", None, "15.2.1544.4"),
            e2019("CU14", Some("Mar24SU"), "15.2.1544.9"),
            e2019("CU14", Some("Apr24SU"), "15.2.1544.11"),
            se(None, "15.2.2562.17"),
            se(Some("Apr24SU"), "15.2.2562.20"),
        ],
        advisories: vec![known],
        lifecycles: Vec::new(),
        overrides: Vec::new(),
        defaults: Vec::new(),
        disagreements: Vec::new(),
        moves: exward_core::catalog::Moves::default(),
    }
}

/// A record with these (product, lessThan) rows.
fn record(id: &str, rows: &[(&str, &str)]) -> Value {
    let affected: Vec<Value> = rows
        .iter()
        .map(|(product, less_than)| {
            let version =
                json!({"version": "15.02.0.0", "lessThan": less_than, "status": "affected"});
            json!({"vendor": "Microsoft", "product": product, "versions": [version]})
        })
        .collect();
    json!({
        "dataType": "CVE_RECORD",
        "cveMetadata": {"cveId": id, "state": "PUBLISHED",
            "datePublished": "2024-04-09T17:00:00.000Z", "dateUpdated": "2024-04-20T01:02:03Z"},
        "containers": {
            "cna": {"title": "Microsoft Exchange Server Remote Code Execution Vulnerability",
                "affected": affected, "metrics": [{"cvssV3_1": {"baseScore": 8.8}}]},
            "adp": []
        }
    })
}

fn kev(mut record: Value, container: &str, added: &str) -> Value {
    let other = json!({"type": "kev", "content": {"dateAdded": added}});
    record["containers"]["adp"] = json!([
        {"providerMetadata": {"shortName": container}, "metrics": [{"other": other}]}
    ]);
    record
}

fn run(facts: &mut Facts, record: &Value) -> String {
    let record = CveRecord::read(record.to_string().as_bytes()).unwrap();
    let lines = import(facts, &record).to_string();
    let mut again = facts.clone();
    let _report = import(&mut again, &record);
    assert_eq!(&again, facts, "M4");
    lines
}

const CU13: &str = "Microsoft Exchange Server 2019 Cumulative Update 13";
const CU14: &str = "Microsoft Exchange Server 2019 Cumulative Update 14";
const SE: &str = "Microsoft Exchange Server Subscription Edition RTM";

#[test]
fn a_new_cve_comes_with_its_rows_in_file_order() {
    let mut facts = facts();
    let rows = [
        (SE, "15.02.2562.020"),
        (CU14, "15.02.1544.011"),
        (CU13, "15.02.1258.034"),
        ("Microsoft Exchange Server 2013 Service Pack 1", "15.00.0847.064"),
    ];
    let record = kev(record("CVE-2024-0001", &rows), "CISA-ADP", "2024-04-10");
    insta::assert_snapshot!(run(&mut facts, &record), @r"
    CVE-2024-0001: RCE, published 2024-04-09, 8.8 (CVSS 3.1) — new CVE
    CVE-2024-0001: SE RTM fixed in 15.2.2562.20 — new row
    CVE-2024-0001: 2019 CU14 fixed in 15.2.1544.11 — new row
    CVE-2024-0001: 2019 CU13 fixed in 15.2.1258.34 — new row
    CVE-2024-0001: 2013 CU4 fixed in 15.0.847.64 — new row
    CVE-2024-0001: known exploited, listed by CISA on 2024-04-10 — new
    ");
    assert_eq!(facts.advisories.len(), 2);
    let new = &facts.advisories[0];
    let order: Vec<String> = new
        .fixes
        .iter()
        .map(|it| format!("{} {} {}", it.product, it.cu.unwrap(), it.fixed.unwrap()))
        .collect();
    assert_eq!(
        order,
        [
            "2013 CU4 15.0.847.64",
            "2019 CU13 15.2.1258.34",
            "2019 CU14 15.2.1544.11",
            "SE RTM 15.2.2562.20"
        ]
    );
    assert_eq!((new.kind.as_str(), new.listed, new.note.as_str()), ("RCE", true, ""));
    assert_eq!(new.source, "CVE List v5 record, updated 2024-04-20");
    assert_eq!(new.kev.as_ref().unwrap().source, "CISA ADP container of the CVE record");
    assert!(new.fixes.iter().all(|it| it.evidence == GradeOfEvidence::Record));
}

#[test]
fn a_later_build_of_the_record_is_disputed_and_an_earlier_one_refused() {
    let mut facts = facts();
    insta::assert_snapshot!(run(&mut facts, &record("CVE-2024-0002", &[(CU14, "15.2.1544.9")])), @"CVE-2024-0002: 2019 CU14 fixed in 15.2.1544.9 — already so");
    insta::assert_snapshot!(run(&mut facts, &record("CVE-2024-0002", &[(CU14, "15.2.1544.4")])), @"CVE-2024-0002: 2019 CU14 refused: the record says 15.2.1544.4, earlier than 15.2.1544.9 in the catalog: needs review");
    insta::assert_snapshot!(run(&mut facts, &record("CVE-2024-0002", &[(CU14, "15.2.1544.11")])), @"CVE-2024-0002: 2019 CU14 fixed in 15.2.1544.9, the record says 15.2.1544.11 — now disputed");
    let fix = &facts.advisories[0].fixes[0];
    assert_eq!(fix.fixed.unwrap().to_string(), "15.2.1544.9");
    assert_eq!(fix.fixed_msrc.unwrap().to_string(), "15.2.1544.11");
    insta::assert_snapshot!(run(&mut facts, &record("CVE-2024-0002", &[(CU14, "15.2.1544.11")])), @"CVE-2024-0002: 2019 CU14 fixed in 15.2.1544.9, the record says 15.2.1544.11 — already disputed");
    insta::assert_snapshot!(run(&mut facts, &record("CVE-2024-0002", &[(CU14, "15.2.1544.9")])), @"CVE-2024-0002: 2019 CU14 refused: the record says 15.2.1544.9, the catalog is disputed between 15.2.1544.9 and 15.2.1544.11: needs review");
}

#[test]
fn builds_of_another_cu_are_refused() {
    let mut facts = facts();
    let swapped = [(CU14, "15.2.1258.34"), (CU13, "15.2.1544.11")];
    insta::assert_snapshot!(run(&mut facts, &record("CVE-2024-0001", &swapped)), @r"
    CVE-2024-0001: 2019 CU14 refused: names 15.2.1258.34 for CU14, which lies on CU13; swapped pair
    CVE-2024-0001: 2019 CU13 refused: names 15.2.1544.11 for CU13, which lies on CU14; swapped pair
    CVE-2024-0001: refused: not added: no row of it (published 2024-04-09) could be taken over
    ");
    assert_eq!(facts.advisories.len(), 1);
    // A range over all of 15.2: SE's build says nothing about 2019.
    insta::assert_snapshot!(run(&mut facts, &record("CVE-2024-0002", &[(CU14, "15.2.2562.20")])), @"CVE-2024-0002: 2019 CU14 refused: names 15.2.2562.20 for CU14, which lies on SE RTM");
    insta::assert_snapshot!(run(&mut facts, &record("CVE-2024-0002", &[(CU13, "15.2.1544.4")])), @r"
    CVE-2024-0002: 2019 CU13 has no fix, upgrade to CU14 — new row
    CVE-2024-0002: 2019 CU13 refused: names 15.2.1544.4 for CU13, which lies on the newer CU14: upgrade to CU14
    ");
    let fixes = &facts.advisories[0].fixes;
    assert_eq!(fixes.iter().map(|it| it.cu.unwrap()).collect::<Vec<_>>(), [Cu::Cu(13), Cu::Cu(14)]);
    assert_eq!(fixes[0].fixed, None);
    insta::assert_snapshot!(run(&mut facts, &record("CVE-2024-0002", &[(CU13, "15.2.1258.34")])), @"CVE-2024-0002: 2019 CU13 refused: the record says 15.2.1258.34, the catalog has no fix on this CU: needs review");
}

#[test]
fn what_cannot_be_placed_is_refused_with_its_reason() {
    let mut facts = facts();
    let mut rows = record(
        "CVE-2024-0001",
        &[
            ("Microsoft Exchange Server 2016 Cumulative Update 23", "15.1.2507.39"),
            ("Microsoft Exchange Server 2019", "15.2.1544.11"),
            ("Windows Server 2019", "10.0.17763.5696"),
            (CU13, "15.2.1258.99"),
            (CU14, "15.2.1544.11"),
            (SE, "soon"),
            (SE, "15.2.9999.1"),
        ],
    );
    rows["containers"]["cna"]["affected"][6]["versions"].as_array_mut().unwrap().extend([
        json!({"version": "N/A", "status": "affected"}),
        json!({"version": "15.2.2562.20", "status": "unaffected"}),
    ]);
    insta::assert_snapshot!(run(&mut facts, &rows), @r"
    CVE-2024-0001: RCE, published 2024-04-09, 8.8 (CVSS 3.1) — new CVE
    CVE-2024-0001: 2019 CU14 fixed in 15.2.1544.11 — new row
    CVE-2024-0001: 2016 CU23 refused: this CU is not in the builds table, which must know it first
    CVE-2024-0001: refused: `Microsoft Exchange Server 2019` names no cumulative update, and a fixed build counts only within one
    CVE-2024-0001: refused: `Windows Server 2019` is not Exchange Server
    CVE-2024-0001: 2019 CU13 refused: 15.2.1258.99 is not in the builds table, which must know it first
    CVE-2024-0001: SE RTM refused: `soon` is no build number
    CVE-2024-0001: SE RTM refused: names 15.2.9999.1, whose third part belongs to no CU in the builds table
    CVE-2024-0001: SE RTM refused: names no fixed build (version `N/A`)
    CVE-2024-0001: SE RTM refused: the row says `unaffected`, and only affected builds tell a fix
    ");
    assert_eq!(facts.advisories[0].fixes.len(), 1);
    insta::assert_snapshot!(facts.advisories[0].note, @"row of the record not taken over: 2016 CU23, 2019 CU13, SE RTM");
}

#[test]
fn a_cve_that_is_kept_out_stays_out() {
    let mut facts = facts();
    facts.advisories[0].listed = false;
    let before = facts.clone();
    insta::assert_snapshot!(run(&mut facts, &record("CVE-2024-0002", &[(CU14, "15.2.1544.11")])), @"CVE-2024-0002: 2019 CU14 refused: the record says 15.2.1544.11, the catalog keeps this CVE out of its lists: needs review");
    assert_eq!(facts, before);
}

#[test]
fn only_cisas_own_container_says_known_exploited() {
    let mut facts = facts();
    let known = |container, added| kev(record("CVE-2024-0002", &[]), container, added);
    insta::assert_snapshot!(run(&mut facts, &known("CVE", "2024-04-10")), @"");
    insta::assert_snapshot!(run(&mut facts, &known("CISA-ADP", "2024-04-10")), @"CVE-2024-0002: known exploited, listed by CISA on 2024-04-10 — new");
    insta::assert_snapshot!(run(&mut facts, &known("CISA-ADP", "2024-04-10")), @"CVE-2024-0002: known exploited, listed by CISA on 2024-04-10 — already so");
    insta::assert_snapshot!(run(&mut facts, &known("CISA-ADP", "2024-04-11")), @"CVE-2024-0002: refused: CISA's container says 2024-04-11 as the day of the KEV listing; kept 2024-04-10");
    assert_eq!(facts.advisories[0].kev.as_ref().unwrap().added, date(2024, 4, 10));
}

#[track_caller]
fn check_error(bytes: &[u8], want: &str) {
    assert_eq!(CveRecord::read(bytes).unwrap_err().to_string(), want);
}

#[test]
fn what_is_no_published_record_is_an_error() {
    check_error(b"", "not readable as JSON");
    check_error(b"{\"dataType\": \"CVE_REC", "not readable as JSON");
    check_error(b"\xff\xfe", "not readable as JSON");
    check_error(b"[]", "JSON, but no CVE record of format 5");
    check_error(b"{}", "JSON, but no CVE record of format 5");
    let check_changed = |pointer: &str, value: Value, want: &str| {
        let mut changed = kev(record("CVE-2024-0001", &[]), "CISA-ADP", "2024-04-10");
        *changed.pointer_mut(pointer).unwrap() = value;
        check_error(changed.to_string().as_bytes(), want);
    };
    check_changed("/dataType", json!("CVE_LIST"), "no CVE record: dataType is `CVE_LIST`");
    check_changed("/cveMetadata/cveId", json!("2024-1"), "`2024-1` is no CVE id");
    check_changed(
        "/cveMetadata/state",
        json!("REJECTED"),
        "CVE-2024-0001 is REJECTED, not PUBLISHED: nothing to import",
    );
    check_changed(
        "/cveMetadata/datePublished",
        json!("soon"),
        "CVE-2024-0001: datePublished `soon` is no date",
    );
    check_changed(
        "/containers/adp/0/metrics/0/other/content/dateAdded",
        json!("2024-13-01"),
        "CVE-2024-0001: dateAdded of CISA's KEV entry `2024-13-01` is no date",
    );
    check_changed(
        "/containers/cna/metrics/0/cvssV3_1/baseScore",
        json!(88),
        "CVE-2024-0001: baseScore 88 is no CVSS score",
    );
    check_error(
        &vec![b' '; crate::limits::CVE_RECORD_BYTES_MAX + 1],
        "8388609 bytes are more than a CVE record has (8388608)",
    );
}

#[test]
fn a_large_record_stays_quick_and_small() {
    let rows = [("Microsoft Exchange Server 2019 Cumulative Update 13", "15.2.1544.9")];
    let mut wire = record("CVE-2024-0009", &rows);
    let row = &mut wire["containers"]["cna"]["affected"][0];
    row["versions"] = vec![row["versions"][0].clone(); 20_000].into();
    let named = CveRecord::read(wire.to_string().as_bytes()).unwrap();
    assert!(!import(&mut facts(), &named).refused.is_empty());

    wire["containers"]["cna"]["affected"][0]["product"] = "x".repeat(100_000).into();
    let long = CveRecord::read(wire.to_string().as_bytes()).unwrap();
    assert_eq!(long.affected.len(), 20_000);
    assert!(long.affected.iter().all(|it| it.product.chars().count() <= 300));
}
