"""What this directory takes from `tests/golden`: how times and numbers are read."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "golden"))

from reading import DECIMAL, finite_number, since_1970, time_text  # noqa: E402  (needs the path)

__all__ = ["DECIMAL", "finite_number", "since_1970", "time_text"]
