//! What stands between a client and Exchange, and what it does to requests and answers.
//!
//! Source: fingerprint research, "What middle boxes do", and traps T10 and T18.

use exward_core::build::Build;

use crate::behaviour::Behaviour;
use crate::estate::Face;
use crate::request::Request;
use crate::script::Answer;
use crate::seed::mix;
use crate::voice::in_directory;

/// Sign-in page of Entra ID with Exchange's id, where OWA with modern authentication sends users.
const SIGN_IN: &str = "https://login.microsoftonline.com/common/oauth2/authorize?client_id=00000002-0000-0ff1-ce00-000000000000&response_mode=form_post";

/// What services with modern authentication offer.
const BEARER: &str = "Bearer client_id=\"00000002-0000-0ff1-ce00-000000000000\", token_types=\"app_asserted_user_v1 service_asserted_app_v1\"";

/// What a box answers in Exchange's place; `None` if the request passes.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "most behaviours have no box that answers itself"
)]
pub(crate) fn before(face: &Face, request: &Request<'_>, number: u64) -> Option<Answer> {
    let is_even = face.number().is_multiple_of(2);
    match face.behaviour {
        Behaviour::RateLimiting => {
            // Some faces ask for patience once, some twice.
            let refusals = if is_even { 1 } else { 2 };
            (number < refusals).then(|| Answer::new(429).with("Retry-After", "1"))
        }
        Behaviour::NameBound => {
            let named = request.name().is_some_and(|it| it.eq_ignore_ascii_case(&face.name));
            let stranger = if is_even {
                Answer::new(421)
            } else {
                Answer::new(404).with("Server", "Microsoft-HTTPAPI/2.0")
            };
            (!named).then_some(stranger)
        }
        Behaviour::PreAuth => pre_authentication(request, is_even),
        Behaviour::ModernAuth if is_guarded(request) => {
            Some(Answer::new(302).with("Server", "Microsoft-IIS/10.0").with("Location", SIGN_IN))
        }
        Behaviour::DeadBackEnd if is_guarded(request) && !is_error_page(request) => {
            let answer = Answer::new(302).with("Server", format!("Microsoft-IIS/{}", face.iis));
            Some(answer.with("Location", "/owa/auth/errorFE.aspx?httpCode=500"))
        }
        _ => None,
    }
}

/// What a box makes of Exchange's answer.
pub(crate) fn after(face: &Face, answer: Answer) -> Answer {
    match (face.behaviour, face.claimed) {
        (Behaviour::Cloudflare, _) => answer
            .without("Server")
            .with("Server", "cloudflare")
            .with("CF-RAY", format!("{:016x}-LAB", mix(face.number())))
            .with("CF-Cache-Status", "DYNAMIC"),
        (Behaviour::F5, _) => {
            let value = mix(face.number());
            answer.with("Set-Cookie", format!("TS01{:06x}={value:016x}; Path=/", value & 0xFF_FFFF))
        }
        (Behaviour::HeaderStripped | Behaviour::DeadBackEnd, _) => answer.without("X-OWA-Version"),
        (Behaviour::HeaderSpoofed, Some(claimed)) => {
            answer.without("X-OWA-Version").with("X-OWA-Version", padded(claimed))
        }
        (Behaviour::ModernAuth, _) if answer.status() == 401 => {
            answer.with("WWW-Authenticate", BEARER)
        }
        _ => answer,
    }
}

/// Boxes of two makers; each guards what people log on to and passes what programs use.
fn pre_authentication(request: &Request<'_>, is_isa: bool) -> Option<Answer> {
    let path = request.path.to_ascii_lowercase();
    let logon = if is_isa { "/cookieauth.dll" } else { "/lm_auth_proxy" };
    if path == logon {
        let form = "<html><head><title>Sign in</title></head><body>simulated gateway<form>\
                    <input type=\"password\"></form></body></html>";
        return Some(Answer::new(200).page(form.to_owned()));
    }
    let to = if is_isa {
        "/CookieAuth.dll?GetLogon?curl=Z2FowaZ2F&reason=0&formdir=1"
    } else {
        "/lm_auth_proxy?LMLogon"
    };
    is_guarded(request).then(|| Answer::new(302).with("Location", to))
}

/// True for what people log on to.
fn is_guarded(request: &Request<'_>) -> bool {
    let path = request.path.to_ascii_lowercase();
    path == "/" || in_directory(&path, "/owa") || in_directory(&path, "/ecp")
}

fn is_error_page(request: &Request<'_>) -> bool {
    request.path.eq_ignore_ascii_case("/owa/auth/errorFE.aspx")
}

/// The long form, as an administrator's rewrite rule was seen to write it.
fn padded(build: Build) -> String {
    format!("{}.{:02}.{}.{:03}", build.major, build.minor, build.third, build.fourth)
}
