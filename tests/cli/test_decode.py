"""`onward decode`: from files to results, stopped and gone on with, and what it refuses."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

from decoders.made import session
from onward.decoders import Labels, passed
from onward.decoders import study as studies

from .conftest import Command
from .test_refused import assert_refused
from .test_start import printed

pytestmark = pytest.mark.xdist_group("cli")

SMALL = ("--hidden", 4, "--train", 2, "--opponents", "ridge,Last_Label")


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("days")
    for day in range(4):
        write(folder, day)
    return folder


@pytest.fixture(autouse=True)
def promoted() -> Iterator[None]:
    yield
    jax.config.update("jax_cpu_enable_async_dispatch", True)


def write(folder: Path, day: int, **changes: Any) -> Path:
    made = session(day)
    arrays = {
        "counts": made.counts,
        "velocity": made.targets,
        "position": made.position,
        "target": made.goal,
        "trial": made.trial,
        "valid": made.scored,
        "label": np.array(made.channels),
        "bin_s": made.bin_s,
        "date": f"2020-01-0{day + 1}",
        **changes,
    }
    path = folder / f"day{day}.npz"
    np.savez(path, **{name: array for name, array in arrays.items() if array is not None})
    return path


def results(folder: str | Path) -> dict[str, Any]:
    return json.loads((Path(folder) / "decode.json").read_text())


def test_one_command_from_files_to_a_report(onward: Command, days: Path) -> None:
    found = onward("decode", days, *SMALL, "--cell", "GRU", "--rule", "BPTT", "--seeds", 2)
    assert (found.code, found.err) == (0, "")
    for words in ("seed 0: training on day0, day1", "seed 1: day3, F20", "opponent: last-label"):
        assert words in found.out
    assert "report  runs/decode-1/report.html" in found.out
    told, folder = results("runs/decode-1"), Path("runs/decode-1")
    assert told["config"]["every"] == 10 and told["config"]["rate"] == 5e-4
    assert told["command"].startswith("onward decode ") and told["latency"]["count"] > 0
    assert list(told["scores"]) == [
        *("decoder", "frozen", "ridge, frozen", "ridge, refitted daily", "last-label, online"),
    ]
    assert [len(told["scores"]["decoder"][day]) for day in ("day2", "day3")] == [2, 2]
    assert (folder / "report.html").exists() and (folder / "predictions" / "day3.npz").exists()
    assert_refused(
        onward("decode", days, *SMALL, "--out", folder, "--resume", "--seeds", 3),
        "seeds as in the study in .*, 2; got 3",
    )


@pytest.mark.matrix
def test_stopped_by_ctrl_c_it_goes_on_to_the_same_results(
    onward: Command, days: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = ("decode", days, *SMALL)
    before = [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)]
    assert onward(*options, "--out", "whole").code == 0
    for number, code, out in ((signal.SIGINT, 130, "one"), (signal.SIGTERM, 143, "two")):

        def interrupted(*given: Any, number: int = number, **options: Any) -> Any:
            signal.raise_signal(number)
            return passed(*given, **options)

        with monkeypatch.context() as patch:
            patch.setattr(studies, "passed", once(interrupted))
            found = onward(*options, "--out", out)
        assert (found.code, found.err) == (code, "")
        assert (
            f"stopped after 1 session; everything so far is in {out}. To go on, "
            f"repeat the command with --out {out} --resume." in found.out
        )
        assert (Path(out) / "predictions" / "day2.npz").exists()
        assert not (Path(out) / "decode.json").exists()
        found = onward(*options, "--out", out, "--resume")
        assert found.code == 0 and "seed 0: day2" not in found.out and "seed 0: day3" in found.out
        told, whole = results(out), results("whole")
        for name in ("latency", "command"):
            del told[name], whole[name]
        assert told == whole
    assert [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)] == before


def once(interrupted: Any) -> Any:
    """Interrupted at the first session alone: a second signal would end it at once."""
    calls: list[int] = []

    def call(*given: Any, **options: Any) -> Any:
        calls.append(1)
        return (interrupted if len(calls) == 1 else passed)(*given, **options)

    return call


@pytest.mark.matrix
@pytest.mark.parametrize("labels", ["after-trial", "late:500", "calibration-only:4", "inferred:.1"])
def test_labels_are_told_otherwise(onward: Command, days: Path, labels: str) -> None:
    found = onward("decode", days, *SMALL, "--labels", labels, "--out", "out")
    assert (found.code, found.err) == (0, "")
    assert results("out")["config"]["labels"] == str(Labels.parse(labels))
    with np.load("out/predictions/day2.npz") as arrays:
        told, targets = np.isfinite(arrays["labels"]).all(axis=1), arrays["targets"]
        assert told.sum() == {
            "late:500": 0,
            "calibration-only:4": arrays["scored"][:80].sum(),
        }.get(labels, (arrays["scored"] & ~(arrays["start"] & (labels[0] == "i"))).sum())
        alike = np.array_equal(arrays["labels"][told], targets[told])
        assert alike is (labels != "inferred:.1")


def test_without_adapting_nothing_is_learnt(onward: Command, days: Path) -> None:
    options = ("--no-adapt", "--trials", "--opponents", "")
    assert onward("decode", days, *SMALL, *options, "--out", "out").code == 0
    scores = results("out")["scores"]
    assert list(scores) == ["decoder", "frozen"]
    with np.load("out/predictions/day2.npz") as arrays:
        assert arrays["start"].sum() == 10 and arrays["events"].shape[1] == 1


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--train", 0), "train to be a positive integer; got 0"),
        (("--guards", "loss=clip"), "guards to be default, or some of .*; got 'loss=clip'"),
        (("--train", 4), "more sessions than the 4 that train; got 4"),
        (("--seeds", 0), "seeds to be a positive integer; got 0"),
        (("--every", 0), "every to be a positive integer; got 0"),
        (("--hidden", 0), "hidden"),
        (("--learning-rate", 0), "learning_rate > 0; got 0.0"),
        (("--cell", "gur"), "a cell among .*; got 'gur'. Try 'mgu' or 'gru'"),
        (("--rule", "bppt"), "a rule among .*; got 'bppt'. Try 'bptt' or"),
        (("--optimizer", "adm"), "an optimizer among .*; got 'adm'"),
        (("--opponents", "ridge,rigde"), "an opponent among .*; got 'rigde'. Try 'ridge'"),
        (("--labels", "late:x"), "a number after the colon of labels; got 'late:x'"),
        (("--labels", "soon"), "a timing of labels among .*; got 'soon'"),
        (("--labels", "inferred", "--goal", "aim"), "a signal 'aim' in goal of day0.npz"),
        (("--labels", "inferred", "--position", "aim"), "a signal 'aim' in position of day0.npz"),
        (("--target", "force"), "a signal 'force' in target of day0.npz"),
        (("--bin", "soon"), "--bin of some milliseconds or seconds; got 'soon'"),
        (("--bin", "0ms"), "--bin of some milliseconds or seconds; got '0ms'"),
        (("--bin", "100ms"), "bins of 0.1 s in 'bin_s' of day0.npz; got 0.05 s"),
        (("--beyond", -1), "beyond to be a number > 0, or None; got -1.0"),
        (("--resume",), "--out with --resume; got none"),
        (("--out", "nothing", "--resume"), "a study to go on with, nothing/progress.json; got non"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(
    onward: Command, days: Path, options: tuple[Any, ...], expected: str
) -> None:
    assert_refused(onward("decode", days, *options), expected)
    assert not Path("nothing").exists() and not Path("runs").exists()


def test_widths_are_read_as_they_are_written(onward: Command, days: Path) -> None:
    for text in ("50ms", "50 MS", ".05", "0.05s", "5e-2 s"):
        found = onward("decode", days, "--train", 9, "--bin", text)
        assert_refused(found, "more sessions than the 9")


def test_recordings_that_do_not_fit_are_refused(onward: Command, tmp_path: Path) -> None:
    def refused(expected: str, *options: Any, **changes: Any) -> None:
        for day in (0, 1, 2):
            write(tmp_path, day, **(changes if day == 2 else {}))
        files = [tmp_path / f"day{day}.npz" for day in (0, 1, 2)]
        assert_refused(onward("decode", *files, "--train", 1, *options), expected)

    other = np.array([f"other {index}" for index in range(6)])
    refused("a channel in session 'day2' that session 'day0' has too", label=other)
    refused("bins of 0.05 s, as in 'day0', in bin_s of 'day2'; got 0.02 s", bin_s=0.02)
    refused("behaviour for 'velocity' in target of day2", velocity=None, position=None, target=None)
    refused("a label for each of 400 bins", velocity=np.zeros((9, 2)))
    refused("recordings in the order of time; got 'day2' of 2019", "--strict", date="2019-01-01")
    refused("trials in session 'day2', after which", "--labels", "after-trial", trial=None)
    refused(
        "a signal that is called 'goal', 'target_pos'.* in goal of day2.npz; got only 'velocity'",
        *("--labels", "inferred"),
        target=None,
    )
    refused("a position of shape .400, 1., as the goal has, in position of session 'day2'; got "
            ".400, 2.. Try", "--labels", "inferred", target=np.zeros(400))  # fmt: skip
    assert_refused(onward("decode", tmp_path / "none.npz"), "recordings that end in .*; got none")
    assert_refused(onward("decode", tmp_path / "a.npz", tmp_path / "b.npz"), "a file; got .*a.npz")


def test_a_folder_with_files_in_it_is_left_alone(onward: Command, days: Path) -> None:
    Path("out").mkdir()
    Path("out/mine").touch()
    assert_refused(onward("decode", days, "--out", "out"), "an empty folder out; got one with file")
    assert [one.name for one in Path("out").iterdir()] == ["mine"]


@pytest.mark.matrix
def test_files_out_of_order_are_sorted_and_told(onward: Command, days: Path) -> None:
    files = [days / f"day{day}.npz" for day in (2, 0, 1)]
    found = onward("decode", *files, *SMALL, "--out", "out")
    assert found.code == 0
    assert "note Expected recordings in the order of time; got 'day0' of" in found.out
    assert [one["name"] for one in results("out")["training"]] == ["day0", "day1"]


def test_nothing_heavy_is_read_before_the_recordings_have_been(days: Path) -> None:
    asked = [
        ("decode", "--help"),
        ("decode", "none.npz"),
        ("decode", str(days), "--train", "0"),
        ("decode", str(days), "--train", "9"),
        ("decode", str(days), "--labels", "late:x"),
        ("decode", str(days), "--labels", "inferred", "--goal", "aim"),
        ("decode", str(days), "--out", str(days)),
        ("decode", str(days), "--bin", "100ms"),
        ("decode", str(days), "--opponents", "rigde"),
    ]
    codes = [0, *[2] * (len(asked) - 1)]
    found = printed(*(f"print(call{arguments!r})" for arguments in asked))
    assert found == [str((code, [])) for code in codes]
