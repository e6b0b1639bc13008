"""What is printed of a learner."""

from collections.abc import Mapping
from typing import Any

import jax

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


def sizes_shown(parts: Mapping[str, Any]) -> str:
    """How many weights there are in each part."""
    sizes = {name: sum(leaf.size for leaf in jax.tree.leaves(part)) for name, part in parts.items()}
    return ", ".join(f"{size:,} in the {name}" for name, size in sizes.items())


def _shown(value: Any) -> str:
    text = repr(value)
    text = text if len(text) <= LONGEST else f"{text[:LONGEST]} ..."
    return text.replace("\n", "\n    ")
