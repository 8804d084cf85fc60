//! What makes a page a web shell, and what does not.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;

static TABLE: LazyLock<ShellTable> = LazyLock::new(ShellTable::shipped);

/// Name, bytes, and what is expected: nothing, or confidence and traits.
#[track_caller]
fn check(path: &str, bytes: impl AsRef<[u8]>, want: &str) {
    let found = TABLE.examine(path, bytes.as_ref());
    let got = found.map_or_else(String::new, |it| {
        let names: Vec<&str> = it.traits.iter().map(|it| it.name()).collect();
        format!("{} {}", it.confidence, names.join(" "))
    });
    assert_eq!(got, want, "{path}");
}

/// Words that only this module puts together, so that no file of the project holds a shell.
const EVAL: &str = concat!("ev", "al");
const EXECUTE: &str = concat!("Exec", "ute");
const REQUEST: &str = concat!("Req", "uest");

#[test]
fn the_table_is_whole() {
    let (_, skipped) = ShellTable::load(&crate::bundled::shell_traits());
    assert_eq!(skipped, []);
    let (_, skipped) =
        ShellTable::load("group,text,weight\nnone,a,1\nscript,b,x\nscript,,1\nscript,\"c,1");
    insta::assert_snapshot!(skipped.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"), @r"
    line 2: `none` is no group of traits
    line 3: the weight `x` is no number
    line 4: the text is empty
    line 5: a quote is left open
    ");
}

#[test]
fn request_reaching_code_is_a_shell_in_every_spelling() {
    let sure = "high request-runs text-runs";
    let asp = |code: &str| format!("<%{code}%>");
    let jscript = |code: &str| format!("<%@ Page Language=\"JScript\"%><%{code}%>");
    check("a.asp", asp(&format!("{EXECUTE} {REQUEST}(\"a\")")), sure);
    check("a.asp", asp(&format!("{EXECUTE}\t( {REQUEST} (\"a\"))")), sure);
    check("a.asp", asp(&format!("{EXECUTE} _\r\n {REQUEST}(\"a\")")), sure);
    check("a.aspx", jscript(&format!("{EVAL}({REQUEST}.Item[\"a\"])")), sure);
    check("a.aspx", jscript(&format!("{EVAL}/*x*/(/*y*/{REQUEST}[\"a\"])")), sure);
    check("a.aspx", jscript(&format!("\\u0065{}({REQUEST}[\"a\"])", concat!("v", "al"))), sure);
    let wide: Vec<u8> =
        asp(&format!("{EXECUTE} {REQUEST}(1)")).encode_utf16().flat_map(u16::to_le_bytes).collect();
    check("a.asp", [&[0xFF, 0xFE], wide.as_slice()].concat(), sure);
    check(
        "a.asp",
        format!("<script language=vbs runat='server'>{EXECUTE} {REQUEST}(1)</script>"),
        sure,
    );
    check("a.asp", asp(&format!("x={REQUEST}(1)\ny=x\n{EVAL} y")), "high text-runs");
    check("a.asp", asp(&format!("Response.Write {EVAL}({REQUEST}(1))")), sure);
    check("a.asp", asp(&format!("x = \"\" & {EVAL}({REQUEST}(1))")), sure);
    check("a.txt", asp(&format!("{EXECUTE} {REQUEST}(\"a\")")), "medium request-runs text-runs");
}

#[test]
fn what_comes_together_decides() {
    let page =
        |code: &str| format!("<%@ Page Language=\"C#\"%><script runat=server>{code}</script>");
    check("a.aspx", page("var i = new ProcessStartInfo(\"x\");"), "low starts-process");
    check(
        "a.aspx",
        page(&format!(
            "var i = new ProcessStartInfo({REQUEST}[\"x\"]); i.RedirectStandardOutput = true;"
        )),
        "high starts-process",
    );
    check(
        "a.ashx",
        format!("<%@ WebHandler %> void P() {{ Assembly.Load({REQUEST}.BinaryRead(9)); }}"),
        "high request-runs loads-code",
    );
    check(
        "a.aspx",
        page(&format!("var s = new Socket(a); s.Receive(b); x = {REQUEST}.Headers[\"c\"];")),
        "high tunnel",
    );
    check(
        "a.asp",
        "<%Set a = CreateObject(\"WScr\" & \"ipt.Sh\" & Chr(101) & \"ll\")%>",
        "medium starts-process from-pieces",
    );
    check("a.asp", "<%@ language=VBScript.Encode%><%#@~^IQAAAA==x^#~@%>", "medium encoded-page");
    check("a.asp", format!("<%{EXECUTE}(StrReverse(\"x\"))%>"), "high hidden-text-runs");
}

#[test]
fn ordinary_pages_stay_quiet() {
    let quiet = [
        format!("<script>{EVAL}(location.hash)</script>"),
        "<asp:FileUpload ID=\"a\" runat=\"server\"/><asp:TextBox ID=\"b\" runat=\"server\"/>"
            .to_owned(),
        format!(
            "<%@ Page Language=\"C#\" CodeBehind=\"a.cs\"%><%= {REQUEST}.QueryString[\"a\"] %>"
        ),
        format!("<% var a = {REQUEST}.Form[\"a\"]; command.{EXECUTE}(a); %>"),
        format!("<%@ language=jscript%><% function {EVAL}(a) {{}} o.{EVAL}({REQUEST}[1]) %>"),
        format!("<% Response.Write(\"please {} {REQUEST}s\") %>", EXECUTE.to_lowercase()),
        format!("<%-- {REQUEST} --%><p>Process.Start and Assembly.Load explained</p>"),
        String::new(),
    ];
    for page in quiet {
        check("inetpub/wwwroot/app/a.aspx", page, "");
    }
}

#[test]
fn heads_and_places_tell() {
    let code = format!("<%@ Page %><% a = {REQUEST}[\"a\"] %>");
    check("a.aspx", format!("!BDN{code}"), "high exported-page");
    check("a.aspx", [b"\x30\x82\x01\x02\x30\x82", code.as_bytes()].concat(), "high exported-page");
    check("a.bin", "!BDN", "");
    check("ca.cer", b"\x30\x82\x01\x02\x30\x82", "");
    check("a.asp", format!("GIF89a{code}"), "high disguised-page");
    check("a.gif", "GIF89a", "");
    check("inetpub/wwwroot/aspnet_client/a.aspx", "<p>", "medium stranger");
    check("aspnet_client/a.aspx", "<% new ProcessStartInfo() %>", "high starts-process stranger");
    check("FrontEnd\\HttpProxy\\owa\\auth\\logon.aspx", "<p>", "");
    let settings = "Name : OAB\r\nExternalUrl : http://f/<script language=\"x\" runat=\"server\">f()</script>\r\n";
    check("a.aspx", settings, "high script-in-url");
}

#[test]
fn configurations_that_run_files_tell() {
    let handlers = |path: &str| {
        format!(
            "<configuration><system.webServer><handlers><add name=\"x\" path=\"{path}\" verb=\"*\" modules=\"IsapiModule\" scriptProcessor=\"%windir%\\system32\\inetsrv\\asp.dll\"/></handlers>"
        )
    };
    check("app/web.config", handlers("*.config"), "high runs-inert-files");
    check("app/web.config", handlers("*.asp"), "");
    check(
        "app/web.config",
        "<fileExtensions><remove fileExtension=\".config\" /></fileExtensions>",
        "medium unlocks-config",
    );
    check(
        "app/web.config",
        format!("<a/><!-- <% {EXECUTE} {REQUEST}(1) %> -->"),
        "high request-runs disguised-page text-runs",
    );
}

#[test]
fn a_finding_is_a_sentence_with_a_line() {
    let page = format!("<html>\n<%\n' note\nx = 1\n{EXECUTE} _\n{REQUEST}(\"a\")\n%>");
    let found = TABLE.examine("d\\aspnet_client\\x\\a.asp", page.as_bytes()).unwrap();
    assert_eq!(found.line, Some(5));
    insta::assert_snapshot!(found.why, @"it runs what a request sends as code, runs text as code, and is a script in a folder where only Microsoft's pages, or none, stand (aspnet_client)");
}

#[track_caller]
fn check_place(path: &str, want: Place, stranger: bool) {
    assert_eq!((place(path), is_stranger(path)), (want, stranger), "{path}");
}

#[test]
fn places_are_told_by_path() {
    let front = r"C:\Program Files\Microsoft\Exchange Server\V15\FrontEnd\HttpProxy";
    check_place(&format!(r"{front}\owa\auth\RedirSuiteServiceProxy.aspx"), Place::OwaAuth, false);
    check_place(&format!(r"{front}\owa\auth\RedirSuiteServerProxy.aspx"), Place::OwaAuth, true);
    check_place(&format!(r"{front}\owa\auth\15.2.858\logon.aspx"), Place::OwaAuth, true);
    check_place(&format!(r"{front}\owa\auth\15.2.858\scripts\flogon.js"), Place::OwaAuth, false);
    check_place(&format!(r"{front}\ecp\auth\TimeoutLogoff.aspx"), Place::EcpAuth, false);
    check_place(&format!(r"{front}\ecp\auth\TimeoutLogout.aspx"), Place::EcpAuth, true);
    check_place(&format!(r"{front}\OAB\a.aspx"), Place::Oab, true);
    check_place(&format!(r"{front}\rpc\a.aspx"), Place::FrontEnd, false);
    check_place(
        "triage.zip!C/inetpub/wwwroot/aspnet_client/system_web/a.aspx",
        Place::AspnetClient,
        true,
    );
    check_place("/aspnet_client/web.config", Place::AspnetClient, false);
    check_place("/owa/auth/x.aspx", Place::OwaAuth, true);
    check_place("V15/ClientAccess/ecp/a.aspx", Place::ClientAccess, false);
    check_place("C:/inetpub/wwwroot/a.asp", Place::WwwRoot, false);
    check_place(
        "Temporary ASP.NET Files/owa/8e05b027/a.aspx.cdcab7d2.compiled",
        Place::TemporaryAspNet,
        false,
    );
    check_place("owa/auth", Place::Elsewhere, false);
    check_place("", Place::Elsewhere, false);
}

#[test]
fn leftovers_name_the_page() {
    let xml = r#"<?xml version="1.0" encoding="utf-8"?><preserve resultType="3" virtualPath="/owa/auth/ohyeah.aspx" hash="1"><filedeps/></preserve>"#;
    let name = r"D:\Temporary ASP.NET Files\owa\1\ohyeah.aspx.cdcab7d2.compiled";
    let page = |page: &str, place, is_stranger| {
        Some(Leftover { page: page.to_owned(), place, is_stranger })
    };
    assert_eq!(
        compiled_leftover(name, xml.as_bytes()),
        page("/owa/auth/ohyeah.aspx", Place::OwaAuth, true)
    );
    assert_eq!(compiled_leftover(name, b"<cut"), page("ohyeah.aspx", Place::Elsewhere, false));
    assert_eq!(compiled_leftover("logon.aspx.compiled", b""), None);
    assert_eq!(compiled_leftover("a.resx.cdcab7d2.compiled", b""), None);
}

/// N2, W3: what is opened again and again and never closed costs no more than its length.
#[test]
fn hostile_files_are_judged_in_time() {
    for piece in [
        "<%",
        "<%%>",
        "/*",
        "<script ",
        "<script runat=server>",
        "chr(1)",
        "externalurl",
        "<add ",
        "\\u",
        "\"&\"",
    ] {
        for start in ["", "<%"] {
            let page = format!("{start}{}", piece.repeat(1 << 20 >> 3));
            let found = TABLE.examine("web.config", page.as_bytes());
            assert!(found.is_none_or(|it| it.confidence == Confidence::Low), "{piece}");
        }
    }
}

/// Bytes that are more like pages than random ones.
fn page_like() -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop::sample::select(vec![
        "<%",
        "%>",
        "<script runat=server>",
        "</script>",
        "/*",
        "*/",
        "\"&\"",
        "'+'",
        "chr(",
        "chr(101)",
        "&h",
        "\\u0065",
        "\\x4",
        " _\n",
        "\n",
        " ",
        "a",
        ")",
        "\u{200b}",
        "\0",
        "@",
        ".",
        "request(",
        "eval(",
        "<add path=\"*.jpg\"",
        "externalurl : <script",
    ]);
    let any = prop::collection::vec(any::<u8>(), 0..8);
    prop::collection::vec(
        prop_oneof![4 => pieces.prop_map(|it| it.as_bytes().to_vec()), 1 => any],
        0..60,
    )
    .prop_map(|all| all.concat())
}

proptest! {
    #[test]
    fn every_file_is_judged(bytes in page_like(), name in "[a-z]{1,3}(/owa/auth)?/a\\.(asp|aspx|ashx|config|gif|txt)") {
        let found = TABLE.examine(&name, &bytes);
        let lines = bytes.iter().filter(|it| **it == b'\n').count();
        prop_assert!(found.iter().all(|it| !it.traits.is_empty()), "W2");
        prop_assert!(found.iter().filter_map(|it| it.line).all(|it| it > 0 && it.saturating_sub(1) <= lines as u64), "line");
        drop(compiled_leftover(&name, &bytes));
        for all_code in [false, true] {
            let normal = normal::normalise(&bytes, all_code);
            let size = normal.code.len().saturating_add(normal.markup.len());
            let is_wide = matches!(bytes.as_slice(), [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] | [_, 0, ..] | [0, ..]);
            prop_assert!(is_wide || size <= bytes.len().saturating_mul(2).saturating_add(1), "N2");
        }
    }

    #[test]
    fn slashes_do_not_matter(path in "([a-zA-Z_ .]{1,8}|owa|auth|HttpProxy|aspnet_client|OAB|[/\\\\!]){0,9}(\\.aspx)?") {
        for other in [path.replace('/', "\\"), path.replace('\\', "/")] {
            prop_assert_eq!((place(&path), is_stranger(&path)), (place(&other), is_stranger(&other)));
        }
    }
}
