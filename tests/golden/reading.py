"""How times and numbers are read, for every reference that reads rows. Nothing but the standard library."""

from __future__ import annotations

import math
import re
from datetime import datetime, timezone

# What toFloat64OrNull takes on every tested engine as a finite decimal number.
DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


def milliseconds(text: str) -> int:
    moment = datetime.strptime(text, "%Y-%m-%d %H:%M:%S.%f").replace(tzinfo=timezone.utc)
    return since_1970(moment)


def since_1970(moment: datetime) -> int:
    """Milliseconds; what is finer is cut."""
    elapsed = moment - datetime(1970, 1, 1, tzinfo=timezone.utc)
    return (elapsed.days * 86_400 + elapsed.seconds) * 1000 + elapsed.microseconds // 1000


def time_text(timestamp: int) -> str:
    seconds, remainder = divmod(timestamp, 1000)
    moment = datetime.fromtimestamp(seconds, timezone.utc)
    return f"{moment:%Y-%m-%d %H:%M:%S}.{remainder:03d}"


def finite_number(text: str) -> float | None:
    if not DECIMAL.fullmatch(text):
        return None
    value = float(text)
    return value if math.isfinite(value) else None
