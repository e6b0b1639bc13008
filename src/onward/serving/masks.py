"""Which channels are taken for missing."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from onward._checks import check_integer


def dead_of(channels: Iterable[int], count: int) -> np.ndarray:
    """Whether each of so many channels is among those named, shape (count,).

    Raises:
        ValueError: there is no such channel.
    """
    dead = np.zeros(count, bool)
    for channel in map(_plain, channels):
        check_integer("channel", channel, least=0, example=0)
        if channel >= count:
            raise ValueError(
                f"Expected channels below {count}; got {channel}. Try mask([{count - 1}])."
            )
        dead[channel] = True
    return dead


def _plain(channel: Any) -> Any:
    """An integer of NumPy as one of Python's."""
    return channel.item() if isinstance(channel, np.integer) else channel
