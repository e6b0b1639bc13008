"""`check_rule` passes on our rules and fails on planted faults, in words."""

import equinox as eqx
import jax
import jax.numpy as jnp
import pytest

from catalogue import make_cell
from matrix import left
from onward import (
    BPTT,
    DNI,
    RTRL,
    TBPTT,
    EligibilityTrace,
    EProp,
    Frozen,
    Immediate,
    KeRNL,
    Shadowed,
    SketchedRTRL,
    SnAp,
    SparseRTRL,
)
from onward.algebra import materialise
from onward.testing import check_rule

RULES = [RTRL(), Immediate(), EligibilityTrace(), SparseRTRL(2, resample=True), TBPTT(3), Frozen()]
# Most on a dense cell, exact credit where outputs read parameters too, a draw on a diagonal one.
KEPT = [(RULES[0], "skip"), (RULES[3], "lru")]
KEPT += [(RULES[index], "gru") for index in (0, 1, 2, 5)]
PASSING = [
    pair if pair in KEPT else left(*pair)
    for name in ("gru", "lru", "skip")
    for pair in ((rule, name) for rule in RULES)
]


# Rules that adapt, that report, and that learn without labels.
OTHERS = [BPTT(), DNI(), Shadowed(Immediate(), RTRL()), SketchedRTRL(2)]
OTHERS += [left(rule) for rule in (KeRNL(), SnAp(1), EProp())]


@pytest.mark.parametrize(("rule", "name"), PASSING, ids=str)
def test_our_rules_pass(rule, name) -> None:
    check_rule(rule, make_cell(name))


@pytest.mark.parametrize("rule", OTHERS, ids=str)
def test_our_other_rules_pass(rule) -> None:
    check_rule(rule, make_cell("gru"))


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


class CreditsOneByOne(BPTT):
    """Of a block, what each sample is owed, not the sum."""

    def credit_block(self, cell, carries, signals, first):
        return jax.vmap(lambda carry, signal: materialise(self.credit(cell, carry, signal)))(
            carries, signals
        )


class CreditsTheMean(BPTT):
    def credit_block(self, cell, carries, signals, first):
        whole = super().credit_block(cell, carries, signals, first)
        return jax.tree.map(lambda leaf: leaf / 2, whole)


RULE_FAULTS = [
    (
        CreditsOneByOne(),
        r"^Expected credit_block of .* shaped like the parameters, RNN\(recurrent f",
    ),
    (
        CreditsTheMean(),
        r"to credit a block of one sample as credit does; got a relative .* 5\.0e-01",
    ),
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
    (Unhashable(), r"^Expected a rule with the settings of .* to be equal and to hash alike; got"),
]


@pytest.mark.parametrize(("rule", "message"), RULE_FAULTS, ids=lambda value: str(value)[:20])
def test_a_rule_with_a_fault_does_not(rule, message, untyped) -> None:
    with pytest.raises(AssertionError, match=message):
        check_rule(rule, make_cell("rnn"))


def test_an_unbiased_rule_passes() -> None:
    check_rule(Random(), make_cell("rnn"))
