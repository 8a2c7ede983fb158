//! `grpc-timeout`: how long a client waits, in its header's form (PROTOCOL-HTTP2 §Requests, `Timeout`).

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, HeaderValue};

use crate::Status;

/// A constant, so that no call parses the name.
pub(crate) const GRPC_TIMEOUT: HeaderName = HeaderName::from_static("grpc-timeout");

/// Reads the header's value.
///
/// # Errors
/// INTERNAL if it is none.
pub(crate) fn parse(value: &HeaderValue) -> Result<Duration, Status> {
    read(value.as_bytes()).ok_or_else(|| {
        Status::internal(format!(
            "grpc-timeout {:?} is not one to eight digits and a unit",
            String::from_utf8_lossy(value.as_bytes())
        ))
    })
}

/// The header's value, of at most eight digits: in the finest unit that fits, rounded up, because the server must
/// not be the first to give up.
pub(crate) fn header_value(timeout: Duration) -> HeaderValue {
    const MOST: u128 = 99_999_999;
    let nanos = timeout.as_nanos();
    let (value, unit) = [
        (1u128, 'n'),
        (1_000, 'u'),
        (1_000_000, 'm'),
        (1_000_000_000, 'S'),
        (60_000_000_000, 'M'),
        (3_600_000_000_000, 'H'),
    ]
    .into_iter()
    .map(|(unit, name)| (nanos.div_ceil(unit), name))
    .find(|(value, _)| *value <= MOST)
    .unwrap_or((MOST, 'H'));
    HeaderValue::from_maybe_shared(Bytes::from(format!("{value}{unit}")))
        .unwrap_or(const { HeaderValue::from_static("99999999H") })
}

fn read(value: &[u8]) -> Option<Duration> {
    let (unit, digits) = value.split_last()?;
    if !(1..=8).contains(&digits.len()) || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let count = digits
        .iter()
        .fold(0, |count, digit| count * 10 + u64::from(digit - b'0'));
    match unit {
        b'H' => Some(Duration::from_secs(count * 60 * 60)),
        b'M' => Some(Duration::from_secs(count * 60)),
        b'S' => Some(Duration::from_secs(count)),
        b'm' => Some(Duration::from_millis(count)),
        b'u' => Some(Duration::from_micros(count)),
        b'n' => Some(Duration::from_nanos(count)),
        _ => None,
    }
}

#[cfg(test)]
mod properties;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_are_up_to_eight_digits_and_a_unit() {
        assert_eq!(read(b"1S"), Some(Duration::from_secs(1)));
        assert_eq!(read(b"99999999H"), Some(Duration::from_secs(99_999_999 * 3600)));
        assert_eq!(read(b"250m"), Some(Duration::from_millis(250)));
        assert_eq!(read(b"3u"), Some(Duration::from_micros(3)));
        assert_eq!(read(b"4n"), Some(Duration::from_nanos(4)));
        assert_eq!(read(b"2M"), Some(Duration::from_secs(120)));
        for bad in ["", "S", "1", "123456789S", "1s", "-1S", "1 S", "1.5S"] {
            assert_eq!(read(bad.as_bytes()), None, "{bad:?}");
        }
    }

    #[test]
    fn a_timeout_has_at_most_eight_digits_and_is_rounded_up() {
        for (timeout, value) in [
            (Duration::ZERO, "0n"),
            (Duration::from_nanos(99_999_999), "99999999n"),
            (Duration::from_nanos(100_000_001), "100001u"),
            (Duration::from_secs(1), "1000000u"),
            (Duration::from_secs(100), "100000m"),
            (Duration::from_millis(99_999_999), "99999999m"),
            (Duration::from_secs(100_000), "100000S"),
            (Duration::from_secs(99_999_999 + 60), "1666668M"),
            (Duration::from_secs(99_999_999 * 60 + 1), "1666667H"),
            (Duration::MAX, "99999999H"),
        ] {
            assert_eq!(header_value(timeout), value, "{timeout:?}");
        }
    }
}
