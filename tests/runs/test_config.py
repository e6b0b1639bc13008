"""Choices that a configuration makes or leaves open."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from matrix import left
from onward.cost import MemoryBudgetError
from onward.losses import CrossEntropy, Huber
from onward.rules import Frozen, SparseRTRL
from onward.runs import Plan, RunConfig
from onward.runs.config import CHUNK
from onward.streams import Steps, StreamInfo
from small_runs import REGRESSION, ROWS, config_of, example, write

NUMBERS = StreamInfo("made", "regression", ("a", "b", "c"), ("u", "v"), (), 500, "made up", 2)
KINDS = StreamInfo("made", "classification", ("a",), ("kind",), ("x", "y", "z"), 500, "made up")


@pytest.mark.parametrize(
    ("name", "lowest"),
    [("horizon", 0), ("size", 1), ("seed", 0), ("warmup", 1), ("limit", 2), ("seeds", 1)],
)
def test_lower_bounds_hold_and_are_told(name: str, lowest: int) -> None:
    assert getattr(RunConfig("sine", **{name: lowest}), name) == lowest
    for value in (lowest - 1, -7):
        with pytest.raises(ValueError) as error:
            RunConfig("sine", **{name: value})
        expected = f"Expected {name} >= {lowest}; got {value}. Try {name}={lowest}."
        assert str(error.value) == expected


def test_a_seed_that_would_lose_bits_is_refused() -> None:
    assert RunConfig("sine", seed=2**32 - 1).seed == 2**32 - 1
    for seed in (2**32, 2**70):
        with pytest.raises(ValueError, match=rf"^Expected seed < 2\*\*32; got {seed}\. Try seed=0"):
            RunConfig("sine", seed=seed)


def test_a_configuration_is_plain_data() -> None:
    config = RunConfig("a.csv", target=("u", "v"), learning_rate=0.5)
    assert config.as_dict() == {
        "stream": "a.csv",
        "target": ["u", "v"],
        "features": None,
        "task": None,
        "start": None,
        "weight": None,
        "series": None,
        "one_series": False,
        "phases": None,
        "valid": None,
        "gap": None,
        "calendar": False,
        "missing_codes": [],
        "separator": None,
        "decimal": None,
        "header": True,
        "reverse": False,
        "horizon": None,
        "feedback": True,
        "missing": "mean",
        "mask": False,
        "weights": "shared",
        "learner": "mixture",
        "cell": "gru",
        "size": 64,
        "rule": "immediate",
        "loss": "squared",
        "optimizer": "auto",
        "learning_rate": 0.5,
        "seed": 0,
        "warmup": None,
        "limit": None,
        "warm_start": None,
        "seeds": 1,
        "classes": None,
    }


def test_what_is_left_open_is_chosen_by_the_stream() -> None:
    plan = Plan.of(RunConfig("made"), NUMBERS)
    assert (plan.length, plan.horizon, plan.warmup, plan.outputs) == (500, 2, 50, 2)
    assert Plan.of(RunConfig("made"), KINDS).outputs == 3


def test_what_is_asked_for_is_taken() -> None:
    plan = Plan.of(RunConfig("made", horizon=0, warmup=7, limit=20), NUMBERS)
    assert (plan.length, plan.horizon, plan.warmup) == (20, 0, 7)
    assert Plan.of(RunConfig("made", limit=501), NUMBERS).length == 500


def test_a_horizon_in_time_is_counted_in_the_steps_of_the_stream() -> None:
    hourly = replace(NUMBERS, steps=Steps(3600, 3600, 3600, 1))
    assert Plan.of(RunConfig("made", horizon="1d"), hourly).horizon == 24
    assert Plan.of(RunConfig("made", horizon="7"), NUMBERS).horizon == 7
    with pytest.raises(ValueError, match=r"^Expected timestamps in made, for the horizon '1d'"):
        Plan.of(RunConfig("made", horizon="1d"), NUMBERS)


def test_the_roles_of_a_file_are_handed_on(tmp_path: Path) -> None:
    when = np.datetime64("2024-01-01") + np.arange(40).astype("timedelta64[h]")
    values = {"a": np.arange(40) / 7, "y": np.arange(40) / 3}
    labels = {"s": np.arange(40) % 2, "p": np.arange(40) // 20, "v": np.arange(40) > 5}
    paths = tuple(str(tmp_path / f"{name}.npz") for name in ("one", "two"))
    for path in paths:
        np.savez(path, when=when, **values, **labels)
    roles = {"series": "s", "phases": "p", "valid": "v", "gap": "1d", "calendar": ("hour",)}
    config = RunConfig(paths, target=("y",), **roles)
    info = config.open().info
    assert (info.series_name, info.phase_name, info.session_lengths) == ("s", "p", (34, 34))
    assert info.start_name == "file or a gap in when"
    assert info.feature_names == ("a", "hour_sin", "hour_cos")
    assert config.as_dict()["stream"] == list(paths)


@pytest.mark.parametrize(
    ("length", "warmup"),
    [(2, 1), (19, 1), (20, 2), (9_999, 999), (10_000, CHUNK), (19_990, CHUNK), (25_000, 2 * CHUNK)],
)
def test_the_warm_up_is_a_tenth_in_whole_chunks(length: int, warmup: int) -> None:
    assert Plan.of(RunConfig("made"), replace(NUMBERS, length=length, horizon=0)).warmup == warmup


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"horizon": 500},
            "Expected a horizon below the 500 samples of the stream; got 500. Try --horizon 1.",
        ),
        (
            {"limit": 2},
            "Expected a horizon below the 2 samples of the stream; got 2. Try --horizon 1.",
        ),
        (
            {"warmup": 500},
            "Expected a warm-up below the 500 samples of the stream; got 500. Try --warmup 50.",
        ),
        (
            {"horizon": 0, "warmup": 9, "limit": 9},
            "Expected a warm-up below the 9 samples of the stream; got 9. Try --warmup 1.",
        ),
    ],
)
def test_nothing_left_to_score_is_refused(changes: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError) as error:
        Plan.of(RunConfig("made", **changes), NUMBERS)
    assert str(error.value) == message


def test_the_largest_horizon_and_warm_up_are_accepted() -> None:
    plan = Plan.of(RunConfig("made", horizon=499, warmup=499), NUMBERS)
    assert (plan.horizon, plan.warmup) == (499, 499)


@pytest.mark.parametrize("feedback", [True, left(False)])
def test_the_learner_is_the_one_described(feedback: bool) -> None:
    config = RunConfig(
        "made",
        learner="network",
        feedback=feedback,
        cell="lru",
        size=5,
        rule="sparse-rtrl:k=1",
        loss="huber",
        learning_rate=0.25,
    )
    plan = Plan.of(config, NUMBERS)
    learner = plan.learner()
    assert (learner.features, learner.targets) == (3, 2)
    assert learner.cell.input_size == (5 if feedback else 3)
    assert learner.parts.rule == SparseRTRL(k=1) and learner.parts.loss == Huber()
    assert (learner.parts.delay, learner.parts.feedback) == (2, feedback)
    assert dict(learner.parts.optimizer.rates) == {"": 0.25}
    described = "LRU(5) · sparse-rtrl:k=1,selection=random,resample=False,support=row · sgd"
    assert plan.describe(learner) == described


def test_a_mask_is_told_to_every_learner_of_the_mixture() -> None:
    told, untold = (
        Plan.of(RunConfig("made", size=3, mask=mask), NUMBERS).learner().learners
        for mask in (True, False)
    )
    assert all(one.parts.mask for one in told.values())
    assert not any(one.parts.mask for one in untold.values())


def test_the_twin_has_the_same_weights_and_learns_nothing() -> None:
    plan = Plan.of(RunConfig("made", learner="network", size=5, optimizer="adam"), NUMBERS)
    learner = plan.learner()
    twin = plan.twin(learner)
    assert twin.parts.rule == Frozen() and twin.parts.optimizer.name == "adam"
    np.testing.assert_array_equal(twin.cell.recurrent, learner.cell.recurrent)


def test_seeds_give_other_weights() -> None:
    first, second = (
        Plan.of(RunConfig("made", learner="network", size=5, seed=seed), NUMBERS).learner()
        for seed in (0, 1)
    )
    assert not np.array_equal(first.cell.recurrent, second.cell.recurrent)


def test_classification_is_learnt_by_cross_entropy_and_no_other_loss() -> None:
    plan = Plan.of(RunConfig("made", learner="network", size=5), KINDS)
    assert plan.learner().parts.loss == CrossEntropy(3)
    with pytest.raises(ValueError) as error:
        Plan.of(RunConfig("made", loss="huber"), KINDS).learner()
    assert str(error.value) == (
        "Expected a choice of loss for regression only, as classification uses cross-entropy; "
        "got 'huber'. Try leaving it out."
    )
    with pytest.raises(ValueError) as error:
        Plan.of(RunConfig("made", loss="hubr"), KINDS).learner()
    assert str(error.value).endswith("; got 'hubr'. Try 'huber'.")


@pytest.mark.parametrize("cell", ["rnn", "lstm"])
def test_what_would_not_fit_is_refused_before_weights_are_drawn(cell: str) -> None:
    """Drawing these weights would take a minute; counting them takes none of it."""
    plan = Plan.of(RunConfig("made", cell=cell, size=2_000_000, rule="rtrl"), NUMBERS)
    with pytest.raises(MemoryBudgetError) as error:
        plan.learner()
    message = str(error.value)
    assert message.startswith("Expected at most ") and ", the free memory; got " in message
    assert "Try the Immediate rule, SparseRTRL(support='shared'), a smaller hidden size" in message


def test_the_stream_is_opened_with_columns_task_and_seed(tmp_path: Path) -> None:
    path = write(tmp_path / "made.npz", example())
    info = config_of(path, features=("c", "a")).open().info
    assert (info.feature_names, info.target_names) == (("c", "a"), REGRESSION)
    assert config_of(path, ("kind",)).open().info.task == "classification"
    weighed = write(tmp_path / "weighed.npz", {**example(), "w": np.ones(ROWS)})
    info = config_of(weighed, start="kind", weight="w").open().info
    assert (info.start_name, info.weight_name) == ("kind", "w")
    first, second = (next(RunConfig("sine", seed=seed).open().chunks(5)).x for seed in (0, 1))
    assert not np.array_equal(first, second)
