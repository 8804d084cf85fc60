//! What an audit log says of a change: JSON in one of its cells.

use serde_json::Value;

use crate::reader::cmdlet;

/// The JSON of a `Data` cell.
pub(super) struct Audit {
    data: Value,
    /// `-Name "value"` of each parameter.
    pub(super) parameters: String,
}

impl Audit {
    /// `None` if it is no JSON object.
    pub(super) fn of(cell: &str) -> Option<Self> {
        let data: Value = serde_json::from_str(cell).ok()?;
        data.as_object()?;
        let list = data.get("Parameters").and_then(Value::as_array);
        let pair = |it: &Value| Some((text(it.get("Name")?)?, text(it.get("Value")?)?));
        let pairs: Vec<(String, String)> = list.into_iter().flatten().filter_map(pair).collect();
        let pairs = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let parameters = cmdlet::parameters(pairs);
        Some(Self { data, parameters })
    }

    /// A value by its name, whatever its case.
    pub(super) fn value(&self, name: &str) -> Option<String> {
        let all = self.data.as_object()?;
        all.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).and_then(|(_, it)| text(it))
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
