//! The rules as they stand in `rules/`, each with what its file says.

use std::fs;
use std::path::Path;

use exward_hunt::sigma::{Rule, load};
use exward_hunt::{Confidence, Stage};
use serde_json::Value;

/// A rule and the document it was read from.
pub(crate) struct Bundled {
    /// Name of the file.
    pub(crate) file: String,
    /// Ready to be tested.
    pub(crate) rule: Rule,
    document: Value,
}

impl Bundled {
    /// A text of the document.
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.document.get(key)?.as_str()
    }

    /// Everything that a match of the rule may say: first without any `raise`, then each.
    pub(crate) fn sayings(&self) -> impl Iterator<Item = (Stage, Confidence, &str)> {
        let base = self.document.get("exward").unwrap_or_else(|| panic!("{}", self.file));
        let raises = base.get("raise").and_then(Value::as_array);
        std::iter::once(base).chain(raises.into_iter().flatten()).map(move |it| {
            let text = |key: &str| it.get(key).or_else(|| base.get(key)).and_then(Value::as_str);
            let text = |key: &str| text(key).unwrap_or_else(|| panic!("{}: {key}", self.file));
            let stage = Stage::of(text("stage")).unwrap();
            (stage, Confidence::of(text("confidence")).unwrap(), text("why"))
        })
    }
}

/// All of them, in the order of the files.
pub(crate) fn rules() -> Vec<Bundled> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let mut names: Vec<String> = fs::read_dir(folder.clone())
        .unwrap()
        .map(|it| it.unwrap().file_name().into_string().unwrap())
        .filter(|it| it.ends_with(".yml"))
        .collect();
    names.sort();
    let mut all = Vec::new();
    for file in names {
        let text = fs::read_to_string(folder.join(&file)).unwrap();
        let rules = load(&text, &file).unwrap_or_else(|error| panic!("{error}"));
        let documents: Vec<Value> = serde_saphyr::from_multiple(&text).unwrap();
        assert_eq!(rules.len(), documents.len(), "{file}");
        all.extend(rules.into_iter().zip(documents).map(|(rule, document)| Bundled {
            file: file.clone(),
            rule,
            document,
        }));
    }
    assert!(!all.is_empty());
    all
}
