use prost_types::{EnumDescriptorProto, EnumValueDescriptorProto};

use super::{Breaks, Difference, Versions, reserved::Reserved};

impl Versions<'_> {
    pub(super) fn enums(&self, found: &mut Vec<Difference>) {
        for (name, old) in &self.old.enums {
            match self.new.enumeration(name) {
                Some(new) => compare(&self.old.full(name), old, new, found),
                None if self.new.message(name).is_some() => {
                    found.push(Difference::new(
                        Breaks::Code,
                        self.old.full(name),
                        "the enum became a message",
                    ));
                }
                // Within a message that is gone too it is not worth a word.
                None if self.is_inside_of_removed(name) => {}
                None => found.push(Difference::new(Breaks::Code, self.old.full(name), "enum removed")),
            }
        }
        for (name, _) in &self.new.enums {
            let is_old = self.old.enumeration(name).is_some() || self.old.message(name).is_some();
            if !is_old && !self.is_inside_of_added(name) {
                found.push(Difference::new(
                    Breaks::Nothing,
                    self.new.full(name),
                    "enum added",
                ));
            }
        }
    }
}

/// What reading values of `old` as those of `new`, and the other way round, breaks.
pub(super) fn compare(
    element: &str,
    old: &EnumDescriptorProto,
    new: &EnumDescriptorProto,
    found: &mut Vec<Difference>,
) {
    let (was, is) = (Reserved::of_enum(old), Reserved::of_enum(new));
    for value in &old.value {
        let at = format!("{element}.{}", value.name());
        let (name, number) = (value.name(), value.number());
        let same_name = new.value.iter().find(|value| value.name() == name);
        let same_number = new.value.iter().find(|value| value.number() == number);
        let (breaks, what) = match (same_name, same_number) {
            (Some(same), _) if same.number() == number => {
                if is_deprecated(value) != is_deprecated(same) {
                    found.push(Difference::new(Breaks::Nothing, at, deprecation(same)));
                }
                continue;
            }
            (Some(moved), _) => (
                Breaks::Wire,
                format!("value renumbered from {number} to {}", moved.number()),
            ),
            (None, Some(other)) => {
                let is_alias = old.value.iter().any(|value| value.name() == other.name());
                let what = if is_alias {
                    format!("this name of value {number} removed")
                } else {
                    format!("value {number} renamed to {}", other.name())
                };
                (Breaks::Json, what)
            }
            (None, None) => match (is.has_number(number), is.has_name(name)) {
                (true, true) => (
                    Breaks::Code,
                    format!("value {number} removed, and its number and name reserved"),
                ),
                (true, false) => (
                    Breaks::Json,
                    format!("value {number} removed, and its number reserved"),
                ),
                _ => (
                    Breaks::Wire,
                    format!("value {number} removed, and its number not reserved"),
                ),
            },
        };
        found.push(Difference::new(breaks, at, what));
    }
    for value in &new.value {
        let (name, number) = (value.name(), value.number());
        let is_new = |other: &EnumValueDescriptorProto| other.number() != number && other.name() != name;
        if old.value.iter().all(is_new) {
            let at = format!("{element}.{name}");
            let (breaks, what) = if was.has_number(number) {
                (
                    Breaks::Wire,
                    format!("value {number} added, and that number was reserved"),
                )
            } else if was.has_name(name) {
                (
                    Breaks::Json,
                    format!("value {number} added, and its name was reserved"),
                )
            } else {
                (Breaks::Nothing, format!("value {number} added"))
            };
            found.push(Difference::new(breaks, at, what));
        }
    }
    was.compare(&is, element, found);
    let deprecated = |declared: &EnumDescriptorProto| {
        declared
            .options
            .as_ref()
            .is_some_and(|options| options.deprecated())
    };
    if deprecated(old) != deprecated(new) {
        let what = super::message::deprecated(deprecated(new));
        found.push(Difference::new(Breaks::Nothing, element, what));
    }
}

fn is_deprecated(value: &EnumValueDescriptorProto) -> bool {
    value.options.as_ref().is_some_and(|options| options.deprecated())
}

fn deprecation(value: &EnumValueDescriptorProto) -> &'static str {
    super::message::deprecated(is_deprecated(value))
}
