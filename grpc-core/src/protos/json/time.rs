//! Points in time and durations as text: RFC 3339, and seconds.

/// 0001-01-01T00:00:00Z, in seconds since 1970.
const FIRST: i64 = -62_135_596_800;
/// 9999-12-31T23:59:59Z.
const LAST: i64 = 253_402_300_799;
/// Ten thousand years, in seconds.
const LONGEST: i64 = 315_576_000_000;

const NANOS: i32 = 1_000_000_000;
const DAY: i64 = 24 * 60 * 60;

/// Seconds since 1970 and nanoseconds; `None` if it is no timestamp, or not one of the years 1 to 9999.
pub(super) fn parse_timestamp(text: &str) -> Option<(i64, i32)> {
    let mut rest = Rest(text);
    let year = rest.digits(4)?;
    rest.take("-")?;
    let month = rest.digits(2)?;
    rest.take("-")?;
    let day = rest.digits(2)?;
    rest.take("T")?;
    let hour = rest.digits(2)?;
    rest.take(":")?;
    let minute = rest.digits(2)?;
    rest.take(":")?;
    let second = rest.digits(2)?;
    let nanos = rest.fraction()?;
    let offset = rest.offset()?;
    let is_date = year >= 1 && (1..=12).contains(&month) && (1..=days_in(year, month)).contains(&day);
    if !is_date || hour > 23 || minute > 59 || second > 59 || !rest.0.is_empty() {
        return None;
    }
    let seconds = days_before(year, month, day) * DAY + hour * 3600 + minute * 60 + second - offset;
    (FIRST..=LAST).contains(&seconds).then_some((seconds, nanos))
}

/// As RFC 3339 has it, in UTC; `None` if it is out of range.
pub(super) fn format_timestamp(seconds: i64, nanos: i32) -> Option<String> {
    if !(FIRST..=LAST).contains(&seconds) || !(0..NANOS).contains(&nanos) {
        return None;
    }
    let (year, month, day) = date(seconds.div_euclid(DAY));
    let second = seconds.rem_euclid(DAY);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    Some(format!(
        "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{}Z",
        fraction(nanos)
    ))
}

/// Seconds and nanoseconds, of one sign; `None` if it is no duration, or longer than ten thousand years.
pub(super) fn parse_duration(text: &str) -> Option<(i64, i32)> {
    let (sign, text) = match text.strip_prefix('-') {
        Some(text) => (-1, text),
        None => (1, text),
    };
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let mut rest = Rest(text);
    let seconds = (digits > 0).then(|| rest.digits(digits)).flatten()?;
    let nanos = rest.fraction()?;
    if rest.0 != "s" || seconds > LONGEST || (seconds == LONGEST && nanos > 0) {
        return None;
    }
    Some((i64::from(sign) * seconds, sign * nanos))
}

/// `1.5s`; `None` if it is out of range, or its parts are of different signs.
pub(super) fn format_duration(seconds: i64, nanos: i32) -> Option<String> {
    let is_mixed = (seconds > 0 && nanos < 0) || (seconds < 0 && nanos > 0);
    if seconds.unsigned_abs() > LONGEST.unsigned_abs()
        || nanos.unsigned_abs() >= NANOS.unsigned_abs()
        || is_mixed
    {
        return None;
    }
    let sign = if seconds < 0 || nanos < 0 { "-" } else { "" };
    Some(format!(
        "{sign}{}{}s",
        seconds.unsigned_abs(),
        fraction(nanos.saturating_abs())
    ))
}

/// Nothing, or a point and three, six or nine digits.
fn fraction(nanos: i32) -> String {
    match nanos {
        0 => String::new(),
        _ if nanos % 1_000_000 == 0 => format!(".{:03}", nanos / 1_000_000),
        _ if nanos % 1_000 == 0 => format!(".{:06}", nanos / 1_000),
        _ => format!(".{nanos:09}"),
    }
}

/// What is left to read.
struct Rest<'a>(&'a str);

impl Rest<'_> {
    fn take(&mut self, prefix: &str) -> Option<()> {
        self.0 = self.0.strip_prefix(prefix)?;
        Some(())
    }

    /// A number of exactly so many digits.
    fn digits(&mut self, count: usize) -> Option<i64> {
        let (digits, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        digits
            .bytes()
            .all(|byte| byte.is_ascii_digit())
            .then(|| digits.parse().ok())
            .flatten()
    }

    /// Nanoseconds, if there is a point.
    fn fraction(&mut self) -> Option<i32> {
        if self.take(".").is_none() {
            return Some(0);
        }
        let count = self.0.bytes().take_while(u8::is_ascii_digit).count();
        let scale = 10_i64.checked_pow(9_u32.checked_sub(u32::try_from(count).ok()?)?)?;
        if count == 0 {
            return None;
        }
        i32::try_from(self.digits(count)? * scale).ok()
    }

    /// What the local time is ahead of UTC, in seconds.
    fn offset(&mut self) -> Option<i64> {
        if self.take("Z").is_some() {
            return Some(0);
        }
        let sign = if self.take("+").is_some() {
            1
        } else {
            self.take("-")?;
            -1
        };
        let hours = self.digits(2)?;
        self.take(":")?;
        let minutes = self.digits(2)?;
        (hours <= 23 && minutes <= 59).then_some(sign * (hours * 3600 + minutes * 60))
    }
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The days from 1970-01-01 to this one.
fn days_before(year: i64, month: i64, day: i64) -> i64 {
    let in_year: i64 = (1..month).map(|month| days_in(year, month)).sum();
    years(year) + in_year + day - 1
}

/// The days from 1970-01-01 to the first of this year.
fn years(year: i64) -> i64 {
    /// The days from year 1 to 1970.
    const TO_1970: i64 = 719_162;
    let past = year - 1;
    past * 365 + past / 4 - past / 100 + past / 400 - TO_1970
}

/// The date so many days after 1970-01-01, of the years that a timestamp has.
fn date(days: i64) -> (i64, i64, i64) {
    // A year is never longer than 366 days nor shorter than 365, so this is a year too early at most.
    let mut year = (days + 719_162) / 366 + 1;
    while years(year + 1) <= days {
        year += 1;
    }
    let mut day = days - years(year);
    let mut month = 1;
    while day >= days_in(year, month) {
        day -= days_in(year, month);
        month += 1;
    }
    (year, month, day + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timestamp_is_read_in_any_offset_and_written_in_utc() {
        for (text, seconds, nanos, written) in [
            ("1970-01-01T00:00:00Z", 0, 0, "1970-01-01T00:00:00Z"),
            (
                "1969-12-31T23:59:59.5Z",
                -1,
                500_000_000,
                "1969-12-31T23:59:59.500Z",
            ),
            (
                "2024-02-29T12:30:00+05:30",
                1_709_190_000,
                0,
                "2024-02-29T07:00:00Z",
            ),
            (
                "2000-01-01T00:00:00-01:00",
                946_688_400,
                0,
                "2000-01-01T01:00:00Z",
            ),
            (
                "1996-12-19T16:39:57.123456Z",
                851_013_597,
                123_456_000,
                "1996-12-19T16:39:57.123456Z",
            ),
            (
                "2001-09-09T01:46:40.000000001Z",
                1_000_000_000,
                1,
                "2001-09-09T01:46:40.000000001Z",
            ),
            ("0001-01-01T00:00:00Z", FIRST, 0, "0001-01-01T00:00:00Z"),
            (
                "9999-12-31T23:59:59.999999999Z",
                LAST,
                999_999_999,
                "9999-12-31T23:59:59.999999999Z",
            ),
        ] {
            assert_eq!(parse_timestamp(text), Some((seconds, nanos)), "{text}");
            assert_eq!(
                format_timestamp(seconds, nanos).as_deref(),
                Some(written),
                "{text}"
            );
        }
    }

    #[test]
    fn every_day_of_the_calendar_is_written_as_it_is_read() {
        let (first, last) = (FIRST / DAY, LAST / DAY);
        let mut expected = (1, 1, 1);
        for days in first..=last {
            assert_eq!(date(days), expected);
            let (year, month, day) = expected;
            assert_eq!(days_before(year, month, day), days);
            expected = match (day == days_in(year, month), month) {
                (true, 12) => (year + 1, 1, 1),
                (true, _) => (year, month + 1, 1),
                (false, _) => (year, month, day + 1),
            };
        }
        assert_eq!(expected, (10_000, 1, 1));
    }

    #[test]
    fn what_is_no_timestamp_is_refused() {
        for text in [
            "",
            "x",
            "2024-01-01",
            "2024-01-01 00:00:00Z",
            "2024-01-01t00:00:00Z",
            "2024-01-01T00:00:00z",
            "2024-01-01T00:00:00",
            "2024-1-01T00:00:00Z",
            "2024-13-01T00:00:00Z",
            "2024-00-01T00:00:00Z",
            "2023-02-29T00:00:00Z",
            "2024-01-32T00:00:00Z",
            "2024-01-01T24:00:00Z",
            "2024-01-01T00:60:00Z",
            "2024-01-01T00:00:60Z",
            "2024-01-01T00:00:00.Z",
            "2024-01-01T00:00:00.1234567890Z",
            "2024-01-01T00:00:00Z ",
            "2024-01-01T00:00:00+24:00",
            "2024-01-01T00:00:00+0100",
            "0000-01-01T00:00:00Z",
            "0001-01-01T00:00:00+00:01",
            "9999-12-31T23:59:59-00:01",
            "+024-01-01T00:00:00Z",
            "２024-01-01T00:00:00Z",
        ] {
            assert_eq!(parse_timestamp(text), None, "{text}");
        }
        for (seconds, nanos) in [(FIRST - 1, 0), (LAST + 1, 0), (0, -1), (0, NANOS), (i64::MIN, 0)] {
            assert_eq!(format_timestamp(seconds, nanos), None, "{seconds} {nanos}");
        }
    }

    #[test]
    fn durations_are_read_and_written() {
        for (text, seconds, nanos, written) in [
            ("0s", 0, 0, "0s"),
            ("1.5s", 1, 500_000_000, "1.500s"),
            ("-1.000001s", -1, -1_000, "-1.000001s"),
            ("-0.5s", 0, -500_000_000, "-0.500s"),
            ("0.000000001s", 0, 1, "0.000000001s"),
            ("315576000000s", LONGEST, 0, "315576000000s"),
        ] {
            assert_eq!(parse_duration(text), Some((seconds, nanos)), "{text}");
            assert_eq!(
                format_duration(seconds, nanos).as_deref(),
                Some(written),
                "{text}"
            );
        }
        for text in [
            "",
            "s",
            "1",
            "1.s",
            ".5s",
            "1.0000000000s",
            "1,5s",
            "--1s",
            "+1s",
            "1 s",
            "315576000001s",
            "315576000000.1s",
            "99999999999999999999s",
            "1e3s",
        ] {
            assert_eq!(parse_duration(text), None, "{text}");
        }
        for (seconds, nanos) in [
            (1, -1),
            (-1, 1),
            (LONGEST + 1, 0),
            (0, NANOS),
            (i64::MIN, i32::MIN),
        ] {
            assert_eq!(format_duration(seconds, nanos), None, "{seconds} {nanos}");
        }
    }
}
