//! Scorecard: A/B test scorecards inside ClickHouse.
