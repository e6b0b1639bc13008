"""Predictions of several in one array, a named column each. Needs NumPy alone."""

import numpy as np

# What the name of a column begins with where it is that of a member of our mixture.
MEMBER = "member: "


def column(made: np.ndarray, name: str) -> np.ndarray:
    """The predictions of one contestant; of an array without columns all of it.

    Args:
        made: what its process has answered.
        name: of the contestant.
    """
    return made if made.dtype.names is None else made[name]


def members(made: np.ndarray) -> dict[str, np.ndarray]:
    """The predictions of each member of a mixture, by name; empty where there are none."""
    names = made.dtype.names or ()
    return {one.removeprefix(MEMBER): made[one] for one in names if one.startswith(MEMBER)}
