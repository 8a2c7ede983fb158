//! What a file may not say, though it can be written.

mod enumeration;
mod extension;
mod field;
mod message;

use super::{
    descriptor::{File, Message},
    mistake::Wrong,
    pool::Pool,
    symbols::join,
};

/// The mistakes of the file at `index`, which is in the pool, with its options read.
pub(crate) fn validate(pool: &mut Pool, index: usize) -> Vec<Wrong> {
    let mut validator = Validator {
        pool,
        file: &pool.files[index],
        wrong: Vec::new(),
        extensions: Vec::new(),
    };
    validator.file();
    let Validator {
        mut wrong,
        extensions,
        ..
    } = validator;
    for (key, name, path) in extensions {
        let number = key.1;
        if let Some(known) = pool.extensions.insert(key, name) {
            wrong.push(Wrong::new(
                &path,
                format!("'{known}' has the number {number} too"),
            ));
        }
    }
    wrong
}

struct Validator<'a> {
    pool: &'a Pool,
    file: &'a File,
    wrong: Vec<Wrong>,
    /// What is extended and the number, the name of the extension, and where it is.
    extensions: Vec<((String, i32), String, Vec<i32>)>,
}

impl Validator<'_> {
    fn file(&mut self) {
        let file = self.file;
        for (message, at) in file.message_type.iter().zip(0..) {
            self.messages(&file.package, message, &[4, at]);
        }
        for (declared, at) in file.enum_type.iter().zip(0..) {
            self.enumeration(declared, &[5, at]);
        }
        for (field, at) in file.extension.iter().zip(0..) {
            self.extension(&file.package, field, &[7, at]);
        }
    }

    /// The message, and those in it.
    fn messages(&mut self, scope: &str, message: &Message, path: &[i32]) {
        let scope = join(scope, &message.name);
        self.message(message, path);
        for (field, at) in message.field.iter().zip(0..) {
            self.field(field, &[path, &[2, at]].concat());
        }
        for (nested, at) in message.nested_type.iter().zip(0..) {
            self.messages(&scope, nested, &[path, &[3, at]].concat());
        }
        for (declared, at) in message.enum_type.iter().zip(0..) {
            self.enumeration(declared, &[path, &[4, at]].concat());
        }
        for (field, at) in message.extension.iter().zip(0..) {
            self.extension(&scope, field, &[path, &[6, at]].concat());
        }
    }

    fn wrong(&mut self, path: &[i32], rest: &[i32], text: impl Into<String>) {
        self.wrong.push(Wrong::new(&[path, rest].concat(), text));
    }
}
