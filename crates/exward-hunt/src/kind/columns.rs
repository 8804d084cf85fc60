//! Which log of Exchange it is, by its `#Log-type:` or by its columns.

use super::Kind;
use crate::Source;

/// Log types as Exchange writes them, in lower case; the first that stands in the value.
const LOG_TYPES: [(&str, Source); 8] = [
    ("httpproxy", Source::HttpProxy),
    ("ecp server", Source::EcpServer),
    ("ecp activity", Source::EcpActivity),
    ("rps cmdlet", Source::Cmdlet),
    ("cmdlet", Source::Cmdlet),
    ("rps http", Source::RpsHttp),
    ("ews", Source::Ews),
    ("audit", Source::Audit),
];

/// The source that a `#Log-type:` value names; `None` if it is another log.
pub(super) fn of_log_type(value: &str) -> Option<Source> {
    let value = value.to_ascii_lowercase();
    LOG_TYPES.iter().find(|(words, _)| value.contains(words)).map(|(_, source)| *source)
}

/// Columns that tell a log, in lower case: the first row of which every one is there.
const BY_COLUMNS: [(&[&str], Source); 14] = [
    (&["cmdlet", "parameters"], Source::Cmdlet),
    (&["cmdletuniqueid"], Source::Cmdlet),
    (&["soapaction"], Source::Ews),
    (&["impersonateduser"], Source::Ews),
    (&["anchormailbox"], Source::HttpProxy),
    (&["routinghint"], Source::HttpProxy),
    (&["backendcookie"], Source::HttpProxy),
    (&["clientinfo", "httpstatus"], Source::RpsHttp),
    (&["urlstem"], Source::HttpProxy),
    (&["urlpath"], Source::HttpProxy),
    (&["recordtype", "data"], Source::Audit),
    (&["eventdata"], Source::EcpServer),
    (&["message-id"], Source::ExchangeOther),
    (&["sessionid", "remoteendpoint"], Source::ExchangeOther),
];

/// The source that a header line tells, if its columns are those of a known log.
pub(super) fn source(header: &str) -> Option<Source> {
    let names: Vec<String> = header
        .split(',')
        .map(|name| name.trim_matches([' ', '"', '\r', '\t']).to_ascii_lowercase())
        .collect();
    let has = |wanted: &&str| names.iter().any(|name| name == wanted);
    BY_COLUMNS.iter().find(|(all, _)| all.iter().all(has)).map(|(_, source)| *source)
}

/// The source that a header line without `#Fields:` tells.
pub(super) fn of_plain_header(line: &str) -> Option<Source> {
    crate::reader::is_plain_header(line).then(|| source(line)).flatten()
}

/// Beginnings of names, in lower case. Exchange puts the protocol before some of them.
const LOG_NAMES: [(&str, Kind); 6] = [
    ("httpproxy_", Kind::Exchange(Source::HttpProxy)),
    ("ecpserver", Kind::Exchange(Source::EcpServer)),
    ("ecpactivity_", Kind::Exchange(Source::EcpActivity)),
    ("rps_cmdlet_", Kind::Exchange(Source::Cmdlet)),
    ("rps_http_", Kind::Exchange(Source::RpsHttp)),
    ("u_ex", Kind::W3c),
];

/// The log that a file has the name of; its text tells nothing.
pub(super) fn of_log_name(name: &str) -> Option<Kind> {
    let begins = |start: &&(&str, Kind)| {
        name.strip_prefix(start.0).is_some_and(|it| it.starts_with(|it: char| it.is_ascii_digit()))
    };
    LOG_NAMES.iter().find(begins).map(|(_, kind)| *kind)
}
