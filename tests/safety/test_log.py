"""A log of every update: what it holds, what a killed writer leaves, and what a replay finds."""

import json
import resource
from pathlib import Path

import jax
import numpy as np
import pytest

import onward
from learning.examples import assert_same, copied, learner_of, start, stream
from onward import Observation
from onward.safety.checkpoints import Checkpoint, CheckpointStore
from onward.safety.guarded import Guarded
from onward.safety.guards import Guards
from onward.safety.log import HEADER, LEARNT, RECORD, SKIPPED, TOLD, LogError, UpdateLog, read_log
from onward.safety.replaying import replay


@pytest.fixture(autouse=True)
def as_for_a_user(untyped: None) -> None:
    """Without checks of types and shapes: only our own errors."""


STEPS, CUT = 60, 20
XS, YS = stream(STEPS)


@pytest.fixture
def written(tmp_path: Path) -> tuple[Path, Checkpoint, onward.LearnerState]:
    """A log of all samples, a checkpoint after the first ones, and the state at the end."""
    learner, store = learner_of(rule=onward.EProp(), delay=1), CheckpointStore(tmp_path / "store")
    state, path = start(learner), tmp_path / "log"
    with UpdateLog(path, learner) as log:
        state, info = learner.run(state, XS[:CUT], YS[:CUT])
        log.add(info, XS[:CUT], YS[:CUT])
        store.save(learner, state, log.position)
        log.mark()
        for x, y in zip(XS[CUT:40], YS[CUT:40], strict=True):
            state, info = learner.step(state, x, y)
            log.add(info, x, y)
        state, info = learner.run(state, XS[40:], YS[40:])
        log.add(info, Observation(XS[40:], YS[40:]))
    found = store.latest()
    assert found is not None
    return path, found, state


def test_it_holds_every_update_once(written) -> None:
    path, checkpoint, _ = written
    log = read_log(path)
    assert log.updates["position"].tolist() == list(range(STEPS))
    assert log.checkpoints == [CUT] == [checkpoint.position] and log.torn == 0
    # Before labels have told their scale nothing is learnt.
    assert log.updates["flags"][0] == 0 and (log.updates["flags"][3:] == LEARNT).all()
    assert len(np.unique(log.updates["sample"])) == STEPS
    assert path.stat().st_size == HEADER + (STEPS + 1) * RECORD.itemsize
    assert log.header["versions"]["jax"] == jax.__version__


def test_a_replay_has_the_same_bits_and_the_same_end(written) -> None:
    path, checkpoint, end = written
    before = copied(checkpoint.state)
    found = replay(path, checkpoint, XS[CUT:], YS[CUT:])
    assert found[1:] == (40, None, "All 40 updates have the same bits.")
    assert_same(found.state, end)
    assert_same(checkpoint.state, before)


def test_it_is_told_where_they_part(written, tmp_path: Path) -> None:
    path, checkpoint, _ = written
    xs = XS.copy()
    xs[33, 1] = np.nextafter(xs[33, 1], 9)
    found = replay(path, checkpoint, xs[CUT:], YS[CUT:])
    assert found[1:] == (13, 33, "Update 33 parts: the sample is another one.")
    moved = jax.tree.map(np.array, checkpoint.state.parameters)
    moved["readout"].bias[0] = np.nextafter(moved["readout"].bias[0], 9)
    other = checkpoint._replace(state=checkpoint.state.replace(parameters=moved))
    found = replay(path, other, XS[CUT:], YS[CUT:])
    # The least bit of a bias may be rounded away in the first predictions.
    assert found.parted is not None and CUT <= found.parted < CUT + 5
    assert found.told == (
        f"Update {found.parted} parts: the sample is the same, the outcome another one."
    )


def test_another_version_is_named_where_they_part(written) -> None:
    path, checkpoint, _ = written
    content = path.read_bytes()
    header = json.loads(content[:HEADER])
    header["versions"]["jax"] = "0.1"
    path.write_bytes(json.dumps(header).encode().ljust(HEADER) + content[HEADER:])
    state = checkpoint.state
    rates = {name: 2 * rate for name, rate in state.learning_rates.items()}
    other = checkpoint._replace(state=state.replace(learning_rates=rates))
    told = replay(path, other, XS[CUT:], YS[CUT:]).told
    assert told.endswith(f"the outcome another one; jax 0.1 then and {jax.__version__} now.")


@pytest.mark.parametrize("cut", [1, 17, 31])
def test_a_torn_record_is_passed_over_and_told(written, cut: int) -> None:
    path, checkpoint, _ = written
    path.write_bytes(path.read_bytes()[:-cut])
    left = RECORD.itemsize - cut
    log = read_log(path)
    assert (log.torn, len(log.updates)) == (left, STEPS - 1)
    with UpdateLog(path, checkpoint.learner, STEPS - 1) as opened:
        assert (opened.torn, opened.undone) == (left, 0)
    assert read_log(path).torn == 0


def test_a_writer_that_was_killed_goes_on_from_its_checkpoint_to_the_same_log(written) -> None:
    path, (learner, state, position, *_), end = written
    whole = path.read_bytes()
    path.write_bytes(whole[:-500])
    with UpdateLog(path, learner, position) as log:
        assert (log.torn, log.undone) == (12, 24)
        state, info = learner.run(state, XS[CUT:], YS[CUT:])
        log.add(info, XS[CUT:], YS[CUT:])
    assert path.read_bytes() == whole
    assert_same(state, end)


def test_a_header_that_was_not_finished_is_written_anew(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(b'{"config')
    with UpdateLog(tmp_path / "log", learner_of(), 7):
        pass
    found = read_log(tmp_path / "log")
    assert (found.checkpoints, len(found.updates)) == ([7], 0)


def test_a_mark_that_was_not_made_is_made_when_the_learner_goes_on(written) -> None:
    path, (learner, state, position, *_), _ = written
    whole = path.read_bytes()
    path.write_bytes(whole[: HEADER + CUT * RECORD.itemsize])
    with UpdateLog(path, learner, position) as log:
        log.add(learner.run(state, XS[CUT:], YS[CUT:])[1], XS[CUT:], YS[CUT:])
    assert path.read_bytes() == whole


def test_why_something_was_done_is_in_the_flags(tmp_path: Path) -> None:
    learner = Guarded(learner_of(), Guards("warn", None, None, first=5, far=20.0))
    xs = XS.copy()
    xs[30] = 1e6
    ys = YS.copy()
    ys[40] = np.inf
    with UpdateLog(tmp_path / "log", learner) as log:
        log.add(learner.run(learner.init(jax.random.key(0)), xs, ys)[1], xs, ys)
    found = read_log(tmp_path / "log")
    assert found.header["told"] == ["outlying"]
    assert np.flatnonzero(found.updates["flags"] & TOLD).tolist() == [30, 40]
    assert np.flatnonzero(found.updates["flags"] & SKIPPED).tolist() == [40]


def test_what_does_not_fit_is_refused(written, tmp_path: Path) -> None:
    path, checkpoint, _ = written
    learner, whole = checkpoint.learner, path.read_bytes()
    with pytest.raises(
        LogError, match=r"^Expected a log that reaches sample 70 at .*; got one up t"
    ):
        UpdateLog(path, learner, 70)
    with pytest.raises(
        LogError, match=r"^Expected the log of this learner at .*; got one of other"
    ):
        UpdateLog(path, learner.replace(delay=0))
    other = checkpoint._replace(learner=learner.replace(delay=0))
    with pytest.raises(LogError, match=r"^Expected the log of the learner in the checkpoint at "):
        replay(path, other, XS, YS)
    with pytest.raises(
        LogError, match=r"^Expected update 60 in .*; got none\. Try a checkpoint bef"
    ):
        replay(path, checkpoint._replace(position=60), XS, YS)
    damaged = bytearray(whole)
    damaged[HEADER + 10 * RECORD.itemsize] ^= 1
    path.write_bytes(damaged)
    with pytest.raises(
        LogError, match=r"got a damaged one, number 10, with whole ones after it\. T"
    ):
        read_log(path)
    for content in (b"[" * 2000, b"a,b\n1,2\n", b"{}".ljust(2000), b'{"format": 1}'.ljust(2000)):
        path.write_bytes(content)
        with pytest.raises(LogError, match=r"^Expected a log of updates "):
            read_log(path)
    with pytest.raises(LogError, match=r"^Expected a log of updates at .*; got FileNotFoundError"):
        read_log(tmp_path / "nothing")
    with pytest.raises(
        LogError, match=r"^Expected to write .*; got No such file or directory\. Try"
    ):
        UpdateLog(tmp_path / "no" / "log", learner)


def test_a_full_disk_is_told_in_words_and_tears_nothing(tmp_path: Path) -> None:
    learner = learner_of()
    info = learner.run(start(learner), XS, YS)[1]
    before, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with UpdateLog(tmp_path / "log", learner) as log:
        log.add(info, XS, YS)
        full = HEADER + 65 * RECORD.itemsize + 9
        resource.setrlimit(resource.RLIMIT_FSIZE, (full, hard))
        try:
            with pytest.raises(
                LogError, match=r"^Expected to append to .*; got File too large\. Wha"
            ):
                log.add(info, XS, YS)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (before, hard))
        assert log.position == STEPS and read_log(tmp_path / "log").torn == 0
        log.add(info, XS, YS)
    found = read_log(tmp_path / "log")
    assert found.torn == 0 and found.updates["position"].tolist() == list(range(2 * STEPS))
