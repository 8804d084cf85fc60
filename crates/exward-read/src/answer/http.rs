//! Evidence from one HTTP answer.

use exward_core::build::SeenBuild;
use exward_core::evidence::{Claim, Evidence, EvidenceKind};
use exward_core::product::{Numbering, Product, ProductRange};

use super::{iis_host, ntlm, page};
use crate::record::kept;

/// `request-id` that a published Cobalt Strike and Havoc profile sends with every answer (T12).
const C2_REQUEST_ID: &str = "6cfcf35d-0680-4853-98c4-b16723708fc9";

/// Realm of a published OWA honeypot; Exchange never asks so (T11).
const HONEYPOT_REALM: &str = "realm=\"Login Required\"";

/// One HTTP answer, or the part of it that a source kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpAnswer<'a> {
    /// Path that was asked for, if known: `/owa/`.
    pub endpoint: Option<&'a str>,
    /// Status code, if known.
    pub status: Option<u16>,
    /// Headers in order, repeated ones repeated; names in any case.
    pub headers: Vec<(String, String)>,
    /// The body, or as much of it as was kept; empty if none was.
    pub body: &'a str,
}

impl HttpAnswer<'_> {
    /// All values of a header, in order.
    fn values<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'s str> {
        let named = move |(it, _): &&(String, String)| it.eq_ignore_ascii_case(name);
        self.headers.iter().filter(named).map(|(_, value)| value.trim())
    }

    fn has(&self, name: &str) -> bool {
        self.values(name).next().is_some()
    }
}

/// Everything that one answer says. Never empty if there is a status.
#[must_use]
pub fn http(answer: &HttpAnswer<'_>) -> Vec<Evidence> {
    // Asked once: each header that asks again looks at all the others.
    let behind_arr = is_behind_arr(answer);
    let headers = answer.headers.iter();
    let mut evidence: Vec<Evidence> =
        headers.flat_map(|(name, value)| header(name, value, behind_arr)).collect();
    evidence.extend(page::page(answer.body));
    evidence.extend(healthcheck(answer));
    if let Some(why) = logon_form_in_disguise(answer) {
        evidence.push(Evidence::new(
            EvidenceKind::OwaPage,
            "logon form",
            Claim::Doubt(why.to_owned()),
        ));
    }
    let claims_online = evidence.iter().any(|it| it.claim == Claim::ExchangeOnline);
    let claims_build = evidence.iter().any(|it| {
        matches!(&it.claim, Claim::Version(seen)
        if matches!(Numbering::of(seen.prefix()), Numbering::Server(_)))
    });
    if claims_online && claims_build {
        let why = "one answer claims Exchange Online's back end and an on-premises build (T12)";
        evidence.push(Evidence::new(EvidenceKind::FrontEnd, "", Claim::Doubt(why.to_owned())));
    }
    if let Some(status) = answer.status
        && evidence.iter().all(|it| it.claim == Claim::Shown)
    {
        let value = status.to_string();
        evidence.push(Evidence::new(EvidenceKind::HttpStatus, value, Claim::Shown)); // W1
    }
    match answer.endpoint {
        Some(endpoint) => evidence.into_iter().map(|it| it.at_endpoint(kept(endpoint))).collect(),
        None => evidence,
    }
}

fn header(name: &str, value: &str, behind_arr: bool) -> Vec<Evidence> {
    let value = value.trim();
    let one = |kind, claim| vec![Evidence::new(kind, kept(value), claim)];
    let since_2013 = Claim::Products(ProductRange::from(Product::E2013));
    match name.to_ascii_lowercase().as_str() {
        "x-owa-version" => match value.parse::<SeenBuild>() {
            Ok(seen) => one(EvidenceKind::OwaHeader, Claim::Version(seen)),
            // An emptied header is not an absent one (T10): somebody hides the version.
            Err(_) => one(EvidenceKind::OwaHeader, Claim::Shown),
        },
        "x-feserver" => one(EvidenceKind::FrontEnd, since_2013),
        "x-failurecontext" if value.starts_with("FrontEnd;") => {
            one(EvidenceKind::FrontEnd, since_2013)
        }
        "x-calculatedbetarget" | "x-calculatedfetarget" if is_online_host(value) => {
            one(EvidenceKind::FrontEnd, Claim::ExchangeOnline)
        }
        "x-calculatedbetarget" | "x-beserver" => one(EvidenceKind::FrontEnd, since_2013),
        "request-id" if value.eq_ignore_ascii_case(C2_REQUEST_ID) => {
            let why = "its request-id is that of a published command-and-control profile";
            one(EvidenceKind::FrontEnd, Claim::Imitation(why.to_owned()))
        }
        "server" => match iis_host(value).filter(|_| !behind_arr) {
            Some(range) => one(EvidenceKind::ServerHeader, Claim::Host(range)),
            None => one(EvidenceKind::ServerHeader, Claim::Shown),
        },
        "www-authenticate" => authenticate(value),
        "x-simulated" => one(EvidenceKind::Simulated, Claim::Shown),
        "location" => one(EvidenceKind::Redirect, redirect(value)),
        _ => Vec::new(),
    }
}

/// The page that Exchange 2013 and later have for load balancers: `200 OK`, then the server's name.
///
/// Gateways answer any path with 200 and no text, so the text is asked for (W1).
fn healthcheck(answer: &HttpAnswer<'_>) -> Option<Evidence> {
    let path = answer.endpoint?;
    let is_page = path.ends_with("/healthcheck.htm") && answer.status == Some(200);
    let text = answer.body.trim_start();
    (is_page && text.starts_with("200 OK")).then(|| {
        let shown: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let claim = Claim::Products(ProductRange::from(Product::E2013));
        Evidence::new(EvidenceKind::Healthcheck, kept(&shown), claim)
    })
}

/// What the answer to a path that exists nowhere says: Exchange answers 404 or redirects, an imitation
/// of it sends the same logon page and version for every path (T11).
#[must_use]
pub fn control(answer: &HttpAnswer<'_>) -> Vec<Evidence> {
    let status = answer.status.map_or_else(String::new, |it| it.to_string());
    let says_version = answer.has("x-owa-version") || !page::page(answer.body).is_empty();
    let claim = if answer.status == Some(200) && says_version {
        let why = "a path that exists nowhere is answered like Outlook, as honeypots do";
        Claim::Doubt(why.to_owned())
    } else {
        Claim::Shown
    };
    let evidence = Evidence::new(EvidenceKind::Control, status, claim);
    vec![match answer.endpoint {
        Some(endpoint) => evidence.at_endpoint(kept(endpoint)),
        None => evidence,
    }]
}

/// True if IIS ARR stands in front: the `Server` header is then the proxy's.
fn is_behind_arr(answer: &HttpAnswer<'_>) -> bool {
    answer.values("x-powered-by").any(|value| value.contains("ARR/"))
}

fn is_online_host(value: &str) -> bool {
    let host = value.trim_end_matches('.').to_ascii_lowercase();
    host == "outlook.com" || host.ends_with(".outlook.com")
}

fn authenticate(value: &str) -> Vec<Evidence> {
    let mut evidence = Vec::new();
    let offers = |scheme: &str| value.split(',').any(|it| it.trim().starts_with(scheme));
    if value.contains(HONEYPOT_REALM) {
        let why = "the realm `Login Required` is that of a published honeypot";
        let claim = Claim::Doubt(why.to_owned());
        evidence.push(Evidence::new(EvidenceKind::AuthOffer, kept(value), claim));
    } else if offers("NTLM") || offers("Negotiate") {
        evidence.push(Evidence::new(EvidenceKind::AuthOffer, kept(value), Claim::Fits));
    }
    let challenge = value.strip_prefix("NTLM ").or_else(|| value.strip_prefix("Negotiate "));
    if let Some(Ok(more)) = challenge.map(ntlm) {
        evidence.extend(more);
    }
    evidence
}

/// What the target of a redirect says. Redirects are read, never followed.
fn redirect(location: &str) -> Claim {
    let path = match location.split_once("://") {
        Some((_, rest)) => rest.split_once('/').map_or("", |(_, path)| path),
        None => location.trim_start_matches('/'),
    };
    let path = path.to_ascii_lowercase();
    if path.starts_with("owa/auth/errorfe.aspx") {
        Claim::Products(ProductRange::from(Product::E2013))
    } else if path.starts_with("owa/auth/logon.aspx") {
        Claim::Products(ProductRange::from(Product::E2007))
    } else {
        Claim::Shown
    }
}

/// A logon form without any of Microsoft's page code that yet carries `X-OWA-Version` (T11): real
/// servers draw the form from `/owa/auth/<version>/` and its sisters.
fn logon_form_in_disguise(answer: &HttpAnswer<'_>) -> Option<&'static str> {
    if !answer.has("x-owa-version") {
        return None;
    }
    let body = answer.body.to_ascii_lowercase();
    let has_form = body.contains("type=\"password\"") || body.contains("type='password'");
    (has_form && !page::is_microsoft_markup(&body)).then_some(
        "a logon form without Microsoft's page code carries X-OWA-Version, as honeypots do",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &str) -> Vec<(String, String)> {
        let pair = |line: &str| {
            let (name, value) = line.split_once(':').unwrap();
            (name.to_owned(), value.to_owned())
        };
        lines.lines().map(pair).collect()
    }

    #[track_caller]
    fn check(head: &str, want: &[(EvidenceKind, Claim)]) {
        let answer = HttpAnswer { status: Some(302), headers: headers(head), ..Default::default() };
        let got: Vec<_> = http(&answer).into_iter().map(|it| (it.kind, it.claim)).collect();
        assert_eq!(got, want, "{head}");
    }

    #[test]
    fn headers_claim() {
        let full = Claim::Version("15.2.2562.37".parse().unwrap());
        check("x-owa-version: 15.02.2562.037", &[(EvidenceKind::OwaHeader, full)]);
        check(
            "X-OWA-Version: ",
            &[(EvidenceKind::OwaHeader, Claim::Shown), (EvidenceKind::HttpStatus, Claim::Shown)],
        );
        let since_2013 = Claim::Products(ProductRange::from(Product::E2013));
        check("X-FEServer: EXCH01", &[(EvidenceKind::FrontEnd, since_2013.clone())]);
        check(
            "X-CalculatedBETarget: GV1P191MB2243.EURP191.PROD.OUTLOOK.COM",
            &[(EvidenceKind::FrontEnd, Claim::ExchangeOnline)],
        );
        check(
            "X-CalculatedBETarget: notoutlook.com",
            &[(EvidenceKind::FrontEnd, since_2013.clone())],
        );
        check("WWW-Authenticate: Negotiate,NTLM", &[(EvidenceKind::AuthOffer, Claim::Fits)]);
        check(
            "Location: /owa/auth/errorFE.aspx?httpCode=500",
            &[(EvidenceKind::Redirect, since_2013)],
        );
        check(
            "Location: https://mail.example.org/owa/auth/logon.aspx?url=x",
            &[(EvidenceKind::Redirect, Claim::Products(ProductRange::from(Product::E2007)))],
        );
    }

    #[test]
    fn a_page_for_load_balancers_needs_its_text() {
        let check = |body, status, want| {
            let endpoint = Some("/owa/healthcheck.htm");
            let answer = HttpAnswer { endpoint, status: Some(status), headers: Vec::new(), body };
            let kinds: Vec<_> = http(&answer).into_iter().map(|it| it.kind).collect();
            assert_eq!(kinds, [want], "{body:?}");
        };
        check("200 OK<br/>EX01.example.org", 200, EvidenceKind::Healthcheck);
        check("", 200, EvidenceKind::HttpStatus); // a gateway that says yes to every path
        check("200 OK<br/>EX01.example.org", 404, EvidenceKind::HttpStatus);
    }

    #[test]
    fn a_control_path_that_is_answered_like_outlook_is_doubted() {
        let check = |status, head: &str, want: bool| {
            let answer =
                HttpAnswer { status: Some(status), headers: headers(head), ..Default::default() };
            let doubted = control(&answer).iter().any(|it| matches!(it.claim, Claim::Doubt(_)));
            assert_eq!(doubted, want, "{status} {head}");
        };
        check(200, "X-OWA-Version: 15.2.792.3", true);
        check(404, "X-OWA-Version: 15.2.792.3", false); // IIS adds it to its own 404, too
        check(200, "Server: nginx", false);
    }

    #[test]
    fn many_server_headers_stay_quick() {
        let headers = vec![("Server".to_owned(), "Microsoft-IIS/10.0".to_owned()); 100_000];
        assert_eq!(http(&HttpAnswer { headers, ..Default::default() }).len(), 100_000);
    }

    #[test]
    fn the_server_header_of_a_proxy_is_only_shown() {
        check(
            "Server: Microsoft-IIS/10.0\nX-Powered-By: ARR/3.0",
            &[(EvidenceKind::ServerHeader, Claim::Shown), (EvidenceKind::HttpStatus, Claim::Shown)],
        );
    }
}
