"""Influences P = ds/dθ, one class per structure. Leaves follow the cell's parameter tree.

`push(J)` moves an influence through one step of time, `add(B)` adds the immediate derivative,
`pull(signal)` gives signalᵀ P, the gradient.
"""

from abc import abstractmethod
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from onward._typing import Array, Float, Gradients, Int, Parameters
from onward.algebra.jacobian import AbstractJacobian


class AbstractInfluence(eqx.Module):
    """The derivative of a state of N components by every parameter."""

    leaves: eqx.AbstractVar[Any]

    @abstractmethod
    def push(self, jacobian: AbstractJacobian) -> "AbstractInfluence":
        """J P."""

    @abstractmethod
    def add(self, immediate: "AbstractInfluence") -> "AbstractInfluence":
        """P + B."""

    @abstractmethod
    def pull(self, signal: Float[Array, " N"]) -> Gradients:
        """signalᵀ P, a tree of the parameters' shapes."""

    @abstractmethod
    def rows(self, support: Int[Array, " k"]) -> Parameters:
        """The rows of the chosen state components, leaves of shape (k, *parameter)."""

    @abstractmethod
    def full(self) -> "Full":
        """The same influence with every row written out."""

    def scale(self, factor: float) -> "AbstractInfluence":
        """factor · P, of the same structure."""
        return jax.tree.map(lambda leaf: factor * leaf, self)


class Full(AbstractInfluence):
    """Every state component against every parameter: leaves (N, *parameter). Memory N·p."""

    leaves: Any

    def push(self, jacobian: AbstractJacobian) -> "Full":
        return Full(jax.tree.map(jacobian.apply, self.leaves))

    def add(self, immediate: AbstractInfluence) -> "Full":
        if isinstance(immediate, Local):
            return Full(jax.tree.map(immediate.add_to_rows, self.leaves, immediate.leaves))
        return Full(jax.tree.map(jnp.add, self.leaves, immediate.full().leaves))

    def pull(self, signal: Float[Array, " N"]) -> Gradients:
        return _mix(signal, self.leaves)

    def rows(self, support: Int[Array, " k"]) -> Parameters:
        return jax.tree.map(lambda leaf: leaf[support], self.leaves)

    def full(self) -> "Full":
        return self


class Local(AbstractInfluence):
    """Each parameter moves one unit only: leaves (S, *parameter). Memory S·p.

    Attributes:
        leaves: `leaves[a]` = derivative of slot a of the parameter's own unit.
        unit_axis: the axis of every parameter that counts units.
    """

    leaves: Any
    unit_axis: int = eqx.field(static=True)

    @property
    def units(self) -> tuple[int, ...]:
        """The shape in which the state's components are units, slots first: (S, n)."""
        shape = jax.tree.leaves(self.leaves)[0].shape
        return shape[0], shape[self.unit_axis + 1]

    def _units_first(self, leaf: Array) -> Array:
        """(S, *parameter) -> (S, n, rest...)."""
        return jnp.moveaxis(leaf, self.unit_axis + 1, 1)

    def push(self, jacobian: AbstractJacobian) -> AbstractInfluence:
        if not jacobian.unitwise:
            return self.full().push(jacobian)

        def one(leaf: Array) -> Array:
            first = self._units_first(leaf)
            pushed = jacobian.apply(first.reshape(-1, *first.shape[2:])).reshape(first.shape)
            return jnp.moveaxis(pushed, 1, self.unit_axis + 1)

        return Local(jax.tree.map(one, self.leaves), self.unit_axis)

    def add(self, immediate: AbstractInfluence) -> AbstractInfluence:
        if isinstance(immediate, Local):
            return Local(jax.tree.map(jnp.add, self.leaves, immediate.leaves), self.unit_axis)
        return self.full().add(immediate)

    def pull(self, signal: Float[Array, " N"]) -> Gradients:
        def one(leaf: Array) -> Array:
            shape = [1] * leaf.ndim
            shape[0], shape[self.unit_axis + 1] = leaf.shape[0], leaf.shape[self.unit_axis + 1]
            return jnp.sum(signal.reshape(shape) * leaf, axis=0)

        return jax.tree.map(one, self.leaves)

    def add_to_rows(self, rows: Float[Array, "N ..."], leaf: Array) -> Float[Array, "N ..."]:
        """Add one leaf to the rows (N, *parameter): n·q scattered additions, not N·p."""
        first = self._units_first(leaf)
        slots, units = first.shape[:2]
        split = rows.reshape(slots, units, *rows.shape[1:])
        unit = jnp.arange(units)
        index = (slice(None), unit, *(slice(None),) * self.unit_axis, unit)
        # Advanced indices apart from each other put the unit axis first.
        values = jnp.moveaxis(first, 1, 0) if self.unit_axis else first
        return split.at[index].add(values).reshape(rows.shape)

    def rows(self, support: Int[Array, " k"]) -> Parameters:
        def one(leaf: Array) -> Array:
            first = self._units_first(leaf)
            slots, units = first.shape[:2]
            flat = first.reshape(slots * units, *first.shape[2:])[support]
            empty = jnp.zeros((support.shape[0], *first.shape[1:]), leaf.dtype)
            placed = empty.at[jnp.arange(support.shape[0]), support % units].set(flat)
            return jnp.moveaxis(placed, 1, self.unit_axis + 1)

        return jax.tree.map(one, self.leaves)

    def full(self) -> Full:
        def one(leaf: Array) -> Array:
            units = leaf.shape[self.unit_axis + 1]
            return self.add_to_rows(
                jnp.zeros((leaf.shape[0] * units, *leaf.shape[1:]), leaf.dtype), leaf
            )

        return Full(jax.tree.map(one, self.leaves))


class Shared(eqx.Module):
    """P_t when credit passes through the same k state components for every row.

    Only the k rows that are read again are kept: P_t = J_t[:, support] P_{t-1}[support] + B_t.
    Memory (k + 1)·p + N·k for a local B; the step costs k²·p and the pull k·p.

    Attributes:
        leaves: P_{t-1}[support], leaves (k, *parameter).
        columns: J_t[:, support].
        immediate: B_t.
    """

    leaves: Any
    columns: Float[Array, "N k"]
    immediate: AbstractInfluence

    def step(
        self,
        support: Int[Array, " k"],
        jacobian: AbstractJacobian,
        immediate: AbstractInfluence,
    ) -> "Shared":
        """P_{t+1} through the components `support` of P_t."""
        kept = _mix(self.columns[support], self.leaves)
        rows = jax.tree.map(jnp.add, kept, self.immediate.rows(support))
        return Shared(rows, jacobian.materialise()[:, support], immediate)

    def pull(self, signal: Float[Array, " N"]) -> Gradients:
        """signalᵀ P_t, a tree of the parameters' shapes."""
        propagated = _mix(signal @ self.columns, self.leaves)
        return jax.tree.map(jnp.add, propagated, self.immediate.pull(signal))

    def full(self) -> Full:
        """The same influence with every row written out."""
        return Full(_mix(self.columns, self.leaves)).add(self.immediate)


def _mix(weights: Float[Array, "... k"], leaves: Any) -> Any:
    """weights @ rows for every leaf (k, *parameter)."""
    return jax.tree.map(lambda leaf: jnp.tensordot(weights, leaf, 1), leaves)
