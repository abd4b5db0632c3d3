"""Does every SQL text say on the engine what its Python function says here?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from generate import World
from product import Product, Refused
from sql_texts import (
    EVENT_FILTERS,
    EVENT_NUMBERS,
    EVENT_SEGMENTS,
    EVENT_TEXTS,
    EVENT_VARIANTS,
    Pairs,
    Row,
    quoted,
)


def differences(product: Product, made: World) -> list[str]:
    product.begin(f"texts_{made.seed}", made.setup())
    events = EVENT_FILTERS | EVENT_NUMBERS | EVENT_TEXTS | EVENT_VARIANTS | EVENT_SEGMENTS
    found = table_differences(product, "events", events, made.events)
    for source, rows in made.sources.values():
        texts = source.texts
        pairs = texts.filters | texts.numbers | texts.texts | texts.variants | texts.segments | texts.identifiers
        found += table_differences(product, quoted(source.table), pairs, rows)
        times = {
            f"toUnixTimestamp64Micro(toDateTime64(\n{sql}\n, 6))": function
            for sql, function in texts.timestamps.items()
        }
        found += table_differences(product, quoted(source.table), times, rows)
    return found


def table_differences(product: Product, table: str, pairs: Pairs, rows: Sequence[Row]) -> list[str]:
    """As sets with repetitions, for a table has no order."""
    found = []
    for sql, function in pairs.items():
        try:
            answers = [row["x"] for row in product.rows(f"SELECT (\n{sql}\n) AS x FROM {table}")]
        except Refused as error:
            found.append(str(error))
            continue
        expected, actual = (sorted(map(plain, each)) for each in (map(function, rows), answers))
        if expected != actual:
            unlike = [pair for pair in zip(expected, actual) if pair[0] != pair[1]]
            found.append(f"{sql}: should be, is {unlike[:3]}; rows {len(expected)}, {len(actual)}")
    return found


def plain(value: Any) -> str:
    """JSON has texts for what is no finite number, and no negative zero. Engines before 26.9 parse to an ulp."""
    if isinstance(value, (bool, int, float, Decimal)):
        return f"{float(value) + 0.0:.14g}" if math.isfinite(value) else repr(str(float(value)))
    return repr(value)
