//! What one open port says: its service, and the scripts that ran on it.

use exward_core::evidence::{Claim, Evidence, EvidenceKind};

use crate::answer::{self, HttpAnswer};

use super::super::kept;
use super::super::row::{Row, mentions_exchange};
use super::element::Element;

/// Services whose product is shown; any other one says nothing of Exchange.
const WEB_AND_MAIL: [&str; 11] = [
    "http",
    "https",
    "http-alt",
    "https-alt",
    "smtp",
    "smtps",
    "submission",
    "imap",
    "imaps",
    "pop3",
    "pop3s",
];

/// Adds everything that the port says; nothing if it is some other service.
pub(super) fn read(port: &Element, row: &mut Row) {
    for it in port.children("service") {
        service(it, row);
    }
    if let Some(answer) = answer(port) {
        row.http(&answer);
    }
    for script in port.children("script") {
        let id = script.attribute("id").unwrap_or_default();
        let output = script.attribute("output").unwrap_or_default();
        match id {
            "http-title" => row.show(EvidenceKind::PageTitle, title(script, output)),
            "banner" => row.mail(output),
            "smtp-commands" => row.ehlo(&smtp_verbs(output)),
            _ if id.ends_with("-ntlm-info") => ntlm(script, row),
            _ if id == "msx-local" || id.contains("exchange") => {
                about_exchange(script, output, row)
            }
            _ => {}
        }
    }
}

/// The product that nmap's probes recognised.
fn service(service: &Element, row: &mut Row) {
    let text = |name| service.attribute(name).unwrap_or_default();
    let (product, version) = (text("product"), text("version"));
    let whole = format!("{product} {version} {}", text("extrainfo"));
    let whole = whole.split_whitespace().collect::<Vec<_>>().join(" ");
    if mentions_exchange(product) {
        if !row.version(version) {
            row.names_exchange(&whole);
        }
    } else if !product.is_empty() && WEB_AND_MAIL.contains(&text("name")) {
        row.show(EvidenceKind::ServerFact, whole);
    }
}

/// What the scripts kept of HTTP answers: `http-headers`, `http-server-header`, and the redirect
/// that `http-title` followed.
fn answer(port: &Element) -> Option<HttpAnswer<'_>> {
    let output = |id: &str| {
        let script = port.children("script").find(|it| it.attribute("id") == Some(id))?;
        Some((script, script.attribute("output")?))
    };
    let mut answer = HttpAnswer { endpoint: Some("/"), ..HttpAnswer::default() };
    if let Some((_, headers)) = output("http-headers") {
        answer.headers = kept::header_lines(headers);
    }
    if let Some((_, server)) = output("http-server-header") {
        kept::add_header(&mut answer, "Server", Some(kept::first_line(server)));
    }
    if let Some((script, _)) = output("http-title") {
        kept::add_header(&mut answer, "Location", element(script, "redirect_url"));
    }
    (!answer.headers.is_empty()).then_some(answer)
}

fn title<'e>(script: &'e Element, output: &'e str) -> &'e str {
    element(script, "title").unwrap_or_else(|| kept::first_line(output))
}

/// The text of the element with this key, directly in the script.
fn element<'e>(script: &'e Element, key: &str) -> Option<&'e str> {
    let it = script.children("elem").find(|it| it.attribute("key") == Some(key))?;
    Some(it.text.trim()).filter(|text| !text.is_empty())
}

/// `mail.example.org Hello [192.0.2.9], SIZE 37748736, XRDST`: the name first, then the verbs.
fn smtp_verbs(output: &str) -> Vec<&str> {
    let verbs = output.lines().next().unwrap_or_default().split(',').skip(1);
    verbs.map(str::trim).filter(|verb| !verb.is_empty()).collect()
}

/// A script about Exchange: the keys of its tables are what it saw (N1).
fn about_exchange(script: &Element, output: &str, row: &mut Row) {
    let keys = script.children("table").filter_map(|table| table.attribute("key"));
    let mut has_version = false;
    for key in keys {
        has_version |= row.version(key);
    }
    if !has_version {
        row.show(EvidenceKind::FeedFinding, kept::first_line(output));
    }
}

/// The Windows version and the name in an NTLM challenge.
fn ntlm(script: &Element, row: &mut Row) {
    if let Some(version) = element(script, "Product_Version") {
        row.add(Evidence::new(EvidenceKind::Ntlm, format!("Windows {version}"), windows(version)));
    }
    let name = element(script, "DNS_Computer_Name");
    row.show(EvidenceKind::ServerName, name.unwrap_or_default());
}

/// What a Windows version such as `10.0.14393` claims: it bounds the product that it can host.
fn windows(version: &str) -> Claim {
    let mut parts = version.split('.').map(str::parse);
    let (Some(Ok(major)), Some(Ok(minor)), Some(Ok(build))) =
        (parts.next(), parts.next(), parts.next())
    else {
        return Claim::Shown;
    };
    answer::windows_host(major, minor, build).map_or(Claim::Shown, Claim::Host)
}

#[cfg(test)]
mod tests {
    use super::super::element::Elements;
    use super::*;

    fn port(scripts: &str) -> Element {
        let xml = format!("<port portid=\"443\">{scripts}</port>");
        Elements::new(&xml, "port").next().unwrap().unwrap().1
    }

    #[test]
    fn scripts_together_make_one_answer() {
        let port = port(
            r#"<script id="http-server-header" output="Microsoft-IIS/10.0"/>
               <script id="http-title" output="Outlook"><elem key="title">Outlook</elem>
               <elem key="redirect_url">https://mail.example.org/owa/?a&amp;b=&#99;</elem></script>
               <script id="http-headers" output="&#xa;  X-FEServer: EX01&#xa;  (Request type: GET)"/>"#,
        );
        let headers = answer(&port).unwrap().headers;
        let want = [
            ("X-FEServer", "EX01"),
            ("Server", "Microsoft-IIS/10.0"),
            ("Location", "https://mail.example.org/owa/?a&b=c"),
        ];
        assert_eq!(headers, want.map(|(n, v)| (n.to_owned(), v.to_owned())));
    }

    #[test]
    fn a_port_without_web_scripts_has_no_answer() {
        assert_eq!(answer(&port("<service name=\"smtp\"/>")), None);
    }

    #[test]
    fn verbs_of_smtp_commands_leave_out_the_name() {
        let output = "mail.example.org Hello [198.51.100.9], SIZE 37748736, XRDST, \n This server";
        assert_eq!(smtp_verbs(output), ["SIZE 37748736", "XRDST"]);
        assert_eq!(smtp_verbs(""), [""; 0]);
    }

    #[track_caller]
    fn check(port: &str, want: &[&str]) {
        let mut row = Row::default();
        read(&self::port(port), &mut row);
        let evidence = row.into_record(String::new()).evidence;
        let got: Vec<_> = evidence.iter().map(|it| format!("{} {}", it.kind, it.value)).collect();
        assert_eq!(got, want, "{port}");
    }

    #[test]
    fn services_and_scripts_say_what_they_saw() {
        check("<service name='ssh' product='OpenSSH' version='9.2'/>", &[]);
        check("<service name='https'/>", &[]);
        check("<service name='smtp' product='Postfix smtpd'/>", &["server-fact Postfix smtpd"]);
        check(
            "<service name='imap' product='Microsoft Exchange imapd' version='5.5.2653.23'/>",
            &["feed-version 5.5.2653.23"],
        );
        check(
            "<service name='pop3' product='Microsoft Exchange 2007-2010 pop3d' extrainfo='x'/>",
            &["feed-finding Microsoft Exchange 2007-2010 pop3d x"],
        );
        check(
            "<script id='ms-exchange-version' output='15.2.1544: '><table key='15.2.1544'>\
             <elem key='build'>15.2.1544.44</elem></table></script>",
            &["feed-version 15.2.1544"], // T1
        );
        check(
            "<script id='http-vuln-exchange' output='&#xa;  maybe vulnerable'/>",
            &["feed-finding maybe vulnerable"],
        );
        check(
            "<script id='http-ntlm-info'><elem key='Product_Version'>10.0.14393</elem>\
             <elem key='DNS_Computer_Name'>EX01.example.org</elem></script>",
            &["ntlm Windows 10.0.14393", "server-name EX01.example.org"],
        );
    }

    #[test]
    fn windows_bounds_what_it_can_host() {
        let host = answer::windows_host(10, 0, 14393).map(Claim::Host);
        assert_eq!(Some(windows("10.0.14393")), host);
        for version in ["10.0", "10.0.x", "", "99.0.1"] {
            assert_eq!(windows(version), Claim::Shown, "{version}");
        }
    }
}
