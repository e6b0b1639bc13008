"""What parts print: every setting, also at its default; of a cell its sizes."""

import equinox as eqx
import jax
import jax.numpy as jnp
import pytest

from catalogue import CELLS, make_cell
from learning.examples import copied, learner_of, start, stream
from onward import (
    DNI,
    GRU,
    LRU,
    LSTM,
    RNN,
    RTRL,
    CrossEntropy,
    Frozen,
    Huber,
    Immediate,
    Shadowed,
    SnAp,
    SparseRTRL,
    Squared,
    Stack,
)
from onward.learning.state import Counters
from onward.scales import RunningMoments, Unscaled

KEY = jax.random.key(0)
SHOWN = {
    "SparseRTRL(k=4, selection='random', resample=False, support='row')": SparseRTRL(4),
    "SnAp(order=1)": SnAp(1),
    "DNI(learning_rate=0.1)": DNI(),
    "RTRL(influence_dtype=None)": RTRL(),
    "Immediate()": Immediate(),
    "Frozen()": Frozen(),
    "Shadowed(rule=Immediate(), shadow=SnAp(order=1))": Shadowed(shadow=SnAp()),
    "Squared()": Squared(),
    "Huber(threshold=1.0)": Huber(),
    "CrossEntropy(classes=3)": CrossEntropy(3),
    "RunningMoments(clip=10.0, trust=32)": RunningMoments(),
    "Unscaled()": Unscaled(),
}


@pytest.mark.parametrize("shown", SHOWN)
def test_every_setting_is_shown(shown: str) -> None:
    assert repr(SHOWN[shown]) == str(SHOWN[shown]) == shown


def test_a_cell_shows_its_settings_and_sizes() -> None:
    gru, lru = GRU(3, 4, key=KEY), LRU(4, 2, key=KEY)
    short = "GRU(input_size=3, state_size=4, parameters=100)"
    assert repr(gru) == short
    assert repr(LSTM(3, 4, key=KEY)) == "LSTM(input_size=3, state_size=8, parameters=128)"
    assert repr(RNN(3, 4, key=KEY, activation="relu")) == (
        "RNN(input_size=3, activation='relu', state_size=4, parameters=32)"
    )
    assert repr(Stack([gru, lru])) == (
        f"Stack(layers=({short}, {lru!r}), credit='exact', input_size=3, state_size=8, "
        "parameters=122)"
    )
    assert repr(eqx.filter_eval_shape(lambda: GRU(3, 4, key=KEY))) == short


@pytest.mark.parametrize("name", CELLS)
def test_every_cell_shows_itself_in_a_line(name) -> None:
    cell = make_cell(name)
    count = sum(leaf.size for leaf in jax.tree.leaves(cell.parameters()))
    assert repr(cell).endswith(f"state_size={CELLS[name].state_size}, parameters={count})")
    assert "\n" not in repr(cell)
    assert "f64" not in repr(cell)


def test_a_tree_like_a_cell_that_cannot_step_shows_its_arrays(untyped) -> None:
    cell = GRU(3, 4, key=KEY)
    state, x = cell.init_state(), jnp.zeros(3)
    trees = jax.jit(
        lambda: (cell.immediate(state, x).leaves, cell.immediate_gradient(state, x, state))
    )
    for tree in trees():
        assert "bias=f" in repr(tree)
    assert "recurrent=None" in repr(eqx.filter(cell, eqx.is_inexact_array, inverse=True))


def test_counters_show_their_numbers() -> None:
    learner = learner_of()
    xs, ys = stream(5)
    ys[2] = jnp.nan
    state, _ = learner.run(start(learner), xs, ys)
    assert (
        repr(state.counters) == "Counters(samples=5, skipped=0, unlabelled=1, learnt=3, filled=0)"
    )
    two = jax.tree.map(lambda leaf: jnp.stack([leaf, 0 * leaf]), state.counters)
    assert repr(two) == (
        "Counters(samples=[5, 0], skipped=[0, 0], unlabelled=[1, 0], learnt=[3, 0], filled=[0, 0])"
    )
    assert repr(copied(state.counters)) == repr(state.counters)


def test_counters_that_are_not_known_say_so() -> None:
    unknown = "Counters(samples=?, skipped=?, unlabelled=?, learnt=?, filled=?)"
    learner = learner_of()
    assert repr(learner.shapes.counters) == unknown
    consumed = Counters(jnp.zeros(4, jnp.uint32))
    consumed.values.delete()
    assert repr(consumed) == unknown
    traced: list[str] = []
    jax.jit(lambda counters: traced.append(repr(counters)))(start(learner).counters)
    assert traced == [unknown]
