//! One Windows event.

use std::borrow::Cow;

use jiff::Timestamp;

use super::flatten::{self, Field};
use super::json::Node;
use super::names;
use crate::reader::{cmdlet, web};
use crate::{Channel, Fields, Record, Source, Values};

/// One event, with its fields in the order of the log.
pub(super) struct Event<'a> {
    fields: Vec<Field<'a>>,
    /// As it stood in a line of its own.
    line: Option<&'a [u8]>,
    /// Place of the number: what nearly every rule asks first.
    id: Option<usize>,
    channel: Channel,
    at: Option<Timestamp>,
}

impl<'a> Event<'a> {
    /// From one JSON object on a line of its own, which is what a person is shown of it.
    pub(super) fn from_line(line: &'a [u8]) -> Result<Self, String> {
        Ok(Self { line: Some(line), ..Self::from_json(line)? })
    }

    /// From one JSON object that nobody has seen.
    pub(super) fn from_json(json: &'a [u8]) -> Result<Self, String> {
        let node: Node<'a> = serde_json::from_slice(json).map_err(|it| format!("no JSON: {it}"))?;
        Self::from_node(node)
    }

    /// With this time, if it has none of its own.
    pub(super) fn or_at(self, at: Timestamp) -> Self {
        Self { at: self.at.or(Some(at)), ..self }
    }

    pub(super) fn from_node(node: Node<'a>) -> Result<Self, String> {
        let fields = flatten::fields(node).ok_or("no JSON object")?;
        let mut event = Self { fields, line: None, id: None, channel: Channel::Other, at: None };
        event.id = event.place("EventID");
        let name = event.value("Channel");
        if event.id.is_none() && name.is_none() {
            return Err("no event: it has neither EventID nor Channel".to_owned());
        }
        let long = name.map(|name| names::long_channel(name).unwrap_or(name));
        event.channel = long.map_or(Channel::Other, Channel::of);
        let times = names::TIMES.iter().filter_map(|name| event.own(name));
        event.at = times.map(str::as_bytes).find_map(names::moment);
        Ok(event)
    }

    /// Under exactly this name.
    fn own(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(own, _)| own == name).map(|(_, text)| text.as_ref())
    }

    /// Under this name or one that means the same.
    fn place(&self, field: &str) -> Option<usize> {
        let own =
            |field: &str| self.fields.iter().position(|(name, _)| name.eq_ignore_ascii_case(field));
        own(field).or_else(|| names::others(field).find_map(own))
    }

    fn value(&self, field: &str) -> Option<&str> {
        self.fields.get(self.place(field)?).map(|(_, text)| text.as_ref())
    }

    /// A value that says something.
    fn filled(&self, field: &str) -> Option<&str> {
        self.value(field).filter(|text| !matches!(text.trim(), "" | "-"))
    }

    /// Values that the event's provider gave no names.
    fn unnamed(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().filter(|(name, _)| name == "Data").map(|(_, text)| text.as_ref())
    }

    /// Cmdlet and parameters of an MSExchange Management event.
    fn command(&self) -> Option<(&str, &str)> {
        if self.channel != Channel::MsExchangeManagement {
            return None;
        }
        let mut unnamed = self.unnamed();
        match unnamed.next().filter(|first| cmdlet::is_cmdlet(first)) {
            Some(name) => Some((name, unnamed.next().unwrap_or_default())),
            None => cmdlet::of_message(self.value("Message")?),
        }
    }

    /// The message that Exchange makes of unnamed values, and that a file does not hold. The spelling is
    /// Exchange's.
    fn sentence(&self) -> Option<String> {
        let how = match self.value("EventID")? {
            "1" => "Cmdlet suceeded. ",
            "6" => "Cmdlet failed. ",
            _ => "",
        };
        self.unnamed().next()?;
        let (name, parameters) = self.command()?;
        Some(format!("{how}{}.", cmdlet::sentence(name, parameters)))
    }

    /// What a rule means by `Data`: each unnamed value, all of them, and the message they make.
    fn data(&self) -> Values<'_> {
        let mut all: Vec<Cow<'_, str>> = self.unnamed().map(Cow::Borrowed).collect();
        if all.len() > 1 {
            all.push(Cow::Owned(self.unnamed().collect::<Vec<_>>().join(" ")));
        }
        all.extend(self.sentence().map(Cow::Owned));
        if self.channel == Channel::MsExchangeManagement {
            all.extend(self.value("Message").map(Cow::Borrowed));
        }
        if all.is_empty() { Values::Absent } else { Values::These(all) }
    }

    fn named(&self, field: &str) -> Values<'_> {
        let own = |field: &str| {
            let is_field = |it: &&Field<'_>| it.0.eq_ignore_ascii_case(field);
            let texts = self.fields.iter().filter(is_field).map(|it| Cow::Borrowed(it.1.as_ref()));
            let texts: Vec<Cow<'_, str>> = texts.collect();
            (!texts.is_empty()).then_some(texts)
        };
        own(field)
            .or_else(|| names::others(field).find_map(own))
            .map_or(Values::Absent, Values::These)
    }
}

impl Fields for Event<'_> {
    fn values(&self, field: &str) -> Values<'_> {
        if field.eq_ignore_ascii_case("EventID") {
            let text = self.id.and_then(|id| self.fields.get(id));
            return text.map_or(Values::Absent, |(_, text)| Values::one(text));
        }
        if field.eq_ignore_ascii_case("Data") {
            return self.data();
        }
        let mut values = self.named(field);
        // A file holds no messages; what a rule looks for in one stands in the values that make it.
        if values == Values::Absent && field.eq_ignore_ascii_case("Message") {
            return self.data();
        }
        if field.eq_ignore_ascii_case("Channel")
            && let Values::These(texts) = &mut values
        {
            let long = texts.first().and_then(|name| names::long_channel(name));
            texts.extend(long.map(Cow::Borrowed));
        }
        values
    }

    fn words(&self) -> Values<'_> {
        let mut words: Vec<Cow<'_, str>> =
            self.fields.iter().map(|(_, text)| Cow::Borrowed(text.as_ref())).collect();
        if self.unnamed().nth(1).is_some() {
            words.push(Cow::Owned(self.unnamed().collect::<Vec<_>>().join(" ")));
        }
        words.extend(self.sentence().map(Cow::Owned));
        Values::These(words)
    }
}

/// What every event has and no person looks for.
const QUIET: [&str; 12] = [
    "ProviderGuid",
    "Version",
    "Level",
    "Task",
    "Opcode",
    "Keywords",
    "EventRecordID",
    "Execution_ProcessID",
    "Execution_ThreadID",
    "Security_UserID",
    "Correlation_ActivityID",
    "SystemTime",
];

/// Where the address of the one who acted may stand.
const ACTORS: [&str; 5] = ["IpAddress", "SourceAddress", "ClientAddress", "ClientIP", "source.ip"];

/// Where the account that acted may stand.
const USERS: [&str; 4] = ["SubjectUserName", "User", "UserName", "user.name"];

/// Where the file that it is about may stand.
const PATHS: [&str; 4] = ["TargetFilename", "RelativeTargetName", "ObjectName", "TgtFile"];

impl Record for Event<'_> {
    fn source(&self) -> Source {
        Source::Events(self.channel)
    }

    fn at(&self) -> Option<Timestamp> {
        self.at
    }

    fn actor(&self) -> Option<Cow<'_, str>> {
        let text = ACTORS.iter().find_map(|name| self.filled(name))?;
        web::address(text).map(|it| Cow::Owned(it.to_canonical().to_string()))
    }

    fn user(&self) -> Option<Cow<'_, str>> {
        // The account that logs on is the one that acts.
        let logon = matches!(self.value("EventID"), Some("4624" | "4625" | "4776"));
        let target = if logon { self.filled("TargetUserName") } else { None };
        let caller = || self.command().and_then(|_| self.unnamed().nth(2));
        let user = target.or_else(|| USERS.iter().find_map(|name| self.filled(name)));
        user.or_else(caller).filter(|it| !it.is_empty()).map(Cow::Borrowed)
    }

    fn server(&self) -> Option<Cow<'_, str>> {
        self.filled("Computer").map(Cow::Borrowed)
    }

    fn path(&self) -> Option<Cow<'_, str>> {
        let file = || cmdlet::file(self.command()?.1);
        PATHS.iter().find_map(|name| self.filled(name)).or_else(file).map(Cow::Borrowed)
    }

    fn cmdlet(&self) -> Option<Cow<'_, str>> {
        self.command().map(|(name, _)| Cow::Borrowed(name))
    }

    fn text(&self) -> Cow<'_, str> {
        if let Some(line) = self.line {
            return String::from_utf8_lossy(line);
        }
        let told = self.fields.iter().filter(|(name, text)| {
            !text.is_empty() && !name.starts_with("#attributes") && !QUIET.contains(&name.as_ref())
        });
        let pairs = told.map(|(name, text)| format!("{name}: {text}"));
        Cow::Owned(pairs.collect::<Vec<_>>().join(", ").replace(['\r', '\n'], " "))
    }
}
