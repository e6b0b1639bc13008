"""Learning rates are tuned on another shift, by many seeds, and none of those is scored."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from small_claims import IMMEDIATE, SMALL, laboratory

from papers import baselines
from papers.claims.b5 import B5
from papers.lab import GROWTH, Lab
from papers.regime import RATES, Tuned
from papers.setting import Method, Setting
from papers.tasks import AbstractTask, SineShift

SEEDS = 50


@dataclass
class Passes:
    """Stands for the passes of networks, and notes who was asked for.

    The last rate errs by .4 with every seed. Each other one has seeds of its own, with which it
    makes no error, and errs by 1 with the rest: .75 and more in the mean.
    """

    asked: list[tuple[AbstractTask, tuple[float, ...], tuple[int, ...]]] = field(
        default_factory=list
    )

    def __call__(
        self,
        setting: Setting,
        method: Method,
        rates: Sequence[float],
        seeds: tuple[int, ...],
        threads: int,
    ) -> np.ndarray:
        del method, threads
        self.asked.append((setting.task, tuple(rates), seeds))
        places = np.arange(len(rates) - 1, -1, -1)[:, None, None]
        own = np.arange(len(seeds))[:, None] % 4 + 1
        return np.where(places == 0, 0.4, np.where(places == own, 0.0, 1.0))

    def seeds(self, wanted: Callable[[AbstractTask], bool]) -> set[int]:
        """Of the passes on some tasks."""
        return {seed for task, _, seeds in self.asked for seed in seeds if wanted(task)}


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> Passes:
    found = Passes()
    monkeypatch.setattr("papers.lab.sweep", found)
    for baseline in ("last_label", "linear"):
        monkeypatch.setattr(baselines, baseline, lambda *_: np.ones(1))
    return found


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return laboratory(tmp_path, seeds=SEEDS)


def test_no_single_seed_chooses_what_the_mean_does(passes: Passes) -> None:
    """Without this the tests below could not fail."""
    rates = RATES["adam"]
    errors = passes(SMALL, IMMEDIATE, rates, tuple(range(SEEDS)), 1)[..., 0]
    assert rates[np.argmin(errors.mean(axis=1))] == rates[-1]
    assert (np.argmin(errors, axis=0) != len(rates) - 1).all()


def test_a_regime_tunes_by_all_seeds_and_scores_others(lab: Lab, passes: Passes) -> None:
    validation = SineShift(shifted=0.065)
    rate, _ = Tuned(validation).errors(lab, SMALL, IMMEDIATE)
    assert rate == RATES["adam"][-1]
    assert [(task, rates) for task, rates, _ in passes.asked] == [
        (validation, RATES["adam"]),
        # One beyond the end where the best lies, and no better.
        (validation, (3e-2,)),
        (SMALL.task, (rate,)),
    ]
    chosen_by = passes.seeds(lambda task: task == validation)
    scored = passes.seeds(lambda task: task != validation)
    assert scored == set(lab.seeds)
    assert len(chosen_by) == SEEDS and chosen_by.isdisjoint(scored)


def test_architectures_are_tuned_by_all_seeds_and_scored_with_others(
    lab: Lab, passes: Passes
) -> None:
    """B5 asks for all rates in one call, and chooses by itself."""
    claim = B5(cells=("rnn",))
    tables = claim.measure(lab)
    expected = f"SGD {RATES['sgd'][-1]:g}, Adam {RATES['adam'][-1]:g}"
    assert tables[1]["rnn"].note == tables[3]["rnn"].note == expected
    tasks = [claim.next_step_tuned.validation, claim.ahead_tuned.validation]
    chosen_by = passes.seeds(lambda task: task in tasks)
    scored = passes.seeds(lambda task: task not in tasks)
    assert scored == set(lab.seeds)
    assert len(chosen_by) == SEEDS and chosen_by.isdisjoint(scored)


def bowl(least: float, tried: list[float]) -> Callable[..., np.ndarray]:
    """Stands for passes whose error grows with the distance of the rate from the best."""

    def passes(
        setting: Setting,
        method: Method,
        rates: Sequence[float],
        seeds: tuple[int, ...],
        threads: int,
    ) -> np.ndarray:
        del setting, method, threads
        tried.extend(rates)
        errors = np.abs(np.log10(np.array(rates) / least))
        return np.tile(errors[:, None, None], (1, len(seeds), 1))

    return passes


@pytest.mark.parametrize(
    ("least", "found", "note"),
    [
        (1e-3, 1e-3, "rate 0.001"),
        (1e-2, 1e-2, "rate 0.01"),
        (3e-2, 3e-2, "rate 0.03, of a grid that grew"),
        (1e-5, 1e-5, "rate 1e-05, of a grid that grew"),
        (1e3, 1.0, "rate 1, at the end of the grid that grew"),
        (1e-9, 1e-6, "rate 1e-06, at the end of the grid that grew"),
    ],
)
def test_a_grid_grows_until_the_best_is_inside(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, least: float, found: float, note: str
) -> None:
    tried: list[float] = []
    monkeypatch.setattr("papers.lab.sweep", bowl(least, tried))
    regime = Tuned(SMALL.task)
    rate, _ = regime.errors(lab, SMALL, IMMEDIATE)
    assert rate == found
    assert regime.note(IMMEDIATE, rate) == note
    beyond = [one for one in tried[:-1] if not RATES["adam"][0] <= one <= RATES["adam"][-1]]
    assert len(beyond) <= GROWTH and len(set(tried[:-1])) == len(tried) - 1
    if least == 1e-2:
        assert beyond == [3e-2], "one rate beyond shows that the best is inside"
