use std::collections::HashMap;

use prost_types::{DescriptorProto, FieldDescriptorProto};

use super::{Breaks, Difference, Versions, reserved::Reserved};

/// Whether the bytes of one message are understood as those of another, as far as that has been looked at.
pub(super) type Pairs = HashMap<(String, String), bool>;

impl Versions<'_> {
    pub(super) fn messages(&self, found: &mut Vec<Difference>) {
        for (name, old) in &self.old.messages {
            let full = self.old.full(name);
            match self.new.message(name) {
                Some(new) => self.message(&full, old, new, &mut Pairs::new(), found),
                None if self.new.enumeration(name).is_some() => {
                    found.push(Difference::new(Breaks::Code, full, "the message became an enum"));
                }
                None if self.is_inside_of_removed(name) => {}
                None => found.push(Difference::new(Breaks::Code, full, self.removed(name, old))),
            }
        }
        for (name, _) in &self.new.messages {
            let is_old = self.old.message(name).is_some() || self.old.enumeration(name).is_some();
            if !is_old && !self.is_inside_of_added(name) {
                found.push(Difference::new(
                    Breaks::Nothing,
                    self.new.full(name),
                    "message added",
                ));
            }
        }
    }

    /// What reading messages of `old` as those of `new`, and the other way round, breaks. `pairs` are the messages that
    /// have been compared on the way.
    pub(super) fn message(
        &self,
        element: &str,
        old: &DescriptorProto,
        new: &DescriptorProto,
        pairs: &mut Pairs,
        found: &mut Vec<Difference>,
    ) {
        let (was, is) = (Reserved::of_message(old), Reserved::of_message(new));
        for field in &old.field {
            let at = format!("{element}.{}", field.name());
            match by_number(new, field.number()) {
                Some(other) => self.field(&at, (old, field), (new, other), pairs, found),
                None => found.push(gone(at, field, by_name(new, field.name()), &is)),
            }
        }
        for field in &new.field {
            let moved = by_name(old, field.name()).is_some_and(|old| by_number(new, old.number()).is_none());
            if by_number(old, field.number()).is_none() {
                found.extend(added(format!("{element}.{}", field.name()), field, moved, &was));
            }
        }
        was.compare(&is, element, found);
        let deprecation = |message: &DescriptorProto| {
            message
                .options
                .as_ref()
                .is_some_and(|options| options.deprecated())
        };
        if deprecation(old) != deprecation(new) {
            found.push(Difference::new(
                Breaks::Nothing,
                element,
                deprecated(deprecation(new)),
            ));
        }
    }

    /// True if a message that has this one inside is not in the new version.
    pub(super) fn is_inside_of_removed(&self, name: &str) -> bool {
        name.rsplit_once('.')
            .is_some_and(|(outer, _)| self.new.message(outer).is_none())
    }

    pub(super) fn is_inside_of_added(&self, name: &str) -> bool {
        name.rsplit_once('.')
            .is_some_and(|(outer, _)| self.old.message(outer).is_none())
    }

    /// It may have another name now.
    fn removed(&self, name: &str, old: &DescriptorProto) -> String {
        let added = self
            .new
            .messages
            .iter()
            .filter(|(other, _)| self.old.message(other).is_none());
        let mut alike = added.filter(|(other, new)| {
            let same_fields =
                old.field.len() == new.field.len() && old.field.iter().zip(&new.field).all(looks_alike);
            same_fields && !old.field.is_empty() && self.reads_the_same(name, other)
        });
        match (alike.next(), alike.next()) {
            (Some((other, _)), None) => format!("message removed; {} is like it", self.new.full(other)),
            _ => "message removed".to_owned(),
        }
    }

    /// True if the bytes of one message are understood as those of the other.
    pub(super) fn reads_the_same(&self, old: &str, new: &str) -> bool {
        self.reads_the_same_within(old, new, &mut Pairs::new())
    }

    pub(super) fn reads_the_same_within(&self, old: &str, new: &str, pairs: &mut Pairs) -> bool {
        let pair = (old.to_owned(), new.to_owned());
        if let Some(&known) = pairs.get(&pair) {
            return known;
        }
        let (Some(old), Some(new)) = (self.old.message(old), self.new.message(new)) else {
            return false;
        };
        // Messages may contain each other: what is being compared does not speak against itself.
        pairs.insert(pair.clone(), true);
        let mut found = Vec::new();
        self.message("", old, new, pairs, &mut found);
        let same = found.iter().all(|difference| difference.breaks != Breaks::Wire);
        pairs.insert(pair, same);
        same
    }
}

fn by_number(message: &DescriptorProto, number: i32) -> Option<&FieldDescriptorProto> {
    message.field.iter().find(|field| field.number() == number)
}

fn by_name<'a>(message: &'a DescriptorProto, name: &str) -> Option<&'a FieldDescriptorProto> {
    message.field.iter().find(|field| field.name() == name)
}

fn looks_alike((old, new): (&FieldDescriptorProto, &FieldDescriptorProto)) -> bool {
    (old.name(), old.number(), old.r#type()) == (new.name(), new.number(), new.r#type())
}

/// A field whose number is not used any more.
fn gone(
    at: String,
    field: &FieldDescriptorProto,
    moved: Option<&FieldDescriptorProto>,
    is: &Reserved<'_>,
) -> Difference {
    let number = field.number();
    let (breaks, what) = match moved {
        Some(moved) => (
            Breaks::Wire,
            format!("field renumbered from {number} to {}", moved.number()),
        ),
        None => match (is.has_number(number), is.has_name(field.name())) {
            (true, true) => (
                Breaks::Code,
                format!("field {number} removed, and its number and name reserved"),
            ),
            (true, false) => (
                Breaks::Json,
                format!("field {number} removed, and its number reserved"),
            ),
            _ => (
                Breaks::Wire,
                format!("field {number} removed, and its number not reserved"),
            ),
        },
    };
    Difference::new(breaks, at, what)
}

/// A field whose number was not used before; nothing more to say if its name has `moved`.
fn added(at: String, field: &FieldDescriptorProto, moved: bool, was: &Reserved<'_>) -> Option<Difference> {
    let number = field.number();
    let (breaks, what) = if was.has_number(number) {
        (
            Breaks::Wire,
            format!("field {number} added, and that number was reserved"),
        )
    } else if was.has_name(field.name()) {
        (
            Breaks::Json,
            format!("field {number} added, and its name was reserved"),
        )
    } else if moved {
        return None;
    } else {
        (Breaks::Nothing, format!("field {number} added"))
    };
    Some(Difference::new(breaks, at, what))
}

pub(super) fn deprecated(deprecated: bool) -> &'static str {
    if deprecated {
        "is deprecated"
    } else {
        "is no longer deprecated"
    }
}
