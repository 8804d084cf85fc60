//! What typed rules see in events.

use std::borrow::Cow;

use jiff::Timestamp;

use super::*;
use crate::Channel;

/// An event of fields and values.
struct Event(Vec<(&'static str, &'static str)>);

impl Fields for Event {
    fn values(&self, field: &str) -> Values<'_> {
        let found = self.0.iter().find(|(name, _)| name.eq_ignore_ascii_case(field));
        found.map_or(Values::Absent, |(_, value)| Values::one(value))
    }

    fn words(&self) -> Values<'_> {
        Values::Absent
    }
}

impl Record for Event {
    fn source(&self) -> Source {
        Source::Events(Channel::Sysmon)
    }

    fn at(&self) -> Option<Timestamp> {
        None
    }

    fn actor(&self) -> Option<Cow<'_, str>> {
        None
    }

    fn user(&self) -> Option<Cow<'_, str>> {
        None
    }

    fn server(&self) -> Option<Cow<'_, str>> {
        None
    }

    fn path(&self) -> Option<Cow<'_, str>> {
        None
    }

    fn cmdlet(&self) -> Option<Cow<'_, str>> {
        None
    }

    fn text(&self) -> Cow<'_, str> {
        Cow::Borrowed("")
    }
}

#[track_caller]
fn check(field: &'static str, value: &'static str, want: &str) {
    let facts = bundled::facts();
    let mut hits = Vec::new();
    look(&Event(vec![(field, value)]), &facts, &mut hits);
    let told: Vec<String> = hits
        .iter()
        .map(|it| format!("{} {} {}", it.rule.id.replace("exward-", ""), it.stage, it.confidence))
        .collect();
    assert_eq!(told.join(", "), want, "{field}={value}");
    let needles = needles(&facts, Source::Events(Channel::Sysmon), Alphabet::Json);
    let lower = value.to_ascii_lowercase();
    assert!(hits.is_empty() || needles.iter().any(|it| lower.contains(it)), "T2: {value}");
}

/// Trap 10: whoever writes the page, be it `System` or the mailbox replication service, the path tells.
#[test]
fn a_file_in_a_web_folder_is_told() {
    let path =
        r"C:\Program Files\Microsoft\Exchange Server\V15\FrontEnd\HttpProxy\owa\auth\kq.aspx";
    check("TargetFilename", path, "stranger-page webshell medium");
    let path =
        r"C:\Program Files\Microsoft\Exchange Server\V15\FrontEnd\HttpProxy\owa\auth\logon.aspx";
    check("TargetFilename", path, "");
    let path =
        r"Program Files\Microsoft\Exchange Server\V15\FrontEnd\HttpProxy\owa\auth\OutlookEN.aspx";
    check("RelativeTargetName", path, "known-shell-name webshell high");
    check("TargetFilename", r"C:\inetpub\wwwroot\supp0rt.aspx", "known-shell-name webshell medium");
    check("TargetFilename", r"C:\inetpub\wwwroot\help.aspx", "");
    check("TargetFilename", r"C:\Users\kim\Desktop\supp0rt.aspx", "");
    let leftover = r"C:\Windows\Microsoft.NET\Framework64\v4.0.30319\Temporary ASP.NET Files\owa\8e05b027\e164d61b\supp0rt.aspx.cdcab7d2.compiled";
    check("TargetFilename", leftover, "known-shell-name webshell medium");
    check("Image", r"C:\inetpub\wwwroot\aspnet_client\kq.aspx", "");
}

#[test]
fn addresses_domains_and_hashes_are_told() {
    check("DestinationIp", "141.94.147.168", "address-list scan low");
    check("DestinationIp", "198.51.100.7", "");
    check("QueryName", "www.mozillaupdate.com", "domain-list post medium");
    check("QueryName", "mozilla.org", "");
    let shell =
        "MD5=00,SHA256=893CD3583B49CB706B3E55ECB2ED0757B977A21F5C72E041392D1256F31166E2,IMPHASH=00";
    check("Hashes", shell, "file-hash webshell high");
    let tool = "SHA256=03402fa2054644b95d250213c83874b4696315c160b3bc9109a51ad8d8d70e5e";
    check("Hashes", tool, "file-hash post high");
    check("Hashes", "SHA256=", "");
}
