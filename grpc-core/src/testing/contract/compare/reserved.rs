use prost_types::{DescriptorProto, EnumDescriptorProto};

use super::{Breaks, Difference};

/// The numbers and names that a message or an enum does not want to be used any more.
pub(super) struct Reserved<'a> {
    /// Both ends included.
    ranges: Vec<(i32, i32)>,
    names: &'a [String],
}

impl<'a> Reserved<'a> {
    pub(super) fn of_message(message: &'a DescriptorProto) -> Self {
        let ranges = message.reserved_range.iter();
        Self {
            ranges: ranges
                .map(|range| (range.start(), range.end().saturating_sub(1)))
                .collect(),
            names: &message.reserved_name,
        }
    }

    pub(super) fn of_enum(declared: &'a EnumDescriptorProto) -> Self {
        let ranges = declared.reserved_range.iter();
        Self {
            ranges: ranges.map(|range| (range.start(), range.end())).collect(),
            names: &declared.reserved_name,
        }
    }

    pub(super) fn has_number(&self, number: i32) -> bool {
        self.ranges
            .iter()
            .any(|&(start, end)| (start..=end).contains(&number))
    }

    pub(super) fn has_name(&self, name: &str) -> bool {
        self.names.iter().any(|reserved| reserved == name)
    }

    /// What was reserved and no longer is, and what is reserved now.
    pub(super) fn compare(&self, new: &Self, element: &str, found: &mut Vec<Difference>) {
        let mut push = |breaks, what| found.push(Difference::new(breaks, element, what));
        for range in self.without(new) {
            push(Breaks::Wire, format!("{} no longer reserved", numbers(range)));
        }
        for range in new.without(self) {
            push(Breaks::Nothing, format!("{} reserved", numbers(range)));
        }
        for name in self.names.iter().filter(|name| !new.has_name(name)) {
            push(Breaks::Json, format!("the name {name} is no longer reserved"));
        }
        for name in new.names.iter().filter(|name| !self.has_name(name)) {
            push(Breaks::Nothing, format!("the name {name} is reserved"));
        }
    }

    /// The numbers that are reserved here and not there.
    fn without(&self, other: &Self) -> Vec<(i32, i32)> {
        let mut there = other.ranges.clone();
        there.sort_unstable();
        let mut left = Vec::new();
        for &(start, end) in &self.ranges {
            let mut next = i64::from(start);
            for &(from, to) in &there {
                if i64::from(to) < next || from > end {
                    continue;
                }
                if i64::from(from) > next {
                    left.push((next, i64::from(from) - 1));
                }
                next = i64::from(to) + 1;
            }
            if next <= i64::from(end) {
                left.push((next, i64::from(end)));
            }
        }
        let number = |n: i64| i32::try_from(n).unwrap_or(i32::MAX);
        left.into_iter()
            .map(|(start, end)| (number(start), number(end)))
            .collect()
    }
}

fn numbers((start, end): (i32, i32)) -> String {
    /// What a message's last number is written as, and an enum's.
    const MAX: [i32; 2] = [(1 << 29) - 1, i32::MAX];
    if start == end {
        format!("number {start} is")
    } else if MAX.contains(&end) {
        format!("the numbers from {start} on are")
    } else {
        format!("the numbers {start} to {end} are")
    }
}
