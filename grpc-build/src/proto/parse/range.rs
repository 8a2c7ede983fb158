use super::{Parser, Result};
use crate::proto::{
    descriptor::{ExtensionRange, Options, Range},
    mistake::Mistake,
};

/// What is different about the ranges of messages and of enums.
pub(super) struct Ranges {
    /// The fields of the descriptor.
    pub(super) range: i32,
    pub(super) name: i32,
    /// What `max` stands for.
    pub(super) most: i32,
    pub(super) number: fn(&mut Parser<'_>) -> Result<i32>,
}

/// `start` and `end` of a range, and its options.
const START: i32 = 1;
const END: i32 = 2;
const OPTIONS: i32 = 3;

impl Parser<'_> {
    /// Reserved names, or numbers: those of a message are without the end in a descriptor.
    pub(super) fn reserved(
        &mut self,
        kind: &Ranges,
        ranges: &mut Vec<Range>,
        names: &mut Vec<String>,
    ) -> Result<()> {
        let start = self.at;
        self.step();
        if self.sees_string() {
            return self.starting_at(start, self.below(&[kind.name]), |parser| {
                loop {
                    let path = [super::index(names)];
                    names.push(parser.within(&path, Self::string)?);
                    if !parser.take(",") {
                        return parser.end(";");
                    }
                }
            });
        }
        self.starting_at(start, self.below(&[kind.range]), |parser| {
            loop {
                let path = [super::index(ranges)];
                ranges.push(parser.within(&path, |parser| parser.range(kind))?);
                if !parser.take(",") {
                    return parser.end(";");
                }
            }
        })
    }

    fn range(&mut self, kind: &Ranges) -> Result<Range> {
        let (first, offset) = (self.at, self.offset());
        let start = self.within(&[START], kind.number)?;
        let end = if self.take("to") {
            self.within(&[END], |parser| {
                if parser.take("max") {
                    Ok(kind.most)
                } else {
                    (kind.number)(parser)
                }
            })?
        } else {
            let path = self.below(&[END]);
            // As protoc has it, of a negative number the sign only.
            self.locate(path, first, first + 1);
            start
        };
        if end < start {
            return Err(Mistake::new(offset, "the end of a range is less than its start"));
        }
        let end = if kind.most == i32::MAX { end } else { end + 1 };
        Ok(Range { start, end })
    }

    /// Ranges of extensions, to which the options at the end are common.
    pub(super) fn extensions(&mut self, ranges: &mut Vec<ExtensionRange>) -> Result<()> {
        self.step();
        let before = ranges.len();
        loop {
            let path = [super::index(ranges)];
            let Range { start, end } = self.within(&path, |parser| parser.range(&EXTENSIONS))?;
            ranges.push(ExtensionRange {
                start,
                end,
                options: Options::default(),
            });
            if !self.take(",") {
                break;
            }
        }
        if self.sees("[") {
            let first_location = self.locations.len();
            let mut options = Options::default();
            let index = i32::try_from(before).unwrap_or(i32::MAX);
            self.within(&[index, OPTIONS], |parser| parser.option_list(&mut options))?;
            self.repeat_options(&options, first_location, &mut ranges[before..]);
        }
        self.end(";")
    }

    /// Gives `options`, the locations of which are from `first_location` on, to each of the ranges.
    fn repeat_options(&mut self, options: &Options, first_location: usize, ranges: &mut [ExtensionRange]) {
        let index_at = self.below(&[]).len();
        let last_location = self.locations.len();
        for (count, range) in (0..).zip(ranges) {
            range.options = options.clone();
            if count == 0 {
                continue;
            }
            let moved = self.locations.len() - first_location;
            for location in first_location..last_location {
                let mut copy = self.locations[location].clone();
                copy.path.0[index_at] += count;
                self.locations.push(copy);
                self.starts.push(self.starts[location]);
            }
            for setting in &mut range.options.settings {
                setting.location += moved;
            }
        }
    }
}

const EXTENSIONS: Ranges = Ranges {
    range: super::message::at::EXTENSION_RANGE,
    name: 0,
    most: super::MOST,
    number: |parser| parser.field_number(),
};
