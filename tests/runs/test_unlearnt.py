"""Rows that come once: what was read of them is lost to no kill, and none is passed twice."""

import io
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from matrix import left
from onward.runs import Run, RunConfig
from onward.runs.unlearnt import FILE_BYTES, Unlearnt
from onward.storing import store
from onward.streams.live import LiveStream, Pipe
from small_runs import config_of, metrics, predictions, with_gaps

WARMUP = 73
COLUMNS: dict[str, Any] = {
    "series": "shop",
    "start": "trial",
    "gap": "3h",
    "valid": "counts",
    "horizon": 2,
    "warmup": WARMUP,
}
# Without sequences: where rows go on after a kill, one begins with the first of them.
PLAIN: dict[str, Any] = {"start": None, "gap": None}
pytestmark = pytest.mark.xdist_group("experiments")


class Killed(BaseException):
    """Ends a process as nothing that it could catch does."""


def lines() -> list[bytes]:
    """A header and rows of several series, which begin sequences by a column and by gaps."""
    frame = pd.DataFrame(with_gaps()).drop(columns="kind")
    random = np.random.default_rng(4)
    steps = np.where(random.random(len(frame)) < 0.03, 5, 1)
    when = pd.Timestamp("2024-03-01") + pd.to_timedelta(np.cumsum(steps), "h")
    frame.insert(0, "when", pd.Series(when).dt.strftime("%Y-%m-%d %H:%M"))
    frame.loc[random.random(len(frame)) < 0.1, "when"] = ""
    frame["shop"] = [f"s{random.integers(min(1 + row // 25, 7))}" for row in range(len(frame))]
    frame["trial"] = np.arange(len(frame)) // 40
    frame["counts"] = (random.random(len(frame)) < 0.9).astype(int)
    return frame.to_csv(index=False).encode().splitlines(keepends=True)


class Once:
    """A source that says every line once, and is silent after some of them.

    Args:
        rows: with a header.
        until: how many rows it says.
        burst: lines that are said together.
    """

    def __init__(self, rows: list[bytes], until: int, burst: int = 7):
        self.left, self.said, self.burst = rows[1 : 1 + until], 0, burst
        self.head, self.silent, self.forever = rows[0], threading.Event(), threading.Event()

    def __call__(self) -> bytes:
        if self.said >= len(self.left):
            self.silent.set()
            self.forever.wait()
        block, self.said = self.left[self.said : self.said + self.burst], self.said + self.burst
        head, self.head = self.head, b""
        return head + b"".join(block)


def ends(data: bytes) -> Pipe:
    return Pipe(io.BytesIO(data).read)


def live(**changes: Any) -> RunConfig:
    return config_of(Path("-"), **{**COLUMNS, **changes})


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("unlearnt")


@pytest.fixture
def whole(kept: Path) -> Path:
    """The run that nothing has ended, made by the first test that asks for it."""
    if not (kept / "whole").exists():
        Run(live(), kept / "whole", pipe=ends(b"".join(lines())))()
    return kept / "whole"


@pytest.fixture
def plain(kept: Path) -> Path:
    """The same without sequences."""
    if not (kept / "plain").exists():
        Run(live(**PLAIN), kept / "plain", pipe=ends(b"".join(lines())))()
    return kept / "plain"


def assert_as(folder: Path, whole: Path) -> None:
    """To the bit; and nothing of the input is left in the folder."""
    pd.testing.assert_frame_equal(predictions(folder), predictions(whole), check_exact=True)
    found, wanted = metrics(folder), metrics(whole)
    for name in ("learners", "series", "intervals", "counts", "complete"):
        assert found[name] == wanted[name], name
    assert not inputs(folder)


def inputs(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "checkpoint").glob("input-*"))


def after(rows: int) -> Callable[..., None]:
    """What kills a run at its first chunk from a row on."""

    def tell(first: int, *_: Any) -> None:
        if first >= rows:
            raise Killed

    return tell


def killed(folder: Path, source: Once, config: RunConfig, **call: Any) -> None:
    """A run that is killed, whose source has fallen silent."""
    run = Run(config, folder, pipe=Pipe(source))
    with pytest.raises(Killed):
        run(**call)
    assert source.silent.wait(20)


@pytest.mark.parametrize(("row", "seconds"), [(0, 10), left(30, 10), (120, -1), left(120, 10)])
def test_what_was_read_before_a_kill_is_passed_by_the_next_run(
    tmp_path: Path, whole: Path, row: int, seconds: int
) -> None:
    """Before the first checkpoint, and after one."""
    killed(
        tmp_path / "out", Once(lines(), 10**6), live(), tell=after(row), checkpoint_seconds=seconds
    )
    assert inputs(tmp_path / "out")
    Run(live(), tmp_path / "out", resume=True, pipe=ends(b""))()
    assert_as(tmp_path / "out", whole)


def test_a_run_that_is_killed_again_and_again(tmp_path: Path, whole: Path) -> None:
    """While it passes what another one has read, too."""
    killed(tmp_path / "out", Once(lines(), 10**6), live(), tell=after(20), checkpoint_seconds=-1)
    for row in (60, 61, 200):
        run = Run(live(), tmp_path / "out", resume=True, pipe=ends(b""))
        with pytest.raises(Killed):
            run(tell=after(row), checkpoint_seconds=-1)
    Run(live(), tmp_path / "out", resume=True, pipe=ends(b""))()
    assert_as(tmp_path / "out", whole)


@pytest.mark.parametrize("again", ["all", "from the checkpoint", left("those after")])
def test_rows_that_come_again_are_passed_once(tmp_path: Path, again: str) -> None:
    """Those that come after are new ones, at whose beginning a sequence begins."""
    rows, config = lines(), live(**PLAIN, valid=None)
    Run(config, tmp_path / "whole", pipe=ends(b"".join(rows)))()
    killed(tmp_path / "out", Once(rows, 200), config, tell=after(90), checkpoint_seconds=-1)
    _, note = store.read(tmp_path / "out" / "checkpoint" / "state.safetensors")
    assert 0 < note["row"] < 150
    begin = {"all": 0, "from the checkpoint": note["row"], "those after": 200}[again]
    more = rows[:1] + rows[1 + begin :]
    Run(config, tmp_path / "out", resume=True, pipe=ends(b"".join(more)))()
    assert_as(tmp_path / "out", tmp_path / "whole")


@pytest.mark.parametrize(
    ("kind", "name", "call", "done_first", "seconds"),
    [
        (store, "write", 1, False, -1),
        (Unlearnt, "passed", 0, False, -1),
        (Unlearnt, "begin", 0, True, 10),
        left(Unlearnt, "begin", 0, False, 10),
        left(Unlearnt, "begin", 0, True, -1),
        left(Unlearnt, "_next_file", 0, False, 10),
        left(Unlearnt, "_next_file", 0, True, 10),
        left(Unlearnt, "passed", 0, True, 10),
        left(Unlearnt, "passed", 1, True, -1),
        left(store, "write", 0, False, 10),
        left(store, "write", 0, True, 10),
        left(store, "write", 4, True, -1),
        left(LiveStream, "confirm", 0, False, 10),
        left(LiveStream, "confirm", 0, True, -1),
        left(LiveStream, "confirm", 9, False, -1),
    ],
)
def test_a_kill_at_each_write(
    tmp_path: Path,
    plain: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: Any,
    name: str,
    call: int,
    done_first: bool,
    seconds: float,
) -> None:
    """Before it is done or right after it, of a run that has begun with what another has read."""
    monkeypatch.setattr("onward.runs.unlearnt.FILE_BYTES", 2_000)
    rows, config = lines(), live(**PLAIN)
    killed(tmp_path / "out", Once(rows, 150), config, tell=after(60), checkpoint_seconds=-1)
    done, count = getattr(kind, name), iter(range(10**6))

    def dies(*arguments: Any, **named: Any) -> Any:
        if threading.current_thread() is not threading.main_thread() or next(count) != call:
            return done(*arguments, **named)
        if done_first:
            done(*arguments, **named)
        raise Killed

    source = Once([rows[0], *rows[151:]], 10**6)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(kind, name, dies)
        run = Run(config, tmp_path / "out", resume=True, pipe=Pipe(source))
        run(stop=source.silent.is_set, checkpoint_seconds=seconds)
    assert not source.said or source.silent.wait(20)
    more = [rows[0], *rows[151 + source.said :]]
    Run(config, tmp_path / "out", resume=True, pipe=ends(b"".join(more)))()
    assert_as(tmp_path / "out", plain)


@pytest.mark.parametrize("said", [b"", left(b"header")])
def test_a_run_killed_before_its_end_is_brought_to_it_without_a_row(
    tmp_path: Path, whole: Path, monkeypatch: pytest.MonkeyPatch, said: bytes
) -> None:
    """All rows are in the checkpoint, and the input has none."""
    run = Run(live(), tmp_path / "out", pipe=ends(b"".join(lines())))

    def dies(*_: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(run.folder, "finish", dies)
        run()
    for _ in range(2):
        Run(live(), tmp_path / "out", resume=True, pipe=ends(lines()[0] if said else b""))()
        assert_as(tmp_path / "out", whole)


def test_an_error_within_a_chunk_loses_none_of_it(
    tmp_path: Path, whole: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = Once(lines(), 10**6)
    run = Run(live(), tmp_path / "out", pipe=Pipe(source))

    def torn(*_: Any) -> None:
        raise MemoryError("no more of it")

    monkeypatch.setattr(run.books.scoreboard, "update", torn)
    with pytest.raises(MemoryError) as error:
        run()
    (note,) = error.value.__notes__
    assert note == (
        "It came before the first checkpoint. What was read of standard input is kept in "
        f"{tmp_path / 'out'}; to pass over it, repeat the command with --out {tmp_path / 'out'} "
        "--resume."
    )
    assert source.silent.wait(20)
    Run(live(), tmp_path / "out", resume=True, pipe=ends(b""))()
    assert_as(tmp_path / "out", whole)


def test_a_line_that_was_cut_by_the_kill_is_no_row(tmp_path: Path) -> None:
    unlearnt = Unlearnt(tmp_path)
    read = unlearnt.through(iter([b"a,b\n1,", b"2\n3,4\n5"]).__next__)
    assert read() == b"a,b\n1,"
    unlearnt.begin(3)
    read()
    again = Unlearnt(tmp_path)
    assert again.newest() == 3 and again.rest(3, 0) == b"a,b\n1,2\n3,4\n"
    assert again.rest(3, 8) == b"3,4\n" and again.rest(2, 0) == b""


def test_nothing_is_read_on_from_where_a_file_is_gone(tmp_path: Path) -> None:
    for first, content in [(0, b"a\n1\n"), (4, b"2\n"), (8, b"4\n")]:
        (tmp_path / f"input-000000-{first:015d}").write_bytes(content)
    unlearnt = Unlearnt(tmp_path)
    # The bytes from 6 to 8 are gone, and what comes after them is of no use.
    assert unlearnt.rest(0, 0) == b"a\n1\n2\n" and unlearnt.rest(0, 4) == b"2\n"
    (tmp_path / f"input-000000-{0:015d}").unlink()
    assert unlearnt.rest(0, 0) == b"" and unlearnt.rest(0, 4) == b"2\n"


def test_the_end_makes_the_last_line_a_whole_one(tmp_path: Path) -> None:
    unlearnt = Unlearnt(tmp_path)
    unlearnt.begin(0)
    read = unlearnt.through(iter([b"a\n1", b""]).__next__)
    assert [read(), read()] == [b"a\n1", b""]
    assert Unlearnt(tmp_path).rest(0, 0) == b"a\n1\n"


class Descriptor:
    """Reads a pipe of the system."""

    def __init__(self, descriptor: int):
        self.descriptor = descriptor

    def __call__(self) -> bytes:
        return os.read(self.descriptor, 1 << 16)


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


@pytest.mark.parametrize("moves", [True, False])
def test_ten_times_the_rows_take_no_more_of_the_disk(
    tmp_path: Path, pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch, moves: bool
) -> None:
    """Files go as soon as a checkpoint holds what is in them, whoever writes them."""
    if not moves:
        monkeypatch.delattr(os, "splice", raising=False)
    most, line = [], b"x" * 999 + b"\n"
    for folder, blocks in (("few", 60), ("many", 600)):
        (tmp_path / folder).mkdir()
        unlearnt, held, offset = Unlearnt(tmp_path / folder), [], 0
        unlearnt.begin(0)
        read = unlearnt.through(Descriptor(pipe[0]))
        for _ in range(blocks):
            os.write(pipe[1], line * 20)
            assert read() == line * 20
            offset += 20 * len(line)
            unlearnt.passed(offset)
            held.append(sum(path.stat().st_size for path in (tmp_path / folder).iterdir()))
        assert unlearnt.rest(0, offset) == b""
        most.append(max(held))
    assert most[0] == most[1] <= FILE_BYTES + 20_000


def test_a_disk_that_takes_nothing_ends_the_run_after_the_rows_that_came(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> int:
        raise OSError(28, "No space left on device")

    run = Run(live(), tmp_path / "out", pipe=Pipe(Once(lines(), 10**6, burst=1)))
    monkeypatch.setattr("onward.runs.unlearnt.os.write", full)
    began = time.monotonic()
    with pytest.raises(ValueError, match=r"^Expected room in .*; got No space left on device\."):
        run(stop=lambda: time.monotonic() - began > 60)
    assert run.contest.row > 0
