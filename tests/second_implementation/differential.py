"""Compiled definitions against the second implementation, seed by seed, in an embedded ClickHouse.

Usage: python differential.py --binary target/release/scorecard --prefix DIR [--seeds FROM TO] [--features 12]

Each seed is a random world: definitions, events, declared tables. The binary compiles the definitions, the engine
runs the script and answers from the views, and every cell is compared with the second implementation. A world that
disagrees is made smaller while it still does, and kept below --keep. DIR is what `make install PREFIX=DIR` made; the Python
is one with an engine in it, such as .venv/26.9/bin/python.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path
from typing import Any

import checks
import compare
import engine_texts
from draft import LEVELS
from generate import World, world
from product import Product, Refused, leave
from scorecards import Scorecards
from shared import time_text
from shrink import smaller

DAY_SECONDS = 86_400
SHOWN = 12

# Each kind of view, its name and its key; `one_by_one` are those of single experiments.
VIEWS = {
    "one_pass": ("experiment_scorecard", compare.SCORECARD_KEY),
    "one_by_one": ("experiment_scorecard_NAME", compare.SCORECARD_KEY),
    "traffic": ("experiment_scorecard_traffic", compare.TRAFFIC_KEY),
    "exposures": ("experiment_scorecard_exposures", compare.EXPOSURES_KEY),
    "by_day": ("experiment_results_by_day", ("day", *compare.SCORECARD_KEY)),
}

# What the views have no column of that name for.
SKIPPED = ("quantile", "steps", "expected_values")

# Settings of the session that reads the views: none may change an answer.
READERS: tuple[dict[str, str], ...] = (
    {},
    {"session_timezone": "'America/New_York'"},
    {"join_use_nulls": "1"},
    {"transform_null_in": "1"},
    {"prefer_column_name_to_alias": "1"},
    {"aggregate_functions_null_for_empty": "1"},
    {"max_threads": "1"},
    {"max_block_size": "7"},
)


class Differential:
    """One product, and which of its views to compare."""

    def __init__(self, product: Product, views: Collection[str]) -> None:
        self._product = product
        self._views = views

    def differences(self, made: World) -> list[str]:
        """Everything in which the product and the second implementation disagree about one world."""
        self._product.begin(f"world_{made.seed}", made.setup())
        try:
            self._product.run(self._product.compile(made.files()))
            return self._answers(made)
        except Refused as error:
            return [str(error)]

    def _answers(self, made: World) -> list[str]:
        now = int(time.time() * 1000)
        second = Scorecards(made.document, made.tables(), now)
        reader = random.Random(made.seed).choice(READERS)
        last_day = time_text(made.last_day * DAY_SECONDS * 1000)[:10]
        cards = {name: second.scorecard(name) for name in second.readable}

        def of_running(view: str, wanted: Callable[[str], list[dict[str, Any]]], condition: str = "1") -> list[Any]:
            """The rows that the product has, and the differences."""
            if view not in self._views:
                return []
            name, key = VIEWS[view]
            expected = [row for each in second.running for row in wanted(each)]
            rows = self._product.view(name, reader, condition)
            found.extend(compare.rows(view, key, expected, rows, SKIPPED))
            return rows

        found: list[str] = []
        one_pass = of_running("one_pass", cards.__getitem__)
        traffic = of_running("traffic", second.traffic)
        of_running("exposures", second.exposures)
        of_running("by_day", lambda each: second.by_day(each, made.last_day), f"day <= '{last_day}'")
        for name in second.readable if "one_by_one" in self._views else ():
            own = self._product.view(f"experiment_scorecard_{name}", reader)
            found += compare.rows("one_by_one", compare.SCORECARD_KEY, cards[name], own, SKIPPED)
            found += checks.windows(second, name, own, now)
            found += checks.inference(self._product, second, name, cards[name], own)
            found += checks.sample_ratios(self._product, second, name, own, traffic)
            if name in second.running and "one_pass" in self._views:
                found += checks.both_passes(own, [row for row in one_pass if row["experiment"] == name])
        return found


def keep(directory: Path, made: World, found: list[str]) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    document = {key: value for key, value in made.document.items() if value}
    (directory / "definitions.yaml").write_text(json.dumps(document, indent=1), encoding="utf-8")
    (directory / "tables.sql").write_text(";\n".join([*made.setup(), ""]), encoding="utf-8")
    (directory / "differences.txt").write_text("\n".join([*found, ""]), encoding="utf-8")


def report(made: World, check: Callable[[World], list[str]], directory: Path, seconds: float) -> None:
    """Prints what differs in the smallest world that was found to."""
    made, found = smaller(made, check, seconds)
    place = directory / str(made.seed)
    keep(place, made, found)
    print(f"seed {made.seed}: {len(found)} differences in the smallest world that was found, kept in {place}")
    for line in found[:SHOWN]:
        print(f"    {line}")
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True, help="the program that has `compile`")
    parser.add_argument("--prefix", required=True, help="where `make install PREFIX=DIR` installed")
    parser.add_argument("--seeds", nargs=2, type=int, default=(0, 99), metavar=("FROM", "TO"))
    parser.add_argument("--features", default="12", help=f"one of {', '.join(LEVELS)}, or features by commas")
    parser.add_argument("--views", default=",".join(VIEWS), help="which to compare, by commas; default %(default)s")
    parser.add_argument("--keep", type=Path, default=Path("target/differential"), metavar="DIRECTORY")
    parser.add_argument("--shrink", type=float, default=15, metavar="SECONDS", help="for each; default %(default)s")
    parser.add_argument("--texts", action="store_true", help="only compare the SQL texts with the engine")
    options = parser.parse_args()
    features = LEVELS.get(options.features, frozenset(options.features.split(",")))

    product = Product(options.binary, options.prefix)
    check = Differential(product, options.views.split(",")).differences
    if options.texts:
        check = partial(engine_texts.differences, product)
    started, failed = time.monotonic(), []
    first, last = options.seeds
    for seed in range(first, last + 1):
        made = world(seed, features)
        if check(made):
            failed.append(seed)
            report(made, check, options.keep, options.shrink)
    count, seconds = last - first + 1, time.monotonic() - started
    print(f"ClickHouse {product.version}: {count - len(failed)} of {count} worlds agree, in {seconds:.0f} s")
    if failed:
        print(f"seeds that do not: {' '.join(map(str, failed))}")
    return 1 if failed else 0


if __name__ == "__main__":
    leave(main())
