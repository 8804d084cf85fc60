//! Events, rows and elements of configuration, one a line: what the bundled rules say of traces and of what only
//! looks like one.
#![expect(clippy::disallowed_methods, reason = "the test reads the rules; the crate does not")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "rules/bundled.rs"]
#[expect(dead_code, reason = "what the documents say is not needed here")]
mod bundled;
#[path = "rules/corpus.rs"]
#[expect(dead_code, reason = "the corpus itself is not needed here")]
mod corpus;

use serde_json::{Value, json};

use bundled::rules;
use corpus::{Hunt, told};

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
}

#[test]
fn cmdlets_tell_rights_and_agents_that_were_given() {
    let hunt = Hunt::new(rules());
    let check = |name: &str, parameters: &str, want| {
        check_event(&hunt, &cmdlet(1, "suceeded", name, parameters), want);
    };
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
        "Enable-TransportAgent",
        r#"-Identity "Content Filter Agent""#,
        "transport-agent post low",
    );
    check("New-InboxRule", r#"-Name "x" -RedirectTo "smtp:a@b.c""#, "mail-forwarded post low");
    check("New-InboxRule", r#"-Name "x" -MoveToFolder "y""#, "");
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
    check("System", r"C:\inetpub\wwwroot\intranet\x.aspx", "web-folder-script webshell medium");
    check(W3WP, &format!(r"{AUTH}\logon.aspx"), "web-folder-script webshell high");
    check("System", &format!(r"{AUTH}\logon.aspx"), "");
    check(r"D:\Setup\ServerRoles\Common\ExSetup.exe", &format!(r"{AUTH}\logon.aspx"), "");
    check(r"C:\Windows\System32\msiexec.exe", &format!(r"{AUTH}\errorFE.aspx"), "");
    const TEMPORARY: &str =
        r"C:\Windows\Microsoft.NET\Framework64\v4.0.30319\Temporary ASP.NET Files";
    check(
        W3WP,
        &format!(r"{TEMPORARY}\owa\8e05b027\e164d61b\x.aspx.f5dba9b9.compiled"),
        "web-folder-compiled webshell low",
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

fn channel(name: &str, id: u32, fields: Value) -> Value {
    let mut event = json!({"EventID": id, "Channel": name});
    event.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    event
}

#[test]
fn application_events_tell_what_exploits_leave() {
    let hunt = Hunt::new(rules());
    let check = |provider: &str, id: u32, message: &str, want| {
        let fields = json!({"SourceName": provider, "Message": message});
        check_event(&hunt, &channel("Application", id, fields), want);
    };
    let panel = "MSExchange Control Panel";
    check(
        panel,
        4,
        "Request for URL 'https://ex:444/ecp/about.aspx?a=]:444/ecp/x.js' failed with the following error: x",
        "proxylogon-control-panel success high",
    );
    check(
        panel,
        4,
        "Request for URL 'https://ex/ecp/default.aspx?__VIEWSTATE=x' failed with the following error: x",
        "cve-2020-0688-event success medium",
    );
    check(
        panel,
        4,
        "Request for URL 'https://ex/ecp/default.aspx' failed with the following error: x",
        "",
    );
    check(panel, 47, "Command: 'SetObject'", "control-panel-set-object attempt low");
    check(panel, 47, "Command: 'GetList'", "");
    let telephony = "MSExchange Unified Messaging";
    check(
        telephony,
        1401,
        "System.InvalidCastException: x",
        "unified-messaging-cast success medium",
    );
    check(telephony, 1401, "no route", "");
    let pages = "ASP.NET 4.0.30319.0";
    check(
        pages,
        1316,
        "Viewstate verification failed. Reason: Viewstate was invalid.",
        "view-state-invalid attempt medium",
    );
    check(
        pages,
        1316,
        "Viewstate verification failed. Reason: The viewstate supplied failed integrity check.",
        "",
    );
    check(
        "Microsoft-Windows-IIS-W3SVC-WP",
        2282,
        r"The Module DLL 'C:\x\y.dll' could not be loaded",
        "iis-module-failed post low",
    );
}

#[test]
fn security_events_tell_who_did_it() {
    let hunt = Hunt::new(rules());
    let check = |id: u32, fields: Value, want| {
        check_event(&hunt, &channel("Security", id, fields), want);
    };
    let group = |name: &str, member: &str| json!({"TargetUserName": name, "MemberName": member, "SubjectUserName": "admin"});
    check(
        4756,
        group("Organization Management", "CN=bob,OU=People,DC=x"),
        "exchange-group-member post medium",
    );
    check(
        4756,
        group("Exchange Servers", "CN=EX02,CN=Computers,DC=x"),
        "exchange-group-member post low",
    );
    check(
        4756,
        group("Recipient Management", "CN=bob,OU=People,DC=x"),
        "exchange-group-member post low",
    );
    check(4756, group("Sales", "CN=bob,OU=People,DC=x"), "");
    let account = |who: &str, by: &str| json!({"TargetUserName": who, "SubjectUserName": by});
    check(4720, account("HealthMailbox0f2a", "EX01$"), "");
    check(4720, account("bob", "admin"), "");
    check(4720, account("support", "EX01$"), "account-made-by-computer post low");
    let on_server = json!({"TargetUserName": "support", "SubjectUserName": "EX01$", "TargetDomainName": "EX01",
        "Computer": "EX01.contoso.com"});
    check(4720, on_server, "account-made-by-computer post medium");
    let rights = |by: &str| json!({"ObjectClass": "domainDNS", "AttributeLDAPDisplayName": "nTSecurityDescriptor", "SubjectUserName": by});
    check(5136, rights("EX01$"), "privexchange-domain-rights post high");
    check(5136, rights("admin"), "");
    let share = |file: &str, from: &str, by: &str| json!({"RelativeTargetName": file, "IpAddress": from, "SubjectUserName": by});
    check(
        5145,
        share(r"inetpub\wwwroot\x.aspx", "127.0.0.1", "EX01$"),
        "script-by-share webshell high",
    );
    check(5145, share(r"pages\x.aspx", "10.0.0.9", "admin"), "");
    let replicated = |by: &str| json!({"SubjectUserName": by, "Properties": "%%7688 {1131f6ad-9c07-11d1-f79f-00c04fc2dcd2}"});
    check(4662, replicated("bob"), "directory-replication post medium");
    check(4662, replicated("DC01$"), "");
    check(4662, replicated("MSOL_0f2a"), "");
    check(1102, json!({}), "log-cleared post medium");
    let service =
        |path: &str| channel("System", 7045, json!({"ServiceName": "x", "ImagePath": path}));
    check_event(&hunt, &service(r"C:\ProgramData\ssh\sshd.exe"), "backdoor-service post high");
    check_event(&hunt, &service(r"C:\Windows\System32\OpenSSH\sshd.exe"), "");
}

#[test]
fn configuration_of_iis_tells_what_was_added() {
    let hunt = Hunt::new(rules());
    let event = |configuration: &str, value: &str, want| {
        let fields = json!({"Configuration": configuration, "NewValue": value, "OldValue": "x"});
        check_event(&hunt, &channel("Microsoft-IIS-Configuration/Operational", 29, fields), want);
    };
    event("/system.webServer/modules/add", "EvilModule", "iis-module-event post medium");
    event("/system.webServer/modules/add", "RewriteModule", "");
    event("/system.webServer/httpLogging/@dontLog", "true", "iis-logging-event post medium");
    event("/system.webServer/httpLogging/@dontLog", "false", "");
    let file = |xml: &str, want| {
        assert_eq!(told(hunt.bytes("applicationHost.config", xml.as_bytes())), want, "{xml}");
    };
    let directory = |to: &str| {
        format!(
            r#"<configuration><system.applicationHost><sites><site name="x"><application path="/"><virtualDirectory path="/x" physicalPath="{to}"/></application></site></sites></system.applicationHost></configuration>"#
        )
    };
    file(&directory(r"%SystemDrive%\inetpub\wwwroot"), "");
    file(&directory(r"C:\ProgramData\COM1\x"), "virtual-directory-hidden webshell high");
    file(&directory(r"C:\Users\All Users\x"), "virtual-directory-hidden webshell medium");
    let module = |image: &str| {
        format!(
            r#"<configuration><system.webServer><globalModules><add name="x" image="{image}"/></globalModules></system.webServer></configuration>"#
        )
    };
    file(&module(r"%windir%\System32\inetsrv\x.dll"), "");
    file(&module(r"D:\Exchange Server\V15\ClientAccess\Owa\auth\exppw.dll"), "");
    file(&module(r"C:\ProgramData\x.dll"), "iis-module-config post medium");
    file(&module(r"C:\Windows\Temp\x.dll"), "iis-module-config post high");
}

#[test]
fn logs_of_remote_powershell_and_oab_tell_strangers() {
    let hunt = Hunt::new(rules());
    let client = |client: &str, status: u16, want| {
        let log = format!(
            "#Software: Microsoft Exchange Server\n#Log-type: Rps Http Logs\n#Fields: DateTime,UrlStem,ClientInfo,HttpStatus\n\
             2026-11-01T10:00:00.000Z,/powershell,{client},{status}\n"
        );
        assert_eq!(told(hunt.bytes("Rps_Http_2026110110-1.LOG", log.as_bytes())), want, "{client}");
    };
    client("Microsoft WinRM Client", 200, "");
    client("Exchange BackEnd Probes", 200, "");
    client("", 200, "");
    client("Mozilla/5.0", 200, "owassrf-client success medium");
    client("Python PSRP Client", 200, "owassrf-client success low");
    client("python-requests/2.25.1", 401, "owassrf-client attempt low");
    let oab = |file: &str, want| {
        let line = format!(
            "2026-11-01T10:00:00.000Z, Download failed and temporary file '{file}' needs to be removed\n"
        );
        assert_eq!(
            told(hunt.bytes(r"Logging\OABGeneratorLog\x.log", line.as_bytes())),
            want,
            "{file}"
        );
    };
    oab(r"C:\Exchange\V15\ClientAccess\OAB\Temp\x.tmp", "");
    oab(r"C:\inetpub\wwwroot\aspnet_client\x.aspx", "oab-download-outside webshell high");
    oab(r"C:\Windows\Temp\x.tmp", "oab-download-outside success medium");
}
