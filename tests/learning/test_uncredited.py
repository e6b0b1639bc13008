"""A parameter that would never learn is an error, and nothing else is."""

import equinox as eqx
import jax
import jax.numpy as jnp
import pytest

from catalogue import CELLS, INPUTS, UNITS, make_cell
from matrix import on
from onward import RNN, AbstractCell, Frozen, Immediate, Learner, ReadoutOnly
from onward.learning.uncredited import refuse_uncredited, refuse_unread


@pytest.mark.parametrize("name", [on(name) for name in CELLS])
def test_no_cell_of_ours_is_refused(name: str) -> None:
    refuse_unread(make_cell(name))
    refuse_uncredited(make_cell(name))


class Idle(AbstractCell):
    """A cell with a weight that it forgot to use, and one that only its output uses."""

    core: RNN
    idle: jax.Array
    scale: jax.Array
    input_size: int = eqx.field(static=True, default=INPUTS)

    def init_state(self):
        return self.core.init_state()

    def __call__(self, state_prev, x):
        return self.core(state_prev, x)

    def emit(self, state, x):
        return self.scale * state


def core() -> RNN:
    return RNN(INPUTS, UNITS, key=jax.random.key(0))


@pytest.mark.parametrize("rule", [Immediate(), Frozen()], ids=str)
def test_a_parameter_that_nothing_reads_is_refused(rule) -> None:
    cell = Idle(core(), jnp.zeros(2), jnp.ones(UNITS))
    message = (
        r"^Expected every parameter of Idle to be read by __call__ or emit; got cell\.idle, read "
        r"by neither\. Try using it there, or removing it\.$"
    )
    with pytest.raises(ValueError, match=message):
        Learner(cell, rule=rule, optimizer="sgd")


class Forgetful(AbstractCell):
    """A leaky network whose own gradient may leave parameters out."""

    core: RNN
    leak: jax.Array
    left_out: tuple[str, ...] = eqx.field(static=True)
    input_size: int = eqx.field(static=True, default=INPUTS)

    def init_state(self):
        return self.core.init_state()

    def __call__(self, state_prev, x):
        return self.leak * state_prev + self.core(state_prev, x)

    def immediate_gradient(self, state_prev, x, signal):
        through = self.core.immediate_gradient(state_prev, x, signal)
        parts = {
            "leak": signal * state_prev,
            "bias": through.bias,
            **dict.fromkeys(self.left_out, jnp.zeros(UNITS)),
        }
        through = eqx.tree_at(lambda core: core.bias, through, parts["bias"])
        return eqx.tree_at(
            lambda cell: (cell.core, cell.leak), self.parameters(), (through, parts["leak"])
        )


def forgetful(*left_out: str) -> Forgetful:
    # At weights of zero the gradient by the leak is zero too: the check draws its own.
    return Forgetful(core(), jnp.zeros(UNITS), left_out)


@pytest.mark.parametrize(
    ("left_out", "named"),
    [
        (("leak",), r"cell\.leak"),
        (("bias",), r"cell\.core\.bias"),
        (("leak", "bias"), r"cell\.core\.bias, cell\.leak"),
    ],
)
def test_a_parameter_that_a_declared_gradient_forgets_is_refused(left_out, named) -> None:
    message = (
        r"^Expected immediate_gradient of Forgetful to credit every parameter that moves the "
        rf"state; got zero for {named}, and autodiff does not\. Try leaving it to AbstractCell"
    )
    with pytest.raises(ValueError, match=message):
        Learner(forgetful(*left_out), optimizer="sgd")


def test_what_is_complete_or_never_learns_is_taken() -> None:
    Learner(forgetful(), optimizer="sgd")
    for rule in (Frozen(), ReadoutOnly()):
        Learner(forgetful("leak"), rule=rule, optimizer="sgd")


def test_learners_are_made_under_jit_too() -> None:
    def made(key):
        learner = Learner(RNN(INPUTS, UNITS, key=key), optimizer="sgd")
        return learner.init(key).parameters["cell"].bias

    assert jax.jit(made)(jax.random.key(0)).shape == (UNITS,)
    with pytest.raises(ValueError, match="got zero for"):
        jax.eval_shape(lambda: Learner(forgetful("leak"), optimizer="sgd").dtype)
