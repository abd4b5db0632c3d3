"""What a metric makes of the rows that count: each edge one small case worked out by hand.

Usage: python -m unittest discover -s tests/second_implementation
"""

from __future__ import annotations

import unittest
from typing import Any

from model import DAY
from small_worlds import COUNT, END, HOUR, START, SUM, exposure, purchases, second, row, spenders, total
from values import AGGREGATIONS


class ValuesOfAnIdentity(unittest.TestCase):
    def value(
        self, metric: dict[str, Any], values: list[tuple[int, str | None]], **kwargs: Any
    ) -> tuple[float, int]:
        rows = [exposure("i", "a"), *(row("buy", "i", at, value) for at, value in values)]
        found = total({"event": "buy", **metric}, rows, **kwargs)["a"]
        return found["sum"], found["invalid_values"]

    VALUES = [(1, "3"), (1, "2"), (2, "x"), (3, "8"), (3, "9"), (4, None), (-1, "x"), (-1, "100")]

    def test_each_aggregation(self) -> None:
        expected = {
            "occurrence": (1, 0),
            "count": (6, 0),
            "sum": (22, 2),
            "mean": (22 / 4, 2),  # the two invalid ones do not count
            "min": (2, 2),
            "max": (9, 2),
            "first": (2, 2),  # of 3 and 2 at one instant
            "last": (8, 2),  # nothing finite at 4; of 8 and 9 at 3
            "count_distinct": (5, 0),  # 3, 2, x, 8, 9
            "active_days": (1, 0),
        }
        for kind, answer in expected.items():
            with self.subTest(kind):
                self.assertEqual(self.value({"type": kind}, self.VALUES), answer)

    def test_each_is_zero_without_rows(self) -> None:
        for kind in AGGREGATIONS:
            with self.subTest(kind):
                self.assertEqual(self.value({"type": kind}, [(-1, "5")]), (0, 0))

    def test_an_empty_text_is_a_distinct_one(self) -> None:
        self.assertEqual(self.value({"type": "count_distinct"}, [(1, ""), (2, ""), (3, None)]), (1, 0))

    def test_days_are_utc(self) -> None:
        self.assertEqual(self.value({"type": "active_days"}, [(DAY - 1, ""), (DAY, ""), (2 * DAY - 1, "")]), (2, 0))

    def test_texts_that_are_numbers(self) -> None:
        readable = [(1, "1e3"), (1, "+.5"), (1, "5."), (1, "-0")]
        self.assertEqual(self.value({"type": "sum"}, readable), (1005.5, 0))
        unreadable = [(1, "1 "), (1, "nan"), (1, "inf"), (1, "1e400"), (1, "0x10"), (1, "")]
        self.assertEqual(self.value({"type": "sum"}, unreadable), (0, 6))

    def test_copies_are_dropped_after_the_filter(self) -> None:
        copies = [(1, "1"), (1, "1"), (1, "1.0"), (2, "1"), (1, None), (1, None)]
        self.assertEqual(self.value({"type": "count", "deduplicate": True}, copies), (4, 0))
        only_one = {"type": "count", "deduplicate": True, "filter": "value = '1'"}
        self.assertEqual(self.value(only_one, copies), (2, 0))
        # By the metric's own value: lengths 1, 1, 2.
        by_length = {"type": "sum", "deduplicate": True, "value": "length(value)"}
        self.assertEqual(self.value(by_length, [(1, "1"), (1, "2"), (1, "10")]), (3, 0))

    def test_copies_without_a_value_are_equal_in_identifier_and_timestamp(self) -> None:
        table = [{"user": 7, "at": (START + 1) * 1000 + cut, "amount": cut} for cut in (0, 999, 1000)]
        source = {"name": "s", "table": "t", "identifier": "user", "timestamp": "at"}
        metric = {"type": "count", "source": "s", "event": None, "deduplicate": True}
        found = total(metric, [exposure("7", "a")], tables={"t": table}, sources=[source])
        self.assertEqual(found["a"]["sum"], 2)  # 1.000 and 1.999 are one millisecond

    def test_at_least_makes_an_occurrence(self) -> None:
        self.assertEqual(self.value({"type": "sum", "at_least": 22}, self.VALUES), (1, 2))
        self.assertEqual(self.value({"type": "sum", "at_least": 22.5}, self.VALUES), (0, 2))
        self.assertEqual(self.value({"type": "sum", "at_least": 0}, []), (1, 0))

    def test_filter_null_is_false_and_an_override_takes_it_away(self) -> None:
        self.assertEqual(self.value({"type": "count", "filter": "NULL"}, self.VALUES), (0, 0))
        self.assertEqual(self.value({"type": "count", "filter": "NULL"}, self.VALUES, use={"filter": None}), (6, 0))


class Caps(unittest.TestCase):
    def capped(
        self, cap: dict[str, Any], values: dict[str, str], variants: str = "a"
    ) -> list[tuple[float | None, ...]]:
        found = total({**SUM, "cap": cap}, spenders(values, variants))
        return [(each["sum"], each["cap_lower"], each["cap_upper"]) for each in found.values()]

    def test_fixed_caps_lift_those_without_rows_too(self) -> None:
        values = {"i": "", "j": "1", "k": "10"}
        self.assertEqual(self.capped({"upper": 4}, values), [(5, None, 4)])
        self.assertEqual(self.capped({"lower": 2, "upper": 4}, values), [(8, 2, 4)])

    def test_percentile_is_interpolated_over_all_arms(self) -> None:
        values = {"i": "10", "j": "20", "k": "30", "l": "50", "m": ""}
        # Of 10 20 30 50: place 0.75 · 3 = 2.25, so 30 + 0.25 · 20 = 35. Unexpected c belongs to it.
        found = self.capped({"upper_percentile": 0.75}, values, "ac")
        self.assertEqual(found, [(40, None, 35), (55, None, 35)])
        # Of 0 10 20 30 50: place 0.75 · 4 = 3, so 30.
        everybody = self.capped({"upper_percentile": 0.75, "population": "all"}, values, "ac")
        self.assertEqual(everybody, [(40, None, 30), (50, None, 30)])

    def test_negative_values_are_no_zeros(self) -> None:
        # Of -10 and 20 the median is 5; zeros are lifted to it, too.
        self.assertEqual(self.capped({"lower_percentile": 0.5}, {"i": "-10", "j": "20", "k": ""}), [(30, 5, None)])

    def test_of_no_values_there_is_no_cap(self) -> None:
        self.assertEqual(self.capped({"upper_percentile": 0.5}, {"i": "", "j": "x"}), [(0, None, None)])

    def test_lower_comes_before_upper(self) -> None:
        # The upper percentile is 1, below the fixed lower cap: everybody ends at 1.
        self.assertEqual(self.capped({"lower": 5, "upper_percentile": 0}, {"i": "1", "j": "9"}), [(2, 5, 1)])

    def test_only_counted_identities_make_the_cap(self) -> None:
        rows = [exposure("i", "a"), exposure("j", "a", END - HOUR), exposure("q", "a"), exposure("q", "b")]
        rows += [row("buy", "i", 1, "8"), row("buy", "j", END - HOUR, "2"), row("buy", "q", 1, "100")]
        metric = {**SUM, "cap": {"upper_percentile": 0.5}, "window": {"length": "1d"}}
        self.assertEqual(total(metric, rows)["a"]["cap_upper"], 8)

    def test_segments_share_the_cap_of_the_total(self) -> None:
        rows = spenders({"i": "2", "j": "4"})
        rows[0]["traits"], rows[1]["traits"] = "x", "y"
        metric = {**SUM, "cap": {"upper_percentile": 0.5}}
        found = second(metric, rows, dimensions=[{"name": "d", "value": "traits"}]).scorecard("e")
        self.assertEqual(
            [(each["segment"], each["sum"], each["cap_upper"]) for each in found],
            [("", 5, 3), ("x", 2, 3), ("y", 3, 3)],
        )


class Covariates(unittest.TestCase):
    def test_reads_the_rows_before_the_exposure(self) -> None:
        x = 2 * HOUR
        times = [x - HOUR - 1, x - HOUR, x - 1, x, x + 1]
        rows = [exposure("i", "a", x), exposure("j", "a", x), *purchases(*times)]
        found = total({**COUNT, "covariate": {"lookback": "1h"}}, rows)["a"]
        covariate = [found[f"covariate_{each}"] for each in ("sum", "sum_squares", "product")]
        self.assertEqual([found["n"], found["sum"], *covariate], [2, 2, 2, 4, 4])

    def test_reaches_back_before_the_experiment_and_reports_no_invalid_values_there(self) -> None:
        rows = [exposure("i", "a"), row("buy", "i", -HOUR, "7"), row("buy", "i", -1, "x"), row("buy", "i", 0, "x")]
        found = total({**SUM, "covariate": {"lookback": "1h"}}, rows)["a"]
        self.assertEqual((found["covariate_sum"], found["invalid_values"]), (7, 1))

    def test_has_percentiles_of_its_own_and_the_same_fixed_caps(self) -> None:
        rows = spenders({"i": "1", "j": "3"}) + [row("buy", "i", -1, "10"), row("buy", "j", -1, "30")]
        columns = ("sum", "cap_upper", "covariate_sum", "covariate_cap_upper")
        metric = {**SUM, "covariate": {"lookback": "1h"}}
        own = total({**metric, "cap": {"upper_percentile": 0.5}}, rows)["a"]
        self.assertEqual([own[each] for each in columns], [3, 2, 30, 20])
        fixed = total({**metric, "cap": {"upper": 2}}, rows)["a"]
        self.assertEqual([fixed[each] for each in columns], [3, 2, 4, 2])

    def test_at_least_holds_for_it_too(self) -> None:
        rows = spenders({"i": "5", "j": "1"}) + [row("buy", "j", -1, "9")]
        found = total({**SUM, "at_least": 5, "covariate": {"lookback": "1h"}}, rows)["a"]
        self.assertEqual((found["sum"], found["covariate_sum"], found["covariate_product"]), (1, 1, 0))

    def test_an_override_takes_it_away(self) -> None:
        metric = {**COUNT, "covariate": {"lookback": "1h"}}
        found = total(metric, purchases(1) + [exposure("i", "a")], use={"covariate": None})["a"]
        self.assertEqual((found["sum"], found["covariate_sum"]), (1, None))


class Ratios(unittest.TestCase):
    def test_parts_have_caps_filters_and_invalid_values_of_their_own(self) -> None:
        rows = [exposure("i", "a"), exposure("j", "a"), exposure("k", "a")]
        rows += [row("buy", "i", at, value) for at, value in ((1, "4"), (2, "x"), (-1, "50"))]
        rows += [row("buy", "j", 1, "1")]
        metric = {
            "type": "ratio",
            "numerator": {"event": "buy", "aggregation": "sum", "cap": {"upper": 3}},
            "denominator": {"event": "buy", "aggregation": "mean"},
        }
        found = total(metric, rows)["a"]
        # Numerators 3 1 0, denominators 4 1 0; k stays.
        self.assertEqual((found["n"], found["sum"], found["sum_squares"]), (3, 4, 10))
        pair = [found[f"denominator_{each}"] for each in ("sum", "sum_squares", "product")]
        self.assertEqual(pair, [5, 17, 13])
        self.assertEqual(found["invalid_values"], 2)
        self.assertEqual((found["cap_upper"], found["denominator_cap_upper"]), (3, None))


class Quantiles(unittest.TestCase):
    def test_of_events_over_all_rows_of_the_arm(self) -> None:
        rows = [exposure("i", "a"), exposure("j", "a"), exposure("k", "a")]
        rows += [row("buy", "i", at, value) for at, value in enumerate(("1", "2", "x", "4"))]
        rows += [row("buy", "j", 1, "8")]
        found = total({"type": "quantile", "event": "buy", "unit": "event", "quantile": 0.5}, rows)["a"]
        # Of 1 2 4 8 the median is 3. n counts k, too.
        self.assertEqual((found["n"], found["quantile"], found["invalid_values"]), (3, 3, 1))

    def test_of_identities_with_and_without_zeros(self) -> None:
        metric = {"type": "quantile", "event": "buy", "aggregation": "count", "quantile": 0.5}
        rows = [exposure(each, "a") for each in "ijkl"] + purchases(1, 2)
        rows += [row("buy", "j", at, "") for at in range(4)]
        self.assertEqual(total(metric, rows)["a"]["quantile"], 1)  # of 0 0 2 4
        found = total({**metric, "ignore_zeros": True}, rows)["a"]
        self.assertEqual((found["n"], found["quantile"]), (4, 3))  # of 2 4

    def test_of_nothing_is_null(self) -> None:
        metric = {"type": "quantile", "event": "buy", "unit": "event", "quantile": 0.5}
        self.assertIsNone(total(metric, [exposure("i", "a")])["a"]["quantile"])


class Funnels(unittest.TestCase):
    def steps(self, *times: tuple[str, int], **metric: Any) -> tuple[float, list[int]]:
        rows = [exposure("i", "a", 0), *(row(event, "i", at, "") for event, at in times)]
        steps = [{"event": event} for event in "xyz"]
        found = total({"type": "funnel", "steps": steps, **metric}, rows)["a"]
        return found["sum"], found["steps"]

    def test_times_strictly_increase(self) -> None:
        self.assertEqual(self.steps(("x", 1), ("y", 2), ("z", 3)), (1, [1, 1, 1]))
        self.assertEqual(self.steps(("x", 1), ("y", 2), ("z", 2)), (0, [1, 1, 0]))
        self.assertEqual(self.steps(("x", 1), ("z", 2), ("y", 3)), (0, [1, 1, 0]))
        self.assertEqual(self.steps(("y", 1), ("z", 2)), (0, [0, 0, 0]))

    def test_within_reaches_from_the_first_step_to_the_last(self) -> None:
        self.assertEqual(self.steps(("x", 0), ("y", 1), ("z", HOUR), within="1h"), (1, [1, 1, 1]))
        self.assertEqual(self.steps(("x", 0), ("y", 1), ("z", HOUR + 1), within="1h"), (0, [1, 1, 0]))

    def test_a_later_start_may_succeed(self) -> None:
        times = [("x", 0), ("y", 1), ("x", HOUR), ("y", HOUR + 1), ("z", HOUR + 2)]
        self.assertEqual(self.steps(*times, within="30m"), (1, [1, 1, 1]))

    def test_every_step_is_inside_the_window(self) -> None:
        self.assertEqual(self.steps(("x", -1), ("y", 2), ("z", 3)), (0, [0, 0, 0]))
        short = {"window": {"length": "1h"}}
        self.assertEqual(self.steps(("x", 0), ("y", 2), ("z", HOUR), **short), (0, [1, 1, 0]))

    def test_one_event_may_be_two_steps_at_two_times(self) -> None:
        steps = [{"event": "x"}, {"event": "x"}]
        self.assertEqual(self.steps(("x", 1), steps=steps), (0, [1, 0]))
        self.assertEqual(self.steps(("x", 1), ("x", 2), steps=steps), (1, [1, 1]))


class Options(unittest.TestCase):
    def test_merged_key_by_key_at_the_top_level(self) -> None:
        made = second(
            {**COUNT, "options": {"power": 0.7, "prior": {"mean": 0, "stddev": 1}}},
            [],
            use={"as": "other", "options": {"prior": {"mean": 1, "stddev": 2}}},
            options={"confidence": 0.9, "power": 0.6},
        )
        merged = {"confidence": 0.9, "power": 0.7, "prior": {"mean": 1, "stddev": 2}, "verdict": "anytime"}
        self.assertEqual(made.options("e"), {"other": merged})


if __name__ == "__main__":
    unittest.main()
