"""Intervals around predictions as they are made, in the order in which labels come."""

from functools import partial
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from onward._typing import Array, Bool, Float, Int
from onward.intervals import AdaptiveConformal, AdaptiveState, Issued
from onward.learning import execution
from onward.learning.sizes import size_limit


class BandState(eqx.Module):
    """All that the next interval needs, with a first axis of series.

    Attributes:
        moved: of what makes the intervals.
        waiting: what has been told of labels that have not come, `delay` of them on a second
            axis; None without a delay.
        place: where the oldest of these lies.
    """

    moved: AdaptiveState
    waiting: Issued | None
    place: Int[Array, "*series"]


class Row(NamedTuple):
    """A prediction and the label that comes with it, which may be of an earlier one.

    Attributes:
        code: the series.
        prediction, label: any number where there is none.
        predicted, known: where there is one.
    """

    code: Int[Array, ""]
    prediction: Float[Array, " outputs"]
    predicted: Bool[Array, " outputs"]
    label: Float[Array, " outputs"]
    known: Bool[Array, " outputs"]


class Bands:
    """Intervals around the predictions of one model, of one or several series.

    The label in a row belongs to the prediction `delay` rows of its series earlier. With a delay
    it is used before the interval of its row is told, as the model knows it then, too.

    Args:
        interval: what makes them.
        outputs: numbers in a prediction.
        dtype: of the predictions.
        delay: rows from a prediction to its label.
        series: how many there are.
    """

    def __init__(
        self, interval: AdaptiveConformal, outputs: int, dtype: Any, delay: int, series: int = 1
    ):
        self.interval, self.outputs, self.dtype = interval, outputs, np.dtype(dtype)
        self.delay, self.series = delay, series

    def init(self) -> BandState:
        """The state before the first prediction."""
        moved = self.interval.init(self.outputs, self.dtype, max(self.delay - 1, 0))
        waiting = None
        if self.delay:
            shape = (self.delay, self.outputs)
            numbers, flags = jnp.zeros(shape, self.dtype), jnp.zeros(shape, bool)
            waiting = Issued(numbers, numbers, numbers, flags, flags)
        one = BandState(moved, waiting, jnp.zeros((), jnp.int32))
        repeat = lambda leaf: jnp.broadcast_to(leaf, (self.series, *leaf.shape)).copy()  # noqa: E731
        return jax.tree.map(repeat, one)

    def run(
        self, state: BandState, predictions: Any, labels: Any, codes: Any = None
    ) -> tuple[BandState, Array | np.ndarray, Array | np.ndarray]:
        """The intervals around consecutive predictions, with the same bits however they are cut.

        Args:
            state: before them.
            predictions: shape (T, outputs), NaN where there is none.
            labels: in order of arrival, shape (T, outputs), NaN where missing.
            codes: the series of each, integers, shape (T,); None where there is one.

        Returns:
            The state after them, and the ends of the intervals, each of shape (T, outputs); NaN
            where there is none.
        """
        rows = self._rows(predictions, labels, codes)
        take = partial(_take, self.interval, self.delay)
        state, packed = execution.in_pieces(take, state, rows)
        return state, *_ends(packed)

    def peek(
        self, state: BandState, predictions: Any, labels: Any
    ) -> tuple[Array | np.ndarray, Array | np.ndarray]:
        """The intervals of which each would be the next one; the state does not move.

        Args:
            state: of one series.
            predictions: as in `run`.
            labels: as there.
        """
        rows = self._rows(predictions, labels, None)
        take = lambda state, piece, count: (  # noqa: E731
            state,
            _each(self.interval, self.delay, state, piece),
        )
        return _ends(execution.in_pieces(take, state, rows)[1])

    def _rows(self, predictions: Any, labels: Any, codes: Any) -> Row:
        traced = isinstance(predictions, Tracer) or isinstance(labels, Tracer)
        xp = jnp if traced else np
        predictions = xp.asarray(predictions, self.dtype)
        labels = xp.asarray(labels, self.dtype)
        if codes is None:
            codes = np.zeros(len(predictions), np.int32)
        predicted = xp.isfinite(predictions)
        # What the learner skips is no label here either.
        known = xp.abs(labels) < np.asarray(size_limit(self.dtype), self.dtype)
        rows: tuple[Any, ...] = (
            np.asarray(codes, np.int32),
            xp.where(predicted, predictions, xp.zeros_like(predictions)),
            predicted,
            xp.where(known, labels, xp.zeros_like(labels)),
            known,
        )
        return Row(*rows)


@partial(jax.jit, static_argnums=(0, 1))
def _take(
    interval: AdaptiveConformal, delay: int, state: BandState, rows: Row, count: int | Array
) -> tuple[BandState, Array]:
    def one(state: BandState, row: Row) -> tuple[BandState, Array]:
        own = jax.tree.map(lambda leaf: leaf[row.code], state)
        moved, ends = _step(interval, delay, own, row)
        put = lambda leaf, new: leaf.at[row.code].set(new)  # noqa: E731
        return jax.tree.map(put, state, moved), ends

    return execution.take_all(one, state, rows, count)


@partial(jax.jit, static_argnums=(0, 1))
def _each(interval: AdaptiveConformal, delay: int, state: BandState, rows: Row) -> Array:
    own = jax.tree.map(lambda leaf: leaf[0], state)
    return jax.vmap(lambda row: _step(interval, delay, own, row)[1])(rows)


def _step(
    interval: AdaptiveConformal, delay: int, state: BandState, row: Row
) -> tuple[BandState, Float[Array, " packed"]]:
    """One row of one series: the ends of its interval, and where there is one."""
    moved, waiting, place = state.moved, state.waiting, state.place
    if waiting is not None:
        due = jax.tree.map(lambda ring: ring[place], waiting)
        moved = interval.update(moved, due, row.label, row.known)
    low, high = interval.interval(moved, row.prediction)
    given = interval.ready(moved) & row.predicted
    now = Issued(row.prediction, low, high, row.predicted, given)
    if waiting is None:
        moved = interval.update(moved, now, row.label, row.known)
    else:
        waiting = jax.tree.map(lambda ring, new: ring.at[place].set(new), waiting, now)
        place = (place + 1) % delay
    packed = jnp.concatenate([low, high, given.astype(low.dtype)])
    return BandState(moved, waiting, place), packed


def _ends(packed: Array | np.ndarray) -> tuple[Array | np.ndarray, Array | np.ndarray]:
    """Both ends, NaN where there is no interval."""
    xp = np if isinstance(packed, np.ndarray) else jnp
    low, high, given = xp.split(packed, 3, axis=-1)
    nothing = np.asarray(np.nan, packed.dtype)
    return xp.where(given > 0, low, nothing), xp.where(given > 0, high, nothing)
