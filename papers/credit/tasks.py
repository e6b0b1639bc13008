"""Tasks whose credit horizon is set by construction: how far back the label's cause lies."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from papers import data
from papers.credit.regressions import NOISE, regression
from papers.tasks import Adding, CortexShift
from papers.tasks.base import Phase
from papers.tasks.delayed_recall import DelayedRecall

# Columns of every stream that a network reads, the last ones 0 where a task has fewer: with one
# shape for all tasks a rule is compiled once.
WIDTH = 8
DELAYS, LENGTHS, LAGS = (1, 2, 4, 8, 16, 32), (2, 4, 8, 16, 32, 64, 128), (2, 8, 32)
CORTEX = CortexShift(train=("2012-07-18",))


@dataclass(frozen=True)
class Task:
    """A stream that a network learns from nothing.

    Attributes:
        name: unique.
        family: tasks that differ in their horizon alone.
        horizon: samples between a label and the oldest input that it depends on; None where nobody
            knows.
        about: in a few words, with what the label is.
        make: a stretch of so many rows, from the rows and the seed.
        floor: the mean squared error below which nothing gets but by chance.
        files: the recordings that it is made of, within the folder of data.
    """

    name: str
    family: str
    horizon: int | None
    about: str
    make: Callable[[int, int], Phase]
    floor: float = 0.0
    files: tuple[str, ...] = ()


def recall(noise: float, delay: int, rows: int, seed: int) -> Phase:
    """The input of some samples ago: fair signs (noise 1), or a sine (noise 0)."""
    return DelayedRecall(delay, noise, adaptation=rows).after(seed)


def xor(delay: int, rows: int, seed: int) -> Phase:
    """y_t = x_t · x_{t-delay} of fair signs: "exclusive or" with false as 1 and true as -1. No
    linear model of any inputs is better than 0, whose error is 1."""
    signs = _signs(rows + delay, seed)
    return Phase(signs[delay:, None], (signs[delay:] * signs[:rows])[:, None])


def chain(length: int, rows: int, seed: int) -> Phase:
    """Sequences of `length` samples follow one another. The first shows a fair sign and a mark, the
    last asks for the sign, and only there is a label. Between them the inputs are 0.

    x_t = (sign, mark of the first, mark of the last). Osband et al. (2020), "Behaviour suite for
    reinforcement learning", memory chain.
    """
    place = np.arange(rows) % length
    signs = _signs(rows // length + 1, seed)
    shown = np.repeat(signs, length)[:rows]
    first, last = place == 0, place == length - 1
    x = np.stack([np.where(first, shown, 0), first, last], axis=1).astype(np.float32)
    return Phase(x, np.where(last, shown, np.float32(np.nan))[:, None])


def copy(length: int, rows: int, seed: int) -> Phase:
    """`length` fair signs are shown, then asked for in the same order, again and again.

    x_t = (sign, whether it is asked for); the label stands where it is.
    """
    place, period = np.arange(rows) % (2 * length), 2 * length
    signs = _signs(rows + period, seed)
    asked = place >= length
    ago = np.concatenate([np.zeros(length, np.float32), signs[:rows]])[:rows]
    x = np.stack([np.where(asked, 0, signs[:rows]), asked], axis=1).astype(np.float32)
    return Phase(x, np.where(asked, ago, np.float32(np.nan))[:, None])


def adding(length: int, rows: int, seed: int) -> Phase:
    """The sum of two marked numbers of a sequence, asked for at its end."""
    whole = Adding(length, sequences=-(-rows // length)).after(seed)
    return Phase(whole.x[:rows], whole.y[:rows])


def cortex(rows: int, seed: int) -> Phase:
    """The horizontal velocity of a cursor from motor cortex, three months after the day whose first
    principal components the inputs are. The rows do not depend on the seed."""
    del seed
    before, after = CORTEX.before(0).x, CORTEX.after(0)
    _, _, directions = np.linalg.svd(before - before.mean(axis=0), full_matrices=False)
    kept = directions[:WIDTH].T
    scores = after.x[:rows] @ kept / (before @ kept).std(axis=0)
    return Phase(scores.astype(np.float32), after.y[:rows, :1])


def padded(x: np.ndarray) -> np.ndarray:
    """Inputs with columns of 0 up to `WIDTH`."""
    return np.pad(x, ((0, 0), (0, WIDTH - x.shape[1])))


def held_out() -> frozenset[str]:
    """The half of the tasks that nothing may be improved by, as the hashes of their names have it:
    those whose hashes come first."""
    ordered = sorted(TASKS, key=lambda name: hashlib.sha256(name.encode()).digest())
    return frozenset(ordered[: len(ordered) // 2])


def available() -> dict[str, Task]:
    """The tasks whose recordings are there, by name."""
    return {name: task for name, task in TASKS.items() if data.missing(task.files) is None}


def _signs(count: int, seed: int) -> np.ndarray:
    """Fair signs, independent of each other."""
    return np.random.default_rng(seed).choice(np.array([-1, 1], np.float32), count)


def _family(
    family: str, delays: Sequence[int], about: str, make: Callable[..., Phase], shift: int = 0
) -> list[Task]:
    return [
        Task(f"{family}-{one}", family, one - shift, about.format(one), partial(make, one))
        for one in delays
    ]


def _tasks() -> list[Task]:
    drawn = f"four numbers, noise of {NOISE:g} in a label of power 1, "
    return [
        *_family("recall", DELAYS, "the sign of {} samples ago", partial(recall, 1.0)),
        *_family("xor", DELAYS, "the product of a sign and that of {} samples ago", xor),
        *_family("chain", LENGTHS, "a sign shown at the first of {} samples", chain, shift=1),
        *_family("sine", LAGS, "a sine of {} samples ago", partial(recall, 0.0)),
        Task("copy-4", "copy", 4, "four signs shown, then asked for", partial(copy, 4)),
        Task("adding-6", "adding", 5, "the sum of two marked numbers of six", partial(adding, 6)),
        Task("stationary", "regression", 0, drawn + "fixed weights", regression(0.0), NOISE),
        Task("drifting", "regression", 0, drawn + "weights that turn", regression(0.02), NOISE),
        Task("cortex", "cortex", None, "a cursor's velocity", cortex, files=CORTEX.files),
    ]


TASKS: Mapping[str, Task] = {task.name: task for task in _tasks()}
