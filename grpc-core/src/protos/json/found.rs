use std::fmt;

use serde_json::Value;

/// What stands where something else was expected, for a message: `string "x"`.
pub(super) struct Found<'a>(pub(super) &'a Value);

/// How much of a string is shown, in characters.
const SHOWN: usize = 40;

impl fmt::Display for Found<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Value::Null => f.write_str("null"),
            Value::Bool(value) => write!(f, "boolean {value}"),
            Value::Number(number) if number.is_f64() => write!(f, "number {number}"),
            Value::Number(number) => write!(f, "integer {number}"),
            Value::String(text) => write!(f, "string {}", Shortened(text)),
            Value::Array(_) => f.write_str("array"),
            Value::Object(_) => f.write_str("object"),
        }
    }
}

/// A string in quotes, and not all of it if it is long.
pub(super) struct Shortened<'a>(pub(super) &'a str);

impl fmt::Display for Shortened<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.char_indices().nth(SHOWN) {
            None => write!(f, "{:?}", self.0),
            Some((end, _)) => write!(f, "{:?}…", &self.0[..end]),
        }
    }
}
