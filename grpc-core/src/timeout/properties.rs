use proptest::{collection::vec, prelude::*};

use super::*;

const LONGEST: Duration = Duration::from_secs(99_999_999 * 60 * 60);

/// As many short ones as long ones.
fn timeout() -> impl Strategy<Value = Duration> {
    (any::<u64>(), 0u32..64, 0u32..1_000_000_000)
        .prop_map(|(seconds, shift, nanos)| Duration::new(seconds >> shift, nanos))
}

proptest! {
    #[test]
    fn a_header_says_the_timeout_or_a_little_more(timeout in timeout()) {
        let value = header_value(timeout);
        prop_assert!((2..=9).contains(&value.len()), "{value:?}");
        let read = parse(&value).unwrap();
        let asked = timeout.min(LONGEST);
        prop_assert!(read >= asked);
        // From one unit to the next it is a factor of a thousand at most, which leaves five digits of eight.
        prop_assert!(read - asked <= asked / 99_999, "{timeout:?} became {value:?}");
    }

    #[test]
    fn any_value_is_a_timeout_or_refused(value in vec(any::<u8>(), 0..12)) {
        check(&value);
    }

    #[test]
    fn any_number_of_digits_and_any_unit_is_a_timeout_or_refused(value in "[0-9]{0,10}[HMSmunx+ -]?") {
        check(value.as_bytes());
    }
}

/// PROTOCOL-HTTP2 §Requests: `TimeoutValue → {positive integer as ASCII string of at most 8 digits}`, `TimeoutUnit`.
fn check(value: &[u8]) {
    let is_timeout = matches!(value.len(), 2..=9)
        && value[..value.len() - 1].iter().all(u8::is_ascii_digit)
        && b"HMSmun".contains(&value[value.len() - 1]);
    assert_eq!(read(value).is_some(), is_timeout);
    assert!(read(value).is_none_or(|timeout| timeout <= LONGEST));
}
