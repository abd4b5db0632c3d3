"""What compiled definitions cost beside the usual queries: CPU time, clock, what was read, peak memory, answers.

    python benches/views/bench.py [--prefix DIR] [--full] [--rounds N] [--events N] [--part one|features|planning]

DIR is what `make install PREFIX=DIR` made; by default target/bench, as in `make bench`. Needs a Python with chDB and
nothing else; .venv/26.9, .venv/26.3 and .venv/25.8 for the parts that compare versions (`make bench` makes them).
The data of data.sql is made in a temporary directory (TMPDIR says where) and removed at the end. Takes some ten
minutes; --full, or BENCH=full in the environment, goes on to 200 million events and to spilling, and to the older
versions, which needs some 20 GB of disk and hours. --part measures that part only.

Compared, by the median of N rounds that take turns, and all in one run:
    one experiment       its compiled view, experiment_metric_stats, and the textbook's left join (textbook.sql)
    few are exposed      the same, and the floor: reading and hashing the identifiers of the metric events
    few events           the same
    20 experiments       experiment_scorecard, one pass, and the view of each, one after the other (once)
    features             one metric with a window, a cap, a covariate, …, and sixteen together, against the plain one
    prices               of a filter, of copies that count once, of telling every day; and of a stored result
    planning             EXPLAIN of one experiment's view on an empty database (the median of 20), in each version

Answers agree if whole numbers are equal and others to 1e-9. Peak memory is the engine's own, of the greediest query of
a series. Where the query log says what queries cost (26.9), cpu is the time that the threads of the query ran: on a
busy machine it says more than the clock, so it is what targets of speed are judged by; the clock is told beside it.
Times of different runs or machines do not compare.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import typing

import engine
import queries

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent

VERSIONS = ["26.9", "26.3", "25.8"]

# Of the four metrics' events in the large environment.
EVENTS = 9_000_000
EVENTS_PER_IDENTITY = 18
# The other environments have so many times the events.
SMALL = 1 / 45
TENFOLD = 200 / 9

GIB = 2**30

Contender = typing.Tuple[str, typing.List[str]]
Costs = typing.Dict[str, engine.Cost]


def say(text: str = "") -> None:
    print(text, flush=True)


def load() -> str:
    return f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"


class Targets:
    """What was to be reached and what was, collected for the end."""

    def __init__(self) -> None:
        self._lines: typing.List[str] = []

    def times_as_fast(self, what: str, other: engine.Cost, ours: engine.Cost, wanted: float) -> None:
        cpu, clock = other.cpu_seconds / ours.cpu_seconds, other.seconds / ours.seconds
        self._add(what, f"{cpu:.2f} by CPU time, {clock:.2f} on the clock (at least {wanted:g})", cpu >= wanted)

    def at_most(self, what: str, measured: float, wanted: float) -> None:
        self._add(what, f"{measured:.2f} (at most {wanted:g})", measured <= wanted)

    def milliseconds(self, what: str, measured: typing.Dict[str, float], wanted: float) -> None:
        cpu, clock = measured["cpu"], measured["clock"]
        self._add(what, f"{cpu:.0f} ms of CPU time, {clock:.0f} on the clock (at most {wanted:g})", cpu <= wanted)

    def holds(self, what: str, how: str, met: bool) -> None:
        self._add(what, how, met)

    def print(self) -> None:
        say("\nTargets")
        for line in self._lines:
            say(line)

    def _add(self, what: str, how: str, met: bool) -> None:
        self._lines.append(f"  {'met    ' if met else 'not met'}  {what}: {how}")


def heading() -> None:
    say(f"  {'':27} {'seconds':>8} {'cpu s':>8} {'M rows':>8} {'GB read':>7} {'peak MiB':>8}  answers")


def show(name: str, cost: engine.Cost, note: str = "") -> None:
    say(
        f"  {name:27} {cost.seconds:8.2f} {cost.cpu_seconds:8.2f} {cost.rows / 1e6:8.1f} {cost.bytes / 1e9:7.2f} "
        f"{cost.memory / 2**20:8.0f}  {note}"
    )


def series(
    bench: engine.Engine, asked: typing.List[str], named: typing.Sequence[str]
) -> typing.Tuple[engine.Rows, engine.Cost]:
    """The answers of several queries in a row as one, their rows with the names, and what they cost together."""
    rows: engine.Rows = []
    cost = engine.Cost()
    for number, query in enumerate(asked):
        answer, single = bench.measure(query)
        rows += [[named[number], *row] for row in answer] if len(asked) > 1 else answer
        cost.add(single)
    return rows, cost


def compare(
    bench: engine.Engine,
    compared: typing.List[Contender],
    rounds: int,
    named: typing.Sequence[str] = (),
    without_answer: typing.Sequence[str] = (),
) -> Costs:
    """Measures contenders, of which the first is ours, and prints their part of the table.

    Each is run once to warm up and to compare the answers, then in turns. A series is run once."""
    notes: typing.Dict[str, str] = {}
    costs: typing.Dict[str, typing.List[engine.Cost]] = {}
    expected: engine.Rows = []
    for name, asked in compared:
        answer, cost = series(bench, asked, named)
        expected = expected or answer
        if name in without_answer:
            notes[name] = "none"
        else:
            wrong = engine.difference(expected, answer)
            notes[name] = f"differ: {wrong}" if wrong else "equal" if answer is not expected else ""
        costs[name] = [cost] if len(asked) > 1 else []
    for _ in range(rounds):
        for name, asked in compared:
            if len(asked) == 1:
                costs[name].append(series(bench, asked, named)[1])
    result = {name: engine.median(measured) for name, measured in costs.items()}
    for name, cost in result.items():
        show(name, cost, notes[name])
    if any(note.startswith("differ") for note in notes.values()):
        sys.exit("the answers differ")
    return result


def make(bench: engine.Engine, environment: str, events: float, features: typing.Dict[str, int]) -> None:
    """An environment with so many events of the four metrics, and features, each with the percentage exposed."""
    started = time.perf_counter()
    metric_events = round(events / queries.READ)
    bench.set(
        param_environment=environment,
        param_identities=round(events / EVENTS_PER_IDENTITY),
        param_metric_events=metric_events,
        min_insert_block_size_rows=4_000_000,
        min_insert_block_size_bytes=0,
    )
    exposures, of_metrics = engine.statements((ROOT / "benches" / "views" / "data.sql").read_text())
    for share in dict.fromkeys(features.values()):
        named = [feature for feature, its_share in features.items() if its_share == share]
        bench.set(param_features=named, param_share=share)
        bench.run(exposures)
    bench.run(of_metrics)
    say(f"made the environment {environment}, {metric_events:,} metric events: {time.perf_counter() - started:.0f} s")


def prepare(arguments: argparse.Namespace, directory: pathlib.Path) -> engine.Engine:
    directory.mkdir()
    bench = engine.Engine(arguments.prefix, directory)
    bench.run("SYSTEM STOP MERGES")
    return bench


def one_experiment(bench: engine.Engine, rounds: int, targets: Targets) -> engine.Cost:
    """One experiment against the textbook, with many events and with few. Returns what the larger one cost."""
    say("one experiment, 4 metrics, all identities exposed")
    costs = compare(bench, against_textbook("one"), rounds)
    textbook = costs["textbook"]
    for ours in ("compiled view", "experiment_metric_stats"):
        wanted = 2.4 if ours == "compiled view" else 2.0
        targets.times_as_fast(f"one experiment, {ours}, times as fast as the textbook", textbook, costs[ours], wanted)
        # How far a process grows says too little.
        if bench.has_query_log:
            part = costs[ours].memory / textbook.memory
            targets.at_most(f"one experiment, {ours}, part of the textbook's memory", part, 1)
    result = costs["compiled view"]
    say("the same, one event in 45")
    costs = compare(bench, against_textbook("small"), 5 * rounds)
    for ours in ("compiled view", "experiment_metric_stats"):
        what = f"few events, {ours}, times as fast as the textbook"
        targets.times_as_fast(what, costs["textbook"], costs[ours], 1)
    return result


def against_textbook(experiment: str) -> typing.List[Contender]:
    return [
        ("compiled view", [queries.scorecard(experiment)]),
        ("experiment_metric_stats", [queries.metric_stats(experiment)]),
        ("textbook", [queries.textbook(experiment)]),
    ]


def few_exposed(bench: engine.Engine, rounds: int, targets: Targets) -> None:
    say("one experiment, 4 metrics, 1 % of the identities exposed")
    floor = "floor: read and hash"
    compared = [*against_textbook("few"), (floor, [queries.floor("few")])]
    costs = compare(bench, compared, rounds, without_answer=[floor])
    textbook = costs["textbook"]
    for ours in ("compiled view", "experiment_metric_stats"):
        targets.times_as_fast(f"1 % exposed, {ours}, times as fast as the textbook", textbook, costs[ours], 3)
    best = textbook.cpu_seconds / costs[floor].cpu_seconds
    say(f"  (the floor is {best:.2f} times as fast as the textbook by CPU time)")


def all_experiments(bench: engine.Engine, rounds: int, targets: Targets) -> None:
    say("20 experiments that share all identities, 4 metrics")
    one_by_one = [queries.scorecard(name) for name in queries.SHARED]
    compared = [("one pass", [queries.all_running()]), ("one by one", one_by_one)]
    costs = compare(bench, compared, rounds, named=queries.SHARED)
    one_pass = costs["one pass"]
    targets.times_as_fast("20 experiments, one pass, times as fast as one by one", costs["one by one"], one_pass, 5)
    targets.at_most("20 experiments, one pass, peak in GiB", one_pass.memory / GIB, 2)
    stored = latest(bench)
    say(f"  (reading the stored results is {one_pass.seconds / stored.seconds:.0f} times as fast on the clock)")
    targets.times_as_fast("experiment_results_latest, times as fast as one pass", one_pass, stored, 100)


def latest(bench: engine.Engine) -> engine.Cost:
    """What it costs to read the newest of a month of hourly results of 20 experiments."""
    bench.run(
        "INSERT INTO experiment_results_history SELECT now64(3, 'UTC') AS computed_at, false AS final, "
        "toUInt64(0) AS definition, toUInt8(0) AS definition_version, * FROM experiment_scorecard"
    )
    bench.run(
        "INSERT INTO experiment_results_history SELECT computed_at - toIntervalHour(hours) AS computed_at, "
        "* EXCEPT (computed_at, hours) FROM experiment_results_history ARRAY JOIN range(1, 24 * 30) AS hours"
    )
    cost = engine.median([bench.measure("SELECT * FROM experiment_results_latest")[1] for _ in range(11)])
    show("experiment_results_latest", cost)
    return cost


def prices(bench: engine.Engine, rounds: int) -> None:
    say("the price of more: one experiment, 4 metrics, all identities exposed")
    compared = [
        ("compiled view", [queries.scorecard("one")]),
        ("with a filter on purchases", [queries.scorecard("filtered")]),
        ("copies count once", [queries.scorecard("deduplicated")]),
        ("every day", [queries.by_day("one")]),
    ]
    costs = compare(bench, compared, max(1, rounds - 1), without_answer=["every day"])
    plain = costs["compiled view"].cpu_seconds
    shares = (f"{name} {cost.cpu_seconds / plain:.2f}" for name, cost in list(costs.items())[1:])
    say(f"  (times the CPU time of the plain metrics: {', '.join(shares)})")


def price_of_features(bench: engine.Engine, prefix: pathlib.Path, rounds: int, targets: Targets) -> None:
    say("the price of each feature: one experiment, one metric, all identities exposed")
    bench.run_script(queries.compiled(prefix, queries.features()))
    compared = [(name, [queries.scorecard(name)]) for name in queries.FEATURES]
    costs = compare(bench, compared, max(1, rounds - 1), without_answer=list(queries.FEATURES))
    plain = costs["plain"]
    for name, (_, wanted) in queries.FEATURES.items():
        if name != "plain":
            part = costs[name].cpu_seconds / plain.cpu_seconds
            targets.at_most(f"{name}, times the CPU time of the plain metric", part, wanted)


def planning(prefix: pathlib.Path, targets: Targets) -> None:
    """Planning in each version whose Python is there."""
    say(f"\nPlanning one experiment's view, 4 metrics, empty database, {load()}: milliseconds, clock (cpu)")
    steps = ["plan", "parse", "analyse", "pipeline", "read", "metric_stats", "textbook"]
    say("  " + " ".join(f"{name:>14}" for name in ["version", *steps]))
    for version in VERSIONS:
        python = ROOT / ".venv" / version / "bin" / "python"
        if not python.exists():
            say(f"  {version:>14} not measured: make .venv/{version}/ready")
            continue
        command = [str(python), str(ROOT / "benches" / "views" / "planning.py"), "--prefix", str(prefix)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        measured = json.loads(done.stdout)
        cells = (f"{measured[step]['clock']:.0f} ({measured[step]['cpu']:.0f})" for step in steps)
        say("  " + " ".join(f"{cell:>14}" for cell in [version, *cells]))
        targets.milliseconds(f"planning in {version}", measured["plan"], 60)


def limited(bench: engine.Engine, experiment: str, limit: int) -> typing.Tuple[bool, str]:
    """Whether a scorecard is computed within so much memory, and how."""
    bench.set(max_memory_usage=limit)
    try:
        _, cost = bench.measure(queries.scorecard(experiment))
        show(f"in {limit / 2**20:.0f} MiB", cost)
        return True, f"finishes, spilling {cost.spilled / 2**20:.0f} MiB"
    except engine.Refused as refused:
        say(f"  in {limit / 2**20:.0f} MiB: {refused}")
        return False, "fails"
    finally:
        bench.set(max_memory_usage=0)


def measure(arguments: argparse.Namespace, directory: pathlib.Path, targets: Targets) -> engine.Cost:
    """The parts on the data of the usual size. Returns what one experiment cost."""
    bench = prepare(arguments, directory)
    only_one = arguments.part in ("one", "features")
    shared = queries.SHARED[:1] if only_one else queries.SHARED
    make(bench, queries.LARGE, arguments.events, {**dict.fromkeys(shared, 100), queries.FEW: 1})
    make(bench, queries.SMALL, arguments.events * SMALL, {"small": 100})
    definitions = queries.definitions(shared, list(queries.ALONE))
    bench.run_script(queries.compiled(arguments.prefix, definitions))
    log = "" if bench.has_query_log else ", no query log: CPU time and memory are the process's"
    say(f"\nClickHouse {bench.version()}, {load()}{log}")
    say(f"{arguments.events:,} events of the metrics, {round(arguments.events / EVENTS_PER_IDENTITY):,} identities")
    heading()
    if arguments.part != "features":
        one = one_experiment(bench, arguments.rounds, targets)
        few_exposed(bench, arguments.rounds, targets)
    if not only_one:
        prices(bench, arguments.rounds)
        all_experiments(bench, arguments.rounds, targets)
    # Last of these, for its definitions take the place of the others.
    if arguments.part != "one":
        price_of_features(bench, arguments.prefix, arguments.rounds, targets)
    if arguments.part == "features":
        return engine.Cost()
    if arguments.full:
        met, how = limited(bench, "one", one.memory // 2)
        targets.holds(f"one experiment in half of its memory ({one.memory / 2**21:.0f} MiB)", how, met)
    say(f"(at the end: {load()})")
    bench.close()
    return one


def measure_tenfold(arguments: argparse.Namespace, directory: pathlib.Path, one: engine.Cost, targets: Targets) -> None:
    """Many more events: within 4 GiB, in less than that, and in how much more time."""
    bench = prepare(arguments, directory)
    events = round(arguments.events * TENFOLD)
    make(bench, queries.LARGE, events, {queries.SHARED[0]: 100, queries.FEW: 1})
    bench.run_script(queries.compiled(arguments.prefix, queries.definitions([], ["one", "few"])))
    say(f"\n{events:,} events of the metrics, {round(events / EVENTS_PER_IDENTITY):,} identities")
    heading()
    for experiment in ("one", "few"):
        say(experiment)
        compared = [("compiled view", [queries.scorecard(experiment)]), ("textbook", [queries.textbook(experiment)])]
        costs = compare(bench, compared, 1)
        for limit in (4 * GIB, 1 * GIB):
            met, how = limited(bench, experiment, limit)
            targets.holds(f"{events:,} events, {experiment}, within {limit / GIB:g} GiB", how, met)
        if experiment == "one":
            ratio = costs["compiled view"].cpu_seconds / one.cpu_seconds
            targets.at_most(f"{TENFOLD:.1f} times the events, times the CPU time", ratio, 1.1 * TENFOLD)
    bench.close()


def older_versions(arguments: argparse.Namespace) -> None:
    """One experiment in the versions that have no query log; each in a process of its own."""
    for version in VERSIONS[1:]:
        python = ROOT / ".venv" / version / "bin" / "python"
        if not python.exists():
            say(f"\nClickHouse {version}: not measured: make .venv/{version}/ready")
            continue
        say()
        command = [str(python), __file__, "--part", "one", "--prefix", str(arguments.prefix)]
        subprocess.run([*command, "--events", str(arguments.events), "--rounds", str(arguments.rounds)], check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--prefix", type=pathlib.Path, default=ROOT / "target" / "bench")
    parser.add_argument("--full", action="store_true", default=os.environ.get("BENCH") == "full")
    parser.add_argument("--part", choices=["one", "features", "planning"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--events", type=int, default=EVENTS)
    arguments = parser.parse_args()
    arguments.full = arguments.full and arguments.part is None
    # The configuration of an installation that was moved would not find its functions.
    arguments.prefix = arguments.prefix.resolve()

    targets = Targets()
    with tempfile.TemporaryDirectory(prefix="scorecard-bench-", ignore_cleanup_errors=True) as name:
        directory = pathlib.Path(name)
        if arguments.part != "planning":
            one = measure(arguments, directory / "once", targets)
        if arguments.part not in ("one", "features"):
            planning(arguments.prefix, targets)
        if arguments.full:
            measure_tenfold(arguments, directory / "tenfold", one, targets)
            older_versions(arguments)
    targets.print()
    # The embedded 26.3 and 25.8 may hang when closed.
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
