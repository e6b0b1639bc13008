"""The laws of a rule on a cell."""

from typing import Any, get_args

import equinox as eqx
import jax
import numpy as np

from onward._checks import check_kind
from onward.cells import AbstractCell
from onward.rules import AbstractRule
from onward.rules.base import Exactness
from onward.testing.base import at_random, expect, inputs, tolerance
from onward.testing.contract import check_attributes, check_refusal, check_shapes
from onward.testing.task import (
    Found,
    Task,
    block_credits,
    random_task,
    rule_gradients,
    true_gradients,
)

KEYS = 256
# A biased gradient is at least this far from the true one, and no rounding is.
APART = 1e-3


def check_rule(rule: AbstractRule, cell: AbstractCell, seed: int = 0, xs: Any = None) -> None:
    """Check that a rule is on a cell what it says: use it in a test, on a cell of a few units.

    - Equal rules are equal and hash alike, so that they share compiled steps.
    - `trains` and `reports` name what a learner can read. A cell that `refuse` lets pass has an
      `exactness`.
    - `advance` and `adapt` keep the carry's structure, shapes and dtypes; `credit` has those of
      the parameters; `report` has a number for each name.
    - `credit_block`, where the rule writes it, has the parameters' shapes for any length of block,
      and credits a block of one sample as `credit` does.
    - A rule that does not propagate works with None for a carry, which is what a learner hands
      to `advance`, and does not adapt.
    - Credit is given where the cell is trained, and none where it is not.
    - The exactness stated is the one measured, over 12 random samples at random frozen weights,
      against backpropagation through the whole past at each: "exact" agrees to 1e-10 in double
      precision (`jax.config.update("jax_enable_x64", True)`), to 1e-3 without; "biased" differs;
      "unbiased" differs for one key, and agrees in the mean over 256 within 4 standard errors.
      A rule that adapts does so at each sample.

    Args:
        rule: with its settings.
        cell: of a few units; its weights play no part.
        seed: draws weights, samples, and what the rule draws.
        xs: inputs in place of the 12 random ones, one row a step, shape (steps, input_size); for
            a cell that reads symbols, say.

    Raises:
        AssertionError: what was expected, what came, and what to try.
        ImpossiblePairError: the rule refuses this cell.
        ValueError: no rule, no cell, or `xs` that do not fit the cell.
    """
    check_kind("rule", rule, AbstractRule, "check_rule(onward.RTRL(), cell)")
    check_kind("cell", cell, AbstractCell, "check_rule(rule, onward.GRU(3, 4, key=key))")
    given = None if xs is None else inputs(cell, xs, least=2)
    check_refusal(rule, cell)
    stated = rule.exactness(cell)
    expect(
        stated in get_args(Exactness),
        f"Expected exactness of {rule} among {', '.join(get_args(Exactness))}; got {stated!r}. "
        "Try 'biased'.",
    )
    _check_equality(rule)
    check_attributes(rule)
    check_shapes(rule, cell)
    task = random_task(at_random(cell, seed), seed + 1, given)
    found = eqx.filter_jit(rule_gradients)(rule, task, jax.random.key(seed))
    _check_trained(rule, found)
    if rule.credits_blocks:
        _check_blocks(rule, task, np.asarray(found.credit), seed)
    _check_exactness(rule, task, np.asarray(found.gradient), stated, seed)


def _check_equality(rule: AbstractRule) -> None:
    again = jax.tree.unflatten(jax.tree.structure(rule), jax.tree.leaves(rule))
    try:
        same = bool(again == rule) and hash(again) == hash(rule)
    except TypeError:
        same = False
    expect(
        same,
        f"Expected a rule with the settings of {rule} to be equal and to hash alike; got one that "
        "does not. Try fields that are numbers, strings or tuples, with eqx.field(static=True).",
    )


def _check_trained(rule: AbstractRule, found: Found) -> None:
    credited = bool(np.any(np.asarray(found.credit)))
    expect(
        credited == ("cell" in rule.trains),
        f"Expected {rule} to give the cell credit if, and only if, it trains the cell; got "
        f"{'some' if credited else 'none at any sample'}, and trains of {sorted(rule.trains)}. Try "
        f"trains {'with' if credited else 'without'} 'cell'.",
    )


def _check_blocks(rule: AbstractRule, task: Task, credit: np.ndarray, seed: int) -> None:
    alone = np.asarray(eqx.filter_jit(block_credits)(rule, task, jax.random.key(seed)))
    size = float(np.linalg.norm(credit))
    far = float(np.linalg.norm(alone - credit)) / (size or 1.0)
    expect(
        far <= tolerance(),
        f"Expected credit_block of {rule} to credit a block of one sample as credit does; got a "
        f"relative difference of {far:.1e}. Try the sum over samples, each with what comes back to "
        "it from later ones of the block.",
    )


def _check_exactness(
    rule: AbstractRule, task: Task, first: np.ndarray, stated: str, seed: int
) -> None:
    true = np.asarray(eqx.filter_jit(true_gradients)(task))
    name, far = f"{rule} on {type(task.cell).__name__}", _relative(first, true)
    if stated == "exact":
        worst = max(_relative(found, whole) for found, whole in zip(first, true, strict=True))
        expect(
            worst <= tolerance(),
            f"Expected the gradient of {name} to be exact, as stated; got a relative difference "
            f"of {worst:.1e} from backpropagation. Try exactness 'biased', or check_cell first.",
        )
        return
    expect(
        far > APART,
        f"Expected the gradient of {name} to be {stated}, as stated; got backpropagation's to "
        f"{far:.1e}. Try exactness 'exact'.",
    )
    if stated == "unbiased":
        mean, error = _over_keys(rule, task, seed)
        off = float(np.linalg.norm(mean - true))
        expect(
            off <= 4 * error + tolerance() * float(np.linalg.norm(true)),
            f"Expected the gradient of {name} to be unbiased, as stated; got a mean over {KEYS} "
            f"keys that is {off:.1e} off, and a standard error of {error:.1e}. Try exactness "
            "'biased'.",
        )


def _over_keys(rule: AbstractRule, task: Task, seed: int) -> tuple[np.ndarray, float]:
    """The mean of a rule's gradients over keys, and its standard error in the same norm."""
    keys = jax.random.split(jax.random.key(seed), KEYS)
    every = eqx.filter_jit(eqx.filter_vmap(lambda key: rule_gradients(rule, task, key).gradient))
    found = np.asarray(every(keys))
    return found.mean(axis=0), float(np.sqrt(np.sum(np.var(found, axis=0)) / KEYS))


def _relative(found: np.ndarray, true: np.ndarray) -> float:
    return float(np.linalg.norm(found - true) / np.linalg.norm(true))
