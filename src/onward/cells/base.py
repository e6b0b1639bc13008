"""What a cell is."""

from abc import abstractmethod
from typing import Any, ClassVar

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
    - `head_axis`, where the state is kept by attention heads.

    A state is a tree of real arrays. All parameters share one dtype.

    Class attributes:
        head_axis: the axis of every leaf of the state that counts attention heads; None where
            there are none.
    """

    head_axis: ClassVar[int | None] = None
    input_size: eqx.AbstractVar[int]

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
