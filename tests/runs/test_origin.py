"""The network of a run on other rows: predicting, learning on, and a warm start."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import onward
from learning.examples import assert_same
from matrix import left
from onward.runs import Origin, Run, RunConfig
from onward.storing.flat_state import flatten_state
from onward.storing.store import CheckpointError
from onward.streams import StreamError
from small_runs import (
    CHUNK,
    KINDS,
    ROWS,
    assert_same_results,
    column,
    config_of,
    example,
    finished,
    metrics,
    predictions,
    stop_after,
    with_gaps,
    write,
)

pytestmark = pytest.mark.xdist_group("experiments")
FIRST = 200


def part(path: Path, rows: slice, **more: np.ndarray) -> Path:
    return write(path, {name: v[rows] for name, v in {**with_gaps(), **more}.items()})


def used(tmp_path: Path, stream: Path, learns: bool = False, out: str = "out") -> Run:
    """The run in `old`, used on other rows."""
    origin = Origin.read(tmp_path / "old", learns)
    run = Run(origin.config_of(str(stream)), tmp_path / out, origin=origin)
    run()
    return run


def old(tmp_path: Path, **changes: Any) -> RunConfig:
    config = config_of(part(tmp_path / "old.npz", slice(FIRST)), **changes)
    finished(config, tmp_path / "old")
    return config


def state_of(folder: Path) -> dict[str, np.ndarray]:
    return flatten_state(onward.load(folder)[1])


CASES = {
    "plain": {"horizon": 0},
    "late": {"horizon": 2},
    "classes": {"target": ("kind",), "horizon": 2, "optimizer": "adam"},
    "within the warm-up": {"horizon": 2, "warmup": FIRST - 1},
}


@pytest.mark.parametrize(
    "name", [left("plain"), left("late"), "classes", left("within the warm-up")]
)
def test_a_network_that_learns_on_does_what_it_would_have_done(tmp_path: Path, name: str) -> None:
    config = old(tmp_path, **CASES[name])
    whole = replace(config, stream=str(part(tmp_path / "whole.npz", slice(None))))
    finished(whole, tmp_path / "whole")
    run = used(tmp_path, part(tmp_path / "new.npz", slice(FIRST, None)), learns=True)
    found, expected = predictions(tmp_path / "out"), predictions(tmp_path / "whole")
    rows = ROWS - FIRST
    expected = expected.iloc[FIRST:].assign(row=range(rows)).reset_index(drop=True)
    pd.testing.assert_frame_equal(found[:rows], expected, check_exact=True)
    horizon = CASES[name]["horizon"]
    assert found["row"].tolist() == list(range(rows + horizon))
    assert found[rows:].filter(like="true").isna().all(axis=None)
    assert metrics(tmp_path / "out")["origin"] == {
        "folder": str(tmp_path / "old"),
        "rows": FIRST,
        "learns": True,
    }
    # Its checkpoint is one to go on from.
    assert_same(onward.load(tmp_path / "out")[1], run.contest.state)
    assert Origin.read(tmp_path / "out").config.stream == str(tmp_path / "new.npz")


@pytest.mark.parametrize("series", [None, left("shop")])
def test_weights_and_scales_stand_still_and_the_state_moves(
    tmp_path: Path, series: str | None
) -> None:
    shops = np.random.default_rng(3).integers(0, 2, ROWS)
    path = part(tmp_path / "old.npz", slice(FIRST), shop=shops)
    finished(config_of(path, series=series, horizon=2), tmp_path / "old")
    run = used(tmp_path, part(tmp_path / "new.npz", slice(FIRST, None), shop=shops))
    found, before = (
        flatten_state(run.contest.state),
        flatten_state(onward.load(tmp_path / "old")[1]),
    )
    for name, array in found.items():
        if name.startswith(("parameters", "input_scale", "target_scale")):
            np.testing.assert_array_equal(array, before[name], name)
    assert not np.array_equal(found["recurrent"], before["recurrent"])
    assert run.contest.names == ("onward", "last label")
    assert not (tmp_path / "out" / "checkpoint").exists()
    counts = metrics(tmp_path / "out")["counts"]
    assert (counts["samples"], counts["learnt"]) == (ROWS - FIRST, 0)


def test_series_are_known_by_name_and_new_ones_begin_afresh(tmp_path: Path) -> None:
    names = np.array(["west", "east"])[np.arange(ROWS) % 2]
    path = part(tmp_path / "old.npz", slice(FIRST), shop=names)
    finished(config_of(path, series="shop", horizon=0), tmp_path / "old")
    # The other order, and one more in between.
    turned = np.insert(np.arange(FIRST + 1, ROWS), 10, FIRST)
    values = {name: v[turned] for name, v in {**with_gaps(), "shop": names}.items()}
    values["shop"] = np.where(np.arange(len(turned)) == 10, "north", values["shop"])
    write(tmp_path / "more.npz", values)
    run = used(tmp_path, tmp_path / "more.npz", learns=True)
    assert run.stream.info.series_names == ("west", "east", "north")
    series, _ = onward.load(tmp_path / "out")
    assert (series.count, series.weights) == (3, "shared")
    old_series, before = onward.load(tmp_path / "old")
    # East is met first in the new rows: its state of before predicts.
    made = column(predictions(tmp_path / "out"), "onward")[0]
    x = np.array([[with_gaps()[name][FIRST + 1] for name in "abc"]], np.float32)
    _, info = old_series.run(before, np.array([1]), x, np.full((1, 2), np.nan, np.float32))
    np.testing.assert_allclose(made, info.prediction[0], rtol=1e-5)
    # A new series has no label to tell its scale by.
    assert np.isnan(column(predictions(tmp_path / "out"), "onward")[10]).all()


def test_rows_without_labels_or_without_the_column_are_predicted(tmp_path: Path) -> None:
    old(tmp_path, horizon=0)
    rows = {name: v[FIRST:] for name, v in with_gaps().items()}
    empty = {**rows, "u": np.full(ROWS - FIRST, np.nan), "v": np.full(ROWS - FIRST, np.nan)}
    used(tmp_path, write(tmp_path / "empty.npz", empty))
    bare = {name: rows[name] for name in "cba"}
    used(tmp_path, write(tmp_path / "bare.npz", bare), out="bare")
    found, expected = predictions(tmp_path / "bare"), predictions(tmp_path / "out")
    pd.testing.assert_frame_equal(found, expected, check_exact=True)
    assert found["onward:u"].notna().all() and found["true:u"].isna().all()
    counts = metrics(tmp_path / "bare")["counts"]
    assert (counts["scored"], counts["unlabelled"]) == (0, 2 * (ROWS - FIRST))


def test_classes_that_were_never_seen_count_as_unlabelled(tmp_path: Path) -> None:
    old(tmp_path, target=("kind",), horizon=0)
    rows = {name: v[FIRST:].astype(object) for name, v in with_gaps().items()}
    rows["kind"][:5] = "huge"
    frame = pd.DataFrame(rows)
    frame.to_csv(tmp_path / "new.csv", index=False)
    run = used(tmp_path, tmp_path / "new.csv")
    assert run.stream.info.class_names == KINDS
    note = "Labels 'huge' of 'kind' are no classes that were learnt: "
    assert any(warning.startswith(note) for warning in run.stream.info.warnings)
    assert metrics(tmp_path / "out")["counts"]["unlabelled"] == 5 + 1


def test_a_feature_that_is_absent_is_named(tmp_path: Path) -> None:
    old(tmp_path)
    rows = {name: v for name, v in with_gaps().items() if name != "b"}
    with pytest.raises(StreamError, match=r"^Expected all features of before; got no 'b'; try"):
        used(tmp_path, write(tmp_path / "new.npz", rows))


def test_a_folder_without_a_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"^Expected a checkpoint at .*; got no file"):
        Origin.read(tmp_path)


def warm(tmp_path: Path, stream: Path, **changes: Any) -> RunConfig:
    return config_of(stream, warm_start=str(tmp_path / "old"), **changes)


def learnt(state: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    parts = ("parameters", "optimizer", "input_scale", "target_scale")
    return {name: array for name, array in state.items() if name.startswith(parts)}


def test_a_warm_start_takes_what_was_learnt_and_begins_afresh(tmp_path: Path) -> None:
    old(tmp_path)
    run = Run(warm(tmp_path, part(tmp_path / "new.npz", slice(FIRST, None))), tmp_path / "out")
    begun, before = (
        flatten_state(run.contest.state),
        flatten_state(onward.load(tmp_path / "old")[1]),
    )
    for name, array in learnt(begun).items():
        np.testing.assert_array_equal(array, before[name], name)
    assert not begun["recurrent"].any() and before["recurrent"].any()
    assert run()["counts"]["learnt"] > 0


def test_a_warm_start_resumes_without_the_other_run(tmp_path: Path) -> None:
    old(tmp_path)
    config = warm(tmp_path, part(tmp_path / "new.npz", slice(FIRST, None)))
    finished(config, tmp_path / "whole")
    Run(config, tmp_path / "out")(stop=stop_after(1))
    (tmp_path / "old").rename(tmp_path / "gone")
    Run(config, tmp_path / "out", resume=True)()
    assert_same_results(tmp_path / "out", tmp_path / "whole")


def test_a_warm_start_over_series_finds_their_scales_by_name(tmp_path: Path) -> None:
    names = np.array(["west", "east"])[np.arange(ROWS) % 2]
    path = part(tmp_path / "old.npz", slice(FIRST), shop=names)
    finished(config_of(path, series="shop"), tmp_path / "old")
    names = np.array(["east", "north", "west"])[np.arange(ROWS) % 3]
    path = part(tmp_path / "new.npz", slice(FIRST), shop=names)
    begun = flatten_state(Run(warm(tmp_path, path, series="shop"), tmp_path / "out").contest.state)
    before = state_of(tmp_path / "old")
    order = Run(config_of(path, series="shop"), tmp_path / "cold")
    here = [order.stream.info.series_names.index(name) for name in ("west", "east", "north")]
    fresh = flatten_state(order.contest.state)
    for name, array in learnt(begun).items():
        if "scale" in name:
            np.testing.assert_array_equal(array[here[:2]], before[name], name)
            np.testing.assert_array_equal(array[here[2]], fresh[name][here[2]], name)
        else:
            np.testing.assert_array_equal(array, before[name], name)


MISFITS: list[tuple[dict[str, Any], str]] = [
    ({"size": 5}, "size (5, not 4)"),
    ({"cell": "rnn"}, "cell (rnn, not gru)"),
    ({"features": ("a", "b")}, "features (2, not 3)"),
    ({"target": ("u",)}, "targets (1, not 2)"),
    ({"target": ("kind",)}, "classes (['high', 'low', 'middle'], not [])"),
    ({"optimizer": "adam"}, "optimizer (adam, not rmsprop)"),
]


def test_a_warm_start_that_does_not_fit_names_what_differs(tmp_path: Path) -> None:
    old(tmp_path)
    for changes, named in MISFITS:
        with pytest.raises(CheckpointError) as error:
            Run(warm(tmp_path, tmp_path / "old.npz", **changes), tmp_path / "out")
        assert str(error.value).startswith("Expected a network that fits the one in ")
        assert named in str(error.value)
        assert str(error.value).endswith("Try the settings of that run, or no --warm-start.")


@pytest.mark.parametrize("weights", ["shared", left("own")])
def test_a_run_over_series_is_loaded_as_these(tmp_path: Path, weights: str) -> None:
    codes = np.random.default_rng(3).integers(0, 3, ROWS)
    path = write(tmp_path / "made.npz", {**example(), "shop": codes})
    run = Run(config_of(path, series="shop", weights=weights), tmp_path / "out")
    run(stop=stop_after(2))
    series, state = onward.load(tmp_path / "out")
    assert isinstance(series, onward.Series)
    assert (series.count, series.weights) == (3, weights)
    assert_same(state, run.contest.state)
    chunk = next(run.stream.chunks(CHUNK, 2 * CHUNK))
    state, info = series.run(state, chunk.series, chunk.x, chunk.y)
    expected = run.contest.observe(chunk)["onward"]
    np.testing.assert_array_equal(info.prediction, expected)
    onward.save(tmp_path / "again.safetensors", series, state)
    assert_same(onward.load(tmp_path / "again.safetensors")[1], state)
