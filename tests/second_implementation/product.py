"""The product's answers: definitions compiled by the binary, run in an embedded ClickHouse, views read as rows."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sql_texts import quoted

sys.path.append(str(Path(__file__).parents[1] / "engine"))

from engine import EngineError, leave, open_engine, statements  # noqa: E402  (needs the path)

READ_SETTINGS = {"output_format_json_quote_64bit_integers": "0", "output_format_json_quote_denormals": "1"}


class Refused(Exception):
    """The binary did not compile, or the engine did not run, what it should."""


class Product:
    """One engine for all worlds; each world has a database of its own, gone when the next begins."""

    def __init__(self, binary: str, prefix: str) -> None:
        self._binary = str(Path(binary).resolve())
        self._sql = Path(prefix) / "sql"
        self._engine = open_engine(prefix)
        self._database: str | None = None
        self._run_file("10_functions.sql")
        self.version = self.read_text("SELECT version()")

    def _run_file(self, name: str) -> None:
        for statement in statements((self._sql / name).read_text(encoding="utf-8")):
            self._engine.query(statement)

    def read_text(self, sql: str) -> str:
        return self._engine.query(sql, "TSVRaw").strip()

    def begin(self, database: str, setup: Sequence[str]) -> None:
        """An empty database with the tables of one world."""
        self._engine.query("USE default")
        if self._database is not None:
            self._engine.query(f"DROP DATABASE {self._database}")
        self._engine.query(f"CREATE DATABASE {database}")
        self._database = database
        self._engine.query(f"USE {database}")
        self._run_file("00_events.sql")
        for statement in setup:
            self._engine.query(statement)

    def compile(self, files: Sequence[str]) -> str:
        with tempfile.TemporaryDirectory() as directory:
            names = [f"{index}.yaml" for index in range(len(files))]
            for name, text in zip(names, files):
                (Path(directory) / name).write_text(text, encoding="utf-8")
            done = subprocess.run([self._binary, "compile", *names], capture_output=True, cwd=directory)
        if done.returncode != 0:
            raise Refused("compile: " + done.stderr.decode("utf-8", "backslashreplace").strip())
        return done.stdout.decode("utf-8")

    def run(self, script: str) -> None:
        try:
            self._engine.query(script)
        except EngineError as error:
            raise Refused(f"script: {error}") from None

    def rows(self, sql: str, settings: dict[str, str] | None = None) -> list[dict[str, Any]]:
        """One dictionary per row. `settings` are those of the reader's session."""
        pairs = ", ".join(f"{name} = {value}" for name, value in (READ_SETTINGS | (settings or {})).items())
        try:
            text = self._engine.query(f"{sql}\nSETTINGS {pairs}", "JSONEachRow")
        except EngineError as error:
            raise Refused(f"query: {sql}: {error}") from None
        return [json.loads(line) for line in text.split("\n") if line]

    def view(self, name: str, settings: dict[str, str], condition: str = "1") -> list[dict[str, Any]]:
        return self.rows(f"SELECT * FROM {quoted(name)} WHERE {condition}", settings)
