"""What a mixture is made of, shows, compares with, and refuses."""

import jax
import numpy as np
import psutil
import pytest

from onward import (
    GRU,
    CrossEntropy,
    Learner,
    LearnerState,
    MemoryBudgetError,
    Quantile,
    SeriesMixture,
    Squared,
)
from onward.cost.budget import counted_bytes
from onward.forecasters import HoltWinters, LastLabel, Markov
from onward.mixing import Mixing
from onward.mixtures.mixture import Mixture, states_of

from .mixtures import KEY, SETTINGS, members_of, mixture_of, rows, stream_of

NUMBERS = {"feedback": True}


def network(**options) -> Learner:
    size = 3 if options.pop("wide", False) else 2
    dtype = options.pop("dtype", np.float32)
    return Learner(GRU(size, 4, key=KEY, dtype=dtype), **options)


def test_equal_mixtures_are_equal_and_hash_alike() -> None:
    ones, others = ([mixture_of(name) for name in SETTINGS] for _ in range(2))
    for index, one in enumerate(ones):
        assert hash(one) == hash(others[index])
        assert [one == other for other in others] == [
            place == index for place in range(len(others))
        ]
    members = members_of(**NUMBERS)
    assert Mixture(members) == ones[0] != "a mixture"
    assert Mixture(members, mixing=Mixing(share=0.01)) != ones[0]
    assert Mixture(members, learns=False) != ones[0]
    assert Mixture({**members, "more": LastLabel()}) != ones[0]


def test_members_and_weighing_are_shown() -> None:
    shown = repr(mixture_of("numbers"))
    assert shown.startswith("Mixture(  # float32; 2 in, 1 to learn, 1 out")
    for part in (
        "'last': LastLabel()",
        "'network': Learner(",
        "'line': Learner(",
        "mixing=Mixing(",
    ):
        assert part in shown


def test_replace_changes_every_learner_and_nothing_else() -> None:
    mixture = Mixture(members_of(**NUMBERS), mixing=Mixing(share=0.01), learns=False)
    changed = mixture.replace(delay=3)
    assert [one.parts.delay for one in changed.learners.values()] == [3, 3]
    assert changed.table.delay == 3 and changed.parts.delay == 3
    assert changed.table.mixing == Mixing(share=0.01) and not changed.table.learns
    assert list(changed.members) == list(mixture.members)
    assert changed.replace(delay=0) == mixture
    with pytest.raises(ValueError, match=r"^Expected settings among cell, .*; got rate\."):
        mixture.replace(rate=1)


def test_one_that_does_not_learn_keeps_its_weights() -> None:
    mixture = Mixture(members_of(**NUMBERS), learns=False)
    start = mixture.init(KEY)
    before = [np.array(leaf) for leaf in jax.tree.leaves(start.fields.around.mixing)]
    state, info = mixture.run(start, stream_of("numbers"))
    after = jax.tree.leaves(state.fields.around.mixing)
    for one, other in zip(before, after, strict=True):
        np.testing.assert_array_equal(one, other)
    assert not info.learnt.any() and np.isfinite(info.loss).any()
    assert state.counters.learnt > 10


@pytest.mark.matrix
def test_one_of_learners_alone_runs_and_steps() -> None:
    learners = {
        name: one for name, one in members_of(**NUMBERS).items() if isinstance(one, Learner)
    }
    mixture, seen = Mixture(learners), stream_of("numbers")
    state, info = mixture.run(mixture.init(KEY), rows(seen, slice(0, 20)))
    assert mixture.names == ("network", "line") and np.isfinite(info.prediction[10:]).all()
    state, last = mixture.step(state, rows(seen, 20))
    assert np.isfinite(last.prediction).all()
    np.testing.assert_allclose(last.diagnostics.sum(), 1, rtol=1e-5)


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ([network()], r'^Expected members by name; got list\. Try \{"network": learner'),
        ({"a": "rnn"}, r"^Expected a learner or a forecaster as member 'a'; got str\. Try onward"),
        ({"a": LastLabel()}, r"^Expected a learner among the members, .*; got none\. Try onward\."),
        ({}, r"^Expected a learner among the members"),
        (
            {"a": network(loss=Quantile((0.1, 0.9)))},
            r"^Expected a loss with one output a target, or classes, in a mixture; got Quantile\(",
        ),
        (
            {"a": network(), "b": network(wide=True)},
            r"^Expected members of the same features; got 2 of 'a' and 3 of 'b'\. Try making both",
        ),
        (
            {"a": network(), "b": network(targets=2)},
            r"^Expected members of the same targets; got 1 of 'a' and 2 of 'b'",
        ),
        (
            {"a": network(), "b": network(loss=CrossEntropy(3))},
            r"^Expected members of the same outputs; got 1 of 'a' and 3 of 'b'",
        ),
        (
            {"a": network(), "b": network(dtype=np.float64)},
            r"^Expected members of the same dtype; got float32 of 'a' and float64 of 'b'",
        ),
        (
            {"a": network(), "last": LastLabel(), "b": network(delay=2)},
            r"^Expected members of the same delay; got 0 of 'a' and 2 of 'b'",
        ),
        (
            {"a": network(loss=CrossEntropy(3)), "b": HoltWinters(seasonal=None)},
            r"^Expected forecasters of classes; got HoltWinters\(.* as 'b'\. Try leaving it out",
        ),
        (
            {"a": network(), "b": Markov()},
            r"^Expected forecasters of numbers; got Markov\(.* as 'b'\. Try leaving it out",
        ),
    ],
)
def test_members_that_do_not_fit_are_refused(members, message, untyped) -> None:
    with pytest.raises(ValueError, match=message):
        Mixture(members)


def test_classes_and_numbers_of_equally_many_outputs_do_not_mix() -> None:
    numbers = network(targets=3, loss=Squared())
    classes = network(loss=CrossEntropy(3))
    with pytest.raises(ValueError, match=r"^Expected members of the same targets"):
        Mixture({"a": numbers, "b": classes})


def test_what_is_no_mixing_or_key_is_refused(untyped) -> None:
    with pytest.raises(ValueError, match=r"^Expected mixing of type Mixing; got 'equal'"):
        Mixture(members_of(**NUMBERS), mixing="equal")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"^Expected a key; got 3\."):
        mixture_of("numbers").init(3)  # type: ignore[arg-type]


def test_states_of_something_else_and_consumed_ones_are_refused(untyped) -> None:
    mixture, seen = mixture_of("numbers"), rows(stream_of("numbers"), 0)
    foreign = mixture.main.init(KEY)
    late = mixture_of("two targets, late").init(KEY)
    calls = (mixture.step, mixture.predict)
    for state in (foreign, late):
        for call in calls:
            with pytest.raises(ValueError, match=r"^Expected a state of this learner; got one of"):
                call(state, seen)
    with pytest.raises(ValueError, match=r"^Expected a state of this learner"):
        mixture.main.step(mixture.init(KEY), seen)
    with pytest.raises(ValueError, match=r"^Expected state of type LearnerState; got None"):
        mixture.run(None, stream_of("numbers"))  # type: ignore[arg-type]
    consumed = mixture.init(KEY)
    mixture.run(consumed, stream_of("numbers"))
    for call in calls:
        with pytest.raises(ValueError, match=r"^Expected a state that no step has consumed; got"):
            call(consumed, seen)
    with pytest.raises(ValueError, match=r"^Expected x of shape \(2,\); got \(3,\)"):
        mixture.step(mixture.init(KEY), np.ones(3), np.ones(1))


def test_bytes_of_all_learners_are_counted_before_they_are_taken(monkeypatch) -> None:
    alone = network()
    mixture = Mixture({"one": alone, "other": alone})

    class Free:
        available = needed(alone.shapes)

    monkeypatch.setattr(psutil, "virtual_memory", Free)
    alone.init(KEY)
    with pytest.raises(MemoryBudgetError, match=r"^Expected at most .*, the free memory; got"):
        mixture.init(KEY)


@pytest.mark.parametrize("count", [None, 3])
def test_bytes_of_the_weighing_and_of_its_ring_are_counted(monkeypatch, count: int | None) -> None:
    mixture = mixture_of("two targets, late")
    mover = mixture if count is None else SeriesMixture(mixture, count, "own")
    around = mover.shapes.fields.around
    learners = sum(needed(each) for each in states_of(mover.shapes))
    own = counted_bytes(around)
    assert counted_bytes(around.waiting) > 0 and counted_bytes(around.mixing.stacks) > 0
    assert own > (count or 1) * counted_bytes(mixture.shapes.fields.around.waiting)

    class Free:
        available = learners + own

    monkeypatch.setattr(psutil, "virtual_memory", Free)
    mover.init(KEY)
    Free.available -= 1
    with pytest.raises(MemoryBudgetError, match=r"the weighing of members, .* fewer members, or a"):
        mover.init(KEY)


def needed(shapes: LearnerState) -> int:
    """Bytes of a learner's state, with its own weights and with what its rule carries twice."""
    return sum(map(counted_bytes, (shapes, shapes.parameters, shapes.carry)))
