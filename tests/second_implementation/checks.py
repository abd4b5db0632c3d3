"""What must hold of the product's rows beside their moments: inference, sample ratios, windows, both passes."""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import compare
from product import Product
from scorecards import MOMENTS, Scorecards
from shared import time_text

Row = Mapping[str, Any]


def arms_with(number: str) -> str:
    """The type of arms whose moments are of a type."""
    optional = ", ".join(f"{name} Nullable({number})" for name in MOMENTS[2:])
    return f"Array(Tuple(variant String, n UInt64, sum {number}, sum_squares {number}, {optional}))"


# Moments are given by their bits: texts are parsed to an ulp before 26.9, and with another one the variance of values
# that hardly differ is another.
ARMS = "CAST(arrayMap(arm -> (arm.variant, arm.n, {}), arms) AS {})".format(
    ", ".join(f"reinterpretAsFloat64(arm.{name})" for name in MOMENTS), arms_with("Float64")
)

# Of the same moments in another order of arms.
INFERENCE_TOLERANCE = 1e-9


def text(value: str) -> str:
    """As an SQL literal."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def answers(product: Product, call: str, structure: str, questions: Iterable[Mapping[str, Any]]) -> list[Any]:
    """What a function of the product says to each row of arguments."""
    lines = "\n".join(json.dumps({"place": index, **row}) for index, row in enumerate(questions))
    if not lines:
        return []
    source = f"format(JSONEachRow, {text('place UInt64, ' + structure)}, {text(lines)})"
    return [row["answer"] for row in product.rows(f"SELECT {call} AS answer FROM {source} ORDER BY place")]


def bits(number: float | None) -> int | None:
    """Of a double, as a whole number."""
    return None if number is None else int(struct.unpack("<Q", struct.pack("<d", number))[0])


def is_close(expected: Any, actual: Any) -> bool:
    if isinstance(expected, float) and isinstance(actual, (int, float)):
        return math.isclose(expected, actual, rel_tol=INFERENCE_TOLERANCE, abs_tol=1e-300)
    return expected == actual


def lacks_numbers(row: Row) -> bool:
    """Have more than 5 % of the rows that should have a number none?"""
    return row["invalid_values"] * 20 > row["expected_values"]


def inference(
    product: Product, second: Scorecards, name: str, card: Sequence[Row], rows: Sequence[Row]
) -> list[str]:
    """Each metric and segment inferred anew, from the product's moments with the second implementation's options.

    `card` is the second implementation's scorecard, which knows the arms that lack numbers.
    """
    experiment, options = second.experiment(name), second.options(name)
    columns = ("metric", "dimension", "segment", "variant")
    lacking = {tuple(row[column] for column in columns) for row in card if lacks_numbers(row)}
    uses = {use.name: use for use in experiment.uses}
    groups: dict[tuple[str, str, str], list[Row]] = {}
    for row in sorted(rows, key=lambda row: row["variant"].encode()):
        if row["metric"] in uses and row["type"] != "quantile" and row["variant"] in experiment.shares:
            groups.setdefault((row["metric"], row["dimension"], row["segment"]), []).append(row)
    inferred = answers(
        product,
        f"experimentInference({ARMS}, aggregation, lower_is_better, options)",
        f"arms {arms_with('UInt64')}, aggregation String, lower_is_better Bool, options String",
        (
            {
                "arms": [
                    {"variant": row["variant"], "n": row["n"], **{name: bits(row[name]) for name in MOMENTS}}
                    for row in group
                ],
                "aggregation": uses[metric].engine_type,
                "lower_is_better": uses[metric].lower_is_better,
                "options": json.dumps({**options[metric], "control": experiment.control}),
            }
            for (metric, _, _), group in groups.items()
        ),
    )
    for place, arms in zip(groups, inferred):
        for arm in arms:
            if not lacking.isdisjoint({(*place, arm["variant"]), (*place, experiment.control)}):
                arm["caution"] = "invalid_values"
    return [
        f"inference {place + (row['variant'],)}: {column} should be {value!r}, is {row[column]!r}"
        for (place, group), arms in zip(groups.items(), inferred)
        for row, arm in zip(group, arms)
        for column, value in arm.items()
        if not is_close(value, row[column])
    ]


def sample_ratios(
    product: Product, second: Scorecards, name: str, rows: Sequence[Row], traffic: Sequence[Row]
) -> list[str]:
    """The test of each segment, from the second implementation's identities; `traffic` may lack the experiment."""
    shares = second.experiment(name).shares
    observed: dict[tuple[str, str], dict[str, int]] = {}
    for row in second.traffic(name):
        variants = observed.setdefault((row["dimension"], row["segment"]), {})
        if row["identities"]:
            variants[row["variant"]] = row["identities"]
    tests = answers(
        product,
        "sampleRatioMismatch(observed, expected)",
        "observed Map(String, UInt64), expected Map(String, Float64)",
        ({"observed": each, "expected": shares} for each in observed.values()),
    )
    by_segment = dict(zip(observed, tests))
    found = []
    for view, each in [("one by one", row) for row in rows] + [("traffic", row) for row in traffic]:
        test = by_segment.get((each["dimension"], each["segment"]))
        if each["experiment"] != name or test is None:
            continue
        for field in ("p_value", "verdict", "sequential_p_value", *(("reason",) if view == "traffic" else ())):
            if not is_close(test[field], each[f"srm_{field}"]):
                found.append(
                    f"{view} {each['dimension']!r} {each['segment']!r}: srm_{field} should be "
                    f"{test[field]!r}, is {each[f'srm_{field}']!r}"
                )
    return sorted(set(found))


def windows(second: Scorecards, name: str, rows: Sequence[Row], now: int) -> list[str]:
    """The window that was read; it ends at the moment of reading while the experiment runs."""
    start, until = second.window(name)
    expected = {"window_start": start} | ({"window_end": until} if until < now else {})
    return [
        f"one by one, {name!r}: {column} should be {time_text(at)}, is {row[column]}"
        for row in rows[:1]
        for column, at in expected.items()
        if row[column] != time_text(at)
    ]


def both_passes(own: Sequence[Row], together: Sequence[Row]) -> list[str]:
    """What is inferred from equal moments is equal to the last bit."""
    moments = ("n", *MOMENTS, "quantile_standard_error")
    made_of = [
        {(row["metric"], *(row[column] for column in (*compare.SCORECARD_KEY, *moments))) for row in rows}
        for rows in (own, together)
    ]
    unequal = {moment[0] for moment in made_of[0] ^ made_of[1]}
    compared = [[row for row in rows if row["metric"] not in unequal] for rows in (own, together)]
    return compare.rows("one pass, as one by one,", compare.SCORECARD_KEY, *compared, ("window_end",))
