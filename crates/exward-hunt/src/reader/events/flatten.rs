//! From the tree that an exporter made of an event to names and texts.

use std::borrow::Cow;

use super::json::Node;

type Text<'a> = Cow<'a, str>;
type Members<'a> = Vec<(Text<'a>, Node<'a>)>;

/// A name and a text. Unnamed values of an event are called `Data`.
pub(super) type Field<'a> = (Text<'a>, Text<'a>);

/// Objects around an event.
const WRAPPERS: [&str; 5] = ["result", "_source", "document", "data", "Event"];

/// Objects whose members are fields by their own names. Members of others get the object's name before theirs.
const BARE: [&str; 10] = [
    "System",
    "EventData",
    "UserData",
    "RenderingInfo",
    "winlog",
    "event_data",
    "user_data",
    "Details",
    "ExtraFieldInfo",
    "AllFieldInfo",
];

/// The fields of an event; `None` if it is no object.
pub(super) fn fields(node: Node<'_>) -> Option<Vec<Field<'_>>> {
    let Node::Object(mut members) = node else { return None };
    while let Some(inner) = unwrapped(&mut members) {
        members = inner;
    }
    let mut fields = Vec::with_capacity(48);
    members.into_iter().for_each(|(name, node)| add(&mut fields, "", name, node));
    Some(fields)
}

/// What stands within a wrapper, if there is one.
fn unwrapped<'a>(members: &mut Members<'a>) -> Option<Members<'a>> {
    let is_wrapper = |(name, node): &(Text<'a>, Node<'a>)| {
        WRAPPERS.contains(&name.as_ref()) && matches!(node, Node::Object(_))
    };
    let at = members.iter().position(is_wrapper)?;
    match members.swap_remove(at).1 {
        Node::Object(inner) => Some(inner),
        Node::Null | Node::Text(_) | Node::List(_) => None,
    }
}

/// Adds what a member says. `prefix` ends with a point, or is empty.
fn add<'a>(fields: &mut Vec<Field<'a>>, prefix: &str, name: Text<'a>, node: Node<'a>) {
    match node {
        Node::Null => {}
        Node::Text(text) if matches!(name.as_ref(), "Details" | "ExtraFieldInfo") => {
            add_listed(fields, name, text);
        }
        Node::Text(text) => fields.push((prefixed(prefix, name), text)),
        Node::List(nodes) => {
            for node in nodes {
                add(fields, prefix, name.clone(), node);
            }
        }
        Node::Object(members) => add_object(fields, prefix, name, members),
    }
}

fn prefixed<'a>(prefix: &str, name: Text<'a>) -> Text<'a> {
    if prefix.is_empty() { name } else { Cow::Owned(format!("{prefix}{name}")) }
}

fn add_object<'a>(
    fields: &mut Vec<Field<'a>>,
    prefix: &str,
    name: Text<'a>,
    mut members: Members<'a>,
) {
    if let Some(Node::Object(attributes)) = Node::take(&mut members, "#attributes") {
        add_attributes(fields, &name, attributes, &mut members);
    }
    // Elements that have attributes only, whose members they are in some exports.
    if matches!(name.as_ref(), "Provider" | "TimeCreated" | "EventID" | "Execution" | "Security") {
        let attributes = std::mem::take(&mut members);
        let (text, attributes): (Members<'_>, _) =
            attributes.into_iter().partition(|(own, _)| matches!(own.as_ref(), "#text" | "Value"));
        text.into_iter().for_each(|(_, node)| add(fields, prefix, name.clone(), node));
        return add_attributes(fields, &name, attributes, &mut members);
    }
    // XML turned to JSON otherwise: `{"@Name": "x", "#text": "y"}`.
    if let Some(Node::Text(own)) = Node::take(&mut members, "@Name") {
        let text = Node::take(&mut members, "#text").unwrap_or(Node::Null);
        return add(fields, "", own, text);
    }
    if let Some(text) = Node::take(&mut members, "#text") {
        add(fields, prefix, name.clone(), text);
    }
    let is_bare = prefix.is_empty() && BARE.contains(&name.as_ref());
    // What an application wrote under UserData is wrapped once more.
    let is_user_data = matches!(name.as_ref(), "UserData" | "user_data");
    let inner = if is_bare { String::new() } else { format!("{prefix}{name}.") };
    for (own, node) in members {
        match node {
            Node::Object(wrapped) if is_user_data => {
                wrapped.into_iter().for_each(|(own, node)| add(fields, "", own, node));
            }
            Node::Null | Node::Text(_) | Node::List(_) | Node::Object(_) => {
                add(fields, &inner, own, node);
            }
        }
    }
}

/// Attributes of an XML element. Names that Sigma rules use have no point.
fn add_attributes<'a>(
    fields: &mut Vec<Field<'a>>,
    element: &str,
    mut attributes: Members<'a>,
    members: &mut Members<'a>,
) {
    // `<Data Name="x">y</Data>`
    if element == "Data"
        && let Some(Node::Text(own)) = Node::take(&mut attributes, "Name")
    {
        let text = Node::take(members, "#text").unwrap_or(Node::Null);
        return add(fields, "", own, text);
    }
    for (name, node) in attributes {
        let name = match (element, name.trim_start_matches('@')) {
            (_, "xmlns") | ("EventID", _) => continue,
            ("Provider", "Name") => Cow::Borrowed("Provider_Name"),
            ("Provider", "Guid") => Cow::Borrowed("ProviderGuid"),
            ("TimeCreated", own) => Cow::Owned(own.to_owned()),
            (_, own) => Cow::Owned(format!("{element}_{own}")),
        };
        add(fields, "", name, node);
    }
}

/// `Cmdline: whoami ¦ Proc: C:\x.exe`, as hayabusa writes it.
fn add_listed<'a>(fields: &mut Vec<Field<'a>>, name: Text<'a>, text: Text<'a>) {
    for part in text.split(" \u{a6} ") {
        if let Some((own, value)) = part.split_once(": ") {
            fields.push((Cow::Owned(own.trim().to_owned()), Cow::Owned(value.to_owned())));
        }
    }
    fields.push((name, text));
}
