"""Ridge regression, the Wiener cascade and recursive least squares, against plain solutions."""

from dataclasses import replace

import numpy as np
import pytest

from decoding.opponents.made import make_rows
from onward.decoding.opponents import RLS, Ridge, WienerCascade
from onward.decoding.opponents.features import Centre, lagged
from onward.decoding.timing import told_after_trial

SESSIONS = [make_rows(1, rows=200), make_rows(2, rows=150)]
DAY = make_rows(3, rows=160)


def design_and_labels(sessions, lags: int) -> tuple[np.ndarray, np.ndarray]:
    centre = Centre.of(sessions)
    designs = [
        lagged(centre.see(rows.counts), rows.start, np.flatnonzero(rows.learnable), lags)
        for rows in sessions
    ]
    labels = [rows.targets[rows.learnable].astype(float) for rows in sessions]
    return np.concatenate(designs), np.concatenate(labels)


@pytest.mark.parametrize("penalty", [1.0, 300.0])
def test_ridge_is_least_squares_with_rows_for_the_penalty(penalty: float) -> None:
    design, labels = design_and_labels(SESSIONS, 4)
    width = design.shape[1]
    level, middle = labels.mean(axis=0), design.mean(axis=0)
    rows = np.concatenate([design - middle, np.sqrt(penalty) * np.eye(width)])
    wanted = np.concatenate([labels - level, np.zeros((width, 2))])
    weights = np.linalg.lstsq(rows, wanted, rcond=None)[0]
    ridge = Ridge(lags=4, penalties=[penalty])
    ridge.fit(SESSIONS)
    seen = lagged(Centre.of(SESSIONS).see(DAY.counts), DAY.start, np.arange(len(DAY)), 4)
    expected = (seen - middle) @ weights + level
    found = ridge.predict(DAY.counts, DAY.start)
    # The constant is held by a thousandth of a row.
    np.testing.assert_allclose(found, expected, atol=1e-4)
    unpenalised = (seen - middle) @ np.linalg.lstsq(rows[:-width], labels - level, rcond=None)[0]
    assert np.abs(unpenalised + level - expected).max() > 1e-3


PENALTIES = [0.1, 10.0, 1e3, 1e5]


def errors_of_penalties(folds) -> list[float]:
    """Relative squared errors, summed over folds: what is fitted, and the rows to predict."""
    errors = []
    for penalty in PENALTIES:
        error = 0.0
        for fitted_on, tried, late in folds:
            ridge = Ridge(lags=4, penalties=[penalty])
            ridge.fit(fitted_on)
            wrong = tried.targets[late] - ridge.predict(tried.counts, tried.start)[late]
            error += (np.square(wrong).mean(axis=0) / tried.targets[late].var(axis=0)).sum()
        errors.append(float(error))
    return errors


def chosen(sessions) -> float:
    ridge = Ridge(lags=4, penalties=PENALTIES)
    ridge.fit(sessions)
    return ridge.penalty


def test_the_penalty_of_one_session_is_the_best_on_its_last_fifth() -> None:
    for seed in range(3):
        rows = make_rows(seed, rows=120)
        late = rows.learnable & (np.arange(len(rows)) >= 96)
        errors = errors_of_penalties([([rows.cut(slice(0, 96))], rows, late)])
        assert chosen([rows]) == PENALTIES[int(np.argmin(errors))]


def test_without_rows_to_choose_by_the_penalty_is_the_middle_one() -> None:
    ridge = Ridge(lags=4, penalties=PENALTIES)
    ridge.fit([make_rows(0, rows=120), make_rows(1, rows=120)])
    rows = make_rows(2, rows=120)
    ridge.fit([replace(rows, scored=rows.scored & (np.arange(len(rows)) < 96))])
    assert ridge.penalty == PENALTIES[2]


def test_the_penalty_of_several_sessions_is_the_best_on_those_left_out() -> None:
    alike = [make_rows(seed, rows=300) for seed in range(3)]
    drifting = [make_rows(seed, rows=300, weights_seed=seed) for seed in range(3)]
    for sessions in (alike, drifting):
        folds = [
            (sessions[:out] + sessions[out + 1 :], rows, rows.learnable)
            for out, rows in enumerate(sessions)
        ]
        assert chosen(sessions) == PENALTIES[int(np.argmin(errors_of_penalties(folds)))]
    assert chosen(drifting) > chosen(alike)


def test_the_cascade_finds_a_cubic_that_a_line_misses() -> None:
    def bent(rows):
        drive = np.sqrt(rows.counts.astype(float)) @ np.linspace(-1, 1, 8)
        return replace(rows, targets=np.column_stack([drive + 0.3 * drive**3, drive]))

    training, day = [bent(make_rows(seed, rows=1500)) for seed in (1, 2)], bent(DAY)
    straight, cascade = Ridge(1, [1e-3]), WienerCascade(1)
    straight.fit(training)
    cascade.fit(training)
    made = cascade.predict(day.counts, day.start)
    line = straight.predict(day.counts, day.start)
    wrong = np.square(made - day.targets).mean(axis=0)
    assert wrong[0] < 0.5 * np.square(line - day.targets).mean(axis=0)[0]
    assert wrong[1] < 0.01 * day.targets[:, 1].var()
    extreme = np.zeros((2, 8), np.float32)
    extreme[:, -1] = 400.0, 4000.0
    ends = cascade.predict(extreme, np.ones(2, bool))
    np.testing.assert_array_equal(ends[0], ends[1])


def slow_rls(opponent: RLS, told: np.ndarray, block: int) -> np.ndarray:
    """One solution a row, from sums in which each row's labels are told one by one."""
    inner, cross = opponent._inner.copy(), opponent._cross.copy()
    prior = np.diag(opponent._prior)
    values = Centre.of(SESSIONS).see(DAY.counts)
    design = lagged(values, DAY.start, np.arange(len(DAY)), opponent.lags)
    design = np.column_stack([design, np.ones(len(DAY))])
    made = np.empty((len(DAY), 2))
    kept = 1.0
    for row in range(len(DAY)):
        kept = 1.0 if row % block == 0 else kept
        made[row] = design[row] @ np.linalg.solve(inner + kept * prior, cross)
        for learnt in np.flatnonzero(DAY.learnable & (told == row)):
            kept *= opponent.forgetting
            feature = design[learnt]
            inner = opponent.forgetting * inner + np.outer(feature, feature)
            cross = opponent.forgetting * cross + np.outer(feature, DAY.targets[learnt])
    return made


@pytest.mark.parametrize("block", [1, 7, 64, 1000])
@pytest.mark.parametrize("when", ["now", "late", "after trial"])
def test_blocks_of_rls_give_what_single_rows_give(block: int, when: str) -> None:
    told = {
        "now": np.arange(len(DAY)),
        "late": np.arange(len(DAY)) + 9,
        "after trial": told_after_trial(DAY.start),
    }[when]
    opponent = RLS(lags=3, block=block)
    opponent.fit(SESSIONS)
    expected = slow_rls(opponent, told, block)
    frozen = opponent.predict(DAY.counts, DAY.start)
    np.testing.assert_allclose(opponent.observe(DAY, told), expected, rtol=1e-7, atol=1e-9)
    assert np.abs(frozen - expected).max() > 1e-3
