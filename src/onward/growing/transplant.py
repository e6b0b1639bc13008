"""The numbers of a state in a larger one, each where it belongs."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import jax
import numpy as np

from onward.cells.derive import emitted_size
from onward.expansions import AbstractExpansion
from onward.learning.learner import Learner
from onward.readouts import KernelClassifier, KernelRegressor

Tag = tuple[str, Hashable]
# By an axis's lengths, old and new, where each of its old entries comes to stand.
Places = Mapping[tuple[int, int], np.ndarray]


def columns(learner: Learner) -> list[Tag]:
    """What each column of the network's input is: ("feature", 3), ("label", 0) and so on."""
    parts = learner.parts
    label = parts.loss.width(learner.targets) if parts.feedback else 0
    return tags(learner.features, parts.mask, label, parts.expansions)


def tags(
    features: int, mask: bool, label: int, expansions: Sequence[AbstractExpansion] = ()
) -> list[Tag]:
    """The columns in the order of `onward.learning.inputs.assemble`.

    Args:
        features: how many there are.
        mask: whether each has a number beside it that tells whether it is missing.
        label: numbers of the encoded label that is fed back.
        expansions: what adds columns between.
    """
    added = [
        (f"expansion {place}", tag)
        for place, each in enumerate(expansions)
        for tag in each.tags(features, label)
    ]
    masks = [("mask", index) for index in range(features)] if mask else []
    first = [("feature", index) for index in range(features)]
    return [*first, *masks, *added, *(("label", index) for index in range(label))]


def transplant(learner: Learner, bigger: Learner, old: Any, fresh: Any) -> Any:
    """A tree of the bigger learner's, with the numbers of the smaller one's where they belong.

    An axis whose length differs is told by its two lengths, which stand for one kind of axis.

    Args:
        learner: the smaller one.
        bigger: the other.
        old: a tree of arrays.
        fresh: the same of the bigger one; of the same leaves, some of them larger.
    """
    return moved(old, fresh, _places(learner, bigger))


def moved(old: Any, fresh: Any, places: Places) -> Any:
    """A larger tree with the numbers of a smaller one of the same leaves, where they belong."""
    leaves, structure = jax.tree.flatten(fresh)
    pairs = zip(jax.tree.leaves(old), leaves, strict=True)
    return jax.tree.unflatten(structure, [_moved(one, new, places) for one, new in pairs])


def _moved(old: Any, fresh: Any, places: Places) -> Any:
    if old.shape == fresh.shape:
        return old
    axes = list(zip(old.shape, fresh.shape, strict=False))
    unknown = any(size != larger and (size, larger) not in places for size, larger in axes)
    if unknown or old.ndim != fresh.ndim:
        raise ValueError(
            f"Expected arrays whose axes grow with the network; got one of {old.shape} that "
            f"becomes {fresh.shape}. Try an optimizer that remembers each weight apart, such as "
            "'rmsprop'."
        )
    index = np.ix_(
        *(np.arange(size) if size == larger else places[size, larger] for size, larger in axes)
    )
    # In NumPy: JAX would compile a program for each shape.
    made = np.array(fresh)
    made[index] = np.asarray(old)
    return jax.device_put(made)


def _places(learner: Learner, bigger: Learner) -> Places:
    before, after = columns(learner), columns(bigger)
    read, scaled = _found(before, after), _found(*map(_scaled, (before, after)))
    kinds = [
        (learner.features, bigger.features, np.arange(learner.features)),
        (learner.targets, bigger.targets, np.arange(learner.targets)),
        (learner.outputs, bigger.outputs, np.arange(learner.outputs)),
        (len(scaled), len(_scaled(after)), scaled),
        (len(read), len(after), read),
        _of_weights(learner, bigger, read),
        _of_regressors(learner, bigger, read),
    ]
    if isinstance(learner.readout, KernelClassifier | KernelRegressor):
        kinds.append(_of_likeness(learner, bigger, read))
    found: dict[tuple[int, int], np.ndarray] = {}
    for old, new, places in kinds:
        if old != new and not np.array_equal(found.setdefault((old, new), places), places):
            raise ValueError(
                f"Expected axes whose lengths tell them apart; got two that grow from {old} to "
                f"{new}, of another order. Try growing to one more feature."
            )
    return found


def _found(before: list[Tag], after: list[Tag]) -> np.ndarray:
    """Where each of some columns stands among others."""
    places = {tag: place for place, tag in enumerate(after)}
    return np.array([places[tag] for tag in before], int)


def _scaled(columns: list[Tag]) -> list[Tag]:
    """The columns that have a scale."""
    return [tag for tag in columns if tag[0] in ("feature", "label")]


def _of_regressors(
    learner: Learner, bigger: Learner, read: np.ndarray
) -> tuple[int, int, np.ndarray]:
    """Of (emitted, x, 1), which recursive least squares keeps an inverse of."""
    emitted, width = emitted_size(learner.cell), bigger.cell.input_size
    places = np.concatenate([np.arange(emitted), emitted + read, [emitted + width]])
    return len(places), emitted + width + 1, places


def _of_likeness(
    learner: Learner, bigger: Learner, read: np.ndarray
) -> tuple[int, int, np.ndarray]:
    """Of (emitted, x), by which samples are alike."""
    emitted, width = emitted_size(learner.cell), bigger.cell.input_size
    places = np.concatenate([np.arange(emitted), emitted + read])
    return len(places), emitted + width, places


def _of_weights(learner: Learner, bigger: Learner, read: np.ndarray) -> tuple[int, int, np.ndarray]:
    """Of the cell's weights in a row, which a sketch keeps."""
    old = jax.tree.leaves(learner.cell.parameters())
    new = jax.tree.leaves(bigger.cell.parameters())
    places, start = [], 0
    for one, larger in zip(old, new, strict=True):
        index = np.arange(larger.size).reshape(larger.shape)
        for axis, size in enumerate(one.shape):
            if size != larger.shape[axis]:
                index = index.take(read, axis)
        places.append(start + index.ravel())
        start += larger.size
    return sum(leaf.size for leaf in old), start, np.concatenate(places)
