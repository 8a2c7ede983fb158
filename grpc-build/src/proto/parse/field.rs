use super::{Parser, Path, Result, below, index, message};
use crate::proto::{
    descriptor::{Field, MAP_ENTRY, Message, Options, kind, label},
    lexer::Kind,
    mistake::Mistake,
    number,
    wire::{put_key, put_varint},
};

/// `FieldDescriptorProto`
pub(super) mod at {
    pub(crate) const NAME: i32 = 1;
    pub(crate) const EXTENDEE: i32 = 2;
    pub(crate) const NUMBER: i32 = 3;
    pub(crate) const LABEL: i32 = 4;
    pub(crate) const TYPE: i32 = 5;
    pub(crate) const TYPE_NAME: i32 = 6;
    pub(crate) const DEFAULT: i32 = 7;
    pub(crate) const OPTIONS: i32 = 8;
    pub(crate) const JSON_NAME: i32 = 10;
}

/// The type of a field as it is written.
enum Type {
    Scalar(i32),
    Group,
    Named(String),
    Map(Box<Message>),
}

impl Parser<'_> {
    /// A field. The message of a group or of a map is added to `messages`, which are at `groups`.
    pub(super) fn field(&mut self, messages: &mut Vec<Message>, groups: &Path) -> Result<Field> {
        let offset = self.offset();
        let label = match self.text() {
            "optional" => label::OPTIONAL,
            "required" => label::REQUIRED,
            "repeated" => label::REPEATED,
            _ => 0,
        };
        if label == label::REQUIRED && self.is_proto3 {
            return Err(Mistake::new(offset, "required fields are not allowed in proto3"));
        }
        if label != 0 {
            self.within(&[at::LABEL], |parser| {
                parser.step();
                Ok(())
            })?;
        }
        let mut field = self.field_without_label(label, messages, groups)?;
        field.proto3_optional = self.is_proto3 && label == label::OPTIONAL;
        Ok(field)
    }

    /// A field from its type on.
    pub(super) fn field_without_label(
        &mut self,
        label: i32,
        messages: &mut Vec<Message>,
        groups: &Path,
    ) -> Result<Field> {
        let start = self.start();
        let mut field = Field {
            label,
            ..Field::default()
        };
        let mut entry = None;
        let type_start = self.at;
        let ty = self.field_type(label)?;
        let type_path = if matches!(ty, Type::Scalar(_) | Type::Group) {
            at::TYPE
        } else {
            at::TYPE_NAME
        };
        self.locate(self.below(&[type_path]), type_start, self.at);
        let is_group = matches!(ty, Type::Group);
        match ty {
            Type::Scalar(scalar) => field.kind = scalar,
            Type::Group => field.kind = kind::GROUP,
            Type::Named(name) => field.type_name = name,
            Type::Map(message) => entry = Some(message),
        }
        let name = self.at;
        field.name = self.within(&[at::NAME], Self::identifier)?;
        self.expect("=")?;
        field.number = self.within(&[at::NUMBER], Self::field_number)?;
        self.field_options(&mut field)?;
        if is_group {
            self.group(&mut field, start, name, messages, groups)?;
        } else {
            self.end(";")?;
        }
        if let Some(mut entry) = entry {
            entry.name = entry_name(&field.name);
            field.type_name.clone_from(&entry.name);
            field.label = label::REPEATED;
            messages.push(*entry);
        } else if field.label == 0 {
            field.label = label::OPTIONAL;
        }
        if field.json_name.is_empty() {
            field.json_name = json_name(&field.name);
        }
        Ok(field)
    }

    /// The word that what is being read began with.
    fn start(&self) -> usize {
        let start = self.starts[self.current()];
        self.tokens.partition_point(|token| token.start < start)
    }

    fn field_type(&mut self, label: i32) -> Result<Type> {
        let offset = self.offset();
        if self.sees("map") {
            self.step();
            if self.sees("<") {
                if label != 0 {
                    return Err(Mistake::new(offset, "a map has no label"));
                }
                return self.map();
            }
            self.at -= 1;
        }
        if label == 0 && !self.is_proto3 {
            if self.token().kind != Kind::Identifier && !self.sees(".") {
                return Err(self.expected("a field"));
            }
            return Err(Mistake::new(
                offset,
                "a field of proto2 has a label (expected one of 'optional', 'repeated' or 'required')",
            ));
        }
        if self.sees("group") {
            if self.is_proto3 {
                return Err(Mistake::new(offset, "groups are not allowed in proto3"));
            }
            self.step();
            return Ok(Type::Group);
        }
        Ok(match self.scalar() {
            Some(scalar) => Type::Scalar(scalar),
            None => Type::Named(self.type_name()?),
        })
    }

    fn scalar(&mut self) -> Option<i32> {
        let found = kind::NAMES.iter().find(|known| self.sees(known.0))?;
        self.step();
        Some(found.1)
    }

    /// A map from its first bracket on: the message of its entries, which gets its name later.
    fn map(&mut self) -> Result<Type> {
        self.expect("<")?;
        let offset = self.offset();
        let key = self.scalar();
        let key = key.filter(|key| !matches!(*key, kind::DOUBLE | kind::FLOAT | kind::BYTES));
        let key = key.ok_or_else(|| {
            Mistake::new(
                offset,
                "a map field key type must be an integer, boolean or string",
            )
        })?;
        self.expect(",")?;
        let mut value = Field::of_entry("value", 2);
        match self.scalar() {
            Some(scalar) => value.kind = scalar,
            None => value.type_name = self.type_name()?,
        }
        self.expect(">")?;
        let key = Field {
            kind: key,
            ..Field::of_entry("key", 1)
        };
        let mut is_entry = Vec::new();
        put_key(MAP_ENTRY, 0, &mut is_entry);
        put_varint(1, &mut is_entry);
        Ok(Type::Map(Box::new(Message {
            field: vec![key, value],
            options: Options {
                encoded: Some(is_entry),
                ..Options::default()
            },
            ..Message::default()
        })))
    }

    /// The body of a group, which is a message, and a field called like it in small letters.
    fn group(
        &mut self,
        field: &mut Field,
        start: usize,
        name: usize,
        messages: &mut Vec<Message>,
        groups: &Path,
    ) -> Result<()> {
        if !field.name.starts_with(|char: char| char.is_ascii_uppercase()) {
            let text = "a group's name begins with a capital letter";
            return Err(Mistake::new(self.tokens[name].start, text));
        }
        let path = below(groups, &[index(messages)]);
        let type_path = self.below(&[at::TYPE_NAME]);
        let message = self.starting_at(start, path, |parser| {
            let name_path = parser.below(&[message::at::NAME]);
            parser.locate(name_path, name, name + 1);
            parser.locate(type_path, name, name + 1);
            parser.message_body(field.name.clone())
        })?;
        messages.push(message);
        field.type_name = std::mem::take(&mut field.name);
        field.name = field.type_name.to_ascii_lowercase();
        Ok(())
    }

    fn field_options(&mut self, field: &mut Field) -> Result<()> {
        if !self.sees("[") {
            return Ok(());
        }
        let of_field = self.below(&[]);
        self.within(&[at::OPTIONS], |parser| {
            parser.step();
            loop {
                if parser.sees("default") {
                    parser.default(field, &of_field)?;
                } else if parser.sees("json_name") {
                    parser.json_name(field, &of_field)?;
                } else {
                    parser.option(false, &mut field.options)?;
                }
                if !parser.take(",") {
                    return parser.expect("]");
                }
            }
        })
    }

    fn json_name(&mut self, field: &mut Field, of_field: &Path) -> Result<()> {
        let path = below(of_field, &[at::JSON_NAME]);
        self.at_path(path.clone(), |parser| {
            if !field.json_name.is_empty() {
                return Err(Mistake::new(parser.offset(), "json_name is set twice"));
            }
            parser.step();
            parser.expect("=")?;
            field.json_name = parser.at_path(path, Self::string)?;
            Ok(())
        })
    }

    /// A default, which a descriptor has as text. That of an enum is looked up later.
    fn default(&mut self, field: &mut Field, of_field: &Path) -> Result<()> {
        let offset = self.offset();
        if self.is_proto3 {
            return Err(Mistake::new(offset, "default values are not allowed in proto3"));
        }
        if field.default_value.is_some() {
            return Err(Mistake::new(offset, "default is set twice"));
        }
        if field.is_repeated() || field.kind == kind::GROUP {
            return Err(Mistake::new(
                offset,
                "repeated fields, groups and maps may not have default values",
            ));
        }
        self.step();
        self.expect("=")?;
        let kind = field.kind;
        let value = self.at_path(below(of_field, &[at::DEFAULT]), |parser| match kind {
            0 => parser.identifier(),
            kind::STRING => parser.string(),
            kind::BYTES => Ok(number::escaped(&parser.bytes()?)),
            kind::BOOL if parser.sees_any(&["true", "false"]) => parser.identifier(),
            kind::BOOL => Err(parser.expected("'true' or 'false'")),
            kind::FLOAT | kind::DOUBLE => parser.default_float(kind),
            _ => parser.default_integer(kind),
        })?;
        field.default_value = Some(value);
        Ok(())
    }

    fn default_float(&mut self, kind: i32) -> Result<String> {
        let sign = if self.take("-") { "-" } else { "" };
        let value = match self.token().kind {
            Kind::Integer(_) if !self.text().starts_with("0x") => self.text().parse().unwrap_or_default(),
            Kind::Integer(value) => value.unwrap_or(u64::MAX) as f64,
            Kind::Float(value) => value,
            Kind::Identifier if self.sees("inf") => f64::INFINITY,
            Kind::Identifier if self.sees("nan") => f64::NAN,
            _ => return Err(self.expected("a number")),
        };
        self.step();
        let text = if kind == kind::FLOAT {
            number::float(value as f32)
        } else {
            number::double(value)
        };
        // There is one `nan` only.
        Ok(if value.is_nan() {
            text
        } else {
            format!("{sign}{text}")
        })
    }

    fn default_integer(&mut self, kind: i32) -> Result<String> {
        let offset = self.offset();
        let negative = self.take("-");
        let magnitude = self.unsigned()?;
        number::integer(kind, negative, magnitude)
            .map(|value| value.to_string())
            .ok_or_else(|| {
                Mistake::new(
                    offset,
                    format!("the value is out of the range of {}", kind::name(kind)),
                )
            })
    }
}

impl Field {
    fn of_entry(name: &str, number: i32) -> Self {
        Self {
            name: name.to_owned(),
            number,
            label: label::OPTIONAL,
            json_name: name.to_owned(),
            ..Self::default()
        }
    }
}

/// `camelCase`, with what follows an underscore in capitals.
pub(crate) fn json_name(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut is_next = false;
    for char in name.chars() {
        if char == '_' {
            is_next = true;
        } else {
            out.push(if is_next { char.to_ascii_uppercase() } else { char });
            is_next = false;
        }
    }
    out
}

/// What the message of a map's entries is called.
fn entry_name(field: &str) -> String {
    let name = json_name(field);
    // A leading underscore is gone, and what follows it in capitals already.
    let mut chars = name.chars();
    let first = chars.next().map(|char| char.to_ascii_uppercase());
    first.into_iter().chain(chars).chain("Entry".chars()).collect()
}
