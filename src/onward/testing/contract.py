"""What a rule's functions take and return, at trace time."""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from onward._trees import dotted
from onward._typing import Array, State
from onward.algebra import materialise
from onward.cells import AbstractCell
from onward.rules import AbstractRule, ImpossiblePairError
from onward.testing.base import expect

PARTS = frozenset({"cell", "readout"})


def check_attributes(rule: AbstractRule) -> None:
    """What a rule says of itself: the parts that it trains, and the names of its reports."""
    trains, reports = rule.trains, rule.reports
    expect(
        isinstance(trains, frozenset) and trains <= PARTS,
        f"Expected trains of {rule} as a frozenset of 'cell' and 'readout', or of one, or of "
        f"none; got {trains!r}. Try frozenset({{'cell', 'readout'}}).",
    )
    names = isinstance(reports, tuple) and all(isinstance(name, str) for name in reports)
    expect(
        names and len(set(reports)) == len(reports),
        f"Expected reports of {rule} as a tuple of names, each once; got {reports!r}. Try "
        "('error_bound',).",
    )
    expect(
        rule.propagates or not rule.adapts,
        f"Expected {rule} to propagate, because it adapts; got propagates=False, by which a "
        "learner keeps nothing of what the rule has learnt. Try propagates=True.",
    )


def check_refusal(rule: AbstractRule, cell: AbstractCell) -> None:
    """That refusing is left to `refuse`, which whoever pairs a rule with a cell calls."""
    rule.refuse(cell)
    try:
        rule.exactness(cell)
    except ImpossiblePairError as error:
        message = (
            f"Expected exactness of {rule} to answer on a cell that refuse lets pass; got "
            f"ImpossiblePairError: {error} Try raising it in refuse."
        )
    else:
        return
    raise AssertionError(message)


def check_shapes(rule: AbstractRule, cell: AbstractCell) -> None:
    """The shapes and dtypes of all that a rule's functions return, as a learner calls them."""
    state, x = cell.init_state(), jnp.zeros(cell.input_size, cell.dtype)
    first = jax.eval_shape(lambda key: rule.init(cell, state, x, key), jax.random.key(0))

    def advance(carry: Any) -> Any:
        return rule.advance(cell, carry, state, x)

    _check_carry(rule, "advance", first, jax.eval_shape(advance, first))
    if not rule.propagates:
        _check_carry(rule, "advance, handed None,", first, _without_carry(rule, advance))
    _check_credit(rule, cell, first, state)
    if rule.credits_blocks:
        _check_block(rule, cell, first, state)
    if rule.adapts:
        adapted = jax.eval_shape(lambda carry: rule.adapt(cell, carry, carry, state), first)
        _check_carry(rule, "adapt", first, adapted)
    _check_report(rule, first)


def _without_carry(rule: AbstractRule, advance: Callable[[Any], Any]) -> Any:
    try:
        return jax.eval_shape(advance, None)
    except (AttributeError, TypeError, ValueError) as error:
        message = (
            f"Expected advance of {rule} to need no carry, because the rule does not propagate "
            f"and is handed None; got {type(error).__name__}: {error}. Try propagates=True."
        )
    raise AssertionError(message)


def _check_carry(rule: AbstractRule, function: str, first: Any, after: Any) -> None:
    """That a function returns a carry like the first one."""
    expect(
        jax.tree.structure(first) == jax.tree.structure(after),
        f"Expected {function} of {rule} to keep the carry's structure, "
        f"{jax.tree.structure(first)}; got {jax.tree.structure(after)}. Try returning a carry of "
        "the kind that init makes.",
    )
    pairs = zip(jax.tree_util.tree_leaves_with_path(first), jax.tree.leaves(after), strict=True)
    changed = [(path, one, other) for (path, one), other in pairs if _kind(one) != _kind(other)]
    if changed:
        path, one, other = changed[0]
        place = ".".join(filter(None, ("carry", dotted(path))))
        raise AssertionError(
            f"Expected {function} of {rule} to keep the carry's shapes and dtypes; got "
            f"{_shown(other)} in place of {_shown(one)} at {place}. Try making init "
            "return what advance returns, and constants of the cell's dtype."
        )


def _check_credit(rule: AbstractRule, cell: AbstractCell, carry: Any, state: State) -> None:
    credit = jax.eval_shape(lambda carry: materialise(rule.credit(cell, carry, state)), carry)
    shapes = jax.eval_shape(cell.parameters)
    expect(
        credit == shapes,
        f"Expected credit of {rule} shaped like the parameters, {_all_shown(shapes)}; got "
        f"{_all_shown(credit)}. Try a tree of the cell's own type.",
    )


def _check_block(rule: AbstractRule, cell: AbstractCell, carry: Any, state: State) -> None:
    """That a block of samples has credit of the parameters' shapes, whatever its length."""
    shapes = jax.eval_shape(cell.parameters)
    for length in (1, 3):
        several = partial(_several, length)
        carries, signals = jax.tree.map(several, (carry, state))
        first = jax.ShapeDtypeStruct((length,), bool)
        found = jax.eval_shape(
            lambda *given: materialise(rule.credit_block(cell, *given)), carries, signals, first
        )
        expect(
            found == shapes,
            f"Expected credit_block of {rule} shaped like the parameters, {_all_shown(shapes)}; "
            f"got {_all_shown(found)}. Try the sum over the samples.",
        )


def _several(count: int, leaf: Any) -> jax.ShapeDtypeStruct:
    """The shape of so many arrays of one shape, along a first axis."""
    return jax.ShapeDtypeStruct((count, *leaf.shape), leaf.dtype)


def _check_report(rule: AbstractRule, carry: Any) -> None:
    report = jax.eval_shape(rule.report, carry)
    wanted = (len(rule.reports),)
    expect(
        isinstance(report, jax.ShapeDtypeStruct)
        and report.shape == wanted
        and jnp.issubdtype(report.dtype, jnp.floating),
        f"Expected report of {rule} as real numbers of shape {wanted}, one a name in reports; got "
        f"{_all_shown(report)}. Try a name in reports for each number, and jnp.stack.",
    )


def _kind(leaf: Any) -> tuple[tuple[int, ...], Any]:
    return leaf.shape, leaf.dtype


def _shown(leaf: Array | jax.ShapeDtypeStruct) -> str:
    return f"{leaf.dtype}[{', '.join(map(str, leaf.shape))}]"


def _all_shown(tree: Any) -> str:
    """A tree's type, and the shape and dtype of each of its leaves."""
    leaves = jax.tree_util.tree_leaves_with_path(tree)
    shown = (f"{dotted(path)} {_shown(leaf)}".strip() for path, leaf in leaves)
    return f"{type(tree).__name__}({', '.join(shown)})"
