//! The voice of each Exchange version over HTTP.
//!
//! # Invariants
//! * **E1 the header's rule.** 2007 and 2010 send `X-OWA-Version` with OWA's pages; SE, and 2013, 2016
//!   and 2019 from July 2021 on, with redirects and refusals. A logon page of 2013 or later shows the
//!   CU alone.
//!
//! Source: fingerprint research, methods 1 to 9; recorded answers of 2007 to SE.

mod ntlm;
mod page;

use exward_core::product::Product;

use crate::estate::{Face, Server};
use crate::request::Request;
use crate::script::Answer;
use crate::seed::mix;

/// Virtual directories that refuse who has not logged on, and what they offer.
const GUARDED: [(&str, Offer); 7] = [
    ("/autodiscover", Offer::Windows),
    ("/ews", Offer::Windows),
    ("/mapi", Offer::Windows),
    ("/rpc", Offer::Windows),
    ("/oab", Offer::Windows),
    ("/powershell", Offer::Windows),
    ("/microsoft-server-activesync", Offer::Basic),
];

/// Where the manifest of the eDiscovery export tool lies.
const MANIFEST: &str =
    "/ecp/current/exporttool/microsoft.exchange.ediscovery.exporttool.application";

/// Ways to log on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Offer {
    /// Negotiate and NTLM.
    Windows,
    /// Basic alone.
    Basic,
}

/// What `server` answers to a request that reached it.
pub(crate) fn answer(face: &Face, server: &Server, request: &Request<'_>, number: u64) -> Answer {
    let voice = Voice { face, server, request, number };
    let path = request.path.to_ascii_lowercase();
    let front_end = server.product >= Product::E2013;
    if path == "/" {
        let to = format!("https://{}/owa/", voice.host());
        return voice.front_end(Answer::new(302)).with("Location", to);
    }
    if let Some(directory) = path.strip_suffix("/healthcheck.htm").filter(|_| front_end) {
        return if is_directory(directory) { voice.health() } else { voice.not_found() };
    }
    if path == MANIFEST && front_end {
        let body = page::manifest(server.base);
        return voice.plain(200).with("Content-Type", "application/x-ms-application").page(body);
    }
    if path == "/owa/auth/logon.aspx" {
        return voice.logon_page();
    }
    if path == "/owa/auth/errorfe.aspx" && front_end {
        return voice.front_end(Answer::new(500)).page(page::error());
    }
    if in_directory(&path, "/owa") {
        return voice.to_logon("owa");
    }
    if in_directory(&path, "/ecp") && server.product >= Product::E2010 {
        return voice.to_logon("ecp");
    }
    let guarded = GUARDED.into_iter().find(|(directory, _)| in_directory(&path, directory));
    match guarded {
        Some(("/mapi", _)) if !front_end => voice.not_found(),
        Some((_, offer)) => voice.refuse(offer),
        None => voice.not_found(),
    }
}

/// True if `path` is this virtual directory or lies in it.
pub(crate) fn in_directory(path: &str, directory: &str) -> bool {
    path.strip_prefix(directory).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn is_directory(path: &str) -> bool {
    matches!(path, "/owa" | "/ecp") || GUARDED.iter().any(|(directory, _)| *directory == path)
}

struct Voice<'a> {
    face: &'a Face,
    server: &'a Server,
    request: &'a Request<'a>,
    number: u64,
}

impl Voice<'_> {
    /// The host as the client calls it: redirects echo it.
    fn host(&self) -> &str {
        self.request.host.unwrap_or(&self.face.name)
    }

    fn plain(&self, status: u16) -> Answer {
        let iis = self.face.iis;
        Answer::new(status).with("Server", format!("Microsoft-IIS/{iis}"))
    }

    /// Adds what the front end of 2013 and later adds to everything it answers itself.
    fn front_end(&self, answer: Answer) -> Answer {
        let answer = answer
            .with("Cache-Control", "no-cache")
            .with("Server", format!("Microsoft-IIS/{}", self.face.iis));
        if self.server.product < Product::E2013 {
            return answer;
        }
        answer
            .with("request-id", self.request_id())
            .with("X-Powered-By", "ASP.NET")
            .with("X-FEServer", self.server.host.clone())
    }

    /// Adds the version, if this build gives it away here (E1).
    fn versioned(&self, answer: Answer) -> Answer {
        if self.server.sends_version {
            answer.with("X-OWA-Version", self.server.build.to_string())
        } else {
            answer
        }
    }

    fn to_logon(&self, directory: &str) -> Answer {
        let host = self.host();
        let escaped = host.replace(':', "%3a");
        let to = format!(
            "https://{host}/owa/auth/logon.aspx?url=https%3a%2f%2f{escaped}%2f{directory}%2f&reason=0"
        );
        self.versioned(self.front_end(Answer::new(302))).with("Location", to)
    }

    fn logon_page(&self) -> Answer {
        let answer = self.front_end(Answer::new(200));
        // Since 2013 the logon page is the front end's own, and carries no version header.
        let answer = match self.server.product.has_rollups() {
            true => self.versioned(answer),
            false => answer,
        };
        answer.page(page::logon(self.server))
    }

    fn refuse(&self, offer: Offer) -> Answer {
        let mut answer = self.front_end(Answer::new(401));
        if self.server.product >= Product::E2013 {
            answer = self.versioned(answer);
            answer = answer.with("X-FailureContext", "FrontEnd;401;VW5hdXRob3JpemVk;;;;");
        }
        match offer {
            Offer::Basic => {
                answer.with("WWW-Authenticate", format!("Basic realm=\"{}\"", self.host()))
            }
            Offer::Windows if ntlm::is_negotiate(self.request.authorization) => {
                let challenge = ntlm::challenge(self.server, self.face.iis, self.face.number());
                answer.with("WWW-Authenticate", format!("NTLM {challenge}"))
            }
            Offer::Windows => {
                answer.with("WWW-Authenticate", "Negotiate").with("WWW-Authenticate", "NTLM")
            }
        }
    }

    fn health(&self) -> Answer {
        let body = format!("200 OK<br/>{}.corp.lab.test", self.server.host);
        self.front_end(Answer::new(200)).page(body)
    }

    fn not_found(&self) -> Answer {
        self.plain(404).page(page::NOT_FOUND.to_owned())
    }

    /// A made-up id in the shape of a GUID, another one for every request.
    fn request_id(&self) -> String {
        let a = mix(self.face.number() ^ (self.number << 32));
        let b = mix(a);
        let [x, y] = [a >> 32, b >> 48].map(|it| it & 0xFFFF_FFFF);
        format!(
            "{x:08x}-{:04x}-4{:03x}-9{:03x}-{y:04x}{:08x}",
            a & 0xFFFF,
            (a >> 16) & 0xFFF,
            b & 0xFFF,
            (b >> 12) & 0xFFFF_FFFF
        )
    }
}
