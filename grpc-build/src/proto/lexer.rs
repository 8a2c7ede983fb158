//! The words of a `.proto`.

use super::mistake::Mistake;

/// A word, and where it is.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    /// In bytes from the file's start.
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) position: Position,
    pub(crate) end_column: i32,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    Identifier,
    /// Without its value if that is more than 64 bits.
    Integer(Option<u64>),
    Float(f64),
    /// Between its quotes, and without escapes.
    String(Vec<u8>),
    Symbol,
    End,
}

/// As `SourceCodeInfo` counts: from 0, columns in bytes, with tabs to the next column that eight divides.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Position {
    pub(crate) line: i32,
    pub(crate) column: i32,
}

/// All the words of `source`, with [`Kind::End`] as the last.
pub(crate) fn tokens(source: &str) -> Result<Vec<Token>, Mistake> {
    let mut lexer = Lexer {
        source,
        at: 0,
        position: Position::default(),
    };
    let mut tokens = Vec::with_capacity(source.len() / 6);
    loop {
        let token = lexer.token()?;
        let is_end = token.kind == Kind::End;
        tokens.push(token);
        if is_end {
            return Ok(tokens);
        }
    }
}

struct Lexer<'a> {
    source: &'a str,
    at: usize,
    position: Position,
}

impl Lexer<'_> {
    fn token(&mut self) -> Result<Token, Mistake> {
        self.skip_space()?;
        let (start, position) = (self.at, self.position);
        let kind = match self.peek() {
            None => Kind::End,
            Some(b'a'..=b'z' | b'A'..=b'Z' | b'_') => {
                self.skip_while(is_word);
                Kind::Identifier
            }
            Some(b'0'..=b'9') => self.number()?,
            Some(b'.') if self.peek_at(1).is_some_and(|byte| byte.is_ascii_digit()) => self.number()?,
            Some(quote @ (b'"' | b'\'')) => self.string(quote)?,
            Some(byte) if SYMBOLS.contains(&byte) => {
                self.step();
                Kind::Symbol
            }
            Some(_) if start == 0 && self.source.starts_with('\u{feff}') => {
                let text =
                    "invalid token: the file begins with a byte order mark; save it as UTF-8 without one";
                return Err(Mistake::new(start, text));
            }
            Some(_) => return Err(Mistake::new(start, "invalid token")),
        };
        Ok(Token {
            kind,
            start,
            end: self.at,
            position,
            end_column: self.position.column,
        })
    }

    fn peek(&self) -> Option<u8> {
        self.peek_at(0)
    }

    fn peek_at(&self, ahead: usize) -> Option<u8> {
        self.source.as_bytes().get(self.at + ahead).copied()
    }

    fn looks_at(&self, text: &str) -> bool {
        self.source.as_bytes()[self.at..].starts_with(text.as_bytes())
    }

    fn step(&mut self) {
        match self.peek() {
            Some(b'\n') => {
                self.position.line += 1;
                self.position.column = 0;
            }
            Some(b'\t') => self.position.column += TAB - self.position.column % TAB,
            Some(_) => self.position.column += 1,
            None => return,
        }
        self.at += 1;
    }

    fn skip_while(&mut self, matches: fn(u8) -> bool) {
        while self.peek().is_some_and(matches) {
            self.step();
        }
    }

    fn skip_space(&mut self) -> Result<(), Mistake> {
        loop {
            self.skip_while(is_space);
            if self.looks_at("//") {
                self.skip_while(|byte| byte != b'\n');
            } else if self.looks_at("/*") {
                self.skip_block()?;
            } else {
                return Ok(());
            }
        }
    }

    fn skip_block(&mut self) -> Result<(), Mistake> {
        let start = self.at;
        self.step();
        self.step();
        while !self.looks_at("*/") {
            if self.peek().is_none() {
                return Err(Mistake::new(start, "unterminated comment"));
            }
            if self.looks_at("/*") {
                return Err(Mistake::new(self.at, "a comment cannot begin inside of another"));
            }
            self.step();
        }
        self.step();
        self.step();
        Ok(())
    }

    fn number(&mut self) -> Result<Kind, Mistake> {
        let start = self.at;
        if self.peek() == Some(b'0') && matches!(self.peek_at(1), Some(b'x' | b'X')) {
            self.step();
            self.step();
            self.skip_while(|byte| byte.is_ascii_hexdigit());
        } else {
            self.skip_decimal();
        }
        let text = &self.source[start..self.at];
        if self.peek().is_some_and(is_word) {
            return Err(Mistake::new(
                self.at,
                "a number and a name need a space between them",
            ));
        }
        number(text).ok_or_else(|| Mistake::new(start, format!("'{text}' is not a number")))
    }

    fn skip_decimal(&mut self) {
        let digit = |byte: u8| byte.is_ascii_digit();
        self.skip_while(digit);
        if self.peek() == Some(b'.') {
            self.step();
            self.skip_while(digit);
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.step();
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.step();
            }
            self.skip_while(digit);
        }
    }

    fn string(&mut self, quote: u8) -> Result<Kind, Mistake> {
        let start = self.at;
        let mut value = Vec::new();
        self.step();
        loop {
            match self.peek() {
                None | Some(b'\n') => return Err(Mistake::new(start, "unterminated string")),
                Some(0) => return Err(Mistake::new(self.at, "invalid string character")),
                Some(b'\\') => self.escape(&mut value)?,
                Some(byte) => {
                    self.step();
                    if byte == quote {
                        return Ok(Kind::String(value));
                    }
                    value.push(byte);
                }
            }
        }
    }

    fn escape(&mut self, value: &mut Vec<u8>) -> Result<(), Mistake> {
        let start = self.at;
        let invalid = || Mistake::new(start, "invalid string escape");
        self.step();
        let byte = self.peek().ok_or_else(invalid)?;
        if let Some((_, meaning)) = ESCAPES.iter().find(|known| known.0 == byte) {
            self.step();
            value.push(*meaning);
            return Ok(());
        }
        match byte {
            b'0'..=b'7' => {
                let code = self.digits(8, 3);
                value.push(u8::try_from(code).map_err(|_| invalid())?);
            }
            b'x' | b'X' if self.peek_at(1).is_some_and(|byte| byte.is_ascii_hexdigit()) => {
                self.step();
                value.push(self.digits(16, 2) as u8);
            }
            b'u' | b'U' => {
                let count = if byte == b'u' { 4 } else { 8 };
                self.step();
                let before = self.at;
                let char = char::from_u32(self.digits(16, count)).filter(|_| self.at - before == count);
                value.extend_from_slice(char.ok_or_else(invalid)?.encode_utf8(&mut [0; 4]).as_bytes());
            }
            _ => return Err(invalid()),
        }
        Ok(())
    }

    /// The value of up to `most` digits.
    fn digits(&mut self, radix: u32, most: usize) -> u32 {
        let mut value: u32 = 0;
        for _ in 0..most {
            let Some(digit) = self.peek().and_then(|byte| char::from(byte).to_digit(radix)) else {
                break;
            };
            value = value.wrapping_mul(radix).wrapping_add(digit);
            self.step();
        }
        value
    }
}

fn number(text: &str) -> Option<Kind> {
    if let Some(digits) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        return (!digits.is_empty()).then(|| Kind::Integer(u64::from_str_radix(digits, 16).ok()));
    }
    if text.contains(['.', 'e', 'E']) {
        return text.parse().ok().map(Kind::Float);
    }
    if text.len() > 1 && text.starts_with('0') {
        let is_octal = text.bytes().all(|byte| matches!(byte, b'0'..=b'7'));
        return is_octal.then(|| Kind::Integer(u64::from_str_radix(text, 8).ok()));
    }
    Some(Kind::Integer(text.parse().ok()))
}

pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

const TAB: i32 = 8;
const SYMBOLS: &[u8] = b";,.:=-+()[]{}<>/";
const ESCAPES: [(u8, u8); 11] = [
    (b'a', 7),
    (b'b', 8),
    (b'f', 12),
    (b'n', b'\n'),
    (b'r', b'\r'),
    (b't', b'\t'),
    (b'v', 11),
    (b'\\', b'\\'),
    (b'\'', b'\''),
    (b'"', b'"'),
    (b'?', b'?'),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(source: &str) -> Vec<Kind> {
        let mut kinds: Vec<Kind> = tokens(source)
            .unwrap()
            .into_iter()
            .map(|token| token.kind)
            .collect();
        assert_eq!(kinds.pop(), Some(Kind::End));
        kinds
    }

    fn mistake(source: &str) -> (usize, String) {
        let mistake = tokens(source).unwrap_err();
        (mistake.offset.unwrap(), mistake.text)
    }

    #[test]
    fn numbers_are_of_any_base() {
        let integer = |value| Kind::Integer(Some(value));
        assert_eq!(
            kinds("0 12 0x1F 017 18446744073709551615 18446744073709551616"),
            [
                integer(0),
                integer(12),
                integer(31),
                integer(15),
                integer(u64::MAX),
                Kind::Integer(None)
            ]
        );
        assert_eq!(
            kinds("1.5 .5 1. 1e3 1E-3"),
            [1.5, 0.5, 1.0, 1e3, 1e-3].map(Kind::Float)
        );
    }

    #[test]
    fn strings_have_escapes() {
        let string = |bytes: &[u8]| vec![Kind::String(bytes.to_owned())];
        assert_eq!(kinds(r#""it's""#), string(b"it's"));
        assert_eq!(kinds(r#"'\a\n\x4g\1012\?\"'"#), string(b"\x07\n\x04gA2?\""));
        assert_eq!(kinds(r#""\u00e9\U0001F600""#), string("é😀".as_bytes()));
    }

    #[test]
    fn mistakes_are_where_they_are() {
        for (source, offset, text) in [
            ("a $", 2, "invalid token"),
            ("a \"b\n\"", 2, "unterminated string"),
            ("a /* b", 2, "unterminated comment"),
            ("/* /* */ */", 3, "a comment cannot begin inside of another"),
            (r#""\q""#, 1, "invalid string escape"),
            (r#""\777""#, 1, "invalid string escape"),
            (r#""\ud800""#, 1, "invalid string escape"),
            ("1f", 1, "a number and a name need a space between them"),
            ("09", 0, "'09' is not a number"),
            ("0x", 0, "'0x' is not a number"),
            ("1e", 0, "'1e' is not a number"),
        ] {
            assert_eq!(mistake(source), (offset, text.to_owned()), "{source}");
        }
    }

    #[test]
    fn columns_are_bytes_and_tabs_go_to_the_next_eighth() {
        let places: Vec<(i32, i32)> = tokens("\ta\n 'é' b")
            .unwrap()
            .iter()
            .map(|token| (token.position.line, token.position.column))
            .collect();
        assert_eq!(places, [(0, 8), (1, 1), (1, 6), (1, 7)]);
    }
}
