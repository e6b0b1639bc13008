"""Horizons given as a span of time."""

from onward.streams.base import StreamInfo
from onward.streams.errors import stream_error
from onward.streams.files.moments import duration, seconds_of

LEAST_EVEN = 0.9


def samples_ahead(horizon: str | int, info: StreamInfo) -> int:
    """Return a horizon in samples.

    A span of time is divided by the median step of the stream's time, and rounded.

    Arguments:
        horizon: a number of samples, also as text; or a span of time: "15min", "24h", "7d".
        info: the stream.

    Raises:
        StreamError: for a span of time that pandas does not know, a stream without timestamps,
            one less than nine tenths of whose steps are within a tenth of the median, or whose
            time stands still, and a span below half a step.
    """
    if isinstance(horizon, int) or horizon.strip().isdecimal():
        return int(horizon)
    ahead, steps = seconds_of(horizon), info.steps
    remedy = "a horizon in samples"
    if steps is None:
        expected = f"timestamps in {info.name}, for the horizon {horizon!r}"
        raise stream_error(expected, "none", remedy)
    median = duration(steps.median)
    expected = f"even steps of time, for the horizon {horizon!r}"
    if steps.median <= 0:
        raise stream_error(expected, "a time that does not go on in most rows", remedy)
    if steps.even < LEAST_EVEN:
        got = (
            f"{steps.even:.0%} within a tenth of the median of {median}, from "
            f"{duration(steps.shortest)} to {duration(steps.longest)}"
        )
        raise stream_error(expected, got, remedy)
    samples = round(ahead / steps.median)
    if not samples:
        got = f"{horizon!r} with steps of {median}"
        raise stream_error("a horizon of at least half a step", got, "a longer horizon, or 0")
    return samples
