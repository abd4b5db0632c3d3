"""The queries that the view benchmark compares: one experiment or many, asked in different ways.

Every query returns the same columns (experiment where there are several, metric_id, variant, n, sum,
sum_squares, invalid_values), so that the answers can be compared.
"""

import dataclasses
import pathlib
import typing

HERE = pathlib.Path(__file__).resolve().parent

WINDOW_START = "2024-01-01 00:00:00.000"
WINDOW_END = "2024-01-15 00:00:00.000"

# (event, aggregation); the metrics of a case are the first 1, 4 or 16. The first four read four events in five.
METRICS = [
    ("page_view", "count"),
    ("purchase", "occurrence"),
    ("purchase", "sum"),
    ("request_time", "mean"),
    ("search", "occurrence"),
    ("search", "count"),
    ("add_to_cart", "occurrence"),
    ("add_to_cart", "count"),
    ("add_to_cart", "sum"),
    ("play", "count"),
    ("play", "sum"),
    ("play", "mean"),
    ("sign_up", "occurrence"),
    ("refund", "occurrence"),
    ("refund", "sum"),
    ("request_time", "count"),
]

# In the registry, a metric that deduplicates has this much added to its number.
DEDUPLICATED = 100


@dataclasses.dataclass(frozen=True)
class Case:
    """What is asked: the experiments of one environment, and the first so many metrics."""

    environment: str
    features: typing.Tuple[str, ...]
    metrics: int
    deduplicate: bool = False

    def experiment(self, feature: str) -> str:
        """The name in the registry."""
        return f"{self.environment} {feature} {self.metrics}"

    def metric_ids(self) -> typing.List[int]:
        return [number + DEDUPLICATED * self.deduplicate for number in range(1, self.metrics + 1)]


def registry(case: Case) -> typing.List[str]:
    """The statements that register the experiments of a case."""
    experiments = ", ".join(
        f"('{case.experiment(feature)}', '{case.environment}', '{feature}', '{WINDOW_START}', '{WINDOW_END}', 'completed')"
        for feature in case.features
    )
    used = ", ".join(
        f"('{case.experiment(feature)}', {metric_id}, 'goal')"
        for feature in case.features
        for metric_id in case.metric_ids()
    )
    return [
        "INSERT INTO experiments (name, environment_key, feature_name, window_start, window_end, status) "
        f"VALUES {experiments}",
        f"INSERT INTO experiment_metrics (experiment, metric_id, role) VALUES {used}",
    ]


def registry_of_metrics() -> str:
    rows = ", ".join(
        f"({number + added}, '{event} {aggregation}', '{event}', '{aggregation}', '{options}')"
        for added, options in ((0, ""), (DEDUPLICATED, '{"deduplicate": true}'))
        for number, (event, aggregation) in enumerate(METRICS, 1)
    )
    return f"INSERT INTO metrics (metric_id, name, event, aggregation, options) VALUES {rows}"


def scorecard(case: Case, features: typing.Sequence[str]) -> str:
    """The registered experiments in one query."""
    names = ", ".join(f"'{case.experiment(feature)}'" for feature in features)
    several = "experiment, " if len(features) > 1 else ""
    return (
        f"SELECT {several}metric_id, variant, n, sum, sum_squares, invalid_values "
        f"FROM experiment_scorecard(experiments = [{names}]) ORDER BY {several}metric_id, variant"
    )


def single_view(case: Case, feature: str, view: str) -> str:
    """One experiment by experiment_metric_stats or experiment_results, which take everything as parameters."""
    metrics = ", ".join(
        f"({number}, '{event}', '{aggregation}', false)"
        for number, (event, aggregation) in zip(case.metric_ids(), METRICS)
    )
    more = ", expected_shares = map(), options = ''" if view == "experiment_results" else ""
    return (
        "SELECT metric_id, variant, n, sum, sum_squares, invalid_values "
        f"FROM {view}(environment_key = '{case.environment}', feature_name = '{feature}', "
        f"window_start = '{WINDOW_START}', window_end = '{WINDOW_END}', metrics = [{metrics}]{more}) "
        "ORDER BY metric_id, variant"
    )


def textbook(case: Case, feature: str, metric_ids: typing.Sequence[int]) -> str:
    """textbook.sql for some of the metrics of a case."""
    per_identity: typing.List[str] = []
    per_variant: typing.List[str] = []
    names: typing.List[str] = []
    for metric_id in metric_ids:
        event, aggregation = METRICS[(metric_id - 1) % DEDUPLICATED]
        names.append(event)
        own = f"event = '{event}' AND timestamp >= first_exposure"
        value = f"value_{metric_id}"
        if aggregation == "occurrence":
            per_identity.append(f"countIf({own}) > 0 AS {value}")
        elif aggregation == "count":
            per_identity.append(f"countIf({own}) AS {value}")
        else:
            total = f"sumIf(ifNull(parsed, 0), {own} AND valid)"
            if aggregation == "mean":
                total = f"if(countIf({own}) = 0, 0, {total} / countIf({own}))"
            per_identity.append(f"{total} AS {value}")
            per_identity.append(f"countIf({own} AND NOT valid) AS invalid_{metric_id}")
        invalid = f"sum(invalid_{metric_id})" if aggregation in ("sum", "mean") else "0"
        per_variant.append(
            f"({metric_id}, toFloat64(sum({value})), toFloat64(sum({value} * {value})), {invalid})"
        )
    replaced = {
        "environment": case.environment,
        "feature": feature,
        "window_start": WINDOW_START,
        "window_end": WINDOW_END,
        "distinct": "DISTINCT" if case.deduplicate else "",
        "events": ", ".join(f"'{name}'" for name in dict.fromkeys(names)),
        "per_identity": ",\n            ".join(per_identity),
        "per_variant": ",\n                ".join(per_variant),
    }
    text = (HERE / "textbook.sql").read_text()
    text = "\n".join(line for line in text.splitlines() if not line.startswith("--"))
    for name, value in replaced.items():
        text = text.replace("{{" + name + "}}", value)
    return text
