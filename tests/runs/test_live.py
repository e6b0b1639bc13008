"""Rows of standard input: as a run over them as a file, however they come."""

import io
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from matrix import left
from onward.runs import Origin, Plan, Run, RunConfig
from onward.storing.store import CheckpointError
from onward.streams import StreamError
from onward.streams.live import Pipe
from small_runs import (
    CHUNK,
    KINDS,
    REGRESSION,
    SIZE,
    config_of,
    finished,
    metrics,
    predictions,
    with_gaps,
)

# Not at the end of a chunk.
WARMUP = 73
pytestmark = pytest.mark.xdist_group("experiments")


def text(rows: slice = slice(None)) -> bytes:
    """Rows of the example as CSV, with a time."""
    frame = pd.DataFrame(with_gaps())
    frame.insert(0, "when", pd.date_range("2024-03-01", periods=len(frame), freq="10min"))
    return frame[rows].to_csv(index=False).encode()


def in_bursts(data: bytes, seed: int) -> Pipe:
    """The bytes in blocks of any length."""
    source, random = io.BytesIO(data), np.random.default_rng(seed)
    return Pipe(lambda: source.read(int(random.choice([7, 100, 3_000]))))


def live(**changes: Any) -> RunConfig:
    return config_of(Path("-"), **{"horizon": 2, "warmup": WARMUP, **changes})


def told(lines: list[Mapping[str, np.ndarray]]) -> Callable[..., None]:
    return lambda first, chunk, made: lines.append(made)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("live")


@pytest.fixture
def whole(kept: Path) -> Path:
    """The run over the file, made by the first test that asks for it."""
    if not (kept / "whole").exists():
        (kept / "made.csv").write_bytes(text())
        finished(config_of(kept / "made.csv", horizon=2, warmup=WARMUP), kept / "whole")
    return kept / "whole"


def assert_same_predictions(folder: Path, expected: Path) -> None:
    pd.testing.assert_frame_equal(predictions(folder), predictions(expected), check_exact=True)
    found, wanted = metrics(folder), metrics(expected)
    for name in ("learners", "rolling", "gain", "counts", "complete"):
        assert found[name] == wanted[name], name


@pytest.mark.matrix
@pytest.mark.parametrize("seed", [0, left(1)])
def test_bursts_are_predicted_as_the_file_is(tmp_path: Path, whole: Path, seed: int) -> None:
    lines: list[Mapping[str, np.ndarray]] = []
    run = Run(live(), tmp_path / "out", pipe=in_bursts(text(), seed))
    run(tell=told(lines))
    assert_same_predictions(tmp_path / "out", whole)
    assert len({len(made["onward"]) for made in lines}) > 1
    later = predictions(tmp_path / "out")
    for name, column in (("onward", "onward"), ("low", "onward low"), ("high", "onward high")):
        made = np.concatenate([line[name] for line in lines])
        columns = [f"{column}:{target}" for target in REGRESSION]
        np.testing.assert_array_equal(made[:-2], later[columns].to_numpy()[2:])
        assert np.isfinite(made[-100:]).all()


@pytest.mark.parametrize("again", ["all", left("those after")])
def test_a_stopped_pass_goes_on(tmp_path: Path, whole: Path, again: str) -> None:
    first = Run(live(), tmp_path / "out", pipe=in_bursts(text(), 0))
    found = first(stop=lambda: first.contest.row > 120)
    row = found["counts"]["samples"]
    assert not found["complete"] and row < 200
    data = text() if again == "all" else text(slice(row, None))
    run = Run(live(), tmp_path / "out", resume=True, pipe=in_bursts(data, 3))
    run()
    assert_same_predictions(tmp_path / "out", whole)


@pytest.mark.matrix
def test_a_pass_killed_outright_goes_on(tmp_path: Path, whole: Path) -> None:
    run = Run(live(), tmp_path / "out", pipe=in_bursts(text(), 0))

    def killed(first: int, *_: Any) -> None:
        if first > 200:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(tell=killed, checkpoint_seconds=-1)
    Run(live(), tmp_path / "out", resume=True, pipe=in_bursts(text(), 3))()
    assert_same_predictions(tmp_path / "out", whole)


def test_rows_that_begin_alike_and_go_on_otherwise_are_refused(tmp_path: Path) -> None:
    Run(live(), tmp_path / "out", pipe=in_bursts(text(), 0))()
    lines = text().splitlines(keepends=True)
    lines[150] = lines[149]
    run = Run(live(), tmp_path / "out", resume=True, pipe=in_bursts(b"".join(lines), 0))
    with pytest.raises(CheckpointError, match="got the same first rows and others after them"):
        run()


@pytest.mark.matrix
def test_all_rows_again_change_nothing(tmp_path: Path, whole: Path) -> None:
    Run(live(), tmp_path / "out", pipe=in_bursts(text(), 0))()
    Run(live(), tmp_path / "out", resume=True, pipe=in_bursts(text(), 0))()
    assert_same_predictions(tmp_path / "out", whole)


def test_what_is_no_row_is_passed_over_and_counted(tmp_path: Path, whole: Path) -> None:
    lines = text().splitlines(keepends=True)
    lines[20:20] = [b"1,2\n", b"\xff\xfe\n", b"\n"]
    run = Run(live(), tmp_path / "out", pipe=in_bursts(b"".join(lines), 0))
    run()
    assert_same_predictions(tmp_path / "out", whole)
    (note,) = run.rows.notes
    assert note == (
        "Passed over 2 lines that are no rows; the first is line 21: 2 cells for 7 columns."
    )


def json_lines(frame: pd.DataFrame) -> bytes:
    def cells(row: Any) -> Iterator[tuple[str, Any]]:
        for name, cell in row._asdict().items():
            if cell == cell and cell != "":
                yield name, cell if isinstance(cell, str) else float(cell)

    return "\n".join(json.dumps(dict(cells(row))) for row in frame.itertuples(index=False)).encode()


def test_classes_of_json_lines_are_those_of_the_file(tmp_path: Path) -> None:
    frame = pd.DataFrame(with_gaps())
    frame.loc[0, ["u", "v"]], frame.loc[0, "kind"] = 0.0, "low"
    frame = frame.replace({np.inf: 1e30, -np.inf: -1e30})
    frame.to_csv(tmp_path / "made.csv", index=False)
    finished(config_of(tmp_path / "made.csv", ("kind",), warmup=WARMUP), tmp_path / "whole")
    config = live(target=("kind",), task="classification", classes=KINDS, horizon=None)
    Run(config, tmp_path / "out", pipe=in_bursts(json_lines(frame), 0))()
    assert_same_predictions(tmp_path / "out", tmp_path / "whole")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"series": "w"}, "Expected a series column; got 'w'"),
        ({"phases": "w"}, "Expected a phases column; got 'w'"),
        ({"valid": "w"}, "Expected a valid column; got 'w'; try one of 'when', 'a', "),
        ({"valid": "a"}, "Expected truth values, or 0 and 1, in the column 'a' of valid rows"),
        ({"reverse": True}, "Expected rows of standard input in the order in which they come; "),
        ({"target": ("w",)}, "Expected a target column; got 'w'"),
        ({"task": "classification", "target": ("kind",)}, "Expected the classes of a live stream"),
        ({"features": ("a", "when")}, "Expected features of numbers; got timestamps in the"),
    ],
)
def test_what_one_row_cannot_tell_is_refused(
    tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(StreamError) as error:
        Run(live(**changes), tmp_path / "out", pipe=in_bursts(text(), 0))
    assert str(error.value).startswith(message)


def test_nothing_at_all_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StreamError, match=r"^Expected rows on standard input; got none"):
        Run(live(), tmp_path / "out", pipe=in_bursts(b"a,b,c,u,v\n", 0))


def test_a_silent_input_can_be_left(tmp_path: Path) -> None:
    silent = threading.Event()
    with pytest.raises(KeyboardInterrupt):
        Run(live(), tmp_path / "out", pipe=Pipe(lambda: silent.wait() and b""), stop=lambda: True)
    silent.set()


def test_classes_are_for_standard_input() -> None:
    with pytest.raises(ValueError, match=r"^Expected classes for standard input only"):
        RunConfig("sine", classes=("a", "b"))
    assert RunConfig("-", classes=("a", "b"), size=SIZE, limit=CHUNK).classes == ("a", "b")


SHOPS = tuple("QABCDEFGHIJ")
CYCLES = ("hour", "weekday", "yearday")


def shops(rows: slice = slice(None)) -> bytes:
    """Rows of eleven series, whose last ones come late; some rows do not count."""
    frame = pd.DataFrame(with_gaps()).drop(columns="kind")
    random = np.random.default_rng(4)
    known = 1 + np.arange(len(frame)) // 25
    frame["shop"] = [SHOPS[random.integers(min(count, len(SHOPS)))] for count in known]
    frame.loc[4:6, "shop"] = ""
    frame["season"] = np.where(np.arange(len(frame)) // 60 % 2, "wet", "dry")
    frame["counts"] = random.random(len(frame)) < 0.9
    frame.insert(0, "when", pd.date_range("2024-03-01", periods=len(frame), freq="31h"))
    return frame[rows].to_csv(index=False).encode()


@pytest.mark.parametrize("weights", [left("shared"), "own"])
def test_series_that_come_by_and_by_are_those_of_the_file(tmp_path: Path, weights: str) -> None:
    changes: dict[str, Any] = {"series": "shop", "phases": "season", "valid": "counts"}
    changes |= {"weights": weights, "calendar": CYCLES, "seeds": 2 if weights == "own" else 1}
    (tmp_path / "made.csv").write_bytes(shops())
    config = config_of(tmp_path / "made.csv", horizon=2, warmup=WARMUP, **changes)
    finished(config, tmp_path / "whole")
    assert Plan.of(live(), config.open().info).room == 32
    changes["calendar"] = True
    run = Run(live(**changes), tmp_path / "out", pipe=in_bursts(shops(), 0))
    assert run.plan.series == 8
    run()
    assert run.plan.series == 32 and {"", *SHOPS} == {*run.stream.info.series_names}
    assert_same_predictions(tmp_path / "out", tmp_path / "whole")
    found, wanted = metrics(tmp_path / "out"), metrics(tmp_path / "whole")
    for name in ("phases", "series", "intervals", "seeds"):
        assert found.get(name) == wanted.get(name), name
    assert run.rows.notes == ["Left out 43 of 300 rows, which 'counts' does not call valid."]


@pytest.mark.matrix
@pytest.mark.parametrize(("weights", "stopped", "room"), [("shared", 220, 32), left("own", 120, 8)])
def test_series_go_on_after_a_stop(tmp_path: Path, weights: str, stopped: int, room: int) -> None:
    """With weights of their own, also those that come after it begin as they would have."""
    changes: dict[str, Any] = {"series": "shop", "phases": "season", "weights": weights}
    Run(live(**changes), tmp_path / "whole", pipe=in_bursts(shops(), 1))()
    first = Run(live(**changes), tmp_path / "out", pipe=in_bursts(shops(), 0))
    found = first(stop=lambda: first.contest.row > stopped)
    row = found["counts"]["samples"]
    assert first.plan.series == room and not found["complete"]
    data = shops(slice(row, None))
    Run(live(**changes), tmp_path / "out", resume=True, pipe=in_bursts(data, 3))()
    assert_same_predictions(tmp_path / "out", tmp_path / "whole")
    found, wanted = metrics(tmp_path / "out"), metrics(tmp_path / "whole")
    for name in ("phases", "series", "intervals", "seeds"):
        assert found.get(name) == wanted.get(name), name


def test_words_follow_upon_numbers_as_names_of_series(tmp_path: Path) -> None:
    lines = shops().decode().replace(",Q,", ",7,").encode()
    run = Run(live(series="shop"), tmp_path / "out", pipe=in_bursts(lines, 0))
    run()
    assert run.stream.info.series_names[:3] == ("7", "", "A")


@pytest.mark.parametrize("learns", [False, left(True)])
def test_a_network_is_used_on_rows_as_they_come(tmp_path: Path, learns: bool) -> None:
    """As it is on a file with the same rows: new series, and no label in sight."""
    columns: dict[str, Any] = {"series": "shop", "calendar": True}
    Run(live(**columns), tmp_path / "first", pipe=in_bursts(shops(slice(150)), 0))()
    rest = shops(slice(150, None))
    if not learns:
        frame = pd.read_csv(io.BytesIO(rest), keep_default_na=False).drop(columns=["u", "v"])
        rest = frame.to_csv(index=False).encode()
    (tmp_path / "rest.csv").write_bytes(rest)
    origin = Origin.read(tmp_path / "first", learns)
    config = origin.config_of(str(tmp_path / "rest.csv"))
    Run(config, tmp_path / "whole", origin=origin)()
    run = Run(origin.config_of("-"), tmp_path / "out", origin=origin, pipe=in_bursts(rest, 0))
    run()
    made, wanted = predictions(tmp_path / "out"), predictions(tmp_path / "whole")
    pd.testing.assert_frame_equal(made, wanted, check_exact=True)
    assert run.stream.info.series_names == (*SHOPS[:1], "", *SHOPS[1:])
