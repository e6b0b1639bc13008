"""The world of a text, and what B9 reads of it. The text is made up."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from papers import data
from papers.claims.b9 import B9
from papers.multiverse.draw import Draw
from papers.multiverse.factors import RATE, SIZE, WINDOW
from papers.multiverse.methods import EXACT_RMSPROP, NONE_RMSPROP
from papers.multiverse.worlds.characters import CharactersWorld
from papers.setting import FROZEN
from papers.tasks.characters import FILE, SYMBOLS

WORLD = CharactersWorld()


@pytest.fixture
def text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sixty-five characters again and again, so that each tells the next."""
    file = tmp_path / FILE
    file.parent.mkdir()
    file.write_bytes(bytes(range(40, 40 + SYMBOLS)) * 100)
    monkeypatch.setenv(data.VARIABLE, str(tmp_path))


def test_it_says_that_the_text_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(data.VARIABLE, str(tmp_path))
    missing = WORLD.missing()
    assert missing
    assert FILE in missing


def test_the_error_is_the_cross_entropy_of_the_label() -> None:
    prediction = np.array([[0.5, 0.25, 0.25], [0.1, 0.8, 0.1]])
    error = WORLD.error(prediction, np.array([[1.0], [0.0]]))
    assert error == pytest.approx(-np.log([0.25, 0.1]).mean())


@pytest.mark.usefixtures("text")
@pytest.mark.study
def test_a_text_is_learnt() -> None:
    world = replace(WORLD, factor=7, seeds=1)
    protocol = world.space.point({SIZE: 32, WINDOW: 3000, RATE: 1e-2, "score": "last third"})
    stretches = world.stretches(protocol, 0)
    assert not len(stretches.before.x)
    np.testing.assert_array_equal(stretches.after.x[1:], stretches.after.y[:-1])
    found = world.measure(protocol, "small")
    # The readout starts at zero, so that every character is as likely.
    assert found[FROZEN].mean() == pytest.approx(np.log(SYMBOLS), rel=1e-5)
    assert found[EXACT_RMSPROP].mean() < 3
    assert found[NONE_RMSPROP].mean() < 3


@pytest.mark.parametrize(("none", "holds"), [(2.7, True), (2.85, True), (3.3, False)])
def test_b9_asks_for_a_level_cross_entropy(none: float, holds: bool) -> None:
    universe = next(one for one in B9.universes if one.world == WORLD.name)
    errors = {FROZEN.name: 4.17, EXACT_RMSPROP.name: 2.8, NONE_RMSPROP.name: none}
    draw = Draw("made up", {}, {name: np.full(2, error) for name, error in errors.items()})
    assert universe.holds(draw) is holds
    assert universe.figure(draw) == pytest.approx(none)
