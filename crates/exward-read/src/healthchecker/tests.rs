//! Made by hand after the layout in the script's source: no real file is at hand.

use super::*;

/// A property that is an object with these properties.
fn object(name: &str, inside: &str) -> String {
    format!("<Obj N=\"{name}\"><MS>{inside}</MS></Obj>")
}

fn text(name: &str, value: &str) -> String {
    format!("<S N=\"{name}\">{value}</S>")
}

/// A displayed row.
fn row(name: &str, value: &str, colour: &str) -> String {
    let about = if value.starts_with("CVE-") { value } else { name };
    format!(
        "<Obj><Props>{}{}{}{}</Props></Obj>",
        text("DisplayValue", value),
        text("Name", name),
        text("TestingName", about),
        text("WriteType", colour)
    )
}

/// The result of one server.
fn result(name: &str, exchange: &str, organisation: &str, rows: &[String]) -> String {
    let server = [
        text("ServerName", name),
        "<DT N=\"GenerationTime\">2026-11-24T05:00:00+01:00</DT>".to_owned(),
        object("ExchangeInformation", exchange),
        object("OrganizationInformation", organisation),
    ];
    format!(
        "<Obj><MS>{}<Obj N=\"DisplayResults\"><DCT><En><Obj N=\"Key\"><Props>{}</Props></Obj>\
         <Obj N=\"Value\"><LST>{}</LST></Obj></En></DCT></Obj></MS></Obj>",
        object(SERVER, &server.concat()),
        text("Name", "Exchange Information"),
        rows.concat()
    )
}

fn setup(version: &str, failed: bool) -> String {
    let setup = format!("{}<B N=\"FailedGetExSetup\">{failed}</B>", text("FileVersion", version));
    object("BuildInformation", &object("ExchangeSetup", &setup))
}

fn reading(results: &[String]) -> Reading {
    let bytes = format!("<Objs>{}</Objs>", results.concat());
    read("HealthChecker.xml", bytes.as_bytes()).unwrap()
}

fn shown(record: &Record) -> Vec<String> {
    let claim = |claim: &Claim| match claim {
        Claim::Version(build) => format!("version {build}"),
        Claim::Config(_, state) => state.name().to_owned(),
        Claim::Name(name) => format!("name {name}"),
        Claim::ReportedCve(cve) => format!("reported {cve}"),
        Claim::OverridesRead => "overrides read".to_owned(),
        Claim::Shown => "shown".to_owned(),
        Claim::AtLeast(_)
        | Claim::Products(_)
        | Claim::Host(_)
        | Claim::Fits
        | Claim::ExchangeOnline
        | Claim::NotExchange(_)
        | Claim::Imitation(_)
        | Claim::Doubt(_)
        | Claim::ForeignTitle
        | Claim::Override(_)
        | Claim::ReportedWebShell
        | Claim::Tls(_) => panic!("a result claims no such thing: {claim:?}"),
    };
    record
        .evidence
        .iter()
        .map(|it| format!("{} | {} | {}", it.kind, it.value, claim(&it.claim)))
        .collect()
}

#[test]
fn a_whole_result_is_read() {
    let exchange = [
        setup("15.02.0986.005", false),
        object("VirtualDirectories", ""),
        object(
            "IISSettings",
            "<Obj N=\"IISModulesInformation\"><MS><Obj N=\"ModuleList\"><LST><Obj><MS>\
             <S N=\"Name\">HttpLoggingModule</S></MS></Obj></LST></Obj></MS></Obj>",
        ),
    ];
    let organisation = "<B N=\"EnableDownloadDomains\">false</B>\
        <Obj N=\"SecurityResults\"><MS>\
          <Obj N=\"CVE202221978\"><LST><Obj><MS><S N=\"DomainName\">example.org</S>\
            <B N=\"DomainPassed\">false</B><B N=\"UnknownDomain\">false</B></MS></Obj></LST></Obj>\
          <Obj N=\"CVE202134470\"><MS><B N=\"IsVulnerable\">true</B></MS></Obj></MS></Obj>";
    let rows = [
        row("Build Number", "15.02.0986.005", "Grey"),
        row("Server Role", "Mailbox", "Grey"),
        row("DAG Name", "Standalone Server", "Grey"),
        row("Extended Protection Enabled (Any Vdir)", "False", "Grey"),
        row("Setting Overrides Detected", "False", "Grey"),
        row("Security Vulnerability", "CVE-2021-34473", "Red"),
        row("Security Vulnerability", "CVE-2022-21978", "Yellow"),
    ];
    let reading = reading(&[result("ex1.example.org", &exchange.concat(), organisation, &rows)]);
    let [record] = reading.records.as_slice() else { panic!("{reading:?}") };
    assert_eq!(record.target, "ex1.example.org");
    assert_eq!(record.evidence[0].at.unwrap().to_string(), "2026-11-24T04:00:00Z");
    insta::assert_snapshot!(shown(record).join("\n"), @r"
    exsetup | 15.02.0986.005 | version 15.2.986.5
    healthchecker | 15.02.0986.005 | version 15.2.986.5
    config | download-domains: off in the organisation | not-done
    config | token-cache-module: the module is not loaded | done
    config | prepare-all-domains: example.org failed HealthChecker's test | not-done
    config | prepare-schema: the schema failed HealthChecker's test | not-done
    config | Extended Protection Enabled (Any VDir): False | not-done
    setting-override | Setting Overrides Detected: False | overrides read
    server-fact | role=Mailbox | shown
    server-fact | dag=none | shown
    feed-finding | CVE-2021-34473 | reported CVE-2021-34473
    server-name | ex1 | name ex1
    ");
}

#[track_caller]
fn check_build(exchange: &str, rows: &[String], want: &[&str]) {
    let reading = reading(&[result("EX1", exchange, "", rows)]);
    let mut got = shown(&reading.records[0]);
    got.retain(|it| !it.starts_with("server-name"));
    assert_eq!(got, want);
}

#[test]
fn the_build_is_read_from_two_places() {
    let build = row("Build Number", "15.02.0986.005", "Grey");
    check_build(
        "",
        std::slice::from_ref(&build),
        &[
            "healthchecker | 15.02.0986.005 | version 15.2.986.5",
            "server-fact | the build stands in the displayed rows only, not in the objects | shown",
        ],
    );
    check_build(
        &setup("15.02.0986.005", false),
        &[],
        &[
            "exsetup | 15.02.0986.005 | version 15.2.986.5",
            "server-fact | the build stands in the objects only, not in the displayed rows | shown",
        ],
    );
    check_build("", &[], &["server-fact | no build in this result | shown"]);
    // H3: by the flag, and by the sentence alone where the objects did not survive.
    let guess = "admin-display-version | 15.02.0986.005 | version 15.2.986";
    check_build(&setup("15.02.0986.005", true), std::slice::from_ref(&build), &[guess]);
    let warning = row("Warning", "Didn't detect ExSetup.exe on the server. This might", "Yellow");
    check_build(
        "",
        &[build, warning],
        &[
            guess,
            "server-fact | the build stands in the displayed rows only, not in the objects | shown",
        ],
    );
}

#[test]
fn several_servers_are_several_records() {
    let one = |name| result(name, "", "", &[]);
    let reading = reading(&[one("EX1"), one("EX2")]);
    let targets: Vec<&str> = reading.records.iter().map(|it| it.target.as_str()).collect();
    assert_eq!(targets, ["EX1", "EX2"]);
}

#[test]
fn a_document_without_results_says_so() {
    let reading = read("x.xml", b"<Objs><S>text</S></Objs>").unwrap();
    assert_eq!(reading.records, []);
    assert_eq!(reading.skipped, [Skipped::whole("no HealthChecker result in it")]);
}

#[test]
fn a_vulnerability_report_is_read() {
    let json = r#"{"VersionReport":"26.04.01","ReportDate":"2026-11-24T04:12:00Z","Organization":"o",
      "Servers":[
        {"Name":"EX1.example.org","BuildVersion":"15.2.986.5","HasVulnerability":true,"Online":true,
         "Vulnerabilities":["CVE-2021-34473","Known Issue","cve-2021-1730 and more"]},
        {"Name":"EX2","BuildVersion":15.2,"Online":true},
        {"BuildVersion":"15.2.986.5"},
        "EX3",
        {"Name":"EX4","BuildVersion":"15.2.1118.7","HasVulnerability":"Unknown",
         "Vulnerabilities":[],"Online":false},
        {"Name":"EX5","BuildVersion":"15.2.1118.7","Vulnerabilities":{"a":1}}]}"#;
    let reading = vulnerability_report(json.as_bytes());
    let all: Vec<String> = reading.records.iter().flat_map(shown).collect();
    insta::assert_snapshot!(all.join("\n"), @r"
    server-name | EX1.example.org | name EX1
    healthchecker | 15.2.986.5 | version 15.2.986.5
    feed-finding | CVE-2021-34473 | reported CVE-2021-34473
    feed-finding | Known Issue | shown
    feed-finding | CVE-2021-1730 | reported CVE-2021-1730
    server-name | EX4 | name EX4
    admin-display-version | 15.2.1118.7 | version 15.2.1118
    server-fact | HealthChecker could not reach it | shown
    ");
    let skipped: Vec<String> = reading.skipped.iter().map(ToString::to_string).collect();
    assert_eq!(
        skipped,
        [
            "server 2: `BuildVersion` is no text",
            "server 3: it has no `Name` as text",
            "server 4: it has no `Name` as text",
            "server 6: `Vulnerabilities` is no list",
        ]
    );
    assert_eq!(reading.records[0].evidence[0].at.unwrap().to_string(), "2026-11-24T04:12:00Z");
}

#[track_caller]
fn check_report(json: &str, records: usize, skipped: &str) {
    let reading = vulnerability_report(json.as_bytes());
    assert_eq!(reading.records.len(), records, "{json}");
    let got = reading.skipped.first().map(|it| it.why.as_str()).unwrap_or_default();
    assert!(got.starts_with(skipped), "{json}: `{got}`");
}

#[test]
fn other_json_is_no_report() {
    check_report("", 0, "no JSON: ");
    check_report("[1]", 0, "no vulnerability report: ");
    check_report(r#"{"Servers":[]}"#, 0, "");
    check_report(r#"{"Servers":{"Name":"EX1","BuildVersion":"15.2.986.5"}}"#, 1, "");
    check_report("\u{feff}{\"Servers\":[]}", 0, "");
}

#[test]
fn a_local_report_date_is_no_instant() {
    let time = |text: &str| report::time(&serde_json::Value::from(text)).map(|it| it.to_string());
    assert_eq!(time("11/24/2026 4:12:24 AM"), None);
    assert_eq!(time("/Date(1700000000000)/").as_deref(), Some("2023-11-14T22:13:20Z"));
}

#[test]
fn values_of_a_report_are_cut() {
    let (name, zeros) = ("x".repeat(1000), "0".repeat(1000));
    let server = format!(r#"{{"Name": "{name}", "BuildVersion": "15.2.1544.{zeros}14"}}"#);
    let json = format!(r#"{{"VersionReport": "1", "Servers": [{server}]}}"#);
    let reading = vulnerability_report(json.as_bytes());
    let mut evidence = reading.records.iter().flat_map(|it| &it.evidence);
    assert!(evidence.all(|it| it.value.chars().count() <= 300));
    assert_eq!(reading.records.len(), 1);
}
