//! Default values of proto2, as they stand in an attribute.

use prost_types::{FieldDescriptorProto, field_descriptor_proto::Type};

use super::enumeration;

/// What goes between the quotes of `default = "…"`.
pub(super) fn literal(field: &FieldDescriptorProto, value: &str) -> String {
    match field.r#type() {
        Type::Bytes => {
            let literal = format!("b\"{}\"", unescape(value).escape_ascii());
            literal.escape_default().to_string()
        }
        Type::Enum => {
            let enumeration = field.type_name().rsplit('.').next().unwrap_or_default();
            enumeration::variant(enumeration, value)
        }
        _ => value.escape_default().to_string(),
    }
}

/// The bytes that a descriptor writes as in C.
fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        let [b'\\', escaped, ..] = [first, *after.first().unwrap_or(&0)] else {
            bytes.push(first);
            continue;
        };
        let (byte, length) = match escaped {
            b'0'..=b'7' => number(after, 3, 8),
            b'x' | b'X' => {
                let (byte, length) = number(&after[1..], 2, 16);
                (byte, length + 1)
            }
            b'a' => (0x07, 1),
            b'b' => (0x08, 1),
            b'f' => (0x0C, 1),
            b'n' => (b'\n', 1),
            b'r' => (b'\r', 1),
            b't' => (b'\t', 1),
            b'v' => (0x0B, 1),
            other => (other, 1),
        };
        bytes.push(byte);
        rest = after.get(length..).unwrap_or_default();
    }
    bytes
}

/// The number that up to `most` digits are, and how many they are.
fn number(digits: &[u8], most: usize, base: u32) -> (u8, usize) {
    let digits = digits
        .iter()
        .take(most)
        .map_while(|&digit| char::from(digit).to_digit(base));
    digits.fold((0, 0), |(number, length), digit| {
        // Three octal digits can be more than a byte; so are they in C.
        let number = u32::from(number) * base + digit;
        (number.to_le_bytes()[0], length + 1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_those_of_c() {
        assert_eq!(unescape("plain"), b"plain");
        assert_eq!(
            unescape(r#"\0\001\a\b\f\n\r\t\v\\\'\"\?\xfe\XAg\1234"#),
            b"\0\x01\x07\x08\x0C\n\r\t\x0B\\'\"?\xfe\x0ag\x534"
        );
        assert_eq!(unescape(r"\"), b"\0");
    }
}
