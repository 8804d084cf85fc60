//! Which files are told apart by what.

use proptest::prelude::*;

use super::*;

#[track_caller]
fn check(name: &str, head: &[u8], want: Kind) {
    assert_eq!(detect(name, head), want, "{name}: {}", String::from_utf8_lossy(head));
}

#[track_caller]
fn refused(name: &str, head: &[u8], word: &str) {
    let kind = detect(name, head);
    assert!(matches!(kind, Kind::Refused(why) if why.contains(word)), "{name}: {kind:?}");
}

#[test]
fn logs_are_known_by_their_head() {
    check(
        "x",
        b"#Software: Microsoft Internet Information Services 10.0\r\n#Fields: date time c-ip\r\n",
        Kind::W3c,
    );
    check("x.csv", b"#Date: 2021-04-01 00:00:21\n#Fields: date time cs-uri-stem\n", Kind::W3c);
    check("x", b"2021-08-07 00:00:01 ::1 GET /x - 443 - ::1 UA - 200 0 0 1\n", Kind::W3c);
    let exchange = |kind: &str| {
        let head =
            format!("#Software: Microsoft Exchange Server\r\n#Log-type: {kind}\r\n#Date: x\r\n");
        detect("x", head.as_bytes())
    };
    assert_eq!(exchange("HttpProxy Logs"), Kind::Exchange(Source::HttpProxy));
    assert_eq!(exchange("ECP Server Log"), Kind::Exchange(Source::EcpServer));
    assert_eq!(exchange("Rps Cmdlet Logs"), Kind::Exchange(Source::Cmdlet));
    assert_eq!(exchange("audit"), Kind::Exchange(Source::Audit));
    assert_eq!(exchange("Agent Log"), Kind::Exchange(Source::ExchangeOther));
    check("x", b"#Fields: DateTime,Cmdlet,Parameters\n", Kind::Exchange(Source::Cmdlet));
    check("x", b"\"DateTime\",\"UrlStem\",\"AnchorMailbox\"\n", Kind::Exchange(Source::HttpProxy));
    check("x", b"\xFF\xFE#\0F\0i\0e\0l\0d\0s\0:\0 \0a\0", Kind::W3c);
    let oab = b"2021-03-03 06:49:42 Download failed and temporary file 'a' needs to be removed";
    check("x", oab, Kind::OabGenerator);
    check("x", b"#Log-type: OABGenerator Log\n#Fields: a,b", Kind::OabGenerator);
    check("x.yaml", b"- 'Download failed and temporary file '", Kind::Other);
}

/// Trap 9.
#[test]
fn what_is_not_read_is_refused_aloud() {
    let comma = b"192.168.114.201, -, 03/20/01, 7:55:20, W3SVC2, SERVER, 172.21.13.45, 4502, 163, 3223, 200, 0, \
                  GET, /DeptLogo.gif, -,\r\n";
    refused("ex010320.log", comma, "W3C");
    refused(
        "x",
        b"172.21.13.45 - - [08/Apr/2001:17:39:04 -0800] \"GET /x HTTP/1.0\" 200 3401\n",
        "W3C",
    );
    refused("x.evt", b"\x30\0\0\0LfLe", "evtx");
    refused("x.7z", b"7z\xBC\xAF\x27\x1C", "unpack");
}

#[test]
fn other_files_are_known() {
    check("a.evtx", b"ElfFile\0", Kind::Evtx);
    check("a.log", b"PK\x03\x04", Kind::Zip);
    check("a.gz", b"\x1F\x8B\x08", Kind::Gzip);
    check("a", b"", Kind::Empty);
    check("C:\\x\\web.config", b"<?xml version=\"1.0\"?><configuration/>", Kind::Config);
    check("x.aspx.f5dba9b9.compiled", b"<?xml", Kind::Leftover);
    check("x/App_Web_abc.dll", b"MZ", Kind::Leftover);
    check("web.config", b"<configuration/><!-- <% code %> -->", Kind::Config);
    check("a.log", b"<%@ Page Language=\"C#\" %>", Kind::WebFile);
    check("a.txt", b"x <% code %>", Kind::WebFile);
    check("a.log", b"x <% code %>", Kind::Other);
    // What begins like a log, and is run by IIS.
    check("X.ASPX", b"#Fields: date time\n<%eval%>", Kind::WebFile);
    check("x.aspx", b"!BDN", Kind::WebFile);
    check("a.json", b"{\"EventID\":1,\"Channel\":\"x\"}\n{}", Kind::EventLines);
    check("a.json", b"{\n \"EventID\":1}", Kind::EventDocument);
    check("a.json", b"[{\"EventID\":1}]", Kind::EventDocument);
    check("package.json", b"{\"name\":1}", Kind::Other);
    check("a.bin", b"MZ\x90\0", Kind::Other);
    // Wiped: the name is all that is left.
    check("Security.evtx", &[0; 5000], Kind::Evtx);
    check("u_ex210303.log", &[0; 100], Kind::W3c);
    check("HttpProxy_2021030306-1.LOG", &[0; 100], Kind::Exchange(Source::HttpProxy));
    check("u_extra.log", b"text", Kind::Other);
}

proptest! {
    #[test]
    fn any_bytes_have_a_kind(name in ".{0,12}", head in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = detect(&name, &head);
    }
}
