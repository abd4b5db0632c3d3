"""Names that try to get out of where they are put, and texts that are numbers or are none."""

from __future__ import annotations

import random

FRAGMENTS = (
    "plain",
    "it's",
    'say "hi"',
    "back\\slash",
    "\\",
    "\\'",
    "'",
    "''",
    "`tick`",
    "new\nline",
    "tab\t",
    "cr\r",
    "a*/b",
    "/*",
    "-- x",
    "# x",
    "a;\nDROP TABLE events;\n",
    "{x:String}",
    "{{ x }}",
    "{% raw %}",
    "${x}",
    "$$",
    "$flag_exposure",
    "%s%d",
    "?",
    "NULL",
    "\\N",
    "true",
    "1e3",
    "~",
    " blank ",
    "naïve",
    "e\u0301",
    "🙂",
    "\u2028",
    "\u0085",
    "\ufeff",
    "\u202e",
    "",
    "0",
    "x" * 30,
)


def hostile(rng: random.Random) -> str:
    return rng.choice(FRAGMENTS) + (rng.choice(FRAGMENTS) if rng.random() < 0.2 else "")


def distinct(rng: random.Random, count: int, taken: tuple[str, ...] = ()) -> list[str]:
    """Names that differ from one another, none of them empty."""
    found: list[str] = []
    while len(found) < count:
        name = hostile(rng)
        if name in found or name in taken or name == "":
            name += str(len(found))
        if name not in found and name not in taken:
            found.append(name)
    return found


# Forms that every tested engine reads alike. The sums of exact ones are the same in doubles and in fractions,
# so that a comparison with a threshold cannot hang on rounding.
EXACT_VALUES = ("1", "2", "3", "4", "10", "0.5", "2.25", "+1", "00012", "5.", ".5", "1e3", "0", "-0")
NEGATIVE_VALUES = ("-1.5", "-2", "-.25", "-10")
ROUNDED_VALUES = ("0.1", "7.512", "1E-3", "1.235", "33.3", "1e-7", "123456.789")
INVALID_VALUES = (
    "",
    "1 ",
    "nan",
    "-nan",
    "inf",
    "-inf",
    "Infinity",
    "1e400",
    "-1e400",
    "0x10",
    "1_000",
    "1,5",
    "abc",
    "true",
    "1e",
    "--1",
    "1.2.3",
    "٣",
    "1\n",
    "null",
    "\\N",
    '"1"',
)
