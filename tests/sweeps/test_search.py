"""Which points are run."""

import numpy as np
import pytest

from onward.sweeps import SweepConfig, SweepError
from onward.sweeps.search import TOGETHER, search
from onward.sweeps.space import Choice, Span, drawn, grid

SPACE = {
    "learning_rate": Span(1e-4, 1e-1, log=True),
    "size": Span(2, 5),
    "cell": Choice(("gru", "rnn")),
}


def test_a_grid_has_every_combination() -> None:
    space = {"cell": Choice(("gru", "rnn")), "features": Choice((("a",), ("a", "b")))}
    assert grid(space) == [
        {"cell": "gru", "features": ("a",)},
        {"cell": "gru", "features": ("a", "b")},
        {"cell": "rnn", "features": ("a",)},
        {"cell": "rnn", "features": ("a", "b")},
    ]
    with pytest.raises(
        SweepError, match=r"a list of values of learning_rate in a grid; got a range"
    ):
        grid(SPACE)


def test_draws_are_uniform_and_the_first_of_more() -> None:
    found = drawn(SPACE, 2000, seed=0)
    assert drawn(SPACE, 50, seed=0) == found[:50] and drawn(SPACE, 50, seed=1) != found[:50]
    decades = np.floor(np.log10([point["learning_rate"] for point in found]))
    assert all(abs((decades == decade).mean() - 1 / 3) < 0.05 for decade in (-4, -3, -2))
    sizes = np.array([point["size"] for point in found])
    assert all(abs((sizes == size).mean() - 1 / 4) < 0.05 for size in (2, 3, 4, 5))
    assert len(drawn({"cell": SPACE["cell"]}, 50, seed=0)) == 2


def optimum(point: dict[str, float]) -> float:
    return -abs(np.log10(point["learning_rate"]) + 2) - (point["cell"] == "rnn")


def test_optuna_goes_where_scores_are_better_and_the_same_way_again() -> None:
    pytest.importorskip("optuna")
    config = SweepConfig({"stream": "sine"}, SPACE, method="optuna", draws=40)

    def searched(score):
        made, found = search(config), []
        while points := made.ask():
            assert len(points) <= TOGETHER
            found += points
            made.tell([score(point) for point in points])
        return found

    found = searched(optimum)
    assert len(found) == 40 and found == searched(optimum)
    late, early = ([optimum(point) for point in part] for part in (found[-16:], found[:16]))
    assert np.mean(late) > np.mean(early) + 0.3
    # Points that fail are told of, too.
    assert len(searched(lambda point: None)) == 40


def test_without_optuna_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("onward.sweeps.search.find_spec", lambda name: None)
    config = SweepConfig({"stream": "sine"}, SPACE, method="optuna")
    with pytest.raises(SweepError, match=r"a Python without it. Try pip install optuna, or"):
        search(config)
