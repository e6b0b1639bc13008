"""Groups of parameters, each a path into the model."""

from numbers import Real
from typing import Any

import jax

from onward._trees import dotted


def shown(groups: tuple[tuple[str, Any], ...]) -> str:
    """What the constructor is given for these groups, with a word for what is no name or rate."""
    words = [
        (group, repr(value) if isinstance(value, str | Real) else "custom")
        for group, value in groups
    ]
    if [group for group, _ in words] == [""]:
        return words[0][1]
    return "{" + ", ".join(f"{group!r}: {word}" for group, word in words) + "}"


def matches(group: str, path: str) -> bool:
    """Whether a parameter's path lies in a group."""
    return not group or f"{path}.".startswith(f"{group}.")


def longest(path: str, groups: list[str]) -> str:
    """The longest group that matches a path."""
    return max((group for group in groups if matches(group, path)), key=len)


def paths(parameters: Any) -> Any:
    """The dotted path of each parameter, in a tree of the parameters' shape."""
    return jax.tree_util.tree_map_with_path(lambda path, _: dotted(path), parameters)
