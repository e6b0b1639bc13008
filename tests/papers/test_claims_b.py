"""Claims on decay, normalisation and gradients: verdicts on made-up tables, and small runs."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from papers import windows
from papers.claims.a1 import AHEAD, NEXT_STEP
from papers.claims.a5 import A5
from papers.claims.b1 import B1
from papers.claims.b1 import HELD as HELD_OF_B1
from papers.claims.b2 import B2, DECAYS, HELD, TRACES
from papers.claims.b3 import B3
from papers.claims.b4 import B4
from papers.claims.b5 import B5
from papers.claims.b10 import B10
from papers.inspection import inspect
from papers.lab import Lab
from papers.result import Row, Table
from papers.setting import Method, Setting

SEEDS, FACTOR = 2, 16


class Pretending(Lab):
    """A lab in which every method has the error that it is said to have."""

    def __init__(self, folder: Path, said: dict[str, float]):
        super().__init__(folder, SEEDS, FACTOR, threads=1)
        self.said = said

    def sweep(
        self, setting: Setting, method: Method, rates: Sequence[float], first_seed: int = 0
    ) -> np.ndarray:
        del setting, first_seed
        name = method.name.removesuffix(", readout held")
        errors = [1.0 if rate == 0 else self.said.get(name, 0.5) for rate in rates]
        return np.tile(np.array(errors)[:, None, None], (1, SEEDS, 1))


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path, SEEDS, FACTOR, threads=1)


def recoveries(found: dict[str, float]) -> Table:
    """A table of methods with their recoveries."""
    return Table("", ("", ""), tuple(Row.of(name, [1.0], [one]) for name, one in found.items()))


# Errors with which each correction fails alone: exact credit's is 0, the frozen network's 1.
APART = {
    "rtrl + adam": 0.0,
    "eligibility-trace:decay=0.95 + sgd": 1.0,
    "immediate + sgd": 0.8,
    "immediate + momentum": 0.8,
    "eligibility-trace:decay=0.95 + adam": 3.0,
    "immediate + adam": 0.05,
    "immediate + rmsprop-corrected": 0.05,
    "immediate + rmsprop": 0.05,
}


@pytest.mark.parametrize(
    ("claim", "spoilt", "value"),
    [
        (B1(), "immediate + sgd", 0.1),
        (B1(), "eligibility-trace:decay=0.95 + adam", 0.1),
        (B1(), "immediate + adam", 0.5),
        (B3(), "immediate + momentum", 0.1),
        (B3(), "immediate + rmsprop-corrected", 0.4),
        (B3(), "immediate + adam", -0.4),
    ],
)
def test_claims_on_normalisation_hold_and_fail_as_they_say(
    tmp_path: Path, claim: B1 | B3, spoilt: str, value: float
) -> None:
    tables = claim.measure(Pretending(tmp_path, APART))
    assert claim.judge(tables).outcome == "holds"
    assert claim.figure(tables).column == 1
    both = {spoilt, spoilt.removesuffix("-corrected")}
    worse = claim.measure(Pretending(tmp_path, APART | dict.fromkeys(both, value)))
    assert claim.judge(worse).outcome == "does not hold"
    between = claim.judge((tables[0], *worse[1:]))
    assert between.outcome == "holds in a regime"
    assert between.regime.startswith("next step, readout held, at 1e-3")
    assert "ten ahead" not in between.regime


def test_momentum_is_also_judged_at_the_same_step(tmp_path: Path) -> None:
    tables = B3().measure(Pretending(tmp_path, APART))
    rows = [(row.name, row.note) for row in tables[4]]
    assert rows == [
        ("immediate + sgd, readout held, step 0.001", "rate 0.001"),
        ("immediate + momentum, readout held, step 0.001", "rate 0.0001"),
        ("immediate + sgd, readout held, step 0.01", "rate 0.01"),
        ("immediate + momentum, readout held, step 0.01", "rate 0.001"),
    ]
    ten = tuple(recoveries({row.name: row.mean(1) for row in table}) for table in tables)
    fast = Table(
        "",
        ("", ""),
        tuple(
            replace(row, values=((0.1,), (90.0,))) if "momentum" in row.name else row
            for row in ten[0]
        ),
    )
    verdict = B3().judge((fast, *ten[1:]))
    assert "ten ahead, readout held, tuned" in verdict.regime
    assert "momentum at a tenth" in verdict.regime
    assert not verdict.regime.startswith("next step, readout held, at 1e-3;")


def test_rmsprop_is_also_judged_without_its_bias_correction(tmp_path: Path) -> None:
    tables = B3().measure(Pretending(tmp_path, {**APART, "immediate + rmsprop": 0.7}))
    verdict = B3().judge(tables)
    assert verdict.outcome == "holds in a regime"
    assert "next step, readout held, at 1e-3;" in verdict.regime
    assert "plain RMSprop" not in verdict.regime
    assert "95 ± 0, 95 ± 0, 30 ± 0" in verdict.reason


def test_no_trace_under_sgd_must_be_low_where_rates_are_tuned_too(tmp_path: Path) -> None:
    """The readout is held there: what it recovers by itself would be no evidence."""
    tables = B1().measure(Pretending(tmp_path, APART))
    held = [method.name for method in HELD_OF_B1]
    for table in (tables[0], *tables[2:4]):
        assert [row.name for row in table][4:8] == held
    assert "tuned" in tables[2].title and "tuned" in tables[3].title


def test_a_window_is_the_longest_run_of_rates_that_recover_much() -> None:
    method = Method("immediate", "adam")
    rates = windows.wide(method)
    assert rates == (1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1)

    def found(*recovered: float) -> Table:
        return recoveries(
            {windows.named(method, rate): one for rate, one in zip(rates, recovered, strict=True)}
        )

    broken = found(90, 0, 80, 90, 85, 79, 90, 90, 0)
    assert windows.window(broken, method) == (1e-4, 3e-4, 1e-3)
    said = windows.told(broken, [method])
    assert said == "80 % and more recover immediate + adam from 0.0001 to 0.001 (1.0 decades)"
    assert windows.window(found(*[0] * 9), method) == ()
    assert "at no rate" in windows.told(found(*[0] * 9), [method])
    assert "at 0.1 alone" in windows.told(found(*[0] * 8, 99), [method])


def test_each_rate_is_a_row_of_its_own(lab: Lab) -> None:
    """Against the exact credit of one rate, whatever the rate of the method."""
    method = Method("immediate", "adam").holding_readout()
    exact = Method("rtrl", "adam", "recurrent")
    table = windows.over_rates(lab, NEXT_STEP, [method], exact)
    assert [row.name for row in table] == [windows.named(method, r) for r in windows.wide(method)]
    frozen = lab.errors(NEXT_STEP, Method("frozen"), 0.0)[:, 0]
    ours, best = (lab.errors(NEXT_STEP, one, 1e-3)[:, 0] for one in (method, exact))
    row = table[windows.named(method, 1e-3)]
    np.testing.assert_allclose(row.values[0], ours, rtol=1e-4)
    np.testing.assert_allclose(row.values[1], 100 * (frozen - ours) / (frozen - best), rtol=1e-3)


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
    claim = replace(A5(), settings=(NEXT_STEP, NEXT_STEP, AHEAD), short=A5().short[:1])
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


def test_an_architecture_that_diverges_counts_as_frozen(tmp_path: Path) -> None:
    """SGD at 1e9 counts as the frozen network's 1, Adam leaves .05: a gain of 95 %."""
    claim = replace(B5(), cells=("rnn",))
    diverged = {"immediate + sgd": 1e9, "immediate + adam": 0.05}
    tables = claim.measure(Pretending(tmp_path, diverged))
    assert [table["rnn"].mean() for table in tables[:4]] == pytest.approx([95] * 4)
    assert tables[0]["rnn"].mean(2) == 1e9
