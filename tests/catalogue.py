"""One row a member: the law tests run over all cells, all rules and all their pairs."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from onward import (
    GRU,
    KFRTRL,
    LRU,
    LSTM,
    RNN,
    RTRL,
    TBPTT,
    UORO,
    AbstractCell,
    AbstractGatedCell,
    AbstractRule,
    EligibilityTrace,
    Frozen,
    Immediate,
    OptimalKronecker,
    ReadoutOnly,
    SketchedRTRL,
    SparseRTRL,
)
from onward.algebra import AbstractJacobian, Dense, Full, Gated, Local, Unitwise

UNITS, INPUTS, TARGETS, STEPS = 5, 3, 2, 12


class Undeclared(AbstractCell):
    """A newcomer's cell: two leaves of different lengths and no word about structure."""

    mix: jax.Array
    drive: jax.Array
    back: jax.Array
    read: jax.Array
    input_size: int = eqx.field(static=True)

    def __init__(self, input_size, hidden_size, *, key, dtype=None):
        shapes = ((4, 4), (4, input_size), (4, 2), (2, 4))
        keys = jax.random.split(key, 4)
        self.mix, self.drive, self.back, self.read = (
            0.4 * jax.random.normal(key, shape, dtype)
            for key, shape in zip(keys, shapes, strict=True)
        )
        self.input_size = input_size

    def init_state(self):
        return {"fast": jnp.zeros_like(self.mix[0]), "slow": jnp.zeros_like(self.back[0])}

    def __call__(self, state_prev, x):
        fast, slow = state_prev["fast"], state_prev["slow"]
        moved = jnp.tanh(self.mix @ fast + self.drive @ x + self.back @ slow)
        return {"fast": moved, "slow": 0.7 * slow + jnp.sin(self.read @ fast)}


class Skip(AbstractCell):
    """A cell around another one, whose output depends on parameters besides the state."""

    core: RNN
    gate: jax.Array
    skip: jax.Array
    input_size: int = eqx.field(static=True)

    def __init__(self, input_size, hidden_size, *, key, dtype=None):
        core_key, gate_key, skip_key = jax.random.split(key, 3)
        self.core = RNN(input_size, hidden_size, key=core_key, dtype=dtype)
        self.gate = jax.random.normal(gate_key, (hidden_size, input_size), dtype)
        self.skip = jax.random.normal(skip_key, (2, input_size), dtype)
        self.input_size = input_size

    def init_state(self):
        return self.core.init_state()

    def __call__(self, state_prev, x):
        return self.core(state_prev, x)

    def emit(self, state, x):
        return jnp.concatenate([state * jax.nn.sigmoid(self.gate @ x), self.skip @ x])


class Leaky(AbstractGatedCell):
    """A gated cell with one matrix, one bias vector and one slot."""

    recurrent: jax.Array
    input: jax.Array
    bias: jax.Array
    input_size: int = eqx.field(static=True)

    def __init__(self, input_size, hidden_size, *, key, dtype=None):
        recurrent_key, input_key = jax.random.split(key)
        self.recurrent = jax.random.normal(recurrent_key, (hidden_size, hidden_size), dtype)
        self.input = jax.random.normal(input_key, (hidden_size, input_size), dtype)
        self.bias = jnp.zeros(hidden_size, dtype)
        self.input_size = input_size

    def init_state(self):
        return jnp.zeros_like(self.bias)

    def gate(self, recurrent, driven, state_prev):
        return 0.6 * state_prev + 0.4 * jnp.tanh(recurrent + driven + self.bias)


class LinearCell(AbstractCell):
    """s' = A s + B x with a full matrix: nothing declared, affine in the state."""

    matrix: jax.Array
    drive: jax.Array
    input_size: int = eqx.field(static=True)

    def __init__(self, input_size, hidden_size, *, key, dtype=None):
        matrix_key, drive_key = jax.random.split(key)
        shape = (hidden_size, hidden_size)
        self.matrix = 0.3 * jax.random.normal(matrix_key, shape, dtype)
        self.drive = jax.random.normal(drive_key, (hidden_size, input_size), dtype)
        self.input_size = input_size

    def init_state(self):
        return jnp.zeros_like(self.matrix[0])

    def __call__(self, state_prev, x):
        return self.matrix @ state_prev + self.drive @ x


class CellRow(NamedTuple):
    """A cell, the structure that it declares, and the optimizer that the probe should choose."""

    factory: Callable[..., AbstractCell]
    jacobian: type[AbstractJacobian]
    immediate: type
    optimizer: str
    state_size: int


CELLS: dict[str, CellRow] = {
    "rnn": CellRow(RNN, Dense, Local, "rmsprop", UNITS),
    "gru": CellRow(GRU, Gated, Local, "rmsprop", UNITS),
    "lstm": CellRow(LSTM, Gated, Local, "sgd", 2 * UNITS),
    "lru": CellRow(LRU, Unitwise, Local, "sgd", 2 * UNITS),
    "leaky": CellRow(Leaky, Gated, Local, "rmsprop", UNITS),
    "undeclared": CellRow(Undeclared, Dense, Full, "rmsprop", 6),
    "skip": CellRow(Skip, Dense, Full, "sgd", UNITS),
    "linear": CellRow(LinearCell, Dense, Full, "sgd", UNITS),
}


def make_cell(name: str, seed: int = 0, dtype=np.float64, inputs: int = INPUTS) -> AbstractCell:
    """Return the cell with every parameter at random: no bias at zero, and nothing to compile."""
    key = jax.eval_shape(lambda: jax.random.key(0))
    make = partial(CELLS[name].factory, inputs, UNITS, dtype=dtype)
    shapes = eqx.filter_eval_shape(lambda key: make(key=key), key)
    random = np.random.default_rng(seed)
    return jax.tree.map(lambda leaf: jnp.asarray(random.normal(0, 0.5, leaf.shape), dtype), shapes)


def state_size(cell: AbstractCell) -> int:
    return sum(leaf.size for leaf in jax.tree.leaves(cell.init_state()))


ALL = frozenset(CELLS)
NONE: frozenset[str] = frozenset()
# Two entries are all that a row of the LRU's Jacobian has.
PAIRED = frozenset({"lru"})
# No gradient of theirs is declared to be an outer product.
UNFACTORED = frozenset({"lru", "undeclared", "skip", "linear"})


class RuleRow(NamedTuple):
    """A rule for a cell, and the cells on which it is exact or unbiased, and those which it
    refuses; elsewhere it is biased.
    """

    make: Callable[[AbstractCell], AbstractRule]
    exact_on: frozenset[str]
    impossible_on: frozenset[str] = NONE
    unbiased_on: frozenset[str] = NONE

    def exactness(self, cell: str) -> str:
        stated = {"exact": self.exact_on, "unbiased": self.unbiased_on}
        return next((name for name, cells in stated.items() if cell in cells), "biased")


def sparse(k: int, selection: str, resample: bool, support: str) -> RuleRow:
    rule = SparseRTRL(k, selection, resample, support)
    return RuleRow(lambda cell: rule, PAIRED if k == 2 else NONE)


SPARSE: dict[str, RuleRow] = {
    f"sparse {support} {selection}{' resampled' if resample else ''}": sparse(
        1 + (selection == "largest"), selection, resample, support
    )
    for support in ("row", "shared")
    for selection in ("random", "largest", "smallest")
    for resample in (False, True)
}

RULES: dict[str, RuleRow] = {
    "rtrl": RuleRow(lambda cell: RTRL(), ALL),
    "immediate": RuleRow(lambda cell: Immediate(), NONE),
    "trace .5": RuleRow(lambda cell: EligibilityTrace(0.5), NONE),
    "trace 0": RuleRow(lambda cell: EligibilityTrace(0.0), NONE),
    "tbptt 1": RuleRow(lambda cell: TBPTT(1), NONE),
    "tbptt 3": RuleRow(lambda cell: TBPTT(3), NONE),
    "frozen": RuleRow(lambda cell: Frozen(), NONE),
    "readout only": RuleRow(lambda cell: ReadoutOnly(), NONE),
    "sparse none": RuleRow(lambda cell: SparseRTRL(0), NONE),
    "sparse all": RuleRow(lambda cell: SparseRTRL(state_size(cell)), ALL),
    **SPARSE,
    "uoro": RuleRow(lambda cell: UORO(), NONE, unbiased_on=ALL),
    "kf-rtrl": RuleRow(
        lambda cell: KFRTRL(), NONE, impossible_on=UNFACTORED, unbiased_on=ALL - UNFACTORED
    ),
    "kronecker sum": RuleRow(
        lambda cell: OptimalKronecker(2),
        NONE,
        impossible_on=UNFACTORED,
        unbiased_on=ALL - UNFACTORED,
    ),
    "sketch 2": RuleRow(lambda cell: SketchedRTRL(2), NONE),
    "sketch all": RuleRow(lambda cell: SketchedRTRL(state_size(cell)), ALL),
}
