"""The views against the usual queries: time, what was read, peak memory, and whether the answers agree.

    python benches/views/bench.py [--prefix DIR] [--full] [--rounds N] [--events N]

DIR is what `make install PREFIX=DIR` made; by default target/bench, as in `make bench`. Needs a Python with
chDB (ClickHouse 26.9) and nothing else. The data of data.sql is made in a temporary directory (TMPDIR says
where) and removed at the end. --full, or BENCH=full in the environment, measures the whole grid, and then ten
times the events, which needs some 20 GB of disk and hours; without it, a part in about ten minutes.

One table, compared within one run:
    scorecard       experiment_scorecard, asked for all experiments of the row at once
    metric_stats    experiment_metric_stats, the view for one experiment (it does not deduplicate)
    (a) textbook    textbook.sql, all metrics in one query
    (b) per metric  textbook.sql, one query for each metric
    (c) scorecard, one by one    experiment_scorecard, one query for each experiment
    (c) results, one by one      experiment_results, the view for one experiment, one query for each
Each is run once to warm up and to compare the answers, then N times in turns; the table has the medians. The
series of queries, (b) and (c), are long: unless --full, they are run once. Answers agree if whole numbers are
equal and others to 1e-9. Peak memory is the engine's own, of the greediest query of a series. cpu is the time
that the threads of the queries ran: on a busy machine it says more than the time on the clock.

Then the targets, each with what was measured. Times of different runs or machines do not compare.
"""

import argparse
import os
import pathlib
import statistics
import sys
import tempfile
import time
import typing

import engine
import queries

HERE = pathlib.Path(__file__).resolve().parent

# Active identities, as a part of the metric events.
EVENTS_PER_IDENTITY = 20

EXPERIMENTS = 20
GIB = 2**30

Contender = typing.Tuple[str, typing.List[str]]
Costs = typing.Dict[str, engine.Cost]


def say(text: str = "") -> None:
    print(text, flush=True)


def one(share: int) -> typing.Tuple[str, ...]:
    return (f"one_{share}",)


def many(share: int) -> typing.Tuple[str, ...]:
    return tuple(f"many_{share}_{number:02}" for number in range(EXPERIMENTS))


def name_of(features: typing.Sequence[str]) -> str:
    return f"{len(features)} experiment{'s' if len(features) > 1 else ''}, {features[0].split('_')[1]} % exposed"


def make_data(bench: engine.Engine, events: int, environment: str, groups: typing.Iterable[typing.Tuple[str, ...]]) -> None:
    started = time.perf_counter()
    bench.set(
        param_environment=environment,
        param_identities=events // EVENTS_PER_IDENTITY,
        param_metric_events=events,
        param_copies=2 if environment == "redelivered" else 1,
        min_insert_block_size_rows=4_000_000,
        min_insert_block_size_bytes=0,
    )
    exposures, metric_events = engine.statements(HERE / "data.sql")
    for features in groups:
        bench.set(param_features=list(features), param_share=features[0].split("_")[1])
        bench.run(exposures)
    bench.run(metric_events)
    say(f"made the environment {environment}, {events:,} metric events: {time.perf_counter() - started:.0f} s")


def contenders(case: queries.Case) -> typing.List[Contender]:
    """What is compared for a case; the first is ours."""
    ours: Contender = ("scorecard", [queries.scorecard(case, case.features)])
    if len(case.features) > 1:
        compared = [ours, ("(c) scorecard, one by one", [queries.scorecard(case, [f]) for f in case.features])]
        if not case.deduplicate:
            single = [queries.single_view(case, f, "experiment_results") for f in case.features]
            compared.append(("(c) results, one by one", single))
        return compared
    feature = case.features[0]
    compared = [ours]
    if not case.deduplicate:
        compared.append(("metric_stats", [queries.single_view(case, feature, "experiment_metric_stats")]))
    compared.append(("(a) textbook", [queries.textbook(case, feature, case.metric_ids())]))
    if case.metrics > 1:
        compared.append(("(b) per metric", [queries.textbook(case, feature, [number]) for number in case.metric_ids()]))
    return compared


def series(bench: engine.Engine, case: queries.Case, asked: typing.List[str]) -> typing.Tuple[engine.Rows, engine.Cost]:
    """The answers of several queries in a row as one, and what they cost together."""
    rows: engine.Rows = []
    cost = engine.Cost()
    for number, query in enumerate(asked):
        answer, single = bench.measure(query)
        if len(asked) > 1 and len(asked) == len(case.features):
            answer = [[case.experiment(case.features[number])] + row for row in answer]
        rows += answer
        cost.add(single)
    return rows, cost


def median(costs: typing.List[engine.Cost]) -> engine.Cost:
    return engine.Cost(
        seconds=statistics.median(cost.seconds for cost in costs),
        cpu_seconds=statistics.median(cost.cpu_seconds for cost in costs),
        rows=costs[0].rows,
        bytes=costs[0].bytes,
        memory=int(statistics.median(cost.memory for cost in costs)),
        spilled=max(cost.spilled for cost in costs),
    )


def show(name: str, cost: engine.Cost, note: str = "") -> None:
    say(
        f"  {name:27} {cost.seconds:8.2f} {cost.cpu_seconds:8.2f} {cost.rows / 1e6:8.1f} {cost.bytes / 1e9:7.2f} "
        f"{cost.memory / 2**20:8.0f}  {note}"
    )


def compare(bench: engine.Engine, case: queries.Case, rounds: int, full: bool) -> Costs:
    """Measures a case and prints its part of the table."""
    copies = ", redelivered, deduplicated" if case.deduplicate else ""
    say(f"{name_of(case.features)}, {case.metrics} metrics{copies}")
    compared = contenders(case)
    notes: typing.Dict[str, str] = {}
    costs: typing.Dict[str, typing.List[engine.Cost]] = {}
    expected: engine.Rows = []
    for name, asked in compared:
        answer, cost = series(bench, case, asked)
        expected = expected or answer
        wrong = engine.difference(expected, answer)
        notes[name] = f"differs: {wrong}" if wrong else "equal" if answer is not expected else ""
        costs[name] = [cost] if len(asked) > 1 else []
    for _ in range(rounds):
        for name, asked in compared:
            if len(asked) == 1 or full:
                costs[name].append(series(bench, case, asked)[1])
    result = {name: median(measured) for name, measured in costs.items()}
    for name, cost in result.items():
        show(name, cost, notes[name])
    if any(note.startswith("differs") for note in notes.values()):
        sys.exit("the answers differ")
    return result


def latest(bench: engine.Engine, case: queries.Case, computed: engine.Cost) -> float:
    """How much longer computing the scorecards takes than reading them from a month of hourly results."""
    names = ", ".join(f"'{case.experiment(feature)}'" for feature in case.features)
    bench.run(
        "INSERT INTO experiment_results_history SELECT now64(3, 'UTC') AS computed_at, true AS final, * "
        f"FROM experiment_scorecard(experiments = [{names}])"
    )
    bench.run(
        "INSERT INTO experiment_results_history SELECT computed_at - toIntervalHour(hours) AS computed_at, "
        "* EXCEPT (computed_at, hours) FROM experiment_results_history "
        "ARRAY JOIN range(1, 24 * 30) AS hours"
    )
    cost = median([bench.measure("SELECT * FROM experiment_results_latest")[1] for _ in range(21)])
    show("experiment_results_latest", cost)
    return computed.seconds / cost.seconds


def limited(bench: engine.Engine, case: queries.Case, limit: int) -> typing.Tuple[bool, str]:
    """Whether the scorecard is computed within so much memory, and how."""
    bench.set(max_memory_usage=limit)
    try:
        _, cost = bench.measure(queries.scorecard(case, case.features))
        show(f"scorecard in {limit / 2**20:.0f} MiB", cost)
        return True, f"finishes, spilling {cost.spilled / 2**20:.0f} MiB"
    except engine.Refused as refused:
        say(f"  scorecard in {limit / 2**20:.0f} MiB: {refused}")
        return False, "fails"
    finally:
        bench.set(max_memory_usage=0)


class Targets:
    """What was to be reached and what was, collected for the end."""

    def __init__(self) -> None:
        self._lines: typing.List[str] = []

    def at_least(self, what: str, measured: float, wanted: float) -> None:
        self._add(what, f"{measured:.2f} (at least {wanted:g})", measured >= wanted)

    def at_most(self, what: str, measured: float, wanted: float) -> None:
        self._add(what, f"{measured:.2f} (at most {wanted:g})", measured <= wanted)

    def holds(self, what: str, how: str, met: bool) -> None:
        self._add(what, how, met)

    def print(self) -> None:
        say("\nTargets")
        for line in self._lines:
            say(line)

    def _add(self, what: str, how: str, met: bool) -> None:
        self._lines.append(f"  {'met    ' if met else 'not met'}  {what}: {how}")


def judge_one(targets: Targets, case: queries.Case, costs: Costs) -> None:
    if case.metrics != 4:
        return
    for ours in ("scorecard", "metric_stats"):
        if ours not in costs:
            continue
        what = f"{name_of(case.features)}{', deduplicated' if case.deduplicate else ''}, {ours}"
        own, textbook, per_metric = costs[ours], costs["(a) textbook"], costs["(b) per metric"]
        targets.at_least(f"{what}, times as fast as (a)", textbook.seconds / own.seconds, 2)
        targets.at_most(f"{what}, part of the memory of (a)", own.memory / textbook.memory, 0.5)
        targets.at_least(f"{what}, times as fast as (b)", per_metric.seconds / own.seconds, 4)


def judge_many(targets: Targets, case: queries.Case, costs: Costs) -> None:
    if case.metrics != 4:
        return
    for name, cost in costs.items():
        if name.startswith("(c)"):
            what = f"{name_of(case.features)}{', deduplicated' if case.deduplicate else ''}, times as fast as {name}"
            targets.at_least(what, cost.seconds / costs["scorecard"].seconds, 8)


def grid(full: bool) -> typing.List[queries.Case]:
    if not full:
        return [
            *(queries.Case("plain", one(25), metrics) for metrics in (1, 4, 16)),
            queries.Case("plain", one(1), 4),
            queries.Case("plain", one(100), 4),
            queries.Case("redelivered", one(25), 4, True),
            queries.Case("plain", many(25), 4),
        ]
    return [
        queries.Case(environment, group(share), metrics, environment == "redelivered")
        for group in (one, many)
        for environment in ("plain", "redelivered")
        for share in (1, 25, 100)
        for metrics in (1, 4, 16)
    ]


def prepare(prefix: pathlib.Path, directory: pathlib.Path, events: int, cases: typing.List[queries.Case]) -> engine.Engine:
    """An engine with the data and the registry of the cases."""
    directory.mkdir()
    bench = engine.Engine(prefix, directory)
    bench.run("SYSTEM STOP MERGES")
    for environment in dict.fromkeys(case.environment for case in cases):
        groups = dict.fromkeys(case.features for case in cases if case.environment == environment)
        make_data(bench, events, environment, groups)
    bench.run(queries.registry_of_metrics())
    for case in cases:
        for statement in queries.registry(case):
            bench.run(statement)
    return bench


def heading(events: int) -> None:
    say(f"\n{events:,} metric events")
    say(f"  {'':27} {'seconds':>8} {'cpu s':>8} {'M rows':>8} {'GB read':>7} {'peak MiB':>8}  answers")


def measure(prefix: pathlib.Path, directory: pathlib.Path, events: int, rounds: int, full: bool, targets: Targets) -> Costs:
    """The grid. Returns what the scorecards of one experiment and 4 metrics cost, by the experiment's name."""
    cases = grid(full)
    bench = prepare(prefix, directory, events, cases)
    say(f"ClickHouse {bench.run('SELECT version()')[0][0]}, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    heading(events)
    singles: Costs = {}
    for case in cases:
        costs = compare(bench, case, rounds, full)
        if len(case.features) > 1:
            judge_many(targets, case, costs)
            if case == queries.Case("plain", many(25), 4):
                ratio = latest(bench, case, costs["scorecard"])
                targets.at_least("experiment_results_latest, times as fast as computing it", ratio, 100)
        else:
            judge_one(targets, case, costs)
            if case.environment == "plain" and case.metrics == 4:
                singles[case.features[0]] = costs["scorecard"]
    case = queries.Case("plain", one(100), 4)
    limit = singles["one_100"].memory // 2
    met, how = limited(bench, case, limit)
    targets.holds(f"{events:,} events, 100 % exposed, in half of the memory they would take ({limit / 2**20:.0f} MiB)", how, met)
    bench.close()
    return singles


def measure_tenfold(prefix: pathlib.Path, directory: pathlib.Path, events: int, rounds: int, targets: Targets, singles: Costs) -> None:
    """Ten times the events: within 4 GiB, in less than that, and in how much more time."""
    cases = [queries.Case("plain", one(share), 4) for share in (25, 100)]
    bench = prepare(prefix, directory, 10 * events, cases)
    heading(10 * events)
    for case in cases:
        say(name_of(case.features))
        met, how = limited(bench, case, 4 * GIB)
        targets.holds(f"{10 * events:,} events, {name_of(case.features)}, within 4 GiB", how, met)
        met, how = limited(bench, case, 1 * GIB)
        targets.holds(f"{10 * events:,} events, {name_of(case.features)}, within 1 GiB", how, met)
        asked = queries.scorecard(case, case.features)
        cost = median([bench.measure(asked)[1] for _ in range(rounds)])
        show("scorecard", cost)
        ratio = cost.seconds / singles[case.features[0]].seconds
        targets.at_most(f"10 x the events, {name_of(case.features)}, times the time", ratio, 11)
    bench.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--prefix", type=pathlib.Path, default=HERE.parent.parent / "target" / "bench")
    parser.add_argument("--full", action="store_true", default=os.environ.get("BENCH") == "full")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--events", type=int, default=20_000_000)
    arguments = parser.parse_args()

    targets = Targets()
    with tempfile.TemporaryDirectory(prefix="scorecard-bench-") as name:
        directory = pathlib.Path(name)
        # A database of its own for each size: an event of the one is no event of the other.
        singles = measure(
            arguments.prefix, directory / "once", arguments.events, arguments.rounds, arguments.full, targets
        )
        if arguments.full:
            measure_tenfold(
                arguments.prefix, directory / "tenfold", arguments.events, arguments.rounds, targets, singles
            )
    targets.print()


if __name__ == "__main__":
    main()
