"""What the view benchmark asks: the definitions that it compiles, and the queries that it compares.

Every query of an experiment returns the same columns (experiment where there are several, metric, variant, n,
sum, sum_squares, invalid_values), so that the answers can be compared.
"""

import json
import pathlib
import subprocess
import typing

HERE = pathlib.Path(__file__).resolve().parent

WINDOW = ("2024-01-01", "2024-01-15")

# Name, type, event. They read four metric events in five.
METRICS = [
    ("views", "count", "page_view"),
    ("buyers", "occurrence", "purchase"),
    ("revenue", "sum", "purchase"),
    ("request_time", "mean", "request_time"),
]
EVENTS = list(dict.fromkeys(event for _, _, event in METRICS))
READ = 4 / 5

# Environment and feature of each experiment; see measure() of bench.py.
LARGE, SMALL = "large", "small"
SHARED = [f"shared_{number:02}" for number in range(1, 21)]
FEW = "few"

# The experiments that are read alone: (environment, feature, suffix of the metrics).
ALONE = {
    "one": (LARGE, SHARED[0], ""),
    "few": (LARGE, FEW, ""),
    "small": (SMALL, "small", ""),
    "filtered": (LARGE, SHARED[0], "_filtered"),
    "deduplicated": (LARGE, SHARED[0], "_deduplicated"),
}


# What a feature costs: a metric of each, in an experiment of its own, beside the plain sum of the same event; and how
# many times the plain one it may cost.
PLAIN: typing.Dict[str, typing.Any] = {"type": "sum", "event": "purchase"}
FEATURES: typing.Dict[str, typing.Tuple[typing.Dict[str, typing.Any], float]] = {
    "plain": (PLAIN, 1),
    "a_window": ({**PLAIN, "window": {"length": "3d"}}, 1.5),
    "a_cap": ({**PLAIN, "cap": {"upper_percentile": 0.999}}, 1.5),
    "a_covariate": ({**PLAIN, "covariate": {"lookback": "7d"}}, 1.5),
    "a_filter": ({**PLAIN, "filter": "JSONExtractString(metadata, 'currency') = 'EUR'"}, 1.5),
    "a_dimension": (PLAIN, 1.5),
    "a_funnel": ({"type": "funnel", "steps": [{"event": "search"}, {"event": "add_to_cart"}, {"event": "purchase"}]}, 3),
    "a_quantile": ({"type": "quantile", "event": "purchase", "quantile": 0.95, "unit": "event"}, 3),
    "all_together": (PLAIN, 4),
}
TYPES = ["occurrence", "count", "mean", "min", "max", "first", "last", "count_distinct", "active_days"]
TOGETHER: typing.List[typing.Dict[str, typing.Any]] = [
    *({"type": kind, "event": "purchase"} for kind in TYPES),
    {"type": "ratio", **{part: {"event": "purchase", "aggregation": how} for part, how in
     {"numerator": "sum", "denominator": "count"}.items()}},
    {**PLAIN, "at_least": 100},
    *(FEATURES[name][0] for name in ("plain", "a_window", "a_cap", "a_covariate", "a_quantile")),
]


def features() -> str:
    """The file of the metrics of FEATURES."""
    metrics = [{"name": name, **metric} for name, (metric, _) in FEATURES.items()]
    metrics += [{"name": f"together_{number}", **metric} for number, metric in enumerate(TOGETHER)]
    experiments = []
    for name in FEATURES:
        experiment: typing.Dict[str, typing.Any] = {
            "name": name,
            "environment": LARGE,
            "feature": SHARED[0],
            "start": WINDOW[0],
            "end": WINDOW[1],
            "status": "completed",
            "metrics": {"goals": [name]},
        }
        if name == "a_dimension":
            experiment["dimensions"] = [{"name": "segment", "value": "toString(cityHash64(identifier) % 20)"}]
        if name == "all_together":
            experiment["metrics"] = {"goals": [f"together_{number}" for number in range(len(TOGETHER))]}
        experiments.append(experiment)
    return json.dumps({"version": 1, "metrics": metrics, "experiments": experiments})


def definitions(running: typing.Sequence[str], alone: typing.Sequence[str]) -> str:
    """The file: the experiments of so many features in the large environment as running, the others as completed,
    so that `experiment_scorecard` reads the first only."""

    def metrics(suffix: str, more: typing.Callable[[str], typing.Dict[str, typing.Any]]) -> typing.List[typing.Any]:
        return [{"name": name + suffix, "type": kind, "event": event, **more(event)} for name, kind, event in METRICS]

    def experiment(name: str, environment: str, feature: str, suffix: str, status: str) -> typing.Dict[str, typing.Any]:
        return {
            "name": name,
            "environment": environment,
            "feature": feature,
            "start": WINDOW[0],
            "end": WINDOW[1],
            "status": status,
            "metrics": {"goals": [{"metric": metric + suffix, "as": metric} for metric, _, _ in METRICS]},
        }

    only_euros = {"filter": "JSONExtractString(metadata, 'currency') = 'EUR'"}
    file = {
        "version": 1,
        "metrics": [
            *metrics("", lambda event: {}),
            *metrics("_filtered", lambda event: only_euros if event == "purchase" else {}),
            *metrics("_deduplicated", lambda event: {"deduplicate": True}),
        ],
        "experiments": [
            *(experiment(feature, LARGE, feature, "", "running") for feature in running),
            *(experiment(name, *ALONE[name], "completed") for name in alone),
        ],
    }
    return json.dumps(file)


def compiled(prefix: pathlib.Path, file: str) -> str:
    """The script that `scorecard compile` makes of a file."""
    command = [str(prefix / "user_scripts" / "scorecard"), "compile", "-"]
    return subprocess.run(command, input=file, stdout=subprocess.PIPE, text=True, check=True).stdout


def scorecard(experiment: str) -> str:
    """One experiment by its own view."""
    return (
        f"SELECT metric, variant, n, sum, sum_squares, invalid_values FROM experiment_scorecard_{experiment} "
        "ORDER BY metric, variant"
    )


def all_running() -> str:
    """All running experiments in one pass."""
    return (
        "SELECT experiment, metric, variant, n, sum, sum_squares, invalid_values FROM experiment_scorecard "
        "ORDER BY experiment, metric, variant"
    )


def by_day(experiment: str) -> str:
    """One experiment as of the end of each day."""
    return (
        f"SELECT metric, day, variant, n, sum, sum_squares, invalid_values FROM experiment_results_by_day_{experiment} "
        "ORDER BY metric, day, variant"
    )


def metric_stats(experiment: str) -> str:
    """The same statistics by the view that takes everything as parameters."""
    environment, feature, _ = ALONE[experiment]
    metrics = ", ".join(f"({number}, '{event}', '{kind}', false)" for number, (_, kind, event) in enumerate(METRICS))
    names = ", ".join(f"'{name}'" for name, _, _ in METRICS)
    return (
        f"SELECT [{names}][metric_id + 1] AS metric, variant, n, sum, sum_squares, invalid_values "
        f"FROM experiment_metric_stats(environment_key = '{environment}', feature_name = '{feature}', "
        f"window_start = '{WINDOW[0]} 00:00:00.000', window_end = '{WINDOW[1]} 00:00:00.000', metrics = [{metrics}]) "
        "ORDER BY metric, variant"
    )


def floor(experiment: str) -> str:
    """No answer, but what every answer needs: reading and hashing the identifiers of the metric events."""
    environment, _, _ = ALONE[experiment]
    return (
        f"SELECT sum(cityHash64(identifier)) FROM events WHERE environment_key = '{environment}' "
        f"AND event IN ({_texts(EVENTS)}) "
        f"AND timestamp >= '{WINDOW[0]} 00:00:00' AND timestamp < '{WINDOW[1]} 00:00:00'"
    )


def textbook(experiment: str) -> str:
    """textbook.sql for an experiment."""
    environment, feature, _ = ALONE[experiment]
    per_identity: typing.List[str] = []
    per_variant: typing.List[str] = []
    for name, kind, event in METRICS:
        own = f"event = '{event}' AND timestamp >= first_exposure"
        if kind == "occurrence":
            per_identity.append(f"countIf({own}) > 0 AS {name}")
        elif kind == "count":
            per_identity.append(f"countIf({own}) AS {name}")
        else:
            total = f"sumIf(ifNull(parsed, 0), {own} AND valid)"
            if kind == "mean":
                total = f"if(countIf({own}) = 0, 0, {total} / countIf({own}))"
            per_identity.append(f"{total} AS {name}")
            per_identity.append(f"countIf({own} AND NOT valid) AS {name}_invalid")
        invalid = f"sum({name}_invalid)" if kind in ("sum", "mean") else "0"
        per_variant.append(f"('{name}', toFloat64(sum({name})), toFloat64(sum({name} * {name})), {invalid})")
    replaced = {
        "environment": environment,
        "feature": feature,
        "window_start": f"{WINDOW[0]} 00:00:00.000",
        "window_end": f"{WINDOW[1]} 00:00:00.000",
        "events": _texts(EVENTS),
        "per_identity": ",\n            ".join(per_identity),
        "per_variant": ",\n                ".join(per_variant),
    }
    text = (HERE / "textbook.sql").read_text()
    text = "\n".join(line for line in text.splitlines() if not line.startswith("--"))
    for name, value in replaced.items():
        text = text.replace("{{" + name + "}}", value)
    return text


def _texts(texts: typing.Iterable[str]) -> str:
    return ", ".join(f"'{text}'" for text in texts)
