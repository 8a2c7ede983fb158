use std::collections::HashSet;

use super::{MOST, Parser, Path, Result, below, index, range::Ranges};
use crate::proto::{
    descriptor::{Message, Oneof, label},
    mistake::Mistake,
};

/// `DescriptorProto`
pub(super) mod at {
    pub(crate) const NAME: i32 = 1;
    pub(crate) const FIELD: i32 = 2;
    pub(crate) const NESTED: i32 = 3;
    pub(crate) const ENUM: i32 = 4;
    pub(crate) const EXTENSION_RANGE: i32 = 5;
    pub(crate) const EXTENSION: i32 = 6;
    pub(crate) const OPTIONS: i32 = 7;
    pub(crate) const ONEOF: i32 = 8;
    pub(crate) const RESERVED_RANGE: i32 = 9;
    pub(crate) const RESERVED_NAME: i32 = 10;
    /// `OneofDescriptorProto`
    pub(crate) const ONEOF_OPTIONS: i32 = 2;
}

const RANGES: Ranges = Ranges {
    range: at::RESERVED_RANGE,
    name: at::RESERVED_NAME,
    most: MOST,
    number: |parser| parser.field_number(),
};

impl Parser<'_> {
    pub(super) fn message(&mut self) -> Result<Message> {
        self.step();
        let name = self.within(&[at::NAME], Self::identifier)?;
        self.message_body(name)
    }

    /// A message from its brace on.
    pub(super) fn message_body(&mut self, name: String) -> Result<Message> {
        let mut message = Message {
            name,
            ..Message::default()
        };
        if self.depth == DEEPEST {
            let text = format!("messages are more than {DEEPEST} deep in each other");
            return Err(Mistake::new(self.offset(), text));
        }
        self.depth += 1;
        self.body(|parser| parser.message_statement(&mut message))?;
        self.depth -= 1;
        message.add_synthetic_oneofs();
        Ok(message)
    }

    fn message_statement(&mut self, message: &mut Message) -> Result<()> {
        match self.text() {
            "message" => {
                let path = [at::NESTED, index(&message.nested_type)];
                message.nested_type.push(self.within(&path, Self::message)?);
            }
            "enum" => {
                let path = [at::ENUM, index(&message.enum_type)];
                message.enum_type.push(self.within(&path, Self::enumeration)?);
            }
            "extensions" => {
                let ranges = &mut message.extension_range;
                self.within(&[at::EXTENSION_RANGE], |parser| parser.extensions(ranges))?;
            }
            "reserved" => self.reserved(&RANGES, &mut message.reserved_range, &mut message.reserved_name)?,
            "extend" => {
                let groups = self.below(&[at::NESTED]);
                let (extensions, messages) = (&mut message.extension, &mut message.nested_type);
                self.within(&[at::EXTENSION], |parser| {
                    parser.extend(extensions, messages, &groups)
                })?;
            }
            "option" => self.option_statement(at::OPTIONS, &mut message.options)?,
            "oneof" => {
                let path = [at::ONEOF, index(&message.oneof_decl)];
                let containing = self.below(&[]);
                let oneof = self.within(&path, |parser| parser.oneof(message, &containing))?;
                message.oneof_decl.push(oneof);
            }
            _ => {
                let path = [at::FIELD, index(&message.field)];
                let groups = self.below(&[at::NESTED]);
                let field = self.within(&path, |parser| parser.field(&mut message.nested_type, &groups))?;
                message.field.push(field);
            }
        }
        Ok(())
    }

    /// A oneof of the message at `containing`, which its fields are added to.
    fn oneof(&mut self, message: &mut Message, containing: &Path) -> Result<Oneof> {
        self.step();
        let offset = self.offset();
        let mut oneof = Oneof {
            name: self.within(&[at::NAME], Self::identifier)?,
            ..Oneof::default()
        };
        let before = message.field.len();
        let groups = below(containing, &[at::NESTED]);
        self.body(|parser| {
            if parser.sees("option") {
                return parser.option_statement(at::ONEOF_OPTIONS, &mut oneof.options);
            }
            if parser.sees_any(&["required", "optional", "repeated"]) {
                return Err(Mistake::new(parser.offset(), "a field of a oneof has no label"));
            }
            if parser.sees("map") && parser.next_is("<") {
                return Err(Mistake::new(parser.offset(), "a map cannot be in a oneof"));
            }
            let path = below(containing, &[at::FIELD, index(&message.field)]);
            let mut field = parser.at_path(path, |parser| {
                parser.field_without_label(label::OPTIONAL, &mut message.nested_type, &groups)
            })?;
            field.oneof_index = Some(index(&message.oneof_decl));
            message.field.push(field);
            Ok(())
        })?;
        if message.field.len() == before {
            return Err(Mistake::new(offset, "a oneof has at least one field"));
        }
        Ok(oneof)
    }
}

impl Message {
    /// For each field that is `optional` in proto3.
    fn add_synthetic_oneofs(&mut self) {
        if !self.field.iter().any(|field| field.proto3_optional) {
            return;
        }
        let fields = self.field.iter().map(|field| field.name.clone());
        let oneofs = self.oneof_decl.iter().map(|oneof| oneof.name.clone());
        let mut names: HashSet<String> = fields.chain(oneofs).collect();
        for field in self.field.iter_mut().filter(|field| field.proto3_optional) {
            let name = &field.name;
            let mut oneof = if name.starts_with('_') {
                name.clone()
            } else {
                format!("_{name}")
            };
            while !names.insert(oneof.clone()) {
                oneof.insert(0, 'X');
            }
            field.oneof_index = Some(index(&self.oneof_decl));
            self.oneof_decl.push(Oneof {
                name: oneof,
                ..Oneof::default()
            });
        }
    }
}

/// More would be too deep for those who read the descriptor.
const DEEPEST: usize = 32;
