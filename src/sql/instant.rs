//! Instants as SQL.

use chrono::DateTime;

use crate::query::Sql;

/// An instant, in milliseconds since 1970-01-01 UTC, as a DateTime64(3, 'UTC').
pub(super) fn literal(milliseconds: i64) -> Sql {
    // The check lets no instant through that is out of range.
    let instant = DateTime::from_timestamp_millis(milliseconds).unwrap_or_default();
    Sql::new(format!("toDateTime64('{}', 3, 'UTC')", instant.format("%Y-%m-%d %H:%M:%S%.3f")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_written_to_the_millisecond() {
        let written = |milliseconds| literal(milliseconds).as_str().to_owned();
        assert_eq!(written(0), "toDateTime64('1970-01-01 00:00:00.000', 3, 'UTC')");
        assert_eq!(written(1_709_251_199_999), "toDateTime64('2024-02-29 23:59:59.999', 3, 'UTC')");
        assert_eq!(written(-1), "toDateTime64('1969-12-31 23:59:59.999', 3, 'UTC')");
    }
}
