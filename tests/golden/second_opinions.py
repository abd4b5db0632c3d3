"""Agreement of the reference with gbstats, scipy and statsmodels, asserted row by row.

They compute in plain doubles, so a row is compared where its moments leave them enough digits.
"""

from __future__ import annotations

import gc
import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import product

import numpy as np
from gbstats.bayesian.tests import EffectBayesianABTest, EffectBayesianConfig, GaussianPrior
from gbstats.frequentist.tests import (
    FrequentistConfig,
    SequentialConfig,
    SequentialTwoSidedTTest,
    TwoSidedTTest,
)
from gbstats.models.statistics import (
    QuantileStatistic,
    RatioStatistic,
    RegressionAdjustedStatistic,
    SampleMeanStatistic,
    TestStatistic,
)
from mpmath import mp, mpf
from scipy.integrate import quad
from scipy.special import betainc, betaincinv
from scipy.stats import fisher_exact, norm, ttest_ind_from_stats
from scipy.stats import t as students_t
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import normal_power

from cases import Case
from reference import Row
from reference_anytime import delta_test
from reference_beta_binomial import BetaLift
from reference_comparison import Comparison
from reference_exact import Proportions
from reference_lift import FlatLift, PriorLift
from reference_moments import (
    Arm,
    Estimate,
    adjusted_deviations,
    adjusted_noise,
    centred,
    ratio_deviations,
    ratio_noise,
    rounding_noise,
    squared_deviations,
    theta_of,
)
from reference_numbers import to_mpf
from reference_posterior import Pair, posterior_of
from reference_statistic import is_all_zero, squared_error_at
from reference_students_t import density, expected_excess, two_sided_p_value
from reference_tests import welch_degrees

MAX_NOISE_SHARE = Fraction(1, 10**6)
TOLERANCE = 1e-6
LARGEST_MEAN = 1e50
# gbstats lifts a smaller variance of a quantile to it.
LEAST_QUANTILE_VARIANCE = 1e-5
# Of fewer it takes a median to have no variance.
LEAST_QUANTILE_SIZE = 4

STATSMODELS_METHODS = {
    "holm": "holm",
    "hochberg": "simes-hochberg",
    "bonferroni": "bonferroni",
    "benjamini_hochberg": "fdr_bh",
}
STATSMODELS_TOLERANCE = 1e-12
# Of scipy's adaptive quadrature of doubles.
QUADRATURE_TOLERANCE = 1e-8
# Where its integrand may bend.
QUANTILE_BREAKS = (1e-12, 1e-9, 1e-6, 1e-4, 0.01, 0.1, 0.5, 0.9, 0.99, 1 - 1e-4, 1 - 1e-6)
# The sum over a₁ terms is only taken that far.
MAX_SUM_TERMS = 3000


def relative_p_value(pair: Pair) -> mpf:
    """gbstats' p-value: of the lift over its standard error, with Welch's degrees of freedom."""
    distance = to_mpf(pair.lift) / mp.sqrt(to_mpf(pair.lift_variance))
    return two_sided_p_value(distance, to_mpf(welch_degrees(pair.control, pair.treatment)))


def is_close(ours: float, theirs: float, scale: float = 0.0) -> bool:
    return abs(ours - theirs) <= TOLERANCE * (abs(ours) + scale) + 1e-13 * (1 + abs(ours))


# A prior as wide as this says nothing.
VAGUE = 10**9
# Identities of an arm whose variance is known.
MANY = 10**30
LIMIT_TOLERANCE = 1e-12
# Of g; close to 1 an end is far out.
LARGE_SHARE = 0.9
# Of mpmath's quadrature of t's density.
EXCESS_TOLERANCE = 1e-12
# Of the share with the largest likelihood, and of its logarithm there.
SUPREMUM_TOLERANCE = 1e-12
# Of the identities of both arms together.
LARGEST_OF_SCIPY_FISHER = 10**7
LARGEST_OF_WHOLE_NUMBERS = 5000


# What doubles can do


def is_plain(case: Case, arms: Sequence[Arm], is_adjusted: bool) -> bool:
    """Do the moments leave a computation in doubles six digits of variance?"""
    theta = theta_of(arms) if is_adjusted else Fraction(0)
    if case.aggregation == "quantile":
        variances = [arm.n * arm.quantile_standard_error**2 for arm in arms]
        return min(variances) > LEAST_QUANTILE_VARIANCE and min(arm.n for arm in arms) >= LEAST_QUANTILE_SIZE
    for arm in arms:
        if not 1 / LARGEST_MEAN < abs(arm.sum / arm.n) < LARGEST_MEAN:
            return False
        pairs = [(squared_deviations(arm), rounding_noise(arm))]
        if case.aggregation == "ratio":
            pairs = [(ratio_deviations(arm), ratio_noise(arm))]
        if is_adjusted:
            pairs.append((adjusted_deviations(arm, theta), adjusted_noise(arm, theta)))
        if any(deviations * MAX_NOISE_SHARE <= noise for deviations, noise in pairs):
            return False
    return True


# gbstats


def quantile_statistic(arm: Arm) -> TestStatistic:
    """The interval of order statistics that has our standard error: gbstats takes (n - 1)/n of its square."""
    reach = float(norm.ppf(0.975)) * arm.quantile_standard_error * math.sqrt(arm.n / (arm.n - 1))
    return QuantileStatistic(arm.n, arm.n, 0.5, arm.quantile, arm.quantile - reach, arm.quantile + reach)


def statistic_of(arm: Arm, case: Case, is_adjusted: bool) -> TestStatistic:
    if case.aggregation == "quantile":
        return quantile_statistic(arm)
    own = SampleMeanStatistic(arm.n, arm.sum, arm.sum_squares)
    if case.aggregation == "ratio":
        denominator = SampleMeanStatistic(arm.n, arm.denominator_sum, arm.denominator_sum_squares)
        return RatioStatistic(arm.n, own, denominator, arm.denominator_product)
    if is_adjusted:
        covariate = SampleMeanStatistic(arm.n, arm.covariate_sum, arm.covariate_sum_squares)
        return RegressionAdjustedStatistic(arm.n, own, covariate, arm.covariate_product, theta=0)
    return own


def agrees_with_bayesian_gbstats(case: Case, statistics: Callable[[], list[TestStatistic]], row: Row) -> bool:
    prior = case.option("prior")
    effect = GaussianPrior(proper=False)
    if prior:
        effect = GaussianPrior(prior["mean"], prior["stddev"] ** 2, proper=True)
    config = EffectBayesianConfig(
        difference_type="relative",
        inverse=case.lower_is_better,
        alpha=1 - case.option("confidence"),
        prior_effect=effect,
    )
    other = EffectBayesianABTest(*statistics(), config).compute_result()
    error = row["standard_error"]
    pairs = [
        (row["lift"], other.expected),
        (row["standard_error"], other.uplift.stddev),
        (row["chance_to_win"], other.chance_to_win),
        (row["ci_low"], other.ci[0]),
        (row["ci_high"], other.ci[1]),
    ]
    # Its truncated means lose their digits far out, and the second risk is that of the treatment.
    if abs(row["lift"]) < 6 * error:
        pairs.append((row["expected_loss"], other.risk[1]))
    return all(is_close(ours, theirs, error) for ours, theirs in pairs)


def agrees_with_frequentist_gbstats(
    case: Case, statistics: Callable[[], list[TestStatistic]], row: Row, comparison: Comparison
) -> bool:
    """Of an adjusted lift gbstats 0.8.0 takes R²·var(y − θx) in control; its newer versions do as we do."""
    alpha = 1 - case.option("confidence")
    absolute = TwoSidedTTest(*statistics(), FrequentistConfig("absolute", alpha=alpha))
    relative = TwoSidedTTest(*statistics(), FrequentistConfig("relative", alpha=alpha))
    difference, lift = absolute.compute_result(), relative.compute_result()
    low, high, pair = row["difference_ci_low"], row["difference_ci_high"], comparison.pair
    pairs = [
        (row["difference"], difference.expected, high - low),
        (float(welch_degrees(pair.control, pair.treatment)), absolute.dof, 1),
        (float(pair.lift), lift.expected, lift.uplift.stddev),
    ]
    if not comparison.is_pooled:
        pairs += [
            (low, difference.ci[0], high - low),
            (high, difference.ci[1], high - low),
            (row["p_value"], difference.p_value, 1),
        ]
    if not comparison.is_adjusted:
        pairs += [
            (float(mp.sqrt(to_mpf(pair.lift_variance))), lift.uplift.stddev, 0),
            (float(relative_p_value(pair)), lift.p_value, 1),
        ]
    return all(is_close(*each) for each in pairs)


def agrees_with_differentiation(arms: tuple[Arm, Arm], pair: Pair) -> bool:
    """The delta method by numbers: the gradient of the adjusted lift over (ȳ₁, x̄₁, ȳ₀, x̄₀), where the covariate's
    means are the same, through the covariance of those means."""
    theta = to_mpf(theta_of(arms))
    control, treatment = arms

    def lift(y1: mpf, x1: mpf, y0: mpf, x0: mpf) -> mpf:
        return (y1 - theta * x1 - (y0 - theta * x0)) / y0

    covariate = mpf(control.covariate_sum) / control.n
    point = (to_mpf(pair.raw_treatment_mean), covariate, to_mpf(pair.raw_control_mean), covariate)
    gradient = [mp.diff(lift, point, tuple(int(index == each) for each in range(4))) for index in range(4)]
    variance = mpf(0)
    for arm, (y, x) in zip((treatment, control), (gradient[:2], gradient[2:])):
        moments = (
            (y * y, arm.sum_squares, arm.sum, arm.sum),
            (2 * x * y, arm.covariate_product, arm.sum, arm.covariate_sum),
            (x * x, arm.covariate_sum_squares, arm.covariate_sum, arm.covariate_sum),
        )
        for weight, product, left, right in moments:
            variance += weight * to_mpf(centred(product, left, right, arm.n)) / (arm.n - 1) / arm.n
    return is_close(float(mp.sqrt(to_mpf(pair.lift_variance))), float(mp.sqrt(abs(variance))))


def agrees_with_sequential_gbstats(
    case: Case, statistics: Callable[[], list[TestStatistic]], pair: Pair
) -> bool:
    """What the option `"anytime": "delta"` answers."""
    levels = (case.option("confidence"), case.option("sequential_tuning"))
    config = SequentialConfig("relative", alpha=1 - levels[0], sequential_tuning_parameter=levels[1])
    with np.errstate(over="ignore"):
        other = SequentialTwoSidedTTest(*statistics(), config).compute_result()
    low, high, p_value = map(float, delta_test(pair, *levels))
    pairs = [(low, other.ci[0], high - low), (high, other.ci[1], high - low), (p_value, other.p_value, 1)]
    return all(is_close(*each) for each in pairs)


# scipy and statsmodels


def agrees_with_scipy_welch(pair: Pair, row: Row) -> bool:
    control, treatment = (
        (float(each.mean), math.sqrt(each.variance), each.n) for each in (pair.control, pair.treatment)
    )
    return is_close(row["p_value"], ttest_ind_from_stats(*treatment, *control, equal_var=False).pvalue, 1)


def agrees_with_scipy_t(comparison: Comparison, row: Row) -> bool:
    """The chances and the ends of the interval of the confidence distribution without a prior."""
    pair, sign = comparison.pair, -1 if comparison.lower_is_better else 1
    degrees = float(welch_degrees(pair.control, pair.treatment))

    def statistic(lift: float) -> float:
        """In doubles, by definition."""
        error = squared_error_at(pair, Fraction(lift), comparison.is_pooled)
        return float(pair.difference - Fraction(lift) * pair.raw_control_mean) / math.sqrt(error)

    chances = [("chance_to_win", 0.0)]
    # Of zeros, and where T does not fall, a margin is judged by something else.
    falls = comparison.edge == 0 or (
        not is_all_zero(pair) and comparison.lift.held(1 + to_mpf(comparison.edge))[1] < 0
    )
    if row["chance_to_be_non_inferior"] is not None and falls:
        chances.append(("chance_to_be_non_inferior", float(comparison.edge)))
    pairs = [(row[name], students_t.cdf(sign * statistic(edge), degrees), 0) for name, edge in chances]
    if row["ci_low"] is not None:
        quantile = students_t.isf(float(comparison.tails) / 2, degrees)
        pairs += [(statistic(row["ci_low"]), quantile, 0), (statistic(row["ci_high"]), -quantile, 0)]
    return all(is_close(*each) for each in pairs)


def is_coherent(comparison: Comparison, row: Row) -> bool:
    """Do chance, p-value and both intervals say the same of no difference?"""
    chance, tails = row["chance_to_win"], float(comparison.tails)
    is_called = 2 * min(comparison.chances_to_win) <= tails
    intervals = [("ci_low", "ci_high")]
    if not isinstance(comparison.lift, PriorLift):
        if not is_close(row["p_value"], 2 * min(chance, 1 - chance), 1):
            return False
        intervals.append(("difference_ci_low", "difference_ci_high"))
    for low, high in intervals:
        if row[low] is not None and is_called != (row[low] > 0 or row[high] < 0):
            return False
    return True


def agrees_with_normal_power(comparison: Comparison, row: Row) -> bool:
    """The power of a z-test to find the minimum detectable effect is the power asked for."""
    pair, power = comparison.pair, comparison.options["power"]
    effect = row["minimum_detectable_effect"] * float(pair.raw_control_mean)
    error = math.sqrt(squared_error_at(pair, Fraction(0), comparison.is_pooled))
    alpha = float(comparison.tails)
    if comparison.is_delta:
        theirs = normal_power(effect, 1, alpha / 2, alternative="larger", sigma=error)
    else:
        theirs = normal_power(effect, 1, alpha, alternative="two-sided", sigma=error)
    if effect == 0:
        return power <= theirs * (1 + TOLERANCE)
    return is_close(power, theirs, 1)


def agrees_with_scipy_fisher(proportions: Proportions, row: Row) -> bool:
    """Its one-sided tests, the smaller p-value doubled."""
    converted, sizes = (proportions.k1, proportions.k0), (proportions.n1, proportions.n0)
    table = [converted, [n - k for k, n in zip(converted, sizes)]]
    tails = [fisher_exact(table, alternative=side).pvalue for side in ("less", "greater")]
    return is_close(row["p_value"], min(1.0, 2 * min(tails)))


def agrees_with_whole_numbers(proportions: Proportions, row: Row) -> bool:
    """Fisher's test in whole numbers."""
    k0, n0, k1, n1 = proportions.k0, proportions.n0, proportions.k1, proportions.n1
    ways = [math.comb(n1, x) * math.comb(n0, k0 + k1 - x) for x in range(k0 + k1 + 1)]
    tail = Fraction(min(sum(ways[: k1 + 1]), sum(ways[k1:])), math.comb(n0 + n1, k0 + k1))
    return row["p_value"] == float(min(Fraction(1), 2 * tail))


def has_largest_likelihood(proportions: Proportions, ratio: Fraction) -> bool:
    """The closed form of the supremum against thirds of an interval, for the logarithm is concave."""
    k0, n0, k1, n1 = proportions.k0, proportions.n0, proportions.k1, proportions.n1
    factor = to_mpf(ratio)

    def log_likelihood(p: mpf) -> mpf:
        powers = ((p, k0), (1 - p, n0 - k0), (factor * p, k1), (1 - factor * p, n1 - k1))
        return mp.fsum(power * mp.log(base) for base, power in powers if power)

    with mp.workdps(30):
        low, high = mpf(0), min(mpf(1), 1 / factor)
        while high - low > SUPREMUM_TOLERANCE * high:
            third = (high - low) / 3
            is_rising = log_likelihood(low + third) < log_likelihood(high - third)
            low, high = (low + third, high) if is_rising else (low, high - third)
        # The largest may be where all of the treatment converts.
        found = max(map(log_likelihood, ((low + high) / 2, high)))
        return abs(found - proportions.log_largest_likelihood(factor)) <= SUPREMUM_TOLERANCE * (1 + abs(found))


def assert_multipletests(p_values: Sequence[float], method: str, adjusted: Sequence[float]) -> None:
    # It collects garbage at every call, which takes the longer the more there is to look at.
    gc.freeze()
    theirs = multipletests(p_values, method=STATSMODELS_METHODS[method])[1]
    for ours, other in zip(adjusted, theirs, strict=True):
        assert abs(ours - other) <= STATSMODELS_TOLERANCE * other, (method, p_values)


# Quadratures


def largest_by_trapezoids(index: int, estimates: Sequence[Estimate], sign: int) -> float:
    """P(arm is the largest), all arms with a variance: a fine sum, exact for smooth functions."""
    means = [sign * float(each.mean) for each in estimates]
    errors = [math.sqrt(each.squared_error) for each in estimates]
    z = np.linspace(-9, 9, 20_001)
    x = means[index] + z * errors[index]
    integrand = norm.pdf(z)
    for other in set(range(len(means))) - {index}:
        integrand = integrand * norm.cdf((x - means[other]) / errors[other])
    return float(integrand.sum() * (z[1] - z[0]))


def assert_best(case: Case) -> int:
    scorecard = case.scorecard
    racing = [
        (arm, row["chance_to_be_best"])
        for arm, row in zip(case.arms, case.expected)
        if row["chance_to_be_best"] is not None
    ]
    is_chance_to_win = sum(row["chance_to_win"] is not None for row in case.expected) == 1
    if not racing or (is_chance_to_win and case.option("interval") != "delta"):
        return 0
    estimates = scorecard.best_estimates([arm for arm, _ in racing])
    if not all(each.variance for each in estimates):
        return 0
    errors = [math.sqrt(each.squared_error) for each in estimates]
    largest_mean = max(abs(float(each.mean)) for each in estimates)
    if max(errors) > 20 * min(errors) or min(errors) < 1e-9 * largest_mean:
        return 0
    sign = -1 if case.lower_is_better else 1
    for index, (_, chance) in enumerate(racing):
        assert abs(largest_by_trapezoids(index, estimates, sign) - chance) < QUADRATURE_TOLERANCE, case
    return len(racing)


def assert_beta(case: Case, lift: BetaLift) -> None:
    """Chances at the interval's ends and at 0 by scipy's quadrature; the closed form of the mean."""
    a0, b0, a1, b1 = (float(each) for arm in (lift.control, lift.treatment) for each in (arm.a, arm.b))

    def below(ratio: float) -> float:
        """P(p₁/p₀ < ratio), by the control's quantile u instead of p₀: the integrand is bounded."""

        def integrand(u: float) -> float:
            return betainc(a1, b1, min(1.0, ratio * betaincinv(a0, b0, u)))

        points = {*QUANTILE_BREAKS, float(betainc(a0, b0, min(1.0, 1 / ratio)))} - {1.0}
        return quad(integrand, 0, 1, points=sorted(points), limit=1000, epsabs=1e-10)[0]

    tail = (1 - case.option("confidence")) / 2
    low, high = lift.interval(case.option("confidence"))
    for end, chance in ((low, tail), (high, 1 - tail), (mpf(0), lift.chances()[1])):
        theirs = below(float(1 + end))
        assert abs(theirs - chance) < QUADRATURE_TOLERANCE, (case.name, end, theirs, chance)
    if lift.control.a > 1:
        both = lift.control.a + lift.control.b
        mean = lift.treatment.mean * (both - 1) / (lift.control.a - 1) - 1
        loss, gain = lift.expected_loss(False), lift.expected_loss(True)
        assert abs(gain - loss - mean) <= 1e-15 * (gain + loss), case
    if lift.treatment.a == int(lift.treatment.a) and lift.treatment.a <= MAX_SUM_TERMS:
        assert abs(chance_by_sum(lift) - lift.chances()[0]) < 1e-15, case


def chance_by_sum(lift: BetaLift) -> mpf:
    """P(p₁ > p₀) as a sum of a₁ terms (Miller), for whole a₁."""
    a0, b0, a1, b1 = lift.control.a, lift.control.b, lift.treatment.a, lift.treatment.b
    # B(a₀, b₀ + b₁)/B(a₀, b₀), and b₁·B(1, b₁) is 1.
    logs = mp.loggamma(b0 + b1) - mp.loggamma(a0 + b0 + b1) - mp.loggamma(b0) + mp.loggamma(a0 + b0)
    term = mp.exp(logs)
    total = mpf(0)
    for i in range(int(a1)):
        total += term
        term *= (a0 + i) / (a0 + b0 + b1 + i) * (b1 + i) / (i + 1)
    return total


# The confidence distribution


def with_prior_like(lift: PriorLift, pair: Pair, deviation: Fraction) -> PriorLift:
    return PriorLift(pair, lift.is_pooled, lift.prior_mean, deviation)


def agrees_without_prior(lift: PriorLift, confidence: float) -> bool:
    """A prior wide enough leaves the answers that there are without one."""
    flat = FlatLift(lift.pair, lift.is_pooled)
    wide = with_prior_like(lift, lift.pair, VAGUE * (1 + Fraction(float(flat.relative_error))))
    pairs = [*zip(wide.chances(), flat.chances()), (wide.mean, to_mpf(flat.mean))]
    pairs.append((wide.standard_error, flat.standard_error))
    if flat.unboundedness(confidence) < LARGE_SHARE:
        pairs += zip(wide.interval(confidence), flat.interval(confidence))
    for lower_is_better in (False, True):
        losses = wide.expected_loss(lower_is_better), flat.expected_loss(lower_is_better)
        pairs += [losses] if None not in losses else []
    return all(abs(ours - theirs) <= LIMIT_TOLERANCE * (1 + abs(theirs)) for ours, theirs in pairs)


def agrees_with_conjugate_posterior(lift: PriorLift, confidence: float) -> bool:
    """Where control's mean is known exactly and the treatment's error well, normal prior and data make a normal."""
    known = replace(lift.pair.control, variance=Fraction(0))
    own = lift.pair.treatment
    many = Estimate(MANY, own.mean, own.squared_error * MANY)
    pair = replace(lift.pair, control=known, treatment=many, joint=None)
    if pair.squared_error == 0:
        return True
    ours = with_prior_like(lift, pair, lift.prior_deviation)
    # Pooling would give control an error again.
    ours = replace(ours, is_pooled=False)
    prior = {"mean": lift.prior_mean, "stddev": lift.prior_deviation}
    theirs = posterior_of(pair, prior)
    pairs = [(ours.mean, to_mpf(theirs.mean)), (ours.standard_error, theirs.standard_error)]
    pairs += zip(ours.interval(confidence), theirs.interval(confidence))
    for edge in (Fraction(0), Fraction(1, 20)):
        pairs += zip(ours.chances(edge), theirs.chances(edge))
    pairs += [(ours.expected_loss(is_lower), theirs.expected_loss(is_lower)) for is_lower in (False, True)]
    return all(abs(one - other) <= LIMIT_TOLERANCE * (1 + abs(other)) for one, other in pairs)


def assert_expected_excess() -> int:
    """The closed form of E max(0, X − t) against the integral, in u of x = √ν·tan(u)."""
    count = 0
    for degrees, t in product((mpf(3) / 2, 2, mpf("3.7"), 30, 10**4), (-5, mpf(-1) / 3, 0, mpf(1) / 2, 3, 20)):
        degrees, t = mpf(degrees), mpf(t)
        root = mp.sqrt(degrees)

        def integrand(u: mpf) -> mpf:
            x = root * mp.tan(u)
            # Of order 1, for the quadrature's own tolerance is absolute.
            return (x - t) * density(x, degrees) / density(t, degrees) * root / mp.cos(u) ** 2

        low = mp.atan(t / root)
        breaks = [mp.atan((t + step / (1 + abs(t))) / root) for step in (1, 3, 10, 30, 100, 300)]
        with mp.workdps(30):
            theirs = mp.quad(integrand, [low, *breaks, mp.pi / 2])
        ours = expected_excess(t, degrees) / density(t, degrees)
        assert abs(ours - theirs) <= EXCESS_TOLERANCE * ours, (degrees, t, ours, theirs)
        count += 1
    return count


# All of them


def assert_agreement(case: Case, counts: Counter[str]) -> None:
    """Asserts every second opinion that there is on a case, and counts them."""
    scorecard, rows = case.scorecard, case.expected
    p_values = [row["p_value"] for row in rows if row["p_value"] is not None]
    correction = case.option("correction")
    if len(p_values) > 1 and correction in STATSMODELS_METHODS:
        adjusted = [row["p_value_adjusted"] for row in rows if row["p_value"] is not None]
        assert_multipletests(p_values, correction, adjusted)
        counts["corrections with statsmodels"] += len(p_values)
    if len(p_values) > 1:
        counts["chances to be best with scipy"] += assert_best(case)
    for arm, row in zip(case.arms, rows):
        if row["is_control"] or row["p_value"] is None and row["chance_to_win"] is None:
            continue
        comparison = scorecard.comparison(arm)
        if comparison.is_open_to_beta:
            assert_beta(case, comparison.beta_lift)
            counts["beta posteriors with scipy"] += 1
        if comparison.proportions is not None:
            assert_exact(comparison.proportions, row, counts)
        if comparison.is_compared and is_plain(case, comparison.arms, comparison.is_adjusted):
            assert_normal(case, comparison, row, counts)


def assert_exact(proportions: Proportions, row: Row, counts: Counter[str]) -> None:
    if proportions.n0 + proportions.n1 <= LARGEST_OF_SCIPY_FISHER:
        assert agrees_with_scipy_fisher(proportions, row), row
        counts["exact tests with scipy"] += 1
    if proportions.n0 + proportions.n1 <= LARGEST_OF_WHOLE_NUMBERS:
        assert agrees_with_whole_numbers(proportions, row), row
        counts["exact tests in whole numbers"] += 1
        for ratio in (Fraction(1), Fraction(7, 10), Fraction(13, 10)):
            assert has_largest_likelihood(proportions, ratio), row
            counts["largest likelihoods by search"] += 1


def assert_normal(case: Case, comparison: Comparison, row: Row, counts: Counter[str]) -> None:
    pair, arms, is_adjusted = comparison.pair, comparison.arms, comparison.is_adjusted
    kinds = {"ratio": "ratios", "quantile": "quantiles"}
    kind = kinds.get(case.aggregation, "covariates" if is_adjusted else "means")

    def statistics() -> list[TestStatistic]:
        return [statistic_of(each, case, is_adjusted) for each in arms]

    has_flat_distribution = not (comparison.is_beta_binomial or comparison.is_delta or comparison.options["prior"])
    if not (comparison.is_beta_binomial or comparison.is_delta):
        assert is_coherent(comparison, row), case
        counts["rows that agree with themselves"] += 1
    if has_flat_distribution:
        assert agrees_with_scipy_t(comparison, row), case
        counts["chances and intervals with scipy"] += 1
    if isinstance(comparison.lift, PriorLift):
        confidence = comparison.options["confidence"]
        assert agrees_without_prior(comparison.lift, confidence), case
        assert agrees_with_conjugate_posterior(comparison.lift, confidence), case
        counts["priors in the limit of a wide one and of a known control"] += 1
    if not comparison.is_pooled:
        assert agrees_with_scipy_welch(pair, row), case
        counts["Welch tests with scipy"] += 1
    if not pair.has_lift:
        return
    assert agrees_with_frequentist_gbstats(case, statistics, row, comparison), case
    counts[f"tests of {kind} with gbstats"] += 1
    if is_adjusted:
        assert agrees_with_differentiation(arms, pair), case
        counts["lifts of covariates with the delta method by differentiation"] += 1
    else:
        if comparison.is_delta and not comparison.is_beta_binomial:
            assert agrees_with_bayesian_gbstats(case, statistics, row), case
            counts[f"posteriors of {kind} with gbstats"] += 1
        assert agrees_with_sequential_gbstats(case, statistics, pair), case
        counts[f"tests of {kind} with gbstats"] += 1
    assert agrees_with_normal_power(comparison, row), case
    counts["minimum detectable effects with statsmodels"] += 1
