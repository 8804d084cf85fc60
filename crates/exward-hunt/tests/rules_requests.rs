//! Traces and look-alikes, one a line: what the bundled rules say of them. The traps of the project's research
//! on hunting are here.
#![expect(clippy::disallowed_methods, reason = "the test reads the rules; the crate does not")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "rules/bundled.rs"]
#[expect(dead_code, reason = "what the documents say is not needed here")]
mod bundled;
#[path = "rules/corpus.rs"]
#[expect(dead_code, reason = "the corpus itself is not needed here")]
mod corpus;

use bundled::rules;
use corpus::{Hunt, told};

/// `METHOD STEM QUERY USER STATUS` of a request, port 443.
#[track_caller]
fn check_request(hunt: &Hunt, request: &str, want: &str) {
    check_with_cookie(hunt, request, "-", want);
}

#[track_caller]
fn check_with_cookie(hunt: &Hunt, request: &str, cookie: &str, want: &str) {
    let [method, stem, query, user, status] =
        request.split(' ').collect::<Vec<_>>().try_into().unwrap();
    let log = format!(
        "#Software: Microsoft Internet Information Services 10.0\n#Version: 1.0\n#Fields: date time s-ip cs-method \
         cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Cookie) sc-status\n\
         2026-11-01 10:00:00 10.0.0.5 {method} {stem} {query} 443 {user} 198.51.100.7 Mozilla/5.0 {cookie} {status}\n"
    );
    let seen = hunt.bytes("u_ex261101.log", log.as_bytes());
    assert_eq!(told(seen), want, "{request} {cookie}");
}

#[test]
fn cookies_tell_where_a_request_was_sent_on() {
    let hunt = Hunt::new(rules());
    let check = |cookie, want| check_with_cookie(&hunt, "GET /owa/ - - 200", cookie, want);
    check(
        "X-AnonResource=true;+X-AnonResource-Backend=ex01/ecp/x?~3",
        "proxylogon-cookie success high",
    );
    check(
        "X-BEResource=a]@ex01:444/ecp/proxyLogon.ecp?#~1941962754",
        "proxylogon-cookie success high",
    );
    check("X-BEResource=localhost/owa/auth/logon.aspx?~3", "");
    check("X-BEResource=localhost/ecp/x?~3", "proxylogon-cookie success high");
    check(
        "a=localhost/ecp/default.flt;+X-BEResource=ex01/ecp/x?~3",
        "proxylogon-cookie success high",
    );
    check("X-BEResource=ex01.contoso.com~1942062522;+cadata=a/b+c==;+X-OWA-CANARY=~x", "");
}

#[test]
fn requests_tell_how_far_an_attack_came() {
    let hunt = Hunt::new(rules());
    let check = |request, want| check_request(&hunt, request, want);
    // ProxyLogon: only a POST to a static file; trap 4: proxylogon.owa alone is ordinary.
    check("POST /ecp/y.js - - 200", "proxylogon-static-post success medium");
    check("POST /ecp/y.js - - 241", "proxylogon-static-post success high");
    check("POST /ecp/y.js - - 404", "proxylogon-static-post attempt medium");
    check(
        "POST /owa/auth/Current/themes/resources/logon.css - - 405",
        "proxylogon-static-post attempt medium",
    );
    check("GET /owa/auth/Current/themes/resources/logon.css - - 200", "");
    check("GET /ecp/15.2.1544.9/scripts/x.js - - 200", "");
    check("POST /owa/proxylogon.owa - CONTOSO\\EX01$ 241", "");
    check("POST /owa/proxylogon.owa - - 401", "");
    // ProxyShell, in the spellings that are known.
    check(
        "GET /autodiscover/autodiscover.json @x.y/mapi/nspi/?&Email=autodiscover/autodiscover.json%3f@x.y - 302",
        "proxyshell-autodiscover success medium",
    );
    check(
        "GET /autodiscover/autodiscover.json a=x@y.z/ews/exchange.asmx - 200",
        "proxyshell-autodiscover success high",
    );
    check(
        "GET /Autodiscover/autodiscover.json %40x.y/%6dapi/emsmdb - 401",
        "proxyshell-autodiscover attempt medium",
    );
    check(
        "GET /autodiscover/autodiscover.json @x.y/owa/?&Email=autodiscover/autodiscover.json%253f@x.y - 400",
        "proxyshell-autodiscover attempt medium",
    );
    check(
        "POST /autodiscover/autodiscover.json @x.y/powershell/?X-Rps-CAT=VgEA&Email=autodiscover/autodiscover.json%3F@x.y - 200",
        "proxyshell-token success high",
    );
    check(
        "POST /autodiscover/autodiscover.json @x.y/powershell/?X-Rps-CAT=VgEA&Email=autodiscover/autodiscover.json%3F@x.y - 401",
        "proxyshell-token attempt high",
    );
    check("POST /powershell X-Rps-CAT=VgEA CONTOSO\\EX02$ 200", "proxyshell-token attempt low");
    // Autodiscover v2 is no attack.
    check(
        "GET /autodiscover/autodiscover.json Email=user@contoso.com&Protocol=Ews&RedirectCount=1 - 200",
        "",
    );
    check(
        "GET /autodiscover/autodiscover.json/v1.0/user@contoso.com Protocol=ActiveSync - 200",
        "",
    );
}

#[test]
fn powershell_is_reached_in_three_ways() {
    let hunt = Hunt::new(rules());
    let check = |request, want| check_request(&hunt, request, want);
    // ProxyNotShell and OWASSRF.
    check(
        "POST /autodiscover/autodiscover.json @x.y/PowerShell/ CONTOSO\\bob 200",
        "proxynotshell success high",
    );
    check(
        "POST /autodiscover/x@y.z/%50owerShell/autodiscover.json - - 403",
        "proxynotshell attempt medium",
    );
    check(
        "POST /PowerShell/ %17Email%15Autodiscover/autodiscover.json?bob@contoso.com - 200",
        "proxynotshell success high",
    );
    check("POST /owa/bob%40contoso.com/powershell - CONTOSO\\bob 200", "owassrf success high");
    check("POST /owa/bob@contoso.com/powershell - - 302", "owassrf attempt medium");
    check(
        "POST /powershell clientApplication=ActiveMonitor;PSVersion=5.1.17763.1 CONTOSO\\HealthMailbox0f2a 200",
        "",
    );
    // What the logon page repeats was asked before, and refused.
    check(
        "GET /owa/auth/logon.aspx replaceCurrent=1&url=https%3a%2f%2fx%2fecp%2f%3f__VIEWSTATE%3d1 - 200",
        "",
    );
    check(
        "GET /owa/auth/logon.aspx url=https%3a%2f%2fx%2fowa%2fa%40b%2fpowershell%3fautodiscover.json - 200",
        "",
    );
}

#[test]
fn requests_for_pages_tell_shells_from_microsofts() {
    let hunt = Hunt::new(rules());
    let check = |request, want| check_request(&hunt, request, want);
    check("GET /autodiscover/x.aspx - - 200", "web-shell-elsewhere webshell medium");
    check("POST /ews/x.ashx - - 200", "web-shell-elsewhere webshell high");
    check("OPTIONS /ews/x.ashx - - 200", "web-shell-elsewhere scan low");
    check("GET /mapi/x.asmx/a - - 404", "web-shell-elsewhere scan low");
    check("POST /ews/exchange.asmx - CONTOSO\\bob 200", "");
    check("GET /ecp/default.aspx - CONTOSO\\bob 200", "");
    check("GET /owa/auth/logon.aspx a=whoami - 200", "web-shell-command attempt low");
    check("GET /owa/auth/x.aspx a=whoami - 200", "web-shell-command webshell medium");
    check("GET /app/page.aspx c=cmd.exe+/c+dir - 200", "web-shell-command webshell low");
    check("GET /app/page.aspx c=cmd.exe+/c+dir - 404", "web-shell-command attempt medium");
    check(
        "GET /app/page.aspx cmd=connect&target=10.0.0.9&port=3389 - 200",
        "web-shell-command webshell medium",
    );
    check(
        "POST /aspnet_client/x.aspx cmd=connect&target=10.0.0.9&port=3389 - 200",
        "web-shell-command webshell high",
    );
    check("GET /ecp/auth/x.aspx c=whoami - 200", "web-shell-command webshell medium");
    check("GET /ecp/x.aspx c=whoami - 200", "web-shell-command webshell medium");
    check("GET /ecp/UsersGroups/EditMailbox.aspx c=whoami - 200", "web-shell-command attempt low");
}

#[test]
fn other_holes_are_told_by_what_the_server_answered() {
    let hunt = Hunt::new(rules());
    let check = |request, want| check_request(&hunt, request, want);
    check(
        "GET /ecp/default.aspx __VIEWSTATEGENERATOR=B97B4E27&__VIEWSTATE=/wEy CONTOSO\\bob 500",
        "cve-2020-0688 success high",
    );
    check(
        "GET /ecp/default.aspx __VIEWSTATEGENERATOR=B97B4E27&__VIEWSTATE=/wEy - 302",
        "cve-2020-0688 attempt medium",
    );
    check("GET /x.asp id=1%20UNION/**/SELECT%201 - 200", "sql-injection scan low");
    check("GET /owa/ q=union+of+select+people - 200", "");
    check("POST /owa/calendar/a - - 503", "cve-2021-28480 attempt low");
    check("POST /owa/calendar/a - - 200", "cve-2021-28480 attempt medium");
    check("GET /owa/calendar/team@contoso.com/calendar.html - - 200", "");
    check(
        "POST /ecp/bob@contoso.com/RulesEditor/InboxRules.svc/NewObject SecurityToken=x - 500",
        "proxytoken attempt medium",
    );
    check(
        "POST /ecp/bob@contoso.com/RulesEditor/InboxRules.svc/NewObject msExchEcpCanary=1 - 200",
        "proxytoken success high",
    );
    check("POST /ecp/RulesEditor/InboxRules.svc/NewObject msExchEcpCanary=1 CONTOSO\\bob 200", "");
    check(
        "POST /ecp/RulesEditor/InboxRules.svc/GetList msExchEcpCanary=1 CONTOSO\\HealthMailbox0f2a 200",
        "",
    );
    check(
        "POST /ecp/DDI/DDIService.svc/SetObject schema=ResetOABVirtualDirectory&msExchEcpCanary=1 CONTOSO\\EX01$ 200",
        "ecp-reset-virtual-directory success high",
    );
    check(
        "POST /ecp/DDI/DDIService.svc/SetObject schema=ResetOABVirtualDirectory&msExchEcpCanary=1 CONTOSO\\admin 200",
        "ecp-reset-virtual-directory attempt low",
    );
    check(
        "POST /ecp/DDI/DDIService.svc/SetObject schema=CertificateServices CONTOSO\\admin 200",
        "",
    );
}

/// `AnchorMailbox` and status of a row of HttpProxy.
#[track_caller]
fn check_anchor(hunt: &Hunt, anchor: &str, status: u16, want: &str) {
    let log = format!(
        "DateTime,RequestId,ClientIpAddress,UrlHost,UrlStem,RoutingHint,UserAgent,AnchorMailbox,HttpStatus\n\
         2026-11-01T10:00:00.000Z,x,198.51.100.7,mail,/ecp/x.flt,X-BEResource-Cookie,a,{anchor},{status}\n"
    );
    let seen = hunt.bytes("HttpProxy_2026110110-1.LOG", log.as_bytes());
    assert_eq!(told(seen), want, "{anchor} {status}");
}

#[test]
fn anchor_mailboxes_tell_who_was_asked() {
    let hunt = Hunt::new(rules());
    let check = |anchor, status, want| check_anchor(&hunt, anchor, status, want);
    check(
        "ServerInfo~a]@ex01:444/ecp/proxyLogon.ecp?#",
        241,
        "proxylogon-anchor-mailbox success high",
    );
    check("ServerInfo~a]@ex01:444/mapi/emsmdb/?#", 500, "proxylogon-anchor-mailbox attempt high");
    check(
        "ServerInfo~a]@ex01:444/autodiscover/autodiscover.xml?#",
        200,
        "proxylogon-anchor-mailbox scan medium",
    );
    check(
        "ServerInfo~a]@ex01:444/ecp/DDI/DDIService.svc/SetObject?schema=ResetOABVirtualDirectory#",
        200,
        "proxylogon-anchor-mailbox webshell high",
    );
    // Trap 5: Microsoft's own test asks for two paths of localhost; who asks for another is no test.
    check("ServerInfo~localhost/ecp/default.flt?", 200, "proxylogon-own-test scan low");
    check("ServerInfo~localhost/owa/auth/logon.aspx?", 500, "proxylogon-own-test scan low");
    check(
        "ServerInfo~localhost/ecp/proxyLogon.ecp?#",
        241,
        "proxylogon-anchor-mailbox success high",
    );
    check("ServerInfo~ex01.contoso.com", 200, "");
    check("Server~ex01.contoso.com~1942062522", 200, "");
}

#[test]
fn ordinary_requests_stay_unseen() {
    let hunt = Hunt::new(rules());
    for request in [
        "GET / - - 200",
        "GET /owa/ - - 302",
        "GET /ecp/ - - 302",
        "GET /owa/auth/15.2.1544/themes/resources/logon.css - - 200",
        "GET /owa/auth/logoff.aspx Cmd=logoff&src=exch CONTOSO\\bob 200",
        "POST /owa/auth.owa &CorrelationID=<empty>;&cafeReqId=1; - 302",
        "POST /owa/service.svc action=FindItem&EP=1&ID=-7&AC=1 CONTOSO\\bob 200",
        "GET /ecp/Current/exporttool/microsoft.exchange.ediscovery.exporttool.application - - 200",
        "GET /ecp/15.2.1544.9/scripts/js.axd resources=PluginCommon CONTOSO\\admin 200",
        "GET /ecp/exhealth.check - CONTOSO\\HealthMailbox0f2a 200",
        "POST /ecp/DDI/DDIService.svc/GetList schema=VirtualDirectory CONTOSO\\admin 200",
        "GET /ecp/UsersGroups/EditMailbox.aspx id=1 CONTOSO\\admin 200",
        "RPC_IN_DATA /rpc/rpcproxy.dll 1@contoso.com:6001 CONTOSO\\bob 200",
        "POST /Microsoft-Server-ActiveSync/default.eas Cmd=Sync&User=bob%40contoso.com CONTOSO\\bob 200",
        "POST /mapi/emsmdb/ MailboxId=1@contoso.com CONTOSO\\bob 200",
        "GET /oab/1/oab.xml - CONTOSO\\bob 200",
        "POST /autodiscover/autodiscover.xml - CONTOSO\\bob 200",
        "POST /powershell/ serializationLevel=Full;ExchClientVer=15.2.1544.9 CONTOSO\\admin 200",
        "GET /owa/calendar/team@contoso.com/Calendar/reachcalendar.html - - 200",
        "POST /owa/plt1.ashx pl=1 CONTOSO\\bob 200",
        "GET /hitcount.asp - - 200",
    ] {
        check_request(&hunt, request, "");
    }
}
