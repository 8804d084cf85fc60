//! The voice of each Exchange version over SMTP, IMAP and POP, and of other mail servers.
//!
//! # Invariants
//! * **M1 nothing is taken.** There is no mail, no account and no logon here: a command is answered
//!   with what a server says to a stranger, or refused.
//!
//! Source: fingerprint research, methods 10 and 11 and "EHLO discriminator"; recorded greetings.

use exward_core::product::Product;

use crate::behaviour::Behaviour;
use crate::estate::{Face, Service};

/// What follows after a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailThen {
    /// Wait for the next command.
    Continue,
    /// Begin TLS.
    StartTls,
    /// Close.
    Close,
}

/// The first line, with its line break.
#[must_use]
pub fn greeting(face: &Face) -> String {
    let name = &face.name;
    let product = product(face);
    let is_2007 = product == Some(Product::E2007);
    match (face.service, product, face.behaviour) {
        (Service::Smtp, None, Behaviour::ExchangeOnline) => {
            "220 LABEUR05.mail.protection.outlook.com Microsoft ESMTP MAIL Service ready at Tue, 24 \
             Nov 2026 08:00:00 +0000\r\n"
                .to_owned()
        }
        (Service::Imap, None, Behaviour::ExchangeOnline) => {
            "* OK The Microsoft Exchange IMAP4 service is ready. [TABBAEIA]\r\n".to_owned()
        }
        (Service::Pop, None, Behaviour::ExchangeOnline) => {
            "+OK The Microsoft Exchange POP3 service is ready. [TABBAEIA]\r\n".to_owned()
        }
        (Service::Smtp | Service::Https, None, _) => format!("220 {name} ESMTP Postfix\r\n"),
        (Service::Imap, None, _) => "* OK Dovecot ready (simulated).\r\n".to_owned(),
        (Service::Pop, None, _) => "+OK Dovecot ready (simulated).\r\n".to_owned(),
        (Service::Smtp | Service::Https, Some(_), _) => format!(
            "220 {name} Microsoft ESMTP MAIL Service ready at Tue, 24 Nov 2026 08:00:00 +0000\r\n"
        ),
        (Service::Imap, Some(_), _) if is_2007 => {
            "* OK Microsoft Exchange Server 2007 IMAP4 service ready\r\n".to_owned()
        }
        (Service::Pop, Some(_), _) if is_2007 => {
            "+OK Microsoft Exchange Server 2007 POP3 service ready\r\n".to_owned()
        }
        (Service::Imap, Some(_), _) => {
            "* OK The Microsoft Exchange IMAP4 service is ready.\r\n".to_owned()
        }
        (Service::Pop, Some(_), _) => {
            "+OK The Microsoft Exchange POP3 service is ready.\r\n".to_owned()
        }
    }
}

/// The reply to one command, given without its line break. `encrypted`: TLS has begun.
#[must_use]
pub fn reply(face: &Face, command: &str, encrypted: bool) -> (String, MailThen) {
    match face.service {
        Service::Smtp | Service::Https => smtp(face, command, encrypted),
        Service::Imap => imap(command, encrypted),
        Service::Pop => pop(command, encrypted),
    }
}

fn product(face: &Face) -> Option<Product> {
    face.servers.first().map(|it| it.product)
}

fn verb(command: &str) -> String {
    command.split(' ').next().unwrap_or_default().to_ascii_uppercase()
}

fn smtp(face: &Face, command: &str, encrypted: bool) -> (String, MailThen) {
    let text = |it: &str| (it.to_owned(), MailThen::Continue);
    match verb(command).as_str() {
        "EHLO" => (ehlo(face, encrypted), MailThen::Continue),
        "HELO" => (format!("250 {} Hello\r\n", face.name), MailThen::Continue),
        "STARTTLS" if !encrypted => {
            ("220 2.0.0 SMTP server ready\r\n".to_owned(), MailThen::StartTls)
        }
        "NOOP" | "RSET" => text("250 2.0.0 OK\r\n"),
        "QUIT" => {
            ("221 2.0.0 Service closing transmission channel\r\n".to_owned(), MailThen::Close)
        }
        "AUTH" | "X-EXPS" => text("535 5.7.3 Authentication unsuccessful\r\n"),
        "MAIL" | "RCPT" | "DATA" => text("530 5.7.1 Client was not authenticated\r\n"),
        _ => text("500 5.3.3 Unrecognized command\r\n"),
    }
}

/// The verbs tell the product apart.
fn ehlo(face: &Face, encrypted: bool) -> String {
    let first = format!("{} Hello [127.0.0.1]", face.name);
    let mut verbs =
        vec![first.as_str(), "SIZE 37748736", "PIPELINING", "DSN", "ENHANCEDSTATUSCODES"];
    if !encrypted {
        verbs.push("STARTTLS");
    }
    let own: &[&str] = match product(face) {
        None => &["8BITMIME", "CHUNKING"],
        Some(product) => {
            verbs.extend(["X-ANONYMOUSTLS", "AUTH NTLM", "X-EXPS GSSAPI NTLM"]);
            verbs.extend(["8BITMIME", "BINARYMIME", "CHUNKING"]);
            match product {
                Product::E55 | Product::E2000 | Product::E2003 | Product::E2007 => &["XEXCH50"],
                Product::E2010 => &["XEXCH50", "XRDST", "XSHADOW"],
                Product::E2013 | Product::E2016 => &["XRDST"],
                Product::E2019 | Product::Se => &["SMTPUTF8", "XRDST"],
            }
        }
    };
    verbs.extend(own);
    let last = verbs.len().saturating_sub(1);
    let line =
        |(at, verb): (usize, &&str)| format!("250{}{verb}\r\n", if at == last { ' ' } else { '-' });
    verbs.iter().enumerate().map(line).collect()
}

fn imap(command: &str, encrypted: bool) -> (String, MailThen) {
    let mut words = command.split(' ');
    let tag = words.next().filter(|it| !it.is_empty()).unwrap_or("*");
    let verb = words.next().unwrap_or_default().to_ascii_uppercase();
    let done = |text: String| (text, MailThen::Continue);
    match verb.as_str() {
        "CAPABILITY" => {
            let more = if encrypted { "AUTH=NTLM" } else { "LOGINDISABLED STARTTLS" };
            done(format!(
                "* CAPABILITY IMAP4 IMAP4rev1 {more} IDLE NAMESPACE\r\n{tag} OK CAPABILITY completed.\r\n"
            ))
        }
        "NOOP" => done(format!("{tag} OK NOOP completed.\r\n")),
        "STARTTLS" if !encrypted => {
            (format!("{tag} OK Begin TLS negotiation now.\r\n"), MailThen::StartTls)
        }
        "LOGOUT" => {
            let bye = "* BYE Microsoft Exchange Server IMAP4 server signing off.";
            (format!("{bye}\r\n{tag} OK LOGOUT completed.\r\n"), MailThen::Close)
        }
        "LOGIN" | "AUTHENTICATE" => done(format!("{tag} NO LOGIN failed.\r\n")),
        _ => done(format!("{tag} BAD Command Error. 10\r\n")),
    }
}

fn pop(command: &str, encrypted: bool) -> (String, MailThen) {
    let text = |it: &str| (it.to_owned(), MailThen::Continue);
    match verb(command).as_str() {
        "CAPA" if encrypted => text("+OK\r\nTOP\r\nUIDL\r\nSASL NTLM\r\n.\r\n"),
        "CAPA" => text("+OK\r\nTOP\r\nUIDL\r\nSTLS\r\n.\r\n"),
        "STLS" if !encrypted => ("+OK Begin TLS negotiation.\r\n".to_owned(), MailThen::StartTls),
        "QUIT" => {
            let bye = "+OK Microsoft Exchange Server POP3 server signing off.\r\n";
            (bye.to_owned(), MailThen::Close)
        }
        "USER" | "PASS" | "AUTH" => text("-ERR Logon failure\r\n"),
        _ => text("-ERR Protocol error. 14\r\n"),
    }
}
