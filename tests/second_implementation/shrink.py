"""Makes a world that disagrees smaller: what can go while it still disagrees goes."""

from __future__ import annotations

import copy
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

from generate import World

OPTIONAL = (
    "after_end",
    "at_least",
    "cap",
    "covariate",
    "deduplicate",
    "description",
    "dimensions",
    "exposure",
    "filter",
    "ignore_zeros",
    "incomplete_windows",
    "lower_is_better",
    "options",
    "status",
    "window",
    "within",
)

REFUSALS = ("compile:", "script:", "query:")
KIND = 80  # characters

Path = tuple[Any, ...]


def smaller(
    made: World, differences: Callable[[World], list[str]], seconds: float
) -> tuple[World, list[str]]:
    """The smallest world that a few passes find in that time, and what differs in it."""
    found = differences(made)
    deadline = time.monotonic() + seconds
    improved = True
    while improved:
        improved, place = False, 0
        while (candidate := next(islice(candidates(made), place, None), None)) is not None:
            if time.monotonic() > deadline:
                return made, found
            still = tried(candidate, differences)
            if still and kind(still) == kind(found):
                made, found, improved = candidate, still, True
            else:
                place += 1
    return made, found


def tried(made: World, differences: Callable[[World], list[str]]) -> list[str]:
    """Without an exposure's source, say, a dimension may read columns that are not there: no smaller world."""
    try:
        return differences(made)
    except KeyError:
        return []


def kind(found: list[str]) -> str:
    """The view, or what was refused, whatever the names and places."""
    if found[0].startswith(REFUSALS):
        return re.sub(r"'[^']*'|`[^`]*`|\"[^\"]*\"|[0-9]+", "", found[0])[:KIND]
    return found[0].split(" ")[0]


def candidates(made: World) -> Iterator[World]:
    """Without one experiment, one use of a metric, one optional key; without a part of the rows."""
    for path in removable((), made.document):
        if path == ("experiments", 0) and len(made.document["experiments"]) == 1:
            continue
        document = copy.deepcopy(dict(made.document))
        parent = document
        for step in path[:-1]:
            parent = parent[step]
        del parent[path[-1]]
        yield replace(made, document=without_unused(document))
    for start, stop in parts(len(made.events)):
        yield replace(made, events=[*made.events[:start], *made.events[stop:]])
    for name, (source, rows) in made.sources.items():
        for start, stop in parts(len(rows)):
            fewer = (source, [*rows[:start], *rows[stop:]])
            yield replace(made, sources={**made.sources, name: fewer})


def removable(path: Path, node: Any) -> Iterator[Path]:
    """Places of elements of lists and of optional keys, the outer ones first."""
    if isinstance(node, dict):
        yield from ((*path, key) for key in node if key in OPTIONAL)
        for key, value in node.items():
            yield from removable((*path, key), value)
    elif isinstance(node, list):
        if path[0] == "experiments" and path[-1] != "steps":
            yield from ((*path, index) for index in range(len(node)))
        for index, value in enumerate(node):
            yield from removable((*path, index), value)


def without_unused(document: dict[str, Any]) -> dict[str, Any]:
    """Metrics that nothing uses and sources that nothing reads are no part of a disagreement."""
    for experiment in document["experiments"]:
        experiment["metrics"] = {role: uses for role, uses in experiment["metrics"].items() if uses}
    used = {
        use if isinstance(use, str) else use["metric"]
        for experiment in document["experiments"]
        for uses in experiment["metrics"].values()
        for use in uses
    }
    document["metrics"] = [metric for metric in document["metrics"] if metric["name"] in used]
    read = set(source_names([document["metrics"], document["experiments"]]))
    document["sources"] = [source for source in document["sources"] if source["name"] in read]
    return document


def source_names(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("source"), str):
            yield node["source"]
        node = list(node.values())
    if isinstance(node, list):
        for each in node:
            yield from source_names(each)


def parts(count: int) -> Iterator[tuple[int, int]]:
    """Halves, quarters, eighths, then single rows of what is small."""
    for divisor in (2, 4, 8):
        size = count // divisor
        if size > 1:
            yield from ((start, start + size) for start in range(0, count, size))
    if 0 < count <= 24:
        yield from ((index, index + 1) for index in range(count))
