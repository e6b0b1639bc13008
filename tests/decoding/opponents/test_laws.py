"""What every opponent keeps to."""

import copy
from dataclasses import replace

import numpy as np
import pytest

from decoding.opponents.made import make_rows
from onward.decoding.opponents import OPPONENTS, AbstractOnlineOpponent, AbstractOpponent, Rows
from onward.decoding.scores import r2

TRAINING = [make_rows(1), make_rows(2)]
DAY = make_rows(3)
ONLINE = [name for name in OPPONENTS if isinstance(OPPONENTS[name](), AbstractOnlineOpponent)]
BLIND = {"last-label"}


@pytest.fixture(scope="module")
def fitted_ones() -> dict[str, AbstractOpponent]:
    made = {name: opponent() for name, opponent in OPPONENTS.items()}
    for opponent in made.values():
        opponent.fit(TRAINING)
    return made


@pytest.fixture(params=list(OPPONENTS))
def opponent(request, fitted_ones) -> AbstractOpponent:
    return copy.deepcopy(fitted_ones[request.param])


@pytest.fixture(params=ONLINE)
def online(request, fitted_ones) -> AbstractOnlineOpponent:
    found = copy.deepcopy(fitted_ones[request.param])
    assert isinstance(found, AbstractOnlineOpponent)
    return found


def decodes(opponent: AbstractOpponent) -> bool:
    return opponent.name != OPPONENTS["last-label"]().name


def test_it_decodes_what_is_there(opponent: AbstractOpponent) -> None:
    found = r2(DAY.targets, opponent.predict(DAY.counts, DAY.start), DAY.scored).mean
    assert found is not None
    assert (found > 0.5) == decodes(opponent)


def test_no_prediction_sees_a_later_bin(opponent: AbstractOpponent) -> None:
    before = opponent.predict(DAY.counts, DAY.start)
    later = DAY.counts.copy()
    later[130:] += 5.0
    after = opponent.predict(later, DAY.start)
    np.testing.assert_array_equal(after[:130], before[:130])
    assert (after[130:] != before[130:]).any() == decodes(opponent)


def test_nothing_crosses_a_start(opponent: AbstractOpponent) -> None:
    whole = opponent.predict(DAY.counts, DAY.start)
    np.testing.assert_allclose(
        opponent.predict(DAY.counts[150:], DAY.start[150:]), whole[150:], rtol=1e-9, atol=1e-9
    )
    if decodes(opponent):
        crossed = opponent.predict(DAY.counts[149:], DAY.start[149:] & False)[1:]
        assert not np.allclose(crossed[:3], whole[150:153])


def test_rows_that_are_not_scored_teach_nothing(opponent: AbstractOpponent) -> None:
    spoilt = []
    for rows in TRAINING:
        targets = rows.targets.copy()
        targets[~rows.scored] = 1e3
        targets[7] = np.nan
        spoilt.append(replace(rows, targets=targets))
    clean = [replace(rows, scored=rows.scored & (np.arange(len(rows)) != 7)) for rows in TRAINING]
    opponent.fit(clean)
    expected = opponent.predict(DAY.counts, DAY.start)
    opponent.fit(spoilt)
    np.testing.assert_array_equal(opponent.predict(DAY.counts, DAY.start), expected)


def test_missing_channels_leave_predictions_finite(opponent: AbstractOpponent) -> None:
    random = np.random.default_rng(0)

    def with_gaps(rows: Rows) -> Rows:
        counts = rows.counts.copy()
        counts[:, 0] = np.nan
        counts[random.random(counts.shape) < 0.05] = np.nan
        counts[60] = np.nan
        counts[:, 5] = 0.0
        return replace(rows, counts=counts)

    opponent.fit([with_gaps(rows) for rows in TRAINING])
    assert np.isfinite(opponent.predict(with_gaps(DAY).counts, DAY.start)).all()
    opponent.renew(with_gaps(DAY))
    found = opponent.predict(DAY.counts, DAY.start)
    assert np.isfinite(found).all()


def test_a_new_day_changes_it(opponent: AbstractOpponent) -> None:
    other = make_rows(4, weights_seed=9)
    frozen = opponent.predict(other.counts, other.start)
    opponent.renew(other.cut(slice(0, 300)))
    assert (opponent.predict(other.counts, other.start) != frozen).any()


@pytest.mark.parametrize("name", OPPONENTS)
def test_it_says_what_it_cannot_do(name: str) -> None:
    opponent = OPPONENTS[name]()
    with pytest.raises(ValueError, match=r"Expected an opponent that is fitted; .* Try `fit`"):
        opponent.predict(DAY.counts, DAY.start)
    with pytest.raises(ValueError, match=r"Expected a row with a label .* got none in 1 sessions"):
        opponent.fit([replace(DAY, scored=DAY.scored & False)])
    with pytest.raises(ValueError, match=r"Expected sessions with the same channels .* by label"):
        opponent.fit([DAY, replace(DAY, counts=DAY.counts[:, 1:])])
    opponent.fit(TRAINING)
    if name not in BLIND:
        with pytest.raises(ValueError, match=r"Expected counts of shape \(T, 8\); got \(400, 7\)"):
            opponent.predict(DAY.counts[:, 1:], DAY.start)


def test_a_label_reaches_no_prediction_before_it_is_told(online: AbstractOnlineOpponent) -> None:
    changed = DAY.targets.copy()
    changed[110] += 10.0
    told = np.minimum(np.arange(len(DAY)) + 20, len(DAY))
    for when, first in ((None, 111), (told, 131)):
        first_one, other = copy.deepcopy(online), copy.deepcopy(online)
        before = first_one.observe(DAY, when)
        after = other.observe(replace(DAY, targets=changed), when)
        np.testing.assert_array_equal(after[:first], before[:first])
        assert (after[first] != before[first]).any()


def test_labels_that_are_never_told_change_nothing(online: AbstractOnlineOpponent) -> None:
    never = np.full(len(DAY), len(DAY))
    expected = online.predict(DAY.counts, DAY.start)
    np.testing.assert_allclose(online.observe(DAY, never), expected, rtol=1e-9)
    np.testing.assert_array_equal(online.predict(DAY.counts, DAY.start), expected)


@pytest.mark.parametrize("shift", [-1, None])
def test_labels_cannot_be_told_early_or_out_of_order(online, shift: int | None) -> None:
    told = np.arange(len(DAY)) + shift if shift else np.arange(len(DAY))[::-1]
    with pytest.raises(ValueError, match=r"Expected for each of 400 labels a row >= its own"):
        online.observe(DAY, told)


def test_rows_must_fit_each_other() -> None:
    with pytest.raises(ValueError, match=r"Expected counts \(T, channels\), .* one row a bin"):
        replace(DAY, start=DAY.start[1:])
