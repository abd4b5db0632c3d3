"""How fast experimentInference answers through the engine, as ratios within one run.

    python benches/udf/bench.py --prefix DIR --pass-through PROGRAM

DIR is made by `make install`; PROGRAM is pass_through.rs, compiled, which takes and sends the bytes of
the same types without decoding or computing anything. Prints:

- two-arm rows per second in RowBinary, ours and the pass-through's, measured in turns;
- what a one-row query through the warm pool costs over the same query without the function;
- how long the program takes to start, answer nothing and end, beside /bin/true.
"""

import argparse
import pathlib
import re
import shutil
import statistics
import subprocess
import tempfile
import time

import chdb

ROWS = 2_000_000
ROUNDS = 7
SMALL_QUERIES = 300
STARTS = 100

TABLE = f"""
CREATE TABLE arm_rows ENGINE = Memory AS
SELECT
    CAST([
        ('control', 1000 + number % 1000, 100 + number % 50, 400),
        ('b', 1000 + number % 999, 100 + number % 49, 401)
    ] AS Array(Tuple(variant String, n UInt64, sum Float64, sum_squares Float64))) AS arms,
    'sum' AS aggregation
FROM numbers({ROWS})
"""

OURS = "SELECT experimentInference(arms, aggregation, false, '') FROM arm_rows"
PASS_THROUGH = "SELECT scorecardPassThrough(arms, aggregation, CAST(false AS Bool), '') FROM arm_rows"


def lay_out(prefix: pathlib.Path, pass_through: pathlib.Path, target: pathlib.Path) -> str:
    """Copies the installation and registers the pass-through beside it; returns the connection."""
    scripts = target / "user_scripts"
    scripts.mkdir()
    shutil.copy(prefix / "user_scripts" / "scorecard", scripts)
    shutil.copy(pass_through, scripts / "pass_through")
    xml = (prefix / "config" / "scorecard_function.xml").read_text()
    ours = re.search(r"<function>.*?</function>", xml, re.S).group(0)
    other = ours.replace("scorecardInference", "scorecardPassThrough")
    other = re.sub(r"<command>.*?</command>", "<command>pass_through</command>", other)
    (target / "bench_function.xml").write_text(xml.replace("</functions>", other + "</functions>"))
    return (
        f":memory:?user_scripts_path={scripts}"
        f"&user_defined_executable_functions_config={target / 'bench_function.xml'}"
    )


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


def rows_per_second(connection) -> None:
    connection.query(TABLE)
    ours, floor = in_turns(
        ROUNDS, *(lambda sql=sql: connection.query(sql, "Null") for sql in (OURS, PASS_THROUGH))
    )
    print(f"two-arm rows/s, RowBinary: {ROWS / ours:,.0f}")
    print(f"  pass-through:            {ROWS / floor:,.0f}")
    print(f"  ratio:                   {floor / ours:.2f} (target: 0.5, or 1,000,000 rows/s)")


def small_query(connection) -> None:
    connection.query("CREATE TABLE one_row ENGINE = Memory AS SELECT * FROM arm_rows LIMIT 1")
    sql = OURS.replace("arm_rows", "one_row")
    without = "SELECT arms, aggregation, false, '' FROM one_row"
    ours, plain = in_turns(
        SMALL_QUERIES, *(lambda sql=sql: connection.query(sql, "Null") for sql in (sql, without))
    )
    print(f"one-row query: {1000 * ours:.2f} ms, without the function {1000 * plain:.2f} ms")
    print(f"  difference:  {1000 * (ours - plain):.2f} ms (target: at most 2 ms)")


def start(program: pathlib.Path) -> None:
    def run(*command: str) -> None:
        subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)

    ours, nothing = in_turns(
        STARTS, lambda: run(str(program), "serve", "experimentInference"), lambda: run("/bin/true")
    )
    print(f"start to end: {1000 * ours:.2f} ms, /bin/true {1000 * nothing:.2f} ms (target: at most 5 ms)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--prefix", type=pathlib.Path, required=True)
    parser.add_argument("--pass-through", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        target = pathlib.Path(folder)
        connection = chdb.connect(lay_out(arguments.prefix, arguments.pass_through, target))
        functions = (arguments.prefix / "sql" / "10_functions.sql").read_text()
        for statement in functions.split(";\n"):
            if "CREATE" in statement:
                connection.query(statement)
        print(f"ClickHouse {str(connection.query('SELECT version()', 'TSV')).strip()}, {ROWS:,} rows, medians")
        rows_per_second(connection)
        small_query(connection)
        start(target / "user_scripts" / "scorecard")


if __name__ == "__main__":
    main()
