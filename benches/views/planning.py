"""How long ClickHouse thinks about a scorecard before it reads anything.

    python benches/views/planning.py --prefix DIR

DIR is what `make install PREFIX=DIR` made. Runs with any chDB; bench.py starts it with that of each version. On an
empty database: the compiled view of one experiment with 4 metrics, asked for its plan, for its pipeline, and read;
and the query of the view parsed and analysed only. Prints a JSON object: the version, and for each the median of 20
in milliseconds, on the clock and as the CPU time of the process. Answers are thrown away by the engine: the text of a
plan is long enough for taking it over to count.
"""

import argparse
import json
import os
import pathlib
import statistics
import sys
import tempfile
import time
import typing

import engine
import queries

ROUNDS = 20


def milliseconds(bench: engine.Engine, query: str) -> typing.Dict[str, float]:
    clock: typing.List[float] = []
    cpu: typing.List[float] = []
    bench.discard(query)
    for _ in range(ROUNDS):
        started, used = time.perf_counter(), engine.cpu_seconds()
        bench.discard(query)
        clock.append(time.perf_counter() - started)
        cpu.append(engine.cpu_seconds() - used)
    return {"clock": 1000 * statistics.median(clock), "cpu": 1000 * statistics.median(cpu)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--prefix", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="scorecard-planning-") as name:
        bench = engine.Engine(arguments.prefix, pathlib.Path(name))
        bench.run_script(queries.compiled(arguments.prefix, queries.definitions([], ["one"])))
        asked = "SELECT * FROM experiment_scorecard_one"
        body = bench.text("SELECT as_select FROM system.tables WHERE name = 'experiment_scorecard_one'")
        measured = {
            "plan": milliseconds(bench, f"EXPLAIN {asked}"),
            "parse": milliseconds(bench, f"EXPLAIN AST {body}"),
            "analyse": milliseconds(bench, f"EXPLAIN QUERY TREE {body}"),
            "pipeline": milliseconds(bench, f"EXPLAIN PIPELINE {asked}"),
            "read": milliseconds(bench, asked),
            "metric_stats": milliseconds(bench, f"EXPLAIN {queries.metric_stats('one')}"),
            "textbook": milliseconds(bench, f"EXPLAIN {queries.textbook('one')}"),
        }
        print(json.dumps({"version": bench.version(), **measured}), flush=True)
    # The embedded 26.3 and 25.8 may hang when closed.
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
