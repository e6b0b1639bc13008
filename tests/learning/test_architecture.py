"""The architectural rule is measured, and rightly, on every cell."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from catalogue import CELLS, Skip, make_cell
from matrix import left
from onward import RNN, AbstractCell, Stack, probe

# A probe sees how a state moves and what an output reads: one cell of each kind.
KINDS = {(row.optimizer, row.affine, row.bypass): name for name, row in CELLS.items()}
KEPT = {"lstm", *KINDS.values()}


@pytest.mark.parametrize("name", [name if name in KEPT else left(name) for name in CELLS])
def test_the_probe_chooses_as_the_rule_says(name: str) -> None:
    found = probe(make_cell(name))
    row = CELLS[name]
    assert found.needs_normalisation == (row.optimizer == "rmsprop")
    # An LSTM's memory is moved by its own gates affinely; they read the hidden slot, not it.
    assert (found.curvature < 1e-6) == row.affine
    assert (found.bypass > 1e-2) == row.bypass


class Mixed(AbstractCell):
    """A nonlinear memory beside a linear one: nonlinear as a whole."""

    mix: jax.Array
    input_size: int = eqx.field(static=True, default=2)

    def init_state(self):
        return (jnp.zeros_like(self.mix[0]), jnp.zeros_like(self.mix[0]))

    def __call__(self, state_prev, x):
        fast, slow = state_prev
        return jnp.tanh(self.mix @ fast + x[0]), 0.9 * slow + self.mix @ fast * x[1]


def test_one_nonlinear_part_is_enough() -> None:
    found = probe(Mixed(jnp.ones((3, 3))))
    assert found.curvature > 1e-2
    assert found.needs_normalisation


def test_a_stack_in_a_stack_is_as_the_layers_in_a_row() -> None:
    layers = [RNN(2, 3, key=jax.random.key(0)), RNN(3, 3, key=jax.random.key(1))]
    last = RNN(3, 4, key=jax.random.key(2))
    nested, row = probe(Stack([Stack(layers), last])), probe(Stack([*layers, last]))
    np.testing.assert_allclose(nested, row, rtol=1e-4, atol=1e-6)


def test_the_answer_depends_on_the_kind_of_cell_and_not_on_its_weights() -> None:
    tiny, wild = (
        jax.tree.map(lambda leaf, scale=scale: scale * leaf, make_cell("rnn"))
        for scale in (1e-9, 1e9)
    )
    assert probe(tiny) == probe(wild)
    assert probe(tiny, seed=1) != probe(tiny)


def test_a_cell_under_vmap_or_jit_can_be_probed() -> None:
    def chosen(key):
        cell = RNN(2, 3, key=key)
        return jnp.zeros(()) + float(probe(cell).needs_normalisation)

    keys = jax.random.split(jax.random.key(0), 2)
    np.testing.assert_array_equal(jax.vmap(chosen)(keys), [1, 1])
    assert jax.jit(chosen)(keys[0]) == 1


@pytest.mark.parametrize("dtype", [np.float32, left(np.float64)])
def test_single_precision_is_enough(dtype) -> None:
    for name in ("gru", "lstm", "lru"):
        found = probe(make_cell(name, dtype=dtype))
        assert found.needs_normalisation == (CELLS[name].optimizer == "rmsprop")


def test_a_skip_from_parameters_to_the_output_is_a_bypass() -> None:
    cell = make_cell("skip")
    assert isinstance(cell, Skip)
    assert probe(cell).bypass > 0.1
    assert probe(cell.core).bypass < 1e-3
