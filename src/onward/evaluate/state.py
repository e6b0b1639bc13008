"""Flat dictionaries of arrays: the form in which everything that evolves is saved and resumed."""

from collections.abc import Mapping, Sequence

import numpy as np

State = dict[str, np.ndarray]


def nest(prefix: str, state: Mapping[str, np.ndarray]) -> State:
    """The same entries under `prefix/`."""
    return {f"{prefix}/{name}": array for name, array in state.items()}


def entries_under(prefix: str, state: Mapping[str, np.ndarray]) -> State:
    """The entries that `nest(prefix, ...)` made, without the prefix."""
    start = f"{prefix}/"
    return {name[len(start) :]: array for name, array in state.items() if name.startswith(start)}


def stacked(states: Sequence[Mapping[str, np.ndarray]]) -> State:
    """Equally shaped states as one, with a first axis; nothing for none."""
    names = states[0] if states else ()
    return {name: np.stack([state[name] for state in states]) for name in names}


def unstacked(state: Mapping[str, np.ndarray], count: int) -> list[State]:
    """The states that `stacked` put together."""
    return [{name: array[index] for name, array in state.items()} for index in range(count)]


def copy_arrays(arrays: Mapping[str, np.ndarray]) -> State:
    """Copies that later updates do not touch."""
    return {name: array.copy() for name, array in arrays.items()}


def load_arrays(arrays: Mapping[str, np.ndarray], state: Mapping[str, np.ndarray]) -> None:
    """Overwrite `arrays` in place with the entries of the same names in `state`.

    Raises:
        ValueError: if an entry is absent, or has another shape or dtype.
    """
    for name, array in arrays.items():
        if name not in state:
            raise ValueError(
                f"Expected a saved array {name!r}; got only {sorted(state)}; "
                "try the same task, learners and sizes as in the saved run."
            )
        saved = np.asarray(state[name])
        if saved.shape != array.shape or saved.dtype != array.dtype:
            raise ValueError(
                f"Expected {name!r} of shape {array.shape} and dtype {array.dtype}; got "
                f"{saved.shape} and {saved.dtype}; try the same task, learners and sizes as in "
                "the saved run."
            )
        array[...] = saved
