//! Traces and look-alikes, one a line: what the bundled rules say of them. The traps of the project's research
//! on hunting are here.
#![expect(clippy::disallowed_methods, reason = "the test reads the rules; the crate does not")]

#[path = "rules/bundled.rs"]
mod bundled;
#[path = "rules/corpus.rs"]
#[expect(dead_code, reason = "the corpus itself is not needed here")]
mod corpus;

use serde_json::{Value, json};

use bundled::rules;
use corpus::{Hunt, Seen};

fn told(mut seen: Vec<Seen>) -> String {
    seen.sort_by(|a, b| a.file.cmp(&b.file));
    let told: Vec<String> =
        seen.iter().map(|it| format!("{} {} {}", it.file, it.stage, it.confidence)).collect();
    told.join(", ")
}

/// `METHOD STEM QUERY USER STATUS` of a request, port 443.
#[track_caller]
fn check_request(hunt: &Hunt, request: &str, want: &str) {
    let [method, stem, query, user, status] =
        request.split(' ').collect::<Vec<_>>().try_into().unwrap();
    let log = format!(
        "#Software: Microsoft Internet Information Services 10.0\n#Version: 1.0\n#Fields: date time s-ip cs-method \
         cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Cookie) sc-status\n\
         2026-11-01 10:00:00 10.0.0.5 {method} {stem} {query} 443 {user} 198.51.100.7 Mozilla/5.0 - {status}\n"
    );
    assert_eq!(told(hunt.bytes("u_ex261101.log", log.as_bytes())), want, "{request}");
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
    // Trap 3: a letter makes the difference.
    check("GET /owa/auth/RedirSuiteServiceProxy.aspx - - 200", "");
    check("GET /owa/auth/RedirSuiteServerProxy.aspx - - 200", "web-shell-owa-auth webshell high");
    check("GET /ecp/auth/TimeoutLogoff.aspx - - 200", "");
    check("GET /ecp/auth/TimeoutLogout.aspx - - 200", "web-shell-elsewhere webshell high");
    check("GET /owa/auth/TimeoutLogout.aspx - - 302", "web-shell-owa-auth scan medium");
    check("GET /owa/auth/logon.aspx - - 200", "");
    check("GET /owa/auth/%6cogon.aspx - - 200", "");
    check("GET /owa/auth/x.aspx/owa/auth/logon.aspx - - 200", "web-shell-owa-auth webshell high");
    check("GET /owa/auth/Current/themes/x.ashx - - 500", "web-shell-owa-auth webshell medium");
    check("GET /aspnet_client/x.aspx - - 404", "web-shell-aspnet-client scan medium");
    check("POST /aspnet_client/system_web/x.ASPX - - 200", "web-shell-aspnet-client webshell high");
    check("GET /aspnet_client/system_web/4_0_30319/WebUIValidation.js - - 200", "");
    check("GET /oab/x.aspx - - 200", "web-shell-elsewhere webshell high");
    check("POST /ews/exchange.asmx - CONTOSO\\bob 200", "");
    check("GET /ecp/default.aspx - CONTOSO\\bob 200", "");
    check("GET /owa/auth/logon.aspx a=whoami - 200", "web-shell-command attempt low");
    check("GET /app/page.aspx c=cmd.exe+/c+dir - 200", "web-shell-command webshell medium");
    check(
        "GET /app/page.aspx cmd=connect&target=10.0.0.9&port=3389 - 200",
        "web-shell-command webshell high",
    );
    check(
        "GET /ecp/auth/x.aspx c=whoami - 200",
        "web-shell-command webshell medium, web-shell-elsewhere webshell high",
    );
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

#[track_caller]
fn check_event(hunt: &Hunt, event: &Value, want: &str) {
    assert_eq!(told(hunt.bytes("events.jsonl", event.to_string().as_bytes())), want, "{event}");
}

fn cmdlet(id: u32, how: &str, name: &str, parameters: &str) -> Value {
    json!({"EventID": id, "Channel": "MSExchange Management", "SourceName": "MSExchange CmdletLogs",
        "Message": format!("Cmdlet {how}. Cmdlet {name}, parameters {parameters}.")})
}

#[test]
fn cmdlets_tell_abuse_from_work() {
    let hunt = Hunt::new(rules());
    let check = |name: &str, parameters: &str, want| {
        check_event(&hunt, &cmdlet(1, "suceeded", name, parameters), want);
    };
    check(
        "Set-OabVirtualDirectory",
        r#"-ExternalUrl "http://f/<script runat=server>" -Identity "OAB""#,
        "virtual-directory-script webshell high",
    );
    check(
        "Set-OabVirtualDirectory",
        r#"-ExternalUrl "https://mail/OAB" -Identity "OAB""#,
        "oab-virtual-directory-changed post low",
    );
    check("Set-OwaVirtualDirectory", r#"-ExternalUrl "https://mail/owa""#, "");
    check(
        "New-MailboxExportRequest",
        r#"-Mailbox "bob" -FilePath "\\localhost\C$\inetpub\wwwroot\aspnet_client\x.aspx""#,
        "mailbox-export-script webshell high",
    );
    check(
        "New-MailboxExportRequest",
        r#"-Mailbox "bob" -FilePath "\\127.0.0.1\C$\ProgramData\bob.pst""#,
        "mailbox-export-script post medium",
    );
    check(
        "New-MailboxExportRequest",
        r#"-Mailbox "bob" -FilePath "\\files\pst\bob.pst""#,
        "mailbox-export post low",
    );
    check(
        "New-ExchangeCertificate",
        r#"-GenerateRequest "True" -RequestFile "\\localhost\c$\inetpub\x.aspx""#,
        "certificate-request-script webshell high",
    );
    check(
        "New-ExchangeCertificate",
        r#"-GenerateRequest "True" -RequestFile "\\files\mail.req""#,
        "",
    );
    check(
        "New-ManagementRoleAssignment",
        r#"-Role "Mailbox Import Export" -User "bob""#,
        "role-import-export post medium",
    );
    check(
        "New-ManagementRoleAssignment",
        r#"-Role "ApplicationImpersonation" -User "bob""#,
        "role-impersonation post medium",
    );
    check(
        "Install-TransportAgent",
        r#"-Name "Mail Filter" -AssemblyPath "C:\Program Files\Filter\agent.dll""#,
        "transport-agent post medium",
    );
    check(
        "Install-TransportAgent",
        r#"-Name "x" -AssemblyPath "C:\Windows\Temp\agent.dll""#,
        "transport-agent post high",
    );
    check(
        "Set-Mailbox",
        r#"-Identity "bob" -AuditEnabled "False""#,
        "mailbox-hidden-access post medium",
    );
    check("Set-Mailbox", r#"-Identity "HealthMailbox1" -Password "***""#, "");
    check("Get-MailboxExportRequest", "", "");
    check_event(
        &hunt,
        &cmdlet(6, "failed", "Get-App", "-Identity x. System.InvalidCastException: Unable to cast"),
        "cve-2021-42321 success medium",
    );
}

fn sysmon(id: u32, fields: Value) -> Value {
    let mut event = json!({"EventID": id, "Channel": "Microsoft-Windows-Sysmon/Operational"});
    event.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    event
}

const W3WP: &str = r"C:\Windows\System32\inetsrv\w3wp.exe";

#[test]
fn processes_tell_shells_from_compilers() {
    let hunt = Hunt::new(rules());
    let check = |image: &str, pool: &str, want| {
        let fields = json!({"Image": image, "CommandLine": "x", "ParentImage": W3WP,
            "ParentCommandLine": format!("w3wp.exe -ap \"{pool}\" -v")});
        check_event(&hunt, &sysmon(1, fields), want);
    };
    check(r"C:\Windows\System32\cmd.exe", "MSExchangeOWAAppPool", "web-server-shell post high");
    check(r"C:\Windows\System32\cmd.exe", "OtherPool", "web-server-shell post medium");
    check(r"C:\Windows\Microsoft.NET\Framework64\v4.0.30319\csc.exe", "MSExchangeOWAAppPool", "");
    check(r"C:\Windows\System32\conhost.exe", "MSExchangeOWAAppPool", "");
    check(r"C:\ProgramData\JuicyPotato.exe", "DefaultAppPool", "web-server-child-odd post high");
    let child = |parent: &str, image: &str, line: &str, want| {
        let fields = json!({"Image": image, "CommandLine": line, "ParentImage": parent});
        check_event(&hunt, &sysmon(1, fields), want);
    };
    child(
        r"C:\Exchange\Bin\UMWorkerProcess.exe",
        r"C:\Windows\System32\cmd.exe",
        "x",
        "unified-messaging-child post high",
    );
    child(r"C:\Exchange\Bin\UMWorkerProcess.exe", r"C:\Windows\System32\wermgr.exe", "x", "");
    child("x", r"C:\ProgramData\ssh\sshd.exe", "sshd -f c", "backdoor-process post medium");
    child("x", r"C:\Windows\System32\OpenSSH\sshd.exe", "sshd.exe", "");
    child(
        "x",
        r"C:\Windows\System32\rundll32.exe",
        r"rundll32 comsvcs.dll, MiniDump 600 C:\x.dmp full",
        "lsass-dump post high",
    );
    child(
        "x",
        r"C:\Windows\System32\inetsrv\appcmd.exe",
        r"appcmd install module /name:x /image:c:\x.dll",
        "iis-module-command post medium",
    );
    child(
        "x",
        r"C:\Windows\System32\cmd.exe",
        r"cmd /c del C:\inetpub\logs\LogFiles\W3SVC1\u_ex261101.log",
        "log-files-deleted post low",
    );
}

#[test]
fn files_tell_who_wrote_them() {
    let hunt = Hunt::new(rules());
    let check = |image: &str, file: &str, want| {
        check_event(&hunt, &sysmon(11, json!({"Image": image, "TargetFilename": file})), want);
    };
    const AUTH: &str =
        r"C:\Program Files\Microsoft\Exchange Server\V15\FrontEnd\HttpProxy\owa\auth";
    // Trap 10: neither ProxyLogon nor ProxyShell writes by the web server.
    check("System", &format!(r"{AUTH}\x.aspx"), "web-folder-script webshell high");
    check(
        r"C:\Exchange\Bin\MSExchangeMailboxReplication.exe",
        r"C:\inetpub\wwwroot\aspnet_client\x.aspx",
        "replication-script webshell high",
    );
    check(W3WP, &format!(r"{AUTH}\logon.aspx"), "web-folder-script webshell high");
    check("System", &format!(r"{AUTH}\logon.aspx"), "");
    check(r"D:\Setup\ServerRoles\Common\ExSetup.exe", &format!(r"{AUTH}\logon.aspx"), "");
    check(r"C:\Windows\System32\msiexec.exe", &format!(r"{AUTH}\errorFE.aspx"), "");
    const TEMPORARY: &str =
        r"C:\Windows\Microsoft.NET\Framework64\v4.0.30319\Temporary ASP.NET Files";
    check(
        W3WP,
        &format!(r"{TEMPORARY}\owa\8e05b027\e164d61b\x.aspx.f5dba9b9.compiled"),
        "web-folder-compiled webshell medium",
    );
    check(W3WP, &format!(r"{TEMPORARY}\owa\8e05b027\e164d61b\logon.aspx.f5dba9b9.compiled"), "");
    check(W3WP, &format!(r"{TEMPORARY}\ecp\8e05b027\e164d61b\x.aspx.f5dba9b9.compiled"), "");
    check(r"C:\Windows\System32\rundll32.exe", r"C:\root\lsass.dmp", "lsass-dump-file post high");
}

#[test]
fn networks_and_logons_tell_tunnels_from_requests() {
    let hunt = Hunt::new(rules());
    let connect = |port: u32, initiated: bool, to: &str, want| {
        let fields = json!({"Image": W3WP, "Initiated": initiated, "DestinationPort": port, "DestinationIp": to});
        check_event(&hunt, &sysmon(3, fields), want);
    };
    connect(3389, true, "10.0.0.9", "web-server-tunnel post high");
    connect(445, true, "10.0.0.9", "web-server-tunnel post medium");
    connect(5985, true, "::1", "");
    connect(444, true, "10.0.0.5", "");
    connect(445, false, "10.0.0.5", "");
    let logon = |id: u32, kind: u32, subject: &str, who: &str, want| {
        let event = json!({"EventID": id, "Channel": "Security", "LogonType": kind, "ProcessName": W3WP,
            "SubjectUserName": subject, "TargetUserName": who});
        check_event(&hunt, &event, want);
    };
    logon(4624, 8, "EX01$", "bob", "");
    logon(4624, 9, "EX01$", "bob", "logon-from-web-server post medium");
    logon(4648, 0, "EX01$", "bob", "");
    logon(4648, 0, "DefaultAppPool", "administrator", "logon-from-web-server post medium");
}
