"""`--start` and `--weight` on the command line."""

from pathlib import Path

import numpy as np
import pytest

from small_runs import ROWS, column, config_of, example, finished, metrics, predictions, write

from .conftest import Command
from .test_refused import assert_refused

pytestmark = pytest.mark.xdist_group("cli")

ROLES = ("--start", "trial", "--weight", "w")


@pytest.fixture(autouse=True)
def made(tmp_path: Path) -> None:
    roles = {"trial": np.arange(ROWS) // 40, "w": np.arange(ROWS) % 3}
    write(tmp_path / "made.npz", {**example(), **roles})


def test_a_run_is_told_both_and_tells_how_many_began(run: Command, tmp_path: Path) -> None:
    given = ("--target", "u,v", "--features", "a,b,c", "--warmup", 50, "--optimizer", "rmsprop")
    result = run("made.npz", *given, *ROLES, "--out", "out")
    assert result.code == 0, result.err
    assert (
        "8 sequences began, one with the first sample and one with each change of 'trial'"
        in result.out
    )
    found = metrics(tmp_path / "out")
    assert found["counts"]["sequences"] == 8
    assert (found["config"]["start"], found["config"]["weight"]) == ("trial", "w")
    assert "sequences" in (tmp_path / "out" / "report.html").read_text("utf-8")
    finished(config_of(tmp_path / "made.npz", start="trial", weight="w"), tmp_path / "expected")
    made = [column(predictions(tmp_path / name), "onward") for name in ("out", "expected")]
    np.testing.assert_array_equal(*made)
    result = run("made.npz", *given, "--limit", 100, "--out", "plain")
    assert result.code == 0 and "sequences" not in result.out


@pytest.mark.parametrize("command", ["run", "advise"])
@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("made.npz", "--target", "u", "--start", "trail"), "a start column; got 'trail'; try 'tr"),
        (("made.npz", "--target", "u", "--weight", "W2"), "a weight column; got 'W2'; try 'w'"),
        (("made.npz", "--target", "u", "--weight", "a"), "weights >= 0 in the column 'a'; got -"),
        (("made.npz", "--target", "u", "--start", "u"), "that is no target; got 'u' as both"),
        (("sine", "--start", "trial"), "a start column of a file; got 'trial' for the built-in"),
        (("sine", "--weight", "w"), "a weight column of a file; got 'w' for the built-in"),
    ],
)
def test_columns_that_do_not_fit_are_refused_in_a_sentence(
    onward: Command, command: str, arguments: tuple[str, ...], expected: str
) -> None:
    assert_refused(onward(command, *arguments), expected)
