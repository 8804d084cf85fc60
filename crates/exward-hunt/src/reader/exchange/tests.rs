//! Rows of CSV logs, whole and reduced.

use proptest::prelude::*;

use super::*;
use crate::Values;

fn log(source: Source, header: &str) -> ExchangeCsv {
    let mut log = ExchangeCsv::new(source, header);
    if header.starts_with('#') {
        log.header(header.as_bytes()).unwrap();
    }
    log
}

#[track_caller]
fn check(log: &ExchangeCsv, line: &str, field: &str, want: &[&str]) {
    let record = log.record(line.as_bytes()).unwrap_or_else(|why| panic!("{line}: {why}"));
    let values = match record.values(field) {
        Values::These(values) => values,
        Values::Absent | Values::Unknown => Vec::new(),
    };
    assert_eq!(values, want, "{field} of {line}");
}

#[track_caller]
fn refused(log: &ExchangeCsv, line: &str, want: &str) {
    assert_eq!(log.record(line.as_bytes()).map(|_| ()).unwrap_err(), want, "{line}");
}

/// Traps 1 and 2.
#[test]
fn a_proxy_row_answers_to_the_names_of_web_logs() {
    let log = log(
        Source::HttpProxy,
        "#Fields: DateTime,UrlHost,UrlStem,UrlQuery,AuthenticatedUser,UserAgent,ClientIpAddress,ServerHostName,\
         HttpStatus,Method,AnchorMailbox",
    );
    let line = "2023-01-09T19:00:00.130Z,mail.example.org,/owa/x.aspx,?a=%2Fb,EX\\adm,Mozilla/5.0 (KHTML  like \
                Gecko),203.0.113.9,EX01,200,GET,\"ServerInfo~a]@ex01:444/ecp/x,y?#\"";
    check(&log, line, "cs-uri-stem", &["/owa/x.aspx"]);
    check(
        &log,
        line,
        "cs-uri-query",
        &["?a=%2Fb", "/owa/x.aspx?a=%2Fb", "?a=/b", "/owa/x.aspx?a=/b"],
    );
    check(
        &log,
        line,
        "cs-user-agent",
        &["Mozilla/5.0 (KHTML  like Gecko)", "Mozilla/5.0 (KHTML, like Gecko)"],
    );
    check(&log, line, "cs-method", &["GET"]);
    check(&log, line, "sc-status", &["200"]);
    check(&log, line, "anchormailbox", &["ServerInfo~a]@ex01:444/ecp/x,y?#"]);
    check(&log, line, "EventID", &[]);
    let record = log.record(line.as_bytes()).unwrap();
    assert_eq!(record.actor().as_deref(), Some("203.0.113.9"));
    assert_eq!(record.user().as_deref(), Some("EX\\adm"));
    assert_eq!(record.server().as_deref(), Some("EX01"));
    assert_eq!(record.path().as_deref(), Some("/owa/x.aspx"));
    assert_eq!(log.at(line.as_bytes()), record.at());
    assert_eq!(log.stem(line.as_bytes()), Some(42..53));
    refused(
        &log,
        "2023-01-09T19:00:00.130Z,mail",
        "2 columns where the header names 11: a line cut off",
    );
}

#[test]
fn an_export_names_its_columns_without_a_mark() {
    let header = "timestamp,hostname,urlpath,useragent,clientip_or_status,httpstatus,method";
    let log = log(Source::HttpProxy, header);
    let whole = "2021-03-05T03:06:27.696Z,mail,/owa/auth/x.aspx,UA,192.0.2.1,200,GET";
    check(&log, whole, "c-ip", &["192.0.2.1"]);
    check(&log, whole, "sc-status", &["200"]);
    let short = "2021-03-05T03:06:27.696Z,mail,/owa/auth/x.aspx,UA,302,GET";
    check(&log, short, "sc-status", &["302"]);
    check(&log, short, "cs-method", &["GET"]);
    assert_eq!(log.record(short.as_bytes()).unwrap().actor(), None);
    refused(&log, header, "");
    refused(
        &log,
        "2021-03-05T03:06:27.696Z,mail,/owa",
        "3 columns where the header names 7: a line cut off",
    );
    let none = ExchangeCsv::new(Source::HttpProxy, "");
    refused(&none, whole, "no `#Fields:` line before it that names its columns");
}

#[test]
fn an_ecp_log_tells_commands() {
    let log = ExchangeCsv::new(Source::EcpServer, "#Log-type: ECP Server Log\n");
    let line = "2021-03-03T06:49:53.772Z,'S:CMD=Set-OabVirtualDirectory.ExternalUrl=''http://f/<script language=\
                \"\"JScript\"\">eval(Request[\"\"k\"\"],\"\"unsafe\"\");}</script>''.Identity=''98'';;S:EX=a, b";
    check(&log, line, "ex", &["a, b"]);
    let record = log.record(line.as_bytes()).unwrap();
    assert_eq!(record.cmdlet().as_deref(), Some("Set-OabVirtualDirectory"));
    let Values::These(words) = record.words() else { panic!() };
    insta::assert_snapshot!(words.last().unwrap(), @r#"Cmdlet Set-OabVirtualDirectory, parameters -ExternalUrl "http://f/<script language="JScript">eval(Request["k"],"unsafe");}</script>" -Identity "98""#);
    let full = "2023-01-11T00:02:33.966Z,EX01,ECP.Request,S:TIME=13;S:CMD=Pipeline.1|Get-InboxRule;S:URL=/ecp/x?a";
    check(&log, full, "CMD", &["Pipeline.1|Get-InboxRule"]);
    check(&log, full, "URL", &["/ecp/x?a"]);
    assert_eq!(log.record(full.as_bytes()).unwrap().cmdlet().as_deref(), Some("Get-InboxRule"));
    assert_eq!(log.record(full.as_bytes()).unwrap().server().as_deref(), Some("EX01"));
    refused(&log, "what a person wrote", "");
}

#[test]
fn cmdlets_read_like_events() {
    let cmdlets = log(Source::Cmdlet, "#Fields: DateTime,AuthenticatedUser,Cmdlet,Parameters");
    let line = "2023-01-11T01:01:19.898Z,adm,New-MailboxExportRequest,\"-FilePath \"\"\\\\x\\C$\\y.aspx\"\"\"";
    let record = cmdlets.record(line.as_bytes()).unwrap();
    assert_eq!(record.path().as_deref(), Some("\\\\x\\C$\\y.aspx"));
    let Values::These(words) = record.words() else { panic!() };
    insta::assert_snapshot!(words.last().unwrap(), @r#"Cmdlet New-MailboxExportRequest, parameters -FilePath "\\x\C$\y.aspx""#);
    let audits = log(Source::Audit, "#Fields: Timestamp,Server,Data,Operation");
    let line = "2023-01-11T15:56:33.189Z,EX01,\"{\"\"UserId\"\":\"\"NT\\\\System\"\",\"\"Parameters\"\":[{\"\"Name\"\":\
                \"\"Identity\"\",\"\"Value\"\":\"\"a\"\"}]}\",Set-Mailbox";
    check(&audits, line, "parameters", &["-Identity \"a\""]);
    check(&audits, line, "UserId", &["NT\\System"]);
    check(&audits, line, "operation", &["Set-Mailbox"]);
    assert_eq!(audits.record(line.as_bytes()).unwrap().user().as_deref(), Some("NT\\System"));
}

proptest! {
    #[test]
    fn any_line_is_read_or_refused(
        source in prop::sample::select(vec![Source::HttpProxy, Source::EcpServer, Source::Audit, Source::Cmdlet]),
        header in "(#Fields: )?[A-Za-z,\"_]{0,40}",
        line in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..80),
            "2021-03-03T06:49:53Z,[S:CMD='.;=,\"A-Za\u{e4}{}|-]{0,60}".prop_map(String::into_bytes),
        ],
    ) {
        let mut log = ExchangeCsv::new(source, &header);
        drop(log.header(header.as_bytes()));
        for log in [&log, &ExchangeCsv::new(source, "")] {
            let _ = (log.at(&line), log.stem(&line));
            if let Ok(record) = log.record(&line) {
                drop((record.at(), record.words(), record.values("CMD"), record.path().is_some()));
            }
        }
    }

    /// The fast way finds what the slow way finds.
    #[test]
    fn a_path_is_found_without_cutting_the_rest(cells in prop::collection::vec("[a-z/\", .]{0,6}", 3)) {
        let quote = |cell: &String| format!("\"{}\"", cell.replace('"', "\"\""));
        let line = format!("2021-03-03T06:49:53Z,{}\r\nnext", cells.iter().map(quote).collect::<Vec<_>>().join(","));
        let log = log(Source::HttpProxy, "#Fields: DateTime,a,UrlStem,b");
        let first = line.split("\r\n").next().unwrap();
        match log.stem(line.as_bytes()) {
            Some(range) => check(&log, first, "urlstem", &[line.get(range).unwrap()]),
            None => prop_assert!(cells[1].contains('"')),
        }
    }
}
