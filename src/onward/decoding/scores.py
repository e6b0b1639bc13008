"""How decoders are scored over sessions: R² of what was held out, and where they did worst."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from onward.evaluate import RegressionScore

# Seconds of a stretch that is judged by itself, and the share of it that must be scored.
STRETCH_S, LEAST_SCORED = 60.0, 0.5


def first_part(rows: int) -> int:
    """Rows of a session that F20 adapts on: the first 80 %, whether they are scored or not."""
    return rows * 4 // 5


@dataclass(frozen=True)
class R2:
    """R² = 1 - Σ (y - ŷ)² / Σ (y - ȳ)², ȳ the mean of the scored labels.

    Args:
        mean: over the targets that vary; None if none does.
        per_target: None where a target does not vary.
        scored: labels that counted.
    """

    mean: float | None
    per_target: tuple[float | None, ...]
    scored: int


def r2(targets: np.ndarray, predictions: np.ndarray, scored: np.ndarray) -> R2:
    """R² over the scored rows; all of them is the prequential score of a decoder that learns.

    Args:
        targets: shape (T, targets), NaN where there is no label.
        predictions: in the units of the targets, shape (T, targets). A row without a prediction
            does not count.
        scored: shape (T,), bool.

    Raises:
        ValueError: if the shapes do not fit each other.
    """
    score = RegressionScore(targets.shape[1])
    score.update(targets[scored], predictions[scored])
    result = score.result()
    return R2(result["r2"], tuple(result["per_target"]["r2"]), result["scored"])


def f20(targets: np.ndarray, predictions: np.ndarray, scored: np.ndarray) -> R2:
    """R² over the scored rows of the last 20 %, of a decoder that adapted on the rows before.

    Args:
        targets: of the whole session, shape (T, targets).
        predictions: of the whole session, shape (T, targets).
        scored: shape (T,), bool.

    Raises:
        ValueError: if the shapes do not fit each other.
    """
    held_out = scored.copy()
    held_out[: first_part(len(scored))] = False
    return r2(targets, predictions, held_out)


@dataclass(frozen=True)
class Stretch:
    """A stretch of a session and its score.

    Args:
        first: its first row.
        rows: how many it has.
        r2: 1 - its mean squared error relative to the variance of the whole session's labels,
            mean of targets.
    """

    first: int
    rows: int
    r2: float


def worst_minute(
    targets: np.ndarray, predictions: np.ndarray, scored: np.ndarray, bin_s: float
) -> Stretch | None:
    """The minute in which a decoder did worst, of all that start at any row.

    Errors are compared with the variance of the session and not of the minute: the R² of a minute
    without movement would be as low as one likes.

    Args:
        targets: shape (T, targets), NaN where there is no label.
        predictions: shape (T, targets).
        scored: shape (T,), bool. At least half a minute's rows must be scored.
        bin_s: seconds of a bin.

    Returns:
        None if no minute has enough rows, or no target varies.

    Raises:
        ValueError: if the bin is not longer than 0 s.
    """
    if not bin_s > 0:
        raise ValueError(f"Expected bins longer than 0 s; got {bin_s}. Try 0.02.")
    rows = max(1, round(STRETCH_S / bin_s))
    errors = RegressionScore.errors(targets, predictions)
    counts = scored & ~np.isnan(errors).any(axis=1)
    variances = targets[counts].astype(np.float64).var(axis=0) if counts.any() else np.zeros(1)
    if len(counts) < rows or not (variances > 0).any():
        return None
    varied = variances > 0
    relative = np.square(errors[:, varied]) / variances[varied]
    wrong = _moving_sums(np.where(counts, relative.mean(axis=1), 0.0), rows)
    seen = _moving_sums(counts.astype(np.float64), rows)
    enough = seen >= LEAST_SCORED * rows
    if not enough.any():
        return None
    scores = np.where(enough, 1.0 - wrong / np.maximum(seen, 1.0), np.inf)
    first = int(np.argmin(scores))
    return Stretch(first, rows, float(scores[first]))


@dataclass(frozen=True)
class Tally:
    """Sessions in which one decoder scored higher than another.

    Args:
        won: names of sessions.
        lost: names of sessions; one with equal scores is in neither.
        worst: the session in which it scored lowest.
    """

    won: tuple[str, ...]
    lost: tuple[str, ...]
    worst: str


def tally(ours: Mapping[str, float], theirs: Mapping[str, float]) -> Tally:
    """Compare two decoders session by session.

    Args:
        ours: score by the name of the session, higher is better.
        theirs: the same of the other one.

    Raises:
        ValueError: if the sessions differ, or there are none.
    """
    if ours.keys() != theirs.keys() or not ours:
        raise ValueError(
            f"Expected scores of the same sessions; got {sorted(ours)} and {sorted(theirs)}. Try "
            "the sessions that both have decoded."
        )
    won = tuple(name for name in ours if ours[name] > theirs[name])
    lost = tuple(name for name in ours if ours[name] < theirs[name])
    return Tally(won, lost, min(ours, key=lambda name: ours[name]))


def mean_score(scores: Sequence[R2]) -> float:
    """The mean over sessions, each of which counts the same.

    Raises:
        ValueError: if a session has no score.
    """
    means = [score.mean for score in scores]
    present = [mean for mean in means if mean is not None]
    if not present or len(present) < len(means):
        raise ValueError(
            f"Expected a score for every session; got {len(present)} of {len(means)}. Try "
            "sessions in which a scored target varies."
        )
    return sum(present) / len(present)


def _moving_sums(values: np.ndarray, rows: int) -> np.ndarray:
    total = np.append(0.0, np.cumsum(values))
    return total[rows:] - total[:-rows]
