"""The table of many streams: the split, the scores, who sees what, the flags, peers that fail."""

import io
import json
import math
from dataclasses import asdict

import numpy as np
import pytest
from rich.console import Console

from benchmarks.streams import contestants, jobs, page, run, scoring, split
from benchmarks.streams.contestants import Contestant
from benchmarks.streams.jobs import Result, result_of
from benchmarks.streams.peers.protocol import Job, filled, pass_over
from benchmarks.streams.peers.ridge import PENALTY, WINDOW, WindowedRidge
from benchmarks.streams.streams import STREAMS, Samples, Source
from benchmarks.streams.table import Cell, Row, cell_of, summary_of
from onward.evaluate import LastLabel

CHOSEN_ON = {"elec2", "bike-sharing", "etth1@1", "etth1@24", "trump-approval", "water-flow"}
CHOSEN_ON |= {"phishing", "bananas", "image-segments", "agrawal-drift", "led-drift"}
CHOSEN_ON |= {"moa-rbf-drift", "moa-waveform-drift"}


def test_the_split_is_the_one_that_was_fixed_before_anything_was_measured() -> None:
    assert {name for name in STREAMS if split.half(name) == "choose"} == CHOSEN_ON


def test_a_recording_is_in_one_half_whatever_the_horizon() -> None:
    assert len({split.half(f"etth1@{horizon}") for horizon in range(50)}) == 1
    assert len({split.half(f"etth{number}") for number in range(50)}) == 2


def random_stream(horizon: int, classes: int = 0, rows: int = 60) -> Job:
    generator = np.random.default_rng(horizon)
    x = generator.normal(size=(rows, 3))
    y = generator.integers(0, classes, rows).astype(float) if classes else x @ [1.0, -2.0, 0.5]
    y[generator.random(rows) < 0.2] = np.nan
    return Job("", x, y, classes, horizon, 1, "accuracy" if classes else "R2", 0)


@pytest.mark.parametrize("horizon", [0, 1, 4])
def test_scores_are_those_of_the_rows_that_somebody_could_predict(horizon: int) -> None:
    y = random_stream(horizon).y
    made = np.roll(y, -horizon) + 0.25
    label = np.array([y[t] for t in scoring.scored_rows(y, horizon)])
    r2 = 1 - len(label) * 0.25**2 / np.sum((label - label.mean()) ** 2)
    assert scoring.score_of("MAE", y, np.nan_to_num(made), horizon) == pytest.approx(0.25)
    assert scoring.score_of("R2", y, np.nan_to_num(made), horizon) == pytest.approx(r2)
    smape = 100 * np.mean(2 * 0.25 / (np.abs(label) + np.abs(label + 0.25)))
    assert scoring.score_of("SMAPE", y, np.nan_to_num(made), horizon) == pytest.approx(smape)


def test_the_first_label_is_scored_for_nobody() -> None:
    y = np.array([np.nan, 3.0, 4.0, np.nan, 5.0])
    assert scoring.scored_rows(y, 0).tolist() == [2, 4]
    # With a horizon the label has arrived before the prediction of its row.
    assert scoring.scored_rows(y, 1).tolist() == [2, 4]
    assert scoring.scored_rows(y, 3).tolist() == [4]


def test_a_missing_prediction_is_wrong_or_the_mean_of_what_was_known() -> None:
    y, made = np.array([1.0, 3.0, 5.0]), np.array([0.0, 3.0, np.nan])
    assert scoring.score_of("MAE", y, made, 0) == pytest.approx((0 + abs(5 - 2)) / 2)
    assert scoring.score_of("accuracy", y, made, 0) == 0.5


class Newest:
    """Says the newest label, which is the last feature where it is fed."""

    def predict(self, x: np.ndarray) -> float:
        return float(x[-1])

    def learn(self, x: np.ndarray, y: float) -> None:
        pass


@pytest.mark.parametrize("horizon", [0, 1, 4])
def test_what_is_fed_is_the_newest_label_that_has_arrived(horizon: int) -> None:
    job = random_stream(horizon)
    made, _ = pass_over(Newest(), job, fed=True)
    expected = LastLabel("regression", 3, 1, horizon).observe(job.x, job.y[:, None])[:, 0]
    told = np.isfinite(made)
    np.testing.assert_array_equal(made[told], expected[told])
    assert told[np.flatnonzero(np.isfinite(job.y))[0] + horizon + 1 :].all()
    alone, _ = pass_over(Newest(), job, fed=False)
    np.testing.assert_array_equal(alone[told], job.x[told, -1])


class Remembers(Newest):
    """Keeps what it is taught: rows by their first feature, which numbers them."""

    def __init__(self):
        self.taught: list[tuple[float, float]] = []

    def learn(self, x: np.ndarray, y: float) -> None:
        self.taught.append((float(x[0]), y))


@pytest.mark.parametrize("horizon", [0, 1, 4])
def test_a_label_is_learnt_beside_the_features_that_it_was_predicted_from(horizon: int) -> None:
    numbers, model = np.arange(9.0), Remembers()
    y = np.where(numbers == 6, np.nan, numbers)
    job = Job("", numbers[:, None], y, 0, horizon, 1, "R2", 0)
    pass_over(model, job, fed=True)
    assert model.taught == [(t - horizon, t) for t in numbers if t >= horizon and t != 6]


@pytest.mark.parametrize("classes", [0, 3])
@pytest.mark.parametrize("horizon", [0, 1, 4])
def test_a_label_changes_no_prediction_made_before_it_arrives(horizon: int, classes: int) -> None:
    job = random_stream(horizon, classes)
    row = int(np.flatnonzero(np.isfinite(job.y))[20])
    changed = job.y.copy()
    changed[row] = (changed[row] + 1) % classes if classes else 1e3
    other = Job("", job.x, changed, classes, horizon, 1, job.score, 0)
    first, second = (
        pass_over(WindowedRidge(3 + max(classes, 1), classes), each, fed=True)[0]
        for each in (job, other)
    )
    before = row + (0 if horizon else 1)
    np.testing.assert_array_equal(first[:before], second[:before])
    assert not np.array_equal(first[before:], second[before:], equal_nan=True)


def test_a_missing_feature_is_the_last_one_of_its_column() -> None:
    x = np.array([[np.nan, 1.0], [2.0, np.nan], [np.nan, 3.0]])
    assert filled(x).tolist() == [[0.0, 1.0], [2.0, 1.0], [2.0, 3.0]]


def test_ridge_solves_the_rows_of_its_window_alone() -> None:
    generator = np.random.default_rng(0)
    x, model = 1e3 + generator.normal(size=(WINDOW + 70, 3)), WindowedRidge(3, 0)
    y = x @ [1.0, -2.0, 0.5] + generator.normal(size=len(x))
    for row, label in zip(x, y, strict=True):
        model.learn(row, label)
    inputs, labels = x[-WINDOW:] - x[-WINDOW:].mean(0), y[-WINDOW:] - y[-WINDOW:].mean()
    held = inputs.T @ inputs + PENALTY * np.diag(inputs.var(0))
    weights = np.linalg.solve(held, inputs.T @ labels)
    asked = x[0] - 2.0
    expected = y[-WINDOW:].mean() + (asked - x[-WINDOW:].mean(0)) @ weights
    assert model.predict(asked) == pytest.approx(expected, rel=1e-9)


def rows() -> list[Row]:
    cells = {
        "onward": Cell(0.90, 0.02, 10.0, 100.0),
        "ALMA": Cell(0.92, 0.01, 20.0, 50.0),
        "k-NN": Cell(0.88, 0.0),
        "last label": Cell(0.905),
        "running mean": Cell(0.89),
        "LSTM of deep-river": Cell(reason="none"),
    }
    other = {
        "onward": Cell(2.0),
        "ALMA": Cell(1.0),
        "last label": Cell(4.0),
        "running mean": Cell(3.0, 1.0),
    }
    return [Row("a", "choose", "accuracy", 9, cells), Row("b", "choose", "MAE", 9, other)]


def test_flags_say_who_is_first_who_is_level_and_who_is_below_the_obvious() -> None:
    one, two = rows()
    assert one.flags("ALMA") == ("first",)
    assert one.flags("onward") == ("within the spread of first", "below the last label")
    assert one.flags("k-NN") == ("below the last label", "below the mean")
    assert one.flags("LSTM of deep-river") == ()
    # The error is the score itself, and the lower is the better.
    assert two.flags("ALMA") == ("first",) and two.flags("onward") == ()
    assert two.flags("last label") == ("below the mean",)


def test_the_summary_counts_the_level_and_finds_the_worst() -> None:
    found = summary_of(rows(), "onward", ("ALMA", "k-NN"))
    assert (found.streams, found.within) == (2, 1)
    assert found.peer is not None and (found.peer.stream, found.peer.other) == ("b", "ALMA")
    assert found.peer.ratio == pytest.approx(2.0)
    assert found.last is not None and found.last.stream == "a"
    assert found.last.ratio == pytest.approx(0.10 / 0.095)
    assert summary_of([], "onward", ("ALMA",)).peer is None
    # Where no peer has run, nobody is ahead of any.
    assert summary_of(rows(), "onward", ("SOKNL",)).streams == 0


def test_a_cell_is_the_mean_over_seeds_and_none_where_one_failed() -> None:
    cell = cell_of([Result(0.8, 5.0, 10.0), Result(0.9, 9.0, 30.0), Result(1.0, 6.0, 20.0)])
    assert (cell.score, cell.spread, cell.micros, cell.megabytes) == pytest.approx(
        (0.9, 0.1, 6.0, 30.0)
    )
    assert cell_of([Result(0.8), Result(reason="it ended")]) == Cell(reason="it ended")


def test_the_page_marks_scores_and_names_the_absent() -> None:
    absent = Row("c", "report", "R2", reason="no such file")
    written = page.markdown({"CPU": "one"}, [*rows(), absent])
    assert "| a | choose | 9 | accuracy | *0.9000 ± 0.02* l | 0.9050 | 0.8900 l |" in written
    assert "**0.9200 ± 0.01**" in written and "- CPU: one" in written
    assert (
        "on 1 of 2 (50%) that a peer has run on; error / the best peer's at worst 2 (b, ALMA)"
        in written
    )
    assert "- LSTM of deep-river: none (every stream)" in written
    assert "- every contestant: no such file (c)" in written
    partly = Row("d", "report", "MAE", 9, {"LSTM of deep-river": Cell(1.0)})
    assert "- LSTM of deep-river: none (a)" in page.markdown({}, [*rows(), partly])


@pytest.fixture
def samples() -> Samples:
    job = random_stream(0)
    return Samples("made-up", Source(lambda: (job.x, job.y), "R2"), job.x, job.y)


def test_a_process_answers_and_what_it_found_is_kept(
    samples: Samples, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = result_of(samples, "sliding ridge", 0, tmp_path)
    made, _ = pass_over(WindowedRidge(4, 0), random_stream(0), fed=True)
    assert found.score == pytest.approx(scoring.score_of("R2", samples.y, made, 0))
    assert found.micros is not None and found.micros > 0
    assert found.megabytes is not None and 5 < found.megabytes < 500
    monkeypatch.setattr(jobs, "_run", lambda *_: ("it ran again", ""))
    assert result_of(samples, "sliding ridge", 0, tmp_path) == found
    moved = Samples(samples.name, samples.source, samples.x + 1, samples.y)
    assert result_of(moved, "sliding ridge", 0, tmp_path).reason == "it ran again"


def test_a_peer_that_fails_is_a_reason_and_is_not_kept(
    samples: Samples, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = Contestant("peer", "ridge", "onward", sources=())
    monkeypatch.setitem(contestants.CONTESTANTS, "broken", broken)
    too_few = Samples(samples.name, samples.source, samples.x[:2], samples.y)
    found = result_of(too_few, "broken", 0, tmp_path)
    assert found.score is None and found.reason is not None
    assert found.reason.startswith("it ended with 1: IndexError")
    assert not list(tmp_path.rglob("*.json"))


def test_a_missing_environment_is_a_reason_that_says_what_makes_it(
    samples: Samples, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = run.ENVIRONMENTS["peers"].python.parent / "absent"
    monkeypatch.setitem(
        jobs.ENVIRONMENTS,
        "peers",
        jobs.ENVIRONMENTS["onward"].__class__(nowhere, tmp_path, "make it", ()),
    )
    reason = result_of(samples, "k-NN", 0, tmp_path).reason
    assert reason is not None and reason.endswith("got none. Try `make it`.")


def test_a_peer_that_has_not_run_here_is_as_in_the_last_run_kept(
    monkeypatch: pytest.MonkeyPatch, samples: Samples, tmp_path
) -> None:
    kept = tmp_path / "streams.json"
    cells = {
        "onward": Cell(0.9),
        "online linear": Cell(0.8),
        "k-NN": Cell(0.7, 0.01, 5.0, 40.0),
        "adaptive tree": Cell(reason="it ended"),
    }
    row = Row("made-up", "choose", "accuracy", len(samples.y), cells)
    kept.write_text(json.dumps({"rows": [asdict(row)]}))
    assert run.peers_before("made-up", len(samples.y), kept) == {"k-NN": cells["k-NN"]}
    assert run.peers_before("made-up", len(samples.y) + 1, kept) == {}
    assert run.peers_before("another", len(samples.y), kept) == {}

    monkeypatch.setitem(run.STREAMS, "made-up", samples.source)
    monkeypatch.setattr(run, "samples_of", lambda name, limit: samples)
    monkeypatch.setattr(run, "peers_before", lambda name, rows: {"k-NN": cells["k-NN"]})
    found = {"onward": Result(0.5), "k-NN": jobs.NOT_RUN, "adaptive tree": jobs.NOT_RUN}
    monkeypatch.setattr(run, "result_of", lambda _, name, seed, stored: found[name])
    made = run.row_of(Console(file=io.StringIO()), "made-up", run.Asked([*found], stored=True))
    assert made.cells["onward"].score == 0.5 and made.cells["k-NN"] == cells["k-NN"]
    assert made.cells["adaptive tree"].reason == jobs.NOT_RUN.reason
    # Where all of them are to run, what was kept is of no use.
    made = run.row_of(Console(file=io.StringIO()), "made-up", run.Asked([*found]))
    assert made.cells["k-NN"].score is None


def test_one_failure_does_not_end_the_run(monkeypatch: pytest.MonkeyPatch, samples) -> None:
    monkeypatch.setitem(run.STREAMS, "made-up", samples.source)
    monkeypatch.setattr(run, "samples_of", lambda name, limit: samples)
    monkeypatch.setattr(
        run,
        "result_of",
        lambda _, name, seed, stored: (
            Result(reason="it ended") if name == "k-NN" else Result(0.5 + seed)
        ),
    )
    asked = run.Asked(("k-NN", "onward", "ALMA", "last label"), seeds=2)
    row = run.row_of(Console(file=io.StringIO()), "made-up", asked)
    assert list(row.cells) == ["k-NN", "onward", "last label"]
    assert row.cells["k-NN"].reason == "it ended" and row.error("k-NN") is None
    assert row.cells["onward"].spread == pytest.approx(math.sqrt(0.5))
    assert row.cells["last label"].score == 0.5
