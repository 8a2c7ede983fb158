use super::{Parser, Result, index, range::Ranges};
use crate::proto::descriptor::{Enum, EnumValue};

/// `EnumDescriptorProto` and `EnumValueDescriptorProto`
mod at {
    pub(super) const NAME: i32 = 1;
    pub(super) const VALUE: i32 = 2;
    pub(super) const OPTIONS: i32 = 3;
    pub(super) const RESERVED_RANGE: i32 = 4;
    pub(super) const RESERVED_NAME: i32 = 5;
    pub(super) const NUMBER: i32 = 2;
}

const RANGES: Ranges = Ranges {
    range: at::RESERVED_RANGE,
    name: at::RESERVED_NAME,
    most: i32::MAX,
    number: |parser| parser.enum_number(),
};

impl Parser<'_> {
    pub(super) fn enumeration(&mut self) -> Result<Enum> {
        self.step();
        let mut declared = Enum {
            name: self.within(&[at::NAME], Self::identifier)?,
            ..Enum::default()
        };
        self.body(|parser| match parser.text() {
            "option" => parser.option_statement(at::OPTIONS, &mut declared.options),
            "reserved" => parser.reserved(&RANGES, &mut declared.reserved_range, &mut declared.reserved_name),
            _ => {
                let path = [at::VALUE, index(&declared.value)];
                declared.value.push(parser.within(&path, Self::enum_value)?);
                Ok(())
            }
        })?;
        Ok(declared)
    }

    fn enum_value(&mut self) -> Result<EnumValue> {
        let mut value = EnumValue {
            name: self.within(&[at::NAME], Self::identifier)?,
            ..EnumValue::default()
        };
        self.expect("=")?;
        value.number = self.within(&[at::NUMBER], Self::enum_number)?;
        if self.sees("[") {
            self.within(&[at::OPTIONS], |parser| parser.option_list(&mut value.options))?;
        }
        self.end(";")?;
        Ok(value)
    }
}
