//! Messages as text, which are the values of options that are messages.

use super::{Parser, Result};
use crate::proto::{
    mistake::Mistake,
    option::{TextField, TextName, Value},
};

impl Parser<'_> {
    /// The fields of a message, to the bracket that closes it.
    pub(super) fn text_message(&mut self, close: &str, depth: usize) -> Result<Vec<TextField>> {
        if depth == DEEPEST {
            let text = format!("values are more than {DEEPEST} deep in each other");
            return Err(Mistake::new(self.offset(), text));
        }
        let mut fields = Vec::new();
        while !self.take(close) {
            let offset = self.offset();
            let name = self.text_name()?;
            let is_message = !self.take(":");
            if is_message && !self.sees_any(&["{", "<"]) {
                return Err(self.expected("':' or a message"));
            }
            let value = self.text_value(depth)?;
            fields.push(TextField { name, offset, value });
            if !self.take(",") {
                self.take(";");
            }
        }
        Ok(fields)
    }

    fn text_name(&mut self) -> Result<TextName> {
        if !self.take("[") {
            return Ok(TextName::Field(self.identifier()?));
        }
        let mut name = self.full_identifier()?;
        let is_address = self.take("/");
        if is_address {
            name.push('/');
            name.push_str(&self.full_identifier()?);
        }
        self.expect("]")?;
        Ok(if is_address {
            TextName::Any(name)
        } else {
            TextName::Extension(name)
        })
    }

    fn text_value(&mut self, depth: usize) -> Result<Value> {
        if self.take("{") {
            return Ok(Value::Message(self.text_message("}", depth + 1)?));
        }
        if self.take("<") {
            return Ok(Value::Message(self.text_message(">", depth + 1)?));
        }
        if !self.take("[") {
            return self.scalar_value();
        }
        let mut list = Vec::new();
        while !self.take("]") {
            if self.sees("[") {
                return Err(self.expected("a value"));
            }
            list.push(self.text_value(depth)?);
            if !self.take(",") {
                self.expect("]")?;
                break;
            }
        }
        Ok(Value::List(list))
    }
}

const DEEPEST: usize = 64;
