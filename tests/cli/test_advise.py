"""`onward advise`, from a stream to a table, sentences and figures."""

import json
import re
import shlex
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from matrix import left
from onward.advice.candidates import candidates
from onward.cli.advise import seconds
from onward.cli.advising import progress
from small_runs import ROWS, example, files_in, write

from .conftest import Command, Result
from .test_refused import assert_refused

pytestmark = pytest.mark.xdist_group("cli")

FIGURES = [
    "alignment.png",
    "credit-horizon.png",
    "gradient-norms.png",
    "self-propagation.png",
    "spectrum.png",
]
RULES = ("readout-only", "immediate", "rtrl")
SMALL = ("--cell", "rnn", "--size", 4)


def few(cell):
    return tuple(one for one in candidates(cell) if one.name in RULES)


@pytest.fixture
def advise(onward: Command, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Call `onward advise` for a small network, with few settings and rules."""
    monkeypatch.setattr("onward.advice.contest.SETTINGS", {"rmsprop": (3e-3,)})
    monkeypatch.setattr("onward.advice.race.RATES", (2e-3,))
    monkeypatch.setattr("onward.advice.contest.candidates", few)
    monkeypatch.setattr("onward.advice.diagnoses.candidates", few)
    return lambda *arguments: onward("advise", *arguments, *SMALL)


# A network alone compiles in a third of the time of all members.
@pytest.mark.parametrize(
    "recommended", [pytest.param(("--learner", "network"), id="alone"), left((), id="as it stands")]
)
def test_a_file_is_judged_and_the_folder_is_whole(
    advise: Command, onward: Command, tmp_path: Path, recommended: tuple[str, ...]
) -> None:
    weights = np.arange(ROWS) % 3
    write(tmp_path / "made.npz", {**example(), "trial": np.arange(ROWS) // 40, "w": weights})
    options = ("--target", "u", "--features", "a,b", "--horizon", 2, "--no-feedback", "--seed", 3)
    result = advise("made.npz", *options, "--start", "trial", "--weight", "w", "--out", "out")
    assert result.code == 0
    assert re.match(r"This takes about \d+ s; --budget sets a limit\.\n", result.err)
    assert_told(result)
    assert files_in(tmp_path / "out") == sorted([*FIGURES, "advice.json"])
    assert all((tmp_path / "out" / name).read_bytes()[:4] == b"\x89PNG" for name in FIGURES)
    found = json.loads((tmp_path / "out" / "advice.json").read_text("utf-8"))
    assert (found["rows"], found["horizon"], found["config"]["seed"]) == (ROWS, 2, 3)
    assert found["stream"]["feature_names"] == ["a", "b"]
    assert "time" not in found and "seconds" not in json.dumps(found)
    command = shlex.split(found["command"])
    given = [
        "made.npz",
        "--target",
        "u",
        "--features",
        "a,b",
        "--start",
        "trial",
        "--weight",
        "w",
        "--horizon",
        "2",
        "--no-feedback",
        "--cell",
        "rnn",
        "--size",
        "4",
    ]
    assert command[: 2 + len(given)] == ["onward", "run", *given]
    assert found["command"] in result.out
    passed = onward(*command[1:], *recommended, "--out", "passed")
    assert passed.code == 0, passed.err


def assert_told(result: Result) -> None:
    """A row for every rule, and the sentences."""
    lines = [" ".join(line.split()) for line in result.out.splitlines()]
    for opponent in ("last label", "running mean", "linear (RLS)"):
        assert (
            sum(re.match(rf"{re.escape(opponent)} -?\d", line) is not None for line in lines) == 1
        )
    for rule in RULES:
        assert sum(line.startswith(f"{rule} rmsprop 0.003 ") for line in lines) == 1
    told = [line.removeprefix("• ") for line in lines if line.startswith("• ")]
    for beginning in ("Propagation is ", "Use ", "Decay ", "Optimizer: ", "Credit ", "Spectrum: "):
        assert sum(line.startswith(beginning) for line in told) == 1


ARGUMENTS = {
    "unknown stream": (("cortx",), r"got 'cortx'; try 'cortex'"),
    "no target": (("made.npz",), r"got none; try one of"),
    "unknown cell": (("sine", "--cell", "gur"), r"got 'gur'\. Try .*'gru'"),
    "no time": (("sine", "--budget", "0s"), r"a budget of time above 0; got '0s'\. Try --budget 6"),
    "unknown unit": (("sine", "--budget", "1 week"), r"time above 0; got '1 week'"),
    "few samples": (("sine", "--limit", 203), r"at least 204 samples to judge rules by; got 203"),
    "long horizon": (("sine", "--horizon", 9999, "--limit", 300), r"a horizon below the 300 samp"),
    "out is a file": (("sine", "--out", "made.npz"), r"an empty folder made\.npz; got a file"),
    "out is not empty": (("sine", "--out", "."), r"folder \.; got one with files in it"),
    "out below a file": (("sine", "--out", "made.npz/x"), r"written to; got made\.npz/x \(Not a"),
    "too large": (("sine", "--cell", "rnn", "--size", 300_000), r"at most .* the free memory; got"),
}


@pytest.mark.parametrize("case", ARGUMENTS)
def test_a_wrong_argument_is_refused(onward: Command, tmp_path: Path, case: str) -> None:
    write(tmp_path / "made.npz", example())
    arguments, expected = ARGUMENTS[case]
    assert_refused(onward("advise", *arguments), expected)
    assert files_in(tmp_path) == ["made.npz"]


def test_a_line_tells_every_ten_seconds_how_far_it_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = iter((0, 1, 4, 5, 12, 13, 30))
    monkeypatch.setattr("onward.cli.advising.time.monotonic", lambda: next(now))
    with progress(Console()) as show:
        show("immediate", None)
        for left in (296.0, 290.0, 33.0, 31.0, 4.0):
            show("rtrl", left)
    out, err = capsys.readouterr()
    assert out == "" and err.splitlines() == [
        "This takes about 5 min; --budget sets a limit.",
        "12 s: rtrl, about 35 s left",
        "30 s: rtrl, about 5 s left",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("60s", 60), ("60", 60), ("1.5 min", 90), ("2m", 120), ("1h", 3600)],
)
def test_a_budget_is_a_time(text: str, expected: float) -> None:
    assert seconds(text) == expected
