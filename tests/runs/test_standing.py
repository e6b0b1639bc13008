"""What a run tells of the members of a mixture, the same however often it was stopped."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

import onward
from onward.adapters.make import picked
from onward.mixtures.default_mixture import default_mixture
from onward.mixtures.mixture import Mixture
from onward.runs import Origin, Run, plan
from small_runs import (
    CHUNK,
    ROWS,
    assert_same_results,
    config_of,
    example,
    finished,
    metrics,
    stop_after,
    write,
)

pytestmark = pytest.mark.xdist_group("standing")
FIRST = 200
# Of each kind of member one: programs are smaller, and what is told is told of each alike.
SOME = ("network", "line", "last label", "running mean")


def some(*sizes: int, **settings: Any) -> Mixture:
    return picked(default_mixture(*sizes, **settings), SOME)


def part(path: Path, rows: slice) -> Path:
    return write(path, {name: column[rows] for name, column in example().items()})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Runs of one mixture, which compiles once: whole, stopped and resumed, and on later rows."""
    base = tmp_path_factory.mktemp("standing")
    jax.config.update("jax_enable_x64", False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("onward.runs.run.CHUNK", CHUNK)
        patch.setattr(plan, "default_mixture", some)
        config = config_of(part(base / "made.npz", slice(FIRST)), learner="mixture")
        finished(config, base / "whole")
        Run(config, base / "stopped")(stop=stop_after(2))
        Run(config, base / "stopped", resume=True)()
        later = part(base / "later.npz", slice(FIRST, ROWS))
        for learns in (True, False):
            origin = Origin.read(base / "whole", learns)
            Run(origin.config_of(str(later)), base / f"later {learns}", origin=origin)()
    jax.config.update("jax_enable_x64", True)
    yield base


def test_members_have_a_loss_and_trust_and_learners_a_share_of_the_time(folder: Path) -> None:
    found = metrics(folder / "whole")
    mixture, _ = onward.load(folder / "whole")
    members = found["members"]
    assert [one["name"] for one in members] == list(mixture.names)
    for one in members:
        assert set(one) == {"name", "kind", "loss", "trust", "seconds_share"}
        assert (one["kind"] == "learner") == (one["name"] in mixture.learners)
        assert (one["seconds_share"] is None) == (one["kind"] == "forecaster")
        assert 0 < one["loss"] <= 8
    assert sum(one["seconds_share"] or 0 for one in members) == pytest.approx(1)
    # At the first row nobody has predicted; from then on trust is of all together 1.
    assert sum(one["trust"] for one in members) == pytest.approx(1, abs=1e-4)
    assert found["diagnostics"] == {}


def test_regret_is_beside_the_member_that_lost_least(folder: Path) -> None:
    found = metrics(folder / "whole")
    regret = found["regret"]
    least = min(found["members"], key=lambda one: one["loss"])
    assert regret["best"] == least["name"] and regret["unit"] == "half squares of the usual error"
    assert regret["labels"] == FIRST - 1
    assert regret["lost_to_best"] == pytest.approx(regret["loss"] - least["loss"], abs=1e-9)
    assert regret["lost_to_best"] < regret["bound"] < 0.1


def test_the_losses_are_those_of_the_predictions(folder: Path) -> None:
    """The mixture's own loss in the units that its steps report, but for the first labels, whose
    unit is not known before they come."""
    mixture, _ = onward.load(folder / "whole")
    columns = example()
    x = np.stack([columns[name] for name in "abc"], axis=1)[:FIRST]
    y = np.stack([columns[name] for name in "uv"], axis=1)[:FIRST]
    _, info = mixture.run(mixture.init(jax.random.key(0)), x, y)
    loss = np.asarray(info.loss)
    assert metrics(folder / "whole")["regret"]["loss"] == pytest.approx(np.nanmean(loss), rel=0.1)


def test_trust_is_told_along_the_rows(folder: Path) -> None:
    found = metrics(folder / "whole")
    trust = found["trust"]
    assert trust["names"] == [one["name"] for one in found["members"]]
    # At the first row nobody predicts.
    assert trust["rows"] == list(range(2, FIRST + 1))
    np.testing.assert_allclose(np.sum(trust["values"], axis=1), 1, atol=1e-3)


def test_a_run_that_was_stopped_ends_with_the_same_bits(folder: Path) -> None:
    assert_same_results(folder / "stopped", folder / "whole")


@pytest.mark.parametrize("learns", [True, False])
def test_a_pass_over_later_rows_tells_of_these_alone_and_claims_no_bound(
    folder: Path, learns: bool
) -> None:
    found = metrics(folder / f"later {learns}")
    assert found["regret"]["labels"] == ROWS - FIRST and found["regret"]["bound"] is None
    assert found["trust"]["rows"][-1] == ROWS - FIRST
    before = metrics(folder / "whole")
    assert found["regret"]["loss"] != before["regret"]["loss"]


def test_of_a_network_alone_nothing_is_told(tmp_path: Path) -> None:
    path = write(tmp_path / "made.npz", example())
    finished(config_of(path, learner="network", limit=2 * CHUNK), tmp_path / "out")
    found = metrics(tmp_path / "out")
    assert not {"members", "regret", "trust"} & set(found)
