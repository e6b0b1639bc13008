"""What is printed of a learner."""

from collections.abc import Mapping
from typing import Any

# Characters of a part; three layers take half of them.
LONGEST = 800


def call_shown(name: str, parts: Mapping[str, Any], comment: str) -> str:
    """A call with every argument on lines of its own, cut where one goes on and on.

    Args:
        name: of the class.
        parts: the arguments.
        comment: stands behind the name.
    """
    lines = "".join(f"    {part}={_shown(value)},\n" for part, value in parts.items())
    return f"{name}(  # {comment}\n{lines})"


def _shown(value: Any) -> str:
    text = repr(value)
    text = text if len(text) <= LONGEST else f"{text[:LONGEST]} ..."
    return text.replace("\n", "\n    ")
