//! Stands in for the hunter until it is there.

use exward_hunt::Examined;

use crate::evidence::{Examine, ReadSeek};

pub(super) struct Hunter;

pub(super) fn hunter(
    _rules: Vec<(String, String)>,
    _yara: Vec<(String, String)>,
) -> (Hunter, Vec<(String, String)>) {
    (Hunter, Vec::new())
}

impl Examine for Hunter {
    fn examine(
        &self,
        _name: &str,
        _input: &mut dyn ReadSeek,
        size: u64,
        progress: &dyn Fn(u64),
    ) -> Examined {
        progress(size);
        Examined { unexamined: 1, ..Examined::default() }
    }
}
