"""What the command line tells before anything is run."""

from pathlib import Path

import numpy as np
import pytest

from catalogue import make_cell
from onward import GRU, LRU, LSTM, RTRL, EligibilityTrace, HeadSparse, ImpossiblePairError
from onward.cli.info import exactness_lines
from onward.cli.info_page import pairs
from onward.optimizers import OPTIMIZERS
from onward.runs import CELLS, RULES
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
        assert name in first and rule.cost in result.out
    assert "exact: every cell" in below(result.out, "rtrl")
    assert "biased: every cell" in below(result.out, "immediate")
    sparse = below(result.out, "sparse-rtrl")
    assert "biased: rnn, gru, lstm, " in sparse and "exact: every other cell" in sparse


PAGE = Path(__file__).parents[2] / "docs" / "reference" / "rules-and-cells.md"


def test_the_page_of_pairs_is_what_the_code_would_print_now(onward: Command) -> None:
    result = onward("info", "--markdown")
    assert result.code == 0 and not result.err
    assert result.out == PAGE.read_text("utf-8"), f"{PAGE.name} is stale: make docs"


def below(out: str, rule: str) -> str:
    """What is said of a rule: its row, and those after it without a name."""
    first, *rest = out[out.index(f"\n {rule} ") + 1 :].splitlines()
    count = next(index for index, line in enumerate(rest) if not line.startswith("   "))
    return " ".join(" ".join([first, *rest[:count]]).split())


class Picky(EligibilityTrace):
    """Exact on an LRU, impossible on gated cells for two reasons, unbiased elsewhere."""

    def refuse(self, cell):
        if isinstance(cell, GRU | LSTM):
            got = "a [red] gate" if isinstance(cell, GRU) else "two slots"
            raise ImpossiblePairError(f"Expected no gates; got {got}. Try an RNN.")

    def exactness(self, cell):
        return "exact" if isinstance(cell, LRU) else "unbiased"


def test_cells_refused_for_the_same_reason_share_its_number() -> None:
    members = {name: make_cell(name, dtype=np.float32) for name in ("rnn", "gru", "lru")}
    header, _, picky, heads, _, *reasons = pairs(members, {"picky": Picky, "heads": HeadSparse})
    assert header == "|  | rnn | gru | lru |"
    assert picky == "| picky | **unbiased** | 1 | **exact** |"
    assert heads == "| heads | 2 | 2 | 2 |"
    assert reasons[0] == "1. Expected no gates; got a [red] gate. Try an RNN."
    assert len(reasons) == 2 and "got this cell" in reasons[1]


@pytest.mark.parametrize("columns", [100, 200])
def test_impossible_pairs_have_their_reasons_and_all_fits(onward, columns, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr("onward.cli.info.RULES", {"picky": Picky, "rtrl": RTRL})
    out = onward("info").out
    assert max(map(len, out.splitlines())) <= columns
    assert below(out, "picky") == (
        "picky time p, memory p exact: lru impossible: gru. Expected no gates; got a [red] gate. "
        "Try an RNN. impossible: lstm. Expected no gates; got two slots. Try an RNN. "
        "unbiased: every other cell"
    )


def test_a_rule_that_is_possible_nowhere_says_so() -> None:
    members = {"gru": make_cell("gru", dtype=np.float32)}
    (line,) = exactness_lines(Picky(), members)
    assert line == "impossible: gru. Expected no gates; got a [red] gate. Try an RNN."


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
    "--optimizer": f"auto, {', '.join(list(OPTIMIZERS)[:-1])} or {list(OPTIMIZERS)[-1]}.",
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
