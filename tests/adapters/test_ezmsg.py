"""A decoder as a unit of ezmsg."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("ezmsg.util.messages.axisarray", reason="ezmsg cannot be imported")

from ezmsg.util.messages.axisarray import AxisArray

from onward.adapters.ezmsg import DecoderSettings, DecoderUnit
from onward.adapters.ezmsg.axes import Times
from onward.serving import Decoder
from serving.learners import drawn, learner_of, numbers, start

from .ezmsg_graph import BINS, GAIN, MESSAGES, message

GRAPH = Path(__file__).with_name("ezmsg_graph.py")
XS, YS = drawn(30)


def made() -> Decoder:
    learner = learner_of()
    return Decoder(learner, start(learner), waiting=10)


async def unit_of(make: Any = made) -> DecoderUnit:
    unit = DecoderUnit(DecoderSettings(make, outputs=("x", "y")))
    await unit.setup()
    return unit


async def said(unit: DecoderUnit, sent: AxisArray) -> AxisArray:
    (pair,) = [pair async for pair in unit.decode(sent)]
    assert pair[0] is unit.OUTPUT_SIGNAL
    return pair[1]


def test_a_graph_runs_with_it() -> None:
    done = subprocess.run(
        [sys.executable, str(GRAPH)],
        env={**os.environ, "JAX_PLATFORMS": "cpu"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    told = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("[")]
    assert len(told) == MESSAGES, done.stdout + done.stderr
    for number, (data, offset, key) in enumerate(told):
        # After three messages four bins are lost, and a sequence begins.
        after = number >= 3
        first, before = BINS * (number + after), BINS * (number - 3 * after)
        assert data == [[3.0 * (first + row), before + row] for row in range(BINS)]
        assert (offset, key) == (pytest.approx(7 + first * GAIN), "made")


def test_it_says_and_learns_what_a_decoder_does() -> None:
    async def through() -> None:
        unit, plain = await unit_of(), made()
        for first in range(0, 20, 5):
            rows = slice(first, first + 5)
            # The order of the axes is the sender's own.
            turned = message(XS[rows], first)
            turned.data, turned.dims = turned.data.T, ["ch", "time"]
            found = await said(unit, turned)
            expected = [plain.decode(x, start=first + row == 0) for row, x in enumerate(XS[rows])]
            assert found.dims == ["time", "ch"] and found.attrs["events"] == ()
            assert found.axes["ch"].data.tolist() == ["x", "y"]
            assert np.array_equal(
                found.data, [each.prediction for each in expected], equal_nan=True
            )
            await unit.learn(message(YS[rows], first))
            for row, y in enumerate(YS[rows]):
                plain.label(first + row, y)
        for one, other in zip(numbers(unit.STATE.decoder.state), numbers(plain.state), strict=True):
            assert np.array_equal(one, other)
        await unit.learn(message(YS[:1], 1_000))
        assert unit.STATE.decoder.unknown == 1

    asyncio.run(through())


def test_it_is_frozen_and_masked_from_outside() -> None:
    async def through() -> None:
        unit = await unit_of()
        await said(unit, message(XS[:5], 0))
        await unit.freeze(True)
        assert not unit.STATE.decoder.adapting
        await unit.freeze(False)
        assert unit.STATE.decoder.adapting
        await unit.mask((1,))
        assert unit.STATE.decoder._dead.tolist() == [False, True, False]
        with pytest.raises(
            ValueError, match="Expected a message with a linear axis 'time'; got di"
        ):
            await said(unit, AxisArray(XS[:5], ["bin", "ch"]))

    asyncio.run(through())


def test_times_find_their_bins_again() -> None:
    def axis(first: float, gain: float = GAIN) -> Any:
        return AxisArray.LinearAxis(gain=gain, offset=first)

    times = Times()
    assert times.follow(axis(1.0), 5) and not times.follow(axis(1.0 + 5 * GAIN), 5)
    assert times.number(1.0 + 7 * GAIN) == 7 and times.number(1.0 + 10 * GAIN) == -1
    # A clock that wanders a little is followed; one that leaps is not.
    assert not times.follow(axis(1.0 + 10.2 * GAIN), 5)
    assert times.follow(axis(9.0), 5) and times.follow(axis(9.1, 0.05), 5)
    assert [times.number(t) for t in (9.0, 9.04, 9.15, 1.0, 0.5)] == [15, 17, 21, 0, -1]
