"""experimentInference as one would write it in Python: an executable UDF with NumPy and SciPy.

It gives the same answers for what the benchmark sends: rows of `control` and one treatment, of the
aggregation `sum`, with a covariate or without, a flat prior, and `non_inferiority_margin` as the only option.
It reads and writes JSONEachRow, a chunk of rows at a time (send_chunk_header), and computes over the whole
chunk at once.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

Floats = NDArray[np.float64]

CONFIDENCE = 0.95
POWER = 0.8
SEQUENTIAL_TUNING = 5000


def power_of(distance: float) -> float:
    """Of a two-sided test whose effect is so many standard errors."""
    z = stats.norm.ppf((1 + CONFIDENCE) / 2)
    return stats.norm.cdf(distance - z) + stats.norm.cdf(-distance - z)


DETECTABLE = optimize.brentq(lambda distance: power_of(distance) - POWER, 0, 20, xtol=1e-13)

MOMENTS = ["n", "sum", "sum_squares", "covariate_sum", "covariate_sum_squares", "covariate_product"]


def moments(rows: list[dict[str, Any]], arm: int) -> dict[str, Floats]:
    """A column for each moment; NaN where it is NULL."""
    return {
        name: np.array([row["arms"][arm].get(name) for row in rows], dtype=np.float64) for name in MOMENTS
    }


def infer(rows: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    control, treatment = moments(rows, 0), moments(rows, 1)
    options = [row["options"] for row in rows]
    margins = {text: json.loads(text or "{}").get("non_inferiority_margin", np.nan) for text in set(options)}
    margin = np.array([margins[text] for text in options])

    n0, n1 = control["n"], treatment["n"]
    m0, m1 = control["sum"] / n0, treatment["sum"] / n1
    v0, v1 = (
        (arm["sum_squares"] - arm["sum"] ** 2 / arm["n"]) / (arm["n"] - 1) for arm in (control, treatment)
    )

    # CUPED, where there is a covariate
    both = {name: control[name] + treatment[name] for name in MOMENTS}
    with np.errstate(invalid="ignore"):
        theta = (both["covariate_product"] - both["sum"] * both["covariate_sum"] / both["n"]) / (
            both["covariate_sum_squares"] - both["covariate_sum"] ** 2 / both["n"]
        )
    has_covariate = ~np.isnan(theta)
    x0, x1 = control["covariate_sum"] / n0, treatment["covariate_sum"] / n1
    m1_adjusted = np.where(has_covariate, m1 - theta * (x1 - x0), m1)
    a0, a1 = (
        np.where(has_covariate, adjusted_variance(arm, variance, theta), variance)
        for arm, variance in ((control, v0), (treatment, v1))
    )
    # the variance of R·y − θx in control is v0·R² − 2·half0·R + constant0
    half0, constant0 = (np.where(has_covariate, term, 0) for term in covariate_terms(control, theta))

    def squared_error(factor: Floats | float) -> Floats:
        """Of the treatment's mean less so many times control's."""
        return a1 / n1 + (v0 * factor**2 - 2 * half0 * factor + constant0) / n0

    # Welch's test of the difference
    alpha = 1 - CONFIDENCE
    e0, e1 = a0 / n0, a1 / n1
    difference = m1_adjusted - m0
    difference_error = np.sqrt(e0 + e1)
    degrees = (e0 + e1) ** 2 / (e0**2 / (n0 - 1) + e1**2 / (n1 - 1))
    score = difference / difference_error
    p_value = 2 * stats.t.sf(np.abs(score), degrees)
    critical = stats.t.ppf((1 + CONFIDENCE) / 2, degrees)
    half_width = critical * difference_error

    # the lift, with Fieller's interval
    lift = difference / m0
    error = np.sqrt(squared_error(1 + lift)) / m0
    chance = stats.t.cdf(score, degrees)
    rest, middle = m0**2 - critical**2 * v0 / n0, m1_adjusted * m0 - critical**2 * half0 / n0
    with np.errstate(invalid="ignore"):
        reach = np.sqrt(middle**2 - rest * (m1_adjusted**2 - critical**2 * squared_error(0)))
    lift_low, lift_high = (
        np.where(rest > 0, (middle + sign * reach) / rest - 1, np.nan) for sign in (-1, 1)
    )
    unit_loss = (degrees + score**2) / (degrees - 1) * stats.t.pdf(score, degrees) - score * stats.t.sf(
        score, degrees
    )
    loss = difference_error / m0 * unit_loss
    bound = (m1_adjusted - (1 - margin) * m0) / np.sqrt(squared_error(1 - margin))
    non_inferior, inferior = stats.t.cdf(bound, degrees), stats.t.sf(bound, degrees)

    # the anytime-valid interval
    n = n0 + n1
    rho2 = (-2 * np.log(alpha) + np.log(1 - 2 * np.log(alpha))) / SEQUENTIAL_TUNING
    grown = n * rho2 + 1
    bound = 2 * grown * np.log(np.sqrt(grown) / alpha) / (n * rho2)
    largest = np.maximum(v0 / m0**2, a1 / m1**2) / np.minimum(n0, n1)
    own = largest <= 0.1**2
    share0, share1 = n0 / n, n1 / n
    # for either variance being the larger: by what each arm's squared error counts
    factors = ((share1, 1 + share0 * n0 / n1), (1 + share1 * n1 / n0, share0))
    sets = []
    for factor1, factor0 in factors:
        squared1, weight0 = e1 * np.where(own, 1, factor1), np.where(own, 1, factor0) / n0
        square, half, constant = v0 * weight0, half0 * weight0, constant0 * weight0
        adjusted = m0 + difference
        rest, middle = m0**2 - bound * square, adjusted * m0 - bound * half
        reach = np.sqrt(middle**2 - rest * (adjusted**2 - bound * (squared1 + constant)))
        ends = ((middle + sign * reach) / rest - 1 for sign in (-1, 1))
        sets.append((*ends, square - 2 * half + constant + squared1, rest > 0))
    (low, high, error_one, ends_one), (other_low, other_high, error_other, ends_other) = sets
    unbounded = ~(ends_one & ends_other)
    anytime_low = np.where(unbounded, np.nan, np.minimum(low, other_low))
    anytime_high = np.where(unbounded, np.nan, np.maximum(high, other_high))
    squared_distance = difference**2 / np.maximum(error_one, error_other)
    anytime_p = np.minimum(1, np.sqrt(grown) * np.exp(-n * rho2 * squared_distance / (2 * grown)))

    # how far to trust it
    small_first = n1 < n0
    small, large = np.where(small_first, (a1, a0), (a0, a1))
    squared_ratio = np.where(small_first, m1 / m0, m0 / m1) ** 2
    spared = (np.maximum(n0, n1) >= 2 * np.minimum(n0, n1)) & (small < 0.7 * large * np.minimum(1, squared_ratio))
    caution = np.where(largest > 0.05**2, "means_not_settled", np.where(spared, "variances_disagree", ""))

    detectable = DETECTABLE * difference_error / m0

    with_margin = ~np.isnan(margin)
    better, worse = stats.t.cdf(score, degrees), stats.t.sf(score, degrees)
    won, lost = (np.where(with_margin, *pair) for pair in ((non_inferior, better), (inferior, worse)))
    good, bad = np.where(with_margin, "safe", "winning"), np.where(with_margin, "harmful", "losing")
    verdict = np.where(lost <= alpha / 2, good, np.where(won <= alpha / 2, bad, "inconclusive"))
    reduction = 1 - a1 / v1

    of_control = {
        "mean": m0,
        "variance": v0,
        "chance_to_be_best": 1 - chance,
        "mean_adjusted": np.where(has_covariate, m0, np.nan),
    }
    of_treatment = {
        "mean": m1,
        "variance": v1,
        "lift": lift,
        "ci_low": lift_low,
        "ci_high": lift_high,
        "chance_to_win": chance,
        "standard_error": error,
        "expected_loss": loss,
        "difference": difference,
        "difference_ci_low": difference - half_width,
        "difference_ci_high": difference + half_width,
        "p_value": p_value,
        "p_value_adjusted": p_value,
        "anytime_ci_low": anytime_low,
        "anytime_ci_high": anytime_high,
        "anytime_p_value": anytime_p,
        "chance_to_be_best": chance,
        "minimum_detectable_effect": detectable,
        "mean_adjusted": np.where(has_covariate, m1_adjusted, np.nan),
        "variance_adjusted": np.where(has_covariate, a1, np.nan),
        "variance_reduction": np.where(has_covariate, reduction, np.nan),
        "chance_to_be_non_inferior": non_inferior,
    }
    nothing = np.full(len(rows), "")
    words_of_control = {"caution": nothing, "anytime_reason": nothing}
    words = {"caution": caution, "anytime_reason": np.where(unbounded, "unbounded", "")}
    first = arms(rows, 0, np.full(len(rows), "control"), words_of_control, of_control)
    second = arms(rows, 1, verdict, words, of_treatment)
    return [list(pair) for pair in zip(first, second)]


def covariate_terms(arm: dict[str, Floats], theta: Floats) -> tuple[Floats, Floats]:
    """θ times the covariance with the covariate, and θ² times the covariate's variance."""
    n, total = arm["n"], arm["covariate_sum"]
    covariate_variance = (arm["covariate_sum_squares"] - total**2 / n) / (n - 1)
    covariance = (arm["covariate_product"] - arm["sum"] * total / n) / (n - 1)
    return theta * covariance, theta**2 * covariate_variance


def adjusted_variance(arm: dict[str, Floats], variance: Floats, theta: Floats) -> Floats:
    half, constant = covariate_terms(arm, theta)
    return variance - 2 * half + constant


def arms(
    rows: list[dict[str, Any]],
    arm: int,
    verdict: NDArray[np.str_],
    words: dict[str, NDArray[np.str_]],
    columns: dict[str, Floats],
) -> list[dict[str, Any]]:
    """One arm of each row, NULL for NaN."""
    names = list(columns)
    numbers = np.column_stack(list(columns.values())).astype(object)
    numbers[np.isnan(numbers.astype(np.float64))] = None
    return [
        {
            "variant": row["arms"][arm]["variant"],
            "is_control": arm == 0,
            "n": row["arms"][arm]["n"],
            "verdict": says,
            "reason": "",
            **dict(zip(words, said)),
            **dict(zip(names, values)),
        }
        for row, says, said, values in zip(
            rows, verdict.tolist(), zip(*(word.tolist() for word in words.values())), numbers.tolist()
        )
    ]


def main() -> None:
    for header in sys.stdin:
        rows = [json.loads(sys.stdin.readline()) for _ in range(int(header))]
        answers = "".join(json.dumps({"result": answer}) + "\n" for answer in infer(rows))
        sys.stdout.write(answers)
        sys.stdout.flush()


if __name__ == "__main__":
    main()
