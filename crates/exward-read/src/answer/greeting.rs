//! Evidence from greetings of SMTP, IMAP and POP servers, and from EHLO verbs.
//!
//! Greetings since 2007 name no version, and administrators can change them.

use exward_core::build::SeenBuild;
use exward_core::evidence::{Claim, Evidence, EvidenceKind};
use exward_core::product::{Numbering, Product, ProductRange};

use super::windows_host;
use crate::record::kept;

/// Words that name another mail server in its greeting.
const OTHER_MAIL_SERVERS: [&str; 9] = [
    "Postfix",
    "Exim",
    "Sendmail",
    "IronPort",
    "hMailServer",
    "Zimbra",
    "Dovecot",
    "Cyrus",
    "Courier",
];

/// Evidence from the first line of an SMTP, IMAP or POP server; empty if it is none of these.
#[must_use]
pub fn greeting(line: &str) -> Vec<Evidence> {
    let line = line.trim();
    let kind = if line.starts_with("220") || line.starts_with("421") {
        EvidenceKind::SmtpGreeting
    } else if line.starts_with("* OK") {
        EvidenceKind::ImapGreeting
    } else if line.starts_with("+OK") {
        EvidenceKind::PopGreeting
    } else {
        return Vec::new();
    };
    vec![Evidence::new(kind, kept(line), claim(kind, line))]
}

fn claim(kind: EvidenceKind, line: &str) -> Claim {
    if line.contains(".outlook.com ") || line.contains("service is ready. [") {
        return Claim::ExchangeOnline;
    }
    let version = versions(line).next();
    if line.contains("Microsoft Exchange") {
        let server = |it: &SeenBuild| matches!(Numbering::of(it.prefix()), Numbering::Server(_));
        if let Some(seen) = version.filter(server) {
            return Claim::Version(seen);
        }
        if line.contains("Exchange Server 2007") {
            return Claim::Products(ProductRange::only(Product::E2007));
        }
        return Claim::Products(ProductRange::from(Product::E2010));
    }
    if kind == EvidenceKind::SmtpGreeting {
        if line.contains("Microsoft ESMTP MAIL Service") {
            // With a version it is the SMTP service of Windows 2000 or 2003, and the number is its.
            return match version {
                Some(seen) => windows_of_smtp(seen).map_or(Claim::Shown, Claim::Host),
                None => Claim::Products(ProductRange::from(Product::E2007)),
            };
        }
        if line.starts_with("421 4.3.2 Service not available") {
            return Claim::Products(ProductRange::from(Product::E2010));
        }
    }
    match OTHER_MAIL_SERVERS.iter().find(|name| line.contains(**name)) {
        Some(name) => Claim::NotExchange(format!("the greeting is {name}'s")),
        None => Claim::Shown,
    }
}

/// `6.0.3790.4675` is the SMTP service of Windows 2003, `5.0.2195.…` that of Windows 2000.
fn windows_of_smtp(seen: SeenBuild) -> Option<ProductRange> {
    match seen.prefix().third {
        3790 => windows_host(5, 2, 3790),
        2195 => windows_host(5, 0, 2195),
        _ => None,
    }
}

/// Version numbers of four parts in a text.
fn versions(line: &str) -> impl Iterator<Item = SeenBuild> {
    line.split(|c: char| !(c.is_ascii_digit() || c == '.'))
        .map(|word| word.trim_matches('.'))
        .filter(|word| word.split('.').count() == 4)
        .filter_map(|word| word.parse().ok())
}

/// Evidence from the verbs of an EHLO answer (`SIZE 0`, `XRDST`, …), the first line with the host
/// name included or not. Empty for no verbs.
#[must_use]
pub fn ehlo(verbs: &[&str]) -> Vec<Evidence> {
    if verbs.is_empty() {
        return Vec::new();
    }
    let has = |verb: &str| {
        let is_verb =
            |it: &&str| it.split([' ', '=']).next().is_some_and(|v| v.eq_ignore_ascii_case(verb));
        verbs.iter().any(is_verb)
    };
    let is_modern = ["CHUNKING", "8BITMIME", "ENHANCEDSTATUSCODES"].iter().any(|it| has(it));
    let claim = match (has("XEXCH50"), has("XRDST"), has("X-LINK2STATE")) {
        _ if verbs.iter().any(|it| it.contains(".outlook.com ")) => Claim::ExchangeOnline,
        (true, _, true) => Claim::Products(ProductRange::between(Product::E2000, Product::E2003)),
        (true, true, false) => Claim::Products(ProductRange::only(Product::E2010)),
        (true, false, false) if is_modern => Claim::Products(ProductRange::only(Product::E2007)),
        (true, false, false) => Claim::Products(ProductRange::only(Product::E55)),
        (false, true, _) => Claim::Products(ProductRange::from(Product::E2013)),
        (false, false, _) if has("X-ANONYMOUSTLS") || has("X-EXPS") => {
            Claim::Products(ProductRange::from(Product::E2007))
        }
        (false, false, _) => Claim::Shown,
    };
    vec![Evidence::new(EvidenceKind::SmtpEhlo, kept(&verbs.join(", ")), claim)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, want: &str) {
        let got = match greeting(line).pop().map(|it| it.claim) {
            Some(Claim::Version(seen)) => format!("version {seen}"),
            Some(Claim::Products(range)) => format!("products {range}"),
            Some(Claim::Host(range)) => format!("host {range}"),
            Some(other) => format!("{other:?}"),
            None => "none".to_owned(),
        };
        assert_eq!(got, want, "{line}");
    }

    #[test]
    fn greetings_tell_the_product() {
        check("220 a.example Microsoft ESMTP MAIL Service ready at Wed", "products 2007 or later");
        check(
            "220 a Microsoft ESMTP MAIL Service, Version: 6.0.3790.4675 ready",
            "host 2003 to 2007",
        );
        check(
            "220 a ESMTP Server (Microsoft Exchange Internet Mail Service 5.5.2653.13) ready",
            "version 5.5.2653.13",
        );
        check(
            "* OK Der Microsoft Exchange Server 2003 IMAP4rev1-Server, Version 6.5.7638.1 (a), steht",
            "version 6.5.7638.1",
        );
        check("* OK Microsoft Exchange Server 2007 IMAP4 service ready", "products 2007");
        check("* OK The Microsoft Exchange IMAP4 service is ready.", "products 2010 or later");
        check("* OK The Microsoft Exchange IMAP4 service is ready. [TQBO]", "ExchangeOnline");
        check(
            "220 X.mail.protection.outlook.com Microsoft ESMTP MAIL Service ready",
            "ExchangeOnline",
        );
        check("220 mx.example ESMTP Postfix", "NotExchange(\"the greeting is Postfix's\")");
        check("421 4.3.2 Service not available", "products 2010 or later");
        check("hello", "none");
    }

    #[track_caller]
    fn check_ehlo(verbs: &str, want: &str) {
        let verbs: Vec<&str> = verbs.split(',').collect();
        let got = match ehlo(&verbs).pop().map(|it| it.claim) {
            Some(Claim::Products(range)) => range.to_string(),
            other => format!("{other:?}"),
        };
        assert_eq!(got, want, "{verbs:?}");
    }

    #[test]
    fn verbs_tell_the_product() {
        check_ehlo("XEXCH50,HELP,ETRN,DSN,SIZE 0,AUTH=LOGIN", "5.5");
        check_ehlo("X-LINK2STATE,XEXCH50,TURN,8BITMIME", "2000 to 2003");
        check_ehlo("XEXCH50,8BITMIME,CHUNKING", "2007");
        check_ehlo("XEXCH50,XRDST,XSHADOW,CHUNKING", "2010");
        check_ehlo("XRDST,CHUNKING", "2013 or later");
        check_ehlo("PIPELINING,8BITMIME", "Some(Shown)");
    }
}
