//! Looks up the types that a file names.

use super::{
    descriptor::{Field, File, Message, kind},
    mistake::Wrong,
    symbols::{Kind, Symbols, join},
};

/// Puts the whole names of types in place of those that are written.
pub(crate) fn resolve(file: &mut File, index: usize, symbols: &Symbols) -> Vec<Wrong> {
    let mut resolve = Resolve {
        symbols,
        file: index,
        wrong: Vec::new(),
    };
    let package = &file.package;
    for (message, at) in file.message_type.iter_mut().zip(0..) {
        resolve.message(package, message, &[4, at]);
    }
    for (field, at) in file.extension.iter_mut().zip(0..) {
        resolve.field(package, field, &[7, at]);
    }
    for (service, at) in file.service.iter_mut().zip(0..) {
        let scope = join(package, &service.name);
        for (method, index) in service.method.iter_mut().zip(0..) {
            resolve.message_name(&scope, &mut method.input_type, &[6, at, 2, index, 2]);
            resolve.message_name(&scope, &mut method.output_type, &[6, at, 2, index, 3]);
        }
    }
    resolve.wrong
}

struct Resolve<'a> {
    symbols: &'a Symbols,
    file: usize,
    wrong: Vec<Wrong>,
}

impl Resolve<'_> {
    fn message(&mut self, scope: &str, message: &mut Message, path: &[i32]) {
        let scope = join(scope, &message.name);
        let below = |field: i32, at: i32| [path, &[field, at]].concat();
        for (field, at) in message.field.iter_mut().zip(0..) {
            self.field(&scope, field, &below(2, at));
        }
        for (nested, at) in message.nested_type.iter_mut().zip(0..) {
            self.message(&scope, nested, &below(3, at));
        }
        for (field, at) in message.extension.iter_mut().zip(0..) {
            self.field(&scope, field, &below(6, at));
        }
    }

    fn field(&mut self, scope: &str, field: &mut Field, path: &[i32]) {
        if !field.extendee.is_empty() {
            self.message_name(scope, &mut field.extendee, &[path, &[2]].concat());
        }
        if field.type_name.is_empty() {
            return;
        }
        let type_path = [path, &[6]].concat();
        let Some(kind) = self.name(scope, &mut field.type_name, &type_path) else {
            return;
        };
        match kind {
            Kind::Message(_) if field.kind == kind::GROUP => {}
            Kind::Message(_) => field.kind = kind::MESSAGE,
            Kind::Enum(..) => field.kind = kind::ENUM,
            _ => {
                let text = format!("'{}' is not a message or an enum", &field.type_name[1..]);
                self.wrong.push(Wrong::new(&type_path, text));
            }
        }
        self.default(field, &[path, &[7]].concat());
    }

    /// Checks the default of a field that is of a type with a name.
    fn default(&mut self, field: &Field, path: &[i32]) {
        let Some(default) = &field.default_value else {
            return;
        };
        if field.kind != kind::ENUM {
            let text = "a message has no default";
            self.wrong.push(Wrong::new(path, text));
            return;
        }
        let declared = &field.type_name[1..];
        let scope = declared.rsplit_once('.').map_or("", |(scope, _)| scope);
        let value = self.symbols.anywhere(&join(scope, default));
        if !value.is_some_and(|symbol| matches!(&symbol.kind, Kind::Value(of) if of == declared)) {
            let text = format!("enum '{declared}' has no value '{default}'");
            self.wrong.push(Wrong::new(path, text));
        }
    }

    fn message_name(&mut self, scope: &str, name: &mut String, path: &[i32]) {
        let kind = self.name(scope, name, path);
        if kind.is_some_and(|kind| !matches!(kind, Kind::Message(_))) {
            let text = format!("'{}' is not a message", &name[1..]);
            self.wrong.push(Wrong::new(path, text));
        }
    }

    /// Makes the name whole, with a dot in front; `None` if there is none such.
    fn name(&mut self, scope: &str, name: &mut String, path: &[i32]) -> Option<Kind> {
        let is_type = |kind: &Kind| matches!(kind, Kind::Message(_) | Kind::Enum(..));
        match self.symbols.resolve(self.file, scope, name, is_type) {
            Ok((whole, symbol)) => {
                *name = format!(".{whole}");
                Some(symbol.kind.clone())
            }
            Err(unknown) => {
                self.wrong.push(Wrong::new(path, unknown.0));
                None
            }
        }
    }
}
