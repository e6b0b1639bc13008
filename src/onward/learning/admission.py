"""Refuses what does not fit, before anything is computed with it."""

from collections.abc import Iterable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from onward._checks import check_kind, check_range, check_sizes
from onward._trees import dotted
from onward._typing import Array, Gradients, Parameters
from onward.algebra import materialise
from onward.cells import AbstractCell
from onward.learning.inputs import MISSING
from onward.learning.parts import Parts
from onward.learning.state import LearnerState
from onward.optimizers import OPTIMIZERS
from onward.rules import AbstractRule


def refuse_cell(cell: Any) -> int:
    """How many numbers a cell emits; ValueError unless it can be stepped as a cell is.

    At trace time, for nothing.
    """
    check_kind("cell", cell, AbstractCell, "onward.GRU(features, 64, key=jax.random.key(0))")
    _refuse_dtype(cell)
    check_sizes(input_size=cell.input_size)
    name, given = type(cell).__name__, f"its init_state and input_size={cell.input_size} numbers"

    def step(cell: AbstractCell) -> Any:
        state, x = cell.init_state(), jnp.zeros(cell.input_size, cell.dtype)
        after = cell(state, x)
        return state, after, cell.emit(after, x)

    try:
        before, after, emitted = eqx.filter_eval_shape(step, cell)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"Expected {name} to take a step from {given}; got {type(error).__name__}: {error}. "
            "Try sizes and a dtype that fit its parameters."
        ) from error
    kept = _kinds(before) == _kinds(after)
    if not kept or {leaf.dtype for leaf in jax.tree.leaves(before)} != {cell.dtype}:
        raise ValueError(
            f"Expected a step of {name} to keep a state of its parameters' dtype, {cell.dtype}; "
            f"got {before} before and {after} after. Try making init_state from the parameters."
        )
    if emitted.ndim != 1:
        raise ValueError(
            f"Expected {name}.emit to give a vector; got shape {emitted.shape}. Try jnp.ravel."
        )
    return emitted.shape[0]


def refuse_missing(missing: Any, mask: bool, guard: bool) -> None:
    """Raise ValueError unless it is known what to do with a feature that is missing."""
    if missing not in MISSING:
        raise ValueError(
            f"Expected missing to be one of {', '.join(MISSING)}; got {missing!r}. Try "
            f"{MISSING[0]!r}."
        )
    if not guard and (mask or missing != MISSING[0]):
        raise ValueError(
            "Expected no wish about missing features without guards, which look for them; got "
            f"guard=False with missing={missing!r} and mask={mask}. Try guard=True."
        )


def _kinds(shapes: Any) -> tuple[Any, ...]:
    """A tree's structure, and the shape and dtype of each leaf."""
    leaves, structure = jax.tree.flatten(shapes)
    return structure, *((leaf.shape, leaf.dtype) for leaf in leaves)


def _refuse_dtype(cell: AbstractCell) -> None:
    dtypes = {leaf.dtype for leaf in jax.tree.leaves(cell.parameters())}
    names = ", ".join(sorted(map(str, dtypes))) or "none"
    if len(dtypes) != 1 or not jnp.issubdtype(min(dtypes, key=str), jnp.floating):
        raise ValueError(
            f"Expected parameters of one real floating dtype; got {names}. Try passing the "
            "same dtype to every part of the cell."
        )
    if any(jax.dtypes.canonicalize_dtype(dtype) != dtype for dtype in dtypes):
        raise ValueError(
            f"Expected parameters of a dtype that JAX has enabled; got {names} with 64-bit types "
            "off. Try jax.config.update('jax_enable_x64', True) first, or float32."
        )
    for dtype in dtypes:
        check_range(dtype)


def refuse_unfinite(parameters: Parameters) -> None:
    """Raise ValueError where a weight is no number; one that is traced is taken for granted."""
    for path, leaf in jax.tree_util.tree_leaves_with_path(parameters):
        if not isinstance(leaf, Tracer) and not np.isfinite(leaf).all():
            name = dotted(path)
            raise ValueError(
                f"Expected finite weights; got NaN or infinity in {name}. Try drawing them anew, "
                "or a state from before they diverged."
            )


def refuse_rule(rule: Any) -> None:
    """Raise ValueError unless this is a rule, with settings that a compiled step can be kept by."""
    check_kind("rule", rule, AbstractRule, "onward.Immediate()")
    try:
        hash(rule)
    except TypeError:
        raise ValueError(
            f"Expected a rule whose settings are numbers, strings or tuples; got {rule}. Try "
            "float(...) of an array."
        ) from None


def refuse_unknown(changes: Iterable[str], known: Iterable[str]) -> None:
    """Raise ValueError where a change is no argument of a learner."""
    unknown = sorted(set(changes) - set(known))
    if unknown:
        raise ValueError(
            f"Expected settings among {', '.join(known)}; got {', '.join(unknown)}. Try "
            "rule=onward.RTRL()."
        )


def refuse_blocks(parts: Parts) -> None:
    """Raise ValueError where something has to learn from each sample, and blocks are asked for."""
    _, readout = parts.skeleton
    optimizer = parts.optimizer
    named = [member for _, member in optimizer.members if isinstance(member, str)]
    of_output = any(OPTIMIZERS[member].of_output for member in named)
    reasons = {
        f"{type(readout).__name__}, which learns by itself": readout.learns_itself,
        "a bound of each error": optimizer.bound is not None,
        f"{optimizer.name}, whose step is as large as one error asks for": of_output,
    }
    for reason, there in reasons.items():
        if parts.every > 1 and there:
            raise ValueError(
                f"Expected updates by the mean gradient of {parts.every} samples; got {reason}. "
                "Try every=1."
            )


def refuse_kept_samples(readout: Any) -> None:
    """Raise ValueError where arrays of a readout are samples, which are not to be trained."""
    if readout.learns_in_place:
        raise ValueError(
            f"Expected a readout whose arrays are weights; got {type(readout).__name__}, which "
            "keeps samples. Try readout=onward.Linear."
        )


def refuse_readout(readout: Any, cell: AbstractCell, emitted: int, outputs: int) -> None:
    """Raise ValueError unless a readout turns what the cell emits, and x, into the outputs."""

    def predict(readout: Any) -> Array:
        return readout(jnp.zeros(emitted, cell.dtype), jnp.zeros(cell.input_size, cell.dtype))

    expected = jax.ShapeDtypeStruct((outputs,), cell.dtype)
    try:
        found = eqx.filter_eval_shape(predict, readout)
        fits = _kinds(found) == _kinds(expected)
    except (AttributeError, TypeError, ValueError) as error:
        found, fits = f"{type(error).__name__}: {error}", False
    if not fits:
        raise ValueError(
            f"Expected a readout from {emitted} emitted numbers and {cell.input_size} inputs to "
            f"{expected}; got {found}. Try onward.Linear({emitted}, {outputs})."
        )


def refuse_gradients(rule: AbstractRule, gradients: Gradients, parameters: Parameters) -> None:
    """Raise ValueError unless gradients have the parameters' shapes; at trace time."""
    found = [leaf.shape for leaf in jax.tree.leaves(jax.eval_shape(materialise, gradients))]
    expected = [leaf.shape for leaf in jax.tree.leaves(parameters)]
    if found != expected:
        raise ValueError(
            f"Expected credit of {rule} shaped like the parameters, {expected}; got {found}. Try "
            "a tree of the cell's own type, and onward.testing.check_rule."
        )


def refuse_foreign(state: Any, expected: LearnerState, axes: int = 0) -> None:
    """Raise ValueError unless a state is one of the learner that starts with `expected`.

    Args:
        state: to be looked at.
        expected: the shapes of the learner's own.
        axes: how many first axes of the state's arrays count learners.
    """
    check_kind("state", state, LearnerState, "the one from learner.init(key)")
    leaves, structure = jax.tree.flatten(state)
    own, wanted = jax.tree.flatten(expected)
    shapes = [jnp.shape(leaf)[axes:] for leaf in leaves]
    if structure != wanted or shapes != [leaf.shape for leaf in own]:
        raise ValueError(
            "Expected a state of this learner; got one of another cell, rule, optimizer or "
            "setting. Try learner.init(key)."
        )


def refuse_consumed(leaves: Iterable[Any]) -> None:
    """Raise ValueError where an array of a state has been given up to a step."""
    for leaf in leaves:
        if isinstance(leaf, jax.Array) and not isinstance(leaf, Tracer) and leaf.is_deleted():
            raise ValueError(
                "Expected a state that no step has consumed; got one whose arrays are gone. Try "
                "the state that the last step or run returned."
            )
