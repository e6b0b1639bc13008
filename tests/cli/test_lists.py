"""What the command line tells before anything is run."""

import pytest

from onward.experiments import CELLS, RULES
from onward.streams import builtin_streams

from .conftest import Command


def test_every_stream_is_listed_with_its_size(onward: Command) -> None:
    result = onward("streams")
    assert result.code == 0 and not result.err
    lines = {line.split()[0]: line for line in result.out.splitlines() if line.strip()}
    for stream in builtin_streams():
        line = lines[stream.name]
        assert stream.task in line and f"{stream.rows:,}" in line and stream.origin in line
        assert f"{stream.features} → {stream.targets}" in line
    assert "onward run data.csv --target COLUMN" in result.out


def test_every_cell_and_rule_is_listed_with_what_it_costs(onward: Command) -> None:
    result = onward("info")
    assert result.code == 0 and not result.err
    rows = [line.split() for line in result.out.splitlines() if line.strip()]
    first = {row[0]: row for row in rows}
    for name, cell in CELLS.items():
        assert first[name][-5:] == (cell.__doc__ or "").split("\n")[0].split()[-5:]
    assert "3·n·n, 3·n·m, 4·n" in result.out
    assert ("rmsprop" in first["gru"], "sgd" in first["lstm"]) == (True, True)
    for name, rule in RULES.items():
        assert rule.cost in result.out
        stated = first[name][-len(CELLS) :]
        assert set(stated) <= {"exact", "biased", "unbiased", "impossible"}
    assert first["rtrl"][-len(CELLS) :] == ["exact"] * len(CELLS)
    assert first["immediate"][-len(CELLS) :] == ["biased"] * len(CELLS)


@pytest.mark.parametrize("arguments", [("--help",), ()])
def test_the_commands_are_told(onward: Command, arguments: tuple[str, ...]) -> None:
    result = onward(*arguments)
    assert result.code == (0 if arguments else 2)
    for word in ("run", "streams", "info", "online, one sample at a time"):
        assert word in result.out
    assert "Traceback" not in result.out + result.err


OPTIONS = {
    "--target": "COL[,COL]",
    "--features": "Columns to predict from",
    "--task": "regression|classification",
    "--horizon": "the label arrives then",
    "--no-feedback": "newest label",
    "--cell": "onward info",
    "--size": "default: 64",
    "--rule": "sparse-rtrl:k=4",
    "--loss": "squared, absolute, huber or poisson",
    "--optimizer": "auto, sgd, momentum, rmsprop, adam or adagrad",
    "--learning-rate": "default if not given",
    "--seed": "synthetic streams",
    "--warmup": "frozen twin",
    "--limit": "only the first",
    "--out": "runs/STREAM-N",
    "--resume": "Go on with the run in --out",
}


def test_every_option_of_a_run_is_explained(onward: Command) -> None:
    result = onward("run", "--help")
    assert result.code == 0
    lines = result.out.splitlines()
    for option, words in OPTIONS.items():
        line = next(line for line in lines if f"{option} " in line)
        assert words in line
    assert "onward streams" in result.out
