"""Tasks on recordings: what they are made of, and how their predictions are scored."""

from collections import Counter

import numpy as np
import pytest
from recorded import DATA, needs_recordings

from papers import baselines, data
from papers.tasks import AbstractTask, Benchmark, Characters, ClosedLoop, CortexShift

pytestmark = needs_recordings

DAY = CortexShift(train=("2012-07-18",), test="2012-09-12")
TASKS = [DAY, ClosedLoop(), Characters(length=60), *map(Benchmark, ("elec2", "air quality"))]


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(data.VARIABLE, str(DATA))


def session(day: str) -> dict[str, np.ndarray]:
    return dict(np.load(DATA / "limb_wrist_spike" / f"{day}.npz"))


@pytest.mark.parametrize("task", TASKS, ids=lambda task: f"{type(task).__name__}")
def test_tasks_are_deterministic_and_fit_into_float32(task: AbstractTask) -> None:
    for stretch in (task.before, task.after):
        phase, again = stretch(3), stretch(3)
        np.testing.assert_array_equal(phase.x, again.x)
        assert phase.x.dtype == phase.y.dtype == np.float32 and len(phase.x) == len(phase.y)
        assert np.isfinite(phase.x).all()
    assert np.array_equal(task.after(1).x, task.after(2).x) == (not task.varied)
    assert data.missing(task.files) is None


def test_cortex_standardises_by_the_days_of_training() -> None:
    train, test = session("20120718"), session("20120912")
    roots = np.sqrt(train["counts"].astype(float))
    x, y = DAY.after(0)
    expected = (np.sqrt(test["counts"][:23_998]) - roots.mean(axis=0)) / roots.std(axis=0)
    # float32 sums of 24,000 rows are not exact.
    np.testing.assert_allclose(x, expected, rtol=1e-3, atol=1e-3)
    known = test["valid"][:23_998]
    assert 0.2 < np.mean(~known) < 0.25
    np.testing.assert_array_equal(np.isfinite(y).all(axis=1), known)
    np.testing.assert_allclose(y[known], test["velocity"][:23_998][known] / 10, rtol=1e-6)


def test_less_of_the_training_is_its_end_and_leaves_the_test_whole() -> None:
    quarter = DAY.shrunk(4)
    assert quarter.after(0).x.shape == DAY.after(0).x.shape
    np.testing.assert_array_equal(quarter.before(0).y, DAY.before(0).y[-5999:])


def test_days_of_the_test_share_their_pretraining() -> None:
    other = CortexShift(train=DAY.train, test="2012-10-18")
    assert other != DAY and DAY.origin == other.origin
    np.testing.assert_array_equal(DAY.before(0).x, DAY.origin.before(0).x)


@pytest.mark.study
def test_ridge_decodes_as_well_as_the_recording_says() -> None:
    task = CortexShift(train=("2012-07-18",))
    assert task.frozen_from == 19_198
    refitted = 1 - task.opponents["ridge, refitted"](0)
    np.testing.assert_allclose(refitted[1:], [0.37, 0.52], atol=0.015)
    assert refitted[0] == pytest.approx(refitted[1:].mean())
    frozen = 1 - task.opponents["ridge, frozen"](0)
    np.testing.assert_allclose(frozen[1:], [0.14, 0.26], atol=0.05)


def test_variance_that_is_not_explained_leaves_out_rows_without_labels() -> None:
    y = np.array([[1.0, 0.0], [3.0, 4.0], [np.nan, np.nan]], np.float32)
    perfect = np.array([[1.0, 0.0], [3.0, 4.0], [99.0, 99.0]])
    np.testing.assert_allclose(DAY.errors(perfect, y), 0)
    means = np.array([[2.0, 0.0], [2.0, 4.0], [0.0, 0.0]])
    np.testing.assert_allclose(DAY.errors(means, y), [0.5, 1.0, 0.0])


def test_the_decoder_in_the_closed_loop_sees_tampered_counts() -> None:
    task, found = ClosedLoop(), dict(np.load(DATA / "bci_instability_20160325" / "session.npz"))
    assert task.frozen_from == 1568 + 8210 and len(task.before(0).x) == 3329 + 3333
    row = 3329 + 3333 + 100
    counts = found["counts"][row].astype(float)
    seen = counts[found["perturb_source_channel"] - 1] + found["perturb_offset"]
    seen[found["perturb_silenced"]] = 0
    trained = found["counts"][: 3329 + 3333].astype(float)
    mean, spread = np.sqrt(trained).mean(axis=0), np.sqrt(trained).std(axis=0)
    chosen = found["base_channels"] - 1
    expected = ((np.sqrt(np.maximum(seen, 0)) - mean) / np.where(spread > 0, spread, 1))[chosen]
    np.testing.assert_allclose(task.after(0).x[100], expected, rtol=1e-3, atol=1e-3)
    y = np.concatenate([task.before(0).y, task.after(0).y])
    known = np.isfinite(y[:, 0])
    np.testing.assert_allclose(np.linalg.norm(y[known], axis=1), 1, rtol=1e-5)
    assert not known[found["bin_in_trial"][: len(y)] < 7].any()
    away = found["target"][row] - found["cursor_start"][row]
    if known[row]:
        np.testing.assert_allclose(y[row], away / np.hypot(*away), rtol=1e-5)


def test_characters_are_a_stretch_of_the_text() -> None:
    task, text = Characters(length=600), (DATA / "tinyshakespeare" / "input.txt").read_text()
    x, y = task.after(7)
    np.testing.assert_array_equal(x[1:], y[:-1])
    alphabet = sorted(set(text))
    read = "".join(alphabet[int(number)] for number in (*x[:, 0], y[-1, 0]))
    assert read in text and not len(task.before(7).x)


def test_counted_characters_are_scored_as_a_loop_does() -> None:
    task = Characters(length=600)
    x, y = (part[:, 0].astype(int) for part in task.after(0))
    alone, pairs, costs = Counter(range(65)), Counter(), []
    for before, after in zip(x, y, strict=True):
        unigram = alone[after] / alone.total()
        seen = sum(count for (first, _), count in pairs.items() if first == before)
        bigram = (pairs[before, after] + 10 * unigram) / (seen + 10)
        costs.append((-np.log(unigram), -np.log(bigram)))
        alone[after] += 1
        pairs[before, after] += 1
    expected = np.mean(costs[500:], axis=0)
    found = [task.opponents[f"{kind}, online"](0)[0] for kind in ("unigram", "bigram")]
    np.testing.assert_allclose(found, expected)
    uniform = np.full((600, 65), 1 / 65, np.float32)
    np.testing.assert_allclose(task.errors(uniform, task.after(0).y), np.log(65), rtol=1e-6)


@pytest.mark.parametrize(
    ("name", "error"), [("elec2", 1 - 0.8533), ("bike sharing", 1 - 0.688), ("etth1", 1 - 0.989)]
)
def test_repeating_the_last_label_errs_as_the_recording_says(name: str, error: float) -> None:
    task = Benchmark(name, warmup=1, chosen=0)  # pyright: ignore[reportArgumentType]
    assert baselines.last_label(task, 0)[0] == pytest.approx(error, abs=0.001)


def test_benchmarks_show_the_label_before_and_score_what_rates_were_not_chosen_by() -> None:
    task = Benchmark("air quality")
    x, y = (np.concatenate(parts) for parts in zip(task.before(0), task.after(0), strict=True))
    newest = 0.0
    for t in range(200):
        assert x[t, -1] == pytest.approx(newest)
        newest = y[t, 0] if np.isfinite(y[t, 0]) else newest
    table = np.load(DATA / "air_quality_uci" / "air_quality.npz")["X"][:1000, 0]
    scaled = (table - np.nanmean(table)) / np.nanstd(table)
    np.testing.assert_allclose(y[:1000, 0], scaled, rtol=1e-4, atol=1e-5)
    scored = task.after(0).y
    garbage = np.where(np.arange(len(scored))[:, None] < task.chosen, 1e3, scored)
    assert task.errors(garbage, scored)[0] == 0
    assert len(task.validation.after(0).x) == task.chosen


def test_a_recording_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    monkeypatch.setenv(data.VARIABLE, str(tmp_path))
    said = data.missing(ClosedLoop().files)
    assert said is not None and f"Expected the recording {ClosedLoop().files[0]}" in said
    assert f"got no such file. Try {data.VARIABLE}=" in said and str(tmp_path) in said
    monkeypatch.delenv(data.VARIABLE)
    assert data.folder() == DATA
