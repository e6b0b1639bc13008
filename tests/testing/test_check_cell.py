"""`check_cell` passes on our cells and fails on planted faults, in words."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from catalogue import CELLS, INPUTS, UNITS, make_cell
from matrix import left, on
from onward import (
    LSTM,
    RNN,
    AbstractCell,
)
from onward.algebra import Dense, Diagonal, RankOne
from onward.testing import check_cell
from onward.testing.base import entry

from .examples import rnn


# Of their derivatives the laws of cells say that they are true.
@pytest.mark.parametrize(
    "name", [on(cell) if cell in ("rnn", "lru", "stack") else left(cell) for cell in CELLS]
)
def test_our_cells_pass(name: str) -> None:
    check_cell(make_cell(name))


class HalfJacobian(RNN):
    """J halved."""

    def jacobian(self, state_prev, x):
        return jax.tree.map(lambda leaf: leaf / 2, super().jacobian(state_prev, x))


class OnlyDiagonal(RNN):
    """J cut down to its diagonal."""

    def jacobian(self, state_prev, x):
        return Diagonal(super().jacobian(state_prev, x).diagonal()[None])


class LateImmediate(RNN):
    """B scaled."""

    def immediate(self, state_prev, x):
        return super().immediate(state_prev, x).scale(1 + 1e-8)


class SwappedFactors(RNN):
    """An outer product the wrong way round."""

    def immediate_gradient(self, state_prev, x, signal):
        right = super().immediate_gradient(state_prev, x, signal).recurrent
        swapped = RankOne(right.right, right.left)
        made = super().immediate_gradient(state_prev, x, signal)
        return eqx.tree_at(lambda cell: cell.recurrent, made, swapped)


class Growing(RNN):
    """A state that changes its shape."""

    def __call__(self, state_prev, x):
        return jnp.append(super().__call__(state_prev[:UNITS], x), 0)


class Numbed(RNN):
    """A bias behind a wall."""

    def __call__(self, state_prev, x):
        bare = eqx.tree_at(lambda cell: cell.bias, self, jax.lax.stop_gradient(self.bias))
        return RNN.__call__(bare, state_prev, x)

    def immediate_gradient(self, state_prev, x, signal):
        made = super().immediate_gradient(state_prev, x, signal)
        return eqx.tree_at(lambda cell: cell.bias, made, jnp.zeros_like(self.bias))


class Tall(RNN):
    """An output that is no vector."""

    def emit(self, state, x):
        return state[:, None]


class WrongSize(RNN):
    """J of another state."""

    def jacobian(self, state_prev, x):
        return Dense(jnp.zeros((4, 4)))


class WrongDiagonal(RNN):
    """A Jacobian whose diagonal is one short."""

    def jacobian(self, state_prev, x):
        class Short(Dense):
            def diagonal(self):
                return super().diagonal()[1:]

        return Short(super().jacobian(state_prev, x).materialise())


class BareJacobian(RNN):
    """J as an array."""

    def jacobian(self, state_prev, x):
        return super().jacobian(state_prev, x).materialise()


class NoImmediate(RNN):
    """B as nothing."""

    def immediate(self, state_prev, x):
        return None


class OnlyBias(RNN):
    """The gradient of one parameter."""

    def immediate_gradient(self, state_prev, x, signal):
        return super().immediate_gradient(state_prev, x, signal).bias


class Undefined(AbstractCell):
    """A state that is no number, though its derivatives are."""

    weight: jax.Array
    input_size: int = eqx.field(static=True)

    def __init__(self, input_size, hidden_size, *, key):
        self.weight = jax.random.normal(key, (hidden_size, input_size))
        self.input_size = input_size

    def init_state(self):
        return jnp.zeros_like(self.weight[:, 0])

    def __call__(self, state_prev, x):
        return jnp.log(-1 - (state_prev + self.weight @ x) ** 2)


class UndefinedOutput(RNN):
    """An output that is no number, though its derivatives are."""

    def emit(self, state, x):
        return jnp.log(-1 - state**2)


CELL_FAULTS = [
    (
        WrongSize,
        r"^Expected jacobian of WrongSize of shape \(5, 5\); got \(4, 4\)\. Try leaving it to Abs",
    ),
    (WrongDiagonal, r"^Expected diagonal of WrongDiagonal of shape \(5,\); got \(4,\)\. Try leav"),
    (
        BareJacobian,
        r"^Expected an AbstractJacobian from jacobian of BareJacobian; got an array of shape "
        r"\(5, 5\)\. Try onward\.algebra\.Dense",
    ),
    (
        NoImmediate,
        r"^Expected an AbstractInfluence from immediate of NoImmediate; got NoneType\. Try ",
    ),
    (OnlyBias, r"^Expected immediate_gradient of OnlyBias of shape \(45,\); got \(5,\)\. Try leav"),
    (
        Undefined,
        r"^Expected a step of Undefined to give a finite state; got nan at state\[0\], from one "
        r"of 32 random states\. Try keeping logs, ",
    ),
    (
        UndefinedOutput,
        r"^Expected UndefinedOutput\.emit to give a finite output; got nan at output\[0\], f",
    ),
    (
        HalfJacobian,
        r"^Expected jacobian of HalfJacobian to be that of autodiff; got .* in place of .* at "
        r"state\[\d\] by state_prev\[\d\], a difference of .* Try leaving it to AbstractCell",
    ),
    (OnlyDiagonal, r"^Expected jacobian of OnlyDiagonal to be that of autodiff"),
    (LateImmediate, r"^Expected immediate of LateImmediate to be that of autodiff; got .*e-09\. T"),
    (SwappedFactors, r"^Expected immediate_gradient of SwappedFactors to be that of autodiff"),
    (Growing, r"^Expected a step of Growing to keep the state .*\(5,\).*; got .*\(6,\)"),
    (Numbed, r"^Expected every parameter of Numbed to move .*; got 5 of 45 .*, in bias\. Try"),
    (Tall, r"^Expected Tall\.emit to give a vector; got shape \(5, 1\)\. Try jnp\.ravel\.$"),
]


@pytest.mark.parametrize(("kind", "message"), CELL_FAULTS)
def test_a_cell_with_a_fault_does_not(kind, message, untyped) -> None:
    with pytest.raises(AssertionError, match=message):
        check_cell(rnn(kind))


class LateForget(LSTM):
    """One entry of B off."""

    def immediate(self, state_prev, x):
        made = super().immediate(state_prev, x)
        off = lambda local: local.leaves.recurrent  # noqa: E731
        return eqx.tree_at(off, made, off(made).at[1, 1, 3, 2].add(1.0))


def test_the_entry_that_is_off_is_named(untyped) -> None:
    message = r"; got \S+ in place of \S+ at state\.cell\[3\] by recurrent\[1, 3, 2\], a diff"
    with pytest.raises(AssertionError, match=message):
        check_cell(LateForget(INPUTS, UNITS, key=jax.random.key(0)))


def test_a_number_of_a_tree_has_a_name() -> None:
    tree = {"deep": [jnp.zeros((2, 3)), jnp.zeros(())], "flat": jnp.zeros(2)}
    named = [entry(tree, place) for place in range(9)]
    assert named[:2] + named[5:] == [
        *("deep.0[0, 0]", "deep.0[0, 1]", "deep.0[1, 2]", "deep.1", "flat[0]", "flat[1]")
    ]
    assert entry(jnp.zeros(2), 1, "state") == "state[1]"


def test_a_state_of_another_dtype_is_found(untyped) -> None:
    single = RNN(INPUTS, UNITS, key=jax.random.key(0), dtype=np.float32)
    check_cell(single)
    wide = eqx.tree_at(lambda cell: cell.bias, single, jnp.zeros(UNITS))
    message = r"^Expected a step of RNN to keep the state .*float32.*; got .*float64"
    with jax.numpy_dtype_promotion("standard"), pytest.raises(AssertionError, match=message):
        check_cell(eqx.tree_at(lambda cell: cell.recurrent, single, jnp.ones((UNITS, UNITS))))
    message = r"^Expected RNN's state and parameters of one dtype; got float32, float64\. Try "
    with jax.numpy_dtype_promotion("standard"), pytest.raises(AssertionError, match=message):
        check_cell(wide)


class WrongPattern(RNN):
    """A Jacobian whose pattern forgets what its matrix has."""

    def jacobian(self, state_prev, x):
        matrix = super().jacobian(state_prev, x).materialise()

        class Narrow(Diagonal):
            def materialise(self):
                return matrix

        return Narrow(jnp.diagonal(matrix)[None])


def test_a_pattern_that_is_too_narrow_is_found(untyped) -> None:
    message = r"^Expected the pattern of WrongPattern's jacobian to cover every nonzero; got "
    with pytest.raises(AssertionError, match=message):
        check_cell(rnn(WrongPattern))
