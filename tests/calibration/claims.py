"""What a share may be off before it breaks what was promised or is said of it."""

from __future__ import annotations

from studies import LEVEL, standard_error

# By chance, in Monte-Carlo standard errors.
CHANCE = 4

# An interval is sound within half a point, and not too short down to there.
TOLERANCE = 0.005

# Whether it holds, and what.
Claim = tuple[bool, str]


def slack(draws: float) -> float:
    """What the coverage of a sound interval may be off: half a point, or what chance explains."""
    return max(TOLERANCE, CHANCE * standard_error(LEVEL, draws))


def falls_short(share: float, draws: float) -> bool:
    return share < LEVEL - slack(draws)
