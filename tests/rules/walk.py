"""A rule's verbs along a trajectory with frozen weights, and its closed form."""

import math
from functools import cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree

from catalogue import CELLS, INPUTS, RULES, rules_on
from matrix import beside, on
from onward import (
    BPTT,
    DNI,
    RFLO,
    RTRL,
    TBPTT,
    UORO,
    AbstractCell,
    AbstractRule,
    EligibilityTrace,
    EProp,
    HeadSparse,
    Immediate,
    KeRNL,
    Shadowed,
    SketchedRTRL,
    SnAp,
    SparseRTRL,
)
from onward.algebra import materialise
from onward.rules.head_sparse import HeadCarry
from onward.rules.signs import draw_signs
from onward.rules.sparse_rtrl import SparseCarry
from oracles import Case, case_of, jit, rows

from .forms import beside_matrices, kernel_credit, reached, synthetic, within_units

PAIRS = [on(cell, rule, rule=rule) for cell in CELLS for rule in rules_on(cell)]
# J_t and B_t do not tell into which factors an influence is taken apart: the law of these rules, in
# test_unbiased and test_kronecker, is the mean and the noise of each step.
FACTORED = ("kf-rtrl", "kronecker sum")
# The units of these have B_t of the same length, so that no approximation of a lower rank is the
# best one; that ours is as close as any is tested in test_sketched_rtrl.
EVEN = {"linear", "rnn relu", "indrnn", "linear attention", "delta rule", "windowed transformer"}
OPEN = {(cell, "sketch 2") for cell in EVEN}
# The closed form takes apart a cell's own gates, and sees none in a block around it.
OPEN |= {("residual", "rflo")}
CLOSED = [
    pair for pair in PAIRS if pair.values[1] not in FACTORED and tuple(pair.values) not in OPEN
]
KEY = 0
# At these settings a rule is another one.
SAME = {
    "tbptt 1": "immediate",
    "bptt": "immediate",
    "dni 0": "immediate",
    "kernl 0": "trace .5",
    "snap 1": "eprop",
    "shadowed trace": "trace .5",
    "shadowed rtrl": "rtrl",
    "trace 0": "immediate",
    "sparse none": "immediate",
    "sparse all": "rtrl",
    "heads none": "immediate",
    "heads all": "rtrl",
    "sketch all": "rtrl",
    "readout only": "frozen",
}


class Walk(NamedTuple):
    """The credit at each step, (T, p), and the carries, every leaf (T, ...)."""

    credit: np.ndarray
    carries: Any


@cache
def kept_on(cell: str) -> frozenset[str]:
    """The rules that `make test` walks along a cell, with those that they are to equal."""
    kept = {rule for rule in rules_on(cell) if not beside(cell, rule)}
    return frozenset(kept | {SAME[rule] for rule in kept & set(SAME)}) & set(rules_on(cell))


# Rules of one compilation share J_t and B_t. Of more of them it takes longer than of each apart.
TOGETHER = 8


@cache
def groups_on(cell: str) -> list[tuple[str, ...]]:
    """The rules on a cell as they are compiled, those of `make test` apart from the others."""
    kept = [name for name in rules_on(cell) if name in kept_on(cell)]
    others = [name for name in rules_on(cell) if name not in kept]
    return [
        tuple(names[first : first + TOGETHER])
        for names in (kept, others)
        for first in range(0, len(names), TOGETHER)
    ]


@cache
def walks_over(cell: str, chosen: tuple[str, ...]) -> dict[str, Walk]:
    """Some rules over one cell, in one compilation."""
    case = case_of(cell)
    made, linear, xs = case.cell, case.linear, case.task.xs
    rules = {name: RULES[name].make(made) for name in chosen}
    start = made.init_state()
    unflatten = ravel_pytree(start)[1]

    @jit
    def go(states_prev, signals, key):
        def step(carries, sample):
            state_prev, x, signal = sample
            advanced, credits = {}, {}
            for name, rule in rules.items():
                carry = rule.advance(made, carries[name], state_prev, x)
                credits[name] = rule.credit(made, carry, unflatten(signal))
                advanced[name] = rule.adapt(made, carry, carry, unflatten(signal))
            return advanced, (materialise(credits), advanced)

        # As in a learner, `init` is given the shape of an input and none in particular.
        x = jnp.zeros_like(xs[0])
        first = {name: rule.init(made, start, x, key) for name, rule in rules.items()}
        return jax.lax.scan(step, first, (states_prev, xs, signals))[1]

    credits, carries = go(linear.states_prev, linear.signal, jax.random.key(KEY))
    return {name: Walk(rows(credits[name], len(xs)), carries[name]) for name in rules}


def walk_of(cell: str, rule: str) -> Walk:
    (group,) = (names for names in groups_on(cell) if rule in names)
    return walks_over(cell, group)[rule]


def mask_of(rule: SparseRTRL, carries: SparseCarry, size: int) -> np.ndarray:
    """The mask on J_t at each step, read off the carries, (T, N, N)."""
    support = np.asarray(carries.support)
    masks = np.zeros((len(support), size, size), bool)
    for mask, chosen in zip(masks, support, strict=True):
        if rule.support == "shared":
            mask[:, chosen] = True
        else:
            mask[np.arange(size)[:, None], chosen] = True
    return masks


def heads_kept(cell: AbstractCell, carries: HeadCarry) -> np.ndarray:
    """The components of the state that belong to a kept head at each step, (T, N)."""
    state = cell.init_state()
    slots, heads, *others = jax.eval_shape(cell.immediate, state, jnp.zeros(INPUTS)).units
    kept = np.asarray(carries.kept).reshape(-1, 1, heads, 1)
    whole = np.broadcast_to(kept, (len(kept), slots, heads, math.prod(others)))
    return whole.reshape(len(kept), -1)


def signs_of(carries: Any, size: int) -> np.ndarray:
    """The signs that were drawn at each step from the key in the carry before it, (T, size)."""
    keys = [jax.random.key_data(jax.random.key(KEY)), *carries.key[:-1]]
    return np.stack([draw_signs(key, (size,), np.float64)[0] for key in keys])


def closed_form(rule: AbstractRule, case: Case, carries: Any) -> np.ndarray:
    """The credit that a rule's formula gives, (T, p), from dense J_t and B_t."""
    linear = case.linear
    match rule:
        case Shadowed():
            return closed_form(rule.rule, case, carries.own)
        case DNI():
            return synthetic(rule, case)
        case KeRNL():
            return kernel_credit(rule, case)
        case EProp():
            influence = linear.propagated(within_units(case))
        case RFLO():
            influence = linear.propagated(beside_matrices(case))
        case SnAp():
            influence = reached(rule.order, case)
        case RTRL():
            influence = linear.propagated(linear.jacobian)
        case Immediate() | BPTT() | SparseRTRL(k=0):
            influence = linear.immediate
        case EligibilityTrace():
            influence = linear.traced(rule.decay)
        case TBPTT():
            influence = linear.truncated(rule.window)
        case UORO():
            signs = signs_of(carries, linear.jacobian.shape[1])
            influence = linear.randomised(signs)
        case SketchedRTRL():
            influence = linear.sketched(rule.rank)
        case SparseRTRL() if isinstance(carries, SparseCarry):
            masks = mask_of(rule, carries, linear.jacobian.shape[1])
            influence = linear.propagated(linear.jacobian * masks)
        case HeadSparse() if isinstance(carries, HeadCarry):
            masks = heads_kept(case.cell, carries)
            influence = linear.propagated(linear.jacobian * masks[:, :, None])
        case HeadSparse(fraction=0):
            influence = linear.immediate
        case SparseRTRL() | HeadSparse():
            influence = linear.propagated(linear.jacobian)
        case _:
            influence = np.zeros_like(linear.immediate)
    return linear.credit(influence)
