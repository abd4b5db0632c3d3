"""Who was exposed to what, since when, and in which segments they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from model import Definitions, Experiment, Source
from shared import time_text
from rows import Read, Tables, located, read, text

TOTAL = ("", "")


@dataclass(frozen=True)
class Exposed:
    """One identity inside the window, as it stands at the moment of reading."""

    variant: str  # '' when quarantined
    quarantined: bool
    first_exposure: int
    segments: tuple[tuple[str, str], ...]  # (dimension, segment), the total first


def exposure_rows(tables: Tables, sources: Mapping[str, Source], experiment: Experiment) -> list[Read]:
    """All exposures to a variant, whatever the time; `value` of each is the variant."""
    exposure = experiment.exposure
    source, rows = located(tables, sources, experiment, exposure.event, exposure.source)
    if exposure.source is None and experiment.feature is not None:
        rows = [row for row in rows if row["feature_name"] == experiment.feature]
    found = read(tables, source, rows, exposure.filter, exposure.variant)
    return [row for row in found if text(row.value)]


def until(experiment: Experiment, now: int) -> int:
    return now if experiment.end is None else min(experiment.end, now)


def exposed_identities(
    tables: Tables, experiment: Experiment, rows: Sequence[Read], now: int
) -> dict[str, Exposed]:
    by_identifier: dict[str, list[Read]] = defaultdict(list)
    for row in rows:
        if experiment.start <= row.at < until(experiment, now):
            by_identifier[row.identifier].append(row)
    return {
        identifier: exposed_identity(tables, experiment, seen) for identifier, seen in by_identifier.items()
    }


def exposed_identity(tables: Tables, experiment: Experiment, seen: Sequence[Read]) -> Exposed:
    variants = {text(row.value) for row in seen}
    first = min(row.at for row in seen)
    rows = [row.row for row in seen if row.at == first]
    segments = [TOTAL]
    for name, sql in experiment.dimensions:
        texts = [text(tables.evaluate(sql, row)) or "" for row in rows]
        segments.append((name, min(texts, key=str.encode)))
    quarantined = len(variants) > 1
    return Exposed("" if quarantined else variants.pop(), quarantined, first, tuple(segments))


def segment_sizes(exposed: Mapping[str, Exposed]) -> dict[tuple[str, str], dict[str, int]]:
    """Per segment the unquarantined identities of each variant. A segment of quarantined ones alone is empty."""
    sizes: dict[tuple[str, str], dict[str, int]] = {}
    for identity in exposed.values():
        for segment in identity.segments:
            variants = sizes.setdefault(segment, {})
            if not identity.quarantined:
                variants[identity.variant] = variants.get(identity.variant, 0) + 1
    return sizes


# What the views say


def exposures(tables: Tables, definitions: Definitions, name: str, now: int) -> list[dict[str, Any]]:
    experiment = definitions.experiments[name]
    rows = exposure_rows(tables, definitions.sources, experiment)
    return [
        {
            "experiment": name,
            "identifier": identifier,
            "variant": identity.variant,
            "quarantined": identity.quarantined,
            "first_exposure": time_text(identity.first_exposure),
        }
        for identifier, identity in exposed_identities(tables, experiment, rows, now).items()
    ]


def traffic(tables: Tables, definitions: Definitions, name: str, now: int) -> list[dict[str, Any]]:
    """A row per variant that is expected or has an identity, in the total and in every segment with anybody."""
    experiment = definitions.experiments[name]
    rows = exposure_rows(tables, definitions.sources, experiment)
    exposed = exposed_identities(tables, experiment, rows, now)
    found = []
    for (dimension, segment), sizes in ({TOTAL: {}} | segment_sizes(exposed)).items():
        quarantined = sum(
            identity.quarantined and (dimension, segment) in identity.segments
            for identity in exposed.values()
        )
        total = sum(sizes.values())
        for variant in sorted({*sizes, *experiment.shares}, key=str.encode):
            identities = sizes.get(variant, 0)
            share = experiment.shares.get(variant)
            found.append(
                {
                    "experiment": name,
                    "dimension": dimension,
                    "segment": segment,
                    "variant": variant,
                    "identities": identities,
                    "share": identities / total if total else None,
                    "expected_share": None if share is None else share / sum(experiment.shares.values()),
                    "quarantined_identities": quarantined,
                }
            )
    return found
