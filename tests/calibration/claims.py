"""What a share may be off before it breaks what was promised or is said of it."""

from __future__ import annotations

from studies import LEVEL, standard_error

# How often an interval misses the truth on one side, and how often a verdict errs one way.
SIDE = (1 - LEVEL) / 2

# By chance, in Monte-Carlo standard errors.
CHANCE = 4

# Of a side: an interval is sound within half a point.
TOLERANCE = 0.005

# Whether it holds, and what.
Claim = tuple[bool, str]


def slack(draws: float, tolerance: float = TOLERANCE) -> float:
    """What a side of a sound interval may be off: the tolerance, or what chance explains."""
    return max(tolerance, CHANCE * standard_error(SIDE, draws))


def is_too_often(share: float, draws: float, tolerance: float = TOLERANCE) -> bool:
    return share > SIDE + slack(draws, tolerance)


def is_sound(sides: tuple[float, float], draws: float, tolerance: float = TOLERANCE) -> bool:
    """Both sides err as often as promised: no more and no less."""
    return all(abs(share - SIDE) <= slack(draws, tolerance) for share in sides)


def is_safe(sides: tuple[float, float], draws: float, tolerance: float = TOLERANCE) -> bool:
    """No side errs more often than promised."""
    return not any(is_too_often(share, draws, tolerance) for share in sides)
