"""Numbers that other tools publish for their own tests, copied as facts and asserted here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from mpmath import mp

from cases import Case, arm
from reference_moments import Arm
from reference_posterior import Posterior


@dataclass(frozen=True)
class Published:
    source: str
    aggregation: str
    control: Arm
    treatment: Arm
    numbers: dict[str, float]
    tolerance: float
    options: dict[str, Any] = field(default_factory=dict)
    # What is lost by keeping the control: the expected loss when a fall is a win.
    loss_of_control: float | None = None

    @property
    def case(self) -> Case:
        arms = [self.control, self.treatment]
        return Case(f"published: {self.source}", arms, self.aggregation, False, self.options)


SMALL_CONTROL, SMALL_TREATMENT = arm("control", 10, 100.0, 1002.25), arm("test", 10, 105.0, 1111.5)

# Platforms that these numbers are from take the delta method's normal posterior.
DELTA = {"interval": "delta"}

FIRST = [
    Published(
        "Flagsmith stats tests",
        "occurrence",
        arm("control", 1000, 100.0, 100.0),
        arm("test", 1000, 120.0, 120.0),
        {"lift": 0.2, "ci_low": -0.10074, "ci_high": 0.50074, "chance_to_win": 0.90379},
        1e-4,
        DELTA,
    ),
    Published(
        "gbstats",
        "sum",
        SMALL_CONTROL,
        SMALL_TREATMENT,
        {
            "lift": 0.05,
            "standard_error": 0.03572,
            "chance_to_win": 0.91923,
            "expected_loss": 0.00131,
        },
        1e-5,
        DELTA | {"min_identities": 2},
        loss_of_control=0.05131,
    ),
    Published(
        "PostHog stats tests",
        "sum",
        arm("control", 2507, 1196.87, 37377.9767),
        arm("test", 2461, 1922.7, 94698.29),
        {
            "lift": 0.6364670497,
            "standard_error": 0.3692930235,
            "ci_low": -0.0873339760,
            "ci_high": 1.3602680754,
            "chance_to_win": 0.9575986092,
        },
        1e-8,
        DELTA,
    ),
]

# `p_value` in the last is that of the relative lift; the function's is that of the difference.
RELATIVE_P_VALUE = "relative p_value"
FURTHER = [
    Published(
        "gbstats, normal prior",
        "sum",
        SMALL_CONTROL,
        SMALL_TREATMENT,
        {"lift": 0.05063, "ci_low": -0.01893, "ci_high": 0.12019, "chance_to_win": 0.92315},
        1e-5,
        DELTA | {"min_identities": 2, "prior": {"mean": 0.1, "stddev": 0.1**0.5}},
    ),
    Published(
        "gbstats, covariate",
        "sum",
        replace(
            arm("control", 3001, 300, 600),
            covariate_sum=210.0,
            covariate_sum_squares=415.0,
            covariate_product=-20.0,
        ),
        replace(
            arm("test", 3000, 222, 555),
            covariate_sum=120.0,
            covariate_sum_squares=405.0,
            covariate_product=-10.0,
        ),
        {"lift": -0.281707154, RELATIVE_P_VALUE: 0.003732549},
        1e-8,
        DELTA,
    ),
]
# Worked out with mpmath: P(m₁ > m₀) of normal means, and Fisher's test, doubled.
WORKED_OUT = [
    Published(
        "few conversions against fewer",
        "occurrence",
        arm("control", 1529, 87, 87),
        arm("test", 1471, 62, 62),
        {"chance_to_win": 0.0311, "chance_to_be_best": 0.0311, "p_value": 0.0622},
        2e-4,
    ),
    Published(
        "conversions that vanish",
        "occurrence",
        arm("control", 100, 30, 30),
        arm("test", 100, 0, 0),
        {"p_value": 1.4e-10},
        5e-12,
    ),
]

# (mean, standard deviation, loss if the control is kept, loss if the treatment is chosen)
CLOSED_FORM_LOSS = (0.1, 0.05, 0.1004245351, 0.0004245351)
CLOSED_FORM_TOLERANCE = 1e-9


def assert_published(vector: Published) -> int:
    """Asserts every number; returns how many there were."""
    from second_opinions import relative_p_value

    case = vector.case
    row = dict(case.expected[1])
    if RELATIVE_P_VALUE in vector.numbers:
        row[RELATIVE_P_VALUE] = float(relative_p_value(case.scorecard.comparison(vector.treatment).pair))
    for name, value in vector.numbers.items():
        assert abs(row[name] - value) <= vector.tolerance, (vector.source, name, row[name])
    if vector.loss_of_control is None:
        return len(vector.numbers)
    loss = replace(case, lower_is_better=True).expected[1]["expected_loss"]
    assert abs(loss - vector.loss_of_control) <= vector.tolerance, (vector.source, loss)
    return len(vector.numbers) + 1


def assert_closed_form_loss() -> int:
    mean, deviation, *losses = CLOSED_FORM_LOSS
    posterior = Posterior(Fraction(mean), Fraction(deviation) ** 2)
    for lower_is_better, loss in zip((True, False), losses):
        assert abs(posterior.expected_loss(lower_is_better) - loss) <= CLOSED_FORM_TOLERANCE
    assert mp.dps == 80
    return len(losses)


def published_cases() -> Iterator[Case]:
    yield from (vector.case for vector in FIRST)


def further_published_cases() -> Iterator[Case]:
    yield from (vector.case for vector in [*FURTHER, *WORKED_OUT])


def assert_all_published() -> int:
    return sum(map(assert_published, [*FIRST, *FURTHER, *WORKED_OUT])) + assert_closed_form_loss()
