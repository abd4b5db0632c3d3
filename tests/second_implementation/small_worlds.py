"""Small worlds for the hand-worked tests: one metric, one experiment, a few events.

Times are milliseconds after the experiment's start, 2024-03-01 00:00 UTC; it ends four days later.
"""

from __future__ import annotations

from typing import Any

from model import DAY, UNITS, instant
from scorecards import Scorecards
from rows import Tables

START = instant("2024-03-01T00:00:00Z")
END = 4 * DAY
HOUR = UNITS["h"]
LATER = 400 * DAY  # a moment of reading long after the end


def row(event: str, identifier: str | None, at: int | None, value: str | None, **more: str) -> dict[str, Any]:
    return {
        "environment_key": "production",
        "event": event,
        "feature_name": "f" if event == "$flag_exposure" else "",
        "timestamp": None if at is None else (START + at) * 1000,
        "identifier": identifier,
        "value": value,
        "traits": "",
        **more,
    }


def exposure(identifier: str, variant: str, at: int = 0, **more: str) -> dict[str, Any]:
    return row("$flag_exposure", identifier, at, variant, **more)


EXPRESSIONS = {
    "value = '1'": lambda row: row["value"] == "1",
    "NULL": lambda row: None,
    "traits": lambda row: row["traits"],
    "amount": lambda row: row["amount"],
    "user": lambda row: row["user"],
    "at": lambda row: row["at"],
    "length(value)": lambda row: len(row["value"]),
}


def second(
    metric: dict[str, Any],
    rows: list[dict[str, Any]],
    *,
    now: int = LATER,
    use: dict[str, Any] | None = None,
    tables: dict[str, Any] | None = None,
    sources: list[dict[str, Any]] | None = None,
    **experiment: Any,
) -> Scorecards:
    document = {
        "version": 1,
        "sources": sources or [],
        "metrics": [{"name": "m", **metric}],
        "experiments": [
            {
                "name": "e",
                "environment": "production",
                "feature": "f",
                "control": "a",
                "shares": {"a": 1, "b": 1},
                "start": "2024-03-01",
                "end": "2024-03-05T02:00:00+02:00",
                "metrics": {"goals": [{"metric": "m", **(use or {})}]},
                **experiment,
            }
        ],
    }
    return Scorecards(document, Tables({"events": rows, **(tables or {})}, EXPRESSIONS), START + now)


def total(*args: Any, **kwargs: Any) -> dict[str, dict[str, Any]]:
    """The rows of the total, by variant."""
    return {
        each["variant"]: each
        for each in second(*args, **kwargs).scorecard("e")
        if each["dimension"] == ""
    }


def purchases(*times: int, value: str = "1") -> list[dict[str, Any]]:
    return [row("buy", "i", at, value) for at in times]


COUNT = {"type": "count", "event": "buy"}
SUM = {"type": "sum", "event": "buy"}


def spenders(values: dict[str, str], variants: str = "a") -> list[dict[str, Any]]:
    rows = [exposure(each, variants[index % len(variants)]) for index, each in enumerate(values)]
    return rows + [row("buy", each, 1, value) for each, value in values.items() if value]
