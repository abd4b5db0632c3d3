"""ClickHouse in this process for the view benchmark, and what each query cost.

ClickHouse 26.9 says it in its query log, which the configuration asks for. The embedded 25.8 and 26.3 have none,
whatever is configured: there, CPU time is the process's own, and memory is how far the process grew during the
query (Linux; what the allocator kept from an earlier query is not seen). Time is taken around the query, from
sending it to holding the answer.
"""

import dataclasses
import math
import pathlib
import re
import resource
import statistics
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


def median(costs: typing.List[Cost]) -> Cost:
    return Cost(
        seconds=statistics.median(cost.seconds for cost in costs),
        cpu_seconds=statistics.median(cost.cpu_seconds for cost in costs),
        rows=costs[0].rows,
        bytes=costs[0].bytes,
        memory=int(statistics.median(cost.memory for cost in costs)),
        spilled=max(cost.spilled for cost in costs),
    )


class Refused(Exception):
    """What the engine said when a query failed."""


def statements(script: str) -> typing.List[str]:
    """The statements of a script: they end with a semicolon at the end of a line, or with the script."""
    lines = [line for line in script.splitlines() if not line.lstrip().startswith("--")]
    parts = re.split(r";\s*\n", "\n".join(lines) + "\n")
    return [part for part in parts if part.strip()]


class Engine:
    """A database on disk below a directory, with the functions and views of an installation."""

    def __init__(self, prefix: pathlib.Path, directory: pathlib.Path) -> None:
        configuration = (prefix / "config" / "local.xml").read_text()
        file = directory / "local.xml"
        file.write_text(configuration.replace("</clickhouse>", QUERY_LOG + "</clickhouse>"))
        self._connection = chdb.connect(f"{directory / 'database'}?config-file={file}")
        self._asked = 0
        self.run("SET log_queries = 1, log_queries_min_type = 'QUERY_FINISH'")
        self.run("SELECT 'begins the query log'")
        self.run("SYSTEM FLUSH LOGS")
        self.has_query_log = self.run("SELECT count() FROM system.tables WHERE name = 'query_log'") == [["1"]]
        for path in sorted((prefix / "sql").glob("*.sql")):
            self.run_script(path.read_text())

    def version(self) -> str:
        return self.run("SELECT version()")[0][0]

    def run(self, query: str) -> Rows:
        return [line.split("\t") for line in self._ask(query, "TabSeparated").splitlines()]

    def discard(self, query: str) -> None:
        """Runs a query whose answer nobody wants."""
        self._ask(query, "Null")

    def text(self, query: str) -> str:
        """The one value of an answer, as it is."""
        return self._ask(query, "RawBLOB")

    def _ask(self, query: str, output_format: str) -> str:
        try:
            return self._connection.query(query, output_format).bytes().decode()
        except RuntimeError as error:
            raise Refused(str(error).split(" (version")[0]) from None

    def run_script(self, script: str) -> None:
        for statement in statements(script):
            self.run(statement)

    def set(self, **settings: typing.Any) -> None:
        for name, value in settings.items():
            text = str(value).replace("\\", "\\\\").replace("'", "\\'")
            self.run(f"SET {name} = '{text}'")

    def measure(self, query: str) -> typing.Tuple[Rows, Cost]:
        """The answer of a query, and what it cost."""
        return self._by_query_log(query) if self.has_query_log else self._by_process(query)

    def _by_query_log(self, query: str) -> typing.Tuple[Rows, Cost]:
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
            raise Refused(f"the query log has {len(logged)} rows of a query")
        cpu, *numbers = (int(number) for number in logged[0])
        return answer, Cost(seconds, cpu / 1e6, *numbers)

    def _by_process(self, query: str) -> typing.Tuple[Rows, Cost]:
        before = _forget_peak()
        used = cpu_seconds()
        started = time.perf_counter()
        answer = self.run(query)
        seconds = time.perf_counter() - started
        return answer, Cost(seconds, cpu_seconds() - used, memory=max(_status("VmHWM") - before, 0))

    def close(self) -> None:
        """26.3 and 25.8 may hang when closed; they end with the process."""
        if self.has_query_log:
            self._connection.close()


def cpu_seconds() -> float:
    """The CPU time of this process."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _status(name: str) -> int:
    """A field of /proc/self/status in bytes; 0 where there is none."""
    try:
        text = pathlib.Path("/proc/self/status").read_text()
    except OSError:
        return 0
    found = re.search(rf"^{name}:\s+(\d+) kB", text, re.M)
    return int(found.group(1)) * 1024 if found else 0


def _forget_peak() -> int:
    """Starts a new peak of the memory of this process, and says what it is now."""
    try:
        pathlib.Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        pass
    return _status("VmRSS")


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
