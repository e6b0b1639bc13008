"""The members of our mixture beside it, and what comes of one process for several contestants."""

import jax.numpy as jnp
import numpy as np
import pytest

from benchmarks.streams import jobs, page
from benchmarks.streams.columns import column, members
from benchmarks.streams.contestants import Contestant
from benchmarks.streams.jobs import Result, result_of
from benchmarks.streams.peers.onward_members import _forecasts
from benchmarks.streams.streams import Samples
from benchmarks.streams.table import Cell, Row, cell_of, summary_of
from onward.evaluate import LastLabel as Baseline
from onward.forecasters import LastLabel, Seasonal
from onward.losses import Squared
from onward.mixing import Mixing
from onward.mixtures.table import Table
from test_benchmarks_streams import random_stream, samples

__all__ = ["samples"]


@pytest.mark.parametrize("horizon", [0, 1, 4])
def test_a_forecaster_alone_says_what_it_says_within_a_mixture(horizon: int) -> None:
    job = random_stream(horizon)
    table = Table((Seasonal(3), LastLabel()), Mixing(), Squared(), 1, horizon, learns=True)
    said = np.asarray(_forecasts(table, jnp.asarray(job.y)[:, None]))[..., 0]
    expected = Baseline("regression", 3, 1, horizon).observe(job.x, job.y[:, None])[:, 0]
    np.testing.assert_array_equal(said[:, 1], expected)
    # The negative control: another one says something else.
    assert not np.array_equal(said[:, 0], expected, equal_nan=True)


def test_columns_are_those_of_one_contestant_or_all_that_there_is() -> None:
    made = np.array([(1.0, 2.0)], [("onward", float), ("member: line", float)])
    assert column(made, "onward").tolist() == [1.0]
    assert {name: one.tolist() for name, one in members(made).items()} == {"line": [2.0]}
    alone = np.array([3.0])
    assert column(alone, "onward") is alone and members(alone) == {}


def test_the_best_member_in_hindsight_is_that_of_the_mean_score_over_seeds() -> None:
    first = Result(0.9, members={"line": 0.95, "network": 0.90})
    second = Result(0.9, members={"line": 0.85, "network": 0.91})
    row = Row("a", "choose", "R2", 9, {"onward": cell_of([first, second]), "k-NN": Cell(0.8)})
    assert row.best_member("onward") == "network"
    assert row.beside_best("onward") == pytest.approx(0.9 - 0.905)
    error = Row("b", "choose", "MAE", 9, {"onward": cell_of([second])})
    # Of errors the lower is the better.
    assert error.best_member("onward") == "line"
    assert error.beside_best("onward") == pytest.approx(0.85 - 0.9)
    assert row.best_member("k-NN") is None and row.beside_best("k-NN") is None
    assert summary_of([row, error], "onward", ()).member == (pytest.approx(-0.005), "a")
    written = page.markdown({}, [row])
    assert "| a | choose | R2 | 0.9000 | 0.9050 | -0.0050 | network |" in written
    assert "beside its best member at worst -0.0050 (a)" in written


def test_what_has_not_run_is_absent_where_only_what_is_kept_counts(
    samples: Samples, tmp_path
) -> None:
    assert result_of(samples, "sliding ridge", 0, tmp_path, stored=True) == jobs.NOT_RUN
    found = result_of(samples, "sliding ridge", 0, tmp_path)
    assert result_of(samples, "sliding ridge", 0, tmp_path, stored=True) == found


def test_the_twin_is_scored_from_the_pass_of_the_one_that_it_is_within(
    samples: Samples, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows, ran = len(samples.y), []

    def answered(samples: Samples, name: str, contestant: Contestant, seed: int, made) -> tuple:
        ran.append(name)
        columns = np.zeros(rows, [("onward", float), ("frozen", float), ("member: line", float)])
        columns["onward"], columns["member: line"] = samples.y, np.nan_to_num(samples.y) + 0.5
        np.save(made, columns)
        return None, '{"micros": 2.0, "megabytes": 3.0}'

    monkeypatch.setattr(jobs, "_run", answered)
    twin, ours = (result_of(samples, name, 0, tmp_path) for name in ("frozen", "onward"))
    assert ran == ["onward"] and (ours.score, ours.micros) == (1.0, 2.0)
    assert twin.score is not None and twin.score < 0 and twin.micros is None
    assert twin.members == {} and 0 < ours.members["line"] < 1
