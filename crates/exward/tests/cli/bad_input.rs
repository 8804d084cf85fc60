//! Bad input: a clear message or a skipped line with its reason; never a panic, never silence.

use crate::run::{Ran, exward_with, json};

/// Gives this to `check --from -` and looks for a reason in what it says.
#[track_caller]
fn check(input: &[u8], want_code: i32, reason: &str) -> Ran {
    let ran = exward_with(&["check", "--from", "-", "--format", "json"], input);
    let shown: String = String::from_utf8_lossy(input).chars().take(200).collect();
    assert_eq!(ran.code, want_code, "{shown}\n{}{}", ran.out, ran.err);
    assert!(ran.out.contains(reason), "{shown}\nwants: {reason}\ngot: {}{}", ran.out, ran.err);
    assert!(!ran.err.contains("panicked"), "{}", ran.err);
    ran
}

const HEADER: &str = "\"timestamp\",\"ip\",\"port\",\"hostname\",\"tag\",\"version\"\n";

fn feed(rows: &str) -> Vec<u8> {
    format!("{HEADER}{rows}").into_bytes()
}

#[test]
fn inputs_that_are_nothing_say_so() {
    check(b"", 4, "it is empty");
    check(b" \n\n", 4, "it is empty");
    check(b"\x7fELF\0\0\0", 4, "it is binary");
    check(b"PK\x03\x04\0\0", 4, "it is binary");
    check(b"import os\nimport sys\n", 4, "not a feed");
    check(b"{}", 4, "not a feed");
    check(b"{\"a\":", 4, "not a feed");
    check(b"a,b,c\ntimestamp,1,2\n", 4, "not a feed");
    check(b"\"timestamp\",\"x\"\n", 4, "without the columns");
    check(HEADER.as_bytes(), 0, "no server in it");
}

#[test]
fn broken_rows_are_named_and_the_rest_goes_on() {
    let rows = "\"2026-11-20 00:00:01\",\"192.0.2.1\",443,\"a\",\"exchange\",\"15.2.1544.14\"\n\
        \"2026-11-20 00:00:02\",\"192.0.2.2\",443,\"open quote\n\
        \"2026-11-20 00:00:03\",\"192.0.2.3\",443,\"a\",\"exchange\",\"15.2.99999.1\"\n\
        \"2026-11-20 00:00:04\",\"192.0.2.4\",443,\"a\",\"exchange\"\n\
        \"2026-11-20 00:00:05\",\"not an address\",443,\"a\",\"exchange\",\"15.2.1544\"\n\
        \"yesterday\",\"192.0.2.6\",443,\"a\",\"exchange\",\"15.2.1544\"\n\
        \"2026-11-20 00:00:07\",\"192.0.2.7\",99999,\"a\",\"exchange\",\"15.2.1544\"\n\
        \"2026-11-20 00:00:08\",\"192.0.2.8\",443,\"a\",\"exchange\",\"15.20.7000.1\"\n\
        \"2026-11-20 00:00:09\",\"2001:db8::9\",443,\"a\",\"exchange\",\"15.2.2562.56\"\n";
    let ran = check(&feed(rows), 1, "a quote is left open");
    let lines = json(&ran);
    assert_eq!(lines.len(), 9, "every row gives a line: {}", ran.out);
    let skipped: Vec<u64> = lines.iter().filter_map(|it| it["line"].as_u64()).collect();
    assert_eq!(skipped, [3, 4, 5, 6, 7, 8], "{}", ran.out);
    assert_eq!(lines[0]["target"], "192.0.2.1:443");
    assert_eq!(lines[7]["verdict"], "not-exchange");
    assert_eq!(lines[8]["target"], "[2001:db8::9]:443");
}

#[test]
fn powershell_redirection_is_utf_16() {
    let text =
        feed("\"2026-11-20 00:00:01\",\"192.0.2.1\",443,\"a\",\"exchange\",\"15.2.2562.56\"\r\n");
    let text = String::from_utf8(text).unwrap();
    let utf16: Vec<u8> =
        "\u{FEFF}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    check(&utf16, 0, "192.0.2.1:443");
    let list: Vec<u8> =
        "\u{FEFF}15.2.2562.56\r\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
    check(&list, 0, "\"build\":\"15.2.2562.56\"");
}

#[test]
fn a_line_without_end_is_passed_over_in_little_memory() {
    let mut input = feed("");
    input.extend(std::iter::repeat_n(b'x', 64 << 20));
    input.extend(
        b"\n\"2026-11-20 00:00:01\",\"192.0.2.1\",443,\"a\",\"exchange\",\"15.2.2562.56\"\n",
    );
    let ran = check(&input, 0, "longer than 1024 KiB");
    assert_eq!(json(&ran).len(), 2, "the next row is read");
}

#[test]
fn xml_bombs_and_depth_are_refused() {
    let bomb = "<?xml version=\"1.0\"?><!DOCTYPE nmaprun [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \
        \"&a;&a;&a;&a;&a;&a;&a;&a;\">]><nmaprun><host><address addr=\"&b;\"/></host></nmaprun>";
    check(bomb.as_bytes(), 4, "skipped");
    let objs =
        "<Objs Version=\"1.1.0.1\" xmlns=\"http://schemas.microsoft.com/powershell/2004/04\">";
    let deep = format!("{objs}{}", "<Obj RefId=\"0\"><MS>".repeat(100_000));
    check(deep.as_bytes(), 4, "deeper than");
    let bomb = format!("<!DOCTYPE Objs [<!ENTITY a \"x\">]>{objs}<S>&a;</S></Objs>");
    check(bomb.as_bytes(), 4, "skipped");
    check(format!("{objs}<Obj RefId=\"0\"><MS><S N=\"a\">").as_bytes(), 4, "cut");
    let deep_nmap = format!("<nmaprun>{}", "<a>".repeat(100_000));
    check(deep_nmap.as_bytes(), 4, "skipped");
}

#[test]
fn json_of_wrong_types_gives_reasons() {
    check(b"{\"ip_str\":7,\"port\":\"x\",\"_shodan\":{}}\n", 4, "skipped");
    check(
        b"{\"template-id\":[],\"host\":{},\"matched-at\":1,\"info\":7,\"type\":1}\n",
        4,
        "skipped",
    );
    let deep =
        format!("{{\"ip_str\":\"192.0.2.1\",\"port\":443,\"_shodan\":{}", "[".repeat(100_000));
    check(deep.as_bytes(), 4, "recursion limit");
    check(
        b"{\"ip_str\":\"192.0.2.1\",\"port\":443,\"_shodan\":{},\"data\":\"HTTP/1.1 200 OK\"}\n{\"ip_str\":\"192.0.2.2\",\"po",
        3,
        "the record is cut off",
    );
}

#[test]
fn repeated_headers_all_count() {
    let answer = b"HTTP/1.1 302 Found\r\nX-FEServer: A\r\nX-FEServer: B\r\n\
        X-OWA-Version: 15.2.2562.56\r\nX-OWA-Version: 15.2.2562.17\r\n\r\n";
    let ran = check(answer, 3, "two-builds");
    assert_eq!(json(&ran)[0]["evidence"].as_array().unwrap().len(), 4);
}

#[test]
fn foreign_text_never_reaches_terminal_or_formula() {
    let rows = "\"2026-11-20 00:00:01\",\"192.0.2.1\",443,\"\x1b[31mred\x1b]0;x\x07\",\"exchange\",\"15.2.1544.14\"\n\
        \"2026-11-20 00:00:02\",\"192.0.2.2\",443,\"a\",\"\x1b[2Jexchange\",\"15.2.\x1b[5m1\"\n";
    for format in ["table", "csv", "html", "json"] {
        let ran = exward_with(&["check", "--from", "-", "--format", format], &feed(rows));
        for text in [&ran.out, &ran.err] {
            assert!(!text.contains('\x1b') && !text.contains('\x07'), "X1 {format}: {text:?}");
        }
    }
    let list = "=1+1\n@SUM(A1)\n-2\n";
    let ran = exward_with(
        &["check", "--from", "-", "--from-format", "list", "--format", "csv"],
        list.as_bytes(),
    );
    for line in ran.out.lines() {
        assert!(!line.starts_with(['=', '@', '-', '+']), "X2: {line}");
    }
    let page =
        "<html><a href=\"/owa/auth/15.2.1748/x\"><title>Outlook<script>alert(1)</script></title>";
    let ran = exward_with(&["check", "--from", "-", "--format", "html"], page.as_bytes());
    assert!(!ran.out.contains("<script>"), "{}", ran.out);
}

#[test]
fn an_import_of_what_is_no_record_writes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (record, out) = (dir.path().join("record.json"), dir.path().join("out"));
    std::fs::write(&record, "{}").unwrap();
    let missing = dir.path().join("missing.json");
    let paths = [&record, &missing, &out].map(|it| it.to_str().unwrap());
    let [record, missing, out_dir] = paths;
    let ran = exward_with(&["catalog", "import", record, missing, "--out", out_dir], b"");
    assert_eq!(ran.code, 4, "{}{}", ran.out, ran.err);
    assert_eq!(ran.out.matches(": not read: ").count(), 2, "{}", ran.out);
    assert!(ran.out.ends_with("nothing written: no record could be read\n"), "{}", ran.out);
    assert!(!ran.err.contains("refused") && !out.exists(), "{}", ran.err);
}
