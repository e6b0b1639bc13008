"""What a user can get wrong: one sentence that helps, exit code 2, nothing written or lost."""

import re
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from small_runs import CHUNK, ROWS, example, files_in, write

from .conftest import Command, Result

pytestmark = pytest.mark.xdist_group("cli")


def contents(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in files_in(folder)}


def assert_refused(result: Result, expected: str) -> None:
    """In the form that every complaint has, and about the right thing."""
    assert result.code == 2
    assert "Traceback" not in result.out + result.err
    message = result.err.removeprefix("error ").removesuffix("\n")
    assert re.fullmatch(r"Expected .+; got .+[;.] [Tt]ry .+\.", message, re.DOTALL), message
    assert re.search(expected, message), message
    assert "\n" not in message and result.out == ""


def csv(**columns: Any) -> Callable[[Path], None]:
    return lambda path: pd.DataFrame(columns).to_csv(path, index=False)


def text(content: str) -> Callable[[Path], None]:
    return lambda path: path.write_text(content, encoding="utf-8") and None


MADE = ("made.npz", "--target", "u")

ARGUMENTS: dict[str, tuple[tuple[object, ...], str]] = {
    "unknown stream": (("cortx",), r"got 'cortx'; try 'cortex'"),
    "unknown file": (
        ("mad.npz", "--target", "u"),
        r"got mad\.npz, which does not exist; try 'made",
    ),
    "unknown folder": (("far/made.npz", "--target", "u"), r"whose folder does not exist"),
    "no target": (("made.npz",), r"got none; try one of 'a', 'b', 'c', 'u', 'v', 'kind'"),
    "unknown target": (("made.npz", "--target", "w"), r"a target column; got 'w'; try one of"),
    "empty target": (("made.npz", "--target", " , "), r"at least one target column; got an empty"),
    "target twice": (("made.npz", "--target", "u,u"), r"each target column once; got 'u' twice"),
    "unknown feature": ((*MADE, "--features", "x"), r"a feature column; got 'x'; try one of"),
    "target as feature": ((*MADE, "--features", "a,u"), r"got 'u' as both"),
    "unknown cell": (
        (*MADE, "--cell", "lstn"),
        r"rnn, gru, lstm, lru, .*; got 'lstn'\. Try 'lstm'",
    ),
    "unknown rule": ((*MADE, "--rule", "imediate"), r"got 'imediate'\. Try 'immediate'"),
    "unknown rule option": ((*MADE, "--rule", "tbptt:k=3"), r"got 'k=3'\. Try 'tbptt:window=10'"),
    "rule of blocks": ((*MADE, "--rule", "bptt"), r"got 'bptt', which credits blocks of samples"),
    "no number": ((*MADE, "--rule", "tbptt:window=x"), r"tbptt:window as int; got 'x'"),
    "decay": ((*MADE, "--rule", "eligibility-trace:decay=1.5"), r"0 <= decay < 1; got 1\.5"),
    "too many paths": ((*MADE, "--rule", "sparse-rtrl:k=99"), r"k <= 4, .* got k=99\. Try k=4"),
    "unknown optimizer": (
        (*MADE, "--optimizer", "adm"),
        r"adam, adagrad, lars, adafactor, intentional, overshooting-bounded; got 'adm'",
    ),
    "unknown loss": ((*MADE, "--loss", "squred"), r"got 'squred'\. Try 'squared'"),
    "loss of classes": (
        ("made.npz", "--target", "kind", "--loss", "huber"),
        r"for regression only.*got 'huber'",
    ),
    "loss of no loss": (("made.npz", "--target", "kind", "--loss", "x"), r"a loss among .*got 'x'"),
    "classes as numbers": (
        ("made.npz", "--target", "kind", "--task", "regression"),
        r"numbers to predict; got text in the target 'kind'",
    ),
    "numbers as classes": ((*MADE, "--task", "classification"), r"at most 100 classes"),
    "task of a built-in stream": (("sine", "--task", "classification"), r"the task 'regression'"),
    "target of a built-in stream": (("sine", "--target", "x"), r"a target of sine; got 'x'"),
    "unknown task": (
        (*MADE, "--task", "clasification"),
        r"a task among regression, .*Try 'classif",
    ),
    "unknown place": (
        (*MADE, "--missing", "median"),
        r"a value of --missing among mean, last, skip",
    ),
    "unknown owner": (
        (*MADE, "--weights", "both"),
        r"--weights among shared, own; got 'both'\. Try",
    ),
    "negative horizon": ((*MADE, "--horizon", "-1"), r"horizon >= 0; got -1"),
    "long horizon": ((*MADE, "--horizon", ROWS), rf"below the {ROWS} samples .* got {ROWS}"),
    "no warm-up": ((*MADE, "--warmup", 0), r"warmup >= 1; got 0"),
    "long warm-up": ((*MADE, "--warmup", ROWS), rf"below the {ROWS} samples .* --warmup 30"),
    "negative limit": ((*MADE, "--limit", "-5"), r"limit >= 2; got -5"),
    "no limit": ((*MADE, "--limit", 0), r"limit >= 2; got 0"),
    "one sample": ((*MADE, "--limit", 1), r"limit >= 2; got 1"),
    "negative rate": ((*MADE, "--learning-rate", "-0.1"), r"learning rate >= 0; got -0\.1"),
    "no rate": ((*MADE, "--learning-rate", "nan"), r"a finite learning rate >= 0; got nan"),
    "endless rate": ((*MADE, "--learning-rate", "inf"), r"a finite learning rate >= 0; got inf"),
    "negative seed": (("sine", "--seed", "-1"), r"seed >= 0; got -1"),
    "large seed": ((*MADE, "--seed", 2**32), r"seed < 2\*\*32; got 4294967296"),
    "huge seed": (("sine", "--seed", 2**70), r"seed < 2\*\*32; got 1180591620717411303424"),
    "resume of nothing": ((*MADE, "--resume"), r"--out with --resume; got none"),
    "resume elsewhere": ((*MADE, "--resume", "--out", "new"), r"a checkpoint at new/.*got no file"),
    "out is a file": ((*MADE, "--out", "made.npz"), r"an empty folder made\.npz; got a file"),
    "out below a file": ((*MADE, "--out", "made.npz/x"), r"written to; got made\.npz/x \(Not a"),
    "out is not empty": ((*MADE, "--out", "mine"), r"folder mine; got one with files in it"),
    "out is here": ((*MADE, "--out", "."), r"folder \.; got one with files in it"),
}


@pytest.mark.parametrize("case", ARGUMENTS)
def test_a_wrong_argument_is_refused(run: Command, tmp_path: Path, case: str) -> None:
    write(tmp_path / "made.npz", example())
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("all of it")
    before = contents(tmp_path)
    arguments, expected = ARGUMENTS[case]
    assert_refused(run(*arguments), expected)
    assert contents(tmp_path) == before and not (tmp_path / "runs").exists()
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("size", [0, -3])
def test_a_size_below_one_is_refused(onward: Command, tmp_path: Path, size: int) -> None:
    assert_refused(onward("run", "sine", "--size", size), rf"size >= 1; got {size}\. Try size=1")
    assert not files_in(tmp_path)


def test_an_unknown_learner_is_refused(onward: Command, tmp_path: Path) -> None:
    wanted = r"a learner among mixture, network; got 'mix'\. Try 'mixture'"
    assert_refused(onward("run", "sine", "--learner", "mix"), wanted)
    assert not files_in(tmp_path)


FILES: dict[str, tuple[Callable[[Path], None], str]] = {
    "empty": (text(""), r"a file with rows; got made\.csv, which is empty"),
    "header only": (text("a,y\n"), r"at least 2 rows in made\.csv; got a header without rows"),
    "one row": (text("a,y\n1,2\n"), r"at least 2 rows in made\.csv; got 1 row"),
    "text among numbers": (
        text("a,y\n" + "1.5,2.5\n" * 3000 + "oops,1\n"),
        r"numbers in the column 'a'; got 'oops' in row 3001",
    ),
    "text among labels": (
        text("a,y\n" + "1.5,2.5\n" * 3000 + "1,oops\n"),
        r"numbers in the column 'y'; got 'oops' in row 3001",
    ),
    "one class": (csv(a=range(9), y=["x"] * 9), r"at least 2 classes .* got only 'x'"),
    "no label": (csv(a=range(9), y=[np.nan] * 9), r"values in the target 'y'; got a missing label"),
    "names twice": (
        text("a,a,y\n1,2,3\n4,5,6\n"),
        r"every column name once; got 'a' more than once",
    ),
    "spaces": (text("a b y\n1 2 3\n4 5 6\n"), r"separated by a comma, .* got one column 'a b y'"),
    "a longer row": (text("a,y\n1,2\n3,4,5\n"), r"a readable CSV file; got made\.csv"),
}


@pytest.mark.parametrize("case", FILES)
def test_a_file_that_cannot_be_learnt_from_is_refused(
    run: Command, tmp_path: Path, case: str
) -> None:
    make, expected = FILES[case]
    make(tmp_path / "made.csv")
    assert_refused(run("made.csv", "--target", "y"), expected)
    assert files_in(tmp_path) == ["made.csv"] and not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("run", "sine", "--size", "many"), "--size"),
        (("run", "sine", "--sise", "4"), "--size"),
        (("run",), "Missing argument"),
        (("rnu",), "No such command 'rnu'"),
    ],
)
def test_a_command_line_that_cannot_be_read_is_refused(
    onward: Command, tmp_path: Path, arguments: tuple[str, ...], expected: str
) -> None:
    result = onward(*arguments)
    assert result.code == 2 and expected in result.err and "Usage: " in result.err
    assert "Traceback" not in result.out + result.err and not files_in(tmp_path)


def test_a_network_that_cannot_fit_is_refused_before_it_is_made(
    onward: Command, tmp_path: Path
) -> None:
    """Its weights alone would take 1.6 GB, and its influence matrix tens of terabytes."""
    began, peak = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    options = ("--horizon", 0, "--limit", 300, "--cell", "rnn", "--size", 20000, "--rule", "rtrl")
    result = onward("run", "sine", *options)
    assert_refused(
        result,
        r"^Expected at most [\d.]+ .B, the free memory; got 64\.\d TB \(.*what the rule carries, "
        r"now and next 64\.\d TB.*\)\. Try the Immediate rule, SparseRTRL\(support='shared'\), a "
        r"smaller hidden size\.$",
    )
    assert time.monotonic() - began < 60
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak < 400_000
    assert not files_in(tmp_path)


def test_another_configuration_is_not_resumed(run: Command, tmp_path: Path) -> None:
    write(tmp_path / "made.npz", example(2 * CHUNK))
    options = (*MADE, "--warmup", CHUNK, "--optimizer", "rmsprop", "--out", "out")
    assert run(*options).code == 0
    before = contents(tmp_path)
    refused = run(*options, "--resume", "--seed", 3)
    assert_refused(refused, r"holds \(seed=0\); got seed=3\. Try the same options as before")
    changed = example(2 * CHUNK)
    changed["b"][1] += 1
    write(tmp_path / "made.npz", changed)
    assert_refused(run(*options, "--resume"), r"the 100 rows of made .* to be as they were")
    write(tmp_path / "made.npz", example(2 * CHUNK))
    assert_refused(run(*options), r"Try another --out, or --resume to go on")
    assert contents(tmp_path) == before
    file = tmp_path / "out" / "checkpoint" / "state.safetensors"
    file.write_bytes(file.read_bytes()[:-100])
    assert_refused(run(*options, "--resume"), r"a checkpoint at .*; got a file that cannot be read")


def test_a_full_disk_is_told_in_a_sentence(
    run: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import errno
    import os

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    write(tmp_path / "made.npz", example(2 * CHUNK))
    monkeypatch.setattr("onward.storing.store.write", full)
    result = run(*MADE, "--warmup", CHUNK, "--optimizer", "rmsprop")
    assert result.code == 2 and "Traceback" not in result.err
    assert "No space left on device" in result.err and result.err.startswith("error Expected ")
