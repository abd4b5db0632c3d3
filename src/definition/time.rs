//! Durations and dates as files have them.

use std::borrow::Cow;

use super::decode::{Decode, unexpected};
use super::problem::Problems;
use super::scalar::Scalar;
use super::schema::{Schema, Schemas};
use super::words::shown;
use super::yaml::Node;

const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const WEEK: i64 = 7 * DAY;

/// The longest duration: a hundred years. Any two of them can be added to any date.
const MAX_DURATION: i64 = 36_525 * DAY;

/// A time span of 0 or more, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Duration(pub i64);

impl Decode for Duration {
    fn expected() -> Cow<'static, str> {
        "a duration such as 7d: a whole number with s, m, h, d or w".into()
    }

    fn decode(node: &Node, problems: &mut Problems) -> Option<Self> {
        let text = text_of(node, &Self::expected(), problems)?;
        match duration(text) {
            Ok(milliseconds) => Some(Self(milliseconds)),
            Err(problem) => {
                problems.add(node.place, problem);
                None
            }
        }
    }

    fn schema(_: &mut Schemas) -> Schema {
        Schema::of("string").with_json("pattern", "^[0-9]+[smhdw]$".into())
    }
}

/// A time span above 0, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Length(pub i64);

impl Decode for Length {
    fn expected() -> Cow<'static, str> {
        Duration::expected()
    }

    fn decode(node: &Node, problems: &mut Problems) -> Option<Self> {
        let Duration(milliseconds) = Duration::decode(node, problems)?;
        if milliseconds == 0 {
            problems.add(node.place, "expected a duration above 0");
            return None;
        }
        Some(Self(milliseconds))
    }

    fn schema(_: &mut Schemas) -> Schema {
        Schema::of("string").with_json("pattern", "^0*[1-9][0-9]*[smhdw]$".into())
    }
}

/// A point in time, in milliseconds since 1970-01-01 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Instant(pub i64);

impl Decode for Instant {
    fn expected() -> Cow<'static, str> {
        "a date such as 2026-03-01 or 2026-03-01T12:00:00Z".into()
    }

    fn decode(node: &Node, problems: &mut Problems) -> Option<Self> {
        let text = text_of(node, &Self::expected(), problems)?;
        match instant(text) {
            Ok(milliseconds) => Some(Self(milliseconds)),
            Err(problem) => {
                problems.add(node.place, problem);
                None
            }
        }
    }

    fn schema(_: &mut Schemas) -> Schema {
        Schema::of("string").with_json("pattern", "^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ].*)?$".into())
    }
}

/// A text; to quote a number would make no date of it.
fn text_of<'n>(node: &'n Node, expected: &str, problems: &mut Problems) -> Option<&'n str> {
    if let Some(Scalar::Text(text)) = node.scalar() {
        return Some(text);
    }
    unexpected(node, expected, problems);
    None
}

fn duration(text: &str) -> Result<i64, String> {
    let wrong = || format!("{} is not {}", shown(text), Duration::expected());
    let unit = match text.chars().last() {
        Some('s') => SECOND,
        Some('m') => MINUTE,
        Some('h') => HOUR,
        Some('d') => DAY,
        Some('w') => WEEK,
        _ => return Err(wrong()),
    };
    let digits = &text[..text.len() - 1];
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong());
    }
    // A number too large for an integer is too long as well.
    let milliseconds = digits.parse().ok().and_then(|number: i64| number.checked_mul(unit));
    milliseconds
        .filter(|milliseconds| *milliseconds <= MAX_DURATION)
        .ok_or_else(|| format!("{} is too long, must be at most 36525d (100 years)", shown(text)))
}

fn instant(text: &str) -> Result<i64, String> {
    let milliseconds = read_instant(text).ok_or_else(|| {
        let form = "also with milliseconds, an offset such as +01:00, or none, which is UTC";
        format!("{} is not {} ({form})", shown(text), Instant::expected())
    })?;
    // Days are counted from 1970 on; DateTime64(3) ends with 2299.
    let range = 0..days_before(2300, 1, 1) * DAY;
    if range.contains(&milliseconds) {
        return Ok(milliseconds);
    }
    Err(format!("{} is out of range, must be from 1970 to 2299", shown(text)))
}

/// Reads `YYYY-MM-DD[(T| )HH:MM[:SS[.fff]][Z|±HH:MM]]`.
fn read_instant(text: &str) -> Option<i64> {
    let mut rest = Rest(text.as_bytes());
    let (year, month, day) = (rest.digits(4)?, rest.after(b"-")?.digits(2)?, rest.after(b"-")?.digits(2)?);
    if !(1..=12).contains(&month) || day < 1 || day > days_in_month(year, month) {
        return None;
    }
    let date = days_before(year, month, day) * DAY;
    if rest.0.is_empty() {
        return Some(date);
    }
    rest.after(b"Tt ")?;
    let (hour, minute) = (rest.digits(2)?, rest.after(b":")?.digits(2)?);
    let second = if rest.after(b":").is_some() { rest.digits(2)? } else { 0 };
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let fraction = if rest.0.starts_with(b".") { rest.after(b".")?.milliseconds()? } else { 0 };
    let offset = rest.offset()?;
    rest.0.is_empty().then_some(date + hour * HOUR + minute * MINUTE + second * SECOND + fraction - offset)
}

/// What is left to read.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    /// Takes one of `bytes`.
    fn after(&mut self, bytes: &[u8]) -> Option<&mut Self> {
        let (first, rest) = self.0.split_first()?;
        if !bytes.contains(first) {
            return None;
        }
        self.0 = rest;
        Some(self)
    }

    /// Takes a number of so many digits.
    fn digits(&mut self, count: usize) -> Option<i64> {
        let (digits, rest) = self.0.split_at_checked(count)?;
        if !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        self.0 = rest;
        Some(digits.iter().fold(0, |number, digit| number * 10 + i64::from(digit - b'0')))
    }

    /// Takes the digits of a fraction of a second; zeros may follow the third.
    fn milliseconds(&mut self) -> Option<i64> {
        let count = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, rest) = self.0.split_at(count);
        let (kept, beyond) = digits.split_at(count.min(3));
        if count == 0 || beyond.iter().any(|digit| *digit != b'0') {
            return None;
        }
        self.0 = rest;
        let scale = [1, 100, 10, 1][kept.len()];
        Some(kept.iter().fold(0, |number, digit| number * 10 + i64::from(digit - b'0')) * scale)
    }

    /// Takes what a local time is ahead of UTC.
    fn offset(&mut self) -> Option<i64> {
        let sign = match self.0.first() {
            None => return Some(0),
            Some(b'Z' | b'z') => {
                self.after(b"Zz")?;
                return Some(0);
            }
            Some(b'-') => -1,
            Some(_) => 1,
        };
        let hours = self.after(b"+-")?.digits(2)?;
        let minutes = if self.0.is_empty() { 0 } else { self.after(b":")?.digits(2)? };
        (hours <= 23 && minutes <= 59).then_some(sign * (hours * HOUR + minutes * MINUTE))
    }
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 to this day of the Gregorian calendar.
fn days_before(year: i64, month: i64, day: i64) -> i64 {
    // Years from March: the leap day is the last of its year.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    365 * year + leap_days + (153 * month + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_a_whole_number_with_a_unit() {
        for (text, seconds) in
            [("0s", 0), ("90s", 90), ("2h", 7200), ("30m", 1800), ("1d", 86400), ("2w", 1_209_600)]
        {
            assert_eq!(duration(text), Ok(seconds * 1000), "{text}");
        }
        for text in ["", "d", "7", "7 d", "1.5d", "-1d", "+1d", "7D", "7days", "1h30m", "٣d", "7ö"] {
            assert!(duration(text).unwrap_err().contains("is not a duration"), "{text}");
        }
        assert_eq!(duration("36525d"), Ok(MAX_DURATION));
        for text in ["36526d", "99999999999999999999w", "9223372036854775807w"] {
            assert!(duration(text).unwrap_err().contains("too long"), "{text}");
        }
    }

    #[test]
    fn every_form_of_a_date_is_the_same_instant() {
        let noon = 1_772_366_400_000;
        for text in [
            "2026-03-01T12:00:00Z",
            "2026-03-01 12:00:00",
            "2026-03-01t12:00z",
            "2026-03-01T12:00",
            "2026-03-01T14:00:00+02:00",
            "2026-03-01T07:00:00-05:00",
            "2026-03-02T01:30:00+13:30",
            "2026-03-01T12:00:00.000000Z",
            "2026-03-01T13:00:00+01",
        ] {
            assert_eq!(instant(text), Ok(noon), "{text}");
        }
        assert_eq!(instant("2026-03-01"), Ok(noon - 12 * HOUR));
        assert_eq!(instant("2026-03-01T12:00:00.5Z"), Ok(noon + 500));
        assert_eq!(instant("2026-03-01T12:00:00.04Z"), Ok(noon + 40));
        assert_eq!(instant("2026-03-01T12:00:00.123Z"), Ok(noon + 123));
        assert_eq!(instant("1970-01-01T00:00:00Z"), Ok(0));
        assert_eq!(instant("2000-02-29"), Ok(951_782_400_000));
        assert_eq!(instant("2299-12-31T23:59:59.999Z"), Ok(10_413_791_999_999));
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "today",
            "2026",
            "2026-3-1",
            "2026-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026-01-32",
            "2026-01-00",
            "01.03.2026",
            "20260301",
            "2026-03-01T",
            "2026-03-01T24:00:00Z",
            "2026-03-01T12:60:00Z",
            "2026-03-01T12:00:60Z",
            "2026-03-01T12:00:00.Z",
            "2026-03-01T12:00:00.1234Z",
            "2026-03-01T12:00:00 Z",
            "2026-03-01T12:00:00+2",
            "2026-03-01T12:00:00+24:00",
            "2026-03-01T12:00:00Europe/Berlin",
            "2026-03-01Z",
            "2026-03-01T12Z",
            " 2026-03-01",
            "２０２６-03-01",
        ] {
            assert!(instant(text).unwrap_err().contains("is not a date"), "{text}");
        }
        for text in ["1969-12-31", "2300-01-01", "1970-01-01T00:00:00+01:00", "0000-01-01", "9999-12-31"] {
            assert!(instant(text).unwrap_err().contains("out of range"), "{text}");
        }
    }

    #[test]
    fn days_follow_one_another() {
        let mut expected = days_before(1969, 12, 31);
        for year in 1970..2300 {
            for month in 1..=12 {
                for day in 1..=days_in_month(year, month) {
                    expected += 1;
                    assert_eq!(days_before(year, month, day), expected, "{year}-{month}-{day}");
                }
            }
        }
    }
}
