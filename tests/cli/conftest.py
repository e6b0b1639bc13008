"""The command line, called in this process and in a folder of its own."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from onward.cli import main
from small_runs import SIZE, single_precision, small_chunks

__all__ = ["single_precision", "small_chunks"]


class Result(NamedTuple):
    """What a command left: its exit code, and what it wrote."""

    code: int
    out: str
    err: str


Command = Callable[..., Result]


@pytest.fixture(autouse=True)
def as_for_a_user(
    single_precision: None,
    small_chunks: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")


@pytest.fixture
def onward(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Call `onward` with these arguments."""

    def call(*arguments: object) -> Result:
        monkeypatch.setattr(sys, "argv", ["onward", *map(str, arguments)])
        capsys.readouterr()
        code = 0
        try:
            main()
        except SystemExit as ended:
            code = ended.code or 0
        return Result(code, *capsys.readouterr())

    return call


@pytest.fixture
def run(onward: Command) -> Command:
    """Call `onward run` for a small network alone."""
    return lambda *arguments: onward("run", *arguments, "--learner", "network", "--size", SIZE)
