"""The demo: two experiments in an embedded ClickHouse, from raw events to the scorecard and its dashboard.

Everything printed as SQL is exactly what runs. `make demo` calls this after the installation.
"""

import argparse
import contextlib
import glob
import json
import math
import os
import shlex
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "engine"))

import engine as engines  # noqa: E402

with contextlib.suppress(ImportError):
    import readline  # noqa: E402, F401  lines at the prompt can be edited, and come back

DATA = os.path.relpath(os.path.join(HERE, "..", "data"))
TOLERANCE = 1e-9  # relative; the expected values are doubles from scipy, as are ours

THORNTON_LOAD = f"""
INSERT INTO events
SELECT *
FROM file('{DATA}/thornton_2008_events.tsv', 'TabSeparatedWithNames')
"""

THORNTON_TRAFFIC = """
SELECT
    variant,
    identities,
    round(share, 4) AS share,
    expected_share,
    quarantined_identities AS quarantined,
    srm_p_value,
    srm_verdict,
    srm_reason
FROM experiment_traffic(
    environment_key = 'thornton_2008',
    feature_name = 'incentive',
    window_start = '2004-11-01 00:00:00',
    window_end = '2004-12-01 00:00:00',
    expected_shares = map()
)
"""

THORNTON_RESULTS_FROM = """\
FROM experiment_results(
    environment_key = 'thornton_2008',
    feature_name = 'incentive',
    window_start = '2004-11-01 00:00:00',
    window_end = '2004-12-01 00:00:00',
    metrics = [(1, 'learned_result', 'occurrence', false)],
    expected_shares = map(),
    options = ''
)
"""

THORNTON_RESULTS = (
    """
SELECT
    event,
    variant,
    n,
    sum,
    round(mean, 4) AS mean,
    round(lift, 4) AS lift,
    round(ci_low, 4) AS ci_low,
    round(ci_high, 4) AS ci_high,
    chance_to_win,
    verdict,
    reason
"""
    + THORNTON_RESULTS_FROM
)

SHOP_EVENTS = """
SELECT
    event,
    feature_name,
    count() AS events,
    uniqExact(identifier) AS identities,
    min(timestamp) AS first,
    max(timestamp) AS last
FROM events
WHERE environment_key = 'shop'
GROUP BY ALL
ORDER BY ALL
"""

SHOP_TRAFFIC = """
SELECT
    variant,
    identities,
    round(share, 4) AS share,
    expected_share,
    quarantined_identities AS quarantined,
    round(srm_p_value, 4) AS srm_p_value,
    srm_verdict
FROM experiment_traffic(
    environment_key = 'shop',
    feature_name = 'checkout',
    window_start = '2026-03-02 00:00:00',
    window_end = '2026-03-16 00:00:00',
    expected_shares = map('control', 0.5, 'one_page', 0.25, 'express', 0.25)
)
"""

SHOP_RESULTS = """
SELECT
    event,
    aggregation,
    lower_is_better AS lower,
    variant,
    n,
    round(mean, 4) AS mean,
    round(100 * lift, 2) AS `lift %`,
    round(100 * ci_low, 2) AS `low %`,
    round(100 * ci_high, 2) AS `high %`,
    round(chance_to_win, 4) AS chance_to_win,
    verdict,
    invalid_values AS invalid
FROM experiment_results(
    environment_key = 'shop',
    feature_name = 'checkout',
    window_start = '2026-03-02 00:00:00',
    window_end = '2026-03-16 00:00:00',
    metrics = [
        (1, 'purchase', 'occurrence', false),
        (2, 'purchase', 'sum', false),
        (3, 'page_view', 'count', false),
        (4, 'page_view', 'mean', true),
        (5, 'support_ticket', 'count', true)
    ],
    expected_shares = map('control', 0.5, 'one_page', 0.25, 'express', 0.25),
    options = '{"confidence": 0.95}'
)
"""

MOMENTS = """
SELECT
    arm.variant AS variant,
    arm.n AS n,
    round(arm.lift, 4) AS lift,
    round(arm.ci_low, 4) AS ci_low,
    round(arm.ci_high, 4) AS ci_high,
    round(arm.chance_to_win, 4) AS chance_to_win,
    arm.verdict AS verdict
FROM
(
    SELECT arrayJoin(experimentInference(
        [('control', 10000, 1000, 1000), ('green', 10000, 1100, 1100)]
            ::Array(Tuple(variant String, n UInt64, sum Float64, sum_squares Float64)),
        'occurrence',
        false,
        ''
    )) AS arm
)
"""

COMPILE = f"scorecard compile {os.path.relpath(os.path.join(HERE, 'shop.yaml'))}"

SCORECARD = """
SELECT
    role,
    metric,
    variant,
    n,
    round(mean, 4) AS mean,
    round(100 * lift, 2) AS `lift %`,
    round(100 * ci_low, 2) AS `low %`,
    round(100 * ci_high, 2) AS `high %`,
    round(chance_to_win, 4) AS chance_to_win,
    verdict,
    round(cap_upper, 2) AS cap,
    round(variance_reduction, 3) AS variance_reduction
FROM experiment_scorecard_checkout_2026
WHERE dimension = ''
"""

SEGMENTS = """
SELECT
    segment AS country,
    variant,
    n,
    round(mean, 4) AS mean,
    round(100 * lift, 2) AS `lift %`,
    round(100 * ci_low, 2) AS `low %`,
    round(100 * ci_high, 2) AS `high %`,
    verdict,
    round(srm_p_value, 4) AS srm_p_value
FROM experiment_scorecard_checkout_2026
WHERE dimension = 'country' AND metric = 'buyers'
"""

HEALTH = """
SELECT *
FROM experiment_health
ORDER BY ALL
"""


class DemoError(Exception):
    """The demo ran, and its numbers are not what they must be."""


class Show:
    """Runs SQL and prints it, its result and how long it took."""

    def __init__(self, engine):
        self.engine = engine

    def heading(self, text):
        print(f"\n{'─' * 100}\n{text}\n")

    def step(self, what, sql):
        print(f"  {what} … ", end="", flush=True)
        started = time.monotonic()
        self.engine.query(sql)
        print(f"{time.monotonic() - started:.1f} s", flush=True)

    def result(self, sql):
        sql = sql.strip()
        print(f"{sql};\n", flush=True)
        started = time.monotonic()
        table = self.engine.query(sql, "PrettyCompact")
        print(f"{table}\n({time.monotonic() - started:.2f} s)\n", flush=True)


def first_comment_line(statement, default):
    """The line that stands first in the last comment before the SQL."""
    head = statement.split("\n")
    while head and not head[-1].startswith("--"):
        head.pop()
    title = default
    for line in reversed(head):
        if not line.startswith("--"):
            break
        title = line.lstrip("- ")
    return title


def run_script(show, path):
    with open(path, encoding="utf-8") as script:
        for statement in engines.statements(script.read()):
            show.step(first_comment_line(statement, "…"), statement)


def relative_difference(expected, actual):
    if expected == actual:
        return 0.0
    if actual is None or isinstance(expected, str):
        return math.inf
    return abs(actual - expected) / max(abs(expected), abs(actual))


def check_thornton(engine):
    """Compares every expected number with ours; returns how many there are and the largest difference.

    They are of the lift over its delta method error, which an option asks for.
    """
    with open(os.path.join(DATA, "thornton_2008_expected.json"), encoding="utf-8") as file:
        expected = json.load(file)["arms"]
    source = THORNTON_RESULTS_FROM.replace("options = ''", """options = '{"interval": "delta"}'""")
    rows = engine.query(f"SELECT *\n{source}", "JSONEachRow").splitlines()
    actual = {row["variant"]: row for row in map(json.loads, rows)}
    if actual.keys() != expected.keys():
        raise DemoError(f"the arms are {sorted(actual)}, expected {sorted(expected)}")
    differences = {
        f"{variant}.{field}": relative_difference(value, float_or_none(actual[variant][field]))
        for variant, fields in expected.items()
        for field, value in fields.items()
    }
    wrong = [name for name, difference in differences.items() if difference > TOLERANCE]
    if wrong:
        raise DemoError(f"differs from thornton_2008_expected.json: {', '.join(wrong)}")
    return len(differences), max(differences.values())


def float_or_none(value):
    return None if value is None else float(value)


def thornton(show):
    show.heading(
        "1. A real experiment: does a small payment bring people to learn their HIV test result?\n"
        "   2,834 people in Malawi, four arms (R. Thornton, American Economic Review 98(5), 2008)"
    )
    print(f"{THORNTON_LOAD.strip()};\n")
    show.step("load the events", THORNTON_LOAD)
    print(
        "\nWho was in which arm. The incentive was drawn as a token, and the shares that the draw aimed at are\n"
        "not part of the published data: nothing to test the traffic against, and the result says so.\n"
    )
    show.result(THORNTON_TRAFFIC)
    print("The scorecard.\n")
    show.result(THORNTON_RESULTS)
    count, largest = check_thornton(show.engine)
    print(
        f"Checked unrounded, with the option interval = delta, against {DATA}/thornton_2008_expected.json (an\n"
        "independent reference):\n"
        f"all {count} numbers agree; largest relative difference {largest:.1e}, allowed {TOLERANCE:.0e}."
    )


def shop(show):
    show.heading("2. A shop tries two new checkouts: made-up events, generated by tests/demo/shop.sql")
    run_script(show, os.path.join(HERE, "shop.sql"))
    print("\nThe raw events.\n")
    show.result(SHOP_EVENTS)
    print("The traffic, against the intended 50 : 25 : 25.\n")
    show.result(SHOP_TRAFFIC)
    print(
        "The scorecard: one event may serve several metrics, and for some of them less is better.\n"
        "Revenue is in euros per shopper, page_view mean in milliseconds to load.\n"
    )
    show.result(SHOP_RESULTS)


def moments(show):
    show.heading("3. No events at hand? The function takes counts and sums as they are")
    show.result(MOMENTS)


def definitions(show, prefix):
    show.heading("4. For a team: the shop's experiment as a file in git, one command, and a table for every dashboard")
    with open(os.path.join(HERE, "shop.yaml"), encoding="utf-8") as file:
        print(file.read())
    print(f"$ {COMPILE} | clickhouse-client --multiquery\n")
    started = time.monotonic()
    count = apply_definitions(show.engine, prefix, COMPILE)
    print(f"({count} statements, run by the embedded ClickHouse in the client's place: ", end="")
    print(f"{time.monotonic() - started:.1f} s)\n", flush=True)
    print(
        "What a dashboard reads: a plain view that any BI tool finds. ClickHouse stores its rows every hour\n"
        "by itself, and experiment_results_latest shows the newest. Revenue is that of the five days from the first\n"
        "exposure on: who did not have them by the end does not count, so n is smaller. Its largest values are cut at\n"
        "the 99.9th percentile, and what shoppers spent before the exposure explains part of its variance. order_value\n"
        "is a ratio, euros per order. load_p95 is a quantile, and safe as it is not worse than control by 5 %.\n"
    )
    show.result(SCORECARD)
    print(
        "The same by a dimension, with a sample ratio test in each segment. Three countries are three chances to be\n"
        "lucky: a reason to look closer, not a result.\n"
    )
    show.result(SEGMENTS)
    print("Its health: the red flags of every running experiment. docs/dashboards.md says what to do\nabout each.\n")
    show.result(HEALTH)


def apply_definitions(engine, prefix, command):
    """Runs the script that the command writes; returns the number of its statements."""
    script = engines.statements(program(prefix, command))
    for each in script:
        try:
            engine.query(each)
        except engines.EngineError as error:
            raise DemoError(f"{error}\n(in the statement:\n{shortened(each)})") from None
    return len(script)


def shortened(sql, most=15):
    """The first lines of a statement."""
    lines = sql.strip().splitlines()
    return "\n".join(lines[:most] + ["…"] * (len(lines) > most))


def program(prefix, command):
    """What the installed program says to a command that starts with `scorecard`."""
    binary = os.path.join(prefix, "user_scripts", "scorecard")
    arguments = [path for word in shlex.split(command)[1:] for path in sorted(glob.glob(word)) or [word]]
    done = subprocess.run([binary, *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        raise DemoError(f"{command}\n{done.stderr or done.stdout}".rstrip())
    return done.stdout


def shell(engine, prefix):
    """Statements from the keyboard, each ended by `;` at the end of a line, and commands of the program."""
    binary = os.path.relpath(os.path.join(prefix, "user_scripts", "scorecard"))
    help_text = (
        "SQL, ended by `;`. The events are in the table `events`.\n"
        "`scorecard compile FILE...` makes the views of files of your own, `scorecard check FILE...` looks them over\n"
        f"(the program is {binary}). Ctrl-C drops a line, Ctrl-D ends.\n"
    )
    print(help_text)
    lines = []
    while True:
        try:
            lines.append(input("... " if lines else "sql> "))
        except EOFError:
            print()
            return
        except KeyboardInterrupt:
            print()
            lines = []
            continue
        word = lines[-1].strip().rstrip(";").strip().lower()
        if word in ("exit", "quit"):
            return
        if word in ("", "help") and (word or len(lines) == 1):
            print(help_text if word else "", end="")
            lines = []
            continue
        is_command = lines[0].split()[:1] == ["scorecard"]
        if not is_command and not lines[-1].rstrip().endswith(";"):
            continue
        try:
            said = command(engine, prefix, lines[0]) if is_command else statement(engine, "\n".join(lines))
            print(said)
        except (engines.EngineError, DemoError, ValueError) as error:
            print(error)
        lines = []


def command(engine, prefix, line):
    line = line.strip().rstrip(";")
    if {"|", ">"} & set(shlex.split(line)):
        raise DemoError("without a pipe here: `scorecard compile FILE...` runs what it makes by itself")
    if shlex.split(line)[1:2] != ["compile"]:
        return program(prefix, line) or "no mistakes" * (shlex.split(line)[1:2] == ["check"])
    return f"{apply_definitions(engine, prefix, line)} statements run"


def statement(engine, sql):
    return engine.query(sql.rstrip().rstrip(";"), "PrettyCompact")


def run(engine, options):
    version = engine.query("SELECT version()", "TSVRaw").strip()
    print(f"ClickHouse {version} ({engine.name}); program, configuration and SQL are in {options.prefix}")
    engine.query("CREATE DATABASE demo")
    engine.query("USE demo")
    engines.install(engine, options.prefix)
    show = Show(engine)
    started = time.monotonic()
    thornton(show)
    shop(show)
    moments(show)
    definitions(show, options.prefix)
    show.heading(f"Done in {time.monotonic() - started:.0f} s. To go on:")
    if options.shell:
        shell(engine, options.prefix)
    else:
        print(
            "  make demo DEMO=--shell        the same, then a prompt for SQL of your own on these events\n"
            "  make install PREFIX=DIR       what a ClickHouse of your own needs: see docs/install.md"
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--prefix", required=True, help="where `make install PREFIX=DIR` installed")
    parser.add_argument("--backend", choices=["auto", "chdb", "local"], default="auto")
    parser.add_argument("--shell", action="store_true", help="go on with a prompt for SQL")
    options = parser.parse_args()
    try:
        engine = engines.open_engine(options.prefix, options.backend)
    except (engines.EngineError, ImportError, RuntimeError) as error:
        sys.exit(f"demo: {error}")
    try:
        run(engine, options)
        return 0
    except (engines.EngineError, DemoError) as error:
        print(f"\ndemo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ndemo: interrupted", file=sys.stderr)
        return 130
    finally:
        engine.close()


if __name__ == "__main__":
    engines.leave(main())
