//! Which messages hold which: what has to be boxed, and what can be copied and compared.

use std::{
    cell::RefCell,
    collections::{HashMap, HashSet},
};

use prost_types::{
    DescriptorProto, FieldDescriptorProto, FileDescriptorProto,
    field_descriptor_proto::{Label, Type},
};

#[derive(Default)]
pub(super) struct Nesting<'a> {
    /// By full name, with the dot in front.
    messages: HashMap<String, &'a DescriptorProto>,
    /// What is known already.
    derives: RefCell<HashMap<String, Derives>>,
}

/// What can be derived, besides what every message derives.
#[derive(Clone, Copy)]
pub(super) struct Derives {
    pub(super) copy: bool,
    /// `Eq` and `Hash`.
    pub(super) eq: bool,
}

impl Derives {
    const NONE: Self = Self {
        copy: false,
        eq: false,
    };

    /// With what every message derives.
    pub(super) fn list(self) -> String {
        let copy = if self.copy { "Copy, " } else { "" };
        let eq = if self.eq { ", Eq, Hash" } else { "" };
        format!("Clone, {copy}PartialEq{eq}")
    }
}

impl<'a> Nesting<'a> {
    pub(super) fn new(files: &'a [FileDescriptorProto]) -> Self {
        let mut nesting = Self::default();
        for file in files {
            let scope = match file.package() {
                "" => String::new(),
                package => format!(".{package}"),
            };
            nesting.add(&scope, &file.message_type);
        }
        nesting
    }

    fn add(&mut self, scope: &str, messages: &'a [DescriptorProto]) {
        for message in messages {
            let name = format!("{scope}.{}", message.name());
            self.add(&name, &message.nested_type);
            self.messages.insert(name, message);
        }
    }

    /// True if a `field` of `message` would make its type endless.
    pub(super) fn is_boxed(&self, message: &str, field: &FieldDescriptorProto) -> bool {
        field.label() != Label::Repeated
            && matches!(field.r#type(), Type::Message | Type::Group)
            && self.holds(field.type_name(), message)
    }

    pub(super) fn message_derives(&self, message: &str) -> Derives {
        if let Some(&known) = self.derives.borrow().get(message) {
            return known;
        }
        let fields = self.messages.get(message).map_or(&[][..], |found| &found.field);
        let derives = self.derives(message, fields);
        self.derives.borrow_mut().insert(message.to_owned(), derives);
        derives
    }

    /// What is possible with all of these fields of `message`.
    pub(super) fn derives<'f>(
        &self,
        message: &str,
        fields: impl IntoIterator<Item = &'f FieldDescriptorProto>,
    ) -> Derives {
        let all = Derives { copy: true, eq: true };
        fields.into_iter().fold(all, |derives, field| {
            let field = self.field_derives(message, field);
            Derives {
                copy: derives.copy && field.copy,
                eq: derives.eq && field.eq,
            }
        })
    }

    fn field_derives(&self, message: &str, field: &FieldDescriptorProto) -> Derives {
        let is_repeated = field.label() == Label::Repeated;
        match field.r#type() {
            // Neither through a box nor a vector: whether its messages can is not known yet.
            Type::Message if is_repeated || self.holds(field.type_name(), message) => Derives::NONE,
            Type::Message => self.message_derives(field.type_name()),
            Type::Group => Derives::NONE,
            ty => Derives {
                copy: !is_repeated && !matches!(ty, Type::String | Type::Bytes),
                eq: !matches!(ty, Type::Float | Type::Double),
            },
        }
    }

    /// True if an `outer` has an `inner` in it, or in one of its messages, and not in a vector.
    fn holds(&self, outer: &str, inner: &str) -> bool {
        let mut seen = HashSet::from([outer]);
        let mut open = vec![outer];
        while let Some(name) = open.pop() {
            if name == inner {
                return true;
            }
            let Some(message) = self.messages.get(name) else {
                continue;
            };
            for field in &message.field {
                if field.r#type() == Type::Message
                    && field.label() != Label::Repeated
                    && seen.insert(field.type_name())
                {
                    open.push(field.type_name());
                }
            }
        }
        false
    }
}
