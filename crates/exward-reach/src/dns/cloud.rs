//! Hosts that are surely not the domain's own: mail gateways and mail services in the cloud.
//!
//! Common knowledge among mail administrators; not checked against the operators' own pages. The list
//! only names what is not probed: whatever lies outside the domain is not probed in any case.

/// Ends of host names, and who runs what is below them.
const GATEWAYS: [(&str, &str); 27] = [
    ("protection.outlook.com", "Exchange Online Protection"),
    ("mx.microsoft", "Exchange Online Protection"),
    ("pphosted.com", "Proofpoint"),
    ("ppe-hosted.com", "Proofpoint Essentials"),
    ("mimecast.com", "Mimecast"),
    ("mimecast.co.za", "Mimecast"),
    ("google.com", "Google Workspace"),
    ("googlemail.com", "Google Workspace"),
    ("googlehosted.com", "Google Workspace"),
    ("messagelabs.com", "Symantec Email Security.cloud"),
    ("barracudanetworks.com", "Barracuda Email Gateway Defense"),
    ("iphmx.com", "Cisco Secure Email"),
    ("hornetsecurity.com", "Hornetsecurity"),
    ("antispameurope.com", "Hornetsecurity"),
    ("trendmicro.com", "Trend Micro Email Security"),
    ("trendmicro.eu", "Trend Micro Email Security"),
    ("trendmicro.co.jp", "Trend Micro Email Security"),
    ("mailcontrol.com", "Forcepoint Email Security"),
    ("sophos.com", "Sophos Email"),
    ("fireeyecloud.com", "Trellix Email Security"),
    ("retarus.com", "Retarus Email Security"),
    ("antispamcloud.com", "N-able Mail Assure"),
    ("expurgate.net", "eXpurgate"),
    ("mx.cloudflare.net", "Cloudflare Email Routing"),
    ("mxrecord.io", "Cloudflare Email Security"),
    ("emailsrvr.com", "Rackspace Email"),
    ("secureserver.net", "GoDaddy"),
];

/// Ends of the names under which Exchange Online is reached, its national clouds included.
const EXCHANGE_ONLINE: [&str; 4] =
    ["outlook.com", "office365.com", "office365.us", "partner.outlook.cn"];

/// Who runs the mail gateway `host`; `None` if it is not a known one.
pub(super) fn gateway(host: &str) -> Option<&'static str> {
    let at = GATEWAYS.iter().find(|(end, _)| is_in(host, end));
    at.map(|(_, operator)| *operator)
}

/// True for names of Exchange Online.
pub(super) fn is_exchange_online(host: &str) -> bool {
    EXCHANGE_ONLINE.iter().any(|end| is_in(host, end))
}

/// True if `host` is `domain` or lies below it; both in lower case, without a dot at the end.
pub(super) fn is_in(host: &str, domain: &str) -> bool {
    let above = host.strip_suffix(domain);
    above.is_some_and(|it| it.is_empty() || it.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(host: &str, want: Option<&str>) {
        assert_eq!(gateway(host), want, "{host}");
    }

    #[test]
    fn gateways_have_a_name() {
        check("example-net.mail.protection.outlook.com", Some("Exchange Online Protection"));
        check("example-net.o-v1.mx.microsoft", Some("Exchange Online Protection"));
        check("mxa-00000000.gslb.pphosted.com", Some("Proofpoint"));
        check("aspmx.l.google.com", Some("Google Workspace"));
        check("example.in.tmes.trendmicro.eu", Some("Trend Micro Email Security"));
        check("notgoogle.com", None); // a label is whole or it is another name
        check("google.com.example.net", None);
        check("autodiscover.outlook.com", None);
    }

    #[test]
    fn exchange_online_is_known_by_its_ends() {
        assert!(is_exchange_online("autodiscover.outlook.com"));
        assert!(is_exchange_online("autodiscover-s.office365.us"));
        assert!(!is_exchange_online("outlook.com.example.net"));
        assert!(!is_exchange_online("myoutlook.com"));
    }
}
