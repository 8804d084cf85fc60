//! Elements to values: a stack of what is open. No recursion, so no depth can overflow the stack.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::open::{Open, Tag};
use super::scalar::Scalar;
use super::value::{Object, Payload, Value};
use super::{CLIXML_OBJECT_DEPTH_MAX, CLIXML_VALUES_MAX, Stop, escape};
use crate::limits::XML_DEPTH_MAX;

/// Builds the values.
#[derive(Debug, Default)]
pub(super) struct Builder {
    open: Vec<Open>,
    pub(super) values: Vec<Value>,
    objects: BTreeMap<u32, Arc<Object>>,
    type_names: BTreeMap<u32, Arc<[String]>>,
    count: usize,
}

impl Builder {
    /// True before and after the root element.
    pub(super) fn is_outside(&self) -> bool {
        self.open.is_empty()
    }

    /// Opens the root element.
    pub(super) fn root(&mut self) {
        self.open.push(Open::Objs);
    }

    /// Opens an element. False if it does not belong where it stands; it is then ignored.
    pub(super) fn start(&mut self, tag: Tag<'_>) -> Result<bool, Stop> {
        if self.open.len() >= XML_DEPTH_MAX {
            return Err(Stop::Depth);
        }
        let Some(parent) = self.open.last() else { return Ok(false) };
        if matches!(parent, Open::Ignored) {
            self.open.push(Open::Ignored);
            return Ok(true);
        }
        let in_object = matches!(parent, Open::Object { .. });
        let opened = match tag.name {
            "Props" | "MS" if in_object => Some(Open::Members),
            "LST" | "STK" | "QUE" | "IE" if in_object => self.sequence(),
            "DCT" if in_object => self.dictionary(),
            "En" if matches!(parent, Open::Dict) => Some(Open::Entry { key: None, value: None }),
            "TN" if in_object => Some(Open::TypeNames { id: tag.id, names: Vec::new() }),
            "TNRef" if in_object => self.type_reference(tag.id),
            "T" if matches!(parent, Open::TypeNames { .. }) => Some(Open::TypeName(String::new())),
            "ToString" if in_object => Some(Open::ToString(String::new())),
            _ if parent.takes_values() => self.open_value(tag)?,
            _ => None,
        };
        let belongs = opened.is_some();
        self.open.push(opened.unwrap_or(Open::Ignored));
        Ok(belongs)
    }

    fn open_value(&mut self, tag: Tag<'_>) -> Result<Option<Open>, Stop> {
        let property = tag.property;
        Ok(match tag.name {
            "Obj" => {
                // From here on, a reference to this id means this object, which is not yet whole.
                if let Some(id) = tag.id {
                    self.objects.remove(&id);
                }
                Some(Open::Object { property, id: tag.id, draft: Object::default() })
            }
            "Ref" => {
                let object = tag.id.and_then(|id| self.objects.get(&id));
                let value = object.map_or(Value::Unresolved, |it| Value::Object(Arc::clone(it)));
                self.place(property, value)?;
                Some(Open::Ignored)
            }
            // A progress record of a remote session: nothing that was exported on purpose.
            "PR" => {
                self.place(property, Value::Nil)?;
                Some(Open::Ignored)
            }
            name => Scalar::of_tag(name).map(|kind| Open::Scalar {
                kind,
                property,
                text: String::new(),
            }),
        })
    }

    fn sequence(&mut self) -> Option<Open> {
        let object = self.innermost_object()?;
        if !matches!(object.payload, Payload::List(_)) {
            object.payload = Payload::List(Vec::new());
        }
        Some(Open::Items)
    }

    fn dictionary(&mut self) -> Option<Open> {
        let object = self.innermost_object()?;
        if !matches!(object.payload, Payload::Dict(_)) {
            object.payload = Payload::Dict(Vec::new());
        }
        Some(Open::Dict)
    }

    fn type_reference(&mut self, id: Option<u32>) -> Option<Open> {
        if let Some(names) = id.and_then(|id| self.type_names.get(&id)).map(Arc::clone) {
            self.innermost_object()?.type_names = names;
        }
        Some(Open::Ignored)
    }

    /// Adds text to the innermost element; text between elements says nothing.
    pub(super) fn text(&mut self, more: &str) {
        if let Some(Open::TypeName(text) | Open::ToString(text) | Open::Scalar { text, .. }) =
            self.open.last_mut()
        {
            text.push_str(more);
        }
    }

    /// Closes the innermost element. False if what it held nests too deep; it is then left out.
    pub(super) fn end(&mut self) -> Result<bool, Stop> {
        match self.open.pop() {
            Some(Open::Object { property, draft, .. }) if draft.depth > CLIXML_OBJECT_DEPTH_MAX => {
                self.place(property, Value::Unresolved)?;
                return Ok(false);
            }
            Some(Open::Object { property, id, draft }) => {
                let object = Arc::new(draft);
                if let Some(id) = id {
                    self.objects.insert(id, Arc::clone(&object));
                }
                self.place(property, Value::Object(object))?;
            }
            Some(Open::Scalar { kind, property, text }) => {
                self.place(property, kind.value(escape::decode(&text).into_owned()))?;
            }
            Some(Open::Entry { key: Some(key), value: Some(value) }) => self.enter(key, value),
            Some(Open::TypeNames { id, names }) => self.name_types(id, names),
            Some(Open::TypeName(text)) => {
                self.count_one()?;
                if let Some(Open::TypeNames { names, .. }) = self.open.last_mut() {
                    names.push(escape::decode(&text).into_owned());
                }
            }
            Some(Open::ToString(text)) => {
                if let Some(object) = self.innermost_object() {
                    object.to_string = Some(escape::decode(&text).into_owned());
                }
            }
            Some(Open::Objs | Open::Members | Open::Items | Open::Dict) => {}
            Some(Open::Entry { .. } | Open::Ignored) | None => {}
        }
        Ok(true)
    }

    /// Puts a value where it stands in the document.
    fn place(&mut self, property: Option<String>, value: Value) -> Result<(), Stop> {
        self.count_one()?;
        match self.open.last_mut() {
            Some(Open::Objs) => self.values.push(value),
            Some(Open::Entry { key, value: slot }) => match property.as_deref() {
                Some("Key") => *key = Some(value),
                _ => *slot = Some(value),
            },
            Some(Open::Object { draft, .. }) => {
                draft.takes(&value);
                draft.payload = Payload::Scalar(Box::new(value));
            }
            Some(Open::Members) => {
                if let Some(object) = self.innermost_object() {
                    object.takes(&value);
                    object.props.push((property.unwrap_or_default(), value));
                }
            }
            Some(Open::Items) => {
                if let Some(object) = self.innermost_object() {
                    object.takes(&value);
                    if let Payload::List(items) = &mut object.payload {
                        items.push(value);
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn enter(&mut self, key: Value, value: Value) {
        if let Some(object) = self.innermost_object() {
            object.takes(&key);
            object.takes(&value);
            if let Payload::Dict(entries) = &mut object.payload {
                entries.push((key, value));
            }
        }
    }

    fn name_types(&mut self, id: Option<u32>, names: Vec<String>) {
        let names: Arc<[String]> = names.into();
        if let Some(id) = id {
            self.type_names.insert(id, Arc::clone(&names));
        }
        if let Some(object) = self.innermost_object() {
            object.type_names = names;
        }
    }

    fn innermost_object(&mut self) -> Option<&mut Object> {
        self.open
            .iter_mut()
            .rev()
            .find_map(|it| if let Open::Object { draft, .. } = it { Some(draft) } else { None })
    }

    fn count_one(&mut self) -> Result<(), Stop> {
        self.count = self.count.saturating_add(1);
        if self.count > CLIXML_VALUES_MAX { Err(Stop::Values) } else { Ok(()) }
    }
}
