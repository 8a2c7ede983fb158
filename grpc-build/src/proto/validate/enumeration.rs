use std::collections::{HashMap, HashSet};

use super::Validator;
use crate::proto::descriptor::{ALLOW_ALIAS, Enum};

impl Validator<'_> {
    pub(super) fn enumeration(&mut self, declared: &Enum, path: &[i32]) {
        let Some(first) = declared.value.first() else {
            self.wrong(path, &[1], "an enum has at least one value");
            return;
        };
        if self.file.is_proto3() && first.number != 0 {
            self.wrong(
                path,
                &[2, 0, 2],
                "the first value of an enum must be zero in proto3",
            );
        }
        let has_alias = self.values(declared, path);
        if declared.options.is_set(ALLOW_ALIAS) && !has_alias {
            let text = "allow_alias is set, and no two values have one number";
            self.wrong(path, &[3], text);
        }
        self.enum_ranges(declared, path);
    }

    /// True if two values have one number.
    fn values(&mut self, declared: &Enum, path: &[i32]) -> bool {
        let allows_alias = declared.options.is_set(ALLOW_ALIAS);
        let mut has_alias = false;
        let mut known: HashMap<i32, &str> = HashMap::new();
        for (value, at) in declared.value.iter().zip(0..) {
            let (name, number) = (&value.name, value.number);
            if let Some(other) = known.insert(number, name) {
                has_alias = true;
                if !allows_alias {
                    let text = format!(
                        "number {number} of '{name}' is that of '{other}' already (`option allow_alias = true;` \
                         would allow it)"
                    );
                    self.wrong(path, &[2, at, 2], text);
                }
            }
            let mut reserved = declared.reserved_range.iter();
            if reserved.any(|range| (range.start..=range.end).contains(&number)) {
                self.wrong(
                    path,
                    &[2, at, 2],
                    format!("number {number} of '{name}' is reserved"),
                );
            }
            if declared.reserved_name.contains(name) {
                self.wrong(path, &[2, at, 1], format!("the name '{name}' is reserved"));
            }
        }
        has_alias
    }

    fn enum_ranges(&mut self, declared: &Enum, path: &[i32]) {
        let ranges = declared.reserved_range.iter().zip(0..);
        let mut ranges: Vec<(i32, i32, i32)> =
            ranges.map(|(range, at)| (range.start, range.end, at)).collect();
        ranges.sort_unstable();
        for pair in ranges.windows(2) {
            let [(_, end, _), (start, _, at)] = [pair[0], pair[1]];
            if start <= end {
                let text = format!("number {start} is in another range already");
                self.wrong(path, &[4, at], text);
            }
        }
        let mut names = HashSet::new();
        for (name, at) in declared.reserved_name.iter().zip(0..) {
            if !names.insert(name) {
                self.wrong(path, &[5, at], format!("'{name}' is reserved twice"));
            }
        }
    }
}
