use std::collections::{HashMap, HashSet};

use super::Validator;
use crate::proto::descriptor::{Field, MESSAGE_SET, Message};

impl Validator<'_> {
    /// The message itself, without what is in it.
    pub(super) fn message(&mut self, message: &Message, path: &[i32]) {
        if self.file.is_proto3() && !message.extension_range.is_empty() {
            self.wrong(path, &[5, 0], "extension ranges are not allowed in proto3");
        }
        self.ranges(message, path);
        self.numbers(message, path);
        self.reserved_names(message, path);
        self.json_names(message, path);
        let is_set = message.options.is_set(MESSAGE_SET);
        if is_set && (!message.field.is_empty() || message.extension_range.is_empty()) {
            let text = "a message with message_set_wire_format has extensions and no fields";
            self.wrong(path, &[7], text);
        }
    }

    fn numbers(&mut self, message: &Message, path: &[i32]) {
        let mut known: HashMap<i32, &str> = HashMap::new();
        for (field, at) in message.field.iter().zip(0..) {
            let Field { name, number, .. } = field;
            if let Some(other) = known.insert(*number, name) {
                let text = format!("number {number} of '{name}' is that of '{other}' already");
                self.wrong(path, &[2, at, 3], text);
            }
            let mut reserved = message.reserved_range.iter();
            if reserved.any(|range| (range.start..range.end).contains(number)) {
                let text = format!("number {number} of '{name}' is reserved");
                self.wrong(path, &[2, at, 3], text);
            }
            let mut ranges = message.extension_range.iter();
            if ranges.any(|range| (range.start..range.end).contains(number)) {
                let text = format!("number {number} of '{name}' is one for extensions");
                self.wrong(path, &[2, at, 3], text);
            }
        }
    }

    fn reserved_names(&mut self, message: &Message, path: &[i32]) {
        let mut reserved = HashSet::new();
        for (name, at) in message.reserved_name.iter().zip(0..) {
            if !reserved.insert(name) {
                self.wrong(path, &[10, at], format!("'{name}' is reserved twice"));
            }
        }
        for (field, at) in message.field.iter().zip(0..) {
            if reserved.contains(&field.name) {
                let text = format!("the name '{}' is reserved", field.name);
                self.wrong(path, &[2, at, 1], text);
            }
        }
    }

    /// Ranges of reserved numbers, and of those for extensions, have nothing in common.
    fn ranges(&mut self, message: &Message, path: &[i32]) {
        let reserved = message.reserved_range.iter().zip(0..);
        let extensions = message.extension_range.iter().zip(0..);
        let mut ranges: Vec<(i32, i32, [i32; 2])> = reserved
            .map(|(range, at)| (range.start, range.end, [9, at]))
            .chain(extensions.map(|(range, at)| (range.start, range.end, [5, at])))
            .collect();
        ranges.sort_unstable();
        for pair in ranges.windows(2) {
            let [(.., end, _), (start, _, at)] = [pair[0], pair[1]];
            if start < end {
                self.wrong(path, &at, format!("number {start} is in another range already"));
            }
        }
    }

    /// Two fields of one name could not be told apart in JSON, which proto2 does not care for.
    fn json_names(&mut self, message: &Message, path: &[i32]) {
        if !self.file.is_proto3() {
            return;
        }
        let mut known: HashMap<&str, &str> = HashMap::new();
        for (field, at) in message.field.iter().zip(0..) {
            if let Some(other) = known.insert(&field.json_name, &field.name) {
                let text = format!(
                    "'{}' is '{}' in JSON, which is what '{other}' is already",
                    field.name, field.json_name
                );
                self.wrong(path, &[2, at, 1], text);
            }
        }
    }
}
