"""What results by day cost: 70,000 rows of 7,000 identities over a year, 13 metrics, without and with a dimension of 85
segments. Prints the seconds of each view, once.

    python benches/views/days.py [DIR]

DIR is what `make install PREFIX=DIR` made; by default target/bench. Needs a Python with chDB.
"""

import json
import pathlib
import sys
import tempfile
import typing

import engine
import queries

TYPES = ["occurrence", "count", "sum", "mean", "min", "max", "first", "last", "count_distinct", "active_days"]
EVENTS = ["view", "buy", "time"]

ROWS = """
INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value, traits)
SELECT 'p', '$flag_exposure', 'f', toDateTime64('2024-01-01', 3, 'UTC') + cityHash64(number, 1) % (100 * 86400), toString(number),
    if(number % 2 = 0, 'control', 'b'), concat('{"country": "', toString(number % 85), '"}')
FROM numbers(7000);
INSERT INTO events (environment_key, event, timestamp, identifier, value)
SELECT 'p', ['view', 'buy', 'time'][number % 3 + 1], toDateTime64('2024-01-01', 3, 'UTC') + cityHash64(number, 2) % (365 * 86400),
    toString(cityHash64(number, 3) % 7000), toString(cityHash64(number, 4) % 10000 / 100)
FROM numbers(70000);
"""


def definitions(dimensions: typing.List[typing.Dict[str, str]]) -> str:
    metrics: typing.List[typing.Dict[str, typing.Any]] = [
        {"name": kind, "type": kind, "event": EVENTS[number % 3]} for number, kind in enumerate(TYPES)
    ]
    more: typing.Dict[str, typing.Any] = {
        "week": {"window": {"length": "7d"}},
        "before": {"covariate": {"lookback": "7d"}},
        "capped": {"cap": {"upper": 50}},
    }
    metrics += [{"name": name, "type": "sum", "event": "buy", **own} for name, own in more.items()]
    experiment = {
        "name": "year",
        "environment": "p",
        "feature": "f",
        "start": "2024-01-01",
        "end": "2024-12-31",
        "dimensions": dimensions,
        "metrics": {"goals": [metric["name"] for metric in metrics]},
    }
    return json.dumps({"version": 1, "metrics": metrics, "experiments": [experiment]})


def main() -> None:
    prefix = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "target/bench").resolve()
    with tempfile.TemporaryDirectory() as directory:
        bench = engine.Engine(prefix, pathlib.Path(directory))
        bench.set(max_partitions_per_insert_block=0)
        bench.run_script(ROWS)
        country = {"name": "country", "value": "JSONExtractString(traits, 'country')"}
        for what, dimensions in (("no dimension", []), ("85 segments", [country])):
            bench.run_script(queries.compiled(prefix, definitions(dimensions)))
            for view in ("experiment_results_by_day_year", "experiment_effect_by_day_year"):
                rows, cost = bench.measure(f"SELECT count() FROM (SELECT * FROM {view})")
                print(f"{view}, {what}: {rows[0][0]} rows, {cost.seconds:.1f} s, {cost.cpu_seconds:.1f} of CPU time")
        bench.close()


if __name__ == "__main__":
    main()
