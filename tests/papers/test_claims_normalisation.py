"""Claims on normalisation, B1 and B3: how they judge, and over which rates a method recovers."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from small_claims import APART, FACTOR, SEEDS, Pretending, recoveries

from papers import windows
from papers.claims.a1 import NEXT_STEP
from papers.claims.b1 import B1
from papers.claims.b1 import HELD as HELD_OF_B1
from papers.claims.b3 import B3
from papers.lab import Lab
from papers.result import Table
from papers.setting import Method


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path, SEEDS, FACTOR, threads=1)


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


@pytest.mark.study
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
