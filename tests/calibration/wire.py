"""The scorecard program as a function over arrays: RowBinary in, RowBinary out.

A row has two arms, `control` and `b`. Rows of one call share their shape, so that a NumPy record holds
one each; the answers vary in length, so their beginnings are walked one by one, and then each field is
read of all rows at once.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Texts = NDArray[np.str_]

# ClickHouse's own blocks have 65,536 rows at most.
CHUNK_ROWS = 50_000

VARIANTS = ("control", "b")


@dataclass(frozen=True)
class Moments:
    """One arm of many experiments: an array for each moment, or None for one that is not given."""

    n: Floats
    sum: Floats
    sum_squares: Floats
    denominator_sum: Floats | None = None
    denominator_sum_squares: Floats | None = None
    denominator_product: Floats | None = None
    covariate_sum: Floats | None = None
    covariate_sum_squares: Floats | None = None
    covariate_product: Floats | None = None
    quantile: Floats | None = None
    quantile_standard_error: Floats | None = None

    def columns(self) -> list[tuple[str, Floats | None]]:
        return [(field.name, getattr(self, field.name)) for field in fields(self)]


OPTIONAL = {field.name for field in fields(Moments)} - {"n", "sum", "sum_squares"}

# How many bytes a value takes; a text and a NULL say so themselves.
TEXT, NULLABLE = -1, -2
KINDS = {"String": TEXT, "Bool": 1, "UInt64": 8, "Nullable(Float64)": NULLABLE}


@dataclass(frozen=True)
class Program:
    """The binary under test."""

    path: Path

    def infer(
        self, control: Moments, treatment: Moments, aggregation: str, wanted: list[str], **options: Any
    ) -> dict[str, Any]:
        """The treatment's wanted fields: Floats that are NaN where NULL, or Texts."""
        rows = control.sum.size
        columns: list[tuple[str, str, Any]] = [("arms", "u1", len(VARIANTS))]
        for variant, moments in zip(VARIANTS, (control, treatment)):
            columns += text_column(variant)
            for name, values in moments.columns():
                if name in OPTIONAL:
                    columns.append((name, "u1", int(values is None)))
                if values is not None:
                    columns.append((name, "<u8" if name == "n" else "<f8", values))
        columns += text_column(aggregation)
        columns.append(("lower_is_better", "u1", 0))
        columns += text_column(json.dumps(options))
        table = records(columns, rows)
        # The answer is an array: its length, then the arms.
        arm = self._answer("scorecardInference")
        kinds = [1, *arm.values(), *arm.values()]
        places = {name: 1 + len(arm) + list(arm).index(name) for name in wanted}
        return self._ask("experimentInference", table, kinds, places)

    def sample_ratio(self, observed: NDArray[np.int64], shares: list[float]) -> dict[str, Floats]:
        """Both p-values of rows of identities per variant."""
        columns: list[tuple[str, str, Any]] = [("observed", "u1", len(shares))]
        for variant in range(len(shares)):
            columns += text_column(str(variant)) + [("count", "<u8", observed[:, variant])]
        columns.append(("expected", "u1", len(shares)))
        for variant, share in enumerate(shares):
            columns += text_column(str(variant)) + [("share", "<f8", share)]
        table = records(columns, len(observed))
        answer = self._answer("scorecardSampleRatio")
        places = {name: list(answer).index(name) for name in ("p_value", "sequential_p_value")}
        return self._ask("sampleRatioMismatch", table, list(answer.values()), places)

    def _answer(self, executable: str) -> dict[str, int]:
        """The fields of an answer, as the program itself registers them."""
        command = [self.path, "registration", "xml", "--format", "RowBinary"]
        xml = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout
        declared = re.search(f"<name>{executable}</name>\\s*<return_type>(.*?)</return_type>", xml)
        if declared is None:
            raise ValueError(f"the program registers no {executable}")
        fields_and_types = re.findall(r"(\w+) (String|Bool|UInt64|Nullable\(Float64\))", declared[1])
        return {name: KINDS[kind] for name, kind in fields_and_types}

    def _ask(
        self, function: str, table: NDArray[np.void], kinds: list[int], places: dict[str, int]
    ) -> dict[str, Any]:
        """Asks in chunks, so that no answer grows large."""
        parts = [self._chunk(function, chunk, kinds, places) for chunk in chunks(table)]
        return {name: np.concatenate([part[name] for part in parts]) for name in places}

    def _chunk(
        self, function: str, table: NDArray[np.void], kinds: list[int], places: dict[str, int]
    ) -> dict[str, Any]:
        done = subprocess.run(
            [self.path, "serve", function, "--format", "RowBinary"],
            input=b"%d\n" % len(table) + table.tobytes(),
            stdout=subprocess.PIPE,
            check=True,
        )
        return read(done.stdout, len(table), kinds, places)


def chunks(table: NDArray[np.void]) -> Iterator[NDArray[np.void]]:
    for start in range(0, len(table), CHUNK_ROWS):
        yield table[start : start + CHUNK_ROWS]


def text_column(text: str) -> list[tuple[str, str, Any]]:
    """A text that is the same in every row: its length in one byte or two, then its bytes."""
    encoded = text.encode()
    size, length = ("u1", len(encoded)), len(encoded)
    if length > 127:
        size = ("<u2", (length & 127 | 128) | (length >> 7) << 8)
    column = [("length", *size)]
    return column + [("text", f"S{length}", encoded)] * bool(encoded)


def records(columns: list[tuple[str, str, Any]], rows: int) -> NDArray[np.void]:
    """The columns side by side, without padding."""
    table = np.empty(rows, dtype=[(f"{index}", kind) for index, (_, kind, _) in enumerate(columns)])
    for index, (_, _, values) in enumerate(columns):
        table[f"{index}"] = values.reshape(-1) if isinstance(values, np.ndarray) else values
    return table


def read(answer: bytes, rows: int, kinds: list[int], places: dict[str, int]) -> dict[str, Any]:
    """The fields at these places of each row: Nullable(Float64) or String."""
    position = beginnings(answer, rows, kinds)
    numbers = np.frombuffer(answer, dtype=np.uint8)
    last = {place: name for name, place in places.items()}
    found = {}
    for place, kind in enumerate(kinds):
        if place in last:
            found[last[place]] = (texts if kind == TEXT else nullable)(numbers, position)
        if kind == NULLABLE:
            position = position + np.where(numbers[position] == 1, 1, 9)
        elif kind == TEXT:
            position = position + 1 + numbers[position]
        else:
            position = position + kind
        if len(found) == len(places):
            return found
    raise ValueError("a place beyond the row")


def nullable(numbers: NDArray[np.uint8], position: NDArray[np.int64]) -> Floats:
    values = np.full(position.shape, np.nan)
    present = numbers[position] == 0
    eight = numbers[position[present, None] + np.arange(1, 9)]
    values[present] = np.ascontiguousarray(eight).view("<f8")[:, 0]
    return values


def texts(numbers: NDArray[np.uint8], position: NDArray[np.int64]) -> Texts:
    """All are shorter than 128 bytes, so that one byte tells the length."""
    length = numbers[position, None]
    letter = np.arange(max(1, length.max()))
    # What is beyond a text is cut off as zeros are.
    beyond = letter >= length
    places = np.where(beyond, 0, position[:, None] + 1 + letter)
    letters = np.where(beyond, 0, numbers[places]).astype(np.uint8)
    return letters.view(f"S{letter.size}")[:, 0].astype(str)


def beginnings(answer: bytes, rows: int, kinds: list[int]) -> NDArray[np.int64]:
    """Where each row begins; the last must end with the answer."""
    found = []
    position = 0
    for _ in range(rows):
        found.append(position)
        for kind in kinds:
            if kind == NULLABLE:
                position += 1 if answer[position] else 9
            elif kind == TEXT:
                position += 1 + answer[position]
            else:
                position += kind
    if position != len(answer):
        raise ValueError(f"{rows} rows take {position} of the {len(answer)} bytes of the answer")
    return np.array(found, dtype=np.int64)
