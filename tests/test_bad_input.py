"""Each wrong input, as a user without run-time types would give it, is refused in words."""

from collections.abc import Callable, Iterator
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import onward
from onward import (
    ALIF,
    CTRNN,
    DNI,
    GRU,
    LRU,
    LSTM,
    MLSTM,
    RNN,
    RTRL,
    RTU,
    S5,
    SLSTM,
    AbstractCell,
    CrossEntropy,
    EligibilityTrace,
    Embedded,
    Fleet,
    Frozen,
    HeadSparse,
    Huber,
    Immediate,
    KeRNL,
    Learner,
    Linear,
    LinearAttention,
    MinLSTM,
    Residual,
    RunningMoments,
    SelectiveSSM,
    Shadowed,
    SparseRTRL,
    Stack,
    Unscaled,
    cost,
    pretrain,
    probe,
    sequence_gradient,
)
from onward.diagnose import alignment, alignments, credit_horizon, gradient_norms, record, spectrum

KEY, NAN, INF = jax.random.key(0), float("nan"), float("inf")
XS = np.random.default_rng(0).normal(size=(9, 2))
YS = XS[:, :1] + 1


@pytest.fixture(autouse=True)
def as_for_a_user(untyped: None) -> Iterator[None]:
    """No checks of types; ranks and dtypes are combined as JAX does by default."""
    with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
        yield


def rnn(**options: Any) -> RNN:
    return RNN(2, 5, key=KEY, **options)


def learner(rule: Any = None, **options: Any) -> Learner:
    return Learner(rnn(), rule=rule, **{"optimizer": "sgd", **options})


LEARNER = learner()


def start() -> onward.LearnerState:
    return LEARNER.init(KEY)


Case = tuple[str, Callable[[], Any]]


def refused(message: str, call: Callable[[], Any]) -> None:
    with pytest.raises(ValueError) as error:
        call()
    text = " ".join(str(error.value).split())
    assert message in text
    assert text.startswith("Expected ") and "; got " in text and ". Try " in text


# `predict` takes several samples.
XS_OF_ONE = XS[:1]
SAMPLES: list[tuple[str, Any]] = [
    ("x as real numbers; got complex128", XS[0] + 1j),
    ("x as real numbers; got complex128", jnp.asarray(XS[0] + 1j)),
    ("x as real numbers; got <U1", ["a", "b"]),
    ("x as real numbers; got object", [None, 1.0]),
    ("x as real numbers; got datetime64[D]", np.array(["2020-01-01"] * 2, "datetime64[D]")),
    ("x as an array; got rows of different lengths", [[1.0, 2.0], [3.0]]),
    ("x of shape (2,); got (1, 2)", XS_OF_ONE),
    ("x of shape (2,); got ()", 1.0),
    ("x of shape (2,); got (3,)", np.zeros(3)),
]


@pytest.mark.parametrize(("message", "x"), SAMPLES)
def test_a_sample(message: str, x: Any) -> None:
    refused(message, lambda: LEARNER.step(start(), x, YS[0]))
    if x is not XS_OF_ONE:
        refused(message, lambda: LEARNER.predict(start(), x))


RECORDED: list[tuple[str, Any, Any]] = [
    ("xs as real numbers; got complex128", XS + 1j, YS),
    ("ys as real numbers; got complex128", XS, YS + 1j),
    ("xs of shape (T, 2); got (9,)", XS[:, 0], YS),
    ("xs of shape (T, 2); got (1, 9, 2)", XS[None], YS),
    ("xs as an array of real numbers; got None", None, YS),
    ("xs of shape (T, 2); got ()", 1.0, YS),
    ("xs as real numbers; got object", (x for x in XS), YS),
    ("ys of shape (9, 1); got (8, 1)", XS, YS[:8, 0]),
    ("ys of shape (9, 1); got (3, 1)", XS, YS[:3]),
    ("ys of shape (9, 1); got ()", XS, 1.0),
]
ON_A_SEQUENCE: dict[str, Callable[..., Any]] = {
    "run": lambda xs, ys: LEARNER.run(start(), xs, ys),
    "sequence_gradient": lambda xs, ys: sequence_gradient(LEARNER, start(), xs, ys),
    "pretrain": lambda xs, ys: pretrain(LEARNER, start(), xs, ys, 1),
    "record": lambda xs, ys: record(LEARNER, start(), xs, ys),
    "spectrum": lambda xs, ys: spectrum(LEARNER, start(), xs, ys, (1,)),
    "credit_horizon": lambda xs, ys: credit_horizon(LEARNER, start(), xs, ys, (1,)),
}


@pytest.mark.parametrize("verb", ON_A_SEQUENCE)
def test_a_sequence(verb: str) -> None:
    for message, xs, ys in RECORDED:
        refused(message, lambda xs=xs, ys=ys: ON_A_SEQUENCE[verb](xs, ys))


def test_integers_and_truth_values_are_real_numbers() -> None:
    for x in ([1, 0], np.array([True, False]), jnp.array([1, 0])):
        _, info = LEARNER.step(start(), x, [3])
        expected = LEARNER.step(start(), np.array([1.0, 0.0]), np.array([3.0]))[1]
        np.testing.assert_array_equal(info.loss, expected.loss)


def consumed() -> onward.LearnerState:
    state = start()
    LEARNER.step(state, XS[0], YS[0])
    return state


def of_other_settings() -> Iterator[onward.LearnerState]:
    for other in (learner(RTRL()), learner(optimizer="adam"), learner(delay=2)):
        yield other.init(KEY)
    yield Learner(RNN(2, 7, key=KEY), optimizer="sgd").init(KEY)
    yield Learner(GRU(2, 5, key=KEY), optimizer="sgd").init(KEY)


ON_A_STATE: dict[str, Callable[[Any], Any]] = {
    "step": lambda state: LEARNER.step(state, XS[0], YS[0]),
    "predict": lambda state: LEARNER.predict(state, XS[0]),
    "run": lambda state: LEARNER.run(state, XS, YS),
    "sequence_gradient": lambda state: sequence_gradient(LEARNER, state, XS, YS),
    "record": lambda state: record(LEARNER, state, XS, YS),
    "gather": lambda state: Fleet(LEARNER, 2).gather([start(), state]),
}


@pytest.mark.parametrize("verb", ON_A_STATE)
def test_a_state(verb: str) -> None:
    call = ON_A_STATE[verb]
    refused(
        "state of type LearnerState; got None. Try the one from learner.init", lambda: call(None)
    )
    refused("a state that no step has consumed; got", lambda: call(consumed()))
    for state in of_other_settings():
        refused("a state of this learner; got one of", lambda state=state: call(state))


def test_states_that_come_from_every_verb_are_taken_by_every_other() -> None:
    state, _ = LEARNER.run(start(), XS, YS)
    state, _ = LEARNER.step(state, XS[0], YS[0])
    state, _ = LEARNER.run(state.replace(learning_rates={"": jnp.zeros(())}), XS, YS)
    LEARNER.predict(state, XS[0])
    (state,) = Fleet(LEARNER).scatter(Fleet(LEARNER).init(KEY[None]))
    LEARNER.step(state, XS[0], YS[0])


KEYS: list[Case] = [
    ("a key; got 0. Try jax.random.key(0)", lambda: LEARNER.init(0)),
    ("a key; got None", lambda: LEARNER.init(None)),
    ("a key; got keys of shape (3,)", lambda: LEARNER.init(jax.random.split(KEY, 3))),
    ("a key; got Array([0., 0.]", lambda: LEARNER.init(jnp.zeros(2))),
    *(("a key; got 0", lambda kind=kind: kind(2, 3, key=0)) for kind in (RNN, MinLSTM, LRU, S5)),
    ("a key; got None", lambda: Embedded(rnn(), 3, key=None)),
    ("keys, one a learner; got keys of shape ()", lambda: Fleet(LEARNER).init(KEY)),
    ("keys, one a learner; got 3", lambda: Fleet(LEARNER).init(3)),
    (
        "keys, one a learner; got keys of shape (0,)",
        lambda: Fleet(LEARNER).init(jax.random.split(KEY, 3)[:0]),
    ),
]


class Broadcasting(AbstractCell):
    """A state that its own step turns into another shape or dtype."""

    weight: jax.Array
    before: Any = eqx.field(static=True, default=(5, 1))
    kind: Any = eqx.field(static=True, default=float)
    input_size: int = eqx.field(static=True, default=2)

    def init_state(self):
        return jnp.zeros(self.before, self.kind)

    def __call__(self, state_prev, x):
        return jnp.tanh(state_prev + self.weight @ x)


class Tall(Broadcasting):
    """An output that is no vector."""

    def emit(self, state, x):
        return state[:, None]


class Summed(Immediate):
    """One number in place of each parameter's gradient, which would broadcast."""

    def credit(self, cell, carry, signal):
        return jax.tree.map(lambda leaf: jnp.zeros(()), cell.parameters())


class Swept(Immediate):
    """A setting that is an array, by which no compiled step can be kept."""

    scale: jax.Array


def double_without_x64() -> Learner:
    wide = jax.tree.map(lambda leaf: np.asarray(leaf, np.float64), rnn())
    with jax.enable_x64(False):
        return Learner(wide, optimizer="sgd")


def learns(rule: Any) -> Any:
    taught = learner(rule)
    return taught.step(taught.init(KEY), XS[0], YS[0])


def wide(shape: tuple[int, ...] = (5, 2)) -> jax.Array:
    return jnp.ones(shape)


PARTS: list[Case] = [
    ("cell of type AbstractCell; got the class RNN", lambda: Learner(RNN)),
    ("cell of type AbstractCell; got None", lambda: Learner(None)),
    ("rule of type AbstractRule; got the class RTRL", lambda: learner(RTRL)),
    ("rule of type AbstractRule; got 'rtrl'", lambda: learner("rtrl")),
    ("loss of type AbstractLoss; got 'squared'", lambda: learner(loss="squared")),
    ("feedback of type bool; got 'no'", lambda: learner(feedback="no")),
    ("scale of type AbstractScale; got True", lambda: learner(scale=True)),
    ("scales of inputs and targets; got 'x'", lambda: learner(scale={"x": Unscaled()})),
    ("guard of type bool; got 1", lambda: learner(guard=1)),
    ("readout of type AbstractReadout; got 3", lambda: learner(readout=3)),
    ("dtype=float64); got TypeError: dot_general", lambda: learner(readout=Linear(7, 1))),
    ("got ShapeDtypeStruct(shape=(3,)", lambda: learner(readout=Linear(5, 3))),
    ("a finite learning rate >= 0; got 'a'", lambda: learner(learning_rate="a")),
    ("a finite learning rate >= 0; got 1j", lambda: learner(learning_rate=1j)),
    ("learning-rate group of type str; got 1", lambda: learner(learning_rate={1: 0.1})),
    ("a dtype that JAX has enabled; got float64 with 64-bit", double_without_x64),
    ("to keep a state of its parameters' dtype, float64", lambda: Learner(Broadcasting(wide()))),
    (
        "before and ShapeDtypeStruct(shape=(5,)",
        lambda: Learner(Broadcasting(wide(), (5,), np.float32)),
    ),
    ("to keep a state of its", lambda: Learner(Broadcasting(wide(), (5,), int))),
    ("got TypeError: dot_general", lambda: Learner(Broadcasting(wide((5, 3)), (5,)))),
    ("input_size to be a positive", lambda: Learner(Broadcasting(wide(), (5,), float, 2.0))),
    ("Tall.emit to give a vector; got shape (5, 1)", lambda: Learner(Tall(wide(), (5,)))),
    ("credit of Summed() shaped like the parameters", lambda: learns(Summed())),
]

RULES: list[Case] = [
    ("0 <= decay < 1; got 'a'", lambda: EligibilityTrace("a")),
    ("0 <= decay < 1; got 1j", lambda: EligibilityTrace(1j)),
    ("0 <= decay < 1; got nan", lambda: EligibilityTrace(NAN)),
    ("settings are numbers, strings or tuples; got Swept", lambda: learner(Swept(jnp.ones(2)))),
    ("0 <= learning_rate < 2; got None", lambda: DNI(None)),
    ("0 <= learning_rate < 2; got nan", lambda: KeRNL(NAN)),
    ("noise > 0; got inf", lambda: KeRNL(noise=INF)),
    ("0 < decay < 1; got 'a'", lambda: KeRNL(decay="a")),
    ("0 <= fraction <= 1; got None", lambda: HeadSparse(None)),
    ("resample of type bool; got 'no'", lambda: HeadSparse(resample="no")),
    ("resample of type bool; got 'no'", lambda: SparseRTRL(resample="no")),
    ("k <= 5, the size of the state; got k=9", lambda: learner(SparseRTRL(9))),
    ("k <= 5, the size of the state", lambda: learner(Shadowed(shadow=SparseRTRL(9)))),
    ("rule of type AbstractRule; got 'rtrl'", lambda: Shadowed("rtrl")),
    ("shadow of type AbstractRule; got the class RTRL", lambda: Shadowed(shadow=RTRL)),
    ("a shadow that gives the cell a gradient; got Frozen", lambda: Shadowed(shadow=Frozen())),
    ("whose state is kept by heads; got RNN", lambda: learner(HeadSparse())),
]

CELLS: list[Case] = [
    *(
        ("forget_bias to be a finite real number; got nan", lambda kind=kind: of(kind, NAN))
        for kind in (LSTM, MinLSTM, SLSTM, MLSTM)
    ),
    ("a dtype; got 'nonsense'", lambda: rnn(dtype="nonsense")),
    ("the range of float32, which squared gradients need; got float16", lambda: rnn(dtype="f2")),
    ("the range of float32", lambda: Learner(jax.tree.map(lambda w: w.astype("f2"), rnn()))),
    (
        "input_size to be a positive integer; got np.int64(3). Try input_size=3",
        lambda: RNN(np.int64(3), 3, key=KEY),
    ),
    ("targets to be a positive integer; got 0. Try targets=1.", lambda: Learner(rnn(), targets=0)),
    ("one target, the class; got 2 targets. Try", lambda: Learner(rnn(), 2, loss=CrossEntropy(3))),
    ("finite weights; got NaN or infinity in cell.bias", lambda: Learner(with_bias(NAN))),
    ("finite weights; got NaN or infinity in cell.bias", lambda: Learner(with_bias(INF))),
    ("forget_bias to be a finite real number; got 1j", lambda: of(LSTM, 1j)),
    ("gate_bias to be a finite", lambda: LinearAttention(2, 3, key=KEY, gate_bias="a")),
    ("maximum_phase > 0.001; got -1", lambda: LRU(2, 3, key=KEY, maximum_phase=-1)),
    ("maximum_phase > 0.001; got nan", lambda: RTU(2, 3, key=KEY, maximum_phase=NAN)),
    ("< maximum_radius < 1; got 0.0 and 'a'", lambda: LRU(2, 3, key=KEY, maximum_radius="a")),
    ("0 < leak <= 1; got 1j", lambda: CTRNN(2, 3, key=KEY, leak=1j)),
    ("minimum_step < maximum_step; got 0.001 and inf", lambda: S5(2, 3, key=KEY, maximum_step=INF)),
    ("< maximum_step; got None and", lambda: SelectiveSSM(2, 3, key=KEY, minimum_step=None)),
    ("voltage_time to be a finite", lambda: ALIF(2, 3, key=KEY, voltage_time=NAN)),
    ("dampening to be a finite real number; got 'a'", lambda: ALIF(2, 3, key=KEY, dampening="a")),
    ("layers as a list of cells; got RNN", lambda: Stack(rnn())),
    ("every layer of type AbstractCell; got the class RNN", lambda: Stack([RNN, RNN])),
    ("layer 1 to have input_size=5, what layer 0 emits; got 2", lambda: Stack([rnn(), rnn()])),
    ("as many numbers as it reads; got 2 in and 5 out", lambda: Residual(rnn())),
    ("cell of type AbstractCell; got None", lambda: Residual(None)),
    ("at least two numbers", lambda: Residual(RNN(1, 1, key=KEY))),
    ("cell of type AbstractCell; got the class RNN", lambda: Embedded(RNN, 3, key=KEY)),
    ("direct to be a positive integer; got -1. Try direct=0.", lambda: Linear(3, 1, direct=-1)),
    ("threshold > 0; got 'a'", lambda: Huber("a")),
    ("clip > 0, or None; got 'a'", lambda: RunningMoments("a")),
    ("trust to be an integer >= 0; got -1", lambda: RunningMoments(trust=-1)),
]


def of(kind: Any, forget_bias: Any) -> AbstractCell:
    return kind(2, 3, key=KEY, forget_bias=forget_bias)


def with_bias(value: float) -> RNN:
    return eqx.tree_at(lambda cell: cell.bias, rnn(), jnp.zeros(5).at[2].set(value))


def spent() -> list[onward.LearnerState]:
    parts = parts_of()
    Fleet(LEARNER, 2).run(parts, *BOTH)
    return parts


def gather(states: Any) -> list[onward.LearnerState]:
    return Fleet(LEARNER).gather(states)


def ensemble_run(xs: Any, ys: Any) -> Any:
    return Fleet(LEARNER, 2).run(parts_of(), xs, ys)


def parts_of(rule: Any = None) -> list[onward.LearnerState]:
    return Fleet(learner(rule), 2).init(jax.random.split(KEY, 2))


BOTH = np.stack([XS] * 2), np.stack([YS] * 2)
TOOLS: list[Case] = [
    ("learner of type Learner; got RNN(", lambda: Fleet(rnn())),
    ("the states of one learner or more, in a list; got none", lambda: gather([])),
    ("the states of one learner or more, in a list; got L", lambda: gather(start())),
    ("makes them; got LearnerState", lambda: Fleet(LEARNER).scatter(start())),
    ("a state that no step has consumed", lambda: Fleet(LEARNER, 2).run(spent(), *BOTH)),
    ("arrays, which threads can share; got traced", lambda: jax.jit(ensemble_run)(*BOTH)),
    ("parts as init or gather makes them; got N", lambda: Fleet(LEARNER).run(None, *BOTH)),
    ("makes them; got LearnerState", lambda: Fleet(LEARNER).run(start(), *BOTH)),
    ("state of this learner", lambda: Fleet(LEARNER).run(parts_of(RTRL()), *BOTH)),
    ("xs of shape (2, T, 2); got (9, 2)", lambda: Fleet(LEARNER).run(parts_of(), XS, YS)),
    (
        "xs as an array of real numbers; got None",
        lambda: Fleet(LEARNER).run(parts_of(), None, None),
    ),
    ("cell of type AbstractCell; got the class RNN", lambda: cost(RNN, RTRL())),
    ("rule of type AbstractRule; got RNN(", lambda: cost(rnn(), rnn())),
    ("cell of type AbstractCell; got 0", lambda: probe(0)),
    ("learner of type Learner", lambda: sequence_gradient(rnn(), start(), XS, YS)),
    ("rule of type AbstractRule; got 'a'", lambda: alignment(LEARNER, start(), XS, YS, "a")),
    ("rule of type AbstractRule", lambda: gradient_norms(LEARNER, start(), XS, YS, RTRL)),
    ("rules as a list; got Immediate()", lambda: alignments(LEARNER, start(), XS, YS, Immediate())),
    ("samples to be a positive", lambda: spectrum(LEARNER, start(), XS, YS, (1,), samples=0)),
    *(
        (
            f"lengths as positive integers that grow; got {lengths!r}",
            lambda lengths=lengths: spectrum(LEARNER, start(), XS, YS, lengths),
        )
        for lengths in ((), (0,), (1.5,), (2, 1), 3, "a")
    ),
    ("windows as positive integers", lambda: credit_horizon(LEARNER, start(), XS, YS, (4, 2))),
]


CALLS = [*KEYS, *PARTS, *RULES, *CELLS, *TOOLS]


@pytest.mark.parametrize(
    ("message", "call"),
    CALLS,
    ids=[f"{row} {message[:40]}" for row, (message, _) in enumerate(CALLS)],
)
def test_a_part_or_a_setting(message: str, call: Callable[[], Any]) -> None:
    refused(message, call)
