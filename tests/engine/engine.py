"""The real engine behind one small interface: SQL in, text or an error message out.

As a program it serves one client over its standard streams, one JSON object a line:

    {"sql": "SELECT 1", "format": "TabSeparatedWithNames"}   one statement
    {"reset": true}                                          forget USE and SET, keep the data
    -> {"ok": "1\\n1\\n"}  or  {"error": "Code: 47. DB::Exception: ..."}

The first line it writes is {"ok": "<version of ClickHouse>"}, or an error if the engine does not start.

Two backends: chDB, and `clickhouse local` where CLICKHOUSE_BIN names it or it is on PATH.
DIR (--prefix) is what `make install PREFIX=DIR` made.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

DEFAULT_FORMAT = "TabSeparatedWithNames"

# A statement that changes the session, behind any number of comments.
SESSION_STATEMENT = re.compile(r"(?:\s|--[^\n]*(?:\n|$)|/\*.*?\*/)*(?:USE|SET)\b", re.I | re.S)


class EngineError(Exception):
    """What the engine said when a statement failed."""


class ChdbEngine:
    """ClickHouse inside this process. All connections share the data; each has a session of its own."""

    name = "chDB"

    def __init__(self, prefix):
        import chdb

        config = os.path.join(prefix, "config", "local.xml")
        if re.search(r"[&=?%#]", config):
            raise EngineError(f"chDB takes no path with one of & = ? % # in it: {config}")
        self._directory = tempfile.mkdtemp(prefix="scorecard-engine-")
        self._connect = lambda: chdb.connect(f"{self._directory}?config-file={config}")
        self._keeper = self._connect()  # while it is open the data lives, whatever `reset` closes
        self._connection = self._connect()

    def query(self, sql, output_format=DEFAULT_FORMAT):
        try:
            result = self._connection.query(sql, output_format)
            return result.bytes().decode("utf-8", "backslashreplace")
        except RuntimeError as error:  # 26.9 raises a subclass of it, earlier ones RuntimeError
            self._drop_partial_output()
            raise EngineError(str(error)) from None

    def _drop_partial_output(self):
        """chDB gives what a failed statement had already written to the statement after it."""
        self._connection.query("SELECT 1", "Null")

    def reset(self):
        self._connection.close()
        self._connection = self._connect()

    def close(self):
        """Removes the data. The engine itself runs until `leave`: 26.3 and 25.8 may hang when closed."""
        shutil.rmtree(self._directory, ignore_errors=True)


class LocalEngine:
    """`clickhouse local`: one process a statement, for it reads all of its input before it runs.

    The data lives in a directory; USE and SET are remembered here and repeated before each statement.
    Its plumbing is tested with a stand-in (test_engine.py); it has not been tried on the real program.
    """

    name = "clickhouse local"

    def __init__(self, prefix, binary):
        self._directory = tempfile.mkdtemp(prefix="scorecard-engine-")
        self._command = [
            binary, "local",
            "--config-file", os.path.join(prefix, "config", "local.xml"),
            "--path", self._directory,
        ]
        self._session = []

    def query(self, sql, output_format=DEFAULT_FORMAT):
        statement = sql.strip().rstrip(";")
        done = subprocess.run(
            self._command + ["--output-format", output_format],
            input="".join(f"{each}\n;\n" for each in [*self._session, statement]).encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        if done.returncode != 0:
            message = done.stderr.decode("utf-8", "backslashreplace").strip()
            raise EngineError(message or f"clickhouse local ended with status {done.returncode}")
        if SESSION_STATEMENT.match(statement):
            self._session.append(statement)
        return done.stdout.decode("utf-8", "backslashreplace")

    def reset(self):
        self._session = []

    def close(self):
        shutil.rmtree(self._directory, ignore_errors=True)


def open_engine(prefix, backend="auto"):
    """The engine over an installed DIR. `auto` prefers `clickhouse local` where there is one."""
    prefix = os.path.abspath(prefix)
    if not os.path.isfile(os.path.join(prefix, "config", "local.xml")):
        raise EngineError(f"{prefix} holds no config/local.xml: run `make install PREFIX={prefix}`")
    binary = os.environ.get("CLICKHOUSE_BIN") or shutil.which("clickhouse")
    if backend == "local" and not binary:
        raise EngineError("no `clickhouse` on PATH, and CLICKHOUSE_BIN names none")
    if backend == "chdb" or not binary:
        return ChdbEngine(prefix)
    return LocalEngine(prefix, binary)


def statements(script):
    """The statements of a script: each ends with `;` at the end of a line that is no comment."""
    found, lines = [], []
    for line in script.splitlines():
        lines.append(line)
        if line.rstrip().endswith(";") and not line.lstrip().startswith("--"):
            found.append("\n".join(lines).strip().rstrip(";"))
            lines = []
    rest = [line for line in lines if line.strip() and not line.lstrip().startswith("--")]
    return found + ["\n".join(lines).strip()] * bool(rest)


def install(engine, prefix):
    """Runs DIR/sql/*.sql in name order in the current database."""
    directory = os.path.join(prefix, "sql")
    for name in sorted(os.listdir(directory)):
        if name.endswith(".sql"):
            with open(os.path.join(directory, name), encoding="utf-8") as script:
                for statement in statements(script.read()):
                    engine.query(statement)


def take_standard_streams():
    """Our own ends of stdin and stdout. What the engine or a function prints goes to stderr."""
    requests = os.fdopen(os.dup(0), "r", encoding="utf-8", newline="\n")
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    os.close(nothing)
    return requests, answers


def answer(engine, request):
    try:
        if request.get("reset"):
            engine.reset()
            return {"ok": ""}
        return {"ok": engine.query(request["sql"], request.get("format", DEFAULT_FORMAT))}
    except EngineError as error:
        return {"error": str(error)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prefix", required=True, help="where `make install PREFIX=DIR` installed")
    parser.add_argument("--backend", choices=["auto", "chdb", "local"], default="auto")
    options = parser.parse_args()

    requests, answers = take_standard_streams()

    def say(message):
        answers.write(json.dumps(message) + "\n")
        answers.flush()

    try:
        engine = open_engine(options.prefix, options.backend)
    except (EngineError, ImportError, RuntimeError) as error:
        say({"error": f"the engine does not start: {error}"})
        return 1
    try:
        version = engine.query("SELECT version()", "TSVRaw").strip()
        say({"ok": version})
        for line in requests:
            say(answer(engine, json.loads(line)))
    except BrokenPipeError:
        pass  # the client is gone
    except EngineError as error:
        say({"error": f"the engine does not answer: {error}"})
        return 1
    finally:
        engine.close()
    return 0


def leave(status):
    """Ends this process without the engine's own shutdown; the functions' processes end with it."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    leave(main())
