//! What a stored result is of: harmless edits of definitions keep its number, and each edit that changes a number of the
//! result changes it.

use scorecard::definition::{Definitions, File, check};
use scorecard::plan::encoding;

const BASE: &str = "
version: 1
sources:
  - {name: orders, table: shop.orders, identifier: user_id, timestamp: created_at, value: amount}
metrics:
  - {name: bought, type: occurrence, event: purchase, filter: value != '', window: {length: 7d}}
  - {name: orders_placed, type: count, source: orders}
  - name: revenue
    description: Euros
    type: sum
    source: orders
    filter: status = 'paid'
    window: {length: 7d}
    cap: {upper_percentile: 0.99}
    covariate: {lookback: 14d}
  - name: order_value
    type: ratio
    numerator: {source: orders, aggregation: sum}
    denominator: {source: orders, aggregation: count}
  - {name: load_p95, type: quantile, event: page_load, quantile: 0.95, unit: event, lower_is_better: true}
  - {name: checkout, type: funnel, within: 2h, steps: [{event: cart}, {event: paid}]}
experiments:
  - name: other
    environment: production
    feature: other
    start: 2026-01-01
    metrics: {goals: [bought]}
  - name: checkout_v2
    description: One page
    environment: production
    feature: checkout_v2
    control: old
    shares: {old: 0.5, one_page: 0.5}
    start: 2026-03-01
    end: 2026-03-29
    status: completed
    exposure: {filter: \"traits != ''\"}
    metrics:
      goals: [bought, revenue]
      secondary: [orders_placed, order_value, checkout]
      guardrails: [{metric: load_p95, options: {non_inferiority_margin: 0.05}}]
    dimensions: [{name: country, value: traits}]
    options: {confidence: 0.9}
";

fn definitions(text: &str) -> Definitions {
    check(&[File { name: "base.yaml".to_owned(), text: text.to_owned() }])
        .unwrap_or_else(|problems| panic!("{problems:#?}\n{text}"))
}

fn number(text: &str) -> u64 {
    let definitions = definitions(text);
    let experiment = definitions.experiments.iter().find(|experiment| experiment.name == "checkout_v2");
    encoding::number(&definitions, experiment.expect("it is defined"))
}

/// The base with each text replaced, which must be there.
fn edited(edits: &[(&str, &str)]) -> String {
    edits.iter().fold(BASE.to_owned(), |text, (old, new)| {
        assert!(text.contains(old), "nothing to edit: {old}");
        text.replace(old, new)
    })
}

#[test]
fn harmless_edits_keep_the_number() {
    let rows_of_other = "  - name: other\n    environment: production\n    feature: other\n    start: 2026-01-01\n    metrics: {goals: [bought]}\n";
    for edits in [
        // Renames of what no number depends on.
        &[("name: orders,", "name: sales,"), ("source: orders", "source: sales")][..],
        &[
            ("name: bought,", "name: purchased,"),
            ("goals: [bought]", "goals: [purchased]"),
            ("goals: [bought, revenue]", "goals: [{metric: purchased, as: bought}, revenue]"),
        ],
        // The order of anything.
        &[("goals: [bought, revenue]", "goals: [revenue, bought]")],
        &[(
            "secondary: [orders_placed, order_value, checkout]",
            "secondary: [checkout, orders_placed, order_value]",
        )],
        &[("{old: 0.5, one_page: 0.5}", "{one_page: 0.5, old: 0.5}")],
        // A role, a unit of shares, words.
        &[
            ("goals: [bought, revenue]", "goals: [revenue]"),
            ("secondary: [orders_placed,", "secondary: [bought, orders_placed,"),
        ],
        &[("{old: 0.5, one_page: 0.5}", "{old: 1, one_page: 1}")],
        &[("description: Euros", "description: Euros per user")],
        &[("description: One page", "description: \"\"")],
        // What others do.
        &[(rows_of_other, "")],
        &[("feature: other", "feature: another"), ("start: 2026-01-01", "start: 2026-02-01")],
        &[(
            "metrics:\n  - {name: bought",
            "metrics:\n  - {name: new, type: count, event: open}\n  - {name: bought",
        )],
        // The same in other words.
        &[("window: {length: 7d}", "window: {length: 1w}")],
        &[("start: 2026-03-01", "start: 2026-03-01T00:00:00Z")],
        &[("status: completed", "status: running")],
        &[("options: {confidence: 0.9}", "options: {confidence: 0.90}")],
        // A value that nobody reads: the count needs none.
        &[(
            "- {name: orders_placed, type: count, source: orders}",
            "- {name: orders_placed, type: count, source: orders, value: other}",
        )],
    ] {
        assert_eq!(number(&edited(edits)), number(BASE), "{edits:?}");
    }
}

#[test]
fn each_edit_that_changes_a_number_changes_it() {
    let edits = [
        ("table: shop.orders", "table: shop.sales"),
        ("identifier: user_id", "identifier: account_id"),
        ("timestamp: created_at", "timestamp: paid_at"),
        ("value: amount", "value: net"),
        ("event: purchase", "event: buy"),
        ("filter: value != ''", "filter: value != '0'"),
        ("filter: status = 'paid'", "filter: status = 'sent'"),
        ("window: {length: 7d}", "window: {length: 8d}"),
        ("window: {length: 7d}", "window: {start: 1d, length: 7d}"),
        ("upper_percentile: 0.99", "upper_percentile: 0.9"),
        ("upper_percentile: 0.99", "upper: 99"),
        ("{upper_percentile: 0.99}", "{upper_percentile: 0.99, population: all}"),
        ("lookback: 14d", "lookback: 7d"),
        ("type: sum", "type: max"),
        ("numerator: {source: orders, aggregation: sum}", "numerator: {source: orders, aggregation: mean}"),
        (
            "denominator: {source: orders, aggregation: count}",
            "denominator: {source: orders, aggregation: count, deduplicate: true}",
        ),
        ("quantile: 0.95", "quantile: 0.9"),
        (", lower_is_better: true", ""),
        ("within: 2h", "within: 1h"),
        ("steps: [{event: cart}, {event: paid}]", "steps: [{event: paid}, {event: cart}]"),
        (
            "environment: production\n    feature: checkout_v2",
            "environment: staging\n    feature: checkout_v2",
        ),
        ("feature: checkout_v2", "feature: checkout_v3"),
        ("control: old", "control: one_page"),
        ("{old: 0.5, one_page: 0.5}", "{old: 0.5, one_page: 0.4}"),
        ("start: 2026-03-01", "start: 2026-03-02"),
        ("end: 2026-03-29", "end: 2026-03-28"),
        ("filter: \"traits != ''\"", "filter: \"traits != 'x'\""),
        ("exposure: {filter", "exposure: {variant: traits, filter"),
        ("goals: [bought, revenue]", "goals: [bought]"),
        ("goals: [bought, revenue]", "goals: [{metric: bought, as: buyers}, revenue]"),
        ("non_inferiority_margin: 0.05", "non_inferiority_margin: 0.1"),
        ("options: {confidence: 0.9}", "options: {confidence: 0.95}"),
        ("value: traits}]", "value: metadata}]"),
        ("dimensions: [{name: country, value: traits}]", "dimensions: []"),
        ("status: completed", "status: completed\n    after_end: collect"),
        ("status: completed", "status: completed\n    incomplete_windows: include"),
    ];
    let mut numbers: Vec<u64> = edits.iter().map(|&edit| number(&edited(&[edit]))).collect();
    numbers.push(number(BASE));
    for (index, number) in numbers.iter().enumerate() {
        let same = numbers[..index].iter().position(|other| other == number);
        assert_eq!(same, None, "{:?} and {:?}", edits.get(index), same.map(|same| edits[same]));
    }
}

/// Results that are stored have this number: another one would make them look outdated. Whoever must change it changes the
/// version, too.
#[test]
fn the_number_of_one_definition_is_pinned() {
    assert_eq!((encoding::VERSION, number(BASE)), (1, 2_435_839_923_034_440_675));
}
