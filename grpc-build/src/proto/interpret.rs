//! What options mean: which field of their message each of them sets, and to what.

use super::{
    descriptor::{Enum, Field, File, Message, Options, PACKED, kind},
    dynamic::{Dynamic, Scalar},
    mistake::Mistake,
    number,
    option::{NamePart, Setting, TextField, TextName, Value},
    pool::{Known, Pool},
    symbols::join,
};

/// Encodes the options of the file at `index`, and gives their locations the paths of what they set.
pub(crate) fn interpret(pool: &mut Pool, index: usize) -> Vec<Mistake> {
    let mut written = Vec::new();
    each(&mut pool.files[index], &mut |target, scope, options| {
        let settings = options.settings.clone();
        written.push((target, scope.to_owned(), settings));
    });
    let mut mistakes = Vec::new();
    let mut encoded = Vec::with_capacity(written.len());
    let mut paths = Vec::new();
    for (target, scope, settings) in &written {
        let mut interpreter = Interpreter {
            pool,
            file: index,
            scope,
            offset: 0,
        };
        let mut message = Dynamic::default();
        for setting in settings {
            let mut path = Vec::new();
            match interpreter.setting(target, &mut message, setting, &mut path) {
                Ok(()) => paths.push((setting.location, path)),
                Err(mistake) => mistakes.push(mistake),
            }
        }
        encoded.push((!settings.is_empty()).then(|| message.to_vec()));
    }
    let mut encoded = encoded.into_iter();
    let file = &mut pool.files[index];
    each(file, &mut |_, _, options| {
        if let Some(bytes) = encoded.next().flatten() {
            options.settings.clear();
            options.encoded = Some(bytes);
        }
    });
    relocate(file, paths);
    mistakes
}

/// Options are located by what they set, where they had been by their order.
fn relocate(file: &mut File, paths: Vec<(usize, Vec<i32>)>) {
    let Some(info) = &mut file.source_code_info else {
        return;
    };
    for (location, path) in paths {
        let whole = &mut info.location[location].path.0;
        whole.truncate(whole.len() - 2);
        whole.extend(path);
    }
}

/// All options of a file, each with its message in `descriptor.proto` and the scope that they are in.
fn each(file: &mut File, visit: &mut dyn FnMut(&'static str, &str, &mut Options)) {
    let package = file.package.clone();
    visit("FileOptions", &package, &mut file.options);
    for message in &mut file.message_type {
        each_of_message(&package, message, visit);
    }
    for declared in &mut file.enum_type {
        each_of_enum(&package, declared, visit);
    }
    for field in &mut file.extension {
        visit("FieldOptions", &package, &mut field.options);
    }
    for service in &mut file.service {
        let scope = join(&package, &service.name);
        visit("ServiceOptions", &scope, &mut service.options);
        for method in &mut service.method {
            visit("MethodOptions", &scope, &mut method.options);
        }
    }
}

fn each_of_message(
    scope: &str,
    message: &mut Message,
    visit: &mut dyn FnMut(&'static str, &str, &mut Options),
) {
    let scope = join(scope, &message.name);
    visit("MessageOptions", &scope, &mut message.options);
    for field in message.field.iter_mut().chain(&mut message.extension) {
        visit("FieldOptions", &scope, &mut field.options);
    }
    for oneof in &mut message.oneof_decl {
        visit("OneofOptions", &scope, &mut oneof.options);
    }
    for range in &mut message.extension_range {
        visit("ExtensionRangeOptions", &scope, &mut range.options);
    }
    for nested in &mut message.nested_type {
        each_of_message(&scope, nested, visit);
    }
    for declared in &mut message.enum_type {
        each_of_enum(&scope, declared, visit);
    }
}

fn each_of_enum(scope: &str, declared: &mut Enum, visit: &mut dyn FnMut(&'static str, &str, &mut Options)) {
    visit("EnumOptions", scope, &mut declared.options);
    for value in &mut declared.value {
        visit("EnumValueOptions", scope, &mut value.options);
    }
}

struct Interpreter<'a> {
    pool: &'a Pool,
    file: usize,
    scope: &'a str,
    /// Of the value that is being read.
    offset: usize,
}

type Result<T> = std::result::Result<T, Mistake>;

impl<'a> Interpreter<'a> {
    /// Sets in `message`, which is one of `target`, what the setting says, and tells the path of that.
    fn setting(
        &mut self,
        target: &str,
        message: &mut Dynamic,
        setting: &Setting,
        path: &mut Vec<i32>,
    ) -> Result<()> {
        let target = format!("google.protobuf.{target}");
        self.offset = setting.value_offset;
        self.set(&target, message, &setting.name, setting, path)
    }

    fn set(
        &mut self,
        target: &str,
        message: &mut Dynamic,
        name: &[NamePart],
        setting: &Setting,
        path: &mut Vec<i32>,
    ) -> Result<()> {
        let Some((part, rest)) = name.split_first() else {
            return Ok(());
        };
        let at_name = |text: String| {
            let text = format!("option '{}': {text}", setting.shown());
            Mistake::new(setting.name_offset, text)
        };
        let known = self.option_field(target, part).map_err(at_name)?;
        let field = known.field;
        path.push(field.number);
        if rest.is_empty() {
            if field.is_repeated() {
                let count = message.0.get(&key(field)).map_or(0, |slot| slot.values.len());
                path.push(i32::try_from(count).unwrap_or(i32::MAX));
            } else if message.0.contains_key(&key(field)) {
                return Err(at_name("it is set twice".to_owned()));
            }
            // As protoc has it, the values of options by themselves are not packed.
            return self.put(message, known, false, &setting.value);
        }
        if field.is_repeated() || !matches!(field.kind, kind::MESSAGE | kind::GROUP) {
            return Err(at_name(format!(
                "'{}' is not a message that is there once, so that nothing in it can be set",
                part.text
            )));
        }
        let slot = message.0.entry(key(field)).or_default();
        if slot.values.is_empty() {
            slot.values.push(match field.kind {
                kind::GROUP => Scalar::Group(Dynamic::default()),
                _ => Scalar::Message(Dynamic::default()),
            });
        }
        match slot.values.first_mut() {
            Some(Scalar::Message(inner) | Scalar::Group(inner)) => {
                self.set(&field.type_name[1..], inner, rest, setting, path)
            }
            _ => Ok(()),
        }
    }

    fn option_field(&self, target: &str, part: &NamePart) -> std::result::Result<Known<'a>, String> {
        if part.is_extension {
            return self.extension(target, &part.text);
        }
        if matches!(part.text.as_str(), "map_entry" | "uninterpreted_option") {
            return Err("it is not for use by hand".to_owned());
        }
        self.field(target, &part.text)
    }

    fn field(&self, target: &str, name: &str) -> std::result::Result<Known<'a>, String> {
        let missing = || format!("there is no field '{name}' in '{target}'");
        let (message, file) = self.pool.message(target).ok_or_else(missing)?;
        // Groups are called by the names of their types.
        let is_called = |field: &&Field| match field.kind {
            kind::GROUP => field.type_name.rsplit('.').next() == Some(name) || field.name == name,
            _ => field.name == name,
        };
        let field = message.field.iter().find(is_called).ok_or_else(missing)?;
        Ok(Known {
            field,
            is_proto3: file.is_proto3(),
        })
    }

    fn extension(&self, target: &str, name: &str) -> std::result::Result<Known<'a>, String> {
        let known = self.pool.extension(self.file, self.scope, name)?;
        if known.field.extendee.strip_prefix('.') == Some(target) {
            Ok(known)
        } else {
            let extendee = known.field.extendee.trim_start_matches('.');
            Err(format!("'{name}' extends '{extendee}' and not '{target}'"))
        }
    }

    /// Puts a value, or each of a list, into the field.
    fn put(&mut self, message: &mut Dynamic, known: Known<'a>, is_packed: bool, value: &Value) -> Result<()> {
        let field = known.field;
        let values = match value {
            Value::List(values) if field.is_repeated() => &values[..],
            value => std::slice::from_ref(value),
        };
        for value in values {
            let value = self.scalar(field, value)?;
            if known.is_proto3 && !has_presence(field) && value.is_zero() {
                continue;
            }
            let slot = message.0.entry(key(field)).or_default();
            slot.is_packed = is_packed;
            slot.values.push(value);
        }
        Ok(())
    }

    fn scalar(&mut self, field: &'a Field, value: &Value) -> Result<Scalar> {
        let target = field.type_name.get(1..).unwrap_or_default();
        Ok(match (field.kind, value) {
            (kind::MESSAGE, Value::Message(fields)) => Scalar::Message(self.message(target, fields)?),
            (kind::GROUP, Value::Message(fields)) => Scalar::Group(self.message(target, fields)?),
            (kind::ENUM, value) => Scalar::Varint(self.enum_value(field, target, value)?),
            (kind::BYTES, Value::String(bytes)) => Scalar::Bytes(bytes.clone()),
            (kind::STRING, Value::String(bytes)) if std::str::from_utf8(bytes).is_ok() => {
                Scalar::Bytes(bytes.clone())
            }
            (kind::BOOL, value) => {
                let value = truth(value).ok_or_else(|| self.mismatch(field, value))?;
                Scalar::Varint(value.into())
            }
            (kind::FLOAT, value) => {
                let value = real(value).ok_or_else(|| self.mismatch(field, value))?;
                Scalar::Fixed32((value as f32).to_bits())
            }
            (kind::DOUBLE, value) => {
                let value = real(value).ok_or_else(|| self.mismatch(field, value))?;
                Scalar::Fixed64(value.to_bits())
            }
            (kind, Value::Integer { negative, magnitude }) => number::integer(kind, *negative, *magnitude)
                .and_then(|value| integer(kind, value))
                .ok_or_else(|| self.mismatch(field, value))?,
            (_, value) => return Err(self.mismatch(field, value)),
        })
    }

    fn mismatch(&self, field: &Field, value: &Value) -> Mistake {
        let kind = match field.type_name.strip_prefix('.') {
            Some(name) => format!("'{name}'"),
            None => kind::name(field.kind).to_owned(),
        };
        let text = format!(
            "'{}' is to be of type {kind}, and {} is no value of that",
            field.name,
            value.shown()
        );
        Mistake::new(self.offset, text)
    }

    fn enum_value(&self, field: &Field, target: &str, value: &Value) -> Result<u64> {
        let number = match value {
            Value::Identifier {
                negative: false,
                text,
            } => {
                let declared = self.pool.enumeration(target);
                declared.and_then(|(declared, _)| {
                    let mut values = declared.value.iter();
                    values.find(|value| value.name == *text).map(|value| value.number)
                })
            }
            Value::Integer { negative, magnitude } => {
                number::integer(kind::ENUM, *negative, *magnitude).and_then(|value| i32::try_from(value).ok())
            }
            _ => None,
        };
        number
            .map(|number| i64::from(number) as u64)
            .ok_or_else(|| self.mismatch(field, value))
    }

    /// A message that is written as text.
    fn message(&mut self, target: &str, fields: &[TextField]) -> Result<Dynamic> {
        let mut message = Dynamic::default();
        for text in fields {
            self.offset = text.offset;
            let known = match &text.name {
                TextName::Field(name) => self.field(target, name),
                TextName::Extension(name) => self.extension(target, name),
                TextName::Any(address) => {
                    self.any(target, &mut message, address, &text.value)?;
                    continue;
                }
            };
            let known = known.map_err(|wrong| Mistake::new(text.offset, wrong))?;
            if !known.field.is_repeated() && message.0.contains_key(&key(known.field)) {
                let wrong = format!("'{}' is set twice", known.field.name);
                return Err(Mistake::new(text.offset, wrong));
            }
            self.put(&mut message, known, is_packed(known), &text.value)?;
        }
        Ok(message)
    }

    /// `[type.googleapis.com/some.Type] { fields }`
    fn any(&mut self, target: &str, message: &mut Dynamic, address: &str, value: &Value) -> Result<()> {
        let offset = self.offset;
        let wrong = |text: String| Mistake::new(offset, text);
        if target != "google.protobuf.Any" {
            return Err(wrong(format!("'{target}' is not 'google.protobuf.Any'")));
        }
        let name = address.rsplit('/').next().unwrap_or(address);
        if self.pool.symbols.get(self.file, name).is_none() {
            return Err(wrong(format!("'{name}' is not defined")));
        }
        let Value::Message(fields) = value else {
            return Err(wrong(format!("'{address}' is not followed by a message")));
        };
        let inner = self.message(name, fields)?;
        for (number, bytes) in [(1, address.as_bytes().to_owned()), (2, inner.to_vec())] {
            let slot = message.0.entry(number).or_default();
            slot.values = vec![Scalar::Bytes(bytes)];
        }
        Ok(())
    }
}

fn key(field: &Field) -> u32 {
    field.number.unsigned_abs()
}

fn has_presence(field: &Field) -> bool {
    field.is_repeated() || field.proto3_optional || field.oneof_index.is_some() || !field.extendee.is_empty()
}

/// Its options may not have been read yet.
fn is_packed(known: Known<'_>) -> bool {
    let options = &known.field.options;
    let written = options
        .settings
        .iter()
        .find_map(|setting| match &setting.name[..] {
            [part] if part.text == "packed" && !part.is_extension => truth(&setting.value),
            _ => None,
        });
    let set = written.or_else(|| options.number(PACKED).map(|value| value != 0));
    known.field.is_packable() && set.unwrap_or(known.is_proto3)
}

fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Identifier {
            negative: false,
            text,
        } => match text.as_str() {
            "true" | "True" | "t" => Some(true),
            "false" | "False" | "f" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

fn real(value: &Value) -> Option<f64> {
    let signed = |negative: bool, value: f64| if negative { -value } else { value };
    match value {
        Value::Float(value) => Some(*value),
        Value::Integer { negative, magnitude } => Some(signed(*negative, *magnitude as f64)),
        Value::Identifier { negative, text } => match text.as_str() {
            "inf" | "infinity" => Some(signed(*negative, f64::INFINITY)),
            "nan" => Some(f64::NAN),
            _ => None,
        },
        _ => None,
    }
}

/// An integer that is in the range of its type.
fn integer(kind: i32, value: i128) -> Option<Scalar> {
    let signed = value as i64;
    Some(match kind {
        kind::INT32 | kind::INT64 | kind::UINT32 | kind::UINT64 => Scalar::Varint(value as u64),
        kind::SINT32 | kind::SINT64 => Scalar::Varint((signed << 1 ^ signed >> 63) as u64),
        kind::FIXED32 | kind::SFIXED32 => Scalar::Fixed32(value as u32),
        kind::FIXED64 | kind::SFIXED64 => Scalar::Fixed64(value as u64),
        _ => return None,
    })
}
