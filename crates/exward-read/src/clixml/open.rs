//! Elements while they are open.

use super::scalar::Scalar;
use super::value::{Object, Value};

/// What a start tag says.
#[derive(Debug)]
pub(super) struct Tag<'a> {
    pub(super) name: &'a str,
    /// `N`: the name of the property.
    pub(super) property: Option<String>,
    /// `RefId`.
    pub(super) id: Option<u32>,
}

/// One open element.
#[derive(Debug)]
pub(super) enum Open {
    /// The root.
    Objs,
    Object {
        property: Option<String>,
        id: Option<u32>,
        draft: Object,
    },
    /// `Props` or `MS`: properties of the object below.
    Members,
    /// `LST`, `STK`, `QUE` or `IE`: items of the object below.
    Items,
    /// `DCT`: entries of the object below.
    Dict,
    Entry {
        key: Option<Value>,
        value: Option<Value>,
    },
    TypeNames {
        id: Option<u32>,
        names: Vec<String>,
    },
    TypeName(String),
    ToString(String),
    Scalar {
        kind: Scalar,
        property: Option<String>,
        text: String,
    },
    /// An element whose content says nothing, and everything inside it.
    Ignored,
}

impl Open {
    /// True if a value may stand in it.
    pub(super) const fn takes_values(&self) -> bool {
        matches!(
            self,
            Self::Objs | Self::Object { .. } | Self::Members | Self::Items | Self::Entry { .. }
        )
    }
}
