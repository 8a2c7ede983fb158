//! Values as descriptors have them.

use std::fmt::Write as _;

use super::descriptor::kind;

/// The number, if it is in the range of this kind of integers.
pub(crate) fn integer(kind: i32, negative: bool, magnitude: u64) -> Option<i128> {
    let value = if negative {
        -i128::from(magnitude)
    } else {
        i128::from(magnitude)
    };
    let range = match kind {
        kind::INT32 | kind::SINT32 | kind::SFIXED32 | kind::ENUM => {
            i128::from(i32::MIN)..=i128::from(i32::MAX)
        }
        kind::INT64 | kind::SINT64 | kind::SFIXED64 => i128::from(i64::MIN)..=i128::from(i64::MAX),
        kind::UINT32 | kind::FIXED32 => 0..=i128::from(u32::MAX),
        _ => 0..=i128::from(u64::MAX),
    };
    range.contains(&value).then_some(value)
}

/// As C's `printf("%.15g")` writes it, or with 17 digits if 15 are not it.
pub(crate) fn double(value: f64) -> String {
    let short = significant(value, 15);
    if short.parse() == Ok(value) {
        short
    } else {
        significant(value, 17)
    }
}

/// As C's `printf("%.6g")` writes it, or with as many digits more as it takes.
pub(crate) fn float(value: f32) -> String {
    let written = |digits| significant(f64::from(value), digits);
    let short = written(6);
    if short.parse() == Ok(value) {
        short
    } else {
        written(9)
    }
}

/// With so many digits, without zeros at the end.
fn significant(value: f64, digits: usize) -> String {
    if value.is_nan() {
        return "nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let scientific = format!("{value:.*e}", digits - 1);
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let precision = i32::try_from(digits).unwrap_or(i32::MAX);
    if (-4..precision).contains(&exponent) {
        let decimals = usize::try_from(precision - 1 - exponent).unwrap_or_default();
        return trimmed(&format!("{value:.decimals$}")).to_owned();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{}e{sign}{:02}", trimmed(mantissa), exponent.abs())
}

fn trimmed(number: &str) -> &str {
    if number.contains('.') {
        number.trim_end_matches('0').trim_end_matches('.')
    } else {
        number
    }
}

/// Bytes as text, with what is not printable as C escapes it.
pub(crate) fn escaped(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for &byte in bytes {
        match byte {
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            b'"' | b'\'' | b'\\' => {
                out.push('\\');
                out.push(byte.into());
            }
            b' '..=b'~' => out.push(byte.into()),
            _ => {
                let _ = write!(out, "\\{byte:03o}");
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_written_as_c_does() {
        for (value, text) in [
            (0.0, "0"),
            (-1.5, "-1.5"),
            (0.1, "0.1"),
            (1e15, "1e+15"),
            (123_456_789.0, "123456789"),
            (1e-7, "1e-07"),
            (0.0001, "0.0001"),
            (1.0 / 3.0, "0.33333333333333331"),
            (f64::MAX, "1.7976931348623157e+308"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
            (f64::NAN, "nan"),
        ] {
            assert_eq!(double(value), text);
        }
        for (value, text) in [
            (0.1, "0.1"),
            (1.5e10, "1.5e+10"),
            (16_777_216.0, "16777216"),
            (f32::MAX, "3.40282347e+38"),
        ] {
            assert_eq!(float(value), text);
        }
    }

    #[test]
    fn integers_are_in_the_range_of_their_type() {
        assert_eq!(integer(kind::INT32, true, 1 << 31), Some(-(1 << 31)));
        assert_eq!(integer(kind::INT32, false, 1 << 31), None);
        assert_eq!(integer(kind::UINT32, true, 1), None);
        assert_eq!(integer(kind::UINT64, false, u64::MAX), Some(u64::MAX.into()));
        assert_eq!(integer(kind::SINT64, true, u64::MAX), None);
    }

    #[test]
    fn bytes_are_escaped() {
        assert_eq!(escaped(b"a\0\xff\"'\\\n\t?"), r#"a\000\377\"\'\\\n\t?"#);
    }
}
