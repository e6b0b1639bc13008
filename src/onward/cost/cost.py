"""What a rule takes on a cell, in bytes and operations, before anything is allocated."""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp

from onward._checks import check_kind
from onward._typing import Array, Gradients, State
from onward.algebra import materialise
from onward.cells import AbstractCell
from onward.cost.budget import counted_bytes
from onward.cost.flops import flops
from onward.rules import AbstractRule
from onward.rules.base import Carry


class Cost(NamedTuple):
    """What a rule takes on a cell; bytes, and floating-point operations a sample.

    Attributes:
        parameter_bytes: the cell's weights.
        carry_bytes: what the rule keeps from sample to sample (if it propagates) and for each
            sample that waits for a late label.
        forward_flops: the cell's own step, which every rule needs.
        advance_flops: moving the carry, at every sample.
        credit_flops: the gradient, written out, at every label.
    """

    parameter_bytes: int
    carry_bytes: int
    forward_flops: int
    advance_flops: int
    credit_flops: int


def cost(cell: AbstractCell, rule: AbstractRule) -> Cost:
    """Count what a rule takes on a cell, from shapes alone; `flops` says what is an operation.

    Bytes are those of the real arrays, without temporaries. Operations are those written: XLA
    shares what is written twice (a rule's own forward step, say), drops additions of zero and
    writes a sigmoid as three. Products of matrices it counts alike.

    Args:
        cell: with weights, or without any: to count for a network that would not fit, make it
            by `eqx.filter_eval_shape(lambda: onward.GRU(8, 10_000, key=jax.random.key(0)))`.
        rule: the rule.

    Raises:
        ImpossiblePairError: a rule that gives no credit on this cell.
    """
    check_kind("cell", cell, AbstractCell, "cost(cell, rule)")
    check_kind("rule", rule, AbstractRule, "cost(cell, onward.RTRL())")

    def carried(cell: AbstractCell) -> tuple[State, Array, Carry]:
        rule.refuse(cell)
        state, x = cell.init_state(), jnp.zeros(cell.input_size, cell.dtype)
        return state, x, rule.init(cell, state, x, jax.random.key(0))

    def credited(cell: AbstractCell, carry: Carry, signal: State) -> Gradients:
        return materialise(rule.credit(cell, carry, signal))

    state, x, carry = eqx.filter_eval_shape(carried, cell)
    return Cost(
        parameter_bytes=counted_bytes(eqx.filter_eval_shape(lambda cell: cell.parameters(), cell)),
        carry_bytes=counted_bytes(carry),
        forward_flops=flops(lambda cell, state, x: cell(state, x), cell, state, x),
        advance_flops=flops(rule.advance, cell, carry, state, x),
        credit_flops=flops(credited, cell, carry, state),
    )
