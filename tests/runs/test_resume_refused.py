"""What a run cannot go on from: told at once, with nothing touched."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from onward.runs import Run, RunConfig
from onward.storing.store import CheckpointError
from onward.storing.store import write as write_checkpoint
from small_runs import (
    CHUNK,
    ROWS,
    config_of,
    example,
    stop_after,
    with_gaps,
    write,
)

pytestmark = pytest.mark.xdist_group("experiments")


OTHERS: dict[str, Any] = {
    "start": "kind",
    "weight": "w",
    "series": "kind",
    "one_series": True,
    "phases": "kind",
    "valid": "w",
    "gap": "1d",
    "calendar": True,
    "missing_codes": ("-1",),
    "reverse": True,
    "features": ("a", "b"),
    "target": ("v", "u"),
    "horizon": 1,
    "learner": "mixture",
    "feedback": False,
    "cell": "lru",
    "size": 5,
    "rule": "frozen",
    "loss": "huber",
    "optimizer": "sgd",
    "learning_rate": 0.5,
    "seed": 1,
    "seeds": 2,
    "warm_start": "runs/other",
    "missing": "last",
    "mask": True,
    "weights": "own",
    "warmup": 3,
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    when = np.datetime64("2024-01-01") + np.arange(ROWS).astype("timedelta64[h]")
    return write(tmp_path / "made.npz", {**with_gaps(), "w": np.ones(ROWS), "when": when})


@pytest.fixture
def stopped(tmp_path: Path, path: Path) -> Path:
    """The folder of a run that was stopped after its first chunk."""
    Run(config_of(path), tmp_path / "out")(stop=stop_after(1))
    return tmp_path / "out"


def refused(config: RunConfig, folder: Path) -> str:
    before = {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    with pytest.raises(CheckpointError) as error:
        Run(config, folder, resume=True)
    assert {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()} == before
    return str(error.value)


def test_another_configuration_is_refused_and_what_differs_is_named(
    path: Path, stopped: Path
) -> None:
    was = config_of(path).as_dict()
    for key, value in OTHERS.items():
        message = refused(config_of(path, **{key: value}), stopped)
        assert was[key] != value
        assert message.startswith(f"Expected the run that {stopped} holds (")
        assert f"{key}={was[key]!r}" in message
        assert f"{key}={list(value) if isinstance(value, tuple) else value!r}" in message
        assert message.endswith(". Try the same options as before, or another --out.")
        others = set(OTHERS) - {key}
        assert not any(re.search(rf"\b{other}=", message) for other in others)


def test_every_field_of_a_configuration_is_compared(path: Path) -> None:
    of_text = {"separator", "decimal", "header"}
    assert set(config_of(path).as_dict()) == {
        *OTHERS,
        *of_text,
        "stream",
        "task",
        "limit",
        "classes",
    }


def test_several_differences_are_all_named(path: Path, stopped: Path) -> None:
    message = refused(config_of(path, size=5, cell="rnn"), stopped)
    assert "(cell='gru', size=4); got cell='rnn', size=5." in message


def test_another_file_is_refused(tmp_path: Path, path: Path, stopped: Path) -> None:
    changed = with_gaps()
    changed["b"][CHUNK - 1] += 1
    write(path, changed)
    assert refused(config_of(path), stopped) == (
        f"Expected the {CHUNK} rows of made that the run has passed to be as they were; got "
        "others. Try the file as it was, or another --out."
    )
    write(path, {key: value[: CHUNK - 1] for key, value in with_gaps().items()})
    assert f"got {CHUNK - 1} rows." in refused(config_of(path), stopped)
    write(path, {key if key != "c" else "d": value for key, value in example().items()})
    message = refused(config_of(path, features=None), stopped)
    before, after = message.split("got columns=")
    assert "(columns=" in before and "'c'" in before and "'d'" in after


def test_other_classes_of_a_file_are_refused(tmp_path: Path, path: Path) -> None:
    config = config_of(path, target=("kind",))
    Run(config, tmp_path / "kinds")(stop=stop_after(1))
    columns = with_gaps()
    columns["kind"] = np.where(columns["kind"] == "middle", "central", columns["kind"])
    write(path, columns)
    message = refused(config, tmp_path / "kinds")
    assert "class_names=['high', 'low', 'middle']" in message
    assert "got class_names=['central', 'high', 'low']" in message


@pytest.mark.parametrize("make", [True, False])
def test_a_folder_without_a_checkpoint_cannot_be_resumed(
    tmp_path: Path, path: Path, make: bool
) -> None:
    out = tmp_path / "out"
    if make:
        out.mkdir()
    with pytest.raises(CheckpointError, match=r"got no file\. Try another folder\.$"):
        Run(config_of(path), out, resume=True)
    assert out.exists() == make and not list(out.glob("*"))


@pytest.mark.parametrize("content", [b"", b"half"])
def test_a_damaged_checkpoint_is_refused_and_left_alone(
    path: Path, stopped: Path, content: bytes
) -> None:
    file = stopped / "checkpoint" / "state.safetensors"
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2] if content else b"")
    message = refused(config_of(path), stopped)
    assert message.startswith(f"Expected a checkpoint at {file}; got a file that cannot be read (")
    assert message.endswith("Try starting anew in another folder.")


def test_a_checkpoint_of_something_else_is_refused(path: Path, stopped: Path) -> None:
    write_checkpoint(stopped / "checkpoint" / "state.safetensors", {}, {"of": "something else"})
    assert "size=None" in refused(config_of(path), stopped)


def test_lost_predictions_are_missed_at_once(path: Path, stopped: Path) -> None:
    (stopped / "checkpoint" / "predictions-00000.parquet").unlink()
    assert refused(config_of(path), stopped) == (
        f"Expected predictions-00000.parquet beside the checkpoint in {stopped}; got no such "
        "file. Try starting anew in another folder."
    )
