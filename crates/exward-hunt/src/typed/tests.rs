//! What each typed rule says, and when it stays quiet.

use std::fmt::Write as _;

use insta::assert_snapshot;
use proptest::prelude::*;

use super::token::Token;
use super::*;
use crate::bundled;
use crate::kind::Kind;

const FIELDS: &str = "#Fields: s-ip cs-method cs-uri-stem cs-uri-query cs-username c-ip sc-status";

/// What is seen in one line.
fn seen(line: &str, facts: &Facts) -> Vec<TypedHit> {
    let mut log = Kind::W3c.lines(b"").unwrap();
    log.header(FIELDS.as_bytes()).unwrap();
    let record = log.record(line.as_bytes()).unwrap();
    let mut hits = Vec::new();
    look(&*record, facts, &mut hits);
    hits
}

fn matters(stem: &str, facts: &Facts) -> bool {
    let log = Kind::W3c.lines(b"").unwrap();
    may_matter(&*log.of_stem(stem.as_bytes()), facts)
}

/// `rule stage confidence` of all hits, for `METHOD STEM QUERY STATUS`.
#[track_caller]
fn check(request: &str, want: &str) {
    let facts = bundled::facts();
    let [method, stem, query, status] = request.split(' ').collect::<Vec<_>>()[..] else {
        panic!()
    };
    let line = format!("10.0.0.5 {method} {stem} {query} - 198.51.100.7 {status}");
    let hits = seen(&line, &facts);
    let told: Vec<String> = hits
        .iter()
        .map(|it| format!("{} {} {}", it.rule.id.replace("exward-", ""), it.stage, it.confidence))
        .collect();
    assert_eq!(told.join(", "), want, "{request}");
    if hits.iter().any(|it| it.rule.id != "exward-access-token") {
        assert!(matters(stem, &facts), "T1: {stem}");
    }
}

/// Traps 3 and 4: a letter tells Microsoft's page from a shell, and the status a shell from a question.
#[test]
fn a_request_is_judged_by_name_place_and_answer() {
    check("GET /owa/auth/RedirSuiteServiceProxy.aspx - 200", "");
    check("GET /owa/auth/RedirSuiteServerProxy.aspx - 200", "known-shell-name webshell high");
    check("GET /OWA/AUTH/REDIRSUITESERVERPROXY.ASPX - 200", "known-shell-name webshell high");
    check("GET /owa/auth/RedirSuiteServerProxy.aspx - 302", "known-shell-name scan low");
    check("GET /ecp/auth/TimeoutLogoff.aspx - 200", "");
    check("GET /ecp/auth/TimeoutLogout.aspx - 200", "known-shell-name webshell high");
    check("GET /owa/auth/TimeoutLogoff.aspx - 404", "stranger-page scan low");
    let added = "&CorrelationID=<empty>;&cafeReqId=b1e5;&encoding=;";
    check(
        &format!("GET /owa/auth/RedirSuiteServerProxy.aspx {added} 200"),
        "known-shell-name webshell high",
    );
    check(&format!("GET /owa/auth/kq.aspx {added} 200"), "stranger-page webshell medium");
    check(&format!("GET /owa/auth/kq.aspx c=dir&{added} 200"), "stranger-page webshell high");
    check("POST /aspnet_client/kq.aspx - 200", "stranger-page webshell high");
    check("POST /aspnet_client/system_web/kq.ashx - 204", "stranger-page webshell high");
    check("GET /aspnet_client/kq.aspx - 404", "stranger-page scan low");
    check("GET /aspnet_client/kq.aspx - 401", "stranger-page scan low");
    check("GET /aspnet_client/kq.aspx - 500", "stranger-page webshell low");
    check("GET /aspnet_client/help.aspx - 500", "known-shell-name webshell medium");
    check("GET /oab/log.aspx - 200", "known-shell-name webshell high");
    check("GET /owa/auth/Current/themes/errorFS.aspx - 302", "known-shell-name scan low");
    check("GET /owa/auth/kq%2easpx - 200", "stranger-page webshell medium");
    check("GET /owa/auth/kq.aspx/a/b - 200", "stranger-page webshell medium");
    // IIS answers so for pages that are not there.
    check("OPTIONS /owa/auth/kq.aspx - 200", "stranger-page scan low");
}

#[test]
fn pages_elsewhere_are_judged_by_telling_names_alone() {
    check("GET /site/supp0rt.aspx - 200", "known-shell-name webshell medium");
    check("GET /site/supp0rt.aspx - 404", "known-shell-name scan low");
    check("GET /site/help.aspx - 200", "");
    check("GET /ecp/default.aspx - 200", "");
    check("GET /ecp/error.aspx - 200", "");
    check("GET /ecp/Current/a.aspx - 200", "");
}

#[test]
fn microsofts_own_paths_are_no_sighting_whatever_the_rest_of_the_line() {
    let facts = bundled::facts();
    for stem in [
        "/owa/auth/logon.aspx",
        "/owa/auth/errorFE.aspx",
        "/owa/auth/logoff.aspx",
        "/owa/auth/OutlookCN.aspx",
        "/owa/auth/signout.aspx",
        "/owa/auth/frowny.aspx",
        "/owa/auth/expiredpassword.aspx",
        "/owa/auth/logon.aspx/kq.aspx",
        "/owa/auth/15.1.2375/themes/resources/favicon.ico",
        "/owa/auth/Current/scripts/premium/flogon.js",
        "/owa/default.aspx",
        "/ecp/default.aspx",
        "/ecp/UsersGroups/EditMailbox.aspx",
        "/EWS/Exchange.asmx",
        "/aspnet_client/system_web/4_0_30319/WebUIValidation.js",
        "/",
        "",
    ] {
        assert!(!matters(stem, &facts), "{stem}");
    }
    for stem in ["/owa/auth/kq.aspx", "/x/OutlookEN.aspx", "/autodiscover.json?x-rps-cat=V"] {
        assert!(matters(stem, &facts), "{stem}");
    }
}

#[test]
fn what_is_told_can_be_checked() {
    let facts = bundled::facts();
    let mut told = String::new();
    for line in [
        "10.0.0.5 POST /owa/auth/RedirSuiteServerProxy.aspx - - 103.77.192.219 200",
        "10.0.0.5 GET /owa/auth/RedirSuiteServerProxy.aspx - - 198.51.100.7 302",
        "10.0.0.5 GET /aspnet_client/kq.aspx c=dir - 198.51.100.7 200",
        "10.0.0.5 OPTIONS /ecp/auth/kq.aspx - - 198.51.100.7 200",
        "10.0.0.5 POST /powershell X-Rps-CAT=VgEAVAdXaW5kb3dzQwBBBUJhc2ljTA9raW1AY29udG9zby5jb21VLFMtMS01LTIxLTEwMDQzMzYzNDgtMTE3NzIzODkxNS02ODIwMDMzMzAtNTAwRwEAAAAHAAAAB1MtMS0xLTBFAAAAAA%3D%3D - 10.0.0.5 200",
        "10.0.0.5 POST /autodiscover/autodiscover.json @x/powershell?X-Rps-CAT=VgEAVAdXaW5kb3dzQwBBBUJhc2ljTA8 - 198.51.100.7 401",
        "10.0.0.5 POST /powershell X-Rps-CAT=0 - 198.51.100.7 404",
    ] {
        for hit in seen(line, &facts) {
            writeln!(told, "{} {} {}: {}", hit.rule.id, hit.stage, hit.confidence, hit.why)
                .unwrap();
        }
    }
    assert_snapshot!(told, @r"
    exward-known-shell-name webshell high: somebody sent something to /owa/auth/RedirSuiteServerProxy.aspx: in owa\auth only Microsoft's pages stand, and this is none, and its name is that of a web shell after ProxyLogon, according to Red Canary, Microsoft Exchange server exploitation, 2021-03-09; the server answered 200
    exward-address-list scan low: 103.77.192.219 is on a list: attacks on Exchange in March 2021, according to volexity/threat-intel Operation Exchange Marauder, 2021-03-02; addresses change hands
    exward-known-shell-name scan low: somebody asked for /owa/auth/RedirSuiteServerProxy.aspx: in owa\auth only Microsoft's pages stand, and this is none, and its name is that of a web shell after ProxyLogon, according to Red Canary, Microsoft Exchange server exploitation, 2021-03-09; the server answered 302, so the page was not there or did not run
    exward-stranger-page webshell high: somebody sent something to /aspnet_client/kq.aspx: no page belongs there; the server answered 200
    exward-stranger-page scan low: somebody asked for /ecp/auth/kq.aspx: in ecp\auth only Microsoft's pages stand, and this is none; the server answered 200, which it does for pages that are not there, too
    exward-access-token success high: a token in the query names the user kim@contoso.com (SID S-1-5-21-1004336348-1177238915-682003330-500, the built-in administrator); the server answered 200
    exward-access-token attempt high: a token in the query is cut off before it names a user; the server answered 401
    exward-access-token attempt medium: a token in the query cannot be read; the server answered 404
    ");
}

/// Exchange servers send each other tokens for cmdlets; an attack comes from outside or through this server.
#[test]
fn a_token_of_a_neighbour_is_no_alarm() {
    #[track_caller]
    fn check(stem: &str, query: &str, client: &str, want: Confidence) {
        let line = format!("10.0.0.5 POST {stem} {query} - {client} 200");
        let hits = seen(&line, &bundled::facts());
        assert_eq!(hits.iter().map(|it| it.confidence).collect::<Vec<_>>(), [want], "{line}");
    }
    let query = "X-Rps-CAT=VgEAVAdXaW5kb3dzQwBBBUJhc2ljTA8";
    check("/powershell", query, "10.0.0.6", Confidence::Low);
    check("/PowerShell/", query, "fd00::6", Confidence::Low);
    check("/powershell", query, "10.0.0.5", Confidence::High);
    check("/powershell", query, "::1", Confidence::High);
    check("/powershell", query, "198.51.100.7", Confidence::High);
    check("/powershell", "X-Rps-CAT=0", "198.51.100.7", Confidence::Medium);
    check("/powershell", &format!("{query}&Email=autodiscover/x"), "10.0.0.6", Confidence::High);
    check(
        "/autodiscover/autodiscover.json",
        &format!("@x/powershell/?{query}"),
        "10.0.0.6",
        Confidence::High,
    );
}

#[test]
fn tokens_name_whom_they_make_one() {
    #[track_caller]
    fn check(text: &str, want: Option<(Option<&str>, Option<&str>)>) {
        let token = Token::of(text);
        let got = token.as_ref().map(|it| (it.logon.as_deref(), it.sid.as_deref()));
        assert_eq!(got, want, "{text}");
    }
    // V, type Windows, Basic, a@b.c, S-1-5-21-1-500
    let whole = "VgEAVAdXaW5kb3dzQwBBBUJhc2ljTAVhQGIuY1UOUy0xLTUtMjEtMS01MDA=";
    let names = Some((Some("a@b.c"), Some("S-1-5-21-1-500")));
    check(whole, names);
    check(&whole.replace('=', "%3D"), names);
    check(&whole.replace('=', "%253d"), names);
    check(whole.get(..50).unwrap(), Some((Some("a@b.c"), None)));
    check(whole.get(..29).unwrap(), Some((None, None)));
    check("VgEA", None);
    check("AAAA", None);
    check("%", None);
    check("", None);
}

#[test]
fn files_are_known_by_hash_and_name() {
    let facts = bundled::facts();
    let of = |path: &str| of_file(path, b"x", &facts).map(|it| (it.stage, it.confidence));
    let low = Some((Stage::WebShell, Confidence::Low));
    assert_eq!(of(r"C:\inetpub\wwwroot\aspnet_client\SUPP0RT.aspx"), low);
    assert_eq!(of("triage.zip!x/OutlookEN.aspx"), low);
    assert_eq!(of(r"C:\inetpub\wwwroot\help.aspx"), None);
    assert_eq!(of(r"D:\Program Files\Trend Micro\SMEX\Quarantine\supp0rt.aspx"), None);
    assert_eq!(of(r"C:\Exchange\FrontEnd\HttpProxy\owa\auth\kq.aspx"), None);
    assert_eq!(hex(&Sha256::digest(b"")).get(..8), Some("e3b0c442"));
}

fn stems() -> impl Strategy<Value = String> {
    let folders = prop::sample::select(vec![
        "/owa/auth/",
        "/ecp/auth/",
        "/aspnet_client/",
        "/oab/",
        "/ecp/",
        "/owa/",
        "/EWS/",
        "/x/",
        "/",
    ]);
    let names = prop::sample::select(vec![
        "logon",
        "OutlookEN",
        "supp0rt",
        "help",
        "kq",
        "Exchange",
        "RedirSuiteServiceProxy",
        "%73hel",
    ]);
    let endings =
        prop::sample::select(vec![".aspx", ".asmx", ".ASP", ".js", "", ".aspx/x", "%2easpx"]);
    (folders, names, endings).prop_map(|(a, b, c)| format!("{a}{b}{c}"))
}

proptest! {
    /// T1, and T2: every line that is a sighting holds a needle, where letters are not encoded.
    #[test]
    fn the_path_decides_early(
        stem in stems(),
        query in "[a-z0-9=&;%+]{0,12}",
        method in "(GET|POST|HEAD|OPTIONS)",
        status in prop::sample::select(vec![200_u16, 204, 302, 401, 403, 404, 500, 503]),
        client in prop::sample::select(vec!["103.77.192.219", "198.51.100.7", "-"]),
    ) {
        let facts = bundled::facts();
        let query = if query.is_empty() { "-" } else { &query };
        let line = format!("10.0.0.5 {method} {stem} {query} - {client} {status}");
        let hits = seen(&line, &facts);
        prop_assert!(hits.is_empty() || matters(&stem, &facts), "T1: {line}");
        let needles = needles(&facts, Source::Iis, Alphabet::Url);
        let lower = line.to_ascii_lowercase().replace("%2e", ".");
        let holds = needles.iter().any(|it| lower.contains(it));
        prop_assert!(hits.is_empty() || holds, "T2: {line}");
    }

    /// Case never matters.
    #[test]
    fn names_are_the_same_in_any_case(stem in stems()) {
        let facts = bundled::facts();
        let of = |stem: &str| {
            let hits = seen(&format!("10.0.0.5 GET {stem} - - 198.51.100.7 200"), &facts);
            hits.iter().map(|it| (it.stage, it.confidence)).collect::<Vec<_>>()
        };
        prop_assert_eq!(of(&stem), of(&stem.to_ascii_uppercase()));
    }

    /// Nothing panics.
    #[test]
    fn any_text_is_looked_at(text in "\\PC{0,60}", bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        let facts = bundled::facts();
        let text = text.replace(' ', "+");
        let _seen = Token::of(&text);
        let _known = known::of_path(&text);
        let _file = of_file(&text, &bytes, &facts);
        let _hits = seen(&format!("10.0.0.5 GET /{text} X-Rps-CAT={text} - - 200"), &facts);
    }
}

mod corpus;
mod events;
