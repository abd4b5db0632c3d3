"""Compiled definitions against the plain reference, seed by seed, in an embedded ClickHouse.

Usage: python differential.py --binary target/release/scorecard --prefix DIR [--seeds FROM TO] [--features 12]

Each seed is a random world: definitions, events, declared tables. The binary compiles the definitions, the engine
runs the script and answers from the views, and every cell is compared with the reference. A world that disagrees
is made smaller while it still does, and kept below --keep. DIR is what `make install PREFIX=DIR` made; the Python
is one with an engine in it, such as .venv/26.9/bin/python.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Callable
from pathlib import Path

import checks
import compare
import engine_texts
from draft import LEVELS
from generate import World, world
from product import Product, Refused, leave
from reference import Reference
from shared import time_text
from shrink import smaller

DAY_SECONDS = 86_400
SHOWN = 12

# What the views have no column of that name for.
SKIPPED = ("quantile", "steps")

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


def differences(product: Product, made: World) -> list[str]:
    """Everything in which the product and the reference disagree about one world."""
    product.begin(f"world_{made.seed}", made.setup())
    try:
        product.run(product.compile(made.files()))
        return view_differences(product, made)
    except Refused as error:
        return [str(error)]


def view_differences(product: Product, made: World) -> list[str]:
    now = int(time.time() * 1000)
    reference = Reference(made.document, made.tables(), now)
    reader = random.Random(made.seed).choice(READERS)
    one_pass = product.view("experiment_scorecard", reader)
    traffic = product.view("experiment_scorecard_traffic", reader)
    exposures = product.view("experiment_scorecard_exposures", reader)
    last_day = time_text(made.last_day * DAY_SECONDS * 1000)[:10]
    by_day = product.view("experiment_results_by_day", reader, f"day <= '{last_day}'")

    running = reference.running
    expected = {name: reference.scorecard(name) for name in reference.readable}
    found = []
    for view, key, rows, wanted in (
        ("one pass", compare.SCORECARD_KEY, one_pass, lambda name: expected[name]),
        ("traffic", compare.TRAFFIC_KEY, traffic, reference.traffic),
        ("exposures", compare.EXPOSURES_KEY, exposures, reference.exposures),
        ("by day", ("day", *compare.SCORECARD_KEY), by_day, lambda name: reference.by_day(name, made.last_day)),
    ):
        found += compare.rows(view, key, [row for name in running for row in wanted(name)], rows, SKIPPED)
    for name in reference.readable:
        own = product.view(f"experiment_scorecard_{name}", reader)
        found += compare.rows("one by one", compare.SCORECARD_KEY, expected[name], own, SKIPPED)
        found += checks.windows(reference, name, own, now)
        found += checks.inference(product, reference, name, own)
        found += checks.sample_ratios(product, reference, name, own, traffic)
        if name in running:
            found += checks.both_passes(own, [row for row in one_pass if row["experiment"] == name])
    return found


def keep(directory: Path, made: World, found: list[str]) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    document = {key: value for key, value in made.document.items() if value}
    (directory / "definitions.yaml").write_text(json.dumps(document, indent=1), encoding="utf-8")
    (directory / "tables.sql").write_text(";\n".join([*made.setup(), ""]), encoding="utf-8")
    (directory / "differences.txt").write_text("\n".join([*found, ""]), encoding="utf-8")


def report(product: Product, made: World, check: Callable[[Product, World], list[str]], directory: Path) -> None:
    """Prints what differs in the smallest world that was found to."""
    made, found = smaller(made, lambda each: check(product, each))
    place = directory / str(made.seed)
    keep(place, made, found)
    print(f"seed {made.seed}: {len(found)} differences in the smallest world that was found, kept in {place}")
    for line in found[:SHOWN]:
        print(f"    {line}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True, help="the program that has `compile`")
    parser.add_argument("--prefix", required=True, help="where `make install PREFIX=DIR` installed")
    parser.add_argument("--seeds", nargs=2, type=int, default=(0, 99), metavar=("FROM", "TO"))
    parser.add_argument("--features", default="12", help=f"one of {', '.join(LEVELS)}, or features by commas")
    parser.add_argument("--keep", type=Path, default=Path("target/differential"), metavar="DIRECTORY")
    parser.add_argument("--texts", action="store_true", help="only compare the SQL texts with the engine")
    options = parser.parse_args()
    features = LEVELS.get(options.features) or frozenset(filter(None, options.features.split(",")))
    check = engine_texts.differences if options.texts else differences

    product = Product(options.binary, options.prefix)
    started, failed = time.monotonic(), []
    first, last = options.seeds
    for seed in range(first, last + 1):
        made = world(seed, features)
        if check(product, made):
            failed.append(seed)
            report(product, made, check, options.keep)
    count, seconds = last - first + 1, time.monotonic() - started
    print(f"ClickHouse {product.version}: {count - len(failed)} of {count} worlds agree, in {seconds:.0f} s")
    if failed:
        print(f"seeds that do not: {' '.join(map(str, failed))}")
    return 1 if failed else 0


if __name__ == "__main__":
    leave(main())
