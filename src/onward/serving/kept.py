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


class HeldScales:
    """The scales of inputs as they are in a state, to be put into those that follow it.

    Args:
        state: not consumed.
    """

    def __init__(self, state: Any):
        leaves = jax.tree.leaves(state)
        # A step reuses the memory of what it is handed.
        self._scales = {place: np.array(leaves[place]) for place in places_of_scales(state)}

    def put_into(self, state: Any) -> Any:
        """A state with these scales in place of its own."""
        return with_leaves(state, self._scales)


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
