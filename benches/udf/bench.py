"""How fast experimentInference answers through the engine, as ratios within one run.

    python benches/udf/bench.py --prefix DIR --pass-through PROGRAM --scipy-python PYTHON

DIR is made by `make install`; PROGRAM is pass_through.rs, compiled, which takes and sends the bytes of
the same types without decoding or computing anything; PYTHON is one with NumPy and SciPy, for the function
as one would write it in Python (scipy_udf.py). Prints:

- two-arm rows per second in RowBinary with every field computed, without and with a covariate, ours and the
  pass-through's, measured in turns;
- the same rows from the Python function, fewer of them, ours and its own in turns, after a check that the
  answers are the same;
- the rows per second of `model` beta_binomial;
- what a one-row query through the warm pool costs over the same query without the function;
- how long the program takes to start, answer nothing and end, beside /bin/true.
"""

import argparse
import json
import math
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import chdb

ROWS = 1_000_000
ROUNDS = 7
SCIPY_ROWS = 50_000
SCIPY_ROUNDS = 3
COMPARED_ROWS = 5_000
BETA_BINOMIAL_ROWS = 1_000
SMALL_QUERIES = 300
STARTS = 100

# Both compute in doubles, by formulas that round differently; near 0 a difference cancels.
RELATIVE_TOLERANCE, ABSOLUTE_TOLERANCE = 1e-9, 1e-12

# A covariate's three moments, and what pass_through.rs calls such rows.
MOMENTS = {
    "plain": "NULL, NULL, NULL",
    "covariates": "200 + number % 20, 500 + number % 30, 300",
}

ARMS = """Array(Tuple(variant String, n UInt64, sum Float64, sum_squares Float64,
    denominator_sum Nullable(Float64), denominator_sum_squares Nullable(Float64),
    denominator_product Nullable(Float64), covariate_sum Nullable(Float64),
    covariate_sum_squares Nullable(Float64), covariate_product Nullable(Float64),
    quantile Nullable(Float64), quantile_standard_error Nullable(Float64)))"""

# With the margin, no field is NULL but those of a covariate that is not there.
TABLE = """
CREATE TABLE {rows} ENGINE = Memory AS
SELECT
    CAST([
        ('control', 1000 + number % 1000, 100 + number % 50, 400, NULL, NULL, NULL, {moments}, NULL, NULL),
        ('b', 1000 + number % 999, 100 + number % 49, 401, NULL, NULL, NULL, {moments}, NULL, NULL)
    ] AS {arms}) AS arms,
    'sum' AS aggregation,
    '{{"non_inferiority_margin": 0.05}}' AS options
FROM numbers({count})
"""
ADJUSTED = {"mean_adjusted", "variance_adjusted", "variance_reduction"}

BETA_BINOMIAL_TABLE = """
CREATE TABLE conversions ENGINE = Memory AS
SELECT
    CAST([
        ('control', 10000, 1000 + number % 50, 1000 + number % 50, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
        ('b', 10000, 1000 + number % 49, 1000 + number % 49, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)
    ] AS {arms}) AS arms,
    'occurrence' AS aggregation,
    '{{"model": "beta_binomial"}}' AS options
FROM numbers({count})
"""


def ours(rows: str) -> str:
    return f"SELECT experimentInference(arms, aggregation, false, options) AS result FROM {rows}"


def other(function: str, rows: str) -> str:
    return f"SELECT {function}(arms, aggregation, CAST(false AS Bool), options) AS result FROM {rows}"


def lay_out(arguments: argparse.Namespace, target: pathlib.Path) -> str:
    """Copies the installation and registers the others beside it; returns the connection."""
    scripts = target / "user_scripts"
    scripts.mkdir()
    shutil.copy(arguments.prefix / "user_scripts" / "scorecard", scripts)
    shutil.copy(arguments.pass_through, scripts / "pass_through")
    script = pathlib.Path(__file__).with_name("scipy_udf.py").read_text()
    (scripts / "scipy_udf").write_text(f"#!{arguments.scipy_python.absolute()}\n{script}")
    (scripts / "scipy_udf").chmod(0o755)
    xml = (arguments.prefix / "config" / "scorecard_function.xml").read_text()
    registered = re.search(r"<function>.*?</function>", xml, re.S).group(0)
    added = [registration(registered, pass_through(rows), f"pass_through {rows}") for rows in MOMENTS]
    scipy = registration(registered, "scorecardScipy", "scipy_udf")
    added.append(re.sub(r"<format>.*?</format>", "<format>JSONEachRow</format>", scipy))
    (target / "bench_function.xml").write_text(xml.replace("</functions>", "".join(added) + "</functions>"))
    return (
        f":memory:?user_scripts_path={scripts}"
        f"&user_defined_executable_functions_config={target / 'bench_function.xml'}"
    )


def registration(ours: str, function: str, command: str) -> str:
    other = ours.replace("scorecardInference", function)
    return re.sub(r"<command>.*?</command>", f"<command>{command}</command>", other)


def pass_through(rows: str) -> str:
    return f"scorecardPassThrough_{rows}"


def seconds(action) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def in_turns(rounds: int, *actions) -> list[float]:
    """Median seconds of each action, run in turns after one warm-up."""
    for action in actions:
        action()
    times = [[seconds(action) for action in actions] for _ in range(rounds)]
    return [statistics.median(column) for column in zip(*times)]


def queries_in_turns(connection, rounds: int, *queries: str) -> list[float]:
    return in_turns(rounds, *(lambda sql=sql: connection.query(sql, "Null") for sql in queries))


def answers(connection, query: str) -> list:
    lines = str(connection.query(f"{query} LIMIT {COMPARED_ROWS}", "JSONEachRow")).splitlines()
    return [json.loads(line)["result"] for line in lines]


def check_all_there(rows: str, found: list) -> None:
    """Every field of the treatment has a value, but for those of a covariate that is not there."""
    missing = {name for arms in found for name, value in arms[1].items() if value is None}
    if missing != (set() if rows == "covariates" else ADJUSTED):
        sys.exit(f"{rows}: NULL are {sorted(missing)}")


def check_same(rows: str, found: list, theirs: list) -> None:
    for row, (both, others) in enumerate(zip(found, theirs, strict=True)):
        for arm, its in zip(both, others, strict=True):
            for name, value in arm.items():
                if not same(value, its[name]):
                    sys.exit(f"{rows}, row {row}, {arm['variant']}, {name}: {value} and {its[name]}")


def same(value, other) -> bool:
    if isinstance(value, float) and isinstance(other, (int, float)):
        return math.isclose(value, other, rel_tol=RELATIVE_TOLERANCE, abs_tol=ABSOLUTE_TOLERANCE)
    return value == other


def rows_per_second(connection) -> None:
    for rows, moments in MOMENTS.items():
        connection.query(TABLE.format(rows=rows, moments=moments, arms=ARMS, count=ROWS))
        connection.query(f"CREATE TABLE few_{rows} ENGINE = Memory AS SELECT * FROM {rows} LIMIT {SCIPY_ROWS}")
        found = answers(connection, ours(f"few_{rows}"))
        check_all_there(rows, found)
        check_same(rows, found, answers(connection, other("scorecardScipy", f"few_{rows}")))

        us, floor = queries_in_turns(connection, ROUNDS, ours(rows), other(pass_through(rows), rows))
        print(f"two-arm rows/s, every field, {rows}, RowBinary: {ROWS / us:,.0f}")
        print(f"  pass-through:            {ROWS / floor:,.0f}")
        print(f"  ratio:                   {floor / us:.2f} (target: at least 0.33)")

        few = f"few_{rows}"
        us, them = queries_in_turns(connection, SCIPY_ROUNDS, ours(few), other("scorecardScipy", few))
        print(f"  of {SCIPY_ROWS:,} rows:          {SCIPY_ROWS / us:,.0f}")
        print(f"  the same in Python:      {SCIPY_ROWS / them:,.0f} (SciPy, JSONEachRow; equal answers)")
        print(f"  times as fast:           {them / us:.0f}")


def beta_binomial(connection) -> None:
    connection.query(BETA_BINOMIAL_TABLE.format(arms=ARMS, count=BETA_BINOMIAL_ROWS))
    (us,) = queries_in_turns(connection, SCIPY_ROUNDS, ours("conversions"))
    print(f"two-arm rows/s, beta_binomial, 10,000 identities per arm: {BETA_BINOMIAL_ROWS / us:,.0f}")


def small_query(connection) -> None:
    connection.query("CREATE TABLE one_row ENGINE = Memory AS SELECT * FROM plain LIMIT 1")
    without = "SELECT arms, aggregation, false, options FROM one_row"
    us, plain = queries_in_turns(connection, SMALL_QUERIES, ours("one_row"), without)
    print(f"one-row query: {1000 * us:.2f} ms, without the function {1000 * plain:.2f} ms")
    print(f"  difference:  {1000 * (us - plain):.2f} ms (target: at most 2 ms)")


def start(program: pathlib.Path) -> None:
    def run(*command: str) -> None:
        subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)

    us, nothing = in_turns(
        STARTS, lambda: run(str(program), "serve", "experimentInference"), lambda: run("/bin/true")
    )
    print(f"start to end: {1000 * us:.2f} ms, /bin/true {1000 * nothing:.2f} ms (target: at most 5 ms)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--prefix", type=pathlib.Path, required=True)
    parser.add_argument("--pass-through", type=pathlib.Path, required=True)
    parser.add_argument("--scipy-python", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        target = pathlib.Path(folder)
        connection = chdb.connect(lay_out(arguments, target))
        functions = (arguments.prefix / "sql" / "10_functions.sql").read_text()
        for statement in functions.split(";\n"):
            if "CREATE" in statement:
                connection.query(statement)
        print(f"ClickHouse {str(connection.query('SELECT version()', 'TSV')).strip()}, {ROWS:,} rows, medians")
        rows_per_second(connection)
        beta_binomial(connection)
        small_query(connection)
        start(target / "user_scripts" / "scorecard")


if __name__ == "__main__":
    main()
