//! What is excused, and what never is.

use super::*;
use crate::kind::Kind;

const FIELDS: &str = "#Fields: s-ip cs-method cs-uri-stem cs-uri-query cs-username c-ip \
                      cs(User-Agent) sc-status";

/// What a request to 10.0.0.5 is recognised as.
#[track_caller]
fn check(line: &str, want: Option<Known>) {
    let mut log = Kind::W3c.lines(b"").unwrap();
    log.header(FIELDS.as_bytes()).unwrap();
    let line = format!("10.0.0.5 {line}");
    let record = log.record(line.as_bytes()).unwrap();
    assert_eq!(recognise(&*record), want, "{line}");
}

/// Trap 13: the finder's own questions are no attack; a stranger who takes its name is one.
#[test]
fn exward_is_known_by_its_very_questions() {
    let probe = Some(Known::ExwardProbe);
    let agent = "exward/0.1.0+(+https://contoso.com/scan)";
    check(&format!("GET /owa/ - - 192.0.2.1 {agent} 302"), probe);
    check("GET /owa/auth/logon.aspx - - 192.0.2.1 exward/0.1.0 200", probe);
    let added = "&CorrelationID=<empty>;&cafeReqId=b1e5;&encoding=;";
    check(&format!("GET /autodiscover/autodiscover.xml {added} - 192.0.2.1 {agent} 401"), probe);
    check(&format!("GET /0123456789abcdef.htm - - 192.0.2.1 {agent} 404"), probe);
    check(&format!("GET /EWS/Exchange.asmx - - 192.0.2.1 {agent} 401"), probe);
    check(&format!("POST /owa/ - - 192.0.2.1 {agent} 302"), None);
    check(&format!("GET /owa/ x=1 - 192.0.2.1 {agent} 302"), None);
    check(&format!("GET /owa/auth/x.aspx - - 192.0.2.1 {agent} 200"), None);
    check(
        &format!("GET /autodiscover/autodiscover.json @x/powershell - 192.0.2.1 {agent} 200"),
        None,
    );
    check("GET /owa/ - - 192.0.2.1 exwarder/0.1.0 302", None);
    check("GET /owa/ - - 192.0.2.1 exward/0.1.0+sqlmap 302", None);
    check("GET /owa/ - - 192.0.2.1 exward/+(+x) 302", None);
}

#[test]
fn exward_is_known_in_the_logs_of_the_front_end_too() {
    let mut log = Kind::Exchange(Source::HttpProxy).lines(b"").unwrap();
    log.header(b"#Fields: DateTime,Method,UrlStem,UrlQuery,UserAgent,HttpStatus").unwrap();
    let line = b"2026-11-01T10:36:34.479Z,GET,/owa/,,exward/0.1.0 (+mailto:soc@contoso.com),302";
    assert_eq!(recognise(&*log.record(line).unwrap()), Some(Known::ExwardProbe));
}

/// Whoever makes the front end send a request elsewhere may call himself exward.
#[test]
fn a_steered_request_is_no_question_of_exward() {
    let mut log = Kind::Exchange(Source::HttpProxy).lines(b"").unwrap();
    log.header(b"#Fields: DateTime,Method,UrlStem,UserAgent,AnchorMailbox,RoutingHint").unwrap();
    for steered in ["ServerInfo~a]@ex01:444/ecp/x?#,", ",X-AnonResource-Backend-Cookie"] {
        let line = format!("2026-11-01T10:36:34Z,GET,/owa/healthcheck.htm,exward/0.1.0,{steered}");
        assert_eq!(recognise(&*log.record(line.as_bytes()).unwrap()), None, "{line}");
    }
}

/// The questions stand in another crate; whoever changes them there is told here.
#[test]
fn the_questions_are_those_that_are_asked() {
    let asked = include_str!("../../../exward-reach/src/probe/questions.rs");
    let body = asked.split("fn path(self").nth(1).unwrap().split("\n    }").next().unwrap();
    let paths: Vec<String> = body
        .split('"')
        .filter(|it| it.starts_with('/') && !it.contains('{'))
        .map(str::to_ascii_lowercase)
        .collect();
    assert_eq!(paths, QUESTIONS);
}

/// Trap 8: never by the user agent, and only from the server itself.
#[test]
fn health_mailboxes_are_known_by_name_and_address() {
    let health = Some(Known::HealthMailbox);
    let agent = "Microsoft+WinRM+Client";
    let user = r"CONTOSO\HealthMailbox0f3a1b";
    check(&format!("POST /powershell a=b {user} 127.0.0.1 {agent} 200"), health);
    check(&format!("POST /ecp/x/InboxRules.svc/GetList - {user} ::1 {agent} 200"), health);
    check(&format!("GET /owa/ - HealthMailbox0f@contoso.com 10.0.0.5 {agent} 200"), health);
    check(&format!("GET /owa/ - HealthMailbox0f@contoso.com ::ffff:127.0.0.1 {agent} 200"), health);
    check(&format!("POST /powershell a=b {user} 198.51.100.7 {agent} 200"), None);
    check(&format!("POST /powershell a=b {user} - {agent} 200"), None);
    check(&format!("POST /powershell a=b - 127.0.0.1 {agent} 200"), None);
    check(&format!("POST /powershell a=b MyHealthMailbox 127.0.0.1 {agent} 200"), None);
    check("POST /powershell a=b - 127.0.0.1 AMProbe/Local/ClientAccess 200", None);
    // An attack makes the front end ask as any user.
    check(&format!("GET /owa/auth/kq.aspx - {user} 10.0.0.5 {agent} 200"), None);
    check(&format!("POST /powershell X-Rps-CAT=VgEA {user} 10.0.0.5 {agent} 200"), None);
    check(&format!("POST /powershell %58-Rps-CAT=VgEA {user} 10.0.0.5 {agent} 200"), None);
}

/// Trap 5: Microsoft's test asks the server for two harmless pages; any other is an attack on itself.
#[test]
fn the_test_of_microsoft_is_known_by_what_it_asks() {
    #[track_caller]
    fn check(anchor: &str, want: Option<Known>) {
        let mut log = Kind::Exchange(Source::HttpProxy).lines(b"").unwrap();
        log.header(b"#Fields: DateTime,Method,UrlStem,UserAgent,AnchorMailbox").unwrap();
        let line = format!("2021-03-06T10:36:34.479Z,GET,/owa/auth/x.js,Mozilla/5.0,{anchor}");
        let record = log.record(line.as_bytes()).unwrap();
        assert_eq!(recognise(&*record), want, "{anchor}");
    }
    check("ServerInfo~localhost/owa/auth/logon.aspx?", Some(Known::MicrosoftNseCheck));
    check("ServerInfo~localhost/ecp/default.flt", Some(Known::MicrosoftNseCheck));
    check("ServerInfo~localhost:444/ecp/DDI/DDIService.svc/SetObject?#", None);
    check("ServerInfo~localhost.example.org/owa/auth/logon.aspx", None);
    check("ServerInfo~localhost/owa/auth/logon.aspx?a=]@ex01:444/ecp/#", None);
    check("ServerInfo~a]@ex01:444/autodiscover/autodiscover.xml?#", None);
}

#[test]
fn quarantine_is_known_by_its_folder() {
    #[track_caller]
    fn check(path: &str, want: Option<Known>) {
        assert_eq!(of_path(path), want, "{path}");
    }
    let archive = Some(Known::AntivirusArchive);
    check(r"C:\ProgramData\Microsoft\Windows Defender\Quarantine\ResourceData\1A\x.aspx", archive);
    check(r"D:\Program Files\Trend Micro\Smex\Quarantine\x.aspx", archive);
    check("triage/ProgramData/Sophos/INFECTED/x.aspx", archive);
    check(r"C:\inetpub\wwwroot\aspnet_client\Windows Defender\Quarantine\x.aspx", None);
    check(r"C:\Quarantine\x.aspx", None);
    check(r"C:\Quarantine\Sophos\x.aspx", None);
    check("", None);
}

#[test]
fn needles_are_not_those_of_ordinary_lines() {
    let all: Vec<String> = [Source::Iis, Source::HttpProxy].into_iter().flat_map(needles).collect();
    assert_eq!(all, ["exward", "exward", "serverinfo~localhost"]);
}
