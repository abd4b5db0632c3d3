"""What this directory takes from the one above: how times and numbers are read."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent))

from reading import DECIMAL, finite_number, since_1970, time_text  # noqa: E402  (needs the path)

__all__ = ["DECIMAL", "finite_number", "since_1970", "time_text"]
