"""States as a service keeps them: copies that a step does not consume, scales that stand still."""

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

# In one program: an array at a time would cost a call each.
copied = jax.jit(lambda state: jax.tree.map(jnp.copy, state))
"""A state in memory of its own."""


def places_of_scales(state: Any) -> tuple[int, ...]:
    """Which leaves of a state are scales of inputs: what lies under the name `input_scale`."""
    # A learner's state lies flat, in the order of its fields, which have names.
    named = jax.tree_util.tree_leaves_with_path(getattr(state, "fields", state))
    return tuple(
        place
        for place, (path, _) in enumerate(named)
        if any(getattr(key, "name", None) == "input_scale" for key in path)
    )


def with_leaves(state: Any, leaves: Mapping[int, Any]) -> Any:
    """A state with some leaves exchanged."""
    kept, structure = jax.tree.flatten(state)
    for place, leaf in leaves.items():
        kept[place] = leaf
    return jax.tree.unflatten(structure, kept)


class Freezing:
    """Keeps the scales of inputs as they are when it begins, if it is asked to.

    Args:
        scale: whether it is.
    """

    def __init__(self, scale: bool):
        self._scale = scale
        self._held: dict[int, np.ndarray] | None = None

    def before(self, state: Any, anew: bool = False) -> None:
        """Be shown the state before a step.

        Args:
            state: not consumed.
            anew: whether it is another state than that after the last step.
        """
        if self._scale and (anew or self._held is None):
            leaves = jax.tree.leaves(state)
            # A step reuses the memory of what it is handed.
            self._held = {place: np.array(leaves[place]) for place in places_of_scales(state)}

    def after(self, state: Any) -> Any:
        """The state after a step, with the scales that are kept."""
        return with_leaves(state, self._held) if self._held else state


# Bins that are learnt from before the first copy of a state, and between two at most: a learner
# that is new has nothing to go back to.
FIRST, EVERY = 8, 500


class Good:
    """Copies of states from before anything went wrong.

    A copy is good once nothing has diverged until the next is made: what has is not in it. They are
    made after 8 bins that are learnt from, then 16, 32 and so on, and in the end after every 500.

    Args:
        state: the first; not consumed.
    """

    def __init__(self, state: Any):
        self._good = self._next = copied(state)
        self._since, self._every = 0, FIRST

    def pass_on(self, state: Any, learnt: bool) -> None:
        """Go one step further, and copy the state where it is time."""
        self._since += learnt
        if self._since >= self._every:
            self._good, self._next, self._since = self._next, copied(state), 0
            self._every = min(2 * self._every, EVERY)

    def back(self) -> Any:
        """The last good state, in memory of its own; what came after it is forgotten."""
        self._next, self._since = self._good, 0
        return copied(self._good)
