"""Each public check passes on parts of ours and fails on planted faults, in words."""

import dataclasses
from collections.abc import Iterator
from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from catalogue import CELLS, INPUTS, UNITS, make_cell
from onward import (
    GRU,
    LRU,
    LSTM,
    RNN,
    RTRL,
    TBPTT,
    AbstractCell,
    EligibilityTrace,
    Embedded,
    Frozen,
    Immediate,
    ImpossiblePairError,
    SparseRTRL,
)
from onward.algebra import Dense, Diagonal, RankOne
from onward.streams import Chunk, Cortex, Sine, StreamError, StreamInfo
from onward.testing import check_cell, check_rule, check_stream
from onward.testing.base import entry


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in CELLS]
)
def test_our_cells_pass(name: str) -> None:
    check_cell(make_cell(name))


def test_single_precision_passes() -> None:
    with jax.enable_x64(False):
        cell = GRU(INPUTS, UNITS, key=jax.random.key(0))
        check_cell(cell)
        check_rule(RTRL(), cell)
        check_rule(Immediate(), cell)


def rnn(kind: type[RNN] = RNN) -> RNN:
    return kind(INPUTS, UNITS, key=jax.random.key(0))


class HalfJacobian(RNN):
    """J halved."""

    def jacobian(self, state_prev, x):
        return jax.tree.map(lambda leaf: leaf / 2, super().jacobian(state_prev, x))


class OnlyDiagonal(RNN):
    """J cut down to its diagonal."""

    def jacobian(self, state_prev, x):
        return Diagonal(super().jacobian(state_prev, x).diagonal()[None])


class LateImmediate(RNN):
    """B scaled."""

    def immediate(self, state_prev, x):
        return super().immediate(state_prev, x).scale(1 + 1e-8)


class SwappedFactors(RNN):
    """An outer product the wrong way round."""

    def immediate_gradient(self, state_prev, x, signal):
        right = super().immediate_gradient(state_prev, x, signal).recurrent
        swapped = RankOne(right.right, right.left)
        made = super().immediate_gradient(state_prev, x, signal)
        return eqx.tree_at(lambda cell: cell.recurrent, made, swapped)


class Growing(RNN):
    """A state that changes its shape."""

    def __call__(self, state_prev, x):
        return jnp.append(super().__call__(state_prev[:UNITS], x), 0)


class Numbed(RNN):
    """A bias behind a wall."""

    def __call__(self, state_prev, x):
        bare = eqx.tree_at(lambda cell: cell.bias, self, jax.lax.stop_gradient(self.bias))
        return RNN.__call__(bare, state_prev, x)

    def immediate_gradient(self, state_prev, x, signal):
        made = super().immediate_gradient(state_prev, x, signal)
        return eqx.tree_at(lambda cell: cell.bias, made, jnp.zeros_like(self.bias))


class Tall(RNN):
    """An output that is no vector."""

    def emit(self, state, x):
        return state[:, None]


class WrongSize(RNN):
    """J of another state."""

    def jacobian(self, state_prev, x):
        return Dense(jnp.zeros((4, 4)))


class WrongDiagonal(RNN):
    """A Jacobian whose diagonal is one short."""

    def jacobian(self, state_prev, x):
        class Short(Dense):
            def diagonal(self):
                return super().diagonal()[1:]

        return Short(super().jacobian(state_prev, x).materialise())


class BareJacobian(RNN):
    """J as an array."""

    def jacobian(self, state_prev, x):
        return super().jacobian(state_prev, x).materialise()


class NoImmediate(RNN):
    """B as nothing."""

    def immediate(self, state_prev, x):
        return None


class OnlyBias(RNN):
    """The gradient of one parameter."""

    def immediate_gradient(self, state_prev, x, signal):
        return super().immediate_gradient(state_prev, x, signal).bias


class Undefined(AbstractCell):
    """A state that is no number, though its derivatives are."""

    weight: jax.Array
    input_size: int = eqx.field(static=True)

    def __init__(self, input_size, hidden_size, *, key):
        self.weight = jax.random.normal(key, (hidden_size, input_size))
        self.input_size = input_size

    def init_state(self):
        return jnp.zeros_like(self.weight[:, 0])

    def __call__(self, state_prev, x):
        return jnp.log(-1 - (state_prev + self.weight @ x) ** 2)


class UndefinedOutput(RNN):
    """An output that is no number, though its derivatives are."""

    def emit(self, state, x):
        return jnp.log(-1 - state**2)


CELL_FAULTS = [
    (
        WrongSize,
        r"^Expected jacobian of WrongSize of shape \(5, 5\); got \(4, 4\)\. Try leaving it to Abs",
    ),
    (WrongDiagonal, r"^Expected diagonal of WrongDiagonal of shape \(5,\); got \(4,\)\. Try leav"),
    (
        BareJacobian,
        r"^Expected an AbstractJacobian from jacobian of BareJacobian; got an array of shape "
        r"\(5, 5\)\. Try onward\.algebra\.Dense",
    ),
    (
        NoImmediate,
        r"^Expected an AbstractInfluence from immediate of NoImmediate; got NoneType\. Try ",
    ),
    (OnlyBias, r"^Expected immediate_gradient of OnlyBias of shape \(45,\); got \(5,\)\. Try leav"),
    (
        Undefined,
        r"^Expected a step of Undefined to give a finite state; got nan at state\[0\], from one "
        r"of 32 random states\. Try keeping logs, ",
    ),
    (
        UndefinedOutput,
        r"^Expected UndefinedOutput\.emit to give a finite output; got nan at output\[0\], f",
    ),
    (
        HalfJacobian,
        r"^Expected jacobian of HalfJacobian to be that of autodiff; got .* in place of .* at "
        r"state\[\d\] by state_prev\[\d\], a difference of .* Try leaving it to AbstractCell",
    ),
    (OnlyDiagonal, r"^Expected jacobian of OnlyDiagonal to be that of autodiff"),
    (LateImmediate, r"^Expected immediate of LateImmediate to be that of autodiff; got .*e-09\. T"),
    (SwappedFactors, r"^Expected immediate_gradient of SwappedFactors to be that of autodiff"),
    (Growing, r"^Expected a step of Growing to keep the state .*\(5,\).*; got .*\(6,\)"),
    (Numbed, r"^Expected every parameter of Numbed to move .*; got 5 of 45 .*, in bias\. Try"),
    (Tall, r"^Expected Tall\.emit to give a vector; got shape \(5, 1\)\. Try jnp\.ravel\.$"),
]


@pytest.mark.parametrize(("kind", "message"), CELL_FAULTS)
def test_a_cell_with_a_fault_does_not(kind, message, untyped) -> None:
    with pytest.raises(AssertionError, match=message):
        check_cell(rnn(kind))


class LateForget(LSTM):
    """One entry of B off."""

    def immediate(self, state_prev, x):
        made = super().immediate(state_prev, x)
        off = lambda local: local.leaves.recurrent  # noqa: E731
        return eqx.tree_at(off, made, off(made).at[1, 1, 3, 2].add(1.0))


def test_the_entry_that_is_off_is_named(untyped) -> None:
    message = r"; got \S+ in place of \S+ at state\.cell\[3\] by recurrent\[1, 3, 2\], a diff"
    with pytest.raises(AssertionError, match=message):
        check_cell(LateForget(INPUTS, UNITS, key=jax.random.key(0)))


def test_a_number_of_a_tree_has_a_name() -> None:
    tree = {"deep": [jnp.zeros((2, 3)), jnp.zeros(())], "flat": jnp.zeros(2)}
    named = [entry(tree, place) for place in range(9)]
    assert named[:2] + named[5:] == [
        *("deep.0[0, 0]", "deep.0[0, 1]", "deep.0[1, 2]", "deep.1", "flat[0]", "flat[1]")
    ]
    assert entry(jnp.zeros(2), 1, "state") == "state[1]"


def symbols(factory=GRU) -> Embedded:
    return Embedded(factory(2, 3, key=jax.random.key(0)), 4, key=jax.random.key(1))


EVERY_SYMBOL = np.array([[2], [0], [1], [3], [3], [2], [1], [0], [2], [3]])


@pytest.mark.parametrize("factory", [GRU, LRU])
def test_a_cell_that_reads_symbols_is_checked_on_symbols(factory) -> None:
    check_cell(symbols(factory), xs=EVERY_SYMBOL)
    check_rule(RTRL(), symbols(factory), xs=EVERY_SYMBOL)
    check_rule(Immediate(), symbols(factory), xs=EVERY_SYMBOL)


class LateTable(Embedded):
    """B of the table halved, where a symbol is read."""

    def immediate(self, state_prev, x):
        made = super().immediate(state_prev, x)
        table = lambda local: local.leaves.table  # noqa: E731
        return eqx.tree_at(table, made, table(made) / 2)


def test_a_fault_that_shows_on_symbols_only_is_found(untyped) -> None:
    cell = LateTable(GRU(2, 3, key=jax.random.key(0)), 4, key=jax.random.key(1))
    with pytest.raises(AssertionError, match=r"got 6 of .* numbers that never do, in table\. Try"):
        check_cell(symbols(), xs=[[2]] * 3)
    with pytest.raises(AssertionError, match=r"^Expected immediate of LateTable .* by table\[\d, "):
        check_cell(cell, xs=EVERY_SYMBOL)
    with pytest.raises(AssertionError, match=r"on LateTable to be exact, as stated; got"):
        check_rule(RTRL(), cell, xs=EVERY_SYMBOL)


BAD_XS = [
    (np.zeros(3), r"at least \d rows? of input_size=3; got shape \(3,\) in float64\. Try one row"),
    (np.zeros((4, 2)), r"at least \d rows? of input_size=3; got shape \(4, 2\) in float64\."),
    (np.zeros((0, 3)), r"at least \d rows? of input_size=3; got shape \(0, 3\) in float64\."),
    (np.zeros((4, 3), complex), r"as real numbers, .*; got shape \(4, 3\) in complex128\."),
    ([["a"] * 3] * 4, r"as real numbers, .*; got shape \(4, 3\) in <U1\."),
]


@pytest.mark.parametrize(("xs", "message"), BAD_XS, ids=[m[-30:] for _, m in BAD_XS])
def test_inputs_that_do_not_fit_are_refused(xs, message) -> None:
    for check in (check_cell, partial(check_rule, RTRL())):
        with pytest.raises(ValueError, match=message):
            check(rnn(), xs=xs)
    with pytest.raises(ValueError, match=r"at least 2 rows of input_size=3; got shape \(1, 3\)"):
        check_rule(RTRL(), rnn(), xs=np.zeros((1, 3)))


def test_a_state_of_another_dtype_is_found(untyped) -> None:
    single = RNN(INPUTS, UNITS, key=jax.random.key(0), dtype=np.float32)
    check_cell(single)
    wide = eqx.tree_at(lambda cell: cell.bias, single, jnp.zeros(UNITS))
    message = r"^Expected a step of RNN to keep the state .*float32.*; got .*float64"
    with jax.numpy_dtype_promotion("standard"), pytest.raises(AssertionError, match=message):
        check_cell(eqx.tree_at(lambda cell: cell.recurrent, single, jnp.ones((UNITS, UNITS))))
    message = r"^Expected RNN's state and parameters of one dtype; got float32, float64\. Try "
    with jax.numpy_dtype_promotion("standard"), pytest.raises(AssertionError, match=message):
        check_cell(wide)


class WrongPattern(RNN):
    """A Jacobian whose pattern forgets what its matrix has."""

    def jacobian(self, state_prev, x):
        matrix = super().jacobian(state_prev, x).materialise()

        class Narrow(Diagonal):
            def materialise(self):
                return matrix

        return Narrow(jnp.diagonal(matrix)[None])


def test_a_pattern_that_is_too_narrow_is_found(untyped) -> None:
    message = r"^Expected the pattern of WrongPattern's jacobian to cover every nonzero; got "
    with pytest.raises(AssertionError, match=message):
        check_cell(rnn(WrongPattern))


RULES = [RTRL(), Immediate(), EligibilityTrace(), SparseRTRL(2, resample=True), TBPTT(3), Frozen()]


@pytest.mark.parametrize("rule", RULES, ids=str)
@pytest.mark.parametrize("name", ["gru", "lru", "skip"])
def test_our_rules_pass(rule, name) -> None:
    check_rule(rule, make_cell(name))


class ClaimsTooMuch(Immediate):
    def exactness(self, cell):
        return "exact"


class ClaimsTooLittle(RTRL):
    def exactness(self, cell):
        return "biased"


class ClaimsNonsense(Immediate):
    def exactness(self, cell):
        return "foo"


class ClaimsChance(Immediate):
    def exactness(self, cell):
        return "unbiased"


class Shrinking(RTRL):
    def advance(self, cell, carry, state_prev, x):
        return super().advance(cell, carry, state_prev, x).leaves


class Halved(RTRL):
    def credit(self, cell, carry, signal):
        return jax.tree.leaves(super().credit(cell, carry, signal))


class Unhashable(Immediate):
    scale: jax.Array = eqx.field(default_factory=lambda: jnp.ones(2))


class Random(RTRL):
    """Exact credit times 0 or 2, drawn once: unbiased."""

    def init(self, cell, state, x, key):
        return super().init(cell, state, x, key), 2 * jax.random.bernoulli(key).astype(cell.dtype)

    def advance(self, cell, carry, state_prev, x):
        return super().advance(cell, carry[0], state_prev, x), carry[1]

    def credit(self, cell, carry, signal):
        exact = super().credit(cell, carry[0], signal)
        return jax.tree.map(lambda leaf: carry[1] * leaf, exact)

    def exactness(self, cell):
        return "unbiased"


class Lopsided(Random):
    """Times 0 or 3: biased."""

    def init(self, cell, state, x, key):
        influence, factor = super().init(cell, state, x, key)
        return influence, 1.5 * factor


RULE_FAULTS = [
    (ClaimsTooMuch(), r"to be exact, as stated; got a relative difference of .* Try exactness 'bi"),
    (ClaimsTooLittle(), r"to be biased, as stated; got backpropagation's .* Try exactness 'exact'"),
    (
        ClaimsChance(),
        r"to be unbiased, as stated; got a mean over 256 keys that is .* of \d\.\de-1\d\. Try",
    ),
    (
        Lopsided(),
        r"to be unbiased, as stated; got a mean over 256 keys that is .*, and a standard error",
    ),
    (
        ClaimsNonsense(),
        r"^Expected exactness of ClaimsNonsense\(\) among exact, unbiased, biased; got 'foo'\. Try",
    ),
    (Shrinking(), r"^Expected advance of Shrinking\(\) to keep the carry "),
    (Halved(), r"^Expected credit of Halved\(\) shaped like the parameters, "),
    (Unhashable(), r"^Expected a rule with the settings of .* to be equal and to hash alike; got"),
]


@pytest.mark.parametrize(("rule", "message"), RULE_FAULTS, ids=lambda value: str(value)[:20])
def test_a_rule_with_a_fault_does_not(rule, message, untyped) -> None:
    with pytest.raises(AssertionError, match=message):
        check_rule(rule, make_cell("rnn"))


def test_an_unbiased_rule_passes() -> None:
    check_rule(Random(), make_cell("rnn"))


class Nowhere(Immediate):
    def exactness(self, cell):
        raise ImpossiblePairError("Expected another cell; got this one. Try none.")


def test_an_impossible_pair_is_said_to_be_one() -> None:
    with pytest.raises(ImpossiblePairError):
        check_rule(Nowhere(), make_cell("rnn"))


CHECKS_OF_OTHER_THINGS = {
    "a number as cell": (
        lambda: check_cell(3),
        r"^Expected cell of type AbstractCell; got 3\. Try",
    ),
    "a class as cell": (
        lambda: check_cell(GRU),
        r"AbstractCell; got the class GRU\. Try onward\.G",
    ),
    "a class as rule": (
        lambda: check_rule(RTRL, rnn()),
        r"^Expected rule of type AbstractRule; got the class RTRL\. Try check_rule\(onward\.RTRL",
    ),
    "a rule's class as cell": (
        lambda: check_rule(RTRL(), GRU),
        r"^Expected cell of type AbstractCell; got the class GRU\. Try check_rule\(",
    ),
    "swapped": (lambda: check_rule(rnn(), RTRL()), r"^Expected rule of type AbstractRule; got RNN"),
}


@pytest.mark.parametrize("case", CHECKS_OF_OTHER_THINGS)
def test_what_is_no_cell_or_rule_is_refused(case, untyped) -> None:
    check, message = CHECKS_OF_OTHER_THINGS[case]
    with pytest.raises(ValueError, match=message):
        check()


@pytest.mark.parametrize(
    "stream", [Sine(length=101), Cortex(length=101)], ids=lambda s: s.info.name
)
def test_our_streams_pass(stream) -> None:
    check_stream(stream)


class Planted:
    """A stream of numbers with a fault of choice."""

    def __init__(self, fault: str = "", **info):
        self.fault, self.changed = fault, info
        random = np.random.default_rng(0)
        self.x = random.normal(size=(90, 2)).astype(np.float32)
        self.y = (random.random((90, 1)) < 0.5).astype(np.float32)
        self.y[5] = np.nan

    @property
    def info(self) -> StreamInfo:
        base = StreamInfo(
            "planted", "classification", ("a", "b"), ("y",), ("no", "yes"), 90, "ours"
        )
        return dataclasses.replace(base, **self.changed)

    def rows(self, size: int, start: int) -> Iterator[Chunk]:
        if self.fault == "start":
            start -= start % size
        x, y = self.x, self.y
        if self.fault == "wide":
            x = x.astype(np.float64)
        if self.fault == "infinite":
            y = np.where(np.isnan(y), np.float32(np.inf), y)
        if self.fault == "classes":
            y = y + 1
        if self.fault == "noise":
            x = x + np.random.default_rng(size).normal(size=x.shape).astype(np.float32)
        for first in range(start, 90, size):
            part = slice(first, first + size)
            copied = x[part] if self.fault == "views" else x[part].copy()
            rows = Chunk(copied, y[part].copy())
            if self.info.weight_name or self.info.start_name:
                weight = np.ones(90, np.float32)
                begins = np.arange(90) % 9 == 0
                if self.fault == "heavy":
                    weight = weight.astype(np.float64)
                if self.fault == "negative":
                    weight[70] = -1
                if self.fault == "nothing begins":
                    begins[0] = False
                if self.fault == "chunks begin":
                    begins[first] = True
                if self.fault == "start of numbers":
                    begins = begins.astype(int)
                rows = dataclasses.replace(rows, weight=weight[part], start=begins[part])
            yield rows

    def chunks(self, size: int, start: int = 0) -> Iterator[Chunk]:
        if self.fault != "lenient" and (size < 1 or not 0 <= start <= 90):
            raise StreamError("Expected a chunk size and a start; got others.")
        return self.rows(max(size, 1), start)


BOTH = {"start_name": "s", "weight_name": "w"}
STREAM_FAULTS = [
    (Planted("start"), r"^Expected 89 rows from row 1 on in chunks of 7"),
    (Planted("wide"), r"^Expected x of shape \(90, 2\) .* in float32; got .* in float64"),
    (Planted("infinite"), r"^Expected labels that are finite, or NaN where missing"),
    (Planted("classes"), r"^Expected one column of labels, indices from 0 to 1; got \[1\. 2\.\]"),
    (Planted("noise"), r"^Expected the rows from 0 on to be those of the whole stream; got others"),
    (Planted("views"), r"^Expected the same rows after a reader wrote into its chunks"),
    (Planted("lenient"), r"^Expected a ValueError for chunks of size 0 from row 0 on"),
    (Planted(length=91), r"^Expected x of shape \(91, 2\) "),
    (Planted(length=40), r"^Expected one chunk of all 40 rows; got 3\."),
    (Planted(feature_names=("a",)), r"^Expected x of shape \(90, 1\) \(rows, names\)"),
    (Planted(class_names=()), r"^Expected class names for classification and none for regress"),
    (Planted(origin=""), r"^Expected a name, an origin and a task"),
    (Planted("heavy", **BOTH), r"^Expected weight of shape \(90,\) in float32; got \(90,\) in flo"),
    (Planted("negative", **BOTH), r"^Expected weights >= 0; got one below\. Try 0 for"),
    (Planted("nothing begins", **BOTH), r"^Expected a sequence to begin with the first row; got"),
    (Planted("chunks begin", **BOTH), r"^Expected the rows from 7 on to be those of the whole st"),
    (
        Planted("start of numbers", **BOTH),
        r"^Expected start of shape \(90,\) in bool; got .* in int",
    ),
    (Planted(start_name="s"), r"^Expected info\.weight_name to say where weight comes from"),
    (Planted(weight_name="w"), r"^Expected info\.start_name to say where start comes from"),
    (Planted(horizon=-1), r"^Expected a length >= 2 and a horizon >= 0; got 90 and -1"),
]


@pytest.mark.parametrize(
    ("stream", "message"), STREAM_FAULTS, ids=[m[:40] for _, m in STREAM_FAULTS]
)
def test_a_stream_with_a_fault_does_not(stream, message) -> None:
    check_stream(Planted())
    check_stream(Planted(**BOTH))
    with pytest.raises(AssertionError, match=message):
        check_stream(stream)


@pytest.mark.parametrize("given", [3, Sine, "sine"])
def test_what_is_no_stream_is_told_so(given) -> None:
    with pytest.raises(AssertionError, match="Expected a stream, with `info` and `chunks`; got"):
        check_stream(given)
