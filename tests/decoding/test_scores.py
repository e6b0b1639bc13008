import numpy as np
import pytest

from onward.decoding.scores import f20, mean_score, r2, tally, worst_minute


def made(rows: int = 500) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    targets = random.normal(size=(rows, 2)) * [1.0, 5.0] + [0.0, 100.0]
    return targets, targets + random.normal(size=(rows, 2)), random.random(rows) < 0.7


def plain_r2(targets: np.ndarray, predictions: np.ndarray) -> np.ndarray:
    wrong = np.square(targets - predictions).sum(axis=0)
    return 1.0 - wrong / np.square(targets - targets.mean(axis=0)).sum(axis=0)


def test_r2_is_of_the_scored_rows_and_f20_of_the_last_fifth_of_all_rows() -> None:
    targets, predictions, scored = made()
    found = r2(targets, predictions, scored)
    np.testing.assert_allclose(found.per_target, plain_r2(targets[scored], predictions[scored]))
    assert found.mean == pytest.approx(np.mean(found.per_target))
    assert found.scored == 2 * scored.sum()
    late = scored & (np.arange(500) >= 400)
    np.testing.assert_allclose(
        f20(targets, predictions, scored).per_target, plain_r2(targets[late], predictions[late])
    )
    predictions[~scored], predictions[:400] = 1e6, 1e6
    np.testing.assert_allclose(
        f20(targets, predictions, scored).per_target, plain_r2(targets[late], predictions[late])
    )


def test_the_worst_minute_is_found_and_judged_by_the_spread_of_the_session() -> None:
    targets, predictions, scored = made()
    predictions[200:230] += 20.0
    # Too few rows are scored here for a minute of it to count.
    scored[300:390] = np.arange(90) % 10 == 0
    predictions[300:390] += 200.0
    found = worst_minute(targets, predictions, scored, bin_s=2.0)
    assert found is not None
    errors = np.square(targets - predictions) / targets[scored].var(axis=0)
    scores = []
    for first in range(500 - 29):
        part = np.arange(first, first + 30)[scored[first : first + 30]]
        scores.append(1.0 - errors[part].mean() if len(part) >= 15 else np.inf)
    assert (found.first, found.rows) == (int(np.argmin(scores)), 30)
    assert found.r2 == pytest.approx(min(scores))


def test_there_is_no_worst_minute_without_one() -> None:
    targets, predictions, scored = made(20)
    assert worst_minute(targets, predictions, scored, bin_s=2.0) is None
    assert worst_minute(targets, predictions, scored & False, bin_s=10.0) is None
    assert worst_minute(targets * 0, predictions, scored, bin_s=10.0) is None
    with pytest.raises(ValueError, match=r"Expected bins longer than 0 s; got 0"):
        worst_minute(targets, predictions, scored, bin_s=0)


def test_sessions_are_won_and_lost() -> None:
    ours, theirs = {"a": 0.3, "b": 0.2, "c": 0.5}, {"a": 0.1, "b": 0.4, "c": 0.5}
    found = tally(ours, theirs)
    assert (found.won, found.lost, found.worst) == (("a",), ("b",), "b")
    with pytest.raises(ValueError, match=r"Expected scores of the same sessions; got \['a', 'b'"):
        tally(ours, {"a": 0.1})


def test_a_mean_leaves_no_session_out() -> None:
    targets, predictions, scored = made()
    scores = [f20(targets, predictions, scored), r2(targets, predictions, scored)]
    assert mean_score(scores) == pytest.approx(sum(score.mean or 0 for score in scores) / 2)
    still = r2(targets * 0, predictions, scored)
    assert still.mean is None
    with pytest.raises(ValueError, match=r"Expected a score for every session; got 2 of 3"):
        mean_score([*scores, still])
