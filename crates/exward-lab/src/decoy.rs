//! What is no Exchange server but may look like one.
//!
//! Source: fingerprint research, traps T11 to T13; recorded answers of Exchange Online, of a published
//! command-and-control profile, of honeypots and of a phishing clone. Only what a server *answers* is
//! imitated, and only to tell it apart.

use crate::behaviour::Behaviour;
use crate::estate::Face;
use crate::request::Request;
use crate::script::Answer;

/// The build that a published honeypot claims on every path.
const HONEYPOT_BUILD: &str = "15.2.792.3";

/// The request id that a published profile sends with every answer.
const C2_REQUEST_ID: &str = "6cfcf35d-0680-4853-98c4-b16723708fc9";

/// What such a face answers.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "`Behaviour::kind` sends only decoys here; the rest of them is nginx"
)]
pub(crate) fn answer(face: &Face, request: &Request<'_>) -> Answer {
    match face.behaviour {
        Behaviour::Honeypot if face.number().is_multiple_of(2) => honeypot(),
        Behaviour::Honeypot => Answer::new(401)
            .with("Server", "Microsoft-IIS/7.5")
            .with("WWW-Authenticate", "Basic realm=\"Login Required\""),
        Behaviour::Phishing => phishing(),
        Behaviour::C2 => command_and_control(),
        Behaviour::ExchangeOnline => exchange_online(request),
        _ => nginx(),
    }
}

/// The same form with a version for whatever is asked.
fn honeypot() -> Answer {
    let form = "<html><body><!-- simulated --><form action=\"/owa/auth.owa\" method=\"POST\">\
                <h1>Outlook Web App</h1><input name=\"username\"/>\
                <input name=\"password\" type=\"password\"/></form></body></html>";
    Answer::new(200)
        .with("Server", "Microsoft-IIS/10.0")
        .with("X-OWA-Version", HONEYPOT_BUILD)
        .with("X-FEServer", "EXCH01")
        .page(form.to_owned())
}

/// A page that loads the files of its victim.
fn phishing() -> Answer {
    let page = "<!DOCTYPE html>\n<html>\n<head>\n<!-- simulated -->\n\
                <link rel=\"shortcut icon\" \
                href=\"https://victim.lab.test/owa/auth/15.1.2507/themes/resources/favicon.ico\">\n\
                <title>Webmail | Example Org</title>\n</head>\n<body>\n<form>\
                <input name=\"password\" type=\"password\"></form>\n</body>\n</html>\n";
    Answer::new(200).with("Server", "nginx").page(page.to_owned())
}

fn command_and_control() -> Answer {
    Answer::new(200)
        .with("Server", "Microsoft-IIS/10.0")
        .with("request-id", C2_REQUEST_ID)
        .with("X-CalculatedBETarget", "BY2PR06MB549.namprd06.prod.outlook.com")
        .with("X-OWA-Version", "15.1.1240.20")
        .with("X-FEServer", "CY4PR02CA0010")
        .with("X-Powered-By", "ASP.NET")
}

/// `/owa/` goes to the sign-in page; the services refuse and name their back end.
fn exchange_online(request: &Request<'_>) -> Answer {
    let is_page = request.path == "/" || request.path.starts_with("/owa");
    let answer = Answer::new(if is_page { 302 } else { 401 })
        .with("Server", "Microsoft-IIS/10.0")
        .with("X-CalculatedFETarget", "LABP280CU004.internal.outlook.com")
        .with("X-CalculatedBETarget", "LABP191MB2243.EURP191.PROD.OUTLOOK.COM")
        .with("X-BeSku", "WCS7")
        .with("X-DiagInfo", "LABP191MB2243");
    if is_page {
        answer.with("Location", "https://login.microsoftonline.com/common/oauth2/authorize")
    } else {
        answer.with("WWW-Authenticate", "Bearer client_id=\"00000002-0000-0ff1-ce00-000000000000\"")
    }
}

fn nginx() -> Answer {
    let page = "<!DOCTYPE html>\n<html>\n<head>\n<title>Welcome to nginx!</title>\n</head>\n\
                <body>simulated</body>\n</html>\n";
    Answer::new(200).with("Server", "nginx/1.22.1").page(page.to_owned())
}
