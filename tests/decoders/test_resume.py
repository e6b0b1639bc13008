"""A study that is killed or stopped, and goes on to the same results."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import onward
from matrix import left
from onward.decoders import DecodeConfig, DecodeFolder, ablations, decode, results_of
from onward.decoders.progress import PROGRESS, Progress, asked_of
from onward.recordings import RecordingError, Session

from .made import SMALL, sessions

CONFIG = replace(SMALL, seeds=2)


class Stopped(Exception):
    """What a test stops a study with."""


def study(
    path: Path,
    config: DecodeConfig = CONFIG,
    resume: bool = False,
    tell: Callable[[str], None] = lambda words: None,
    days: list[Session] | None = None,
) -> dict[str, Any]:
    days = sessions(4) if days is None else days
    folder = DecodeFolder(Progress(path, asked_of(days, config, False), resume))
    results = results_of(decode(days, config, tell, folder), config)
    folder.write(results)
    return results


def stopped_at(path: Path, words: str, config: DecodeConfig = CONFIG) -> None:
    def tell(told: str) -> None:
        if words in told:
            raise Stopped

    with pytest.raises(Stopped):
        study(path, config, (path / PROGRESS).exists(), tell)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("whole")
    study(path)
    return path


def content(path: Path) -> dict[str, Any]:
    """All files by name; predictions by array, JSON by value, checkpoints by bytes."""
    found: dict[str, Any] = {}
    for file in sorted(path.rglob("*")):
        name = str(file.relative_to(path))
        if file.suffix == ".npz":
            with np.load(file) as arrays:
                found[name] = {key: arrays[key].tobytes() for key in arrays.files}
        elif file.is_file():
            found[name] = file.read_bytes()
    return found


def test_a_folder_has_predictions_checkpoints_and_results(whole: Path) -> None:
    found = content(whole)
    assert set(found) == {
        *("decode.json", "progress.json", "predictions/day2.npz", "predictions/day3.npz"),
        *(
            f"{kind}/seed-{seed}/{name}.safetensors"
            for kind in ("checkpoints", "frozen")
            for seed in (0, 1)
            for name in ("000000-at-0", "000001-at-354", "000002-at-685")
        ),
    }
    arrays = found["predictions/day2.npz"]
    assert set(arrays) == {
        *("targets", "predictions", "held_out", "labels", "frozen", "scored", "start", "trial"),
        "events",
    }
    assert json.loads(found["decode.json"])["scores"]["decoder"]["day3"]
    learner, state = onward.load(whole / "checkpoints/seed-0/000002-at-685.safetensors")
    assert np.isfinite(learner.predict(state, np.ones(6))).all()


@pytest.mark.parametrize(
    "moments",
    [
        ["training, epoch 1"],
        left(["seed 0: day2"], id="moments1"),
        left(["seed 0: day3", "seed 1: day2"], id="moments2"),
        left(["seed 1: day3", "opponent: last-label"], id="moments3"),
    ],
)
def test_a_study_goes_on_behind_what_was_done(
    tmp_path: Path, whole: Path, moments: list[str]
) -> None:
    path, told = tmp_path / "out", []
    for words in moments:
        stopped_at(path, words)
    study(path, resume=True, tell=told.append)
    assert content(path) == content(whole)
    # Training is done again where it had not ended, and nothing else is.
    again = any(words.startswith("seed 0: day2") for words in told)
    assert again is ("training" in moments[0])


def test_without_carrying_it_goes_on_from_the_training(tmp_path: Path) -> None:
    config = replace(SMALL, carry=False)
    one = study(tmp_path / "one", config)
    stopped_at(tmp_path / "two", "seed 0: day2", config)
    assert study(tmp_path / "two", config, resume=True) == one
    assert content(tmp_path / "one") == content(tmp_path / "two")


def test_a_checkpoint_that_no_line_speaks_of_is_made_again(
    tmp_path: Path, whole: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, save = tmp_path / "out", DecodeFolder._save

    def stopped(self: Any, seed: int, made: Any, states: Any, position: int, known: Any) -> Any:
        names = save(self, seed, made, states, position, known)
        if (seed, position) == (0, 685):
            raise Stopped
        return names

    with monkeypatch.context() as patched, pytest.raises(Stopped):
        patched.setattr(DecodeFolder, "_save", stopped)
        study(path)
    assert (path / "checkpoints/seed-0/000002-at-685.safetensors").exists()
    done = json.loads((path / PROGRESS).read_text())
    assert [one["session"] for one in done["seeds"]["0"]["sessions"]] == ["day2"]
    study(path, resume=True)
    assert content(path) == content(whole)


KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
import conftest  # as the tests are compiled
from decoders import test_resume as test
from onward.decoders import folder
save = folder.DecodeFolder._save
def killed(self, seed, made, states, position, known):
    names = save(self, seed, made, states, position, known)
    if (seed, position) == (0, 685):
        os.kill(os.getpid(), signal.SIGKILL)
    return names
folder.DecodeFolder._save = killed
test.study(Path(sys.argv[1]))
"""


@pytest.mark.long
@pytest.mark.skipif(os.name != "posix", reason="needs a signal that kills")
def test_a_process_that_is_killed_leaves_all_whole_sessions(tmp_path: Path, whole: Path) -> None:
    """Between a checkpoint and the line that speaks of it, where most is left half done."""
    path = tmp_path / "out"
    tests, source = Path(__file__).parents[1], Path(onward.__file__).parents[1]
    ended = subprocess.run(
        [sys.executable, "-c", KILLED, str(path), str(tests)],
        env={**os.environ, "PYTHONPATH": str(source)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert not (path / "decode.json").exists()
    assert (path / "checkpoints/seed-0/000002-at-685.safetensors").exists()
    done = json.loads((path / PROGRESS).read_text())
    assert [one["session"] for one in done["seeds"]["0"]["sessions"]] == ["day2"]
    (path / "checkpoints/seed-0/000003-at-9.safetensors.part").write_bytes(b"half")
    study(path, resume=True)
    assert content(path) == content(whole)


@pytest.mark.matrix
def test_ablations_are_done_once(tmp_path: Path) -> None:
    days, told = sessions(3), []
    config = replace(SMALL, opponents=(), carry=False, pretrain=False, rule="immediate", every=1)
    progress = Progress(tmp_path / "out", asked_of(days, config, True))
    found = ablations(days, config, told.append, progress)
    assert list(found) == ["moments of all time", "10 times the rate"]
    assert found["moments of all time"]["day2"] is not None
    told.clear()
    resumed = Progress(tmp_path / "out", asked_of(days, config, True), resume=True)
    assert ablations(days, config, told.append, resumed) == found and not told


@pytest.fixture
def begun(tmp_path: Path) -> Path:
    """A study that has been asked for."""
    Progress(tmp_path / "out", asked_of(sessions(3), SMALL, False))
    return tmp_path / "out"


def test_what_was_asked_for_otherwise_is_refused(begun: Path) -> None:
    days = sessions(3)

    def again(days: list[Session] = days, ablate: bool = False, **changes: Any) -> None:
        Progress(begun, asked_of(days, replace(SMALL, **changes), ablate), resume=True)

    again()
    refused: list[tuple[dict[str, Any], str]] = [
        ({"hidden": 5}, r"Expected hidden as in the study in .*, 4; got 5. Try the comm"),
        ({"seeds": 2}, r"Expected seeds as in the study in .*, 1; got 2"),
        ({"ablate": True}, r"Expected ablate as in the study in .*, False; got True"),
        ({"days": days[:2]}, r"out, day0, day1, day2; got day0, day1. Try the command that"),
        (
            {"days": [*days[:2], replace(days[2], counts=days[2].counts + 1)]},
            "out, day2 as it was read then; got day2 with other counts, labels or trials",
        ),
    ]
    for changes, message in refused:
        with pytest.raises(RecordingError, match=message):
            again(**changes)


def test_folders_that_hold_something_else_are_refused(tmp_path: Path, begun: Path) -> None:
    asked = asked_of(sessions(3), SMALL, False)
    with pytest.raises(RecordingError, match=r"Expected an empty folder .*; got one with files in"):
        Progress(begun, asked)
    with pytest.raises(RecordingError, match=r"Expected a study to go on with, .*; got none. Try"):
        Progress(tmp_path / "nothing", asked, resume=True)
    for text in ("{", "[]", "{}", '{"asked": 1}', "\x00"):
        (begun / PROGRESS).write_text(text)
        with pytest.raises(RecordingError, match=r"; got one that cannot be read. Try --out"):
            Progress(begun, asked, resume=True)
    (tmp_path / "file").touch()
    with pytest.raises(RecordingError, match="got a file"):
        Progress(tmp_path / "file", asked)
    with pytest.raises(RecordingError, match="Expected a folder that can be written to"):
        Progress(tmp_path / "file" / "below", asked)


def test_a_damaged_checkpoint_or_lost_predictions_are_told(tmp_path: Path) -> None:
    config = replace(SMALL, opponents=("last-label",))
    path = tmp_path / "out"
    stopped_at(path, "seed 0: day2", config)
    file = path / "predictions" / "day2.npz"
    kept = file.read_bytes()
    file.unlink()
    with pytest.raises(RecordingError, match=r"Expected the predictions of 'day2' in .*; got File"):
        study(path, config, resume=True)
    file.write_bytes(kept)
    checkpoint = path / "checkpoints/seed-0/000001-at-354.safetensors"
    checkpoint.write_bytes(checkpoint.read_bytes()[:-9])
    with pytest.raises(ValueError, match=r"Expected .*000001-at-354"):
        study(path, config, resume=True)
