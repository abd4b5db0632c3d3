"""Who is exposed, and which rows and identities count: each edge one small case worked out by hand.

Usage: python -m unittest discover -s tests/second_implementation
"""

from __future__ import annotations

import unittest
from typing import Any

from model import DAY, duration, instant
from small_worlds import COUNT, END, HOUR, START, SUM, exposure, purchases, second, row, total


class Texts(unittest.TestCase):
    def test_durations_and_dates(self) -> None:
        self.assertEqual([duration(text) for text in ("0s", "90m", "2w")], [0, 5_400_000, 1_209_600_000])
        # 02:30:00.25 at +02:30 is midnight and a quarter of a second.
        self.assertEqual(instant("2024-03-01T02:30:00.25+02:30"), START + 250)
        self.assertEqual(instant("2024-03-01"), START)


class ExposuresOfAnExperiment(unittest.TestCase):
    def exposed(self, rows: list[dict[str, Any]], **kwargs: Any) -> dict[str, tuple[str, bool]]:
        found = second(COUNT, rows, **kwargs).exposures("e")
        return {each["identifier"]: (each["variant"], each["quarantined"]) for each in found}

    def test_window_is_half_open(self) -> None:
        rows = [exposure(str(at), "a", at) for at in (-1, 0, END - 1, END)]
        self.assertEqual(self.exposed(rows), {"0": ("a", False), str(END - 1): ("a", False)})

    def test_exposures_after_the_end_do_not_count_even_if_rows_are_collected(self) -> None:
        self.assertEqual(self.exposed([exposure("i", "a", END)], after_end="collect"), {})

    def test_moment_of_reading_is_the_end_until_then(self) -> None:
        rows = [exposure("i", "a", HOUR - 1), exposure("j", "a", HOUR), exposure("i", "b", HOUR)]
        self.assertEqual(self.exposed(rows, now=HOUR), {"i": ("a", False)})
        self.assertEqual(self.exposed(rows, now=HOUR + 1), {"i": ("", True), "j": ("a", False)})
        self.assertEqual(self.exposed(rows, now=HOUR, end=None), {"i": ("a", False)})

    def test_empty_and_null_variants_are_no_exposure(self) -> None:
        rows = [exposure("i", "", 0), exposure("i", None, 0), exposure("i", "b", HOUR)]
        self.assertEqual(self.exposed(rows), {"i": ("b", False)})
        self.assertEqual(second(COUNT, rows).exposures("e")[0]["first_exposure"], "2024-03-01 01:00:00.000")

    def test_rows_of_nobody_at_no_time_or_filtered_out_are_no_exposures(self) -> None:
        rows = [exposure("j", "a", None), exposure("k", "1", 0), row("$flag_exposure", None, 0, "a")]
        self.assertEqual(self.exposed(rows), {"k": ("1", False)})
        self.assertEqual(self.exposed(rows, exposure={"filter": "value = '1'"}), {"k": ("1", False)})
        self.assertEqual(self.exposed(rows, exposure={"filter": "NULL"}), {})

    def test_other_environments_and_features_do_not_expose(self) -> None:
        rows = [exposure("i", "a", environment_key="staging"), exposure("j", "a", feature_name="g")]
        self.assertEqual(self.exposed(rows), {})

    def test_timestamps_are_cut_to_milliseconds(self) -> None:
        late = exposure("i", "a", END - 1)
        late["timestamp"] += 999
        early = exposure("j", "a", 0)
        early["timestamp"] -= 1
        self.assertEqual(self.exposed([late, early]), {"i": ("a", False)})

    def test_exposures_of_a_source_of_its_own(self) -> None:
        table = [{"user": 7, "at": START * 1000, "amount": "b"}, {"user": None, "at": START * 1000, "amount": "a"}]
        source = {"name": "s", "table": "t", "identifier": "user", "timestamp": "at"}
        exposed = self.exposed(
            [], tables={"t": table}, sources=[source], exposure={"source": "s", "variant": "amount"}
        )
        self.assertEqual(exposed, {"7": ("b", False)})


class Traffic(unittest.TestCase):
    def test_expected_seen_and_quarantined_by_segment(self) -> None:
        rows = [
            exposure("i", "a", traits="de"),
            exposure("j", "c", traits="fr"),
            exposure("k", "a", traits="fr"),
            exposure("k", "c", HOUR, traits="de"),
        ]
        dimensions = [{"name": "country", "value": "traits"}]
        found = {
            (each["segment"], each["variant"]): (each["identities"], each["quarantined_identities"])
            for each in second(COUNT, rows, dimensions=dimensions).traffic("e")
        }
        # k is in the segment of its first exposure: fr.
        self.assertEqual(
            found,
            {
                ("", "a"): (1, 1), ("", "b"): (0, 1), ("", "c"): (1, 1),
                ("de", "a"): (1, 0), ("de", "b"): (0, 0),
                ("fr", "a"): (0, 1), ("fr", "b"): (0, 1), ("fr", "c"): (1, 1),
            },
        )

    def test_segment_is_the_smallest_text_of_the_first_instant(self) -> None:
        rows = [exposure("i", "a", at, traits=text) for at, text in ((5, "z"), (5, "b"), (6, "a"))]
        found = second(COUNT, rows, dimensions=[{"name": "d", "value": "traits"}]).scorecard("e")
        self.assertEqual([(each["dimension"], each["segment"]) for each in found], [("", ""), ("d", "b")])
        null = second(COUNT, rows, dimensions=[{"name": "d", "value": "NULL"}]).scorecard("e")
        self.assertEqual(null[1]["segment"], "")

    def test_variant_with_nobody_has_no_row_and_one_with_nobody_counted_has(self) -> None:
        rows = [exposure("i", "a"), exposure("i", "b", 1), exposure("j", "c", END - 1)]
        found = total({**COUNT, "window": {"length": "1d"}}, rows)
        self.assertEqual({variant: each["n"] for variant, each in found.items()}, {"c": 0})


class Windows(unittest.TestCase):
    X = 10 * HOUR

    def count(
        self, times: list[int], window: dict[str, str] | None = None, x: int = X, **kwargs: Any
    ) -> tuple[int, float]:
        """n, and how many rows count. Times are after the first exposure."""
        rows = [exposure("i", "a", x), *purchases(*(x + at for at in times))]
        found = total({**COUNT, **({"window": window} if window else {})}, rows, **kwargs)["a"]
        return found["n"], found["sum"]

    def test_from_the_first_exposure_on(self) -> None:
        self.assertEqual(self.count([-1]), (1, 0))
        self.assertEqual(self.count([0]), (1, 1))

    def test_up_to_the_end(self) -> None:
        self.assertEqual(self.count([END - self.X - 1, END - self.X]), (1, 1))

    def test_start_belongs_to_the_window(self) -> None:
        self.assertEqual(self.count([HOUR - 1], {"start": "1h"}), (1, 0))
        self.assertEqual(self.count([HOUR], {"start": "1h"}), (1, 1))

    def test_length_ends_the_window(self) -> None:
        window = {"start": "1h", "length": "2h"}
        self.assertEqual(self.count([3 * HOUR - 1], window), (1, 1))
        self.assertEqual(self.count([3 * HOUR], window), (1, 0))

    def test_counts_from_when_its_window_is_over(self) -> None:
        window = {"start": "1h", "length": "2h"}
        self.assertEqual(self.count([HOUR], window, x=END - 3 * HOUR), (1, 1))
        self.assertEqual(self.count([HOUR], window, x=END - 3 * HOUR + 1), (0, 0))
        self.assertEqual(self.count([HOUR], window, x=END - 3 * HOUR + 1, incomplete_windows="include"), (1, 1))

    def test_without_length_counts_once_its_window_has_begun(self) -> None:
        self.assertEqual(self.count([], {"start": "1h"}, x=END - HOUR - 1), (1, 0))
        self.assertEqual(self.count([], {"start": "1h"}, x=END - HOUR), (0, 0))
        self.assertEqual(self.count([], {"start": "1h"}, x=END - HOUR, incomplete_windows="include"), (1, 0))

    def test_moment_of_reading_is_the_limit_while_it_runs(self) -> None:
        # Exposed at 10 h, a window of 2 h: over at 12 h.
        self.assertEqual(self.count([0], {"length": "2h"}, now=12 * HOUR), (1, 1))
        self.assertEqual(self.count([0], {"length": "2h"}, now=12 * HOUR - 1), (0, 0))

    def test_collect_reads_after_the_end(self) -> None:
        late = {"x": END - 1, "after_end": "collect"}
        self.assertEqual(self.count([0, 1, 2 * HOUR - 1, 2 * HOUR], {"length": "2h"}, **late), (1, 3))
        # The window is over 2 h after END - 1.
        self.assertEqual(self.count([1], {"length": "2h"}, now=END + 2 * HOUR - 1, **late), (1, 1))
        self.assertEqual(self.count([1], {"length": "2h"}, now=END + 2 * HOUR - 2, **late), (0, 0))

    def test_collect_means_nothing_without_length(self) -> None:
        self.assertEqual(self.count([0, 1], x=END - 1, after_end="collect"), (1, 1))
        self.assertEqual(self.count([], {"start": "1h"}, x=END - 1, after_end="collect"), (0, 0))

    def test_override_replaces_the_window_as_a_whole(self) -> None:
        window = {"start": "1h", "length": "2h"}
        self.assertEqual(self.count([0, HOUR, 5 * HOUR], window, use={"window": {"length": "1h"}}), (1, 1))
        self.assertEqual(self.count([0, HOUR, 5 * HOUR], window, use={"window": None}), (1, 3))


class Days(unittest.TestCase):
    def test_each_day_is_a_reading_at_its_end(self) -> None:
        rows = [exposure("i", "a", 0), exposure("i", "b", DAY), exposure("j", "b", DAY - 1), *purchases(1)]
        found = second(COUNT, rows).by_day("e")
        days = [(each["day"], each["variant"], each["n"], each["sum"]) for each in found]
        # i is quarantined by its exposure at the first instant of the second day.
        self.assertEqual(days[:2], [("2024-03-01", "a", 1, 1), ("2024-03-01", "b", 1, 0)])
        self.assertEqual(days[2:], [(f"2024-03-0{day}", "b", 1, 0) for day in (2, 3, 4)])

    def test_windows_and_caps_are_as_of_then(self) -> None:
        rows = [exposure("i", "a", 0), exposure("j", "a", 1), row("buy", "i", 1, "2"), row("buy", "j", 1, "4")]
        metric = {**SUM, "window": {"length": "1d"}, "cap": {"upper_percentile": 1}}
        days = [(each["n"], each["sum"], each["cap_upper"]) for each in second(metric, rows).by_day("e")]
        # The window of i is over exactly at the end of the first day, that of j a millisecond later.
        self.assertEqual(days, [(1, 2, 2), (2, 6, 4), (2, 6, 4), (2, 6, 4)])

    def test_days_go_on_until_the_last_window_is_over(self) -> None:
        rows = [exposure("i", "a", 0), exposure("j", "a", END - 1), *purchases(END + DAY - 2)]
        metric = {**COUNT, "window": {"start": "1h", "length": "23h"}}
        found = second(metric, rows, after_end="collect").by_day("e")
        days = [(each["day"], each["n"], each["sum"]) for each in found]
        # The experiment ends with the fourth of March; the window of j in the last millisecond but one of the fifth.
        self.assertEqual(days[-2:], [("2024-03-04", 1, 0), ("2024-03-05", 2, 0)])

    def test_days_end_with_the_moment_of_reading(self) -> None:
        found = second(COUNT, [exposure("i", "a", 0)], now=DAY + 1).by_day("e")
        self.assertEqual([each["day"] for each in found], ["2024-03-01", "2024-03-02"])


if __name__ == "__main__":
    unittest.main()
