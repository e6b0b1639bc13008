"""Many learners at once do what each does alone, each with its own weights, stream and past."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from matrix import left
from onward import RTRL, Fleet, MemoryBudgetError, Observation, SparseRTRL

from .examples import assert_close, assert_same, differs, learner_of, start, stream

COUNT = 5
OPTIONS = {
    "immediate": {},
    "late exact": {"name": "rnn", "rule": RTRL(), "delay": 2, "feedback": True},
    "drawing": {"rule": SparseRTRL(2, resample=True), "optimizer": "adam"},
}


def streams(steps: int, count: int = COUNT) -> tuple[np.ndarray, np.ndarray]:
    """A stream of its own for each learner, some with gaps."""
    each = [stream(steps, seed=number) for number in range(count)]
    xs, ys = np.stack([xs for xs, _ in each]), np.stack([ys for _, ys in each])
    ys[1, 3:6], xs[2, 4, 0] = np.nan, np.inf
    return xs, ys


@pytest.mark.parametrize(
    ("kind", "threads"),
    [
        # Of rows one by one and of weights of their own it is tested below that they are as alone.
        left("immediate", 2),
        ("late exact", 2),
        # One thread, and more than there are learners, are tested below.
        left("immediate", 1),
        left("immediate", 8),
        left("drawing", 2),
        # All at once, as on an accelerator.
        left("late exact", None),
        left("immediate", None),
        left("drawing", None),
    ],
)
def test_each_learns_as_it_would_alone(kind: str, threads: int | None) -> None:
    learner = learner_of(**OPTIONS[kind])
    ensemble = Fleet(learner, threads, at_once=threads is None)
    # As many for each of two threads, so that one program serves both.
    count = COUNT - 1 if threads == 2 else COUNT
    xs, ys = streams(14, count)
    keys = jax.random.split(jax.random.key(0), count)
    parts, first = ensemble.run(ensemble.init(keys), xs[:, :9], ys[:, :9])
    parts, second = ensemble.run(parts, xs[:, 9:], ys[:, 9:])
    assert len(parts) == (1 if threads is None else min(threads, count))
    infos = jax.tree.map(lambda *both: np.concatenate(both, axis=1), first, second)
    found = ensemble.scatter(parts)
    for index, key in enumerate(keys):
        state, info = learner.run(learner.init(key), xs[index, :9], ys[index, :9])
        state, rest = learner.run(state, xs[index, 9:], ys[index, 9:])
        info = jax.tree.map(lambda *both: np.concatenate(both), info, rest)
        assert_close(found[index], state, 1e-10)
        assert_close(jax.tree.map(lambda leaf, index=index: leaf[index], infos), info, 1e-10)
    assert differs(found[0].parameters, found[3].parameters)


@pytest.mark.parametrize("threads", [left(1), 3, left(8)])
def test_no_thread_is_left_without_a_learner(threads: int) -> None:
    fleet = Fleet(learner_of(), threads)
    parts = fleet.init(jax.random.split(jax.random.key(0), COUNT))
    assert len(parts) == min(threads, COUNT)
    assert len(fleet.scatter(parts)) == COUNT


def test_a_chunk_of_one_row_is_what_the_learner_alone_makes_of_it() -> None:
    """To the bit, also outside of one kernel, where XLA would take a loop of one turn apart."""
    learner = learner_of("lru", rule=RTRL(), dtype=np.float32)
    fleet, (xs, ys) = Fleet(learner, 1), (part[:1] for part in streams(9))
    parts = fleet.init(jax.random.split(jax.random.key(0), 1))
    alone = fleet.scatter(jax.tree.map(jnp.copy, parts))[0]
    for row in range(9):
        rows = slice(row, row + 1)
        parts, found = fleet.run(parts, xs[:, rows], ys[:, rows])
        alone, info = learner.run(alone, xs[0, rows], ys[0, rows])
        assert_same(jax.tree.map(lambda leaf: leaf[0], found), info)
        assert_same(fleet.scatter(parts)[0], alone)


def test_learners_with_weights_of_their_own_are_gathered_and_scattered() -> None:
    learners = [learner_of(seed=seed) for seed in range(COUNT)]
    states = [start(learner, seed) for seed, learner in enumerate(learners)]
    ensemble = Fleet(learners[0], 2)
    for found, state in zip(ensemble.scatter(ensemble.gather(states)), states, strict=True):
        assert_same(found, state)
    xs, ys = streams(6)
    parts, _ = ensemble.run(ensemble.gather(states), xs, ys)
    found = ensemble.scatter(parts)
    for index, learner in enumerate(learners):
        assert_close(found[index], learner.run(states[index], xs[index], ys[index])[0], 1e-10)


def test_samples_of_another_shape_are_refused() -> None:
    ensemble = Fleet(learner_of(), 2)
    parts = ensemble.init(jax.random.split(jax.random.key(0), COUNT))
    xs, ys = streams(6)
    with pytest.raises(ValueError, match=r"Expected xs of shape \(5, T, 2\); got \(4, 6, 2\)"):
        ensemble.run(parts, xs[:4], ys)
    with pytest.raises(ValueError, match=r"Expected ys of shape .* Try one row for each sample"):
        ensemble.run(parts, xs, ys[:, :5])


@pytest.mark.parametrize("threads", [0, -1, 1.5, True])
def test_a_number_of_threads_that_is_none_is_refused(threads, untyped) -> None:
    with pytest.raises(ValueError, match="Expected threads to be a positive integer; got"):
        Fleet(learner_of(), threads)


def test_the_place_says_whether_all_take_a_sample_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    learner = learner_of()
    assert not Fleet(learner).at_once
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    there, forced = Fleet(learner), Fleet(learner, 2)
    assert there.at_once and there.threads == 1 and not forced.at_once
    assert not Fleet(learner, at_once=False).at_once
    with pytest.raises(ValueError, match=r"one thread where all .* got threads=2\. Try threads=N"):
        Fleet(learner, 2, at_once=True)


def test_all_at_once_is_what_the_threads_make_of_samples_with_a_start_and_a_weight() -> None:
    learner, (xs, ys) = learner_of(), streams(6)
    starts = np.arange(6 * COUNT).reshape(COUNT, 6) % 4 == 3
    seen = Observation(xs, ys, np.full((COUNT, 6), 0.5), starts)
    keys = jax.random.split(jax.random.key(0), COUNT)
    fleets = Fleet(learner, 2), Fleet(learner, at_once=True)
    (threads, told), (once, said) = (each.run(each.init(keys), seen) for each in fleets)
    assert_close(said, told, 1e-10)
    assert_close(fleets[1].scatter(once), fleets[0].scatter(threads), 1e-10)
    _, alone = learner.run(learner.init(keys[3]), jax.tree.map(lambda leaf: leaf[3], seen))
    assert_close(jax.tree.map(lambda leaf: leaf[3], told), alone, 1e-10)


def test_learners_that_do_not_fit_together_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    learner = learner_of(rule=RTRL())
    held = sum(leaf.nbytes for leaf in jax.tree.leaves(start(learner)))

    class Memory:
        available = 20 * held

    monkeypatch.setattr("psutil.virtual_memory", lambda: Memory)
    keys = jax.random.split(jax.random.key(0), 1000)
    Fleet(learner, 2).init(keys[:2])
    with pytest.raises(MemoryBudgetError, match="Expected at most"):
        Fleet(learner, 2).init(keys)
