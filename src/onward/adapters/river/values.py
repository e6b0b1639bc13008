"""What a value in a dictionary of features or labels is: a number, a text, or missing."""

import numbers
from decimal import Decimal
from typing import Any

import numpy as np

NOTHING = float("nan")
# Beyond it a number cannot be squared in float32, and a learner takes it as missing.
LARGEST = 1e30
# What pandas has for missing values, which compares equal to nothing, not even truly unequal.
MISSING = ("NAType", "NaTType")
REAL = (numbers.Real, np.bool_, Decimal)


def read(value: Any, what: str) -> float | str | None:
    """A number as a float, a text as it is, None for what is missing.

    Args:
        value: to be read.
        what: it is, for the message.

    Raises:
        ValueError: it is none of these.
    """
    if value is None or type(value).__name__ in MISSING:
        return None
    if isinstance(value, str):
        return str(value)
    if isinstance(value, REAL):
        number = sized(value)
        return None if number != number else number
    raise ValueError(
        f"Expected a number, a truth value or text as {what}; got {value!r} of type "
        f"{type(value).__name__}. Try float(...) or str(...) of it."
    )


def sized(value: Any) -> float:
    """A number as a float; NaN where it is none, or too large."""
    try:
        number = float(value)
    except OverflowError:
        return NOTHING
    return number if -LARGEST < number < LARGEST else NOTHING


def order(name: Any) -> tuple[str, str]:
    """By what names that come together are put in order, whatever they are."""
    return type(name).__name__, str(name)


def power(count: int, least: int) -> int:
    """The capacity for so many: a power of two, so that few programs are compiled."""
    return max(least, 1 << (count - 1).bit_length() if count else 0)
