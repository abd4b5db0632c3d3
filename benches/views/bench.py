"""The heavy view against the textbook query: time as a ratio, and peak memory.

    python benches/views/bench.py [--identities N] [--events N] [--rounds N]

Needs a Python with chDB (ClickHouse embedded) and nothing else. It installs sql/*.sql into a fresh
on-disk database in a temporary directory, builds the data of data.sql, and runs experiment_metric_stats
and textbook.sql in turn, after one warm-up each, so that both see the same machine and the same caches.
The answers must agree: n and invalid_values exactly, the sums to 1e-9 (the textbook sums plainly).

Peak memory is the engine's own peak_memory_usage of the query, read from system.processes by a second
connection while the query runs once more, untimed. The engine keeps a query's peak, so all that sampling
can miss is a rise in the last few milliseconds. (chDB has no system.query_log unless it is configured,
and 25.8 not even then; the resident size of the process would count caches and freed memory as well.)

Only the ratio within a run means anything: times of different runs or machines do not compare.
"""

import argparse
import math
import pathlib
import statistics
import sys
import tempfile
import threading
import time

import chdb

HERE = pathlib.Path(__file__).resolve().parent
SQL = HERE.parent.parent / "sql"

# The view under test needs no executable function; the views that call one are not installed.
INSTALLED = ["00_events.sql", "20_experiment_exposures.sql", "30_experiment_metric_stats.sql"]

EXPERIMENT = {
    "environment_key": "production",
    "feature_name": "checkout",
    "window_start": "2024-01-01 00:00:00.000",
    "window_end": "2024-01-15 00:00:00.000",
}

VIEW = """SELECT * FROM experiment_metric_stats(
    environment_key = '{environment_key}',
    feature_name = '{feature_name}',
    window_start = '{window_start}',
    window_end = '{window_end}',
    metrics = [
        (1, 'purchase', 'occurrence', false),
        (2, 'page_view', 'count', false),
        (3, 'purchase', 'sum', false),
        (4, 'request_time', 'mean', false)
    ]
)""".format(**EXPERIMENT)

# Of plain sums of 1e6 terms against compensated ones: the textbook's rounding, not the view's.
RELATIVE_TOLERANCE = 1e-9

SAMPLE_SECONDS = 0.005


def statements(path):
    """The statements of a file: they end with a semicolon at the end of a line, or with the file."""
    lines = [line for line in path.read_text().splitlines() if not line.lstrip().startswith("--")]
    parts = ("\n".join(lines) + "\n").split(";\n")
    return [part for part in parts if part.strip()]


def say(text):
    print(text, flush=True)


def rows(connection, query):
    answer = str(connection.query(query, "TabSeparated"))
    return [line.split("\t") for line in answer.splitlines()]


def check_equal(ours, theirs):
    if len(ours) != len(theirs) or not ours:
        sys.exit(f"the answers differ: {len(ours)} rows and {len(theirs)} rows")
    for row, other in zip(ours, theirs):
        exact = row[:6] + row[8:] == other[:6] + other[8:]
        close = all(
            math.isclose(float(a), float(b), rel_tol=RELATIVE_TOLERANCE) for a, b in zip(row[6:8], other[6:8])
        )
        if not (exact and close):
            sys.exit(f"the answers differ:\n  view      {row}\n  textbook  {other}")


def peak_memory(path, connection, query):
    """The engine's peak memory of one run of the query, in bytes."""
    peaks = [0]
    done = threading.Event()

    def sample():
        watcher = chdb.connect(path)
        question = (
            "SELECT max(peak_memory_usage) FROM system.processes WHERE query NOT LIKE '%system.processes%'"
        )
        while not done.is_set():
            peaks.append(int(str(watcher.query(question, "TabSeparated")).strip() or 0))
            time.sleep(SAMPLE_SECONDS)

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        connection.query(query, "TabSeparated")
    finally:
        done.set()
        thread.join()
    return max(peaks)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--identities", type=int, default=1_000_000)
    arguments.add_argument("--events", type=int, default=20_000_000)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments = arguments.parse_args()

    with tempfile.TemporaryDirectory(prefix="scorecard-bench-") as directory:
        path = f"{directory}/database"
        connection = chdb.connect(path)
        say(f"ClickHouse {rows(connection, 'SELECT version()')[0][0]}")
        for name in INSTALLED:
            for statement in statements(SQL / name):
                connection.query(statement)

        for name, value in EXPERIMENT.items():
            connection.query(f"SET param_{name} = '{value}'")
        connection.query(f"SET param_identities = '{arguments.identities}'")
        connection.query(f"SET param_metric_events = '{arguments.events}'")
        steps = statements(HERE / "data.sql")
        for number, step in enumerate(steps, 1):
            started = time.perf_counter()
            connection.query(step)
            say(f"data, step {number} of {len(steps)}: {time.perf_counter() - started:.1f} s")

        queries = {"view": VIEW, "textbook": statements(HERE / "textbook.sql")[0]}
        answers = {}
        for name, query in queries.items():
            started = time.perf_counter()
            answers[name] = rows(connection, query)
            say(f"warm-up, {name}: {time.perf_counter() - started:.2f} s")
        check_equal(answers["view"], answers["textbook"])
        say(f"the answers agree: {len(answers['view'])} rows")

        times = {name: [] for name in queries}
        for number in range(1, arguments.rounds + 1):
            for name, query in queries.items():
                started = time.perf_counter()
                connection.query(query, "TabSeparated")
                times[name].append(time.perf_counter() - started)
            say(f"round {number} of {arguments.rounds}: " + ", ".join(f"{n} {t[-1]:.2f} s" for n, t in times.items()))

        memory = {name: peak_memory(path, connection, query) for name, query in queries.items()}

        for name in queries:
            median = statistics.median(times[name])
            say(
                f"{name}: median {median:.2f} s, {min(times[name]):.2f} to {max(times[name]):.2f} s, "
                f"peak memory {memory[name] / 2**20:.0f} MiB"
            )
        ratio = statistics.median(theirs / ours for ours, theirs in zip(times["view"], times["textbook"]))
        say(
            f"the view is {ratio:.2f} times as fast as the textbook (median of the rounds' ratios) "
            f"in {memory['view'] / memory['textbook']:.2f} of its memory"
        )
        connection.close()


if __name__ == "__main__":
    main()
