"""One row a member: the law tests run over all cells, all rules and all their pairs."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from onward import (
    ALIF,
    BPTT,
    CTRNN,
    DNI,
    GRU,
    KFRTRL,
    LRU,
    LSTM,
    MGU,
    MLSTM,
    RFLO,
    RNN,
    RTRL,
    RTU,
    RWKV,
    S5,
    SLSTM,
    TBPTT,
    UORO,
    AbstractCell,
    AbstractGatedCell,
    AbstractRule,
    DeltaRule,
    EligibilityTrace,
    EProp,
    Frozen,
    GRUResetBefore,
    HeadSparse,
    Immediate,
    IndRNN,
    KeRNL,
    LinearAttention,
    MinGRU,
    MinLSTM,
    OptimalKronecker,
    ReadoutOnly,
    Residual,
    SelectiveSSM,
    Shadowed,
    SketchedRTRL,
    SnAp,
    SparseRTRL,
    Stack,
    WindowedTransformer,
)
from onward.algebra import (
    AbstractJacobian,
    BlockLower,
    Dense,
    Diagonal,
    Full,
    Gated,
    Local,
    RankOne,
    RowSparse,
    Shift,
    Triangular,
    Unitwise,
)
from onward.cells.derive import emitted_size
from wired import Wired

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


def stack(*makers, units: int = 3):
    """A factory of layers on top of each other; all but the first read what the one below emits."""

    def make(input_size, hidden_size, *, key, dtype=None):
        layers = []
        for maker, own in zip(makers, jax.random.split(key, len(makers)), strict=True):
            layers.append(maker(input_size, units, key=own, dtype=dtype))
            input_size = emitted_size(layers[-1])
        return Stack(layers)

    return make


def residual(input_size, hidden_size, *, key, dtype=None):
    return Residual(GRU(input_size, input_size, key=key, dtype=dtype))


def residual_stack(input_size, hidden_size, *, key, dtype=None):
    """A block around blocks."""
    blocks = [residual(input_size, hidden_size, key=key, dtype=dtype) for _ in range(2)]
    return Residual(Stack(blocks))


class CellRow(NamedTuple):
    """A cell, the structure that it declares, and what the probe should find of it.

    Attributes:
        optimizer: the one that the architectural rule chooses.
        affine: whether the memory moves affinely, all else equal.
        bypass: whether an output has a way round the memory.
        idle: entries of J that the declared structure admits and that are always zero.
        smooth: whether autodiff gives the slope of the loss, so that finite differences agree.
    """

    factory: Callable[..., AbstractCell]
    jacobian: type[AbstractJacobian]
    immediate: type
    optimizer: str
    state_size: int
    affine: bool = False
    bypass: bool = False
    idle: int = 0
    smooth: bool = True

    @property
    def most_in_a_row(self) -> int:
        """An upper bound of the nonzeros in a row of J; met by a unit-wise one."""
        if self.jacobian in (Diagonal, Shift):
            return 1
        return self.state_size // UNITS if self.jacobian is Unitwise else self.state_size


CELLS: dict[str, CellRow] = {
    "rnn": CellRow(RNN, Dense, Local, "rmsprop", UNITS),
    "rnn relu": CellRow(partial(RNN, activation="relu"), Dense, Local, "rmsprop", UNITS),
    "gru": CellRow(GRU, Gated, Local, "rmsprop", UNITS),
    "ctrnn": CellRow(CTRNN, Gated, Local, "rmsprop", UNITS),
    "gru reset before": CellRow(GRUResetBefore, Gated, Full, "rmsprop", UNITS),
    "mgu": CellRow(MGU, Gated, Full, "rmsprop", UNITS),
    "lstm": CellRow(LSTM, Gated, Local, "sgd", 2 * UNITS, affine=True, bypass=True),
    # The log weight does not read the mean.
    "slstm": CellRow(SLSTM, Gated, Local, "sgd", 3 * UNITS, bypass=True, idle=UNITS),
    # The adaptation reads the neuron's own spike and itself, the voltage no adaptation.
    # Spikes jump: autodiff gives a surrogate's derivative, finite differences nothing or a jump.
    "alif": CellRow(
        ALIF, Gated, Local, "rmsprop", 3 * UNITS, idle=UNITS * (UNITS + 1), smooth=False
    ),
    "lru": CellRow(LRU, Unitwise, Local, "sgd", 2 * UNITS, affine=True),
    "s5": CellRow(S5, Unitwise, Local, "sgd", 2 * UNITS, affine=True),
    "rtu": CellRow(RTU, Unitwise, Local, "sgd", 2 * UNITS, affine=True),
    "rtu nonlinear": CellRow(
        partial(RTU, recurrence="nonlinear", activation="tanh"),
        Unitwise,
        Local,
        "rmsprop",
        2 * UNITS,
    ),
    "min-gru": CellRow(MinGRU, Unitwise, Local, "sgd", UNITS, affine=True),
    "min-lstm": CellRow(MinLSTM, Unitwise, Local, "sgd", UNITS, affine=True),
    "indrnn": CellRow(IndRNN, Unitwise, Local, "rmsprop", UNITS),
    # A stabilising exponent is no function of the one before, as far as gradients go.
    "selective ssm": CellRow(
        partial(SelectiveSSM, state_size=2), Diagonal, Local, "sgd", 10, True, True
    ),
    "linear attention": CellRow(
        partial(LinearAttention, key_size=2), Diagonal, Local, "sgd", 10, True, True
    ),
    "delta rule": CellRow(partial(DeltaRule, key_size=2), Unitwise, Local, "sgd", 10, True, True),
    "mlstm": CellRow(partial(MLSTM, key_size=2), Diagonal, Local, "sgd", 30, True, True, idle=10),
    "rwkv": CellRow(RWKV, Diagonal, Local, "sgd", 15, True, True, idle=5),
    "stack": CellRow(stack(RNN, GRU), BlockLower, Triangular, "rmsprop", 6),
    "stack of three": CellRow(
        stack(LRU, partial(LinearAttention, key_size=1), RNN),
        BlockLower,
        Triangular,
        "rmsprop",
        12,
    ),
    "residual": CellRow(residual, Gated, Local, "rmsprop", INPUTS),
    "residual stack": CellRow(residual_stack, BlockLower, Triangular, "rmsprop", 2 * INPUTS),
    "windowed transformer": CellRow(
        partial(WindowedTransformer, heads=5, window=3), Shift, Local, "sgd", 30, True, True
    ),
    "leaky": CellRow(Leaky, Gated, Local, "rmsprop", UNITS),
    "wired": CellRow(Wired, RowSparse, Local, "rmsprop", UNITS),
    # Nobody has declared that the two slow units do not see each other.
    "undeclared": CellRow(Undeclared, Dense, Full, "rmsprop", 6, idle=2),
    "skip": CellRow(Skip, Dense, Full, "sgd", UNITS, bypass=True),
    "linear": CellRow(LinearCell, Dense, Full, "sgd", UNITS, affine=True),
}


def make_cell(name: str, seed: int = 0, dtype=np.float64, inputs: int = INPUTS) -> AbstractCell:
    """Return the cell of a row with every parameter at random."""
    return random_cell(CELLS[name].factory, seed, dtype, inputs)


def random_cell(factory, seed: int = 0, dtype=np.float64, inputs: int = INPUTS) -> AbstractCell:
    """Return a cell with every parameter at random: no bias at zero, and nothing to compile."""
    key = jax.eval_shape(lambda: jax.random.key(0))
    make = partial(factory, inputs, UNITS, dtype=dtype)
    shapes = eqx.filter_eval_shape(lambda key: make(key=key), key)
    random = np.random.default_rng(seed)
    return jax.tree.map(lambda leaf: jnp.asarray(random.normal(0, 0.5, leaf.shape), dtype), shapes)


def state_size(cell: AbstractCell) -> int:
    return sum(leaf.size for leaf in jax.tree.leaves(cell.init_state()))


def is_factored(cell: AbstractCell) -> bool:
    """Whether a gradient of the cell's is declared to be an outer product."""
    state, x = cell.init_state(), jnp.zeros(INPUTS)
    gradient = jax.eval_shape(cell.immediate_gradient, state, x, state)
    outer = lambda leaf: isinstance(leaf, RankOne)  # noqa: E731
    return any(map(outer, jax.tree.leaves(gradient, is_leaf=outer)))


ALL = frozenset(CELLS)
NONE: frozenset[str] = frozenset()
OF_UNITS = (Diagonal, Unitwise, Shift)
UNITWISE = frozenset(name for name, row in CELLS.items() if row.jacobian in OF_UNITS)
NOT_LOCAL = frozenset(name for name, row in CELLS.items() if row.immediate is not Local)
# Two steps reach every unit from every other, though no more than four of five from some.
WIRED = frozenset({"wired"})
# What is written moves on for three samples and is gone.
WINDOW_OF_3 = frozenset({"windowed transformer"})
SINGLE_HEAD = frozenset({"linear attention", "delta rule", "mlstm"})
# The channels of a selective SSM do not mix either.
MANY_HEADS = frozenset({"windowed transformer", "selective ssm"})
UNFACTORED = frozenset(name for name in CELLS if not is_factored(make_cell(name)))
NO_HEADS = ALL - SINGLE_HEAD - MANY_HEADS


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


def narrow(k: int) -> frozenset[str]:
    """The cells whose Jacobian has at most k entries in a row."""
    return frozenset(name for name, row in CELLS.items() if row.most_in_a_row <= k)


def sparse(k: int, selection: str, resample: bool, support: str) -> RuleRow:
    rule = SparseRTRL(k, selection, resample, support)
    return RuleRow(lambda cell: rule, narrow(k))


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
    # Sample by sample, as the rows are walked, it is Immediate; its blocks are in test_bptt.
    "bptt": RuleRow(lambda cell: BPTT(), NONE),
    "trace .5": RuleRow(lambda cell: EligibilityTrace(0.5), NONE),
    "trace 0": RuleRow(lambda cell: EligibilityTrace(0.0), NONE),
    "tbptt 1": RuleRow(lambda cell: TBPTT(1), NONE),
    "tbptt 3": RuleRow(lambda cell: TBPTT(3), WINDOW_OF_3),
    "frozen": RuleRow(lambda cell: Frozen(), NONE),
    "readout only": RuleRow(lambda cell: ReadoutOnly(), NONE),
    "sparse none": RuleRow(lambda cell: SparseRTRL(0), NONE),
    "sparse all": RuleRow(lambda cell: SparseRTRL(state_size(cell)), ALL),
    **SPARSE,
    "eprop": RuleRow(lambda cell: EProp(), UNITWISE, NOT_LOCAL),
    "rflo": RuleRow(lambda cell: RFLO(), UNITWISE, NOT_LOCAL | WIRED),
    "snap 1": RuleRow(lambda cell: SnAp(1), UNITWISE | NOT_LOCAL),
    "snap 2": RuleRow(lambda cell: SnAp(2), ALL - WIRED),
    "kernl": RuleRow(lambda cell: KeRNL(), NONE, NOT_LOCAL),
    "kernl 0": RuleRow(lambda cell: KeRNL(learning_rate=0.0), NONE, NOT_LOCAL),
    "dni": RuleRow(lambda cell: DNI(), NONE),
    "dni 0": RuleRow(lambda cell: DNI(learning_rate=0.0), NONE),
    "shadowed trace": RuleRow(lambda cell: Shadowed(EligibilityTrace(0.5), RTRL()), NONE),
    "shadowed rtrl": RuleRow(lambda cell: Shadowed(RTRL(), RTRL()), ALL),
    "heads .4": RuleRow(lambda cell: HeadSparse(0.4), NONE, ALL - MANY_HEADS),
    "heads .4 resampled": RuleRow(lambda cell: HeadSparse(0.4, True), NONE, ALL - MANY_HEADS),
    "heads none": RuleRow(lambda cell: HeadSparse(0.0), NONE, NO_HEADS),
    "heads all": RuleRow(lambda cell: HeadSparse(1.0), ALL - NO_HEADS, NO_HEADS),
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

# Of the sparse rule's many settings each structure of J sees all, and every other cell a few.
THOROUGH = frozenset({"rnn", "gru", "lru", "undeclared"})
FEW = frozenset({"sparse row random", "sparse shared largest resampled"})


def rules_on(cell: str) -> list[str]:
    """The rules that are walked along a cell's trajectory."""
    return [
        rule
        for rule, row in RULES.items()
        if cell not in row.impossible_on and (rule not in SPARSE or rule in FEW or cell in THOROUGH)
    ]
