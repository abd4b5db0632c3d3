"""SQL expressions whose value is known: pairs of an SQL text and the same over a row in Python.

There is no evaluating SQL in general here; a definition picks from these. Some are NULL, some end in a comment,
some name columns as steps of a compiled query might be named.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from shared import DECIMAL

Row = Mapping[str, Any]
Function = Callable[[Row], Any]
Pairs = dict[str, Function]

HOUR = 3_600_000_000  # microseconds


def quoted(name: str) -> str:
    """A column or a table."""
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"


def to_float(text: str | None) -> float | None:
    """toFloat64OrNull: infinities and NaN are numbers to it."""
    if text is None:
        return None
    if DECIMAL.fullmatch(text):
        return float(text)
    return float(text) if text.lower().lstrip("+-") in ("nan", "inf", "infinity") else None


def null_or(value: Any, result: Callable[[Any], Any]) -> Any:
    return None if value is None else result(value)


def null_if(value: Any, other: Any) -> Any:
    return None if value == other else value


def length(text: str) -> int:
    """In bytes."""
    return len(text.encode())


def member(column: str, key: str) -> Function:
    """JSONExtractString: '' where there is no such text."""

    def extract(row: Row) -> str:
        found = json.loads(row[column]).get(key, "")
        return found if isinstance(found, str) else ""

    return extract


currency = member("metadata", "currency")
country = member("traits", "country")

EVENT_FILTERS: Pairs = {
    "value = '1'": lambda row: row["value"] == "1",
    "JSONExtractString(metadata, 'currency') = 'EUR'": lambda row: currency(row) == "EUR",
    "toFloat64OrNull(value) > 3": lambda row: null_or(to_float(row["value"]), lambda number: number > 3),
    "value != '1' -- a comment; */ '": lambda row: row["value"] != "1",
    "identifier != '' AND value != '' /* a comment; -- ' */": lambda row: row["identifier"] != ""
    and row["value"] != "",
    "if(value = '', NULL, value != '2')": lambda row: row["value"] != "2" if row["value"] else None,
    "NULL": lambda row: None,
    "1": lambda row: True,
    "value = '1' OR value = '2'": lambda row: row["value"] in ("1", "2"),
    "toHour(timestamp, 'UTC')\n    < 12 # a comment": lambda row: row["timestamp"] // HOUR % 24 < 12,
    "JSONExtractString(traits, 'country') IN ('de', 'it''s')": lambda row: country(row) in ("de", "it's"),
    "(SELECT 1) = 1": lambda row: True,
    "arrayExists(n -> n = value, ['1', '3'])": lambda row: row["value"] in ("1", "3"),
}

EVENT_NUMBERS: Pairs = {
    "value": lambda row: row["value"],
    "abs(toFloat64OrNull(value)) * 2": lambda row: null_or(to_float(row["value"]), lambda number: abs(number) * 2),
    "JSONExtractFloat(metadata, 'n') -- a comment": lambda row: float(json.loads(row["metadata"]).get("n", 0)),
    "length(value)": lambda row: length(row["value"]),
    "nullIf(value, '1')": lambda row: null_if(row["value"], "1"),
    "CAST(NULL AS Nullable(Float64))": lambda row: None,
    "if(value = '2', NULL, value)": lambda row: null_if(row["value"], "2"),
    "toDecimal64(length(value), 2) / 2": lambda row: Decimal(length(row["value"])) / 2,
    "value = '1'": lambda row: row["value"] == "1",
    "if(value = '1', nan, 4 - toFloat64(length(value)))": lambda row: math.nan
    if row["value"] == "1"
    else 4.0 - length(row["value"]),
}

EVENT_TEXTS: Pairs = {
    "metadata": lambda row: row["metadata"],
    "event": lambda row: row["event"],
    "JSONExtractString(metadata, 'currency')": currency,
    "nullIf(JSONExtractString(metadata, 'currency'), 'EUR') -- NULL": lambda row: null_if(currency(row), "EUR"),
}

EVENT_VARIANTS: Pairs = {
    "value": lambda row: row["value"],
    "nullIf(value, '') -- the same": lambda row: row["value"] or None,
    "concat(value, '')": lambda row: row["value"],
}

EVENT_SEGMENTS: Pairs = {
    "JSONExtractString(traits, 'country')": country,
    "nullIf(JSONExtractString(traits, 'country'), 'de') -- NULL": lambda row: null_if(country(row), "de"),
    "traits": lambda row: row["traits"],
    "'one'": lambda row: "one",
    "length(value)": lambda row: length(row["value"]),
}


class SourceTexts:
    """The expressions over one declared source, whatever its columns are called."""

    def __init__(self, columns: Mapping[str, str], *, amount_is_text: bool, time_is_number: bool) -> None:
        roles = ("identifier", "time", "amount", "status", "arm")
        identifier, time, amount, status, arm = (columns[role] for role in roles)
        i, t, a, s, v = (quoted(columns[role]) for role in roles)

        def of_amount(result: Callable[[Any], Any], *, finite: bool = False) -> Function:
            def evaluate(row: Row) -> Any:
                value = to_float(row[amount]) if amount_is_text else row[amount]
                if finite and amount_is_text and value is not None:
                    value += 0.0
                return None if value is None or (finite and not math.isfinite(value)) else result(value)

            return evaluate

        # NaN has a sign, and with it two texts: where a value is computed, there is none. Zero has two as well, which
        # a LowCardinality column takes for one.
        number = f"toFloat64OrNull({a})" if amount_is_text else a
        finite = f"if(isFinite({number}), {number} + 0, NULL)" if amount_is_text else a
        self.identifiers: Pairs = {
            i: lambda row: row[identifier],
            f"toString({i}) -- a comment": lambda row: null_or(row[identifier], str),
        }
        moment = f"fromUnixTimestamp64Milli({t})" if time_is_number else t
        self.timestamps: Pairs = {
            moment: lambda row: row[time],
            f"{moment} + INTERVAL 1 HOUR": lambda row: null_or(row[time], lambda at: at + HOUR),
            f"{moment} -- a comment": lambda row: row[time],
        }
        self.filters: Pairs = {
            f"{s} = 'paid'": lambda row: null_or(row[status], lambda text: text == "paid"),
            f"{s} != 'paid' -- a comment": lambda row: null_or(row[status], lambda text: text != "paid"),
            f"{number} > 3": of_amount(lambda value: value > 3),
            f"{a} IS NOT NULL": lambda row: row[amount] is not None,
            f"{i} IS NOT NULL AND {t} IS NOT NULL": lambda row: None not in (row[identifier], row[time]),
            "NULL": lambda row: None,
        }
        self.numbers: Pairs = {
            a: lambda row: row[amount],
            f"{finite} * 2": of_amount(lambda value: value * 2, finite=True),
            f"-{finite} -- a comment": of_amount(lambda value: -value, finite=True),
            f"length({s})": lambda row: null_or(row[status], length),
            f"if({s} = 'paid', {finite}, NULL)": lambda row: of_amount(lambda value: value, finite=True)(row)
            if row[status] == "paid"
            else None,
        }
        self.texts: Pairs = {
            s: lambda row: row[status],
            f"nullIf({s}, 'paid')": lambda row: null_if(row[status], "paid"),
        }
        self.segments: Pairs = {**self.texts, "'one'": lambda row: "one"}
        self.variants: Pairs = {
            v: lambda row: row[arm],
            f"{v} -- a comment": lambda row: row[arm],
        }
