"""What a cell is."""

import dataclasses
from abc import abstractmethod
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from onward._typing import Array, Float, Gradients, Parameters, State
from onward.algebra import AbstractInfluence, AbstractJacobian
from onward.cells import derive


class AbstractCell(eqx.Module):
    """A recurrent state update s_t = f(s_{t-1}, x_t; θ); its inexact arrays are θ.

    To add a cell, subclass in a file of its own, give it the field `input_size` and write
    `init_state` and `__call__`. Every rule then works through autodiff. Override the rest where
    it pays:

    - `emit`, where the output is more than the hidden part (the first leaf) of the state. What
      it computes from parameters is the output bypass: credit through it is plain autodiff.
    - `jacobian`, `immediate` and `immediate_gradient`, where their structure is known, by
      returning a type that says so (`derive`, `AbstractGatedCell` and `AbstractUnitwiseCell`
      make most of them from autodiff).
    - `memory`, where a part of the state is remade from the rest at every step.

    A state is a tree of real arrays. All parameters share one dtype.
    """

    input_size: eqx.AbstractVar[int]

    def __repr__(self) -> str:
        """Its settings and sizes; `equinox.tree_pformat` shows the shape of every array."""
        # A tree of gradients is of the cell's type, too, but may not be one that can step.
        try:
            return _short(self)
        except (AttributeError, IndexError, TypeError, ValueError):
            return eqx.tree_pformat(self)

    @abstractmethod
    def init_state(self) -> State:
        """The state before the first sample."""

    @abstractmethod
    def __call__(self, state_prev: State, x: Float[Array, " m"]) -> State:
        """One step of time."""

    def emit(self, state: State, x: Float[Array, " m"]) -> Float[Array, " features"]:
        """What the readout sees of a new state; by default the first leaf of the state."""
        del x
        return jnp.ravel(jax.tree.leaves(state)[0])

    def memory(self, state: Any) -> Any:
        """The part of a state that carries the past; by default all of it.

        An LSTM's hidden slot is remade at each step by the output gate from the cell slot, so
        its memory is the cell slot. Read by the architectural rule only, which also passes a
        tree of placeholders: select, compute nothing.
        """
        return state

    def jacobian(self, state_prev: State, x: Float[Array, " m"]) -> AbstractJacobian:
        """J = ds_t/ds_{t-1}. By autodiff: N tangents, time N times the cell's."""
        return derive.dense_jacobian(self, state_prev, x)

    def immediate(self, state_prev: State, x: Float[Array, " m"]) -> AbstractInfluence:
        """B = ∂s_t/∂θ at fixed s_{t-1}. By autodiff: every row, memory N·p."""
        return derive.full_immediate(self, state_prev, x)

    def immediate_gradient(
        self, state_prev: State, x: Float[Array, " m"], signal: State
    ) -> Gradients:
        """signalᵀ B without B. By autodiff: one backward step, time and memory p."""
        return derive.immediate_gradient(self, state_prev, x, signal)

    @property
    def exact(self) -> bool:
        """Whether `jacobian` and `immediate` are whole; False where a cell leaves a part out."""
        return True

    @property
    def dtype(self) -> jnp.dtype:
        """The dtype of the parameters."""
        return jax.tree.leaves(self.parameters())[0].dtype

    def parameters(self) -> Parameters:
        """θ: this cell with everything but its inexact arrays replaced by None."""
        return eqx.filter(self, eqx.is_inexact_array)


def _short(cell: AbstractCell) -> str:
    """A cell without its arrays, but with how many numbers they and its state have."""
    sizes = {
        "state_size": sum(map(_size, jax.tree.leaves(eqx.filter_eval_shape(_step, cell)))),
        "parameters": sum(map(_size, jax.tree.leaves(cell))),
    }
    fields = {field.name: getattr(cell, field.name) for field in dataclasses.fields(cell)}
    settings = {name: value for name, value in fields.items() if not _of_arrays(value)}
    shown = (f"{name}={value!r}" for name, value in (settings | sizes).items())
    return f"{type(cell).__name__}({', '.join(shown)})"


def _step(cell: AbstractCell) -> State:
    return cell(cell.init_state(), jnp.zeros(cell.input_size, cell.dtype))


def _is_cell(tree: Any) -> bool:
    return isinstance(tree, AbstractCell)


def _of_arrays(value: Any) -> bool:
    """Whether a field holds arrays, other than those of cells within."""
    return any(hasattr(leaf, "shape") for leaf in jax.tree.leaves(value, is_leaf=_is_cell))


def _size(leaf: Any) -> int:
    """Numbers in a leaf of inexact arrays, or of their shapes; of others none."""
    return leaf.size if jnp.issubdtype(getattr(leaf, "dtype", int), jnp.inexact) else 0
