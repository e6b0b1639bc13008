"""Bins and predictions over the Lab Streaming Layer, between two processes on this machine."""

import json
import os
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

try:
    import pylsl
except (ImportError, RuntimeError) as error:
    # RuntimeError: pylsl is there, and its library is not.
    pytest.skip(f"pylsl cannot be imported: {error}", allow_module_level=True)

from onward.adapters.lsl import BinSource, PredictionSink

PROCESSES = Path(__file__).with_name("lsl_processes.py")
BINS, SAMPLES = 6, 2
# Nothing leaves this machine, and no other test's streams are seen.
CONFIGURATION = """
[ports]
IPv6 = disable
[multicast]
ResolveScope = machine
AddressesOverride = {{127.0.0.1}}
[lab]
KnownPeers = {{127.0.0.1}}
SessionID = {session}
[log]
level = -3
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    path = tmp_path / "lsl.cfg"
    path.write_text(CONFIGURATION.format(session=uuid.uuid4().hex))
    return {**os.environ, "LSLAPICFG": str(path), "JAX_PLATFORMS": "cpu"}


@contextmanager
def process(environment: dict[str, str], *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """One of the two ends, which is ended by its own id."""
    command = [sys.executable, str(PROCESSES), *map(str, arguments)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=environment) as child:
        # A test that waits for a line is not to wait for ever.
        watchdog = threading.Timer(60, child.kill)
        watchdog.start()
        try:
            yield child
        finally:
            watchdog.cancel()
            child.kill()


def told(child: subprocess.Popen[str], lines: int) -> list[dict[str, Any]]:
    assert child.stdout is not None
    return [json.loads(child.stdout.readline()) for _ in range(lines)]


def test_bins_come_predictions_go_and_a_lost_stream_is_found_again(
    environment: dict[str, str],
) -> None:
    with process(environment, "decode", "test", 2 * BINS, SAMPLES) as decoder:
        assert told(decoder, 1) == [{"ready": True}]
        for first in (0, 100):
            with process(environment, "send", "test", first, BINS, SAMPLES) as sender:
                received, seen = told(sender, BINS + 1), told(decoder, BINS)
            numbers = range(first, first + BINS)
            # Of two samples: both numbers added, 0 and 1, and twice .5.
            assert [each["x"] for each in seen] == [[2.0 * n, 1.0, 1.0] for n in numbers]
            assert [each["start"] for each in seen] == [n == first for n in numbers]
            for n, bin, prediction in zip(numbers, seen, received, strict=False):
                assert prediction["prediction"] == [2.0 * n + 2, n - first]
                # The second sample's, but for what the clocks are thought to differ by.
                assert bin["stamp"] == pytest.approx(1000.25 + n, abs=0.01)
                assert prediction["stamp"] == pytest.approx(bin["stamp"], abs=1e-9)
            assert received[-1] == {"done": True}
        (last,) = told(decoder, 1)
        assert last["lost"] == 1


def test_streams_of_something_else_are_refused() -> None:
    source = BinSource("bins", channels=3)
    text = pylsl.StreamInfo("bins", "markers", 3, 0, "string", "a")
    with pytest.raises(ValueError, match="Expected a stream of numbers; got 'bins', a stream of t"):
        source._admit(text)
    wide = pylsl.StreamInfo("bins", "counts", 4, 0, "float32", "a")
    with pytest.raises(ValueError, match="Expected 3 channels in the stream 'bins'; got 4"):
        source._admit(wide)


def test_settings_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="Expected samples_per_bin to be a positive integer"):
        BinSource("bins", samples_per_bin=0)
    with pytest.raises(ValueError, match="Expected channels to be a positive integer; got 0"):
        BinSource("bins", channels=0)
    with pytest.raises(ValueError, match="Expected outputs to be a positive integer; got 0"):
        PredictionSink("predictions", 0)
