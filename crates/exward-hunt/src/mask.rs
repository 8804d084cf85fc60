//! Secrets in excerpts: tokens, canaries, cookies and credentials stay in the log.
//!
//! # Invariants
//! * **M1 no secret shows**: of a named secret, no 12 characters in a row.
//! * **M2 what was there is said**: its name and its length stay.
//! * **M3 what the attack is known by stays**: the cookies that carry an exploit are no secrets.

use std::fmt::Write as _;
use std::sync::LazyLock;

use regex::{Captures, Regex};

/// Names an assembly of .NET, and is public; stands here so that it is not taken for a token.
const PUBLIC: &str = "publickeytoken";

/// Ends of names whose values are secrets. `canary` is `X-OWA-CANARY` and `msExchEcpCanary`, too; `token`
/// is `SecurityToken`, `access_token`, `X-CommonAccessToken`.
const NAMES: [&str; 23] = [
    PUBLIC,
    "x-rps-cat",
    "token",
    "canary",
    "viewstate",
    "cadata",
    "cadatakey",
    "cadataiv",
    "cadatasig",
    "sessionid",
    "usercontext",
    "fedauth",
    "password",
    "passwort",
    "passwd",
    "pwd",
    "secret",
    "apikey",
    "api_key",
    "assertion",
    "samlresponse",
    "ticket",
    "backendcookie",
];

/// Cookies that an exploit is seen by (M3).
const TELLING: [&str; 4] = ["x-beresource", "x-anonresource", "x-anonresource-backend", "email"];

/// Alone they tell nothing; what follows is masked already.
const SCHEMES: [&str; 5] = ["basic", "bearer", "negotiate", "ntlm", "digest"];

/// Shortest value of a nameless cookie that is masked: shorter ones are flags and languages.
const COOKIE_CHARS_MIN: usize = 12;

/// `name=value`, `name: value`, `"name":"value"`, the name and `=` percent-encoded as often as one likes.
static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    let names: Vec<String> = NAMES.iter().map(|it| encoded(it)).collect();
    pattern(&format!(
        r#"(?i)((?:{})(?:=["']?|%(?:25)*3d|\\?["']?\s?:\s?\\?["']?))([^&;,\s"'<>|\\]+)"#,
        names.join("|")
    ))
});

/// The header with its scheme: `Authorization: Basic …`.
static AUTHORIZATION: LazyLock<Regex> = LazyLock::new(|| {
    let (name, schemes) = (encoded("authorization"), SCHEMES.join("|"));
    pattern(&format!(
        r#"(?i)({name}(?:=|%(?:25)*3d|\\?["']?\+?\s?:[\s+]*\\?["']?)(?:(?:{schemes})(?:[\s+]|%20)+)?)([^\s"'<>|\\]+)"#
    ))
});

/// Pairs behind `Cookie:`, and pairs between `;` as W3C logs write cookies: `a=…;+b=…`.
static COOKIES: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?i)(cookie\\?["']?\s?[:=][\s+]*\\?["']?[^=;\s"]+=|;[\s+]+[^=;\s"&?/]+=)([^;\s"]+)|(\s[^=;\s"&?/]+=)([^;\s"]+);\+"#,
    )
});

/// Passwords in command lines: `-Password x`, `net user name x`, `/user:name x`, `-u name:x`.
static COMMANDS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?i)(\s-(?:password|passwd|pwd|pass)\s+["']?|\bnet1?(?:\.exe)?["']?\s+user\s+[^\s/]+\s+|/user:\S+\s+|\s-u\s+[^\s:]+:)([^\s"'/<][^\s"'<]*)"#,
    )
});

#[expect(clippy::expect_used, reason = "the patterns are constants; a test compiles each")]
fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a constant pattern")
}

/// A name, each letter as it is or percent-encoded, once or more often.
fn encoded(name: &str) -> String {
    name.bytes().fold(String::new(), |mut text, byte| {
        let (low, high) = (byte.to_ascii_lowercase(), byte.to_ascii_uppercase());
        let plain = regex::escape(&char::from(byte).to_string());
        // Writing to a text cannot fail.
        let _written = write!(text, "(?:{plain}|%(?:25)*(?:{low:02x}|{high:02x}))");
        text
    })
}

/// The text with the values of secrets masked: `X-Rps-CAT=<masked, 240 characters>`.
#[must_use]
pub fn mask(text: &str) -> String {
    let named = NAMED.replace_all(text, |it: &Captures<'_>| masked(it, 1, 2));
    let authorized = AUTHORIZATION.replace_all(&named, |it: &Captures<'_>| masked(it, 1, 2));
    let commanded = COMMANDS.replace_all(&authorized, |it: &Captures<'_>| masked(it, 1, 2));
    let cookies = COOKIES.replace_all(&commanded, |it: &Captures<'_>| {
        if it.get(1).is_some() { cookie(it, 1, 2) } else { format!("{};+", cookie(it, 3, 4)) }
    });
    cookies.into_owned()
}

fn part<'t>(captures: &'t Captures<'_>, at: usize) -> &'t str {
    captures.get(at).map_or("", |it| it.as_str())
}

/// `name=<masked, 240 characters>`.
fn masked(captures: &Captures<'_>, name: usize, value: usize) -> String {
    let (name, value) = (part(captures, name), part(captures, value));
    let is_scheme = SCHEMES.iter().any(|it| it.eq_ignore_ascii_case(value.trim_end_matches('+')));
    let is_public = name.to_ascii_lowercase().starts_with(PUBLIC);
    if value == "-" || is_scheme || is_public {
        return format!("{name}{value}");
    }
    format!("{name}<masked, {} characters>", value.chars().count())
}

/// As [`masked`], unless the cookie is short, or one that an exploit is seen by.
fn cookie(captures: &Captures<'_>, name: usize, value: usize) -> String {
    let (text, bare) = (part(captures, name), part(captures, value));
    let is_telling = TELLING.iter().any(|it| {
        let name = text.trim_end_matches('=').to_ascii_lowercase();
        name.ends_with(it)
    });
    if is_telling || bare.chars().count() < COOKIE_CHARS_MIN {
        return format!("{text}{bare}");
    }
    masked(captures, name, value)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::mask;

    #[track_caller]
    fn check(text: &str, want: &str) {
        assert_eq!(mask(text), want);
        assert_eq!(mask(want), want, "masking twice changes nothing");
    }

    #[test]
    fn secrets_keep_their_name_and_length() {
        check("net user bob S3cret!x /add", "net user bob <masked, 8 characters> /add");
        check(
            "New-LocalUser x -Password S3cretx",
            "New-LocalUser x -Password <masked, 7 characters>",
        );
        check("curl -u adm:S3cretx http://a", "curl -u adm:<masked, 7 characters> http://a");
        check("net user /domain", "net user /domain");
        check("/x?client_secret=abcdefgh&a=b", "/x?client_secret=<masked, 8 characters>&a=b");
        check(
            "/powershell X-Rps-CAT=VgEAVAdXaW5kb3dzQwBBCEtlcmJlcm9z&Email=a 200",
            "/powershell X-Rps-CAT=<masked, 32 characters>&Email=a 200",
        );
        check(
            "System.Web, PublicKeyToken=b03f5f7f11d50a3a",
            "System.Web, PublicKeyToken=b03f5f7f11d50a3a",
        );
        check("x%2Drps%2dcat%3DVgEAVAdXaW5k x", "x%2Drps%2dcat%3D<masked, 12 characters> x");
        check("?%58-Rps-CAT=VgEAVAdX", "?%58-Rps-CAT=<masked, 8 characters>");
        check(
            "__VIEWSTATE=/wEPDwUK&__VIEWSTATEGENERATOR=B97B4E27",
            "__VIEWSTATE=<masked, 8 characters>&__VIEWSTATEGENERATOR=B97B4E27",
        );
        check(
            "SecurityToken=x msExchEcpCanary=AbCd; -",
            "SecurityToken=<masked, 1 characters> msExchEcpCanary=<masked, 4 characters>; -",
        );
        check(
            r#"{"X-OWA-CANARY":"AbCdEf","a":1}"#,
            r#"{"X-OWA-CANARY":"<masked, 6 characters>","a":1}"#,
        );
        check(
            "Authorization: Basic YWxhZGRpbjpvcGVu",
            "Authorization: Basic <masked, 16 characters>",
        );
        check(
            "Authorization:+Bearer+eyJhbGciOi 200",
            "Authorization:+Bearer+<masked, 10 characters> 200",
        );
    }

    #[test]
    fn cookies_are_secrets_unless_they_are_the_attack() {
        check(
            "443 - ASP.NET_SessionId=abcd;+cadata=0123456789abcdef;+lang=en - 200",
            "443 - ASP.NET_SessionId=<masked, 4 characters>;+cadata=<masked, 16 characters>;+lang=en - 200",
        );
        check(
            "Cookie: X-BEResource=Admin@ex01:444/ecp/proxyLogon.ecp?a=~194; other=0123456789abcdef",
            "Cookie: X-BEResource=Admin@ex01:444/ecp/proxyLogon.ecp?a=~194; other=<masked, 16 characters>",
        );
        check(
            "Mozilla/5.0+(Windows+NT+10.0;+Win64;+x64) /a?b=c",
            "Mozilla/5.0+(Windows+NT+10.0;+Win64;+x64) /a?b=c",
        );
    }

    proptest! {
        #[test]
        fn no_run_of_a_secret_shows(
            secret in "[A-Za-z0-9+/=%._~!*-]{12,300}",
            name in prop::sample::select(vec!["X-Rps-CAT", "%58%2dRps-CAT", "SecurityToken", "msExchEcpCanary",
                "X-OWA-CANARY", "__VIEWSTATE", "Authorization", "cadata"]),
            equals in prop::sample::select(vec!["=", "%3D", "%253d", ": ", "\":\""]),
            before in "[ -~]{0,40}",
            after in prop::sample::select(vec!["", " 200 0 0", "\",\"x\":1}", "\t-"]),
        ) {
            let shown = mask(&format!("{before} {name}{equals}{secret}{after}"));
            for run in secret.as_bytes().windows(12) {
                let run = std::str::from_utf8(run).unwrap();
                prop_assert!(!shown.contains(run) || before.contains(run), "M1: {shown}");
            }
        }
    }
}
