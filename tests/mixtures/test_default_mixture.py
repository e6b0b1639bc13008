"""The members that somebody gets who asks for none in particular."""

from functools import partial
from typing import Any

import jax
import numpy as np
import optax
import pytest

from matrix import left
from onward import (
    RNN,
    CrossEntropy,
    Huber,
    KernelClassifier,
    KernelRegressor,
    Lags,
    Memoryless,
    OneHot,
    Optimizer,
    Squared,
)
from onward.forecasters import HoltWinters, LastLabel, Markov
from onward.learning import architecture
from onward.mixtures.default_mixture import MOST_COMPARED, MOST_READ, WIDEST, default_mixture
from onward.rules import EligibilityTrace

make = partial(default_mixture, key=jax.random.key(0), size=4, optimizer="rmsprop")
NETWORKS = ("network", "slow network", "network with averages", "network with lags")
LINES = ("line with memory", "line")
ALIKE = "like samples"
# By features: the learners that are there.
EXPECTED = {
    0: {*NETWORKS, *LINES, ALIKE},
    1: {*NETWORKS, *LINES, ALIKE},
    6: {*NETWORKS, *LINES, ALIKE},
    40: {*NETWORKS, *LINES, ALIKE},
    1000: {"network", "slow network"},
}


@pytest.mark.parametrize(
    ("features", "mask", "classes"),
    [
        *(left(features, False, None) for features in (0, 1, 6)),
        *((features, False, None) for features in (40, 1000)),
        (0, False, 7),
        (6, True, 2),
        left(40, True, 7),
    ],
)
def test_members_keep_within_their_widths(features, mask, classes) -> None:
    mixture = make(features, classes=classes, mask=mask)
    assert mixture.features == features and mixture.outputs == (classes or 1)
    assert next(iter(mixture.learners)) == "network"
    if not mask and classes is None:
        assert set(mixture.learners) >= EXPECTED[features] - {"network with lags"}
        assert (
            ("line" in mixture.learners) == (ALIKE in mixture.learners) == (features < WIDEST - 1)
        )
    for name, one in mixture.learners.items():
        size = one.cell.input_size
        if isinstance(one.cell, Memoryless):
            assert size < WIDEST
        elif one.parts.expansions:
            assert size <= MOST_READ
        assert one.parts.mask == mask and one.parts.feedback
        listed = any(isinstance(each, OneHot) for each in one.parts.expansions)
        assert listed == (name == "network with lags" and 0 < features <= 12)
    kinds = {type(one) for one in mixture.members.values()}
    assert LastLabel in kinds and (Markov in kinds) == (HoltWinters not in kinds) == bool(classes)


def test_without_feedback_nothing_reads_labels() -> None:
    mixture = make(6, feedback=False)
    assert set(mixture.learners) == {*NETWORKS, *LINES, ALIKE}
    for one in mixture.learners.values():
        assert not one.parts.feedback
        assert not any(getattr(each, "of", "") == "labels" for each in one.parts.expansions)
    # Without lags of labels, and with too many features to list, it would be a second of the first.
    assert "network with lags" not in make(40, feedback=False).learners


@pytest.mark.parametrize("features", [0, 1, 2])
@pytest.mark.parametrize("classes", [None, 3])
def test_samples_are_compared_by_their_features_or_by_the_past_of_few(features, classes) -> None:
    one = make(features, classes=classes).learners[ALIKE]
    kind = KernelClassifier if classes else KernelRegressor
    assert type(one.readout) is kind and one.readout.window.samples == 1000
    assert one.parts.loss == (CrossEntropy(3) if classes else Squared())
    assert bool(one.parts.expansions) == (features < 2)
    if classes is None:
        other = make(features, loss=Huber()).learners[ALIKE]
        assert other.parts.loss == Squared()


def test_without_anything_to_compare_no_samples_are() -> None:
    assert ALIKE in make(MOST_COMPARED - 1).learners and ALIKE not in make(MOST_COMPARED).learners
    few = make(1, feedback=False).learners[ALIKE]
    assert not few.parts.expansions and few.cell.input_size == 1


def test_the_network_that_reads_lags_has_half_the_units() -> None:
    learners = make(2).learners
    found = [len(learners[name].cell.init_state()) for name in NETWORKS]
    assert found == [4, 4, 4, 2]


def test_the_key_decides_the_weights_and_all_networks_have_others() -> None:
    one, same = make(2), make(2)
    other = make(2, key=jax.random.key(1))
    assert one == same and hash(one) == hash(same) and one != other
    first, second = (np.asarray(one.learners[name].cell.recurrent) for name in NETWORKS[:2])  # type: ignore[attr-defined]
    assert not np.array_equal(first, second)


def test_settings_reach_the_members() -> None:
    mixture = make(
        3,
        2,
        delay=4,
        cell=partial(RNN, dtype=np.float32),
        rule=EligibilityTrace(0.5),
        missing="last",
    )
    assert mixture.dtype == np.float32 and mixture.targets == 2
    for name, one in mixture.learners.items():
        assert one.parts.delay == 4 and one.parts.missing == "last"
        if name in NETWORKS:
            assert isinstance(one.cell, RNN) and one.parts.rule == EligibilityTrace(0.5)
    assert any(isinstance(each, Lags) for each in mixture.learners[LINES[0]].parts.expansions)
    assert make(3, classes=3).parts.loss == CrossEntropy(3)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [1e-3, 3e-4, 1e-3]),
        ({"learning_rate": 0.1}, [0.1, 0.03, 0.1]),
        ({"optimizer": Optimizer("adam", 0.2, clip=1.0)}, [0.2, 0.06, 0.2]),
        ({"learning_rate": optax.constant_schedule(0.5)}, [0.5, 0.15, 0.5]),
    ],
)
def test_the_second_network_has_a_third_of_the_rate(options, expected) -> None:
    learners = make(2, **options).learners
    for name, rate in zip(NETWORKS, expected, strict=False):
        optimizer = learners[name].parts.optimizer
        found: Any = dict(optimizer.rates)[""]
        used: Any = found(0) if callable(found) else found
        np.testing.assert_allclose(used, rate)
        assert optimizer.clip == (1.0 if "optimizer" in options else None)


def test_a_transformation_of_ones_own_has_no_rate_to_lower() -> None:
    learners = make(2, optimizer=optax.sgd(0.1)).learners
    assert learners["network"].parts.optimizer == learners["slow network"].parts.optimizer


def test_what_auto_says_of_the_cell_is_measured_once(monkeypatch) -> None:
    probed, probe = [], architecture.probe
    monkeypatch.setattr(architecture, "probe", lambda cell: probed.append(cell) or probe(cell))
    learners = make(2, optimizer="auto").learners
    assert len(probed) == 1
    names = {learners[name].parts.optimizer.name for name in NETWORKS}
    assert names == {"rmsprop" if probe(probed[0]).needs_normalisation else "sgd"}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"features": "3"}, "Expected features to be an integer >= 0; got '3'"),
        ({"key": 5}, "Expected a key; got 5"),
        ({"cell": "gru"}, "Expected the class of a cell; got 'gru'"),
    ],
)
def test_what_makes_no_mixture_is_refused_in_words(changes: dict, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        default_mixture(**{"features": 3, "key": jax.random.key(0), **changes})
