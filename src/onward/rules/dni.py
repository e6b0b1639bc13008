"""Synthetic gradients: future credit predicted from the state."""

from typing import ClassVar, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree

from onward._checks import check_between
from onward._trees import flatten
from onward._typing import Array, Float, Gradients, PRNGKeyArray, State
from onward.cells.base import AbstractCell
from onward.rules.base import AbstractRule, Exactness
from onward.rules.moment import Moment


class DNICarry(NamedTuple):
    """What the step was computed from, and the predictor A."""

    moment: Moment
    predictor: Float[Array, "N D"]


class DNI(AbstractRule):
    """gradient = (dL_t/ds_t + ŷ_t) B_t with ŷ_t = A [s_t; 1], a prediction of Σ_{u>t} dL_u/ds_t.

    Credit goes to the present parameters for the losses to come, instead of to past parameters
    for the present loss: the sums over a stream are the same. A starts at zero, which is
    Immediate, and learns from each label by bootstrapping (normalised least mean squares):

        target = J_tᵀ (dL_t/ds_t + A [s_t; 1]),   φ = [s_{t-1}; 1]
        A ← A - η (A φ - target) φᵀ / φᵀφ

    A sample without a label teaches A nothing, and no later one reaches across it. Works on
    every cell: Jᵀ is one reverse pass. With a late label s_t, J_t and B_t are made from s_{t-1}
    and x_t at the weights of its arrival.

    Cost: time p + N², memory N² (and as much a sample of delay). Exactness: biased. Jaderberg
    et al. (2017), "Decoupled Neural Interfaces using Synthetic Gradients"; online and linear
    as in Marschall, Cho & Savin (2020), "A unified framework of online learning algorithms for
    training recurrent neural networks". Departures: A does not see the label, and its step is
    normalised, so that one rate does for every size.

    Args:
        learning_rate: η in [0, 2); 0 equals Immediate.
    """

    learning_rate: float = eqx.field(static=True, default=0.1)
    cost: ClassVar[str] = "time p + n², memory n²"

    def __check_init__(self):
        check_between("learning_rate", self.learning_rate, 0, 2, example=0.1)

    def init(
        self, cell: AbstractCell, state: State, x: Float[Array, " m"], key: PRNGKeyArray
    ) -> DNICarry:
        size = flatten(state).shape[0]
        return DNICarry(Moment(state, x), jnp.zeros((size, size + 1), cell.dtype))

    def advance(
        self, cell: AbstractCell, carry: DNICarry, state_prev: State, x: Float[Array, " m"]
    ) -> DNICarry:
        return carry._replace(moment=Moment(state_prev, x))

    def credit(self, cell: AbstractCell, carry: DNICarry, signal: State) -> Gradients:
        state_prev, x = carry.moment
        total = _with_future(carry.predictor, cell(state_prev, x), signal)
        return cell.immediate_gradient(state_prev, x, total)

    def exactness(self, cell: AbstractCell) -> Exactness:
        return "biased"

    def adapt(self, cell: AbstractCell, carry: DNICarry, due: DNICarry, signal: State) -> DNICarry:
        state_prev, x = due.moment
        state, pull = jax.vjp(lambda state_prev: cell(state_prev, x), state_prev)
        target = flatten(pull(_with_future(carry.predictor, state, signal))[0])
        seen = _with_one(state_prev)
        miss = carry.predictor @ seen - target
        step = self.learning_rate / jnp.sum(seen**2)
        return carry._replace(predictor=carry.predictor - step * jnp.outer(miss, seen))


def _with_one(state: State) -> Float[Array, " D"]:
    vector = flatten(state)
    return jnp.append(vector, jnp.ones((), vector.dtype))


def _with_future(predictor: Float[Array, "N D"], state: State, signal: State) -> State:
    """The signal and the predicted signals to come, as a tree like the state."""
    vector, unflatten = ravel_pytree(signal)
    return unflatten(vector + predictor @ _with_one(state))
