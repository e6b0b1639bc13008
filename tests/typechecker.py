"""The type checker that the conftest hands to jaxtyping."""

from collections.abc import Callable
from typing import Any

import beartype
import jaxtyping


def checked_if_asked(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function within another is made at each call, and checking it is code to be compiled: so
    that is left where nothing is checked."""
    if "<locals>" in function.__qualname__ and jaxtyping.config.jaxtyping_disable:
        return function
    return beartype.beartype(function)
