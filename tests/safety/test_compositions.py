"""Whatever stands around a learner: a store keeps it, and it goes on with the same bits."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

import onward
from learning.examples import assert_same, copied, learner_of, stream
from matrix import left
from onward import (
    AdaptiveConformal,
    CheckpointError,
    CheckpointStore,
    Conformal,
    Guarded,
    Guards,
    Learner,
    Mixture,
    Safeguard,
    Safeguarded,
    Series,
    UpdateLog,
    begin_session,
    replay,
)
from onward.forecasters import LastLabel

FIRST, ALL = 40, 70
KEY = jax.random.key(0)


@pytest.fixture(autouse=True)
def as_for_a_user(untyped: None) -> None:
    """Without checks of types and shapes: only our own errors."""


def guarded(learner: Learner) -> Guarded:
    return Guarded(learner, Guards("drop", ("roll back", "lower"), first=5, keep=4))


def safeguarded(learner: Any) -> Safeguarded:
    return Safeguarded(learner, Safeguard(window=7, margin=0.2))


def conformal(learner: Any) -> Conformal:
    return Conformal(learner, AdaptiveConformal(0.8, first=3))


def mixture(learner: Learner) -> Mixture:
    return Mixture({"network": learner, "last label": LastLabel()})


AROUND: dict[str, Callable[[Learner], Any]] = {
    "alone": lambda learner: learner,
    "mixture": mixture,
    "guarded": guarded,
    "safeguarded": safeguarded,
    "safeguarded guarded": lambda learner: safeguarded(guarded(learner)),
}
MADE = {
    **AROUND,
    **{
        f"conformal {name}": lambda one, make=make: conformal(make(one))
        for name, make in AROUND.items()
    },
}


def rows(part: slice) -> tuple[np.ndarray, np.ndarray]:
    xs, ys = stream(ALL)
    xs[11, 0], ys[25], ys[31] = 1e4, 1e4, np.nan
    return xs[part], ys[part]


# Of all that stands around a learner each kind once, some with late labels.
FEW = [("mixture", 2), ("conformal safeguarded guarded", 2)]


@pytest.mark.parametrize(
    ("name", "delay"),
    [
        (pytest.param if (name, delay) in FEW else left)(name, delay, id=f"{name}-{delay}")
        for name in MADE
        for delay in (0, 2)
    ],
)
def test_it_comes_back_and_goes_on(tmp_path: Path, name: str, delay: int) -> None:
    made = MADE[name](learner_of("rnn", rule=onward.EProp(), delay=delay))
    state, *_ = made.run(made.init(KEY), *rows(slice(FIRST)))
    store = CheckpointStore(tmp_path / "store")
    path = store.save(made, state, FIRST)
    found = store.latest()
    assert found is not None and found.learner == made and hash(found.learner) == hash(made)
    assert found.learner != MADE[name](learner_of("rnn", delay=delay))
    assert_same(found.state, state)
    log = tmp_path / "log"
    with UpdateLog(log, made, FIRST) as kept:
        end, info, *ends = made.run(state, *rows(slice(FIRST, None)))
        kept.add(info, *rows(slice(FIRST, None)))
    told = replay(log, found, *rows(slice(FIRST, None)))
    assert (told.compared, told.parted) == (ALL - FIRST, None)
    again, same, *others = found.learner.run(found.state, *rows(slice(FIRST, None)))
    assert_same((again, same, others), (end, info, ends))
    assert len(ends) == 2 * name.startswith("conformal")
    alone, _ = onward.load(path)
    assert isinstance(alone, Mixture if "mixture" in name else Learner)


def test_series_of_a_learner_come_back(tmp_path: Path) -> None:
    series, codes = Series(learner_of("rnn"), 2), np.arange(FIRST) % 2
    state, _ = series.run(series.init(KEY), codes, *rows(slice(FIRST)))
    store = CheckpointStore(tmp_path)
    store.save(series, state, FIRST)
    found = store.latest()
    assert found is not None
    assert_same(found.state, state)


def test_all_that_watches_is_in_the_log(tmp_path: Path) -> None:
    made = conformal(safeguarded(guarded(learner_of("rnn", rule=onward.EProp()))))
    state = made.init(KEY)
    with UpdateLog(tmp_path / "log", made) as log:
        _, info, *_ = made.run(state, *rows(slice(None)))
        log.add(info, *rows(slice(None)))
    header = (tmp_path / "log").read_bytes()[:1024].decode()
    assert '"told": ["outlying", "loss", "influence", "fallback", "put back"]' in header
    assert info.diagnostics.shape[1] == 5 and info.diagnostics[11, 0] == 1


def test_a_session_begins_for_what_is_within() -> None:
    made = conformal(guarded(learner_of("rnn", scale=onward.SessionMoments(5.0))))
    state, *_ = made.run(made.init(KEY), *rows(slice(FIRST)))
    kept = copied(state)
    begun = begin_session(made, state)
    assert_same(begun.bands, kept.bands)
    assert_same(begun.learner, begin_session(made.learner, kept.learner))


def test_what_is_not_its_state_is_refused(tmp_path: Path) -> None:
    store, made = CheckpointStore(tmp_path), conformal(guarded(learner_of("rnn")))
    with pytest.raises(ValueError, match=r"^Expected state of type ConformalState; got "):
        store.save(made, made.learner.init(KEY), 0)
    late = conformal(guarded(learner_of("rnn", delay=2)))
    with pytest.raises(ValueError, match=r"^Expected a state of this learner; got one of another"):
        store.save(made, late.init(KEY), 0)
    mixed = made.init(KEY)._replace(bands=late.init(KEY).bands)
    with pytest.raises(ValueError, match=r"^Expected intervals of this learner in the state; got "):
        store.save(made, mixed, 0)
    path = store.save(made, made.init(KEY), 0)
    with pytest.raises(CheckpointError, match=r"^Expected \S+ as .* in the checkpoint; got "):
        store.load(path, delay=2)


@pytest.mark.parametrize("within", [3, "conformal", "series"])
def test_what_intervals_are_not_told_of_is_refused(within: Any) -> None:
    others = {"conformal": conformal(learner_of("rnn")), "series": Series(learner_of("rnn"), 2)}
    with pytest.raises(ValueError, match=r"^Expected a learner, or a mixture; got a "):
        Conformal(others.get(within, within))
