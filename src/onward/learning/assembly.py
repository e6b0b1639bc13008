"""From what a learner is asked for to its parts, which are refused where they do not fit."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import equinox as eqx
import jax
import numpy as np

from onward._checks import check_integer, check_kind
from onward.cells import AbstractCell
from onward.expansions import AbstractExpansion
from onward.learning import admission, architecture, uncredited
from onward.losses import AbstractLoss
from onward.optimizers import OPTIMIZERS, Optimizer
from onward.readouts import AbstractReadout, Linear
from onward.scales import AbstractScale, AdaptiveMoments, Unscaled

Expansions = tuple[AbstractExpansion, ...]

SCALED = ("inputs", "targets")
# Inputs up to which an optimizer's default rate is used as it stands.
WIDE = 500


def admitted(cell: Any, rule: Any) -> int:
    """How many numbers a cell emits, once it and the rule have been found to fit."""
    admission.refuse_rule(rule)
    emitted = admission.refuse_cell(cell)
    rule.refuse(cell)
    uncredited.refuse_unread(cell)
    if "cell" in rule.trains and not uncredited.of_the_library(cell):
        uncredited.refuse_uncredited(cell)
    return emitted


def input_size(
    features: int,
    label: int = 0,
    mask: bool = False,
    expansions: Sequence[AbstractExpansion] = (),
) -> int:
    """How many numbers the cell of a learner reads.

    Args:
        features: of the stream.
        label: width of the label that is fed back; 0 without feedback.
        mask: whether each feature has a number beside it that tells whether it is missing.
        expansions: what adds further columns.
    """
    for name, value in (("features", features), ("label", label)):
        check_integer(name, value, least=0, example=1)
    added = sum(each.width(features, label) for each in admitted_expansions(expansions))
    return (2 if mask else 1) * features + added + label


def features(cell: AbstractCell, label: int, mask: bool, expansions: Expansions) -> int:
    """How many features a cell reads; see `input_size`."""
    sizes = {input_size(n, label, mask, expansions): n for n in range(cell.input_size + 1)}
    found = sizes.get(cell.input_size)
    if found is None or not (found or label):
        wanted = "twice the features" if mask else "the features"
        wanted += f" plus {label} for feedback" if label else ""
        more = " plus what expansions add" if expansions else ""
        form = f"{'2 * ' if mask else ''}features{f' + {label}' if label else ''}"
        hint = "onward.input_size(features, ...)" if expansions else form
        raise ValueError(
            f"Expected a cell whose input_size is {wanted}{more}; got "
            f"input_size={cell.input_size}. Try input_size={hint}."
        )
    _refuse_idle(expansions, found, label, cell.dtype)
    return found


def admitted_expansions(given: Any) -> Expansions:
    """The expansions given, as a tuple."""
    if isinstance(given, AbstractExpansion) or not isinstance(given, Sequence):
        raise ValueError(
            f"Expected a sequence of expansions; got {given!r}. Try [onward.MovingAverages()]."
        )
    for each in given:
        check_kind("expansions", each, AbstractExpansion, "[onward.MovingAverages()]")
    return tuple(given)


def _refuse_idle(expansions: Expansions, features: int, label: int, dtype: Any) -> None:
    """Raise ValueError where an expansion has nothing to read; see `input_size`."""
    for each in expansions:
        state = eqx.filter_eval_shape(each.init, features, label, dtype)
        sizes = [each.width(features, label), *(leaf.size for leaf in jax.tree.leaves(state))]
        if 0 in sizes:
            hint = "feedback=True" if features else "leaving it out"
            raise ValueError(
                f"Expected inputs for {each} to read; got {features} features and "
                f"{f'a label of {label}' if label else 'no label'} fed back. Try {hint}."
            )


def readout_of(
    given: AbstractReadout | Callable[..., AbstractReadout] | None,
    cell: AbstractCell,
    emitted: int,
    outputs: int,
    repeating: np.ndarray | None,
) -> AbstractReadout:
    """The readout given, or the one that is made.

    Args:
        given: a readout as it is; or what makes one, `Linear` by default.
        cell: the cell.
        emitted: numbers that it emits.
        outputs: numbers to put out.
        repeating: which numbers of the fed-back label one that is made begins by repeating at
            which outputs, shape (outputs, width); None for none.
    """
    if given is not None and (isinstance(given, AbstractReadout) or not callable(given)):
        check_kind("readout", given, AbstractReadout, "onward.Linear")
        readout = given
    else:
        make = Linear if given is None else given
        readout = make(emitted, outputs, direct=cell.input_size, dtype=cell.dtype)
        check_kind("readout", readout, AbstractReadout, "onward.Linear")
        readout = readout if repeating is None else readout.persistent(repeating)
    admission.refuse_readout(readout, cell, emitted, outputs)
    return readout


def optimizer_of(
    given: Any, learning_rate: Any, cell: AbstractCell, loss: AbstractLoss
) -> Optimizer:
    """The optimizer given, with "auto" chosen by the architectural rule.

    The default rate of a name falls with the number of inputs above `WIDE`: a step of it changes
    the output by rate |x|², and diverges where that passes 2. Rates of the output stay.
    """
    if isinstance(given, Optimizer):
        if learning_rate is not None:
            raise ValueError(
                "Expected an Optimizer to have its own learning rate; got one beside it. Try "
                f"Optimizer({given.name!r}, learning_rate)."
            )
        return given
    if isinstance(given, str) and given == "auto":
        uneven = architecture.probe(cell).needs_normalisation or not loss.unit_slope
        given = "rmsprop" if uneven else "sgd"
    if isinstance(given, str) and given in OPTIMIZERS and learning_rate is None:
        named = OPTIMIZERS[given]
        falls = 1.0 if named.of_output else min(1.0, WIDE / cell.input_size)
        learning_rate = named.learning_rate * falls
    return Optimizer(given, learning_rate)


def scales_of(given: Any, loss: AbstractLoss) -> tuple[AbstractScale, AbstractScale]:
    """The scale of the inputs, and that of the targets.

    Args:
        given: one for both, a mapping with "inputs" and "targets", or None.
        loss: one whose targets are no real numbers leaves them as they are.
    """
    example = "onward.AdaptiveMoments()"
    if not isinstance(given, Mapping):
        scale = AdaptiveMoments() if given is None else given
        check_kind("scale", scale, AbstractScale, example)
        return scale, scale if loss.scaled else Unscaled()
    for name, scale in given.items():
        if name not in SCALED:
            raise ValueError(
                f"Expected scales of {' and '.join(SCALED)}; got {name!r}. Try "
                '{"inputs": onward.AdaptiveMoments()}.'
            )
        check_kind(f"scale of {name}", scale, AbstractScale, example)
    default = AdaptiveMoments()
    targets = given.get("targets", default if loss.scaled else Unscaled())
    if not loss.scaled and not isinstance(targets, Unscaled):
        raise ValueError(
            f"Expected no scale for the targets of {type(loss).__name__}, which are no real "
            f"numbers; got {targets}. Try onward.Unscaled()."
        )
    return given.get("inputs", default), targets


def skeleton(*parts: eqx.Module) -> tuple[Any, ...]:
    """Modules without their weights."""
    return tuple(map(partial(eqx.filter, filter_spec=eqx.is_inexact_array, inverse=True), parts))
