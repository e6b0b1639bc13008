"""Claims on decay, normalisation and gradients: verdicts on made-up tables, and small runs."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from small_claims import APART, FACTOR, SEEDS, Pretending, recoveries

from papers.claims.a1 import AHEAD, NEXT_STEP
from papers.claims.a5 import A5
from papers.claims.b2 import B2, DECAYS, HELD, TRACES
from papers.claims.b4 import B4
from papers.claims.b5 import B5
from papers.claims.b10 import B10
from papers.inspection import inspect
from papers.lab import Lab
from papers.result import Row, Table
from papers.setting import Method


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path, SEEDS, FACTOR, threads=1)


def curve(stale: float, plateau: float, methods: Sequence[Method]) -> Table:
    values = {decay: plateau if decay < 0.5 else stale for decay in DECAYS}
    names = [method.name for method in methods]
    return recoveries(
        {"readout-only + adam": 60.0, **dict(zip(names, values.values(), strict=True))}
    )


def test_decays_are_judged_by_the_stale_one_and_the_plateau() -> None:
    best = Table("", ("", ""), (Row.of("64", [0.1], [0.01]), Row.of("256", [0.0], [0.001])))
    good, free = curve(0.0, 90.0, HELD), curve(0.0, 90.0, TRACES)
    claim = B2()
    assert claim.judge((good, good, free, free, best)).outcome == "holds"
    stale, low = curve(40.0, 90.0, TRACES), curve(0.0, 60.0, TRACES)
    verdict = claim.judge((good, good, stale, low, best))
    assert verdict.outcome == "holds in a regime"
    assert "n=256" in verdict.regime and "tuned" not in verdict.regime
    series = claim.figure((good, good, stale, low, best)).series
    assert [one.x for one in series] == [DECAYS] * 4
    assert series[2].mean[-1] == 40
    assert "40 ± 0 % against 90 % and more (the readout alone 60 ± 0 %)" in verdict.reason


@pytest.mark.study
def test_decays_are_measured_beside_self_propagation(tmp_path: Path) -> None:
    said = {**APART, "eligibility-trace:decay=0.3 + adam": 0.01}
    claim = replace(B2(), wide=NEXT_STEP)
    tables = claim.measure(Pretending(tmp_path, said))
    assert [row.mean() for row in tables[4]] == [0.3, 0.3]
    assert 0 < abs(tables[4].rows[0].mean(1)) < 1


@pytest.mark.study
def test_what_is_inspected_is_the_network_at_the_shift(lab: Lab) -> None:
    """The recurrent weights that a diagnostic sees are the pre-trained ones, seed by seed."""

    def weights(learner, state, xs, ys) -> tuple[float, float]:
        del learner, ys
        return float(state.parameters["cell"].recurrent[0, 0]), float(xs[0, 0])

    found = inspect(lab, NEXT_STEP, "a weight", weights)
    networks = lab.networks(NEXT_STEP)
    own = [float(network.parameters["cell"].recurrent[0, 0]) for network in networks]
    first = [float(lab.scaled(NEXT_STEP).task.after(seed).x[0, 0]) for seed in lab.seeds]
    np.testing.assert_allclose(found, [own, first], rtol=1e-6)


def test_jacobians_of_orthogonal_and_untrained_networks(lab: Lab) -> None:
    claim = replace(A5(), settings=(NEXT_STEP,) * 3, short=A5().short[:1])
    tables = claim.measure(lab)
    assert len(tables) == 4
    untrained, orthogonal = tables[2].rows[0], tables[1].rows[0]
    # Small states: the slopes are nearly one, so that J's condition is that of the weights.
    assert untrained.mean(0) == pytest.approx(untrained.mean(3), rel=0.3)
    assert orthogonal.mean(3) < untrained.mean(3)
    # After 31 samples the weights are nearly as they were drawn, and no unit is saturated.
    small = tables[3].rows[0]
    assert small.mean(3) < 1.5 and small.mean(4) < 1.5 and small.mean(0) < 2
    assert claim.judge(tables).outcome in ("holds", "holds in a regime", "does not hold")


def spectra(condition: float, rank: float) -> Table:
    return Table("", ("",) * 5, tuple(Row.of(n, [condition], [rank]) for n in "abc"))


def test_jacobians_are_judged_by_rank_and_condition() -> None:
    claim, good = A5(), spectra(4.0, 100.0)
    wide, lost = spectra(40.0, 100.0), spectra(4.0, 90.0)
    assert claim.judge((good, good, wide, good)).outcome == "holds"
    assert claim.judge((wide, lost, good, wide)).outcome == "does not hold"
    verdict = claim.judge((wide, wide, good, good))
    assert verdict.outcome == "holds in a regime"
    assert verdict.regime == "; ".join(f"{n}, orthogonal start, others small" for n in "abc")
    assert verdict.ours.startswith("condition number 4.0, 4.0, 4.0 from an orthogonal start")


def test_self_propagation_is_measured_and_judged(lab: Lab) -> None:
    claim = replace(B10(), settings=(NEXT_STEP, NEXT_STEP, AHEAD))
    tables = claim.measure(lab)
    size, own, times = (np.array(tables[0].rows[0].values[place]) for place in range(3))
    np.testing.assert_allclose(size, np.abs(own))
    np.testing.assert_allclose(times, 0.95 / size, rtol=1e-5)

    def said(*means: float) -> str:
        rows = tuple(Row.of(str(mean), *[[mean]] * 5) for mean in means)
        return claim.judge((Table("", ("",) * 5, rows),)).outcome

    assert said(0.01, 0.01, 0.01) == "holds"
    assert said(0.01, 0.2, 0.2) == "holds in a regime"
    assert said(0.2, 0.2, 0.2) == "does not hold"


def test_gradients_are_measured_by_group_and_judged(lab: Lab) -> None:
    claim = replace(B4(), settings=(NEXT_STEP, NEXT_STEP))
    tables = claim.measure(lab)
    for rule in ("immediate", "rtrl"):
        row, output = tables[0][f"recurrent, {rule}"], tables[0][f"output, {rule}"]
        single = np.array(output.values[3]) / np.array(row.values[3])
        np.testing.assert_allclose(row.values[0], single, rtol=1e-4)
        np.testing.assert_allclose(row.values[2], single**2, rtol=1e-4)
        size = lab.scaled(NEXT_STEP).size
        # n² weights against n: the norms lie √n closer.
        np.testing.assert_allclose(np.array(row.values[1]) * size**0.5, single, rtol=1e-4)

    def said(norms: tuple[float, float], squares: tuple[float, float]) -> tuple[str, str]:
        """Of two tasks each."""
        made = []
        for norm, square in zip(norms, squares, strict=True):
            rows = (
                Row.of(f"recurrent, {rule}", [square**0.5], [norm], [square])
                for rule in ("immediate", "rtrl")
            )
            made.append(Table("", ("",) * 3, tuple(rows)))
        verdict = claim.judge(tuple(made))
        return verdict.outcome, verdict.regime

    assert said((100, 100), (100, 100)) == ("holds", "")
    assert said((2, 2), (144, 144)) == (
        "holds in a regime",
        "squares of a parameter, next step; squares of a parameter, ten ahead",
    )
    assert said((2, 100), (10, 10)) == ("holds in a regime", "norms, ten ahead")
    assert said((10, 10), (10, 10))[0] == "does not hold"


def test_architectures_are_judged_by_the_measured_rule() -> None:
    claim = replace(B5(), cells=("needs", "linear", "gated"))
    shapes = {"needs": (0.0, 0.4), "linear": (0.0, 0.0), "gated": (0.3, 0.4)}

    def table(**gains: float) -> Table:
        rows = (
            Row.of(name, [gains[name]], *[[1]] * 3, *([n] for n in shapes[name])) for name in shapes
        )
        return Table("", ("",) * 6, tuple(rows))

    right, wrong = table(needs=50, linear=0, gated=-5), table(needs=50, linear=30, gated=0)
    assert claim.judge((right,) * 4).outcome == "holds"
    verdict = claim.judge((right, wrong, wrong, wrong))
    assert (verdict.outcome, verdict.ours) == ("holds in a regime", "3 of 3 as the rule says")
    assert "wrong about linear" in verdict.reason
    assert claim.judge((wrong,) * 4).outcome == "does not hold"
    figure = claim.figure((right,) * 4)
    assert [one.x for one in figure.series[:3]] == [(0,), (1,), (2,)]


@pytest.mark.study
def test_architectures_run(lab: Lab) -> None:
    claim = replace(B5(), cells=("rnn",))
    tables = claim.measure(lab)
    for table in tables[:4]:
        gain, frozen, sgd, adam, bypass, curvature = table["rnn"].values
        np.testing.assert_allclose(
            gain, 100 * (np.array(sgd) - adam) / frozen, rtol=1e-3, atol=1e-3
        )
        assert max(bypass) < 1e-3 < min(curvature)
    assert tables[0]["rnn"].note == "SGD 0.001, Adam 0.001"
    assert [row.name for row in tables[4]][:2] == [
        "last label, next step",
        "linear, online, next step",
    ]
    readout, exact, *others = (np.array(one) for one in tables[5]["rnn"].values)
    assert len(others) == 2
    assert not np.any(np.isclose(readout, exact, rtol=1e-3))


@pytest.mark.matrix
def test_an_architecture_that_diverges_counts_as_frozen(tmp_path: Path) -> None:
    """SGD at 1e9 counts as the frozen network's 1, Adam leaves .05: a gain of 95 %."""
    claim = replace(B5(), cells=("rnn",))
    diverged = {"immediate + sgd": 1e9, "immediate + adam": 0.05}
    tables = claim.measure(Pretending(tmp_path, diverged))
    assert [table["rnn"].mean() for table in tables[:4]] == pytest.approx([95] * 4)
    assert tables[0]["rnn"].mean(2) == 1e9
