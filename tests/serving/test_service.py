"""Bins in, predictions out, on a thread of its own: nothing is lost unless it is counted."""

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import jax
import numpy as np
import pytest

import onward
from matrix import left
from onward.serving import Decoder, DecoderService, ServingError
from serving.learners import CHANNELS, Accumulator, drawn, learner_of, numbers, start, until

XS, YS = drawn(300)
ZERO = np.zeros(2)


class Gated(Accumulator):
    """Waits before each bin until it is let on."""

    def __init__(self) -> None:
        self.gate = threading.Semaphore(0)

    def step(self, state: Any, x: Any, y: Any = None) -> Any:
        warming_up = np.isnan(x.x if isinstance(x, onward.Observation) else x).any()
        assert warming_up or self.gate.acquire(timeout=20)
        return super().step(state, x, y)

    def let_on(self, bins: int) -> None:
        self.gate.release(bins)


def service_of(learner: Any = None, **options: Any) -> DecoderService:
    learner = Accumulator() if learner is None else learner
    state = ZERO if isinstance(learner, Accumulator) else start(learner)
    return DecoderService(learner, state, **options)


def test_it_answers_in_order_what_a_decoder_answers() -> None:
    learner = learner_of()
    decoder = Decoder(learner, start(learner))
    expected = [decoder.decode(x, y) for x, y in zip(XS, YS, strict=True)]
    found = []
    with service_of(learner, capacity=16) as service:
        reader = threading.Thread(target=lambda: found.extend(service))
        reader.start()
        for t, (x, y) in enumerate(zip(XS, YS, strict=True)):
            assert service.put(x, y, stamp=f"bin {t}") == t
    reader.join(20)
    assert [each.stamp for each in found] == [f"bin {t}" for t in range(300)]
    for one, other in zip(found, expected, strict=True):
        assert np.array_equal(one.prediction, other.prediction, equal_nan=True)
        assert one.waited > 0
    for one, other in zip(numbers(service.state), numbers(decoder.state), strict=True):
        assert np.array_equal(one, other)
    assert service.latency.summary()["count"] == 300
    assert service.counts == {
        "put": 300, "decoded": 300, "refused": 0, "dropped": 0, "results dropped": 0,
        "labels dropped": 0, "labels withheld": 0, "labels unknown": 0,
    }  # fmt: skip


@pytest.fixture
def compiling(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[], bool]]:
    """Whether anything has been compiled since it was asked last, on any thread."""

    def since() -> bool:
        found = "Compiling jit" in caplog.text
        caplog.clear()
        return found

    jax.config.update("jax_log_compiles", True)
    with caplog.at_level(logging.WARNING, "jax"):
        yield since
    jax.config.update("jax_log_compiles", False)


def through_everything(service: DecoderService) -> None:
    """Trials of several lengths, masks, freezing, divergence, labels of either kind."""
    late = service.decoder.waiting

    def put(t: int, start: bool = False) -> None:
        number = service.put(XS[t], None if late else YS[t], start=start)
        if late and t % 3 and number is not None:
            service.label(number, YS[t])
        until(lambda: service.counts["decoded"] == service.counts["put"])

    for trial in (1, 7, 30):
        service.mask([trial % 3])
        for t in range(trial):
            put(t, start=t == 0)
        service.freeze(scale=trial == 7)
        put(3), put(4, start=True)
        service.thaw()
    service.decoder._watch._long, service.decoder._watch._losses = -1.0, 1_000
    for t in range(10):
        put(t)
    service.close()
    assert any(each.events for each in service)


def never_seen(units: int, **options: Any) -> onward.Learner:
    """A learner of a size of its own, for which nothing has been compiled."""
    cell = onward.GRU(CHANNELS, units, key=jax.random.key(0))
    return onward.Learner(cell, 2, **options)


@pytest.mark.parametrize(
    ("rule", "waiting"), [left(onward.Immediate(), 0, id="rule0-0"), (onward.EProp(), 4)]
)
def test_nothing_is_compiled_after_the_start(
    rule: Any, waiting: int, compiling: Callable[[], bool]
) -> None:
    service = service_of(never_seen(6 + waiting, rule=rule), waiting=waiting, capacity=1_000)
    service.start()
    assert compiling()
    through_everything(service)
    assert not compiling()


# The control of the test above.
@pytest.mark.matrix
def test_what_is_compiled_late_is_seen(
    compiling: Callable[[], bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Decoder, "warm_up", lambda self: None)
    service = service_of(never_seen(7), capacity=1_000).start()
    compiling()
    through_everything(service)
    assert compiling()


def test_the_state_that_is_handed_over_is_kept() -> None:
    learner = learner_of()
    state = start(learner)
    before = numbers(state)
    with DecoderService(learner, state) as service:
        service.put(XS[0], YS[0])
    assert all(map(np.array_equal, numbers(state), before))


def test_a_bin_is_copied_when_it_is_put_in() -> None:
    learner = Gated()
    with service_of(learner) as service:
        mine = np.ones(2)
        service.put(mine)
        mine[:] = 5
        learner.let_on(1)
        result = service.get(20)
    assert result is not None and result.prediction.tolist() == [1.0, 1.0]


def test_who_puts_in_waits_where_it_is_full_and_nothing_is_lost() -> None:
    learner = Gated()
    with service_of(learner, capacity=2) as service:
        numbers = [service.put([1.0, 0.0], timeout=5) for _ in range(2)]
        until(lambda: len(service._bins) == 1)
        numbers.append(service.put([1.0, 0.0], timeout=5))
        assert service.put([1.0, 0.0], timeout=0.01) is None
        learner.let_on(3)
    assert numbers == [0, 1, 2] and service.counts["refused"] == 1
    assert [each.prediction[0] for each in service] == [1.0, 2.0, 3.0]


def test_the_oldest_bins_make_room_and_are_counted() -> None:
    learner = Gated()
    with service_of(learner, capacity=3, on_full="drop oldest") as service:
        service.put([1.0, 0.0])
        until(lambda: not len(service._bins))
        assert [service.put([1.0, 0.0]) for _ in range(6)] == [1, 2, 3, 4, 5, 6]
        learner.let_on(4)
    assert [each.number for each in service] == [0, 4, 5, 6]
    assert service.counts["dropped"] == 3 and service.counts["decoded"] == 4


def test_results_that_nobody_reads_make_room_too() -> None:
    with service_of(capacity=3, on_full="drop oldest") as service:
        for _ in range(10):
            service.put(ZERO)
            until(lambda: not len(service._bins))
        until(lambda: service.counts["decoded"] == 10)
    read = [each.number for each in service]
    assert read[-3:] == [7, 8, 9]
    assert service.counts["results dropped"] == 10 - len(read)


def test_who_is_refused_is_told() -> None:
    learner = Gated()
    with service_of(learner, capacity=1, on_full="refuse") as service:
        service.put([1.0, 0.0])
        until(lambda: not len(service._bins))
        assert [service.put([1.0, 0.0]) for _ in range(3)] == [1, None, None]
        learner.let_on(2)
    assert service.counts["refused"] == 2
    assert [each.number for each in service] == [0, 1]


def test_closing_answers_what_waits_though_nobody_reads() -> None:
    learner = Gated()
    with service_of(learner, capacity=4) as service:
        for _ in range(4):
            service.put([1.0, 0.0])
        learner.let_on(50)
        for _ in range(4):
            service.put([1.0, 0.0])
    assert [each.prediction[0] for each in service] == [float(n) for n in range(1, 9)]
    assert service.get() is None


def test_an_error_of_the_thread_reaches_who_reads_who_puts_and_who_closes() -> None:
    service = service_of().start()
    service.put([1.0, 0.0])
    service.put([666.0, 0.0])
    result = service.get(20)
    assert result is not None and result.prediction.tolist() == [1.0, 0.0]
    words = "Expected a decoder that goes on; got ArithmeticError: 666"
    with pytest.raises(ServingError, match=words) as told:
        service.get(20)
    assert isinstance(told.value.__cause__, ArithmeticError)
    with pytest.raises(ServingError, match=words):
        service.put([1.0, 0.0])
    with pytest.raises(ServingError, match=words):
        service.close()
    with pytest.raises(ServingError, match=words), service_of() as other:
        other.put([666.0, 0.0])


def test_what_cannot_be_decoded_at_all_is_told_at_the_start() -> None:
    service = service_of()
    service.decoder.learner = None
    with pytest.raises(ServingError, match="got AttributeError"):
        service.start()
    assert not service._thread.is_alive()


def test_a_program_that_ends_without_closing_loses_nothing() -> None:
    script = "\n".join(
        [
            "import numpy as np",
            "from onward.serving import DecoderService",
            "from serving.learners import Accumulator",
            "told = lambda result: print(result.number)",
            "service = DecoderService(Accumulator(), np.zeros(2), callback=told).start()",
            "for _ in range(50): service.put(np.ones(2))",
        ]
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "JAX_ENABLE_X64": "1"},
        capture_output=True,
        text=True,
    )
    assert done.stdout.split() == [str(number) for number in range(50)], done.stderr


def test_an_error_of_a_callback_is_one_of_the_thread() -> None:
    read = []
    with service_of(callback=read.append) as service:
        service.put([1.0, 0.0])
    assert [each.number for each in read] == [0] and list(service) == []

    def fail(result: Any) -> None:
        raise KeyError(result.number)

    with pytest.raises(ServingError, match="got KeyError: 0"), service_of(callback=fail) as service:
        service.put([1.0, 0.0])


def test_who_waits_for_room_is_told_of_an_error_too() -> None:
    learner = Gated()
    service = service_of(learner, capacity=1).start()
    service.put([666.0, 0.0])
    until(lambda: not len(service._bins))
    service.put([1.0, 0.0])
    threading.Timer(0.05, learner.let_on, [1]).start()
    with pytest.raises(ServingError, match="ArithmeticError"):
        service.put([1.0, 0.0], timeout=20)
    with pytest.raises(ServingError, match="ArithmeticError"):
        service.close()


def test_the_callers_own_error_comes_first() -> None:
    with pytest.raises(ZeroDivisionError), service_of() as service:
        service.put([666.0, 0.0])
        raise ZeroDivisionError
    assert not service._thread.is_alive()


def test_labels_by_number_come_after_their_bins() -> None:
    learner = learner_of()
    with service_of(learner, waiting=10) as service:
        numbers = [service.put(x) for x in XS[:5]]
        for number, y in zip(numbers, YS[:5], strict=True):
            service.label(number, y)
        service.label(99, YS[0])
    assert service.counts["labels unknown"] == 1
    assert service.state.counters.learnt == 4


def test_it_asks_for_what_can_be() -> None:
    with pytest.raises(
        ValueError, match="Expected on_full to be one of block, drop oldest, refuse"
    ):
        service_of(on_full="panic")
    with pytest.raises(ValueError, match="Expected a learner that can miss bins; got one with del"):
        service_of(learner_of(delay=2), on_full="refuse")
    with pytest.raises(ValueError, match=r"Expected capacity to be a positive integer; got 0."):
        service_of(capacity=0)
    service = service_of()
    with service:
        with pytest.raises(TimeoutError, match=r"Expected a result within 0.01 s; got none."):
            service.get(0.01)
        with pytest.raises(ValueError, match=r"thread is at work on the state. Try close"):
            _ = service.state
    with pytest.raises(ServingError, match=r"got one that is closed. Try a new DecoderService."):
        service.put(ZERO)
    never = service_of()
    never.close()
    assert never.get() is None
