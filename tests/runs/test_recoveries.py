"""Of a mixture each network is put back by itself."""

import jax
import numpy as np
import pytest

from learning.examples import copied
from onward import GRU, Learner
from onward.forecasters import LastLabel
from onward.mixtures.mixture import Mixture, states_of
from onward.runs.recovery import Recoveries

WINDOW, KEY = 16, jax.random.key(0)


@pytest.fixture(scope="module")
def mixture() -> Mixture:
    network = Learner(GRU(2, 4, key=KEY, dtype=np.float32), optimizer="sgd", learning_rate=0.1)
    members = {"good": network, "bad": network.replace(learning_rate=1e9), "last": LastLabel()}
    return Mixture(members)


def stream(rows: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    xs = random.normal(size=(rows, 2)).astype(np.float32)
    return xs, np.tanh(xs[:, :1]) + 0.1 * random.normal(size=(rows, 1)).astype(np.float32)


def test_the_network_that_diverges_is_put_back_and_no_other(mixture, monkeypatch) -> None:
    monkeypatch.setattr("onward.runs.recovery.WINDOW", WINDOW)
    state = mixture.init(KEY)
    recoveries, (xs, ys) = Recoveries(mixture, state), stream(8 * WINDOW)
    good, around, fields = None, None, [copied(each.fields) for each in states_of(state)]
    counts, predictions = [], []
    for first in range(0, len(xs), WINDOW):
        rows = slice(first, first + WINDOW)
        state, info, infos, _ = mixture.run_all(state, xs[rows], ys[rows])
        predictions.append(info.prediction)
        good, around = copied(states_of(state)[0].fields), copied(state.fields.around)
        state = recoveries.after(state, infos, WINDOW, first + WINDOW)
        counts.append(recoveries.restarts)
        jax.tree.map(np.testing.assert_array_equal, copied(states_of(state)[0].fields), good)
        jax.tree.map(np.testing.assert_array_equal, copied(state.fields.around), around)
        if counts[-1] == 1 and first == 0:
            back = copied(states_of(state)[1].fields)
            jax.tree.map(np.testing.assert_array_equal, back.parameters, fields[1].parameters)
            assert back.learning_rates[""] == np.float32(1e9 * 0.1)
    assert counts[0] == 1 and counts[-1] > 1
    own = recoveries._each
    assert own["good"].restarts == 0 and own["bad"].restarts == counts[-1]
    assert not recoveries.given_up
    # The mixture goes on: its errors are those of a learner that has learnt something.
    errors = np.concatenate(predictions)[-4 * WINDOW :] - ys[-4 * WINDOW :]
    assert np.isfinite(errors).all() and np.std(errors) < np.std(ys)


def test_what_is_kept_goes_on_in_another_process(mixture, monkeypatch) -> None:
    monkeypatch.setattr("onward.runs.recovery.WINDOW", WINDOW)
    state = mixture.init(KEY)
    recoveries, (xs, ys) = Recoveries(mixture, state), stream(WINDOW)
    fresh = Recoveries(mixture, state)
    state, _, infos, _ = mixture.run_all(state, xs, ys)
    recoveries.after(state, infos, WINDOW, 300)
    kept = recoveries.state()
    fresh.restore(kept)
    assert fresh.restarts == recoveries.restarts == 1
    assert fresh.told == [{"learner": "bad", "row": 300, "rates": 0.1}]
    assert kept.keys() == fresh.state().keys()
    for name, array in fresh.state().items():
        np.testing.assert_array_equal(array, kept[name])


def test_what_was_kept_before_rows_were_goes_on_too(mixture, monkeypatch) -> None:
    monkeypatch.setattr("onward.runs.recovery.WINDOW", WINDOW)
    state = mixture.init(KEY)
    recoveries, (xs, ys) = Recoveries(mixture, state), stream(2 * WINDOW)
    older = Recoveries(mixture, state)
    state, _, infos, _ = mixture.run_all(state, xs[:WINDOW], ys[:WINDOW])
    state = recoveries.after(state, infos, WINDOW, WINDOW)
    kept = {n: array for n, array in recoveries.state().items() if not n.endswith("/rows")}
    assert len(kept) == len(recoveries.state()) - 2
    older.restore(kept)
    assert older.restarts == 1 and older.told == []
    state, _, infos, _ = mixture.run_all(state, xs[WINDOW:], ys[WINDOW:])
    older.after(state, infos, WINDOW, 2 * WINDOW)
    assert older.told == [{"learner": "bad", "row": 2 * WINDOW, "rates": 1e-3}]
