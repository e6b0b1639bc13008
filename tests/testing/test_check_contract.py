"""`check_rule` finds each way to break a rule's contract, and says which."""

from typing import ClassVar

import jax
import jax.numpy as jnp
import pytest

from catalogue import make_cell
from onward import RTRL, Frozen, Immediate, ImpossiblePairError, ReadoutOnly
from onward._trees import flatten
from onward.testing import check_rule


class Adapting(RTRL):
    """Learns the mean signal and reports its length; the gradient stays exact."""

    reports: ClassVar[tuple[str, ...]] = ("length",)

    def init(self, cell, state, x, key):
        return {"influence": super().init(cell, state, x, key), "mean": 0 * flatten(state)}

    def advance(self, cell, carry, state_prev, x):
        return {**carry, "influence": super().advance(cell, carry["influence"], state_prev, x)}

    def credit(self, cell, carry, signal):
        return super().credit(cell, carry["influence"], signal)

    def adapt(self, cell, carry, due, signal):
        return {**carry, "mean": 0.9 * carry["mean"] + 0.1 * flatten(signal)}

    def report(self, carry):
        return jnp.linalg.norm(carry["mean"])[None]


class AdaptsToAnotherShape(Adapting):
    def adapt(self, cell, carry, due, signal):
        return {**carry, "mean": carry["mean"][:1]}


class AdaptsToAnotherDtype(Adapting):
    def adapt(self, cell, carry, due, signal):
        return {**carry, "mean": carry["mean"].astype(jnp.float32)}


class AdaptsToLess(Adapting):
    def adapt(self, cell, carry, due, signal):
        return {"influence": carry["influence"]}


class AdaptsWrongly(Adapting):
    """The influence is gone after a label: exact in shape, and only in shape."""

    def adapt(self, cell, carry, due, signal):
        return jax.tree.map(jnp.zeros_like, carry)


class AdaptsForNothing(Immediate):
    def adapt(self, cell, carry, due, signal):
        return carry


class ReportsTooMuch(Adapting):
    def report(self, carry):
        return carry["mean"][:2]


class ReportsScalar(Adapting):
    def report(self, carry):
        return jnp.linalg.norm(carry["mean"])


class ReportsCounts(Adapting):
    def report(self, carry):
        return jnp.zeros(1, jnp.int32)


class ReportsNameless(Adapting):
    reports: ClassVar[tuple[str, ...]] = ()


class ReportsOneName(Adapting):
    reports: ClassVar[str] = "length"  # pyright: ignore[reportIncompatibleVariableOverride]


class ReportsOneNameTwice(Adapting):
    reports: ClassVar[tuple[str, ...]] = ("length", "length")


class Needs(RTRL):
    """Needs the carry that a learner does not keep for it."""

    propagates: ClassVar[bool] = False


class Remembers(Immediate):
    """Stays in shape with None for a carry only where it gets one."""

    def advance(self, cell, carry, state_prev, x):
        moment = super().advance(cell, carry, state_prev, x)
        return moment if carry is not None else moment._replace(x=moment.x[:1])


class GrowsLonger(Immediate):
    propagates: ClassVar[bool] = True

    def advance(self, cell, carry, state_prev, x):
        moment = super().advance(cell, carry, state_prev, x)
        return moment._replace(x=jnp.append(moment.x, moment.x))


class GrowsWider(RTRL):
    def advance(self, cell, carry, state_prev, x):
        wide = super().advance(cell, carry, state_prev, x)
        return jax.tree.map(lambda leaf: leaf.astype(jnp.float16), wide)


class Shrinking(RTRL):
    def advance(self, cell, carry, state_prev, x):
        return super().advance(cell, carry, state_prev, x).leaves


class InPieces(RTRL):
    def credit(self, cell, carry, signal):
        return jax.tree.leaves(super().credit(cell, carry, signal))


class Narrowed(RTRL):
    def credit(self, cell, carry, signal):
        return jax.tree.map(lambda leaf: leaf[:1], super().credit(cell, carry, signal))


class TrainsMore(RTRL):
    trains: ClassVar[frozenset[str]] = frozenset({"cell", "readout", "loss"})


class TrainsAString(RTRL):
    trains: ClassVar[str] = "cell"  # pyright: ignore[reportIncompatibleVariableOverride]


class TrainsInSecret(RTRL):
    trains: ClassVar[frozenset[str]] = frozenset({"readout"})


class TrainsNothing(Frozen):
    trains: ClassVar[frozenset[str]] = frozenset({"cell", "readout"})


class RefusesLate(Immediate):
    """Refuses where it is asked how exact it is, which a learner never asks."""

    def exactness(self, cell):
        raise ImpossiblePairError("Expected another cell; got this one. Try none.")


FAULTS = {
    AdaptsToAnotherShape: r"^Expected adapt of AdaptsToAnotherShape\(influence_dtype=None\) to "
    r"keep the carry's shapes and dtypes; got float64\[1\] in place of float64\[5\] at carry\.mean"
    r"\. Try making init return",
    AdaptsToAnotherDtype: r"^Expected adapt of .*; got float32\[5\] in place of float64\[5\] at ",
    AdaptsToLess: r"^Expected adapt of .* to keep the carry's structure, .*; got PyTreeDef.* Try "
    r"returning a carry of the kind that init makes\.$",
    AdaptsWrongly: r"^Expected the gradient of AdaptsWrongly\(.*\) on RNN to be exact, as stated",
    AdaptsForNothing: r"^Expected AdaptsForNothing\(\) to propagate, because it adapts; got propag"
    r"ates=False, .* Try propagates=True\.$",
    ReportsTooMuch: r"^Expected report of .* as real numbers of shape \(1,\), one a name in reports"
    r"; got ShapeDtypeStruct\(float64\[2\]\)\. Try a name in reports",
    ReportsScalar: r"^Expected report of .* of shape \(1,\), .*; got ShapeDtypeStruct\(float64\[\]",
    ReportsCounts: r"^Expected report of .*; got ShapeDtypeStruct\(int32\[1\]\)\. Try a name",
    ReportsNameless: r"^Expected report of .* of shape \(0,\), .*; got .*float64\[1\]",
    ReportsOneName: r"^Expected reports of .* as a tuple of names, each once; got 'length'\. Try ",
    ReportsOneNameTwice: r"^Expected reports of .*; got \('length', 'length'\)\. Try ",
    Needs: r"^Expected advance of Needs\(.*\) to need no carry, because the rule does not propagate"
    r" and is handed None; got AttributeError: .* Try propagates=True\.$",
    Remembers: r"^Expected advance, handed None, of Remembers\(\) to keep .* got float64\[1\]",
    GrowsLonger: r"^Expected advance of GrowsLonger\(\) to keep the carry's shapes and dtypes; got "
    r"float64\[6\] in place of float64\[3\] at carry\.x\. Try making init return",
    GrowsWider: r"^Expected advance of .*; got float16\[5, 5, 5\] in place of float64\[.* at carry",
    Shrinking: r"^Expected advance of Shrinking\(.*\) to keep the carry's structure, ",
    InPieces: r"^Expected credit of InPieces\(.*\) shaped like the parameters, RNN\(recurrent float"
    r"64\[5, 5\], .*; got list\(0 float64\[5, 5\], .*\)\. Try a tree of the cell's own type\.$",
    Narrowed: r"^Expected credit of .*; got RNN\(recurrent float64\[1, 5\], .*\. Try",
    TrainsMore: r"^Expected trains of .* as a frozenset of 'cell' and 'readout', .*; got frozenset",
    TrainsAString: r"^Expected trains of .*; got 'cell'\. Try frozenset\(\{'cell', 'readout'\}\)\.",
    TrainsInSecret: r"^Expected TrainsInSecret\(.*\) to give the cell credit if, and only if, it tr"
    r"ains the cell; got some, and trains of \['readout'\]\. Try trains with 'cell'\.$",
    TrainsNothing: r"^Expected TrainsNothing\(\) to give .*; got none at any sample, and trains of "
    r"\['cell', 'readout'\]\. Try trains without 'cell'\.$",
    RefusesLate: r"^Expected exactness of RefusesLate\(\) to answer on a cell that refuse lets pass"
    r"; got ImpossiblePairError: Expected another cell; got this one\. Try none\. Try raising",
}


@pytest.mark.parametrize("kind", FAULTS, ids=lambda kind: kind.__name__)
def test_a_broken_contract_is_found(kind, untyped) -> None:
    with pytest.raises(AssertionError, match=FAULTS[kind]):
        check_rule(kind(), make_cell("rnn"))


@pytest.mark.parametrize("rule", [Adapting(), Frozen(), ReadoutOnly()], ids=str)
def test_the_contract_kept_passes(rule) -> None:
    check_rule(rule, make_cell("rnn"))


class Refusing(Immediate):
    def refuse(self, cell):
        raise ImpossiblePairError("Expected another cell; got this one. Try none.")


def test_a_cell_that_a_rule_refuses_is_no_fault_of_the_rule() -> None:
    with pytest.raises(ImpossiblePairError, match=r"^Expected another cell"):
        check_rule(Refusing(), make_cell("rnn"))
