"""ClickHouse in this process for the view benchmark, with a query log that says what each query cost.

The query log is there because the configuration asks for it (ClickHouse 26.9; the embedded 25.8 and 26.3
have none, whatever is configured). Time is taken around the query, from sending it to holding the answer.
"""

import dataclasses
import math
import pathlib
import re
import time
import typing

import chdb

Rows = typing.List[typing.List[str]]

QUERY_LOG = """
    <query_log>
        <database>system</database>
        <table>query_log</table>
        <engine>ENGINE = MergeTree ORDER BY event_time</engine>
    </query_log>
"""

# Plain sums of a million terms against compensated ones: the textbook's rounding, not the views'.
RELATIVE_TOLERANCE = 1e-9


@dataclasses.dataclass
class Cost:
    """What one or several queries cost: the sums of all but the memory, which is the greatest."""

    seconds: float = 0.0
    cpu_seconds: float = 0.0
    rows: int = 0
    bytes: int = 0
    memory: int = 0
    spilled: int = 0

    def add(self, other: "Cost") -> None:
        self.seconds += other.seconds
        self.cpu_seconds += other.cpu_seconds
        self.rows += other.rows
        self.bytes += other.bytes
        self.memory = max(self.memory, other.memory)
        self.spilled += other.spilled


class Refused(Exception):
    """What the engine said when a query failed."""


def statements(path: pathlib.Path) -> typing.List[str]:
    """The statements of a file: they end with a semicolon at the end of a line, or with the file."""
    lines = [line for line in path.read_text().splitlines() if not line.lstrip().startswith("--")]
    parts = re.split(r";\s*\n", "\n".join(lines) + "\n")
    return [part for part in parts if part.strip()]


class Engine:
    """A database on disk below a directory, with the functions of an installation."""

    def __init__(self, prefix: pathlib.Path, directory: pathlib.Path) -> None:
        configuration = (prefix / "config" / "local.xml").read_text()
        file = directory / "local.xml"
        file.write_text(configuration.replace("</clickhouse>", QUERY_LOG + "</clickhouse>"))
        self._connection = chdb.connect(f"{directory / 'database'}?config-file={file}")
        self._asked = 0
        self.run("SET log_queries = 1, log_queries_min_type = 'QUERY_FINISH'")
        for path in sorted((prefix / "sql").glob("*.sql")):
            for statement in statements(path):
                self.run(statement)

    def run(self, query: str) -> Rows:
        try:
            answer = self._connection.query(query, "TabSeparated").bytes().decode()
        except RuntimeError as error:
            raise Refused(str(error).split(" (version")[0]) from None
        return [line.split("\t") for line in answer.splitlines()]

    def set(self, **settings: typing.Any) -> None:
        for name, value in settings.items():
            text = str(value).replace("\\", "\\\\").replace("'", "\\'")
            self.run(f"SET {name} = '{text}'")

    def measure(self, query: str) -> typing.Tuple[Rows, Cost]:
        """The answer of a query, and what it cost."""
        self._asked += 1
        mark = f"bench {self._asked}"
        self.set(log_comment=mark)
        try:
            started = time.perf_counter()
            answer = self.run(query)
            seconds = time.perf_counter() - started
        finally:
            self.set(log_comment="")
        self.run("SYSTEM FLUSH LOGS")
        logged = self.run(
            f"""
            SELECT
                ProfileEvents['OSCPUVirtualTimeMicroseconds'],
                read_rows,
                read_bytes,
                memory_usage,
                ProfileEvents['ExternalProcessingCompressedBytesTotal']
            FROM system.query_log
            WHERE type = 'QueryFinish' AND log_comment = '{mark}' AND is_initial_query AND query_kind = 'Select'
            """
        )
        if len(logged) != 1:
            raise Refused(f"the query log has {len(logged)} rows of a query; it needs ClickHouse 26.9")
        cpu, *numbers = (int(number) for number in logged[0])
        return answer, Cost(seconds, cpu / 1e6, *numbers)

    def close(self) -> None:
        self._connection.close()


def difference(ours: Rows, theirs: Rows) -> str:
    """'' if two answers agree: text and whole numbers exactly, other numbers to RELATIVE_TOLERANCE."""
    if not ours or len(ours) != len(theirs):
        return f"{len(ours)} rows and {len(theirs)} rows"
    for row, other in zip(ours, theirs):
        exact = row[:-3] + row[-1:] == other[:-3] + other[-1:]
        close = all(
            math.isclose(float(a), float(b), rel_tol=RELATIVE_TOLERANCE) for a, b in zip(row[-3:-1], other[-3:-1])
        )
        if not (exact and close):
            return f"{row} and {other}"
    return ""
