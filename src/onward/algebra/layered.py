"""Jacobians and influences of layers on top of each other: block-lower, block by block."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from onward._typing import Array, Bool, Float, Gradients, Int, Parameters
from onward.algebra.influence import AbstractInfluence, Full
from onward.algebra.jacobian import AbstractJacobian


class BlockLower(AbstractJacobian):
    """Layer l sees its own past and, through what they emit at this step, the layers below it.

    Attributes:
        own: J of each layer, d s_l / d s_l before.
        below: `below[l][i]` = d s_l / d s_i before, i < l; None where that is left out.
        sizes: components of each layer's state.
    """

    own: tuple[AbstractJacobian, ...]
    below: tuple[tuple[Float[Array, "_ _"] | None, ...], ...]
    sizes: tuple[int, ...] = eqx.field(static=True)

    def split(self, rows: Float[Array, "N ..."]) -> list[Array]:
        """The rows of each layer."""
        return jnp.split(rows, np.cumsum(self.sizes)[:-1])

    def apply(self, rows: Float[Array, "N ..."]) -> Float[Array, "N ..."]:
        parts = self.split(rows)
        moved = [own.apply(part) for own, part in zip(self.own, parts, strict=True)]
        for layer, blocks in enumerate(self.below):
            for block, part in zip(blocks, parts, strict=False):
                if block is not None:
                    moved[layer] += jnp.tensordot(block, part, 1)
        return jnp.concatenate(moved)

    def _assembled(self, diagonal: list[Array], off: Any) -> Array:
        """One matrix from square blocks and, where given, those below them."""
        rows = []
        for layer, square in enumerate(diagonal):
            row = [jnp.zeros((self.sizes[layer], size), square.dtype) for size in self.sizes]
            row[layer] = square
            for column, block in enumerate(self.below[layer]):
                if block is not None:
                    row[column] = off(block)
            rows.append(jnp.concatenate(row, axis=1))
        return jnp.concatenate(rows)

    def materialise(self) -> Float[Array, "N N"]:
        return self._assembled([own.materialise() for own in self.own], lambda block: block)

    def pattern(self) -> Bool[Array, "N N"]:
        squares = [own.pattern() for own in self.own]
        return self._assembled(squares, lambda block: jnp.ones(block.shape, bool))

    @property
    def nonzeros_per_row(self) -> int:
        return max(
            own.nonzeros_per_row + sum(block.shape[1] for block in blocks if block is not None)
            for own, blocks in zip(self.own, self.below, strict=True)
        )

    @property
    def unitwise(self) -> bool:
        return False


class Triangular(AbstractInfluence):
    """How each layer's state depends on the parameters of its own and of every layer below.

    Each block keeps the structure that it has: that of a layer on its own parameters may be
    `Local`. Memory: Σ_l (block l of its own) + Σ_{i<l} N_l p_i.

    Attributes:
        leaves: `leaves[l][i]`, i <= l: the influence of layer i's parameters on layer l's state.
        sizes: components of each layer's state.
        structure: of the whole cell's parameters, layer after layer.
    """

    leaves: tuple[tuple[AbstractInfluence, ...], ...]
    sizes: tuple[int, ...] = eqx.field(static=True)
    structure: Any = eqx.field(static=True)

    def push(self, jacobian: AbstractJacobian) -> AbstractInfluence:
        if not isinstance(jacobian, BlockLower):
            return self.full().push(jacobian)

        def block(layer: int, column: int) -> AbstractInfluence:
            total = self.leaves[layer][column].push(jacobian.own[layer])
            for middle in range(column, layer):
                through = jacobian.below[layer][middle]
                if through is not None:
                    rows = self.leaves[middle][column].full().written()
                    total = total.add(Full(_through(through, rows)))
            return total

        return self._replaced(block)

    def _replaced(self, block: Any) -> "Triangular":
        leaves = tuple(
            tuple(block(layer, column) for column in range(layer + 1))
            for layer in range(len(self.sizes))
        )
        return Triangular(leaves, self.sizes, self.structure)

    def add(self, immediate: AbstractInfluence) -> AbstractInfluence:
        if not isinstance(immediate, Triangular):
            return self.full().add(immediate)
        return self._replaced(
            lambda layer, column: self.leaves[layer][column].add(immediate.leaves[layer][column])
        )

    def pull(self, signal: Float[Array, " N"]) -> Gradients:
        signals = jnp.split(signal, np.cumsum(self.sizes)[:-1])
        return self._joined(lambda layer, column: self.leaves[layer][column].pull(signals[layer]))

    def within(self, wrap: Callable[[Parameters], Parameters]) -> "Triangular":
        return Triangular(self.leaves, self.sizes, _wrapped(self.structure, wrap))

    def _joined(self, block: Any) -> Any:
        """A tree of the cell's parameters: the sum over the layers that each one moves."""
        found = []
        for column in range(len(self.sizes)):
            layers = [block(layer, column) for layer in range(column, len(self.sizes))]
            found += jax.tree.leaves(jax.tree.map(lambda *parts: sum(parts), *layers))
        return jax.tree.unflatten(self.structure, found)

    def rows(self, support: Int[Array, " k"]) -> Parameters:
        return self.full().rows(support)

    def full(self) -> Full:
        def block(layer: int, column: int) -> Any:
            rows = self.leaves[layer][column].full().written()
            before = sum(self.sizes[:layer])
            after = sum(self.sizes) - before - self.sizes[layer]

            def pad(leaf: Array) -> Array:
                return jnp.pad(leaf, ((before, after), *((0, 0),) * (leaf.ndim - 1)))

            return jax.tree.map(pad, rows)

        return Full(self._joined(block))


def _wrapped(structure: Any, wrap: Callable[[Parameters], Parameters]) -> Any:
    """The structure of the parameters of a cell around the one that a structure is of."""
    return jax.tree.structure(wrap(jax.tree.unflatten(structure, [0] * structure.num_leaves)))


def _through(matrix: Float[Array, "a b"], rows: Any) -> Any:
    return jax.tree.map(lambda leaf: jnp.tensordot(matrix, leaf, 1), rows)


class Spatial(AbstractInfluence):
    """Layers that each keep the influence of their own parameters alone, over time; within a
    step a layer moves those above it, exactly (Zucchet et al. 2023).

    Row by row, layer l's state depends on layer i's parameters through `across[l][i]` times what
    layer i keeps, plus `emitted[l][i]`, both of the newest step.

    Attributes:
        leaves: the influence of each layer's parameters on its own state.
        across: `across[l][i]` = d s_l / d s_i within the step, i < l.
        emitted: `emitted[l][i]`, i < l: the part of d s_l / dθ_i that passes round s_i, from
            parameters that layer i's output reads; None where it reads none.
        sizes: components of each layer's state.
        structure: of the whole cell's parameters, layer after layer.
    """

    leaves: tuple[AbstractInfluence, ...]
    across: tuple[tuple[Float[Array, "_ _"], ...], ...]
    emitted: tuple[tuple[Full | None, ...], ...]
    sizes: tuple[int, ...] = eqx.field(static=True)
    structure: Any = eqx.field(static=True)

    def _with(self, leaves: tuple[AbstractInfluence, ...], newest: "Spatial") -> "Spatial":
        return Spatial(leaves, newest.across, newest.emitted, self.sizes, self.structure)

    def push(self, jacobian: AbstractJacobian) -> AbstractInfluence:
        if not isinstance(jacobian, BlockLower):
            return self.full().push(jacobian)
        pairs = zip(self.leaves, jacobian.own, strict=True)
        return self._with(tuple(leaf.push(own) for leaf, own in pairs), self)

    def add(self, immediate: AbstractInfluence) -> AbstractInfluence:
        if not isinstance(immediate, Spatial):
            return self.full().add(immediate)
        pairs = zip(self.leaves, immediate.leaves, strict=True)
        return self._with(tuple(leaf.add(other) for leaf, other in pairs), immediate)

    def within(self, wrap: Callable[[Parameters], Parameters]) -> "Spatial":
        structure = _wrapped(self.structure, wrap)
        return Spatial(self.leaves, self.across, self.emitted, self.sizes, structure)

    def pull(self, signal: Float[Array, " N"]) -> Gradients:
        signals = jnp.split(signal, np.cumsum(self.sizes)[:-1])
        found = []
        for layer, leaf in enumerate(self.leaves):
            above = range(layer + 1, len(self.leaves))
            passed = [signals[higher] @ self.across[higher][layer] for higher in above]
            gradient = leaf.pull(sum(passed, start=signals[layer]))
            for higher in above:
                emitted = self.emitted[higher][layer]
                if emitted is not None:
                    round_it = emitted.pull(signals[higher])
                    gradient = jax.tree.map(jnp.add, gradient, round_it)
            found += jax.tree.leaves(gradient)
        return jax.tree.unflatten(self.structure, found)

    def rows(self, support: Int[Array, " k"]) -> Parameters:
        return self.full().rows(support)

    def full(self) -> Full:
        def block(layer: int, column: int) -> AbstractInfluence:
            own = self.leaves[column]
            if layer == column:
                return own
            moved = Full(_through(self.across[layer][column], own.full().written()))
            emitted = self.emitted[layer][column]
            return moved if emitted is None else moved.add(Full(emitted.written()))

        leaves = tuple(
            tuple(block(layer, column) for column in range(layer + 1))
            for layer in range(len(self.leaves))
        )
        return Triangular(leaves, self.sizes, self.structure).full()
