"""What is left on disk: results, predictions beside the truth, a checkpoint."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as parquet
import pytest

from onward.runs import FolderError, Run, RunFolder
from small_runs import (
    CHUNK,
    KINDS,
    REGRESSION,
    ROWS,
    SIZE,
    config_of,
    example,
    files_in,
    finished,
    metrics,
    names,
    predictions,
    results,
    with_gaps,
    write,
)

pytestmark = pytest.mark.xdist_group("experiments")


def test_the_folder_holds_results_predictions_and_a_checkpoint(tmp_path: Path) -> None:
    run = Run(config_of(write(tmp_path / "made.npz", example())), tmp_path / "out", command="run!")
    returned = run()
    found = metrics(tmp_path / "out")
    assert found == json.loads(json.dumps(returned))
    assert set(found) == {
        "onward",
        "versions",
        "config",
        "command",
        "stream",
        "diagnostics",
        "intervals",
        "counts",
        "samples_per_second",
        "complete",
        "learner",
        "learners",
        "rolling",
        "phases",
        "events",
        "gain",
        "given_up",
        "error",
        "restarts",
        "origin",
    }
    assert found["complete"] is True and found["command"] == "run!"
    assert set(found["versions"]) == {"python", "onward", "jax", "equinox", "optax", "numpy"}
    expected = {"horizon": 0, "warmup": CHUNK, "task": "regression", "size": SIZE}
    assert expected.items() <= found["config"].items()
    assert found["stream"]["length"] == ROWS and found["stream"]["name"] == "made"
    assert found["samples_per_second"] > 0
    assert found["learner"] == "GRU(4) · immediate · rmsprop"
    assert tuple(found["learners"]) == names("regression") == run.contest.names
    for scores in found["learners"].values():
        assert set(scores) == {"overall", "quarters"} and len(scores["quarters"]) == 4
    assert set(found["rolling"]["series"]) == set(names("regression"))
    assert files_in(tmp_path / "out") == [
        "checkpoint/state.safetensors",
        "metrics.json",
        "predictions.parquet",
    ]


def test_predictions_of_numbers_stand_beside_the_truth(tmp_path: Path) -> None:
    columns = with_gaps()
    finished(config_of(write(tmp_path / "made.npz", columns)), tmp_path / "out")
    schema = parquet.read_schema(tmp_path / "out" / "predictions.parquet")
    expected = ["row"]
    for target in REGRESSION:
        expected += [f"true:{target}", *(f"{name}:{target}" for name in names("regression"))]
        expected += [f"onward low:{target}", f"onward high:{target}"]
    assert schema.names == expected
    assert {str(schema.field(name).type) for name in schema.names[1:]} == {"float"}
    frame = predictions(tmp_path / "out")
    assert frame["row"].tolist() == list(range(ROWS))
    for target in REGRESSION:
        np.testing.assert_array_equal(frame[f"true:{target}"], columns[target])


def test_predictions_of_classes_are_names_and_probabilities(tmp_path: Path) -> None:
    columns = with_gaps()
    finished(config_of(write(tmp_path / "made.npz", columns), ("kind",)), tmp_path / "out")
    frame = predictions(tmp_path / "out")
    probabilities = [f"onward:p({kind})" for kind in KINDS]
    assert frame.columns.tolist() == ["row", "true", *names("classification"), *probabilities]
    assert frame["true"].isna().tolist() == (columns["kind"] == "").tolist()
    known = frame["true"].notna()
    assert frame["true"][known].tolist() == columns["kind"][known].tolist()
    made = frame["onward"].notna()
    assert made.all()
    table = frame[probabilities].to_numpy()
    np.testing.assert_allclose(table[made].sum(axis=1), 1, rtol=1e-5)
    assert np.isnan(table[~made]).all()
    assert frame["onward"][made].tolist() == [KINDS[i] for i in table[made].argmax(axis=1)]


@pytest.mark.matrix
def test_time_goes_with_the_rows(tmp_path: Path) -> None:
    frame = pd.DataFrame(example(120)).drop(columns="kind")
    frame.insert(0, "when", pd.date_range("2024-03-01", periods=120, freq="10min"))
    frame.to_csv(tmp_path / "made.csv", index=False)
    finished(config_of(tmp_path / "made.csv", horizon=2), tmp_path / "out")
    assert predictions(tmp_path / "out")["time"].tolist() == frame["when"].tolist()


def test_between_checkpoints_only_the_rows_since_the_last_one_are_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[list[int]] = []
    save = RunFolder.save

    def look(self: RunFolder, arrays: Any, rows: list[Any], note: Any) -> None:
        held.append([table.num_rows for table in rows])
        save(self, arrays, rows, note)

    monkeypatch.setattr(RunFolder, "save", look)
    run = Run(config_of(write(tmp_path / "made.npz", example())), tmp_path / "out")
    run(checkpoint_seconds=-1)
    assert held[: ROWS // CHUNK] == [[CHUNK]] * (ROWS // CHUNK)
    assert not any(held[ROWS // CHUNK :])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write(tmp_path / "made.npz", with_gaps())


def test_a_folder_with_files_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    with pytest.raises(FolderError) as error:
        RunFolder(tmp_path / "out", {}, resume=False)
    assert str(error.value) == (
        f"Expected an empty folder {tmp_path / 'out'}; got one with files in it. "
        "Try another --out, or --resume to go on."
    )
    assert [file.name for file in tmp_path.rglob("*")] == ["out", "mine.txt"]


@pytest.mark.parametrize("resume", [True, False])
def test_a_file_is_no_folder(tmp_path: Path, resume: bool) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(FolderError) as error:
        RunFolder(tmp_path / "out", {}, resume)
    expected = f"Expected an empty folder {tmp_path / 'out'}; got a file. Try another --out."
    assert str(error.value) == expected
    assert (tmp_path / "out").read_text() == "mine"


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    out = tmp_path / "file" / "out"
    with pytest.raises(FolderError) as error:
        RunFolder(out, {}, resume=False).make()
    assert str(error.value) == (
        f"Expected a folder that can be written to; got {out} (Not a directory). Try another --out."
    )


def test_an_empty_folder_is_taken(tmp_path: Path, path: Path) -> None:
    (tmp_path / "out").mkdir()
    finished(config_of(path, limit=2 * CHUNK), tmp_path / "out")
    assert results(tmp_path / "out")["config"]["target"] == list(REGRESSION)
