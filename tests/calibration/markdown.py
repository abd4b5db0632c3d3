"""Shares, tables and paragraphs of the page, as Markdown."""

from __future__ import annotations

import re
import textwrap

from claims import TOLERANCE, is_too_often
from studies import standard_error
from worlds import Sizes

WIDTH = 110
NO_BREAK = "\u00a0"


def table(header: list[str], lines: list[list[str]]) -> str:
    rows = [header, ["---"] + ["---:"] * (len(header) - 1), *lines]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def filled(block: str) -> str:
    """A paragraph, or the items of a list, in lines of their width; a table or a heading as it is."""
    if block.startswith(("|", "#")):
        return block
    items = re.split(r"\n(?=- )", block)
    return "\n".join(
        textwrap.fill(
            kept_together(" ".join(item.split())),
            WIDTH,
            subsequent_indent="  " if item.startswith("- ") else "",
            break_long_words=False,
            break_on_hyphens=False,
        ).replace(NO_BREAK, " ")
        for item in items
    )


def kept_together(text: str) -> str:
    """With no break before a %, around =, : and /, and within code."""
    code = re.sub(r"`[^`]*`", lambda match: match[0].replace(" ", NO_BREAK), text)
    return re.sub(r" (?=%)| (?=[=:/] )|(?<= [=:/]) ", NO_BREAK, code)


def percent(share: float, digits: int = 1) -> str:
    return f"{100 * share:.{digits}f}"


def points(share: float, draws: float) -> str:
    """The Monte-Carlo standard error of a share, in percentage points."""
    return percent(standard_error(share, draws), 2)


def mark(text: str, bad: bool) -> str:
    return f"**{text}**" if bad else text


def both(sides: tuple[float, float]) -> str:
    return " / ".join(map(percent, sides))


def sides_cell(sides: tuple[float, float], draws: float, tolerance: float = TOLERANCE) -> str:
    """Both sides, each marked where it errs more often than promised."""
    return " / ".join(mark(percent(share), is_too_often(share, draws, tolerance)) for share in sides)


def sizes_cell(sizes: Sizes) -> str:
    return f"{sizes[0]:,} : {sizes[1]:,}"
