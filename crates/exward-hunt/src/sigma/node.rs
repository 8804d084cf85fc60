//! What a rule asks of a record, and the answer.
//!
//! Three-valued (Kleene): what is not known yet neither holds nor fails, unless the rest decides.

use std::borrow::Cow;

use ipnet::IpNet;
use regex::Regex;

use super::pattern::{Texts, within};
use super::terms::Tri;
use super::time::TimePart;
use crate::{Fields, Values};

/// A condition.
#[derive(Debug)]
pub(super) enum Node {
    /// At least so many of these hold: 1 is OR, all of them is AND.
    AtLeast(usize, Vec<Self>),
    /// This does not hold.
    Not(Box<Self>),
    /// The selection with this number.
    Selection(usize),
    /// Something is looked at in the record.
    Leaf(Place, Test),
}

/// Where a leaf looks.
#[derive(Debug)]
pub(super) enum Place {
    /// The field with this name.
    Field(String),
    /// Everywhere.
    Words,
}

/// What a leaf looks for. All but [`Test::Exists`] fail if there is no value.
#[derive(Debug)]
pub(super) enum Test {
    /// One of these texts.
    Texts(Texts),
    /// A match of the expression anywhere.
    Regex(Regex),
    /// An address within the network.
    Cidr(IpNet),
    /// A number that compares so.
    Number(Compare, f64),
    /// That the field is there, or is not.
    Exists(bool),
    /// The value of another field.
    SameAs(FieldRef),
    /// A time, a part of which is this number.
    Time(TimePart, i64),
}

/// How a number compares with that of the rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compare {
    /// `<`
    Less,
    /// `<=`
    LessOrSame,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrSame,
}

/// Another field whose value is to be found in this one.
#[derive(Debug)]
pub(super) struct FieldRef {
    /// Its name.
    pub(super) field: String,
    /// Anything may stand before it.
    pub(super) before: bool,
    /// Anything may stand after it.
    pub(super) after: bool,
    /// Compared as it stands.
    pub(super) cased: bool,
}

impl Tri {
    fn of(holds: bool) -> Self {
        if holds { Self::True } else { Self::False }
    }
}

impl Node {
    /// One of them holds.
    pub(super) fn any(mut nodes: Vec<Self>) -> Self {
        if nodes.len() == 1
            && let Some(only) = nodes.pop()
        {
            return only;
        }
        Self::AtLeast(1, nodes)
    }

    /// All of them hold.
    pub(super) fn all(mut nodes: Vec<Self>) -> Self {
        if nodes.len() == 1
            && let Some(only) = nodes.pop()
        {
            return only;
        }
        Self::AtLeast(nodes.len(), nodes)
    }

    /// The selections it asks for.
    pub(super) fn selections(&self) -> Vec<usize> {
        match self {
            Self::Selection(it) => vec![*it],
            Self::Leaf(..) => Vec::new(),
            Self::Not(it) => it.selections(),
            Self::AtLeast(_, nodes) => nodes.iter().flat_map(Self::selections).collect(),
        }
    }

    /// Puts what is quick to test before what is slow, which changes no answer: most records fail at the first.
    pub(super) fn cheapest_first(&mut self, selections: &[u32]) {
        if let Self::AtLeast(_, nodes) = self {
            nodes.iter_mut().for_each(|it| it.cheapest_first(selections));
            nodes.sort_by_key(|it| it.effort(selections));
        }
    }

    /// What a test costs, in no unit. `selections` are the costs of those that [`Node::Selection`] counts.
    pub(super) fn effort(&self, selections: &[u32]) -> u32 {
        match self {
            Self::Selection(index) => selections.get(*index).copied().unwrap_or(0),
            Self::Not(inner) => inner.effort(selections),
            Self::AtLeast(_, nodes) => {
                nodes.iter().fold(1, |sum, it| it.effort(selections).saturating_add(sum))
            }
            Self::Leaf(place, test) => {
                // Of addresses every decoded form is looked at.
                let forms = match place {
                    Place::Words => 8,
                    Place::Field(name) if name.to_ascii_lowercase().contains("uri") => 4,
                    Place::Field(_) => 1,
                };
                let each = if matches!(test, Test::Regex(_)) { 8 } else { 1 };
                u32::saturating_mul(forms, each)
            }
        }
    }

    /// Whether it holds. `selections` are those that [`Node::Selection`] counts.
    pub(super) fn test(&self, record: &dyn Fields, selections: &[Self]) -> Tri {
        match self {
            Self::Leaf(place, test) => test.on(place, record),
            Self::Selection(index) => {
                selections.get(*index).map_or(Tri::False, |it| it.test(record, selections))
            }
            Self::Not(inner) => match inner.test(record, selections) {
                Tri::True => Tri::False,
                Tri::Unknown => Tri::Unknown,
                Tri::False => Tri::True,
            },
            Self::AtLeast(wanted, nodes) => at_least(*wanted, nodes, record, selections),
        }
    }
}

fn at_least(wanted: usize, nodes: &[Node], record: &dyn Fields, selections: &[Node]) -> Tri {
    let (mut held, mut possible) = (0_usize, nodes.len());
    for node in nodes {
        match node.test(record, selections) {
            Tri::True => held = held.saturating_add(1),
            Tri::Unknown => {}
            Tri::False => possible = possible.saturating_sub(1),
        }
        if held >= wanted {
            return Tri::True;
        }
        if possible < wanted {
            return Tri::False;
        }
    }
    Tri::Unknown
}

impl Test {
    fn on(&self, place: &Place, record: &dyn Fields) -> Tri {
        let values = match place {
            Place::Field(name) => record.values(name),
            Place::Words => record.words(),
        };
        match (self, values) {
            (_, Values::Unknown) => Tri::Unknown,
            (Self::Exists(wanted), values) => Tri::of(*wanted == (values != Values::Absent)),
            (_, Values::Absent) => Tri::False,
            (Self::SameAs(other), Values::These(all)) => other.within(&all, record),
            (_, Values::These(all)) => Tri::of(all.iter().any(|it| self.holds(it))),
        }
    }

    fn holds(&self, value: &str) -> bool {
        match self {
            Self::Texts(texts) => texts.holds(value),
            Self::Regex(regex) => regex.is_match(value),
            Self::Cidr(net) => value.trim().parse().is_ok_and(|ip: std::net::IpAddr| {
                net.contains(&ip) || net.contains(&ip.to_canonical())
            }),
            Self::Number(compare, number) => value
                .trim()
                .parse()
                .is_ok_and(|it: f64| it.is_finite() && compare.holds(it, *number)),
            Self::Time(part, number) => part.of(value) == Some(*number),
            Self::Exists(_) | Self::SameAs(_) => false,
        }
    }
}

impl Compare {
    fn holds(self, value: f64, number: f64) -> bool {
        match self {
            Self::Less => value < number,
            Self::LessOrSame => value <= number,
            Self::Greater => value > number,
            Self::GreaterOrSame => value >= number,
        }
    }
}

impl FieldRef {
    fn within(&self, wholes: &[Cow<'_, str>], record: &dyn Fields) -> Tri {
        match record.values(&self.field) {
            Values::Unknown => Tri::Unknown,
            Values::Absent => Tri::False,
            Values::These(parts) => Tri::of(wholes.iter().any(|whole| {
                parts.iter().any(|part| within(whole, part, self.before, self.after, self.cased))
            })),
        }
    }
}

#[cfg(test)]
impl Node {
    /// As a text for tests: `2(a, not b)`.
    pub(super) fn shown(&self, names: &[String]) -> String {
        match self {
            Self::Selection(it) => names[*it].clone(),
            Self::Not(it) => format!("not {}", it.shown(names)),
            Self::AtLeast(wanted, nodes) => {
                let nodes: Vec<String> = nodes.iter().map(|it| it.shown(names)).collect();
                format!("{wanted}({})", nodes.join(", "))
            }
            Self::Leaf(..) => "leaf".to_owned(),
        }
    }
}
