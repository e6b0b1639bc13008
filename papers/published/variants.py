"""What the peers do otherwise than Onward, written from their descriptions, to measure by."""

from typing import ClassVar, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from onward import AbstractCell, AbstractRule
from onward.algebra import Dense, Local, RankOne
from onward.cells import derive
from onward.rules.base import Exactness

FROZEN = 5  # samples for which the target of DNI's predictor is made by old weights


class OneMatrix(AbstractCell):
    """h_t = tanh(M [h_{t-1}; x_t; 1]): `RNN` with all of its parameters in one matrix.

    A rule that factors the influence of each matrix has one factor for all of them here.

    Args:
        recurrent, input, bias: parts of M, side by side.
        unread: numbers at the end of x that are not read; they are there for the rules.
    """

    matrix: Float[Array, "n q"]
    input_size: int = eqx.field(static=True)
    unread: int = eqx.field(static=True)

    def __init__(self, recurrent: Array, input: Array, bias: Array, unread: int = 0):
        self.matrix = jnp.concatenate([recurrent, input, bias[:, None]], axis=1)
        self.input_size = input.shape[1] + unread
        self.unread = unread

    def init_state(self) -> Float[Array, " n"]:
        return jnp.zeros_like(self.matrix[:, 0])

    def __call__(self, state_prev: Float[Array, " n"], x: Float[Array, " m"]) -> Float[Array, " n"]:
        return jnp.tanh(self.matrix @ self.seen(state_prev, x))

    def seen(self, state_prev: Float[Array, " n"], x: Float[Array, " m"]) -> Float[Array, " q"]:
        """[h_{t-1}; x_t; 1]."""
        read = x[: self.input_size - self.unread]
        return jnp.concatenate([state_prev, read, jnp.ones_like(x[:1])])

    def jacobian(self, state_prev: Float[Array, " n"], x: Float[Array, " m"]) -> Dense:
        slope = 1 - self(state_prev, x) ** 2
        return Dense(slope[:, None] * self.matrix[:, : slope.shape[0]], recurrent=True)

    def immediate_gradient(
        self, state_prev: Float[Array, " n"], x: Float[Array, " m"], signal: Float[Array, " n"]
    ) -> "OneMatrix":
        drive = signal * (1 - self(state_prev, x) ** 2)
        return eqx.tree_at(lambda cell: cell.matrix, self, RankOne(drive, self.seen(state_prev, x)))

    def immediate(self, state_prev: Float[Array, " n"], x: Float[Array, " m"]) -> Local:
        return derive.local_immediate(self, state_prev, x, unit_axis=0)


class LabelCarry(NamedTuple):
    """What `LabelDNI` keeps: the step, the predictor A, its older copy A', and the last signal."""

    state_prev: Float[Array, " n"]
    x: Float[Array, " m"]
    label_prev: Float[Array, " k"]
    predictor: Float[Array, "n D"]
    older: Float[Array, "n D"]
    signal_prev: Float[Array, " n"]
    samples: Int[Array, ""]


class LabelDNI(AbstractRule):
    """gradient = (A [s_t; y_t; 1]) B_t: the whole credit, the present loss's included, predicted.

        A ← A - η (A φ_{t-1} - dL_{t-1}/ds_{t-1} - J_tᵀ A' φ_t) φ_{t-1}ᵀ,   φ_t = [s_t; y_t; 1]

    and A' = A every fifth sample; A starts Gaussian of variance 1/D. The form of Marschall, Cho &
    Savin (2020). The label is the end of x, which the cell does not read (`OneMatrix`).

    Args:
        learning_rate: η.
        labels: width of y.
    """

    learning_rate: float = eqx.field(static=True)
    labels: int = eqx.field(static=True)
    cost: ClassVar[str] = "time p + n², memory n²"

    def init(
        self, cell: AbstractCell, state: Array, x: Float[Array, " m"], key: PRNGKeyArray
    ) -> LabelCarry:
        width = state.shape[0] + self.labels + 1
        predictor = jax.random.normal(key, (state.shape[0], width), state.dtype) / width**0.5
        samples = jnp.zeros((), jnp.int32)
        nothing = jnp.zeros_like(state)
        return LabelCarry(state, x, self._label(x), predictor, predictor, nothing, samples)

    def advance(
        self, cell: AbstractCell, carry: LabelCarry, state_prev: Array, x: Float[Array, " m"]
    ) -> LabelCarry:
        return carry._replace(state_prev=state_prev, x=x, label_prev=self._label(carry.x))

    def credit(self, cell: AbstractCell, carry: LabelCarry, signal: Array) -> AbstractCell:
        state = cell(carry.state_prev, carry.x)
        whole = carry.predictor @ self._seen(state, self._label(carry.x))
        return cell.immediate_gradient(carry.state_prev, carry.x, whole)

    def adapt(
        self, cell: AbstractCell, carry: LabelCarry, due: LabelCarry, signal: Array
    ) -> LabelCarry:
        state, pull = jax.vjp(lambda state_prev: cell(state_prev, carry.x), carry.state_prev)
        later = carry.older @ self._seen(state, self._label(carry.x))
        target = carry.signal_prev + pull(later)[0]
        seen = self._seen(carry.state_prev, carry.label_prev)
        miss = carry.predictor @ seen - target
        predictor = carry.predictor - self.learning_rate * jnp.outer(miss, seen)
        samples = carry.samples + 1
        older = jnp.where(samples % FROZEN == 0, predictor, carry.older)
        return carry._replace(predictor=predictor, older=older, signal_prev=signal, samples=samples)

    def exactness(self, cell: AbstractCell) -> Exactness:
        return "biased"

    def _label(self, x: Float[Array, " m"]) -> Float[Array, " k"]:
        return x[x.shape[0] - self.labels :]

    def _seen(self, state: Array, label: Array) -> Float[Array, " D"]:
        return jnp.concatenate([state, label, jnp.ones_like(label[:1])])
