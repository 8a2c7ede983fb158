//! The grammar: from words to a descriptor, with names as they are written.

mod enumeration;
mod extension;
mod field;
mod file;
mod message;
mod option;
mod range;
mod service;
mod text;

use super::{
    comment::{self, Comments},
    descriptor::{File, Location, SourceInfo, kind},
    lexer::{self, Kind, Token},
    mistake::Mistake,
    wire::Packed,
};

/// A file as it is written: no name in it has been looked up, and no option read.
pub(crate) struct Parsed {
    pub(crate) file: File,
    /// Where each location of the file's source info begins, in bytes.
    pub(crate) starts: Vec<usize>,
}

/// Reads the file that imports call `name`.
pub(crate) fn parse(name: &str, source: &str) -> Result<Parsed> {
    let mut parser = Parser {
        source,
        tokens: lexer::tokens(source)?,
        at: 0,
        locations: Vec::new(),
        starts: Vec::new(),
        open: Vec::new(),
        upcoming: Comments::default(),
        depth: 0,
        is_proto3: false,
    };
    let mut file = parser.file()?;
    name.clone_into(&mut file.name);
    file.source_code_info = Some(SourceInfo {
        location: parser.locations,
    });
    Ok(Parsed {
        file,
        starts: parser.starts,
    })
}

type Result<T> = std::result::Result<T, Mistake>;

/// The place of a declaration in the descriptor: the numbers of fields, and indices.
type Path = Vec<i32>;

struct Parser<'a> {
    source: &'a str,
    tokens: Vec<Token>,
    at: usize,
    locations: Vec<Location>,
    starts: Vec<usize>,
    /// Those of `locations` that are being read.
    open: Vec<usize>,
    /// The comments of the declaration that comes next.
    upcoming: Comments,
    /// How deep messages are in each other.
    depth: usize,
    is_proto3: bool,
}

/// Words.
impl Parser<'_> {
    fn token(&self) -> &Token {
        &self.tokens[self.at]
    }

    fn text(&self) -> &str {
        let token = self.token();
        &self.source[token.start..token.end]
    }

    fn offset(&self) -> usize {
        self.token().start
    }

    /// True if the next word is this one. A string is never taken for it: its text has quotes.
    fn sees(&self, text: &str) -> bool {
        self.text() == text && self.token().kind != Kind::End
    }

    fn sees_any(&self, texts: &[&str]) -> bool {
        texts.iter().any(|text| self.sees(text))
    }

    /// True if `text` comes after the next word.
    fn next_is(&self, text: &str) -> bool {
        let token = self.tokens.get(self.at + 1);
        token.is_some_and(|token| &self.source[token.start..token.end] == text)
    }

    fn sees_string(&self) -> bool {
        matches!(self.token().kind, Kind::String(_))
    }

    fn is_at_end(&self) -> bool {
        self.token().kind == Kind::End
    }

    fn step(&mut self) {
        if !self.is_at_end() {
            self.at += 1;
        }
    }

    fn take(&mut self, text: &str) -> bool {
        let sees = self.sees(text);
        if sees {
            self.step();
        }
        sees
    }

    fn expect(&mut self, text: &str) -> Result<()> {
        if self.take(text) {
            Ok(())
        } else {
            Err(self.expected(&format!("'{text}'")))
        }
    }

    /// The mistake that the next word is not what it should be.
    fn expected(&self, what: &str) -> Mistake {
        if self.is_at_end() {
            let end = self.source.trim_end().len();
            return Mistake::new(end, format!("expected {what}, found the end of the file"));
        }
        Mistake::new(self.offset(), format!("expected {what}, found '{}'", self.text()))
    }

    fn identifier(&mut self) -> Result<String> {
        if self.token().kind != Kind::Identifier {
            return Err(self.expected("an identifier"));
        }
        let (text, offset) = (self.text().to_owned(), self.offset());
        self.step();
        not_too_long(text, offset)
    }

    /// Identifiers with dots between them.
    fn full_identifier(&mut self) -> Result<String> {
        let offset = self.offset();
        let mut name = self.identifier()?;
        while self.take(".") {
            name.push('.');
            name.push_str(&self.identifier()?);
        }
        not_too_long(name, offset)
    }

    /// The name of a type, which a dot in front makes a whole one.
    fn type_name(&mut self) -> Result<String> {
        let dot = if self.take(".") { "." } else { "" };
        if dot.is_empty() && kind::NAMES.iter().any(|known| self.sees(known.0)) {
            return Err(self.expected("the name of a message"));
        }
        Ok(format!("{dot}{}", self.full_identifier()?))
    }

    fn unsigned(&mut self) -> Result<u64> {
        let Kind::Integer(value) = self.token().kind else {
            return Err(self.expected("an integer"));
        };
        let value = value.ok_or_else(|| Mistake::new(self.offset(), "integer is too large"))?;
        self.step();
        Ok(value)
    }

    /// A number of a field, or of a range of them.
    fn field_number(&mut self) -> Result<i32> {
        let offset = self.offset();
        let value = self.unsigned()?;
        let number = i32::try_from(value)
            .ok()
            .filter(|number| (1..=MOST).contains(number));
        number.ok_or_else(|| Mistake::new(offset, format!("numbers of fields are between 1 and {MOST}")))
    }

    /// Any number of an enum's value.
    fn enum_number(&mut self) -> Result<i32> {
        let offset = self.offset();
        let negative = self.take("-");
        let magnitude = i128::from(self.unsigned()?);
        let number = i32::try_from(if negative { -magnitude } else { magnitude });
        number.map_err(|_| Mistake::new(offset, "numbers of enum values have 32 bits"))
    }

    /// A string, of as many pieces as there are.
    fn bytes(&mut self) -> Result<Vec<u8>> {
        if !self.sees_string() {
            return Err(self.expected("a string"));
        }
        let mut value = Vec::new();
        while let Kind::String(piece) = &self.token().kind {
            value.extend_from_slice(piece);
            self.step();
        }
        Ok(value)
    }

    fn string(&mut self) -> Result<String> {
        let offset = self.offset();
        String::from_utf8(self.bytes()?).map_err(|_| Mistake::new(offset, "string is not valid utf-8"))
    }
}

/// Locations.
impl Parser<'_> {
    /// The location that is being read.
    fn current(&self) -> usize {
        self.open.last().copied().unwrap_or_default()
    }

    /// The path of what is being read, and then `rest`.
    fn below(&self, rest: &[i32]) -> Path {
        below(&self.locations[self.current()].path.0, rest)
    }

    /// Reads what is at `rest` below what is being read.
    fn within<T>(&mut self, rest: &[i32], read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.at_path(self.below(rest), read)
    }

    fn at_path<T>(&mut self, path: Path, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.starting_at(self.at, path, read)
    }

    /// Reads what began at the word of this index.
    fn starting_at<T>(
        &mut self,
        token: usize,
        path: Path,
        read: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        self.open.push(self.locations.len());
        self.locations.push(Location {
            path: Packed(path),
            ..Location::default()
        });
        self.starts.push(self.tokens[token].start);
        let result = read(self)?;
        if let Some(location) = self.open.pop() {
            self.locations[location].span = self.span(token, self.at);
        }
        Ok(result)
    }

    /// A location of words that have been read.
    fn locate(&mut self, path: Path, from: usize, to: usize) {
        self.locations.push(Location {
            path: Packed(path),
            span: self.span(from, to),
            ..Location::default()
        });
        self.starts.push(self.tokens[from].start);
    }

    /// From one word to before the other.
    fn span(&self, from: usize, to: usize) -> Packed {
        let first = self.tokens[from].position;
        let last = &self.tokens[to.saturating_sub(1).max(from)];
        let mut span = vec![first.line, first.column];
        if last.position.line != first.line {
            span.push(last.position.line);
        }
        span.push(last.end_column);
        Packed(span)
    }
}

/// Comments.
impl Parser<'_> {
    /// The end of a declaration, or of what is before its body: what is being read gets its comments.
    fn end(&mut self, text: &str) -> Result<()> {
        if !self.sees(text) {
            return Err(self.expected(&format!("'{text}'")));
        }
        let comments = self.step_with_comments();
        let Comments {
            leading, detached, ..
        } = std::mem::replace(
            &mut self.upcoming,
            Comments {
                trailing: String::new(),
                ..comments
            },
        );
        let current = self.current();
        let location = &mut self.locations[current];
        location.leading_comments = leading;
        location.trailing_comments = comments.trailing;
        location.leading_detached_comments = detached;
        Ok(())
    }

    /// The end of a body, or of nothing, which has no comments.
    fn take_end(&mut self, text: &str) -> bool {
        if !self.sees(text) {
            return false;
        }
        let comments = self.step_with_comments();
        self.upcoming.leading = comments.leading;
        if text == "}" {
            self.upcoming.detached = comments.detached;
        } else {
            self.upcoming.detached.extend(comments.detached);
        }
        true
    }

    fn step_with_comments(&mut self) -> Comments {
        let at = self.at;
        self.step();
        comment::between(self.source, Some(&self.tokens[at]), self.token())
    }

    /// Statements up to the brace that closes the body that they are in.
    fn body(&mut self, mut statement: impl FnMut(&mut Self) -> Result<()>) -> Result<()> {
        self.end("{")?;
        while !self.take_end("}") {
            if self.is_at_end() {
                return Err(self.expected("'}'"));
            }
            if !self.take_end(";") {
                statement(self)?;
            }
        }
        Ok(())
    }
}

fn below(path: &[i32], rest: &[i32]) -> Path {
    [path, rest].concat()
}

fn index<T>(list: &[T]) -> i32 {
    i32::try_from(list.len()).unwrap_or(i32::MAX)
}

fn not_too_long(name: String, offset: usize) -> Result<String> {
    if name.len() > LONGEST {
        return Err(Mistake::new(
            offset,
            format!("the name has more than {LONGEST} bytes"),
        ));
    }
    Ok(name)
}

/// What is declared in a scope has its name in front, so that longer ones would take too much memory.
const LONGEST: usize = 2048;

/// The greatest number of a field.
pub(super) const MOST: i32 = (1 << 29) - 1;
