"""Cells on top of each other."""

import itertools
from collections.abc import Callable, Sequence
from typing import Any, Literal

import equinox as eqx
import jax

from onward._checks import check_kind
from onward._typing import Array, Float, State
from onward.algebra import BlockLower, Full, Spatial, Triangular
from onward.cells import derive
from onward.cells.base import AbstractCell

Credit = Literal["exact", "local"]


class Stack(AbstractCell):
    """Layers of which each reads, at the same step, what the one below emits.

        s_l' = f_l(s_l, u_l),   u_1 = x,   u_{l+1} = emit_l(s_l', u_l)

    Emits what the top layer emits. J is block-lower: exact rules are exact through depth, at the
    price of every layer's influence on all above it. With `credit="local"` each layer's own
    influence alone is carried through time, and the gradient passes exactly from layer to layer
    within a step: diagonal layers then keep their parameter-shaped influence, and the term that
    crosses layers and time is dropped (Zucchet et al. 2023, arXiv 2305.15947).

    Args:
        layers: from the bottom; each one's `input_size` is what the one below emits.
        credit: "exact" or "local"; concerns rules that propagate J.
    """

    layers: tuple[AbstractCell, ...]
    credit: Credit = eqx.field(static=True)
    input_size: int = eqx.field(static=True)

    def __init__(self, layers: Sequence[AbstractCell], credit: Credit = "exact"):
        if not isinstance(layers, Sequence):
            raise ValueError(
                f"Expected layers as a list of cells; got {type(layers).__name__}. "
                "Try Stack([cell, cell])."
            )
        if not layers:
            raise ValueError("Expected at least one layer; got none. Try Stack([cell, cell]).")
        if credit not in ("exact", "local"):
            raise ValueError(
                f"Expected credit to be 'exact' or 'local'; got {credit!r}. Try 'exact'."
            )
        for layer in layers:
            check_kind("every layer", layer, AbstractCell, "Stack([cell, cell])")
        for below, (lower, upper) in enumerate(itertools.pairwise(layers)):
            emitted = derive.emitted_size(lower)
            if upper.input_size != emitted:
                raise ValueError(
                    f"Expected layer {below + 1} to have input_size={emitted}, what layer "
                    f"{below} emits; got {upper.input_size}. Try input_size={emitted}."
                )
        self.layers, self.credit = tuple(layers), credit
        self.input_size = layers[0].input_size

    @property
    def exact(self) -> bool:
        return self.credit == "exact" and all(layer.exact for layer in self.layers)

    def init_state(self) -> tuple[State, ...]:
        return tuple(layer.init_state() for layer in self.layers)

    def memory(self, state: Any) -> Any:
        return tuple(layer.memory(own) for layer, own in zip(self.layers, state, strict=True))

    def __call__(self, state_prev: tuple[State, ...], x: Float[Array, " m"]) -> tuple[State, ...]:
        states = []
        for layer, own in zip(self.layers, state_prev, strict=True):
            states.append(layer(own, x))
            x = layer.emit(states[-1], x)
        return tuple(states)

    def emit(self, state: tuple[State, ...], x: Float[Array, " m"]) -> Float[Array, " features"]:
        return self._inputs(state, x)[-1]

    def jacobian(self, state_prev: tuple[State, ...], x: Float[Array, " m"]) -> BlockLower:
        inputs = self._inputs(self(state_prev, x), x)
        own = tuple(
            layer.jacobian(state, u)
            for layer, state, u in zip(self.layers, state_prev, inputs, strict=False)
        )

        def block(layer: int, column: int) -> Array | None:
            if self.credit == "local":
                return None
            moved = lambda state: self._layer(layer, _set(state_prev, column, state), x)  # noqa: E731
            return derive.jacobian_of(moved, state_prev[column])

        return BlockLower(own, self._below(block), self._sizes())

    def immediate(
        self, state_prev: tuple[State, ...], x: Float[Array, " m"]
    ) -> Triangular | Spatial:
        state = self(state_prev, x)
        inputs = self._inputs(state, x)
        own = tuple(
            layer.immediate(state, u)
            for layer, state, u in zip(self.layers, state_prev, inputs, strict=False)
        )
        structure = jax.tree.structure(self.parameters())
        if self.credit == "exact":

            def through(layer: int, column: int) -> Full:
                def moved(weights: AbstractCell) -> State:
                    layers = _set(self.layers, column, weights)
                    return eqx.tree_at(lambda cell: cell.layers, self, layers)._layer(
                        layer, state_prev, x
                    )

                return derive.full_influence(moved, self.layers[column])

            below = self._below(through)
            leaves = tuple((*row, part) for row, part in zip(below, own, strict=True))
            return Triangular(leaves, self._sizes(), structure)

        def across(layer: int, column: int) -> Array:
            def moved(own: State) -> State:
                u = self.layers[column].emit(own, inputs[column])
                return self._above(column + 1, layer, state_prev, u)

            return derive.jacobian_of(moved, state[column])

        def emitted(layer: int, column: int) -> Full | None:
            cell = self.layers[column]
            if not derive.reads_parameters(cell, state[column], inputs[column]):
                return None

            def moved(weights: AbstractCell) -> State:
                u = weights.emit(state[column], inputs[column])
                return self._above(column + 1, layer, state_prev, u)

            return derive.full_influence(moved, cell)

        return Spatial(own, self._below(across), self._below(emitted), self._sizes(), structure)

    def _layer(self, layer: int, state_prev: tuple[State, ...], x: Float[Array, " m"]) -> State:
        """The new state of one layer."""
        return self._above(0, layer, state_prev, x)

    def _above(self, first: int, last: int, state_prev: tuple[State, ...], u: Array) -> State:
        """The new state of layer `last` when layer `first`, below or the same, reads u."""
        for index in range(first, last):
            u = self.layers[index].emit(self.layers[index](state_prev[index], u), u)
        return self.layers[last](state_prev[last], u)

    def _below(self, block: Callable[[int, int], Any]) -> tuple[tuple[Any, ...], ...]:
        """`block(l, i)` for every layer l and every i below it."""
        return tuple(
            tuple(block(layer, column) for column in range(layer))
            for layer in range(len(self.layers))
        )

    def _inputs(self, state: tuple[State, ...], x: Float[Array, " m"]) -> list[Array]:
        """What each layer reads, and last what the top one emits, given the new state."""
        inputs = [x]
        for layer, own in zip(self.layers, state, strict=True):
            inputs.append(layer.emit(own, inputs[-1]))
        return inputs

    def _sizes(self) -> tuple[int, ...]:
        """Components of each layer's state."""
        states = eqx.filter_eval_shape(self.init_state)
        return tuple(sum(leaf.size for leaf in jax.tree.leaves(own)) for own in states)


def _set(items: tuple[Any, ...], index: int, item: Any) -> tuple[Any, ...]:
    """The items with one exchanged."""
    return (*items[:index], item, *items[index + 1 :])
