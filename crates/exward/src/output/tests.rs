//! Check and hunt side by side, in every shape (A13).

use exward_core::assess::assess;
use exward_core::catalog::Catalog;
use exward_core::evidence::{Claim, Evidence, EvidenceKind};
use exward_core::report::{ServerReport, report};
use exward_hunt::HuntSummary;

use super::{Output, Shape, Tlp, csv, html, json, nagios, table};

/// One server with this build.
fn server<'c>(catalog: &'c Catalog, build: &str) -> ServerReport<'c> {
    let claim = Claim::Version(build.parse().unwrap());
    let evidence = vec![Evidence::new(EvidenceKind::Given, build, claim)];
    let today = "2026-11-24".parse().unwrap();
    report(catalog, build.to_owned(), evidence, today, |candidates, config| {
        std::sync::Arc::new(assess(catalog, candidates, config))
    })
}

/// What `check --hunt` shows, and the exit code where the shape has its own.
fn shown(shape: Shape, build: &str, hunt: &HuntSummary) -> (String, Option<u8>) {
    let catalog = exward_read::catalog::built_in().unwrap();
    let today = "2026-11-24".parse().unwrap();
    let mut output: Box<dyn Output<'_>> = match shape {
        Shape::Table => Box::new(table::Table::new(&catalog, Tlp::Amber, 120, false)),
        Shape::Json => Box::new(json::JsonLines::new(&catalog, Tlp::Amber)),
        Shape::Csv => Box::new(csv::CsvRows::new(Tlp::Amber)),
        Shape::Html => Box::new(html::Html::new(&catalog, Tlp::Amber, today)),
        Shape::Nagios => Box::new(nagios::Nagios::default()),
    };
    let mut report = server(&catalog, build);
    report.say_hunted(hunt.verdict.name(), hunt.verdict.urgency());
    let mut out = Vec::new();
    output.report(report, Some(hunt), &mut out).unwrap();
    let code = output.finish(&mut out).unwrap();
    drop(output);
    (String::from_utf8(out).unwrap(), code)
}

#[test]
fn patched_is_not_clean() {
    let hunt = super::hunt::tests::answer();
    let (text, _) = shown(Shape::Table, "15.2.2562.56", &hunt);
    insta::assert_snapshot!(text, @r"
    ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
     Verdict       Target         Server                    Open CVEs   Next step                                           
    ════════════════════════════════════════════════════════════════════════════════════════════════════════════════════════
     COMPROMISED   15.2.2562.56   Exchange SE RTM Oct26SU   -           take it off the network now and leave it running;   
     PATCHED                      (15.2.2562.56)                        copy its disk and these logs before anything is     
                                                                        changed; patching alone does not put an intruder    
                                                                        out: have it rebuilt, and every password, key and   
                                                                        certificate that it held renewed                    
                                                                        verify Extended Protection and 4 more settings (a   
                                                                        HealthChecker result shows them)                    
    ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

    15.2.2562.56
      · patched as of 2026-10-15, by the given build 15.2.2562.56; not verified: Extended Protection, Windows update for IIS TokenCacheModule, setup /PrepareAllDomains, dedicated hybrid app (hybrid only), Download Domains; the hunt says compromised, and patched is not clean
      · Extended Protection not verified (CVE-2024-21410, known exploited): setup of this CU turns it on
      · hunt: A webshell <b>: it answered 200; by 203.0.113.9 (logs/u_ex261120.log)
      · hunt: HttpProxy logs reach back 29 days (2026-10-26 to 2026-11-24), IIS logs 4 months (2026-07-27); what happened before is not seen

    1 server: 1 patched; hunted: 1 compromised
    catalog as of 2026-10-15 · TLP:AMBER
    ");
    for shape in [Shape::Table, Shape::Json, Shape::Csv, Shape::Html, Shape::Nagios] {
        let (text, _) = shown(shape, "15.2.2562.56", &hunt);
        assert!(text.to_lowercase().contains("patched"), "{shape:?} {text}");
        assert!(text.to_lowercase().contains("compromised"), "{shape:?} {text}");
        assert!(!text.contains("not hunted"), "{shape:?} {text}");
    }
    let (text, _) = shown(Shape::Json, "15.2.2562.56", &hunt);
    let line: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(line["hunt"]["schema"], "exward.hunt.summary/1");
    assert_eq!(line["hunt"]["verdict"], "compromised");
    let (text, code) = shown(Shape::Nagios, "15.2.2562.56", &hunt);
    assert!(text.starts_with("EXCHANGE CRITICAL - 15.2.2562.56 is patched, hunt: compromised |"));
    assert_eq!(code, Some(2));
}

#[test]
fn the_hole_was_open_since_its_cve_was_published() {
    let catalog = exward_read::catalog::built_in().unwrap();
    let since = |build| server(&catalog, build).exposed_since().map(|it| it.to_string());
    assert_eq!(since("15.2.1544.14").as_deref(), Some("2026-05-14"));
    assert_eq!(since("15.2.2562.56"), None);
}
