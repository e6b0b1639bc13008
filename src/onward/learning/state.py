"""What a learner carries from sample to sample."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from onward._typing import Array, Bool, Float, Int, State, UInt32


class Counters(eqx.Module):
    """How many samples were seen and what became of them.

    One array, because each array that a step writes costs a kernel of its own. A count stops at
    2³² - 1, after 50 days of a thousand samples a second; learning goes on.

    Attributes:
        values: samples, skipped, unlabelled, learnt, filled.
    """

    values: UInt32[Array | np.ndarray, "*many 5"]

    def __repr__(self) -> str:
        names = ("samples", "skipped", "unlabelled", "learnt", "filled")
        values = self.values
        known = isinstance(values, np.ndarray) or (
            isinstance(values, jax.Array)
            and not isinstance(values, Tracer)
            and not values.is_deleted()
        )
        counts = np.moveaxis(np.asarray(values), -1, 0).tolist() if known else ["?"] * len(names)
        shown = (f"{name}={count}" for name, count in zip(names, counts, strict=True))
        return f"Counters({', '.join(shown)})"

    def add(self, events: Bool[Array, "5"]) -> "Counters":
        """With one more of each that happened."""
        more = self.values + events.astype(self.values.dtype)
        return Counters(jnp.maximum(self.values, more))

    @property
    def samples(self) -> UInt32[Array | np.ndarray, "*many"]:
        """All samples."""
        return self.values[..., 0]

    @property
    def skipped(self) -> UInt32[Array | np.ndarray, "*many"]:
        """Steps with a label, new state or gradient (or, where samples with one are skipped, a
        feature) that was not finite, or too large to square: no learning from it."""
        return self.values[..., 1]

    @property
    def unlabelled(self) -> UInt32[Array | np.ndarray, "*many"]:
        """Steps with which no label came."""
        return self.values[..., 2]

    @property
    def learnt(self) -> UInt32[Array | np.ndarray, "*many"]:
        """Weight updates."""
        return self.values[..., 3]

    @property
    def filled(self) -> UInt32[Array | np.ndarray, "*many"]:
        """Steps with a feature that was missing, or not usable, and was filled in."""
        return self.values[..., 4]


class Sample(eqx.Module):
    """What is kept of a sample until its label has come.

    Attributes:
        x: the assembled, normalised input.
        state: the cell's state after it.
        carry: the rule's carry after it.
        usable: False for a sample that must not be learnt from, and before the first one.
        first: whether a sequence begins with it; None where no rule asks.
    """

    x: Float[Array, " m"]
    state: State
    carry: Any
    usable: Bool[Array, ""]
    first: Bool[Array, ""] | None = None


class Ring(eqx.Module):
    """The samples that wait for late labels.

    Attributes:
        samples: the last `delay` of them, along a first axis: each a `Sample`, or in a mixture
            what was made of it.
        place: where the oldest lies, whose label comes next.
    """

    samples: Any
    place: Int[Array, ""]


def exchanged(ring: Ring | None, now: Any) -> tuple[Any, Ring | None]:
    """What is due of a ring, and the ring with what there is now in its place.

    Args:
        ring: of what waits for late labels; None where labels come with their samples.
        now: what is kept of the sample at hand, a tree like those in the ring.
    """
    if ring is None:
        return now, None
    place, kept = ring.place, ring.samples
    due = jax.tree.map(lambda rows: rows[place], kept)
    delay = len(jax.tree.leaves(kept)[0])
    kept = jax.tree.map(lambda rows, new: rows.at[place].set(new), kept, now)
    return due, Ring(kept, (place + 1) % delay)


class Block(eqx.Module):
    """What a learner that updates every k samples keeps of the k.

    Attributes:
        place: samples of the block so far.
        labels: how many of them are learnt from.
        loss: the sum of their losses.
        gradients: the sum of theirs, for each part that the optimizer moves; None where the rule
            credits the block as a whole.
        kept: for such a rule, along a first axis of k: each sample and its label.
        first: whether a sequence begins with the next sample; None for other rules.
    """

    place: Int[Array, ""]
    labels: Int[Array, ""]
    loss: Float[Array, ""]
    gradients: dict[str, Any] | None
    kept: Any
    first: Bool[Array, ""] | None


class LearnerFields(eqx.Module):
    """What a `LearnerState` holds.

    Attributes:
        parameters: the weights, `{"cell": ..., "readout": ...}`.
        optimizer: the optimizer's state for each part that learns; of a readout that learns by
            itself what that remembers.
        learning_rates: one scalar per group with a constant rate; may be changed between steps,
            or batched by vmap.
        recurrent: the cell's state.
        carry: the rule's carry; None for a rule that does not propagate, which needs none later.
        waiting: the samples that wait for their label (None without delay).
        block: of a learner that updates every k samples, see `Block`; else None.
        input_scale, target_scale: states of the running normalisation.
        label: the newest label that has arrived, encoded, infinite before the first one; None
            without feedback.
        newest: the newest usable value of each feature, infinite before the first; None unless a
            missing one stands at its last value.
        expansions: the states of what makes further inputs.
        key: draws what a rule draws anew when its carry has to be reset (None like the carry);
            as raw data, because typed keys take JAX's slow dispatch.
        counters: see `Counters`.
    """

    parameters: dict[str, Any]
    optimizer: Any
    learning_rates: dict[str, jax.Array]
    recurrent: State
    carry: Any
    waiting: Ring | None
    block: Block | None
    input_scale: Any
    target_scale: Any
    label: Float[Array, "*many width"] | None
    newest: Float[Array, "*many features"] | None
    expansions: tuple[Any, ...]
    key: UInt32[Array, "*many 2"] | None
    counters: Counters


@jax.tree_util.register_pytree_node_class
class LearnerState:
    """All that the next step needs, and nothing else; see `LearnerFields` for the parts, and
    `MixtureFields` for those of a mixture.

    A pytree that stores its leaves flat, because taking a nested one apart and putting it
    together again would cost a third of a step that is called from Python.
    """

    __slots__ = ("_leaves", "_structure")

    def __init__(self, fields: eqx.Module):
        self._leaves, self._structure = jax.tree.flatten(fields)

    @property
    def fields(self) -> Any:
        """The parts by name."""
        return jax.tree.unflatten(self._structure, self._leaves)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.fields, name)

    def __reduce__(self) -> tuple[Any, ...]:
        # Copied and pickled by its parts: an empty object has none for `__getattr__` to look into.
        return LearnerState, (self.fields,)

    def __repr__(self) -> str:
        parts = self.fields
        lines = (f"    {name}={value!r},\n" for name, value in vars(parts).items())
        return f"LearnerState(\n{''.join(lines)})"

    def replace(self, **parts: Any) -> "LearnerState":
        """The same state with some parts exchanged, for example other `learning_rates`."""
        return LearnerState(dataclasses.replace(self.fields, **parts))

    def tree_flatten(self) -> tuple[Sequence[Any], Any]:
        """The leaves and their structure, for JAX."""
        return self._leaves, self._structure

    @classmethod
    def tree_unflatten(cls, structure: Any, leaves: Sequence[Any]) -> "LearnerState":
        """The inverse of `tree_flatten`, for JAX."""
        state = object.__new__(cls)
        state._leaves, state._structure = leaves, structure
        return state
