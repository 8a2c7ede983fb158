use super::{Parser, Result};
use crate::proto::{
    descriptor::Options,
    lexer::Kind,
    mistake::Mistake,
    option::{NamePart, Setting, Value},
};

/// Where a descriptor has options that are not understood yet.
const UNINTERPRETED: i32 = 999;

impl Parser<'_> {
    /// `option name = value;`, in the declaration's field `number`.
    pub(super) fn option_statement(&mut self, number: i32, options: &mut Options) -> Result<()> {
        self.within(&[number], |parser| parser.option(true, options))
    }

    /// Options in brackets.
    pub(super) fn option_list(&mut self, options: &mut Options) -> Result<()> {
        self.expect("[")?;
        loop {
            self.option(false, options)?;
            if !self.take(",") {
                return self.expect("]");
            }
        }
    }

    pub(super) fn option(&mut self, is_statement: bool, options: &mut Options) -> Result<()> {
        let path = [UNINTERPRETED, super::index(&options.settings)];
        let setting = self.within(&path, |parser| {
            if is_statement {
                parser.expect("option")?;
            }
            let name_offset = parser.offset();
            let name = parser.option_name()?;
            parser.expect("=")?;
            let value_offset = parser.offset();
            let value = parser.option_value()?;
            if is_statement {
                parser.end(";")?;
            }
            Ok(Setting {
                name,
                value,
                name_offset,
                value_offset,
                location: parser.current(),
            })
        })?;
        options.settings.push(setting);
        Ok(())
    }

    fn option_name(&mut self) -> Result<Vec<NamePart>> {
        let mut name = Vec::new();
        loop {
            let is_extension = self.take("(");
            let text = if is_extension {
                let text = self.type_name()?;
                self.expect(")")?;
                text
            } else {
                self.identifier()?
            };
            name.push(NamePart { text, is_extension });
            if !self.take(".") {
                return Ok(name);
            }
        }
    }

    fn option_value(&mut self) -> Result<Value> {
        if self.sees("{") {
            self.step();
            return Ok(Value::Message(self.text_message("}", 0)?));
        }
        self.scalar_value()
    }

    /// A value that is not a message.
    pub(super) fn scalar_value(&mut self) -> Result<Value> {
        let offset = self.offset();
        let negative = self.take("-");
        let value = match &self.token().kind {
            Kind::String(_) if !negative => return Ok(Value::String(self.bytes()?)),
            Kind::Identifier => Value::Identifier {
                negative,
                text: self.text().to_owned(),
            },
            Kind::Integer(Some(magnitude)) => Value::Integer {
                negative,
                magnitude: *magnitude,
            },
            Kind::Integer(None) => return Err(Mistake::new(offset, "integer is too large")),
            Kind::Float(value) => Value::Float(if negative { -value } else { *value }),
            Kind::String(_) | Kind::Symbol | Kind::End => return Err(self.expected("a value")),
        };
        self.step();
        Ok(value)
    }
}
