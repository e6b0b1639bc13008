"""What the command line tells before anything is run."""

import dataclasses
from pathlib import Path

import pytest

from docs.rules_and_cells import page, pairs
from onward.cli.info_text import exactness_lines
from onward.cli.told import Facts, arguments
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


def test_the_page_of_pairs_is_what_would_be_written_now() -> None:
    assert page() == PAGE.read_text("utf-8"), f"{PAGE.name} is stale: make docs"


def below(out: str, rule: str) -> str:
    """What is said of a rule: its row, and those after it without a name."""
    first, *rest = out[out.index(f"\n {rule} ") + 1 :].splitlines()
    count = next(index for index, line in enumerate(rest) if not line.startswith("   "))
    return " ".join(" ".join([first, *rest[:count]]).split())


REASONS = {"1": "Expected no gates; got a [red] gate. Try an RNN.", "2": "Expected x; got y."}


def test_cells_refused_for_the_same_reason_share_its_line() -> None:
    kinds = {
        "rnn": "unbiased",
        "gru": "1",
        "lstm": "2",
        "mgu": "1",
        "lru": "exact",
        "s5": "unbiased",
    }
    assert exactness_lines(kinds, REASONS) == [
        "exact: lru",
        f"impossible: gru, mgu. {REASONS['1']}",
        f"impossible: lstm. {REASONS['2']}",
        "unbiased: every other cell",
    ]
    assert exactness_lines({"gru": "1"}, REASONS) == [f"impossible: gru. {REASONS['1']}"]
    told = Facts({}, {"picky": kinds}, REASONS)
    _, _, row, _, *reasons = pairs(told)
    assert row == "| picky | **unbiased** | 1 | 2 | 1 | **exact** | **unbiased** |"
    assert reasons == [f"1. {REASONS['1']}", f"2. {REASONS['2']}"]


@pytest.mark.parametrize("columns", [60, 100, 200])
def test_all_fits_and_no_name_is_cut(onward: Command, columns: int, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    listed = {"info": (*CELLS, *RULES), "streams": [row.name for row in builtin_streams()]}
    for command, names in listed.items():
        out = onward(command).out
        assert max(map(len, out.splitlines())) <= max(columns, 64) and "…" not in out
        first = {line.split()[0] for line in out.splitlines() if line.strip()}
        assert not set(names) - first


def test_one_cell_is_told_in_full(onward: Command) -> None:
    told = onward("info", "LRU")
    assert told.code == 0 and not told.err
    out = " ".join(told.out.split())
    for words in (
        "Linear recurrent unit: s_t = λ ∘ s_{t-1}",
        "λ = exp(-exp(ν) + i exp(θ)), B = B_re + i B_im Emits",
        "onward run STREAM --cell lru",
        "parameters n, n, n, n·m, n·m",
        "17.9 kB carried by exact RTRL",
        "maximum_radius, in Python largest |λ|, below 1.",
        "exact rtrl, sparse-rtrl, eprop, rflo, snap unbiased uoro biased frozen,",
        "impossible kf-rtrl, optimal-kronecker. Expected a cell whose immediate_gradient",
    ):
        assert words in out
    assert "hidden_size" not in out


def test_one_rule_is_told_in_full_with_its_options(onward: Command) -> None:
    out = " ".join(onward("info", "sparse_rtrl").out.split())
    assert "onward run STREAM --rule sparse-rtrl:k=4 cost a sample time k·n·p" in out
    assert "k=4 kept entries per row. selection=random" in out and "exact every other cell" in out
    out = " ".join(onward("info", "shadowed").out.split())
    assert "--rule shadowed:rule=(immediate)" in out and "shadow=(rtrl) is compared with" in out
    for rule in RULES.values():
        assert set(arguments(rule)) == {field.name for field in dataclasses.fields(rule)}


def test_an_unknown_name_is_told(onward: Command) -> None:
    result = onward("info", "grru")
    assert result.code == 2 and "got 'grru'. Try 'gru'" in result.err


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
    "--task": "regression or classification",
    "--horizon": "the label comes then",
    "--no-feedback": "newest label",
    "--series": "interleaved series",
    "--weights": "shared by all, or own",
    "--phases": "the report compares",
    "--valid": "left out",
    "--gap": "begins a sequence",
    "--calendar": "time of day",
    "--missing-code": "may be repeated",
    "--missing": "its mean or its last value",
    "--mask": "which features are missing",
    "--separator": "found out",
    "--decimal": "found out",
    "--no-header": "column names",
    "--reverse": "last row",
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
