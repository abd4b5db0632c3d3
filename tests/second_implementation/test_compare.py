"""The differential test must see what differs: each kind of difference is shown one.

Usage: python -m unittest discover -s tests/second_implementation
"""

from __future__ import annotations

import time
import unittest
from typing import Any

import compare
from draft import LEVELS
from generate import World, world
from scorecards import Scorecards
from shrink import smaller

ROW = {"experiment": "e", "metric": "m", "dimension": "", "segment": "", "variant": "a", "n": 2, "sum": 0.3}


def said(expected: dict[str, Any], actual: list[dict[str, Any]]) -> list[str]:
    found = compare.rows("view", compare.SCORECARD_KEY, [expected], actual)
    return [line.split(": ", 1)[1] for line in found]


class Compare(unittest.TestCase):
    def test_equal_rows_say_nothing(self) -> None:
        self.assertEqual(said(ROW, [{**ROW, "more": 1}]), [])

    def test_whole_numbers_are_exact(self) -> None:
        self.assertEqual(said(ROW, [{**ROW, "n": 3}]), ["n should be 2, is 3"])

    def test_sums_are_within_their_scale(self) -> None:
        row = {**ROW, "scales": {"sum": 1000.0}}
        self.assertEqual(said(row, [{**ROW, "sum": 0.3 + 9e-10}]), [])
        self.assertEqual(len(said(row, [{**ROW, "sum": 0.3 + 2e-9}])), 1)
        self.assertEqual(len(said(row, [{**ROW, "sum": None}])), 1)
        self.assertEqual(len(said(row, [{**ROW, "sum": "nan"}])), 1)
        self.assertEqual(len(said({**row, "sum": None}, [ROW])), 1)

    def test_rows_are_there_once(self) -> None:
        self.assertEqual(said(ROW, []), ["missing; n should be 2"])
        self.assertEqual(said(ROW, [ROW, ROW]), ["there twice"])
        self.assertEqual(said(ROW, [ROW, {**ROW, "segment": "s"}]), ["should not be there"])


class Worlds(unittest.TestCase):
    def test_are_the_same_for_the_same_seed(self) -> None:
        first, second = (world(7, LEVELS["12"]) for _ in range(2))
        self.assertEqual((first.files(), first.setup()), (second.files(), second.setup()))

    def test_use_everything_and_find_something(self) -> None:
        found: dict[str, int] = {}
        for seed in range(60):
            made = world(seed, LEVELS["12"])
            second = Scorecards(made.document, made.tables(), int(time.time() * 1000))
            for name in second.readable:
                for row in second.scorecard(name):
                    says = row["sum"] or row["quantile"] or 0
                    found[row["type"]] = found.get(row["type"], 0) + (says != 0)
        self.assertEqual(len(found), 13)
        self.assertGreater(min(found.values()), 3, found)

    def test_are_made_smaller_while_they_differ(self) -> None:
        def has_a_funnel(made: World) -> list[str]:
            is_there = any(metric["type"] == "funnel" for metric in made.document["metrics"])
            return ["funnel: found"] if is_there else []

        seed = next(seed for seed in range(100) if has_a_funnel(world(seed, LEVELS["12"])))
        made, _ = smaller(world(seed, LEVELS["12"]), has_a_funnel, seconds=20)
        self.assertEqual([metric["type"] for metric in made.document["metrics"]], ["funnel"])
        self.assertEqual(len(made.events), 0)


if __name__ == "__main__":
    unittest.main()
