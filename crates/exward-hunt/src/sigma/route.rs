//! Which records a rule is shown, from its `logsource`.
//!
//! Sources: "Sigma log sources" and the Windows taxonomy of the Sigma specification (which category is
//! which event of Sysmon).

use crate::sigma::LogSource;
use crate::{Channel, Fields, Source, Values};

/// Categories that are certain events of Sysmon, by their `EventID`.
const SYSMON: [(&str, &[u32]); 26] = [
    ("process_creation", &[1]),
    ("file_change", &[2]),
    ("network_connection", &[3]),
    ("sysmon_status", &[4, 16]),
    ("process_termination", &[5]),
    ("driver_load", &[6]),
    ("image_load", &[7]),
    ("create_remote_thread", &[8]),
    ("raw_access_thread", &[9]),
    ("process_access", &[10]),
    ("file_event", &[11]),
    ("registry_add", &[12]),
    ("registry_delete", &[12]),
    ("registry_set", &[13]),
    ("registry_rename", &[14]),
    ("registry_event", &[12, 13, 14]),
    ("create_stream_hash", &[15]),
    ("pipe_created", &[17, 18]),
    ("wmi_event", &[19, 20, 21]),
    ("dns_query", &[22]),
    ("file_delete", &[23, 26]),
    ("clipboard_capture", &[24]),
    ("process_tampering", &[25]),
    ("file_block_executable", &[27]),
    ("file_executable_detected", &[29]),
    ("sysmon_error", &[255]),
];

/// Categories of the PowerShell channels.
const POWERSHELL: [(&str, &[u32]); 5] = [
    ("ps_module", &[4103]),
    ("ps_script", &[4104]),
    ("ps_classic_start", &[400]),
    ("ps_classic_provider_start", &[600]),
    ("ps_classic_script", &[800]),
];

/// Services of Windows, by their channel.
const CHANNELS: [(&str, Source); 8] = [
    ("msexchange-management", Source::Events(Channel::MsExchangeManagement)),
    ("application", Source::Events(Channel::Application)),
    ("security", Source::Events(Channel::Security)),
    ("system", Source::Events(Channel::System)),
    ("iis-configuration", Source::Events(Channel::IisConfiguration)),
    ("sysmon", Source::Events(Channel::Sysmon)),
    ("powershell", Source::Events(Channel::PowerShell)),
    ("powershell-classic", Source::Events(Channel::PowerShell)),
];

/// Services of Exchange, by their log.
const EXCHANGE: [(&str, Source); 10] = [
    ("httpproxy", Source::HttpProxy),
    ("ecp-server", Source::EcpServer),
    ("ecp-activity", Source::EcpActivity),
    ("cmdlet", Source::Cmdlet),
    ("rps-http", Source::RpsHttp),
    ("ews", Source::Ews),
    ("oab-generator", Source::OabGenerator),
    ("audit", Source::Audit),
    ("config", Source::Config),
    ("other", Source::ExchangeOther),
];

/// Categories of which Windows itself also tells.
const SECURITY: [(&str, &[u32]); 1] = [("process_creation", &[4688])];

/// Where a rule's records stand.
#[derive(Clone, Copy)]
enum Route {
    /// In this log.
    One(Source),
    /// In either of these logs.
    Either(Source, Source),
    /// In every log of Exchange.
    AnyExchange,
    /// In every event log.
    AnyEvents,
    /// In no log that is read.
    Nowhere,
}

impl LogSource {
    /// Whether records of this source are of the kind that the rule is written for.
    #[must_use]
    pub fn covers(&self, source: Source) -> bool {
        match self.route() {
            Route::One(it) => source == it,
            Route::Either(one, other) => source == one || source == other,
            Route::AnyExchange => EXCHANGE.iter().any(|(_, it)| source == *it),
            Route::AnyEvents => matches!(source, Source::Events(_)),
            Route::Nowhere => false,
        }
    }

    /// Why no log that a hunt reads is of this kind; `None` if one is.
    #[must_use]
    pub fn unserved(&self) -> Option<String> {
        if !matches!(self.route(), Route::Nowhere) {
            return None;
        }
        let parts =
            [("category", &self.category), ("product", &self.product), ("service", &self.service)];
        let named =
            |(what, it): (&str, &Option<String>)| it.as_ref().map(|it| format!("{what} {it}"));
        let parts: Vec<String> = parts.into_iter().filter_map(named).collect();
        Some(match parts.as_slice() {
            [] => "the rule names no log source".to_owned(),
            parts => format!("no log that exward reads is of {}", parts.join(", ")),
        })
    }

    /// Whether the rule may be tested on this record: its source is covered and, where a category
    /// stands for certain events, the record's `EventID` is one of them. A record without that field
    /// (or of which it is not known yet) is not kept from the rule.
    #[must_use]
    pub fn routes(&self, source: Source, record: &dyn Fields) -> bool {
        if !self.covers(source) {
            return false;
        }
        let wanted = self.event_ids(source);
        if wanted.is_empty() {
            return true;
        }
        match record.values("EventID") {
            Values::Absent | Values::Unknown => true,
            Values::These(all) => all
                .iter()
                .filter_map(|it| it.trim().parse::<u32>().ok())
                .any(|id| wanted.contains(&id)),
        }
    }

    /// The event numbers that the category stands for in this source; empty for all.
    fn event_ids(&self, source: Source) -> &'static [u32] {
        let category = self.category.as_deref().unwrap_or_default();
        let Source::Events(channel) = source else { return &[] };
        let ids = match channel {
            Channel::Sysmon => named(&SYSMON, category),
            Channel::PowerShell => named(&POWERSHELL, category),
            Channel::Security => named(&SECURITY, category),
            Channel::MsExchangeManagement
            | Channel::Application
            | Channel::System
            | Channel::IisConfiguration
            | Channel::Other => None,
        };
        ids.unwrap_or(&[])
    }

    fn route(&self) -> Route {
        if let Some(category) = self.category.as_deref() {
            return self.of_category(category);
        }
        let is =
            |part: &Option<String>, name: &str| part.as_deref().is_some_and(|it| same(it, name));
        if is(&self.product, "windows") {
            return of_service(&CHANNELS, self.service.as_deref(), Route::AnyEvents);
        }
        if is(&self.product, "exchange") {
            return of_service(&EXCHANGE, self.service.as_deref(), Route::AnyExchange);
        }
        let iis = is(&self.product, "iis") || self.product.is_none() && is(&self.service, "iis");
        if iis { Route::One(Source::Iis) } else { Route::Nowhere }
    }

    fn of_category(&self, category: &str) -> Route {
        if same(category, "webserver") {
            return self.of_webserver();
        }
        if !self.product.as_deref().is_none_or(|it| same(it, "windows")) {
            return Route::Nowhere;
        }
        let sysmon = Source::Events(Channel::Sysmon);
        if named(&SECURITY, category).is_some() {
            return Route::Either(sysmon, Source::Events(Channel::Security));
        }
        if named(&SYSMON, category).is_some() {
            return Route::One(sysmon);
        }
        let powershell = named(&POWERSHELL, category).is_some();
        if powershell { Route::One(Source::Events(Channel::PowerShell)) } else { Route::Nowhere }
    }

    fn of_webserver(&self) -> Route {
        let (mut iis, mut proxy) = (true, true);
        for it in [&self.product, &self.service].into_iter().flatten() {
            if same(it, "iis") {
                proxy = false;
            } else if same(it, "httpproxy") {
                iis = false;
            } else if !same(it, "exchange") && !same(it, "windows") {
                return Route::Nowhere;
            }
        }
        match (iis, proxy) {
            (true, true) => Route::Either(Source::Iis, Source::HttpProxy),
            (true, false) => Route::One(Source::Iis),
            (false, true) => Route::One(Source::HttpProxy),
            (false, false) => Route::Nowhere,
        }
    }
}

fn same(left: &str, right: &str) -> bool {
    left.eq_ignore_ascii_case(right)
}

fn named(table: &[(&str, &'static [u32])], category: &str) -> Option<&'static [u32]> {
    table.iter().find(|(name, _)| same(name, category)).map(|(_, ids)| *ids)
}

fn of_service(table: &[(&str, Source)], service: Option<&str>, any: Route) -> Route {
    let Some(service) = service else { return any };
    let found = table.iter().find(|(name, _)| same(name, service));
    found.map_or(Route::Nowhere, |(_, source)| Route::One(*source))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SOURCES;

    /// `category/product/service`, `-` for none.
    fn source(text: &str) -> LogSource {
        let mut parts = text.split('/').map(|it| (it != "-").then(|| it.to_owned()));
        let mut next = || parts.next().flatten();
        LogSource { category: next(), product: next(), service: next() }
    }

    #[track_caller]
    fn check(text: &str, want: &str) {
        let log_source = source(text);
        let covered: Vec<&str> =
            SOURCES.into_iter().filter(|it| log_source.covers(*it)).map(Source::name).collect();
        let got = log_source.unserved().unwrap_or_else(|| covered.join(" "));
        assert_eq!(got, want, "log source `{text}`");
        assert_eq!(log_source.unserved().is_some(), covered.is_empty());
    }

    #[test]
    fn a_log_source_names_the_logs_it_is_for() {
        check("webserver/-/-", "iis httpproxy");
        check("WebServer/windows/-", "iis httpproxy");
        check("webserver/-/iis", "iis");
        check("webserver/exchange/httpproxy", "httpproxy");
        check(
            "webserver/-/apache",
            "no log that exward reads is of category webserver, service apache",
        );
        check("-/exchange/ecp-server", "ecp-server");
        check("-/exchange/config", "config");
        check("-/exchange/x", "no log that exward reads is of product exchange, service x");
        check("-/windows/msexchange-management", "events-msexchange-management");
        check("-/windows/iis-configuration", "events-iis-configuration");
        check("-/windows/powershell-classic", "events-powershell");
        check("process_creation/windows/-", "events-security events-sysmon");
        check("file_event/windows/-", "events-sysmon");
        check(
            "process_creation/linux/-",
            "no log that exward reads is of category process_creation, product linux",
        );
        check("proxy/-/-", "no log that exward reads is of category proxy");
        check("-/-/-", "the rule names no log source");
    }

    struct Event(Values<'static>);

    impl Fields for Event {
        fn values(&self, field: &str) -> Values<'_> {
            if field == "EventID" { self.0.clone() } else { Values::Absent }
        }

        fn words(&self) -> Values<'_> {
            Values::Absent
        }
    }

    #[track_caller]
    fn check_event(text: &str, channel: Channel, id: Values<'static>, want: bool) {
        let got = source(text).routes(Source::Events(channel), &Event(id.clone()));
        assert_eq!(got, want, "{text} {channel:?} {id:?}");
    }

    #[test]
    fn a_category_stands_for_certain_events() {
        check_event("process_creation/windows/-", Channel::Sysmon, Values::one("1"), true);
        check_event("process_creation/windows/-", Channel::Sysmon, Values::one("3"), false);
        check_event("process_creation/windows/-", Channel::Security, Values::one("4688"), true);
        check_event("process_creation/windows/-", Channel::Security, Values::one("1"), false);
        check_event("process_creation/windows/-", Channel::Security, Values::Absent, true);
        check_event("registry_event/windows/-", Channel::Sysmon, Values::one("13"), true);
        check_event("network_connection/windows/-", Channel::Sysmon, Values::one("11"), false);
        check_event("-/windows/sysmon", Channel::Sysmon, Values::one("11"), true);
    }
}
